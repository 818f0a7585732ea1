"""Where somebody sings: what stands in the middle of the stereo image and glides in pitch.

Lead voices are mixed to the middle, so the spectrum left after the sides are taken off is loud
where they sing; and voices glide from note to note and waver, where keys, drums and most
synthesisers hold a pitch or jump. Neither clue needs a trained model. Limits: a bent guitar or a
slide synth passes for a voice, and speech without pitch is missed.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Phrase
from otio_idolsync.analysis.sound import RATE

FRAME_RATE = 20.0
_LOW_HZ, _HIGH_HZ = 200.0, 4000.0
_PITCH_LOW_HZ, _PITCH_HIGH_HZ = 130.0, 800.0
_STEPS_PER_SEMITONE = 6
_HARMONICS = 8
_HARMONIC_DECAY = 0.85
_GLIDE_LEAST, _GLIDE_MOST = 0.12, 1.2
_GLIDE_SECONDS, _LEVEL_SECONDS = 2.0, 0.5
_WIDE_DB = 30.0
_ENTER, _LEAVE = 0.3, -0.2
_LEAST_SECONDS, _GAP_SECONDS = 0.5, 0.3
_LEAST_GLIDE, _SURE_GLIDE = 0.025, 0.08


def voice_cues(left: NDArray[np.complex64], right: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Return level in the middle, width and pitch of some frames.

    Args:
        left: complex64 [shape=(frames, bins)], spectra of the left side.
        right: The same of the right side.

    Returns:
        float32 [shape=(frames, 3)]: level of the middle without the sides, 200 to 4000 Hz, dB;
        middle over side level there, dB; strongest pitch of the middle, semitones above 130 Hz.
    """
    freqs = np.fft.rfftfreq(2 * (left.shape[1] - 1), 1 / RATE)
    band = (freqs >= _LOW_HZ) & (freqs <= _HIGH_HZ)
    middle, side = np.abs(left + right) / 2, np.abs(left - right) / 2
    centre = np.maximum(middle - side, 0)
    levels = [
        10 * np.log10(np.square(s[:, band]).mean(axis=1) + 1e-4) for s in (centre, middle, side)
    ]
    pitch = _pitch(centre)
    return np.stack([levels[0], levels[1] - levels[2], pitch], axis=1).astype(np.float32)


def find_vocals(cues: NDArray[np.float32]) -> tuple[Phrase, ...]:
    """Return sung phrases in time order.

    Args:
        cues: float32 [shape=(frames, 3)], 20 a second, from `voice_cues`.
    """
    glides = _glides(cues[:, 2])
    slow_glides = _smooth(glides, _GLIDE_SECONDS)
    score = _standard(_smooth(cues[:, 0], _LEVEL_SECONDS)) + 0.5 * _standard(slow_glides)
    if np.median(cues[:, 1]) < _WIDE_DB:
        score = score + 0.5 * _standard(_smooth(cues[:, 1], _LEVEL_SECONDS))
    phrases = []
    for start, end in _spans(score):
        glide = float(slow_glides[start:end].mean())
        if glide >= _LEAST_GLIDE:
            sure = min(1.0, glide / _SURE_GLIDE) * (0.6 + 0.4 * np.tanh(score[start:end].mean()))
            phrases.append(Phrase(start / FRAME_RATE, end / FRAME_RATE, float(np.clip(sure, 0, 1))))
    return tuple(phrases)


def _pitch(spectrum: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the pitch whose harmonics stand out most, in semitones above 130 Hz."""
    level = np.log1p(5 * spectrum)
    total = np.cumsum(np.pad(level, ((0, 0), (16, 15)), mode="edge"), axis=1)
    usual = (total[:, 31:] - total[:, :-31]) / 31
    peaks = np.maximum(level[:, : usual.shape[1]] - usual, 0)
    salience = peaks @ _harmonic_bank(spectrum.shape[1])[: usual.shape[1]]
    best = np.clip(salience.argmax(axis=1), 1, salience.shape[1] - 2)
    rows = np.arange(len(salience))
    low, top, high = (salience[rows, best + step].astype(float) for step in (-1, 0, 1))
    bend = low - 2 * top + high
    offset = np.where(bend < -1e-9, (low - high) / (2 * np.minimum(bend, -1e-9)), 0.0)
    return np.asarray((best + np.clip(offset, -0.5, 0.5)) / _STEPS_PER_SEMITONE, np.float64)


@functools.cache
def _harmonic_bank(bins: int) -> NDArray[np.float32]:
    """Return weights from bins to candidate pitches, float32 [shape=(bins, pitches)]."""
    per_octave = 12 * _STEPS_PER_SEMITONE
    count = int(np.log2(_PITCH_HIGH_HZ / _PITCH_LOW_HZ) * per_octave)
    pitches = _PITCH_LOW_HZ * 2 ** (np.arange(count) / per_octave)
    bank = np.zeros((bins, count), np.float32)
    for harmonic in range(1, _HARMONICS + 1):
        place = pitches * harmonic * 2 * (bins - 1) / RATE
        below = place.astype(int)
        share = place - below
        weight = _HARMONIC_DECAY ** (harmonic - 1)
        bank[below, np.arange(count)] += weight * (1 - share)
        bank[below + 1, np.arange(count)] += weight * share
    return bank


def _glides(pitch: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 where the pitch moves by less than a tone, and did not jump just before or after."""
    moves = np.abs(np.diff(pitch, prepend=pitch[:1]))
    steady = moves < _GLIDE_MOST
    around = steady & np.append(steady[1:], True) & np.insert(steady[:-1], 0, True)
    return np.asarray((moves >= _GLIDE_LEAST) & around, np.float64)


def _smooth(values: NDArray[np.floating], seconds: float) -> NDArray[np.float64]:
    size = int(seconds * FRAME_RATE) | 1
    kernel = np.hanning(size + 2)[1:-1]
    padded = np.pad(values.astype(np.float64), size // 2, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"), np.float64)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with mean 0 and deviation 1; silence counts as no more than quiet."""
    floored = np.maximum(values, np.percentile(values, 5))
    return np.asarray((floored - floored.mean()) / (floored.std() + 1e-6), np.float64)


def _spans(score: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return frames that are sung: entered above one threshold, left below a lower one."""
    spans: list[tuple[int, int]] = []
    turns = np.flatnonzero(np.diff(np.concatenate([[0], (score > _LEAVE).astype(int), [0]])))
    for start, end in zip(turns[::2], turns[1::2], strict=True):
        if score[start:end].max() < _ENTER:
            continue
        if spans and start - spans[-1][1] < _GAP_SECONDS * FRAME_RATE:
            spans[-1] = (spans[-1][0], int(end))
        else:
            spans.append((int(start), int(end)))
    return [(a, b) for a, b in spans if b - a >= _LEAST_SECONDS * FRAME_RATE]
