"""The optimal cut list: dynamic programming over candidates.

``best[j][r]`` is the least cost of cutting the song up to candidate ``j`` when the last ``r``
shots lasted one beat each; it follows from the ``best`` of every earlier candidate within
reach. That is the whole search: no beam and no greedy step, so the plan is a true optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from otio_idolsync.planning.objective import WEIGHTS, Objective
from otio_idolsync.planning.score import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class CostTable:
    """The cost of each shot that the search may use.

    Attributes:
        first: int64 [shape=(n, reach)], candidate at which the shot starts; row = its end.
        last: int64 [shape=(n, reach)], its end.
        cost: float64 [shape=(n, reach)], without ``hold_short``; inf where a pin or the song's
            start lies between.
        short: bool [shape=(n, reach)], lasts one beat or less.
    """

    first: Ints
    last: Ints
    cost: Floats
    short: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A cut list found by the search.

    Attributes:
        nodes: Candidates cut at, the song's start and end included.
        cost: The objective's value.
        needed: int64 [shape=(spans + 1,)], frames that a hold over each event had to last.
    """

    nodes: list[int]
    cost: float
    needed: Ints


def cost_table(objective: Objective, reach: int) -> CostTable:
    """Return what every shot of up to ``reach`` candidates costs, with the cut that ends it."""
    c = objective.candidates
    n = len(c)
    last = np.broadcast_to(np.arange(n)[:, None], (n, reach))
    first = last - np.arange(reach, 0, -1)
    allowed = first >= _last_pins(objective)[:, None]
    first = np.maximum(first, 0)
    safe_last = np.maximum(last, first + 1).clip(max=n - 1)
    safe_first = np.minimum(first, safe_last - 1)
    cost = np.sum(list(objective.shot_terms(safe_first, safe_last).values()), axis=0)
    cut = np.sum(list(objective.cut_terms().values()), axis=0)
    cut[-1] = 0.0  # the song's end is no cut
    cost = np.where(allowed, cost + cut[:, None], np.inf)
    beats = c.beats[safe_last] - c.beats[safe_first]
    return CostTable(safe_first, safe_last, cost, beats <= 1)


def _last_pins(objective: Objective) -> Ints:
    """Return the latest pin (or the song's start) before each candidate: no shot spans it."""
    pins = objective.candidates.pins
    latest = np.maximum.accumulate(np.where(pins, np.arange(len(pins)), 0))
    return np.concatenate(([len(pins)], latest[:-1]))


def cheapest_plan(objective: Objective, table: CostTable, needed: Ints) -> Plan:
    """Return the plan with the least cost.

    Args:
        objective: The costs.
        table: What each shot costs, short holds apart.
        needed: Frames that a hold over each event must last; see ``Objective.hold_short``.
    """
    cost = table.cost + objective.hold_short(table.first, table.last, needed)
    n, reach = cost.shape
    states = objective.candidates.bar_beats + 1
    best = np.full((n, states), np.inf)
    best[0, 0] = 0.0
    floor = np.full(n, np.inf)
    floor[0] = 0.0
    back: list[list[tuple[int, int]]] = [[(0, 0)] * states for _ in range(n)]
    floor_state = np.zeros(n, np.int64)
    long_cost = np.where(table.short, np.inf, cost)
    shorts = _shorts_by_row(table, cost)
    for j in range(1, n):
        low = max(0, j - reach)
        totals = floor[low:j] + long_cost[j, reach - (j - low) :]
        k = int(totals.argmin())
        if totals[k] < np.inf:
            best[j, 0] = totals[k]
            back[j][0] = (low + k, int(floor_state[low + k]))
        for i, price in shorts[j]:
            _extend_run(best, back, i, j, price)
        floor_state[j] = best[j].argmin()
        floor[j] = best[j, floor_state[j]]
    return Plan(_walk_back(back, n - 1, int(floor_state[-1])), float(floor[-1]), needed)


def _shorts_by_row(table: CostTable, cost: Floats) -> list[list[tuple[int, float]]]:
    rows: list[list[tuple[int, float]]] = [[] for _ in range(len(cost))]
    usable = table.short & np.isfinite(cost)
    for j, k in zip(*np.nonzero(usable), strict=True):
        rows[j].append((int(table.first[j, k]), float(cost[j, k])))
    return rows


def _extend_run(
    best: Floats, back: list[list[tuple[int, int]]], i: int, j: int, price: float
) -> None:
    """Reach ``j`` from ``i`` by a shot of one beat; after a whole bar of them it costs extra."""
    full = best.shape[1] - 1
    for run in range(full + 1):
        total = best[i, run] + price + (WEIGHTS["beat_by_beat"] if run == full else 0.0)
        after = min(run + 1, full)
        if total < best[j, after]:
            best[j, after] = total
            back[j][after] = (i, run)


def _walk_back(back: Sequence[Sequence[tuple[int, int]]], node: int, state: int) -> list[int]:
    path = [node]
    while node:
        node, state = back[node][state]
        path.append(node)
    return path[::-1]
