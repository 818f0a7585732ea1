"""Write a line of text into the corner of finished frames: timecode and shot id for a review."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from otio_idolsync.errors import UsageError
from otio_idolsync.rendering.picture import rows_of

PARTS = ("timecode", "shot")
_GROUND, _INK, _GREY = 16, 235, 128


def parse_burn_in(text: str) -> tuple[str, ...]:
    """Return the parts of a burn-in given as ``timecode,shot``.

    Raises:
        UsageError: A part is unknown.
    """
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in parts:
        if part not in PARTS:
            raise UsageError(f"burn-in {part!r} is none of {', '.join(PARTS)}")
    return parts


def burned(frames: Iterable[VideoFrame], texts: Sequence[str]) -> Iterator[VideoFrame]:
    """Yield frames with a text each in the lower left corner; as they are without texts."""
    if not texts:
        yield from frames
        return
    for frame, text in zip(frames, texts, strict=True):
        yield _written(frame, text)


def _written(frame: VideoFrame, text: str) -> VideoFrame:
    # A frame that stays on screen is yielded again: what was made of it must stay as it is.
    copy = VideoFrame(frame.width, frame.height, frame.format.name)
    strip = _strip(text, frame.width, frame.height)
    high, wide = strip.shape
    top, left = (frame.height - high - frame.height // 20) // 2 * 2, frame.width // 20 // 2 * 2
    for index, (source, target) in enumerate(zip(frame.planes, copy.planes, strict=True)):
        picture = rows_of(target)
        picture[:] = rows_of(source)[:, : picture.shape[1]]
        if index == 0:
            picture[top : top + high, left : left + wide] = strip
        else:
            half = (slice(top // 2, (top + high) // 2), slice(left // 2, (left + wide) // 2))
            picture[half] = _GREY
    return copy


def _across(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> float:
    return float(font.getlength(text))


@functools.lru_cache(maxsize=8)
def _strip(text: str, width: int, height: int) -> NDArray[np.uint8]:
    """Return a text on a dark ground, uint8 luma [shape=(even, even)] no wider than the frame."""
    size = max(8, round(min(width, height) / 18))
    most = width - 2 * (width // 20)
    font = ImageFont.load_default(size)
    while _across(font, text) > most - size / 2 and size > 6:
        size -= 1
        font = ImageFont.load_default(size)
    wide = min(most, round(_across(font, text) + size / 2)) // 2 * 2
    high = int(1.5 * size) // 2 * 2
    card = Image.new("L", (wide, high), _GROUND)
    ImageDraw.Draw(card).text((size / 4, high / 2), text, _INK, font, anchor="lm")
    return np.asarray(card)
