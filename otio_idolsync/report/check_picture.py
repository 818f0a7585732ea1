"""Look at a finished movie's picture: its clock, its colour tags and levels.

Every frame is decoded once and kept as a thumbnail; `check_shots` compares those with what the
timeline shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.media.probe import open_media, probe
from otio_idolsync.report.finding import Finding
from otio_idolsync.timebase import media_rate

Progress = Callable[[str, float], None]
ACROSS, DOWN = 64, 36
ROWS = DOWN + DOWN // 2
_BT709, _LIMITED = 1, 1
# Coded luma of black and white, and what full range makes of it where it passes for limited.
_BLACK, _WHITE = 16.0, 235.0
# Levels are told from pictures that differ by as much, and fit what is assumed so much better.
_OFF, _FITS, _BETTER = 3.0, 3.0, 3.0
_FEWEST_PIXELS, _ENOUGH_FRAMES = 2000, 500


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A decoded movie.

    Attributes:
        width: Pixels.
        height: Pixels.
        rate: Frames per second, by the file.
        thumbs: Thumbnails as `thumbnail` makes them, uint8 [shape=(n_frames, 54, 64)].
        tags: Matrix, primaries, transfer and range, as ffmpeg numbers them.
        uneven: Frames that are not shown at their number / rate, by more than a millisecond.
        damaged: The frames that the decoder calls damaged.
    """

    width: int
    height: int
    rate: Fraction
    thumbs: NDArray[np.uint8]
    tags: tuple[int, int, int, int]
    uneven: int
    damaged: tuple[int, ...] = ()


def watch(movie: Path, frames: int, progress: Progress | None = None) -> Watched:
    """Decode a movie once.

    Args:
        movie: The file.
        frames: How many frames are expected, for ``progress``.
        progress: Told how far it is.

    Raises:
        MediaError: It cannot be read.
    """
    thumbs: list[NDArray[np.uint8]] = []
    stamps: list[Fraction] = []
    damaged: list[int] = []
    probe(movie)  # a file that ends its decoder ends a worker process
    with open_media(movie) as (container, stream):
        rate = media_rate(stream.average_rate or stream.guessed_rate or 24)
        codec = stream.codec_context
        tags = tuple(
            int(tag)
            for tag in (
                codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range,
            )
        )  # fmt: skip
        for frame in container.decode(stream):
            damaged += [len(thumbs)] if frame.is_corrupt else []
            thumbs.append(thumbnail(frame))
            stamps.append((frame.pts or 0) * (frame.time_base or Fraction(1)))
            if progress and len(thumbs) % 24 == 0:
                progress("watching", min(1.0, len(thumbs) / max(1, frames)))
        width, height = codec.width, codec.height
    slack = Fraction(1, 1000)
    uneven = sum(abs(at - stamps[0] - k / rate) > slack for k, at in enumerate(stamps))
    uneven += bool(stamps and abs(stamps[0]) > slack)
    kept = np.stack(thumbs) if thumbs else np.empty((0, ROWS, ACROSS), np.uint8)
    found = (tags[0], tags[1], tags[2], tags[3])
    return Watched(width, height, rate, kept, found, uneven, tuple(damaged))


def thumbnail(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return a frame as a small picture in coded luma and colour differences.

    Returns:
        uint8 [shape=(54, 64)]: 36 rows of luma, then 18 by 32 blue and 18 by 32 red differences.
    """
    small = frame.reformat(ACROSS, DOWN, "yuv420p", interpolation="AREA")
    return np.array(small.to_ndarray(), np.uint8)


def luma(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the luma of thumbnails, float32 [shape=(n_frames, 36, 64)]."""
    return thumbs[:, :DOWN].astype(np.float32)


def colour(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return their colour differences, 0 for grey, float32 [shape=(n_frames, 2, 18, 32)]."""
    shape = len(thumbs), 2, DOWN // 2, ACROSS // 2
    return thumbs[:, DOWN:].reshape(shape).astype(np.float32) - 128


def clock_findings(seen: Watched, frames: int, rate: Fraction) -> Iterator[Finding]:
    """Yield what is wrong with a movie's frame count, rate, file and colour tags."""
    there = len(seen.thumbs)
    if seen.rate != rate:
        text = f"the movie plays at {_named(seen.rate)} frames a second, the timeline at "
        facts = {"rate": str(seen.rate), "expected": str(rate)}
        yield Finding("rate", text + _named(rate), facts=facts)
    elif seen.uneven:
        text = f"{seen.uneven} frames are not shown at their number / {_named(rate)} s"
        yield Finding("rate", text, facts={"uneven": seen.uneven})
    if there != frames:
        lacks = f"{abs(frames - there)} {'too few' if there < frames else 'too many'}"
        text = f"the movie has {there} frames, the timeline {frames}: {lacks}"
        yield Finding("frames", text, facts={"frames": there, "expected": frames})
    if seen.damaged:
        text = f"the movie's file is damaged: {len(seen.damaged)} of its frames decode with errors"
        first = seen.damaged[0]
        yield Finding("picture", text, frame=first, facts={"frames": len(seen.damaged)})
    if seen.tags != (_BT709, _BT709, _BT709, _LIMITED):
        text = (
            "the movie is not tagged as BT.709 in limited range (matrix, primaries, transfer, "
            f"range are {', '.join(map(str, seen.tags))}); players will guess its colours"
        )
        yield Finding("colour", text, facts={"tags": list(seen.tags)})


@dataclass(frozen=True, slots=True)
class Levels:
    """How a movie's luma lies over what it should be: ``scale`` times it and ``shift`` more."""

    scale: float
    shift: float
    text: str

    def undone(self, thumbs: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return thumbnails with the levels that they should have."""
        made = thumbs.astype(np.float32)
        made[:, :DOWN] = (made[:, :DOWN] - self.shift) / self.scale
        made[:, DOWN:] = (made[:, DOWN:] - 128) / self.scale + 128
        return made.round().clip(0, 255).astype(np.uint8)


_STRETCH = 255 / (_WHITE - _BLACK)
LEVELS = (
    Levels(
        _STRETCH, -_BLACK * _STRETCH,
        "the picture is in full range and tagged as limited: players crush its dark and light "
        "parts; tag it as full range, or convert it",
    ),
    Levels(
        1 / _STRETCH, _BLACK,
        "the picture was squeezed into limited range twice: it looks washed out; convert it once",
    ),
)  # fmt: skip


def levels_of(
    shown: Sequence[NDArray[np.uint8]], wanted: Sequence[NDArray[np.uint8]]
) -> Levels | None:
    """Return how the range of a movie is mistaken, None where it is not, or is graded.

    Args:
        shown: Thumbnails of the movie.
        wanted: Those of what it should show, one for one.
    """
    if not shown:
        return None
    step = 1 + sum(map(len, shown)) // _ENOUGH_FRAMES
    seen = np.concatenate([luma(thumbs[::step]).ravel() for thumbs in shown])
    meant = np.concatenate([luma(thumbs[::step]).ravel() for thumbs in wanted])
    inside = (seen > _BLACK + 2) & (seen < _WHITE - 2)  # what was clipped tells nothing
    seen, meant = seen[inside], meant[inside]
    if len(seen) < _FEWEST_PIXELS:
        return None
    off = float(np.abs(seen - meant).mean())
    for levels in LEVELS:
        left = float(np.abs(seen - levels.scale * meant - levels.shift).mean())
        if off > _OFF and left < _FITS and _BETTER * left < off:
            return levels
    return None


def _named(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
