"""What later stages need of a song: onsets each 10 ms, timbre and chords each 50 ms.

They are kept in the cache, so that mending a grid needs neither decoding nor a tracker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.sound import RATE, Sound, spectra
from otio_idolsync.analysis.vocals import middle_cues, with_speech

FAST_HOP = 240
SLOW_HOP = 1200
FAST_RATE = RATE / FAST_HOP
SLOW_RATE = RATE / SLOW_HOP
ONSET_WINDOW = 1024
TONE_WINDOW = 4096
ONSET_GROUPS = ((30.0, 160.0), (160.0, 2000.0), (2000.0, 11000.0))
_BANDS = 48
_FLUX_LAG = 2


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays over time; frame k of a fast array is at k / 100 s, of a slow one at k / 20 s.

    Attributes:
        onsets: float32 [shape=(fast, 3)], how much of low, middle and high sound begins.
        timbre: float32 [shape=(slow, 48)], log power in bands of equal width in mel, dB.
        chroma: float32 [shape=(slow, 12)], power of each pitch class, 110 to 2000 Hz.
        bass: float32 [shape=(slow, 12)], the same of 40 to 200 Hz.
        loudness: float32 [shape=(slow,)], dB, as loud as it seems.
        voice: float32 [shape=(slow, 4)], see ``vocals``.
    """

    onsets: NDArray[np.float32] = field(compare=False)
    timbre: NDArray[np.float32] = field(compare=False)
    chroma: NDArray[np.float32] = field(compare=False)
    bass: NDArray[np.float32] = field(compare=False)
    loudness: NDArray[np.float32] = field(compare=False)
    voice: NDArray[np.float32] = field(compare=False)


def measure(sound: Sound) -> Features:
    """Return the features of a song's sound."""
    return Features(onsets(sound.mono), *_tones(sound))


def onsets(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the spectral flux of log magnitudes in three groups of bands.

    Args:
        mono: float32 [shape=(n,)], normalised.

    Returns:
        float32 [shape=(frames, 3)].
    """
    bank = mel_bank(ONSET_WINDOW, 60, ONSET_GROUPS[0][0], ONSET_GROUPS[-1][1])
    rows = [np.log1p(100 * (np.abs(s) @ bank)) for s in spectra(mono, ONSET_WINDOW, FAST_HOP)]
    levels = np.concatenate(rows)
    rise = np.zeros_like(levels)
    rise[_FLUX_LAG:] = np.maximum(0, levels[_FLUX_LAG:] - levels[:-_FLUX_LAG])
    centres = _mel_points(60, ONSET_GROUPS[0][0], ONSET_GROUPS[-1][1])[1:-1]
    groups = [
        rise[:, (centres >= low) & (centres < high)].mean(axis=1) for low, high in ONSET_GROUPS
    ]
    return np.stack(groups, axis=1).astype(np.float32)


def mel_bank(window: int, bands: int, low: float, high: float) -> NDArray[np.float32]:
    """Return triangular mel filters, float32 [shape=(window / 2 + 1, bands)], each of sum 1."""
    points = _mel_points(bands, low, high)
    freqs = np.arange(window // 2 + 1) * RATE / window
    up = (freqs[:, None] - points[None, :-2]) / np.diff(points)[None, :-1]
    down = (points[None, 2:] - freqs[:, None]) / np.diff(points)[None, 1:]
    bank = np.maximum(0, np.minimum(up, down))
    narrow = bank.sum(axis=0) == 0
    nearest = np.abs(freqs[:, None] - points[None, 1:-1]).argmin(axis=0)
    bank[nearest[narrow], np.flatnonzero(narrow)] = 1
    return np.asarray(bank / bank.sum(axis=0), np.float32)


def _mel_points(bands: int, low: float, high: float) -> NDArray[np.float64]:
    mel = np.linspace(np.log1p(low / 700), np.log1p(high / 700), bands + 2)
    return np.asarray(700 * np.expm1(mel), np.float64)


def _tones(sound: Sound) -> tuple[NDArray[np.float32], ...]:
    """Return timbre, chroma, bass, loudness and voice in one pass over both sides."""
    timbre_bank = mel_bank(TONE_WINDOW, _BANDS, 40, 11000)
    chroma_bank = _pitch_bank(110, 2000)
    bass_bank = _pitch_bank(40, 200)
    weight = _loudness_weight()
    rows: list[list[NDArray[np.float32]]] = [[], [], [], [], []]
    sides = [
        spectra(np.ascontiguousarray(sound.stereo[:, i]), TONE_WINDOW, SLOW_HOP) for i in (0, 1)
    ]
    for left, right in zip(*sides, strict=True):
        power = np.square(np.abs(left)) + np.square(np.abs(right))
        rows[0].append(10 * np.log10(power @ timbre_bank + 1e-4))
        root = np.sqrt(power)
        rows[1].append(root @ chroma_bank)
        rows[2].append(root @ bass_bank)
        rows[3].append(10 * np.log10(power @ weight + 1e-2))
        rows[4].append(middle_cues(left, right))
    *tones, voice = (np.concatenate(part).astype(np.float32) for part in rows)
    return (*tones, with_speech(voice, sound))


def _pitch_bank(low: float, high: float) -> NDArray[np.float32]:
    """Return weights from bins to pitch classes; narrow about each semitone's centre."""
    freqs = np.arange(1, TONE_WINDOW // 2 + 1) * RATE / TONE_WINDOW
    pitch = 69 + 12 * np.log2(freqs / 440)
    near = np.abs((pitch[:, None] - np.arange(12)[None] + 6) % 12 - 6)
    bank = np.exp(-0.5 * np.square(near / 0.5)) * ((freqs >= low) & (freqs <= high))[:, None]
    return np.concatenate([np.zeros((1, 12)), bank]).astype(np.float32)


def _loudness_weight() -> NDArray[np.float32]:
    """Return a power weight for each bin: bass counts little and 2 to 5 kHz much, as in ears.

    A smooth stand-in for the K-weighting of ITU-R BS.1770: a high-pass at 60 Hz and a +4 dB shelf.
    """
    freqs = np.arange(TONE_WINDOW // 2 + 1) * RATE / TONE_WINDOW
    high_pass = np.square(freqs) / (np.square(freqs) + 60.0**2)
    shelf = 1 + 1.5 * np.square(freqs) / (np.square(freqs) + 1500.0**2)
    return np.asarray(high_pass * shelf / TONE_WINDOW, np.float32)
