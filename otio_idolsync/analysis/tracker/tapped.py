"""Read a song's beats along a person's taps where nothing that was heard by itself fits them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.attacks import refine
from otio_idolsync.analysis.backends import TrackedBeats
from otio_idolsync.analysis.sound import RATE
from otio_idolsync.analysis.taps import Taps
from otio_idolsync.analysis.tracker.decode import FASTEST_BPM, SLOWEST_BPM, Heard
from otio_idolsync.analysis.tracker.net import activations
from otio_idolsync.analysis.tracker.path import FPS, best_path, intervals
from otio_idolsync.analysis.tracker.places import best_bars, downbeat_odds

_TAP_GAIN, _NO_TAP_COST = 8.0, 2.0
_TAP_SECONDS = 0.045
_BAND = 1.08
_UNWEIGHED_BARS = 0.5
"""The bars of such a path are compared with no others, so a person should look at them."""


def follow(samples: NDArray[np.float32], taps: Taps) -> TrackedBeats:
    """Return the beats of a path that is drawn to the taps and keeps their tempo.

    Args:
        samples: float32 [shape=(n,)], mono, 24 kHz.
        taps: Of the same song.
    """
    answer = activations(samples, RATE)
    heard = Heard.of(answer.beat, answer.downbeat, answer.fps)
    at = np.arange(len(heard.beat)) / FPS
    middles = (taps.times[:-1] + taps.times[1:]) / 2
    off = at - taps.times[np.searchsorted(middles, at)]
    drawn = _TAP_GAIN * np.exp(-0.5 * np.square(off / _TAP_SECONDS))
    if not taps.bars_only:
        tapped = (at >= taps.times[0] - _TAP_SECONDS) & (at <= taps.times[-1] + _TAP_SECONDS)
        drawn -= _NO_TAP_COST * tapped
    gain = (heard.gain + drawn).astype(np.float32)[:, None]
    frames = best_path(gain, _intervals(taps)).frames
    if len(frames) < 2:
        return TrackedBeats(np.zeros(0), np.zeros(0, np.int64))
    numbers = best_bars(downbeat_odds(heard.down_share(frames))).numbers
    refined = refine(samples, frames / FPS)
    sure = heard.beat_near(frames)[refined.kept]
    return TrackedBeats(refined.times, numbers[refined.kept], sure, sure_of_bars=_UNWEIGHED_BARS)


def _intervals(taps: Taps) -> NDArray[np.float64]:
    """Return the beat intervals that the taps allow, in frames."""
    if taps.bars_only:
        return intervals(SLOWEST_BPM, FASTEST_BPM)
    fast, slow = np.percentile(taps.gaps, (10, 90))
    return intervals(60 / (slow * _BAND), 60 / (fast / _BAND))
