"""Lay the pictures of a shot together: dissolves add by weight, tracks lie over each other.

Sums are made on luma and colour differences, as distances from black, multiplied by alpha: there
both mixing and laying over are plain weighted sums. They are made in strips of some rows, of all
pictures at once, so that no whole picture is ever held as floats. A frame in which only one opaque
picture is seen is passed on untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.cut.look import Look
from otio_idolsync.rendering.model import Black, Footage, Layer, Layers, OutputFormat, Plate, Slate
from otio_idolsync.rendering.picture import BT709, LIMITED, Conformer, place_of, rows_of

Leaf = Footage | Slate | Black | Plate
OpenLeaf = Callable[[Leaf, int, Look], Iterator[VideoFrame]]
_Plane = NDArray[np.float32]
_BLACK = (16, 128, 128)
# Even, and small enough for what is summed to stay in a processor's cache.
_STRIP = 32


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Pictures to be put together.

    Attributes:
        parts: The pictures with their weights, from the lowest to the top; one or more.
        mixed: Whether they are added, as the two sides of a dissolve are; otherwise each is laid
            over those before it.
    """

    parts: tuple[tuple[Picture, float], ...]
    mixed: bool

    @property
    def opaque(self) -> bool:
        """Whether nothing shines through."""
        if self.mixed:
            whole = sum(weight for _, weight in self.parts)
            return abs(whole - 1) < 1e-6 and all(is_opaque(part) for part, _ in self.parts)
        return any(weight == 1 and is_opaque(part) for part, weight in self.parts)


Picture = VideoFrame | Blend


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Some rows of a picture.

    Attributes:
        planes: Luma, blue and red difference, float32, as distances from black times alpha;
            colours have half the sides. Nobody else's: they may be changed.
        alpha: float32, 0 to 1, of luma's shape; None where it is 1 everywhere.
    """

    planes: list[_Plane]
    alpha: _Plane | None


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
            if isinstance(shown, VideoFrame) and is_opaque(shown):
                yield shown
            else:
                yield self._nothing() if shown is None else self._finished(shown)

    def _nothing(self) -> VideoFrame:
        if self._black is None:
            self._black = frame = VideoFrame(self.output.width, self.output.height, "yuv420p")
            for plane, black in zip(frame.planes, _BLACK, strict=True):
                rows_of(plane)[:] = black
            frame.colorspace, frame.color_range = BT709, LIMITED
        return self._black

    def _finished(self, picture: Picture, clear: bool = False) -> VideoFrame:
        """Return a picture as a frame: over black, or with its alpha."""
        pixels = "yuva420p" if clear else "yuv420p"
        frame = VideoFrame(self.output.width, self.output.height, pixels)
        planes = [rows_of(plane) for plane in frame.planes]
        for top in range(0, self.output.height, _STRIP):
            strip = _strip(picture, top)
            values = list(zip(strip.planes, _BLACK, strict=True))
            if clear:
                alpha = strip.alpha
                full = np.ones_like(strip.planes[0]) if alpha is None else alpha
                values.append((full * np.float32(255), 0))
            for index, (plane, (level, black)) in enumerate(zip(planes, values, strict=True)):
                np.add(level, np.float32(black + 0.5), out=level)
                _rows(plane, top, index)[:] = np.clip(level, 0, 255, out=level)
        frame.colorspace, frame.color_range = BT709, LIMITED
        return frame

    def _merged(self, content: Layers, count: int) -> Iterator[Picture | None]:
        """Yield what the layers make of each frame together; None where there is nothing."""
        playing: dict[int, Iterator[Picture | None]] = {}
        for frame in range(count):
            seen: list[tuple[Picture, float]] = []
            for index, layer in enumerate(content.layers):
                if not layer.first <= frame < layer.first + layer.frames:
                    playing.pop(index, None)
                    continue
                if index not in playing:
                    playing[index] = self._stream(layer)
                shown = next(playing[index])
                weight = float(layer.weight(frame) * layer.look.opacity)
                if shown is not None and weight > 0:
                    seen.append((shown, weight))
            yield _together(seen, content.mixed)

    def _stream(self, layer: Layer) -> Iterator[Picture | None]:
        """Yield a layer's pictures, one for each of its frames."""
        before, after = layer.hold
        count = layer.frames - before - after
        shown: Picture | None = None
        for index, shown in enumerate(self._pictures(layer, count)):
            yield from (shown for _ in range(before + 1 if index == 0 else 1))
        yield from (shown for _ in range(after))

    def _pictures(self, layer: Layer, count: int) -> Iterator[Picture | None]:
        content = layer.content
        if not isinstance(content, Layers):
            yield from self.open_leaf(content, count, layer.look)
        elif replace(layer.look, opacity=Look().opacity).plain:
            yield from self._merged(content, count)
        else:
            yield from self._moved(content, count, layer.look)

    def _moved(self, content: Layers, count: int, look: Look) -> Iterator[Picture | None]:
        """Yield the layers of a nested sequence, scaled and moved as one picture."""
        size = self.output.framed
        conformer = Conformer(self.output, size, place_of(look, size, self.output), True)
        for shown in self._merged(content, count):
            if shown is None:
                yield None
                continue
            whole = self._finished(shown, clear=True) if isinstance(shown, Blend) else shown
            yield from conformer.frames(iter([whole]))


