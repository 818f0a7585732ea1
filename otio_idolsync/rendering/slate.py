"""Draw the card that stands for a shot that is not there yet: id, bar, running timecode, reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from otio_idolsync.rendering.model import OutputFormat, Slate

_GROUND = (24, 26, 32)
_PANEL = (34, 37, 46)
_ACCENT = (255, 176, 59)
_BRIGHT = (238, 240, 244)
_DIM = (150, 156, 170)


def slate_frames(slate: Slate, output: OutputFormat) -> Iterator[VideoFrame]:
    """Yield a frame for each timecode of the slate, as RGB of the output's size."""
    card, place = _card(slate, output.width, output.height)
    font = _font(output.height * 0.11)
    for timecode in slate.timecodes:
        picture = card.copy()
        ImageDraw.Draw(picture).text(place, timecode, _ACCENT, font, anchor="ls")
        yield _video_frame(picture)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(8, round(size)))


def _card(slate: Slate, width: int, height: int) -> tuple[Image.Image, tuple[float, float]]:
    card = Image.new("RGB", (width, height), _GROUND)
    return card, (width * 0.06, height * 0.9)


def _video_frame(picture: Image.Image) -> VideoFrame:
    make: Callable[[Image.Image], VideoFrame] = VideoFrame.from_image
    return make(picture)
