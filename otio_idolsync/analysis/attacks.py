"""Move each tracked beat to where the sound really begins, and say how sure that is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.backends import TrackedBeats
from otio_idolsync.analysis.sound import RATE

_WINDOW = 256
_HOP = 24
_REACH_SECONDS = 0.045
_NEIGHBOURS = 6
_TOUCH_SECONDS = 0.0025
"""A log spectrum rises most when its window first touches an attack: 2 to 5 ms before it on drums
whose attack is known to the sample, so this much is given back."""


def refine(samples: NDArray[np.float32], beats: NDArray[np.float64]) -> TrackedBeats:
    """Return beats at the attacks near them, smoothed by a robust line through their neighbours.

    A tracker's frames jitter by its hop and a single attack by its shape; a straight line through
    thirteen beats does neither, and still follows a drifting band.

    Args:
        samples: float32 [shape=(n,)], mono at 24 kHz.
        beats: float64 [shape=(b,)], seconds, rising.
    """
    attacks, strength = _attacks(samples, beats)
    times = _local_line(attacks, strength)
    off = np.abs(times - attacks)
    floor = np.percentile(strength, 75) + 1e-9
    sure = np.clip(strength / floor, 0, 1) * np.exp(-np.square(off / 0.03))
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(times)) > 0.05])
    return TrackedBeats(times[rising], None, sure[rising])


def _attacks(
    samples: NDArray[np.float32], beats: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the time and strength of the sharpest rise near each beat."""
    steps = int(_REACH_SECONDS * RATE / _HOP)
    offsets = np.arange(-steps, steps + 1) * _HOP
    padded = np.pad(samples, (steps * _HOP + 2 * _WINDOW,) * 2)
    centre = np.round(beats * RATE).astype(np.int64) + steps * _HOP + 2 * _WINDOW
    closeness = np.exp(-0.5 * np.square(offsets / RATE / 0.025))
    taper = np.hanning(_WINDOW).astype(np.float32)
    when, strength = np.zeros(len(beats)), np.zeros(len(beats))
    view = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)
    for i, middle in enumerate(np.clip(centre, 0, len(padded) - steps * _HOP - 2 * _WINDOW)):
        after = np.log1p(50 * np.abs(np.fft.rfft(view[middle + offsets] * taper, axis=1)))
        before = np.log1p(
            50 * np.abs(np.fft.rfft(view[middle + offsets - _WINDOW] * taper, axis=1))
        )
        rise = np.maximum(0, after - before).mean(axis=1) * closeness
        best = int(rise.argmax())
        when[i] = beats[i] + offsets[best] / RATE + _TOUCH_SECONDS
        strength[i] = rise[best]
    return when, strength


def _local_line(times: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each time moved onto a line through its neighbours, outliers counted little."""
    smooth = times.copy()
    count = len(times)
    for i in range(count):
        low, high = max(0, i - _NEIGHBOURS), min(count, i + _NEIGHBOURS + 1)
        if high - low < 5:
            continue
        x = np.arange(low, high) - float(i)
        y = times[low:high]
        trust = weights[low:high] + 1e-6
        for _ in range(4):
            slope, level = _line(x, y, trust)
            trust = weights[low:high] / (1 + np.square((y - level - slope * x) / 0.008)) + 1e-6
        smooth[i] = level
    return smooth


def _line(
    x: NDArray[np.floating], y: NDArray[np.floating], w: NDArray[np.floating]
) -> tuple[float, float]:
    """Return slope and level at 0 of a weighted straight line."""
    mean_x, mean_y = np.average(x, weights=w), np.average(y, weights=w)
    spread = np.average(np.square(x - mean_x), weights=w)
    slope = np.average((x - mean_x) * (y - mean_y), weights=w) / (spread + 1e-12)
    return float(slope), float(mean_y - slope * mean_x)
