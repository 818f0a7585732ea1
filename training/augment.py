"""New songs from kept features: other tempo, key, tone and damage; measured to matter most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.tracker.features import ATTACK_BANDS, FPS, PITCHES
from songs import Example

FRAMES = 800
_STRETCH = 0.22
_FASTEST_BPM, _SLOWEST_BPM = 235.0, 50.0
_FLOOR = -5.5

Rng = np.random.Generator
Array = NDArray[np.float32]


def varied(song: Example, rng: Rng) -> tuple[Array, Array]:
    """Return an excerpt of a song, changed at random, and its targets.

    Returns:
        Bands, float32 [shape=(800, 192)], and targets, float32 [shape=(800, 4)].
    """
    factor = _stretch(song, rng)
    span = FRAMES * factor
    start = rng.uniform(0, max(0.0, len(song.bands) - span - 1))
    attacks, pitches = _excerpt(song.bands, start, factor)
    attacks, pitches = _retuned(attacks, pitches, rng)
    attacks, pitches = _damaged(attacks, pitches, rng)
    bands = np.concatenate([attacks.reshape(FRAMES, -1), pitches], axis=1)
    return bands, targets(song, start / FPS, factor, FRAMES)


def targets(song: Example, start: float, factor: float, frames: int) -> Array:
    """Return triangles three values wide around each beat and downbeat, [shape=(frames, 4)]."""
    out = np.zeros((2 * frames, 2), np.float32)
    for column, times in enumerate((song.beats, song.beats[song.numbers == 1])):
        places = (times - start) / factor * 2 * FPS
        for offset in (-1, 0, 1):
            near = np.round(places).astype(int) + offset
            inside = (near >= 0) & (near < 2 * frames)
            height = 1 - np.abs(near - places) / 1.6
            np.maximum.at(out[:, column], near[inside], height[inside].astype(np.float32))
    return out.reshape(frames, 4)


def _stretch(song: Example, rng: Rng) -> float:
    """Return how much faster to play a song: within the tempi that beats have."""
    factor = float(np.exp(rng.uniform(-_STRETCH, _STRETCH)))
    bpm = 60 / np.median(np.diff(song.beats)) if len(song.beats) > 2 else 120.0
    return 1 / factor if not _SLOWEST_BPM < bpm * factor < _FASTEST_BPM else factor


def _excerpt(bands: NDArray[np.float16], start: float, factor: float) -> tuple[Array, Array]:
    """Return attacks [shape=(1600, 72)] and pitches [shape=(800, 48)] from ``start`` (frames)."""
    first = int(start)
    rows = bands[first : first + int(FRAMES * factor) + 3].astype(np.float32)
    attacks = rows[:, : 2 * ATTACK_BANDS].reshape(-1, ATTACK_BANDS)
    part = start - first
    return (
        _read(attacks, 2 * part + np.arange(2 * FRAMES) * factor),
        _read(rows[:, 2 * ATTACK_BANDS :], part + np.arange(FRAMES) * factor),
    )


def _read(rows: Array, places: NDArray[np.float64]) -> Array:
    """Return rows at places between them; past the end, the floor."""
    whole = places.astype(int)
    part = (places - whole).astype(np.float32)[:, None]
    padded = np.pad(rows, ((0, 2), (0, 0)), constant_values=_FLOOR)
    last = len(padded) - 2
    left, right = padded[np.minimum(whole, last)], padded[np.minimum(whole + 1, last + 1)]
    return left + (right - left) * part


def _retuned(attacks: Array, pitches: Array, rng: Rng) -> tuple[Array, Array]:
    """Return bands moved up or down, each kind by its own distance."""
    return _moved(attacks, int(rng.integers(-3, 4))), _moved(pitches, int(rng.integers(-5, 6)))


def _moved(rows: Array, steps: int) -> Array:
    """Return columns moved by some steps; the edge column fills what is new."""
    columns = np.clip(np.arange(rows.shape[1]) - steps, 0, rows.shape[1] - 1)
    return rows[:, columns]


def _damaged(attacks: Array, pitches: Array, rng: Rng) -> tuple[Array, Array]:
    """Return bands with another tone, contrast, noise floor, slow level, and holes."""
    level = rng.normal(0, 0.25)
    if rng.random() < 0.3:
        slow = np.interp(
            np.arange(2 * FRAMES), np.linspace(0, 2 * FRAMES, 6), rng.normal(0, 0.5, 6)
        )
    else:
        slow = np.zeros(2 * FRAMES)
    attacks = attacks + (level + slow).astype(np.float32)[:, None] + _curve(ATTACK_BANDS, rng)
    pitches = pitches + (level + slow[::2]).astype(np.float32)[:, None] + _curve(PITCHES, rng)
    if rng.random() < 0.4:
        contrast = np.float32(rng.uniform(0.75, 1.2))
        attacks, pitches = attacks * contrast, pitches * contrast
    if rng.random() < 0.3:
        floor = np.float32(rng.uniform(-5, -2.5))
        attacks, pitches = np.logaddexp(attacks * 2, floor * 2) / 2, np.maximum(pitches, floor)
    if rng.random() < 0.3:
        low = int(rng.integers(0, ATTACK_BANDS - 8))
        attacks[:, low : low + int(rng.integers(4, 24))] = rng.uniform(_FLOOR, -2)
    if rng.random() < 0.1:
        pitches[:] = rng.uniform(_FLOOR, -2)
    for _ in range(int(rng.integers(0, 3))):
        first, long = int(rng.integers(0, FRAMES)), int(rng.integers(3, 50))
        attacks[2 * first : 2 * (first + long)] = _FLOOR
        pitches[first : first + long] = _FLOOR
    return attacks, pitches


def _curve(bands: int, rng: Rng) -> Array:
    """Return a smooth random tone curve, in log10 of power."""
    points = rng.normal(0, 0.4, 6)
    return np.interp(np.arange(bands), np.linspace(0, bands - 1, 6), points).astype(np.float32)
