"""Holds: which shots of a plan lie over an event, and whether they last long enough."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import EventKind
from otio_idolsync.planning.objective import Objective
from otio_idolsync.planning.pacing import LEAST_HOLD
from otio_idolsync.planning.score import Ints
from otio_idolsync.planning.spoken import minutes


def holds_of(objective: Objective, cuts: list[int]) -> NDArray[np.bool_]:
    """Return which shots of a plan are holds, bool [shape=(shots,)]."""
    nodes = np.array(cuts)
    return objective.is_hold(nodes[:-1], nodes[1:])


def least_frames(objective: Objective, cuts: list[int]) -> NDArray[np.float64]:
    """Return how many frames each shot must last to count as held; 0 for shots that are none.

    It is 1.5 times the median of the two nearest shots on each side that are no holds.
    """
    frames = np.diff(objective.candidates.frames[cuts])
    hold = holds_of(objective, cuts)
    least = np.zeros(len(frames))
    for shot in np.flatnonzero(hold):
        before = frames[:shot][~hold[:shot]][-2:]
        after = frames[shot + 1 :][~hold[shot + 1 :]][:2]
        around = np.concatenate((before, after))
        least[shot] = LEAST_HOLD * float(np.median(around)) if len(around) else 0.0
    return least


def hold_needs(objective: Objective, cuts: list[int], needed: Ints) -> Ints:
    """Return ``needed`` with more frames for each event whose hold fell short in this plan."""
    frames = np.diff(objective.candidates.frames[cuts])
    more = needed.copy()
    for shot, least in enumerate(least_frames(objective, cuts)):
        if frames[shot] < least:
            span = objective.first_span[cuts[shot]]
            group = objective.spans.cluster == objective.spans.cluster[span]
            more[:-1][group] = np.maximum(more[:-1][group], math.ceil(least))
    return more


def warn_of_holds(objective: Objective, cuts: list[int]) -> list[str]:
    """Return a sentence for each hold that could not be long enough, with what is in its way."""
    c, found = objective.candidates, []
    frames = np.diff(c.frames[cuts])
    for shot, least in enumerate(least_frames(objective, cuts)):
        if frames[shot] >= least:
            continue
        first, last = cuts[shot], cuts[shot + 1]
        pinned = [minutes(float(c.seconds[n])) for n in (first, last) if c.pins[n]]
        why = (
            f"pinned cut{'s' * (len(pinned) > 1)} at {' and '.join(pinned)}"
            if pinned
            else "events and the song's ends leave no room"
        )
        event = objective.spans.events[objective.first_span[first]]
        at = event.end if event.kind is EventKind.BUILD else event.start
        found.append(
            f"the hold over the {event.kind} at {minutes(at)} lasts {frames[shot]} frames where "
            f"{math.ceil(least)} would be 1.5 times its neighbours: {why}"
        )
    return found
