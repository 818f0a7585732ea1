"""Which beats are downbeats: three or four beats a bar, and where each bar starts.

Bars start where chords and bass notes change, where low drums begin and where the song gets
denser; backbeats (two and four) are where snares are. Each clue is compared between the beats of
a bar over the whole song, and a Viterbi path allows a rare slip where the tracker lost a beat.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import Features
from otio_idolsync.analysis.pulse import pitch_change, strength_at

_METERS = (4, 3)
_SLIP_COST = 12.0
_THREE_NEEDS = 1.35


@dataclass(frozen=True, slots=True)
class Bars:
    """Places in the bar and how sure they are.

    Attributes:
        numbers: int64 [shape=(n,)], 1-based.
        confidence: 0..1 for the song as a whole.
    """

    numbers: NDArray[np.int64] = field(compare=False)
    confidence: float


def find_bars(beats: NDArray[np.float64], features: Features, meter: int = 0) -> Bars:
    """Return each beat's place in its bar.

    Args:
        beats: float64 [shape=(n,)], seconds.
        features: Of the same song.
        meter: Beats a bar; 0 to choose three or four.
    """
    clue = downbeat_clue(beats, features)
    meter = meter or _meter(clue)
    numbers = _place(clue, meter)
    means = np.array([clue[numbers == k + 1].sum() for k in range(meter)])
    means /= np.maximum(1, np.bincount(numbers, minlength=meter + 1)[1:])
    spread = clue.std() / np.sqrt(max(1, len(clue) / meter)) + 1e-9
    lead = (means[0] - np.max(means[1:], initial=-np.inf)) / spread
    return Bars(numbers, float(np.clip(lead / 6, 0, 1)))


def downbeat_clue(beats: NDArray[np.float64], features: Features) -> NDArray[np.float64]:
    """Return how much each beat looks like the first of a bar, mean 0.

    Returns:
        float64 [shape=(n,)].
    """
    low = strength_at(features.onsets[:, 0], beats)
    middle = strength_at(features.onsets[:, 1], beats)
    chords = pitch_change(features.chroma, beats)
    bass = pitch_change(features.bass, beats)
    parts = ((low, 0.8), (middle, -0.1), (chords, 1.0), (bass, 1.0))
    return np.asarray(sum(weight * _standard(part) for part, weight in parts), np.float64)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    limit = np.percentile(values, 98) + 1e-12
    clipped = np.minimum(values, limit)
    return np.asarray((clipped - clipped.mean()) / (clipped.std() + 1e-9), np.float64)


def _meter(clue: NDArray[np.float64]) -> int:
    """Return 3 only where the clue repeats clearly better each three beats than each four."""
    if len(clue) < 24:
        return 4
    gains = {}
    for meter in _METERS:
        means = [clue[phase::meter].mean() for phase in range(meter)]
        gains[meter] = (max(means) - np.mean(means)) * np.sqrt(len(clue) / meter)
    return 3 if gains[3] > _THREE_NEEDS * gains[4] and gains[3] > 3 * clue.std() else 4


def _place(clue: NDArray[np.float64], meter: int) -> NDArray[np.int64]:
    """Return the best places in the bar; a slip costs as much as several clear bars."""
    best = np.array([clue[0] if place == 0 else 0.0 for place in range(meter)])
    back = []
    for value in clue[1:]:
        onward = np.roll(best, 1)
        slip = best.max() - _SLIP_COST
        back.append(np.where(onward >= slip, (np.arange(meter) - 1) % meter, int(best.argmax())))
        best = np.maximum(onward, slip)
        best[0] += value
    place = int(best.argmax())
    path = [place]
    for came in reversed(back):
        place = int(came[place])
        path.append(place)
    return np.asarray(path[::-1], np.int64) + 1
