"""What the beat network hears of a song: attacks 50 times a second, pitches 25 times a second.

Attacks are log powers of 72 bands of equal width in octaves; the low ones come from a longer
window, because two low notes a tone apart differ by less than a short window resolves. Pitches are
48 semitones from a window of a third of a second: chords change on the bar, and in drumless music
little else tells where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.sound import RATE, spectra

FPS = 25
LOW_BANDS, HIGH_BANDS, PITCHES = 24, 48, 48
ATTACK_BANDS = LOW_BANDS + HIGH_BANDS
WIDTH = 2 * ATTACK_BANDS + PITCHES
_ATTACK_HOP = RATE // (2 * FPS)
_PITCH_HOP = RATE // FPS
_LOW_WINDOW, _HIGH_WINDOW, _PITCH_WINDOW = 2048, 1024, 8192
_LOW_HZ, _MIDDLE_HZ, _HIGH_HZ = 28.0, 350.0, 11000.0
_LOWEST_PITCH = 28
_FLOOR = 3e-6
_CHORD_FLOOR, _CHORD_FRAMES = -3.0, 8
_LOUD_PERCENTILE = 95


def log_bands(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return log powers relative to the loud parts of the song, so that its level is no matter.

    Args:
        samples: float32 [shape=(n,)], mono.
        sample_rate: Samples a second.

    Returns:
        float32 [shape=(n_frames, 192)], log10 of power, ``FPS`` frames a second; row k holds the
        attack bands at k / 25 s and 20 ms later and then the pitches at k / 25 s.
    """
    samples = at_rate(samples, sample_rate)
    frames = len(samples) // _PITCH_HOP + 1
    attacks = np.concatenate(
        [
            _banded(samples, _LOW_WINDOW, _ATTACK_HOP, _octave_bank(*_LOW_BANK), 2 * frames),
            _banded(samples, _HIGH_WINDOW, _ATTACK_HOP, _octave_bank(*_HIGH_BANK), 2 * frames),
        ],
        axis=1,
    )
    pitches = _banded(samples, _PITCH_WINDOW, _PITCH_HOP, _pitch_bank(), frames)
    rows = np.concatenate([_levelled(attacks).reshape(frames, -1), _levelled(pitches)], axis=1)
    return np.asarray(rows, np.float32)


def chord_change(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how different the pitches after each frame are from those before it, 0..1.

    Args:
        bands: float32 [shape=(n_frames, 192)], from `log_bands`.

    Returns:
        float32 [shape=(n_frames,)], ``FPS`` frames a second.
    """
    levels = np.maximum(bands[:, -PITCHES:], _CHORD_FLOOR) - _CHORD_FLOOR
    total = np.vstack([np.zeros((1, PITCHES)), np.cumsum(levels, axis=0, dtype=np.float64)])
    now = np.arange(len(bands))
    before = total[now] - total[np.maximum(now - _CHORD_FRAMES, 0)]
    after = total[np.minimum(now + _CHORD_FRAMES, len(bands))] - total[now]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1) + 1e-6
    return np.asarray(1 - np.sum(before * after, axis=1) / lengths, np.float32)


def at_rate(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return samples resampled to the rate that the bands are made for."""
    samples = np.asarray(samples, np.float32)
    if sample_rate == RATE:
        return samples
    from scipy.signal import resample_poly

    common = gcd(RATE, sample_rate)
    resampled = resample_poly(samples, RATE // common, sample_rate // common)
    return np.asarray(resampled, np.float32)


def _banded(
    samples: NDArray[np.float32], window: int, hop: int, bank: NDArray[np.float32], frames: int
) -> NDArray[np.float32]:
    """Return powers per band, float32 [shape=(frames, n_bands)]; frames past the end are silent."""
    out = np.zeros((frames, bank.shape[1]), np.float32)
    first = 0
    for spectrum in _low_bins(spectra(samples, window, hop), bank.shape[0]):
        power = spectrum.real**2 + spectrum.imag**2
        out[first : first + len(power)] = power @ bank
        first += len(power)
    return out / np.float32(window) ** 2


def _low_bins(
    blocks: Iterator[NDArray[np.complex64]], bins: int
) -> Iterator[NDArray[np.complex64]]:
    """Yield only the lowest bins: a bank that ends at 650 Hz needs no others."""
    for block in blocks:
        yield block[:, :bins]


def _levelled(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log10 of power against the loud frames' mean band, never below ``_FLOOR`` of it."""
    loud = np.percentile(power.mean(axis=1), _LOUD_PERCENTILE)
    level = np.float32(max(float(loud), 1e-20))
    return np.asarray(np.log10(power / level + np.float32(_FLOOR)), np.float32)


def _octave_bank(window: int, low_hz: float, high_hz: float, bands: int) -> NDArray[np.float32]:
    """Return overlapping triangles of equal width in octaves, [shape=(bins, bands)]."""
    edges = np.geomspace(low_hz, high_hz, bands + 2)
    return _triangles(window, edges)


def _pitch_bank() -> NDArray[np.float32]:
    """Return one triangle a semitone from E1 (41 Hz) upwards, [shape=(bins, 48)]."""
    notes = _LOWEST_PITCH - 1 + np.arange(PITCHES + 2)
    return _triangles(_PITCH_WINDOW, 440.0 * 2 ** ((notes - 69) / 12))


def _triangles(window: int, edges_hz: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return triangles between edges, integrated over each bin: no band is ever empty."""
    fine = 16
    steps = int(edges_hz[-1] / RATE * window) + 2
    centres = (np.arange(steps * fine) - fine // 2 + 0.5) / fine * RATE / window
    rising = (centres[:, None] - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    falling = (edges_hz[2:] - centres[:, None]) / np.diff(edges_hz)[1:]
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    bank = weights.reshape(steps, fine, -1).mean(axis=1)
    return np.asarray(bank / bank.sum(axis=0), np.float32)


_LOW_BANK = (_LOW_WINDOW, _LOW_HZ, _MIDDLE_HZ, LOW_BANDS)
_HIGH_BANK = (_HIGH_WINDOW, _MIDDLE_HZ, _HIGH_HZ, HIGH_BANDS)
