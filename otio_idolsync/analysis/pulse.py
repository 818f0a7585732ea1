"""Put a grid on the beat where a tracker chose the off-beat, or the swung eighth before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.attacks import refine
from otio_idolsync.analysis.backends import TrackedBeats
from otio_idolsync.analysis.features import FAST_RATE, SLOW_RATE, Features
from otio_idolsync.analysis.sound import Sound

_PHASES = (0.0, 1 / 2, 1 / 3, 2 / 3)
_ONSET_WEIGHT, _HARMONY_WEIGHT = 0.5, 1.0
_STAYING = 0.2
_LEAST_BEATS = 8


def settle(tracked: TrackedBeats, sound: Sound, features: Features) -> TrackedBeats:
    """Return beats moved onto the beat, if the tracker knew no bars: such a one knows better."""
    if tracked.numbers is not None or len(tracked.beats) < _LEAST_BEATS:
        return tracked
    beats = np.unique(tracked.beats)
    phase = on_the_beat(beats, features)
    if not phase:
        return tracked
    moved = refine(sound.mono, beats[:-1] + phase * np.diff(beats))
    usual = 1.0 if tracked.confidence is None else float(np.mean(tracked.confidence))
    return TrackedBeats(moved.times, None, moved.sure * usual / (float(np.mean(moved.sure)) + 1e-9))


def on_the_beat(beats: NDArray[np.float64], features: Features) -> float:
    """Return by which part of a beat a grid should move later: 0, 1/3, 1/2 or 2/3.

    Trackers follow the loudest onsets, which off-beat hats and swung notes often are. Beats are
    where, besides, the bass and the chords change, so these count twice as much as any one band
    of onsets.

    Args:
        beats: float64 [shape=(n,)], seconds, n >= 2.
        features: Of the same song.
    """
    gaps = np.append(np.diff(beats), 0.0)
    scores = [_STAYING] + [0.0] * (len(_PHASES) - 1)
    for index, phase in enumerate(_PHASES):
        times = beats[:-1] + (phase * gaps)[:-1]
        for band in features.onsets.T:
            scores[index] += _ONSET_WEIGHT * _log_mean(strength_at(band, times))
        for pitches in (features.chroma, features.bass):
            scores[index] += _HARMONY_WEIGHT * _log_mean(pitch_change(pitches, times))
    return _PHASES[int(np.argmax(scores))]


def strength_at(onsets: NDArray[np.float32], beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the strongest onset within 40 ms of each beat, float64 [shape=(n,)]."""
    frames = np.round(beats * FAST_RATE).astype(np.int64)[:, None] + np.arange(-4, 5)[None]
    return np.asarray(onsets[np.clip(frames, 0, len(onsets) - 1)].max(axis=1), np.float64)


def pitch_change(pitches: NDArray[np.float32], beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how different the pitch classes after each beat are from those before it, 0..1.

    Args:
        pitches: float32 [shape=(slow, 12)].
        beats: float64 [shape=(n,)], seconds, n >= 2.
    """
    total = np.vstack([np.zeros((1, 12)), np.cumsum(pitches, axis=0, dtype=np.float64)])
    gap = np.median(np.diff(beats))
    sides = []
    for start, end in ((-1.0, -0.05), (0.1, 1.0)):
        first = np.clip(((beats + start * gap) * SLOW_RATE).astype(int), 0, len(pitches) - 1)
        last = np.clip(((beats + end * gap) * SLOW_RATE).astype(int) + 1, first + 1, len(pitches))
        mean = (total[last] - total[first]) / (last - first)[:, None]
        sides.append(mean / (np.linalg.norm(mean, axis=1, keepdims=True) + 1e-6))
    return np.asarray(1 - np.sum(sides[0] * sides[1], axis=1), np.float64)


def _log_mean(values: NDArray[np.float64]) -> float:
    return float(np.log(values.mean() + 1e-3))
