"""Follow a mouth through footage: find the part of the face around it again in each picture.

The template is the first picture's, from nose to chin, compared by normalised correlation at a
small size: light may change, and it cannot drift away as it would from picture to picture. The
search goes on from where the mouth was last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from otio_idolsync.lipsync.movie import Picture
from otio_idolsync.lipsync.skin import Mouth

_MOUTH_PIXELS = 14
_HALF_WIDTH, _UP, _DOWN = 1.3, 1.6, 0.9
_SEARCH = 9
_SURE = 0.45
_EASE = 0.6


class Follower:
    """Finds one mouth again and again."""

    def __init__(self, picture: Picture, mouth: Mouth) -> None:
        """Take the first picture and where the mouth is in it."""
        self._mouth = mouth
        self._scale = _MOUTH_PIXELS / mouth.width
        self._across = round(_HALF_WIDTH * _MOUTH_PIXELS)
        self._up, self._down = round(_UP * _MOUTH_PIXELS), round(_DOWN * _MOUTH_PIXELS)
        self._template = _level(self._around(picture, mouth.x, mouth.y, 0))

    def find(self, picture: Picture) -> Mouth:
        """Return where the mouth is now; where it was, if nothing looks like it."""
        area = self._around(picture, self._mouth.x, self._mouth.y, _SEARCH)
        windows = np.lib.stride_tricks.sliding_window_view(area, self._template.shape)
        flat = windows.reshape(*windows.shape[:2], -1)
        flat = flat - flat.mean(axis=2, keepdims=True)
        norm = np.sqrt(np.square(flat).sum(axis=2)) + 1e-6
        alike = flat @ self._template.ravel() / norm
        row, column = np.unravel_index(int(alike.argmax()), alike.shape)
        if alike[row, column] >= _SURE:
            down = _peak(alike[:, column], int(row)) - _SEARCH
            across = _peak(alike[row, :], int(column)) - _SEARCH
            x = self._mouth.x + _EASE * across / self._scale
            y = self._mouth.y + _EASE * down / self._scale
            self._mouth = Mouth(x, y, self._mouth.width, self._mouth.tilt)
        return self._mouth

    def _around(self, picture: Picture, x: float, y: float, margin: int) -> NDArray[np.float32]:
        """Return the greys around a place, scaled so that the mouth is a few pixels wide."""
        columns, rows = 2 * (self._across + margin) + 1, self._up + self._down + 2 * margin + 1
        unit = 1 / self._scale
        left, top = x - (self._across + margin + 0.5) * unit, y - (self._up + margin + 0.5) * unit
        size = columns, rows
        box = (left, top, left + columns * unit, top + rows * unit)
        whole = Image.fromarray(picture)
        pad = (int(box[0]) - 2, int(box[1]) - 2, int(box[2]) + 3, int(box[3]) + 3)
        part = whole.crop(pad).convert("L")
        inner = tuple(edge - pad[index % 2] for index, edge in enumerate(box))
        small = part.resize(size, Image.Resampling.BILINEAR, box=inner)  # type: ignore[arg-type]
        return np.asarray(small, np.float32)


def _level(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = patch - patch.mean()
    return np.asarray(centred / (np.sqrt(np.square(centred).sum()) + 1e-6), np.float32)


def _peak(values: NDArray[np.float32], at: int) -> float:
    """Return the place of a peak between samples, by a parabola through three of them."""
    if not 0 < at < len(values) - 1:
        return float(at)
    before, top, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * top + after
    return at + (0.5 * (before - after) / bend if bend < -1e-9 else 0.0)
