"""What a good cut list is: the one place where the planner's costs and their weights stand.

The plan is the cut list with the least sum of ``shot_terms`` over its shots and ``cut_terms``
over its cuts. Nothing is forbidden outright but moving a pin, so every song has a plan; what
must not happen merely costs more than anything it could save.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Event
from otio_idolsync.planning.candidates import Candidates
from otio_idolsync.planning.pacing import LEAST_HOLD, Pacing
from otio_idolsync.planning.score import Floats, Ints, Range, Spans, Splits

WEIGHTS: dict[str, float] = {
    "landing": 5.0,
    "pace": 4.0,
    "range": 24.0,
    "too_short": 20.0,
    "too_long": 24.0,
    "missed_section": 5.0,
    "splits_phrase": 18.0,
    "inside_phrase": 0.5,
    "cut_in_event": 14.0,
    "runs_into_event": 10.0,
    "hold_short": 500.0,
    "beat_by_beat": 100.0,
}
MEANINGS: dict[str, str] = {
    "landing": "for each unit of landing strength below a downbeat's (a section start earns)",
    "pace": "per shot, the square of octaves between its beats and the target, by its length",
    "range": "per shot outside the beats per shot, and a quarter of it for each further beat",
    "too_short": "per octave below the least seconds",
    "too_long": "per octave above the most seconds (a hold has its own)",
    "missed_section": "per section start that a shot runs over",
    "splits_phrase": "per cut inside a sung phrase whose edge is within a beat",
    "inside_phrase": "per cut deeper inside a sung phrase",
    "cut_in_event": "per cut inside an event, or between two that should share a hold",
    "runs_into_event": "per hold that starts a bar before its event; 0.55 of it a beat before",
    "hold_short": "per hold under 1.5 times its neighbours, and again for the share it lacks",
    "beat_by_beat": "per shot of one beat after a whole bar of them",
}


def worse_percent(cost: float) -> int:
    """Return how much worse than the plan a place for a cut is, in per cent.

    Costs add up without an end, and what a plan costs in all depends on its length and on luck, so
    neither says anything to a person. Here the planned place counts 100 %, each cost takes its
    share of what is left, and one that puts a shot outside the asked range leaves about a third.

    Args:
        cost: How much more the whole plan would cost with this one cut moved, 0 or more.

    Returns:
        0 is as good as the plan, 100 is of no use.
    """
    return round(100 * (1 - math.exp(-max(0.0, cost) / WEIGHTS["range"])))


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The costs of one song under one setting; times in seconds, all arrays by candidate.

    Attributes:
        candidates: Where cuts may fall.
        pacing: The profile.
        range: Beats per shot.
        wish: float64 [shape=(n,)], the target of a shot that starts here, with its variety.
        cut_seconds: float64 [shape=(n,)], when the cut is on screen: the beat less the lead.
        frame_seconds: One frame.
        splits: Which cuts split a sung phrase.
        spans: Events that call for holds; empty unless the policy is ``hold``.
        first_span: int64 [shape=(n,)], the first span that a shot starting here could be over;
            the number of spans when there is none.
        builds: Builds through which shots shorten.
    """

    candidates: Candidates
    pacing: Pacing
    range: Range
    wish: Floats
    cut_seconds: Floats
    frame_seconds: float
    splits: Splits
    spans: Spans
    first_span: Ints
    builds: tuple[Event, ...] = ()

    def cut_terms(self) -> dict[str, Floats]:
        """Return the weighted costs of a cut at each candidate, by term."""
        c, landing = self.candidates, self.pacing.landing
        half = (c.bar_beats % 2 == 0) & (c.numbers == c.bar_beats // 2 + 1)
        strength = np.select(
            [c.section_starts, c.numbers == 1, half],
            [landing.section, landing.downbeat, landing.half_bar],
            landing.beat,
        )
        terms = {
            "landing": landing.downbeat - strength,
            "splits_phrase": self.splits.near,
            "inside_phrase": self.splits.deep,
            "cut_in_event": self._inside_events(),
        }
        return {name: WEIGHTS[name] * value for name, value in terms.items()}

    def _inside_events(self) -> Floats:
        inside = np.zeros(len(self.candidates))
        margin = 0.5 * self.frame_seconds
        t = self.cut_seconds
        for number in np.unique(self.spans.cluster):
            mine = self.spans.cluster == number
            low, high = self.spans.low[mine].min(), self.spans.high[mine].max()
            inside[(t > low + margin) & (t <= high + margin)] = 1.0
        return inside

    def is_hold(self, first: Ints, last: Ints) -> NDArray[np.bool_]:
        """Return which shots (from candidate ``first`` to ``last``) lie over an event.

        An event that starts with the next shot, give or take half a frame, is that shot's; one
        that ends as a shot starts is still under it.
        """
        low = np.append(self.spans.low, np.inf)
        margin = 0.5 * self.frame_seconds
        over: NDArray[np.bool_] = low[self.first_span[first]] < self.cut_seconds[last] - margin
        return over

    def shot_terms(self, first: Ints, last: Ints) -> dict[str, Floats]:
        """Return the weighted costs of shots between candidates, by term.

        Args:
            first: Candidate at which each shot starts.
            last: Candidate at which it ends, after ``first``; any shape that broadcasts.
        """
        c, hold = self.candidates, self.is_hold(first, last)
        beats = (c.beats[last] - c.beats[first]).astype(np.float64)
        seconds = c.seconds[last] - c.seconds[first]
        middle = (first + last) // 2
        long_shot = self.pacing.stretch * self.range.target[middle]
        target = np.where(hold, long_shot, self._wish(first, middle))
        least = np.where(hold, LEAST_HOLD * self.range.least[middle], self.range.least[middle])
        most = np.where(hold, 2 * long_shot, self.range.most[middle])
        excess = np.maximum(least - beats, 0) + np.maximum(beats - most, 0)
        longest = np.where(hold, self.pacing.hold_max_seconds, self.pacing.max_seconds)
        seen = np.maximum(beats, 0.25)
        sections = np.cumsum(c.section_starts)
        terms = {
            "pace": np.log2(seen / target) ** 2 * seen / target,
            "range": np.where(excess > 0, 0.75 + 0.25 * excess, 0.0),
            "too_short": _octaves(self.pacing.min_seconds, seconds),
            "too_long": _octaves(seconds, longest),
            "missed_section": (sections[last - 1] - sections[first]).astype(np.float64),
            "runs_into_event": np.where(hold, self._runs_in()[first], 0.0),
        }
        return {name: WEIGHTS[name] * value for name, value in terms.items()}

    def _wish(self, first: Ints, middle: Ints) -> Floats:
        wish = self.range.target[middle] * self.wish[first]
        return np.clip(wish, self.range.least[middle], self.range.most[middle])

    def _runs_in(self) -> Floats:
        """Return how far the next event starts after this cut's own beat or pin.

        0 on the event, 1 a bar before it and more beyond; a beat before is already 0.55 of that.
        """
        low = np.append(self.spans.low, np.inf)[self.first_span]
        early = low - self.candidates.seconds
        bars = early / (self.candidates.beat_seconds * self.candidates.bar_beats)
        return np.where(early > self.frame_seconds, 0.4 + 0.6 * np.clip(bars, 0, 8), 0.0)

    def hold_short(self, first: Ints, last: Ints, needed: Ints) -> Floats:
        """Return the cost of holds that last fewer frames than their event needs.

        Args:
            first: Candidate at which each shot starts.
            last: Candidate at which it ends.
            needed: int64 [shape=(spans + 1,)], frames that a hold over each span must last; 0
                for the last, which stands for no span.
        """
        frames = self.candidates.frames
        want = np.where(self.is_hold(first, last), needed[self.first_span[first]], 0)
        lacks = np.maximum(want - (frames[last] - frames[first]), 0) / np.maximum(want, 1)
        cost: Floats = WEIGHTS["hold_short"] * np.where(lacks > 0, 1 + lacks, 0.0)
        return cost


def plan_cost(objective: Objective, nodes: Sequence[int], needed: Ints) -> float:
    """Return the objective's value of any cut list: the sum of all terms.

    Args:
        objective: The costs.
        nodes: Candidates cut at, first and last included.
        needed: Frames that a hold over each span must last; see ``Objective.hold_short``.
    """
    first, last = np.array(nodes[:-1]), np.array(nodes[1:])
    cost = sum(float(term.sum()) for term in objective.shot_terms(first, last).values())
    cost += sum(float(term[last[:-1]].sum()) for term in objective.cut_terms().values())
    cost += float(objective.hold_short(first, last, needed).sum())
    run = 0
    for beats in objective.candidates.beats[last] - objective.candidates.beats[first]:
        run = run + 1 if beats <= 1 else 0
        cost += WEIGHTS["beat_by_beat"] if run > objective.candidates.bar_beats else 0.0
    return cost


def first_spans(spans: Spans, cut_seconds: Floats, frame_seconds: float) -> Ints:
    """Return the first span that ends no sooner than each cut, int64 [shape as cut_seconds].

    Spans are in order of ``low``; where they overlap, the earliest that still lasts is meant.
    """
    found = np.full(len(cut_seconds), len(spans.low), np.int64)
    for number in range(len(spans.low) - 1, -1, -1):
        found[spans.high[number] >= cut_seconds - 0.5 * frame_seconds] = number
    return found


def _octaves(more: Floats | float, less: Floats | float) -> Floats:
    """Return by how many octaves ``more`` exceeds ``less``, 0 if it does not."""
    ratio: Floats = np.maximum(more, 1e-9) / np.maximum(less, 1e-9)
    octaves: Floats = np.log2(np.maximum(ratio, 1.0))
    return octaves