def is_opaque(picture: Picture) -> bool:
    """Tell whether nothing shines through a picture."""
    return picture.opaque if isinstance(picture, Blend) else len(picture.planes) < 4


def _together(seen: list[tuple[Picture, float]], mixed: bool) -> Picture | None:
    """Return pictures added by their weights, or laid over each other, the last on top."""
    if not mixed:
        hidden = [k for k, (shown, weight) in enumerate(seen) if weight == 1 and is_opaque(shown)]
        seen = seen[hidden[-1] :] if hidden else seen
    if len(seen) == 1 and seen[0][1] == 1:
        return seen[0][0]
    return Blend(tuple(seen), mixed) if seen else None


def _strip(picture: Picture, top: int) -> _Strip:
    """Return the rows of a picture from one on."""
    if isinstance(picture, VideoFrame):
        return _lifted(picture, top)
    parts = [(_strip(part, top), weight) for part, weight in picture.parts]
    return _sum(parts, picture.opaque) if picture.mixed else _pile(parts)


def _sum(parts: Sequence[tuple[_Strip, float]], opaque: bool) -> _Strip:
    """Return the weighted sum of pictures: a dissolve."""
    planes = [plane * np.float32(parts[0][1]) for plane in parts[0][0].planes]
    for strip, weight in parts[1:]:
        for plane, added in zip(planes, strip.planes, strict=True):
            np.add(plane, added * np.float32(weight), out=plane)
    if opaque:
        return _Strip(planes, None)
    alpha = np.zeros_like(planes[0])
    for strip, weight in parts:
        share = np.float32(weight)
        alpha += share if strip.alpha is None else strip.alpha * share
    return _Strip(planes, np.minimum(alpha, 1, out=alpha))


def _pile(parts: Sequence[tuple[_Strip, float]]) -> _Strip:
    """Return pictures laid over each other, the last on top."""
    under = _weighted(*parts[0])
    for strip, weight in parts[1:]:
        under = _over(_weighted(strip, weight), under)
    return under


def _weighted(strip: _Strip, weight: float) -> _Strip:
    if weight == 1:
        return strip
    share = np.float32(weight)
    alpha = strip.alpha
    faded = np.full_like(strip.planes[0], share) if alpha is None else alpha * share
    return _Strip([plane * share for plane in strip.planes], faded)


def _over(over: _Strip, under: _Strip) -> _Strip:
    if over.alpha is None:
        return over
    through = 1 - over.alpha
    coarse = _coarse(through)
    planes = [
        top + below * share
        for top, below, share in zip(
            over.planes, under.planes, (through, coarse, coarse), strict=True
        )
    ]
    alpha = None if under.alpha is None else over.alpha + under.alpha * through
    return _Strip(planes, alpha)


def _coarse(alpha: _Plane) -> _Plane:
    """Return alpha at the colours' resolution."""
    height, width = alpha.shape
    quads: _Plane = alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return quads


def _lifted(frame: VideoFrame, top: int) -> _Strip:
    """Return rows of a frame of the output (4:2:0, with alpha or without)."""
    rows = [_rows(rows_of(plane), top, index) for index, plane in enumerate(frame.planes)]
    planes = [
        np.subtract(plane, np.float32(black), dtype=np.float32)
        for plane, black in zip(rows, _BLACK, strict=False)
    ]
    alpha = None
    if len(rows) == 4:
        alpha = np.multiply(rows[3], np.float32(1 / 255), dtype=np.float32)
    return _Strip(planes, alpha)


def _rows(plane: NDArray[np.uint8], top: int, index: int) -> NDArray[np.uint8]:
    """Return a strip of a frame's plane; colours have half the rows."""
    half = 2 if index in (1, 2) else 1
    return plane[top // half : (top + _STRIP) // half]
