"""Lay the pictures of a shot together: dissolves add by weight, tracks lie over each other.

Sums are made on luma and colour differences, as distances from black, multiplied by alpha: there
both mixing and laying over are plain weighted sums. A frame in which only one opaque picture is
seen is passed on untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.rendering.model import (
    Black,
    Footage,
    Layer,
    Layers,
    Look,
    OutputFormat,
    Plate,
    Slate,
)
from otio_idolsync.rendering.picture import BT709, LIMITED, Conformer, place_of

Leaf = Footage | Slate | Black | Plate
OpenLeaf = Callable[[Leaf, int, Look], Iterator[VideoFrame]]
_Plane = NDArray[np.float32]
_BLACK = (16, 128, 128)


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """A picture in the making.

    Attributes:
        planes: Luma, blue and red difference, float32, as distances from black times alpha;
            colours have half the sides.
        alpha: float32, 0 to 1, of luma's shape; None where it is 1 everywhere.
    """

    planes: tuple[_Plane, _Plane, _Plane]
    alpha: _Plane | None


_Shown = VideoFrame | Mix


@dataclass(slots=True)
class _Playing:
    """A layer whose frames are being shown.

    Attributes:
        pictures: Its frames that are still to come.
        last: The one lifted last; kept lifted only once it stays, as stills do.
        lifted: That one, lifted.
    """

    pictures: Iterator[_Shown | None]
    last: VideoFrame | None = None
    lifted: Mix | None = None

    def lift(self, shown: _Shown) -> Mix:
        """Return a picture of this layer as distances from black; never to be changed."""
        if isinstance(shown, Mix):
            return shown
        if shown is not self.last:
            self.last, self.lifted = shown, None
            return mix_of(shown)
        if self.lifted is None:
            self.lifted = mix_of(shown)
        return self.lifted


@dataclass(slots=True)
class Compositor:
    """Makes the frames of shots that show several pictures.

    Attributes:
        output: The movie's picture.
        open_leaf: Opens what is a single picture as frames of the output.
    """

    output: OutputFormat
    open_leaf: OpenLeaf
    _black: VideoFrame | None = field(default=None)

    def frames(self, content: Layers, count: int) -> Iterator[VideoFrame]:
        """Yield a finished frame for each frame of a shot; what nothing covers is black."""
        for shown in self._merged(content, count):
            if isinstance(shown, VideoFrame) and not _is_clear(shown):
                yield shown
            elif shown is None:
                yield self._nothing()
            else:
                yield frame_of(shown if isinstance(shown, Mix) else mix_of(shown))

    def _nothing(self) -> VideoFrame:
        if self._black is None:
            size = self.output.height, self.output.width
            planes = [np.zeros(shape, np.float32) for shape in (size, _half(size), _half(size))]
            self._black = frame_of(Mix((planes[0], planes[1], planes[2]), None))
        return self._black

    def _merged(self, content: Layers, count: int) -> Iterator[_Shown | None]:
        """Yield what the layers make of each frame together; None where there is nothing."""
        playing: dict[int, _Playing] = {}
        for frame in range(count):
            seen: list[tuple[_Playing, _Shown, float]] = []
            for index, layer in enumerate(content.layers):
                if not layer.first <= frame < layer.first + layer.frames:
                    playing.pop(index, None)
                    continue
                if index not in playing:
                    playing[index] = _Playing(self._stream(layer))
                shown = next(playing[index].pictures)
                weight = float(layer.weight(frame) * layer.look.opacity)
                if shown is not None and weight > 0:
                    seen.append((playing[index], shown, weight))
            yield _sum(seen) if content.mixed else _pile(seen)

    def _stream(self, layer: Layer) -> Iterator[_Shown | None]:
        """Yield a layer's pictures, one for each of its frames."""
        before, after = layer.hold
        count = layer.frames - before - after
        shown: _Shown | None = None
        for index, shown in enumerate(self._pictures(layer, count)):
            yield from (shown for _ in range(before + 1 if index == 0 else 1))
        yield from (shown for _ in range(after))

    def _pictures(self, layer: Layer, count: int) -> Iterator[_Shown | None]:
        content = layer.content
        if not isinstance(content, Layers):
            yield from self.open_leaf(content, count, layer.look)
        elif replace(layer.look, opacity=Look().opacity).plain:
            yield from self._merged(content, count)
        else:
            yield from self._moved(content, count, layer.look)

    def _moved(self, content: Layers, count: int, look: Look) -> Iterator[_Shown | None]:
        """Yield the layers of a nested sequence, scaled and moved as one picture."""
        size = self.output.width, self.output.height
        conformer = Conformer(self.output, size, place_of(look, size, self.output), True)
        for shown in self._merged(content, count):
            if shown is None:
                yield None
                continue
            whole = frame_of(shown, clear=True) if isinstance(shown, Mix) else shown
            yield from conformer.frames(iter([whole]))


