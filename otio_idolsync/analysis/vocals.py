"""Where somebody sings, from the stereo image and from how voices move in pitch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import SLOW_HOP, SLOW_RATE, TONE_WINDOW
from otio_idolsync.analysis.model import Phrase
from otio_idolsync.analysis.sound import RATE, Sound, spectra

_LOW, _HIGH = 200.0, 4000.0
_LEAST_SECONDS = 0.4
_GAP_SECONDS = 0.35


def voice_cues(sound: Sound, frames: int) -> NDArray[np.float32]:
    """Return per slow frame: middle energy (dB), middle less side energy (dB), pitch strength.

    Args:
        sound: Normalised samples.
        frames: Rows to return.

    Returns:
        float32 [shape=(frames, 3)].
    """
    freqs = np.arange(TONE_WINDOW // 2 + 1) * RATE / TONE_WINDOW
    band = (freqs >= _LOW) & (freqs <= _HIGH)
    middle = np.ascontiguousarray(sound.stereo.mean(axis=1))
    side = np.ascontiguousarray((sound.stereo[:, 0] - sound.stereo[:, 1]) / 2)
    rows = []
    pair = zip(
        spectra(middle, TONE_WINDOW, SLOW_HOP), spectra(side, TONE_WINDOW, SLOW_HOP), strict=True
    )
    for m, s in pair:
        power = np.square(np.abs(m[:, band]))
        loud = 10 * np.log10(power.mean(axis=1) + 1e-4)
        wide = 10 * np.log10(np.square(np.abs(s[:, band])).mean(axis=1) + 1e-4)
        flat = np.exp(np.log(power + 1e-6).mean(axis=1)) / (power.mean(axis=1) + 1e-6)
        rows.append(np.stack([loud, loud - wide, -np.log10(flat + 1e-6)], axis=1))
    return np.concatenate(rows)[:frames].astype(np.float32)


def find_vocals(cues: NDArray[np.float32]) -> tuple[Phrase, ...]:
    """Return sung phrases with a confidence."""
    score = _score(cues)
    sung = score > 0.6
    return tuple(_phrases(sung, score))


def _score(cues: NDArray[np.float32]) -> NDArray[np.float64]:
    size = int(0.5 * SLOW_RATE) | 1
    kernel = np.hanning(size + 2)[1:-1]
    total = np.zeros(len(cues))
    for column in cues.T:
        ranks = np.argsort(np.argsort(column)) / max(1, len(column) - 1)
        total += np.convolve(np.pad(ranks, size // 2, mode="edge"), kernel / kernel.sum(), "valid")
    return total / cues.shape[1]


def _phrases(sung: NDArray[np.bool_], score: NDArray[np.float64]) -> list[Phrase]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sung.astype(int), [0]])))
    spans: list[list[int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if spans and start - spans[-1][1] < _GAP_SECONDS * SLOW_RATE:
            spans[-1][1] = int(end)
        else:
            spans.append([int(start), int(end)])
    return [
        Phrase(a / SLOW_RATE, b / SLOW_RATE, float(np.clip(score[a:b].mean(), 0, 1)))
        for a, b in spans
        if b - a >= _LEAST_SECONDS * SLOW_RATE
    ]
