"""The built-in backend ``idolsync``: network, decoder, and each beat moved to its attack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.attacks import refine
from otio_idolsync.analysis.backends import OtherBeats, TrackedBeats
from otio_idolsync.analysis.sound import RATE
from otio_idolsync.analysis.tracker.decode import Heard, read_beats
from otio_idolsync.analysis.tracker.features import chord_change, log_bands
from otio_idolsync.analysis.tracker.net import answer, shipped
from otio_idolsync.analysis.tracker.path import FPS
from otio_idolsync.analysis.tracker.rank import Other, judge

_LEAST_BEAT = 0.3
"""Noise gets 0.16 to 0.27, a drone 0.03 to 0.25, speech 0.25, songs 0.38 to 0.95."""


class OwnBeats:
    """This package's own tracker; needs numpy alone."""

    sample_rate = RATE

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return beats, bars, how sure they are, and what else may be meant."""
        bands = log_bands(samples, rate)
        found = answer(shipped(), bands)
        heard = Heard.of(found.beat, found.downbeat, found.fps, chord_change(bands))
        readings = read_beats(heard)
        if not readings or heard.beat_near(readings[0].frames).mean() < _LEAST_BEAT:
            return TrackedBeats(np.zeros(0), np.zeros(0, np.int64), np.zeros(0), 0.0, 0.0)
        first, judged = readings[0], judge(readings, heard)
        refined = refine(samples, first.frames / FPS)
        return TrackedBeats(
            refined.times,
            first.numbers[refined.kept],
            heard.beat_near(first.frames)[refined.kept],
            judged.beats,
            judged.bars,
            tuple(_refined(samples, other) for other in judged.others),
        )


def _refined(samples: NDArray[np.float32], other: Other) -> OtherBeats:
    refined = refine(samples, other.frames / FPS)
    return OtherBeats(other.relation, refined.times, other.numbers[refined.kept], other.score)