def _sum(seen: list[tuple[_Playing, _Shown, float]]) -> _Shown | None:
    """Return the weighted sum of pictures: a dissolve."""
    if not seen:
        return None
    if len(seen) == 1 and seen[0][2] == 1:
        return seen[0][1]
    mixes = [(playing.lift(shown), np.float32(weight)) for playing, shown, weight in seen]
    planes = [mixes[0][0].planes[k] * mixes[0][1] for k in range(3)]
    for mix, weight in mixes[1:]:
        for k in range(3):
            planes[k] += mix.planes[k] * weight
    luma, blue, red = planes
    whole = sum(weight for _, _, weight in seen)
    if all(mix.alpha is None for mix, _ in mixes) and abs(whole - 1) < 1e-6:
        return Mix((luma, blue, red), None)
    alpha = np.zeros(luma.shape, np.float32)
    for mix, weight in mixes:
        alpha += weight if mix.alpha is None else mix.alpha * weight
    return Mix((luma, blue, red), np.minimum(alpha, 1, out=alpha))


def _pile(seen: list[tuple[_Playing, _Shown, float]]) -> _Shown | None:
    """Return pictures laid over each other, the last on top."""
    hidden = [k for k, (_, shown, weight) in enumerate(seen) if weight == 1 and _is_opaque(shown)]
    seen = seen[hidden[-1] :] if hidden else seen
    if not seen:
        return None
    if len(seen) == 1 and seen[0][2] == 1:
        return seen[0][1]
    under: Mix | None = None
    for playing, shown, weight in seen:
        over = _weighted(playing.lift(shown), weight)
        under = over if under is None else _over(over, under)
    return under


def _weighted(mix: Mix, weight: float) -> Mix:
    if weight == 1:
        return mix
    share = np.float32(weight)
    luma, blue, red = (plane * share for plane in mix.planes)
    alpha = np.full(luma.shape, share, np.float32) if mix.alpha is None else mix.alpha * share
    return Mix((luma, blue, red), alpha)


def _over(over: Mix, under: Mix) -> Mix:
    if over.alpha is None:
        return over
    through = 1 - over.alpha
    coarse = _coarse(through)
    planes = []
    shares = (through, coarse, coarse)
    for top, below, share in zip(over.planes, under.planes, shares, strict=True):
        plane = below * share
        plane += top
        planes.append(plane)
    alpha = None if under.alpha is None else over.alpha + under.alpha * through
    return Mix((planes[0], planes[1], planes[2]), alpha)


def _coarse(alpha: _Plane) -> _Plane:
    """Return alpha at the colours' resolution."""
    height, width = alpha.shape
    quads: _Plane = alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return quads


def _is_clear(frame: VideoFrame) -> bool:
    return len(frame.planes) == 4


def _is_opaque(shown: _Shown) -> bool:
    return shown.alpha is None if isinstance(shown, Mix) else not _is_clear(shown)


def _half(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] // 2, size[1] // 2


def mix_of(frame: VideoFrame) -> Mix:
    """Return a frame of the output (4:2:0, with alpha or without) as distances from black."""
    planes = [
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
            : plane.height, : plane.width
        ]
        for plane in frame.planes
    ]
    luma, blue, red = (
        np.subtract(plane, np.float32(black), dtype=np.float32)
        for plane, black in zip(planes, _BLACK, strict=False)
    )
    alpha = None
    if len(planes) == 4:
        alpha = np.multiply(planes[3], np.float32(1 / 255), dtype=np.float32)
    return Mix((luma, blue, red), alpha)


def frame_of(mix: Mix, clear: bool = False) -> VideoFrame:
    """Return a picture as a frame of the output: over black, or with its alpha."""
    height, width = mix.planes[0].shape
    frame = VideoFrame(width, height, "yuva420p" if clear else "yuv420p")
    values = [(p, 1.0, black) for p, black in zip(mix.planes, _BLACK, strict=True)]
    if clear:
        full = np.ones((height, width), np.float32) if mix.alpha is None else mix.alpha
        values.append((full, 255.0, 0))
    for plane, (value, scale, black) in zip(frame.planes, values, strict=True):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        level = value * np.float32(scale)
        level += np.float32(black + 0.5)
        rows[:, : plane.width] = np.clip(level, 0, 255, out=level)
        plane.update(rows.tobytes())
    frame.colorspace, frame.color_range = BT709, LIMITED
    return frame
