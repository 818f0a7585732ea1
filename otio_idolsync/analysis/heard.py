"""The grid that a tracker heard: beats with bars, how sure it is, and what else may be meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otio_idolsync.analysis.backends import OTHER_BARS, TrackedBeats
from otio_idolsync.analysis.bars import find_bars
from otio_idolsync.analysis.features import Features
from otio_idolsync.analysis.grid import beats_per_bar, steady
from otio_idolsync.analysis.model import Alternative, BeatGrid, Confidence
from otio_idolsync.errors import UsageError

FALLBACK_BPM = 120.0
_LEAST_BEATS = 4
_UNSURE_BEATS, _UNSURE_BARS = 0.3, 0.25
_DOUBTFUL_BEATS, _DOUBTFUL_BARS = 0.8, 0.7
"""Of backends that say how likely they are right."""
_SPOKEN = 3


@dataclass(frozen=True, slots=True)
class HeardGrid:
    """A grid and what is known about it."""

    grid: BeatGrid
    warnings: tuple[str, ...] = ()
    confidence: Confidence | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def has_beat(self) -> bool:
        """Whether a beat was heard or given, so that there are bars to hang events on."""
        return self.confidence is None or self.confidence.beats > 0


def heard_grid(
    tracked: TrackedBeats, features: Features, duration: float, alternative: int = 0
) -> HeardGrid:
    """Return the tracker's grid with bars, or a steady one where it heard no beat.

    Args:
        tracked: What the backend heard.
        features: Of the same song.
        duration: Of the song, in seconds.
        alternative: Which other reading to take instead of the likeliest; 0 for none.

    Raises:
        UsageError: There is no such alternative.
    """
    inside = (tracked.beats >= 0) & (tracked.beats < duration)
    beats, order = np.unique(tracked.beats[inside], return_index=True)
    if len(beats) < _LEAST_BEATS:
        return HeardGrid(
            steady(FALLBACK_BPM, duration),
            (
                f"no beat was found; the grid is a steady {FALLBACK_BPM:g} BPM from second 0; "
                "give the right one with --grid",
            ),
            Confidence(0.0, 0.0),
        )
    sure = np.ones(len(beats)) if tracked.confidence is None else tracked.confidence[inside][order]
    sure = np.clip(sure, 0, 1)
    bars_sure = 1.0 if tracked.sure_of_bars is None else tracked.sure_of_bars
    if tracked.numbers is None:
        bars = find_bars(beats, features)
        numbers, bars_sure = bars.numbers, bars.confidence
    else:
        numbers = tracked.numbers[inside][order]
    beats_sure = float(np.mean(sure)) if tracked.sure is None else tracked.sure
    confidence = Confidence(round(beats_sure, 3), round(bars_sure, 3))
    others = tuple(
        Alternative(
            other.relation,
            round(float(60 / np.median(np.diff(other.beats))), 2),
            int(beats_per_bar(BeatGrid(other.beats, other.numbers, np.ones(len(other.beats))))),
            round(other.score, 3),
        )
        for other in tracked.others
    )
    if alternative:
        return HeardGrid(_chosen(tracked, alternative), (), confidence, others)
    grid = BeatGrid(beats, numbers, sure)
    knows = tracked.sure is not None
    return HeardGrid(grid, _warnings(confidence, others, knows), confidence, others)


def _chosen(tracked: TrackedBeats, alternative: int) -> BeatGrid:
    if alternative > len(tracked.others):
        raise UsageError(
            f"alternative {alternative} is not there: this backend heard {len(tracked.others)} "
            "other readings of the song; idolsync analyze lists them"
        )
    other = tracked.others[alternative - 1]
    return BeatGrid(other.beats, other.numbers, np.full(len(other.beats), other.score))


def _warnings(
    confidence: Confidence, others: tuple[Alternative, ...], knows: bool
) -> tuple[str, ...]:
    """Return what is not sure, and what to do about it."""
    if confidence.beats < (_DOUBTFUL_BEATS if knows else _UNSURE_BEATS):
        found = "the beat is weak or unsteady, so the grid may be wrong"
        return (
            f"{found}; {_remedy(others, '--tempo-scale, --shift, --bar-phase, --tap or --grid')}",
        )
    if confidence.bars < (_DOUBTFUL_BARS if knows else _UNSURE_BARS):
        found = "it is not sure which beat each bar starts on"
        return (f"{found}; {_remedy(others, '--bar-phase, --meter or --grid', OTHER_BARS)}",)
    return ()


def _remedy(others: tuple[Alternative, ...], by_hand: str, relation: str = "") -> str:
    """Return what to do: the likeliest alternatives (of one relation, if given) and switches."""
    choices = [
        f"--alternative {index} ({other.relation})"
        for index, other in enumerate(others, 1)
        if relation in ("", other.relation)
    ]
    return f"check it with --click and mend it with {', '.join([*choices[:_SPOKEN], by_hand])}"
