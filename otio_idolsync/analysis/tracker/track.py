"""The built-in backend ``idolsync``: network, decoder, and each beat moved to its attack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.attacks import refine
from otio_idolsync.analysis.backends import OtherBeats, TrackedBeats
from otio_idolsync.analysis.sound import RATE
from otio_idolsync.analysis.tracker.decode import Heard, Reading, read_beats
from otio_idolsync.analysis.tracker.net import activations
from otio_idolsync.analysis.tracker.path import FPS

_OTHERS = 6
_LEAST_BEAT = 0.3
"""Noise gets 0.2 to 0.27, a drone 0.08 to 0.25, songs 0.38 to 0.95."""
_SAID = {
    "1": "the plain tempo",
    "2": "double tempo",
    "0.5": "half tempo",
    "1.5": "three beats for two",
    "0.667": "two beats for three",
    "1.33": "four beats for three",
    "0.75": "three beats for four",
    "3": "triple tempo",
    "0.333": "a third of the tempo",
    "off-beat": "on the off-beat",
    "bars": "other bars",
}


class OwnBeats:
    """This package's own tracker; needs numpy alone."""

    sample_rate = RATE

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return beats, bars, how sure they are, and what else may be meant."""
        answer = activations(samples, rate)
        heard = Heard.of(answer.beat, answer.downbeat, answer.fps)
        readings = read_beats(heard)
        if not readings or heard.beat_near(readings[0].frames).mean() < _LEAST_BEAT:
            return TrackedBeats(np.zeros(0), np.zeros(0, np.int64), np.zeros(0), 0.0, 0.0)
        first = readings[0]
        refined = refine(samples, first.frames / FPS)
        return TrackedBeats(
            refined.times,
            first.numbers[refined.kept],
            heard.beat_near(first.frames)[refined.kept],
            first.score,
            first.bars_score,
            tuple(_other(samples, reading) for reading in readings[1 : _OTHERS + 1]),
        )


def _other(samples: NDArray[np.float32], reading: Reading) -> OtherBeats:
    refined = refine(samples, reading.frames / FPS)
    numbers = reading.numbers[refined.kept]
    return OtherBeats(_SAID[reading.relation], refined.times, numbers, reading.score)
