"""The tempo over time, as the smoothest strong path through a tempogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import FAST_RATE

_SLOWEST, _FASTEST, _STEPS = 48.0, 220.0, 160
_WINDOW_SECONDS = 10.0
_STRIDE_SECONDS = 1.0
_USUAL_BPM = 120.0
_OCTAVES = 0.8
_JUMP_COST = 12.0
_MULTIPLES = ((1, 1.0), (2, 0.5), (3, 0.25), (4, 0.5))


def tempo_path(envelope: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the tempo of each onset frame.

    The autocorrelation of ten seconds of onsets is read at each tempo's beat lag and its multiples
    (a comb), weighted by how usual that tempo is, and a Viterbi path keeps the tempo steady.

    Args:
        envelope: float32 [shape=(n,)], onset strength, 100 a second.

    Returns:
        float64 [shape=(n,)], beats per minute.
    """
    tempi = np.geomspace(_SLOWEST, _FASTEST, _STEPS)
    scores = np.stack([_comb(piece, tempi) for piece in _pieces(envelope)])
    scores += -0.5 * np.square(np.log2(tempi / _USUAL_BPM) / _OCTAVES)[None] * 0.5
    path = tempi[_smooth_path(scores)]
    middle = np.arange(len(path)) * _STRIDE_SECONDS * FAST_RATE
    return np.asarray(np.interp(np.arange(len(envelope)), middle, path), np.float64)


def _pieces(envelope: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Cut the envelope into overlapping, tapered pieces of zero mean."""
    size = int(_WINDOW_SECONDS * FAST_RATE)
    stride = int(_STRIDE_SECONDS * FAST_RATE)
    kernel = np.ones(int(FAST_RATE)) / FAST_RATE
    flat = envelope - np.convolve(envelope, kernel, mode="same")
    padded = np.pad(np.maximum(flat, 0), size // 2)
    taper = np.hanning(size)
    starts = range(0, len(padded) - size + 1, stride)
    pieces = [padded[s : s + size] for s in starts]
    return [(p - p.mean()) * taper for p in pieces]


def _comb(piece: NDArray[np.float64], tempi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how well each tempo explains a piece's autocorrelation, about 0..1."""
    size = len(piece)
    power = np.square(np.abs(np.fft.rfft(piece, 2 * size)))
    shape = np.fft.irfft(power)[:size]
    if shape[0] <= 0:
        return np.zeros(len(tempi))
    shape = shape / shape[0]
    lags = 60 * FAST_RATE / tempi
    total = sum(
        weight * np.interp(times * lags, np.arange(size), shape) for times, weight in _MULTIPLES
    )
    return np.asarray(total, np.float64) / sum(weight for _, weight in _MULTIPLES)


def _smooth_path(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the best index at each step where a change of tempo costs by its size."""
    count = scores.shape[1]
    index = np.arange(count)
    octaves = np.abs(index[:, None] - index[None]) * np.log2(_FASTEST / _SLOWEST) / (count - 1)
    cost = _JUMP_COST * np.minimum(octaves, 0.3)
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
