"""Each beat's place in its bar: metre and phase over the whole song, by the downbeats heard.

The metre may change, and a bar may start anew, but each at the price of several clear bars, so a
fill or a push does not turn the bars of a song.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

METRES = (4, 3, 2, 6, 5, 7)
_SHARE = {4: 0.80, 3: 0.09, 2: 0.03, 6: 0.03, 5: 0.03, 7: 0.02}
_COST_A_BEAT = {4: 0.0, 3: 0.02, 2: 0.2, 6: 0.05, 5: 0.03, 7: 0.03}
"""What other metres cost: of kick, snare, kick, snare each kick sounds like the first of a bar."""
_CHANGE_COST = 9.0
_SLIP_COST = 9.0
_TRUST = 0.8
_MOST = 3.0


@dataclass(frozen=True, slots=True)
class Bars:
    """Places in the bar.

    Attributes:
        numbers: int64 [shape=(n,)], 1-based.
        score: How much better they explain the downbeats heard than none at all.
    """

    numbers: NDArray[np.int64] = field(compare=False)
    score: float


def downbeat_odds(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each beat what it gains as a first and as another beat of a bar.

    Args:
        share: float64 [shape=(n,)], 0..1, how much of each beat was heard as a downbeat.

    Returns:
        float64 [shape=(n, 2)], log odds against a downbeat each four beats.
    """
    share = np.clip(share, 0.02, 0.98)
    odds = np.stack([np.log(share / 0.25), np.log((1 - share) / 0.75)], axis=1)
    return np.asarray(_TRUST * np.clip(odds, -_MOST, _MOST), np.float64)


def best_bars(odds: NDArray[np.float64], metres: tuple[int, ...] = METRES) -> Bars:
    """Return the most likely place of each beat.

    Args:
        odds: float64 [shape=(n, 2)], from `downbeat_odds`.
        metres: Beats a bar that may be.
    """
    metre = np.concatenate([[m] * m for m in metres])
    place = np.concatenate([np.arange(m) for m in metres])
    first = np.concatenate([[0], np.cumsum(metres)[:-1]])
    before = np.arange(len(place)) - 1
    before[first] = first + np.array(metres) - 1
    gain = np.where(place[None] == 0, odds[:, :1], odds[:, 1:])
    gain = gain - np.array([_COST_A_BEAT[m] for m in metre])
    prior = np.log([_SHARE[m] / m for m in metre])
    best, back = prior + gain[0], np.zeros((len(odds), len(place)), np.int16)
    ends = before[first]
    for beat in range(1, len(odds)):
        onward, came = best[before], before.copy()
        turn = int(ends[best[ends].argmax()])
        change = best[turn] - _CHANGE_COST
        slip_from = int(best.argmax())
        slip = best[slip_from] - _SLIP_COST - np.log(len(place))
        came[first] = np.where(change > onward[first], turn, came[first])
        onward[first] = np.maximum(onward[first], change)
        came = np.where(slip > onward, slip_from, came)
        best = np.maximum(onward, slip) + gain[beat]
        back[beat] = came
    state = int(best.argmax())
    states = [state]
    for came in back[:0:-1]:
        state = int(came[state])
        states.append(state)
    return Bars(place[states[::-1]] + 1, float(best.max()))


def turned_bars(odds: NDArray[np.float64], metre: int) -> list[Bars]:
    """Return the steady bars of one metre for each of its phases, the likeliest first."""
    index = np.arange(len(odds))
    found = []
    for phase in range(metre):
        numbers = (index - phase) % metre + 1
        gain = np.where(numbers == 1, odds[:, 0], odds[:, 1]).sum()
        gain -= _COST_A_BEAT[metre] * len(odds)
        found.append(Bars(numbers, float(gain + np.log(_SHARE[metre] / metre))))
    return sorted(found, key=lambda bars: -bars.score)
