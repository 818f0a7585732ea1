"""The cut planner: an analysed song in, contiguous slots out, each with its reason."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.errors import UsageError
from otio_idolsync.planning.candidates import Candidates, find_candidates
from otio_idolsync.planning.holds import hold_needs, warn_of_holds
from otio_idolsync.planning.model import EnergyPolicy, Slot
from otio_idolsync.planning.objective import Objective, first_spans
from otio_idolsync.planning.pacing import LEAST_HOLD, Pacing, load_pacing
from otio_idolsync.planning.reasons import slots_with_reasons
from otio_idolsync.planning.score import (
    Spans,
    faster_builds,
    hold_spans,
    paces,
    phrase_splits,
)
from otio_idolsync.planning.search import Plan, cheapest_plan, cost_table
from otio_idolsync.planning.spoken import plural
from otio_idolsync.timebase import Clock

MAX_LEAD_SECONDS = 2
"""A longer lead puts cuts on other beats than the ones that they are explained by."""

# Rounds in which holds that turned out too short are asked to be longer; two are usual.
_ROUNDS = 12
# Candidates that the longest shot looked at may span, however long the user wants holds.
_FARTHEST = 160


@dataclass(frozen=True, slots=True)
class CutSettings:
    """What the user asks of a plan.

    Attributes:
        clock: The timeline's frames.
        pacing: The profile.
        beats_per_cut: Fewest and most beats of a shot that is no hold, for every section; None
            leaves it to the profile.
        energy_policy: ``hold`` lengthens shots over peaks, ``drive`` shortens them, ``none``
            ignores the events.
        pins: Seconds at which the user wants a cut, exactly.
        lead_frames: Frames that every cut but a pin comes before its beat.
        seed: Picks among plans that vary by the profile's ``variety``.
    """

    clock: Clock
    pacing: Pacing = field(default_factory=load_pacing)
    beats_per_cut: tuple[int, int] | None = (4, 8)
    energy_policy: EnergyPolicy = "hold"
    pins: tuple[Fraction | float, ...] = ()
    lead_frames: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.beats_per_cut and not 1 <= self.beats_per_cut[0] <= self.beats_per_cut[1]:
            low, high = self.beats_per_cut
            raise UsageError(f"beats per cut {low}-{high} must rise from 1 or more; write 4-8")
        if self.energy_policy not in ("hold", "drive", "none"):
            raise UsageError(
                f"energy policy {self.energy_policy!r} is none of hold, drive and none"
            )
        if not 0 <= self.seed < 2**63:
            raise UsageError(f"seed {self.seed} must lie between 0 and {2**63 - 1}")
        if abs(self.lead_frames) > MAX_LEAD_SECONDS * self.clock.rate:
            raise UsageError(
                f"lead {self.lead_frames}f is more than {MAX_LEAD_SECONDS} s; "
                "a cut leads its beat by a few frames"
            )
        if not all(math.isfinite(pin) for pin in self.pins):
            raise UsageError("a pin must be a number of seconds")


@dataclass(frozen=True, slots=True)
class CutList:
    """The planned slots, contiguous from frame 0 to the song's end.

    Attributes:
        slots: In time order.
        warnings: What could not be had, a sentence each.
        cost: The objective's value of this plan.
    """

    slots: tuple[Slot, ...]
    warnings: tuple[str, ...]
    cost: float


def plan_cuts(analysis: Analysis, settings: CutSettings) -> CutList:
    """Return the best cut list of a song, with a reason for each cut.

    Raises:
        UsageError: A pin lies outside the song.
        PlanError: The song has no samples.
    """
    objective = objective_for(analysis, settings)
    plan = best_cuts(objective)
    slots = slots_with_reasons(analysis, objective, plan)
    warnings = (
        *warn_of_holds(objective, plan.nodes),
        *_warn_of_pins(objective.candidates, settings),
    )
    return CutList(slots, warnings, plan.cost)


def objective_for(analysis: Analysis, settings: CutSettings) -> Objective:
    """Return the costs of a song under these settings."""
    pins = sorted({Fraction(pin) for pin in settings.pins})
    candidates = find_candidates(analysis, settings.clock, pins, settings.lead_frames)
    frame = float(1 / settings.clock.rate)
    lead = np.where(candidates.pins, 0.0, settings.lead_frames * frame)
    cut_seconds = candidates.seconds - lead
    bar = float(np.median(candidates.beat_seconds)) * candidates.bar_beats
    spans = hold_spans(analysis, bar) if settings.energy_policy == "hold" else _no_spans()
    drawn = np.random.default_rng(settings.seed).standard_normal(len(analysis.grid.beats))
    noise = drawn[candidates.beats % len(drawn)]
    return Objective(
        candidates,
        settings.pacing,
        paces(
            analysis, candidates, settings.pacing, settings.beats_per_cut, settings.energy_policy
        ),
        2.0 ** (settings.pacing.variety * np.clip(noise, -1, 1)),
        cut_seconds,
        frame,
        phrase_splits(analysis.vocals, candidates),
        spans,
        first_spans(spans, cut_seconds, frame),
        faster_builds(analysis, settings.pacing, settings.energy_policy),
    )


def _no_spans() -> Spans:
    return Spans((), np.empty(0), np.empty(0), np.empty(0, np.int64))


def best_cuts(objective: Objective) -> Plan:
    """Return the cheapest plan.

    How long a hold must be depends on its neighbours, which the search is still choosing. So
    it searches, measures, asks for longer holds where they fell short, and searches again; the
    demand only grows and cannot exceed the longest shot, so this ends.
    """
    table = cost_table(objective, _reach(objective))
    plan = cheapest_plan(objective, table, np.zeros(len(objective.spans.low) + 1, np.int64))
    for _ in range(_ROUNDS):
        more = hold_needs(objective, plan.nodes, plan.needed)
        if np.array_equal(more, plan.needed):
            break
        plan = cheapest_plan(objective, table, more)
    return plan


def _reach(objective: Objective) -> int:
    """Return the most candidates that a shot is looked at across."""
    most = float(objective.range.most.max())
    wanted = max(16.0, 2 * objective.pacing.stretch * most, 4 * LEAST_HOLD * most)
    return int(min(wanted, _FARTHEST, len(objective.candidates) - 1))


def _warn_of_pins(candidates: Candidates, settings: CutSettings) -> Sequence[str]:
    """Name pins so close that the shot between them flashes by."""
    where = np.flatnonzero(candidates.pins)
    found = []
    for a, b in itertools.pairwise(where):
        seconds = candidates.seconds[b] - candidates.seconds[a]
        frames = candidates.frames[b] - candidates.frames[a]
        if seconds < settings.pacing.min_seconds:
            found.append(
                f"the pins at {candidates.seconds[a]:.3f} s and {candidates.seconds[b]:.3f} s "
                f"leave a shot of only {plural(int(frames), 'frame')}"
            )
    return found
