"""The drawn mouth's movement, from the very numbers that the voice sings with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from make.song import lead_controls
from make.voice import CONTROL
from scipy.ndimage import gaussian_filter1d

# Width and height of the open mouth for each vowel, in units of the head drawing.
_SHAPES = {"a": (28, 27), "i": (34, 11), "u": (13, 12), "e": (31, 17), "o": (18, 22), "": (23, 0)}
_FULL = {"a": 1.0, "e": 0.62, "o": 0.7, "i": 0.42, "u": 0.34, "": 1.0}


def lips() -> Callable[[float], tuple[float, float]]:
    """Return a function that gives the mouth's width and height at a song second."""
    c = lead_controls()
    width = np.array([_SHAPES[v][0] for v in c.vowel], float)
    share = np.array([o / _FULL[v] for o, v in zip(c.openness, c.vowel, strict=True)])
    height = np.array([_SHAPES[v][1] for v in c.vowel]) * np.clip(share, 0, 1)
    width, height = gaussian_filter1d(width, 10), gaussian_filter1d(height, 8)

    def at(second: float) -> tuple[float, float]:
        place = np.clip(second * CONTROL, 0, len(width) - 1)
        return tuple(float(np.interp(place, np.arange(len(v)), v)) for v in (width, height))

    return at
