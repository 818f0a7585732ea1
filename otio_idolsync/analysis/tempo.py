"""The tempo over time: one octave for the whole song, then the smoothest path near it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import FAST_RATE

_TEMPI = np.geomspace(45.0, 240.0, 240)
_USUAL_BPM, _USUAL_OCTAVES = 140.0, 0.9
_IN_FOURS = ((0.5, 0.25), (1, 1.0), (2, 1.0), (4, 1.0))
_IN_THREES = ((0.5, 0.25), (1, 1.0), (3, 1.0), (6, 1.0))
_THREES_SHARE = 0.85
_LONGEST_LAG = int(8.2 * FAST_RATE)
_WINDOW_SECONDS, _STRIDE_SECONDS = 12.0, 2.0
_NEAR_OCTAVES = 0.2
_DRIFT_COST = 40.0


@dataclass(frozen=True, slots=True)
class Tempo:
    """A song's tempo.

    Attributes:
        path: float64 [shape=(n,)], beats per minute at each onset frame.
        strength: How regular the onsets are, 0 (noise) to 1 (a click track).
    """

    path: NDArray[np.float64] = field(compare=False)
    strength: float


def find_tempo(bands: NDArray[np.float32]) -> Tempo:
    """Return the tempo of each onset frame.

    The autocorrelation of onsets is read at each tempo's beat, its half, and the beats that close
    a half bar and a bar (a comb). Bands are correlated one by one: drums that alternate between
    bands repeat after two beats, not after one and a half, which tells 170 BPM from 113. The whole
    song decides on the octave, because a tracker that changes octave between verse and chorus is
    useless to an editor; within a third of an octave the tempo may then drift.

    Args:
        bands: float32 [shape=(n, 3)], onset strength, 100 a second.
    """
    flat = np.stack([_level(band) for band in bands.T])
    usual = np.exp(-0.5 * np.square(np.log2(_TEMPI / _USUAL_BPM) / _USUAL_OCTAVES))
    regular = _comb(flat)
    song = int((regular * usual).argmax())
    near = np.abs(np.log2(_TEMPI / _TEMPI[song])) <= _NEAR_OCTAVES
    size, stride = int(_WINDOW_SECONDS * FAST_RATE), int(_STRIDE_SECONDS * FAST_RATE)
    padded = np.pad(flat, ((0, 0), (size // 2, size // 2)))
    starts = range(0, padded.shape[1] - size + 1, stride)
    scores = np.stack([_comb(padded[:, s : s + size] * np.hanning(size))[near] for s in starts])
    path = _TEMPI[near][_steady_path(scores)]
    frames = np.arange(bands.shape[0])
    return Tempo(np.interp(frames, np.arange(len(path)) * stride, path), float(regular[song]))


def _level(band: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a band's onsets above their mean of one second, scaled to deviate by 1."""
    size = int(FAST_RATE)
    usual = np.convolve(band, np.ones(size) / size, mode="same")
    above = np.maximum(band - usual, 0)[: len(band)]
    return np.asarray(above / (above.std() + 1e-9), np.float64)


def _comb(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well each tempo explains some onsets, about 0..1."""
    shape = np.mean([_autocorrelation(band) for band in bands], axis=0)
    shape = np.maximum.reduce([shape, np.roll(shape, 1), np.roll(shape, -1)])
    fours, threes = (_teeth(shape, comb) for comb in (_IN_FOURS, _IN_THREES))
    return np.maximum(0, np.maximum(fours, _THREES_SHARE * threes))


def _teeth(
    shape: NDArray[np.float64], comb: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    lags = 60 * FAST_RATE / _TEMPI
    frames = np.arange(len(shape))
    total = sum(weight * np.interp(beats * lags, frames, shape) for beats, weight in comb)
    return np.asarray(total / sum(weight for _, weight in comb), np.float64)


def _autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocorrelation up to 8 s, 1 at lag 0, the same height at all lags."""
    values = values - values.mean()
    count = len(values)
    power = np.square(np.abs(np.fft.rfft(values, 2 * max(count, _LONGEST_LAG))))
    shape = np.fft.irfft(power)[:_LONGEST_LAG]
    overlap = np.maximum(count - np.arange(_LONGEST_LAG), count / 4)
    return np.asarray(shape / (shape[0] + 1e-9) * count / overlap, np.float64)


def _steady_path(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the best index at each step where a change of tempo costs by its size."""
    count = scores.shape[1]
    step = float(np.log2(_TEMPI[1] / _TEMPI[0]))
    cost = _DRIFT_COST * np.abs(np.subtract.outer(np.arange(count), np.arange(count))) * step
    best = scores[0]
    back = []
    for row in scores[1:]:
        reach = best[None, :] - cost
        back.append(reach.argmax(axis=1))
        best = reach.max(axis=1) + row
    path = [int(best.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return np.asarray(path[::-1], np.int64)
