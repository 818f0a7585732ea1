"""How intense the song feels over time, relative to itself."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import FAST_RATE, SLOW_RATE, Features
from otio_idolsync.analysis.model import BeatGrid, Energy

HOP = 0.1
_LOUDNESS_SHARE = 0.7
_LEAST_SPAN_DB, _MOST_SPAN_DB = 10.0, 30.0


def measure_energy(features: Features) -> Energy:
    """Return loudness and onset density, each against the song's own range, as one curve.

    Mastering moves all loudness by a constant and squeezes its range; percentiles of the song take
    both out. Density is added because a limiter makes verse and chorus equally loud.
    """
    times = np.arange(0, len(features.loudness) / SLOW_RATE, HOP)
    loud = _at_times(_smooth(10 ** (features.loudness / 10), 0.4 * SLOW_RATE), SLOW_RATE, times)
    level = _ranged(10 * np.log10(loud + 1e-6), _LEAST_SPAN_DB, _MOST_SPAN_DB)
    flux = _smooth(features.onsets.mean(axis=1), 1.0 * FAST_RATE)
    density = _ranged(_at_times(flux, FAST_RATE, times), 0.05, np.inf)
    values = _LOUDNESS_SHARE * level + (1 - _LOUDNESS_SHARE) * density
    return Energy(HOP, np.asarray(np.clip(values, 0, 1), np.float64))


def bar_energy(energy: Energy, grid: BeatGrid, duration: float) -> NDArray[np.float64]:
    """Return the mean energy of each bar that starts in the song, float64 [shape=(bars,)]."""
    edges = np.append(grid.downbeats, duration)
    return np.array([energy.between(a, b) for a, b in itertools.pairwise(edges)])


def _smooth(values: NDArray[np.floating], width: float) -> NDArray[np.float64]:
    size = max(1, round(width)) // 2 * 2 + 1
    kernel = np.hanning(size + 2)[1:-1]
    padded = np.pad(values.astype(np.float64), size // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _at_times(
    values: NDArray[np.float64], rate: float, times: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.interp(times * rate, np.arange(len(values)), values), np.float64)


def _ranged(values: NDArray[np.float64], least: float, most: float) -> NDArray[np.float64]:
    """Return values with the song's loud parts at 1 and its quiet parts towards 0."""
    low, high = np.percentile(values, [5, 97])
    span = np.clip(high - low, least, most)
    return np.asarray(np.clip(1 + (values - high) / span, 0, 1), np.float64)
