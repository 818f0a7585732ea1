"""Follow a mouth through footage: find the part of the face around it again in each picture.

The template is the first picture's, from nose to chin, compared by normalised correlation at a
small size: light may change, and it cannot drift away as it would from picture to picture. The
search goes on from where the mouth was last, and tries the template a little turned, as heads lean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from otio_idolsync.lipsync.movie import Picture
from otio_idolsync.lipsync.skin import Mouth

_MOUTH_PIXELS = 14
_HALF_WIDTH, _UP, _DOWN = 1.3, 2.0, 0.9
_TURN, _MOST_TURN = 5, 35
_SEARCH = 9
_SURE = 0.45
_EASE, _EASE_TURN = 0.7, 0.35


class Follower:
    """Finds one mouth again and again."""

    def __init__(self, picture: Picture, mouth: Mouth) -> None:
        """Take the first picture and where the mouth is in it."""
        self._mouth = mouth
        self._scale = _MOUTH_PIXELS / mouth.width
        self._across = round(_HALF_WIDTH * _MOUTH_PIXELS)
        self._up, self._down = round(_UP * _MOUTH_PIXELS), round(_DOWN * _MOUTH_PIXELS)
        self._turn, self._shown_turn, self._own_tilt = 0, 0.0, mouth.tilt
        # so large that its turned corners still hold face
        wide = self._around(picture, mouth.x, mouth.y, _SEARCH + 12)
        self._templates = {
            turn: _level(self._turned(wide, turn))
            for turn in range(-_MOST_TURN, _MOST_TURN + 1, _TURN)
        }

    def find(self, picture: Picture) -> Mouth:
        """Return where the mouth is now; where it was, if nothing looks like it."""
        area = self._around(picture, self._mouth.x, self._mouth.y, _SEARCH)
        windows = np.lib.stride_tricks.sliding_window_view(area, self._templates[0].shape)
        flat = windows.reshape(*windows.shape[:2], -1)
        flat = flat - flat.mean(axis=2, keepdims=True)
        norm = np.sqrt(np.square(flat).sum(axis=2)) + 1e-6
        turns = [
            t for t in (self._turn, self._turn - _TURN, self._turn + _TURN) if t in self._templates
        ]
        scores = [flat @ self._templates[turn].ravel() / norm for turn in turns]
        best = int(np.argmax([score.max() for score in scores]))
        alike = scores[best]
        row, column = (int(place) for place in np.unravel_index(int(alike.argmax()), alike.shape))
        if alike[row, column] >= _SURE:
            self._turn = turns[best]
            self._move(
                _peak(alike[row, :], column) - _SEARCH, _peak(alike[:, column], row) - _SEARCH
            )
        return self._mouth

    def _move(self, across: float, down: float) -> None:
        """Go most of the way to a place, so that noise does not shake the mouth."""
        self._shown_turn += _EASE_TURN * (self._turn - self._shown_turn)
        x = self._mouth.x + _EASE * across / self._scale
        y = self._mouth.y + _EASE * down / self._scale
        self._mouth = Mouth(x, y, self._mouth.width, self._own_tilt + self._shown_turn)

    def _turned(self, wide: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
        """Return the template cut from a wider patch that is turned clockwise about the mouth."""
        margin = _SEARCH + 12
        middle = (self._across + margin + 0.5, self._up + margin + 0.5)
        turned = Image.fromarray(wide).rotate(-turn, Image.Resampling.BILINEAR, center=middle)
        return np.asarray(turned, np.float32)[margin:-margin, margin:-margin]

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
