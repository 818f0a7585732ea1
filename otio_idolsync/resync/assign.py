"""Match planned shots and edited items as one optimal assignment, and name the ties.

The sum of the evidence over all pairs is made as great as possible at once (a rectangular
assignment over sparse candidates; Jonker and Volgenant 1987), so that no early guess can take an
item away from the shot it belongs to. Leaving a shot unmatched is one of its choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from otio_idolsync.resync.candidates import anchors, candidates, shifts_of
from otio_idolsync.resync.evidence import UNMATCHED, Scale
from otio_idolsync.resync.model import Evidence, Item

TIE = 5.0


@dataclass(frozen=True, slots=True)
class Tie:
    """Shots that could change places without the evidence getting noticeably weaker."""

    shots: tuple[int, ...]
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Which item each shot is.

    Attributes:
        item_of: Item by shot, by index; shots that are gone are absent.
        evidence: Of every pair that was weighed.
        ties: What only a person can tell.
    """

    item_of: dict[int, int]
    evidence: dict[tuple[int, int], Evidence]
    ties: tuple[Tie, ...]


def assign(shots: Sequence[Item], items: Sequence[Item]) -> Assignment:
    """Return the best assignment of items to shots."""
    anchored, sure = anchors(shots, items)
    shifts = shifts_of(shots, items, anchored)
    scale = Scale(shots, items, shifts)
    weighed: dict[tuple[int, int], Evidence] = {}
    for p, near in enumerate(candidates(shots, items, anchored, sure, shifts)):
        for i in near:
            found = scale.weigh(p, i)
            if found and found.score > UNMATCHED:
                weighed[p, i] = found
    item_of = _solve(len(shots), len(items), weighed)
    return Assignment(item_of, weighed, _ties(item_of, weighed))


def _solve(shots: int, items: int, weighed: dict[tuple[int, int], Evidence]) -> dict[int, int]:
    """Return the assignment of greatest total score; each shot has a column for "gone"."""
    if not weighed:
        return {}
    rows = [p for p, _ in weighed] + list(range(shots))
    columns = [i for _, i in weighed] + [items + p for p in range(shots)]
    scores = [found.score for found in weighed.values()] + [UNMATCHED] * shots
    # weights of 0 would be dropped from the sparse matrix, so all are lifted above it
    costs = max(scores) + 1.0 - np.asarray(scores, np.float64)
    matrix = csr_array((costs, (rows, columns)), shape=(shots, items + shots))
    chosen_rows, chosen = min_weight_full_bipartite_matching(matrix)
    pairs = zip(chosen_rows.tolist(), chosen.tolist(), strict=True)
    return {p: i for p, i in pairs if i < items}


def _ties(item_of: dict[int, int], weighed: dict[tuple[int, int], Evidence]) -> tuple[Tie, ...]:
    """Return swaps of one or two shots that would cost less than :data:`TIE`."""
    shot_of = {i: p for p, i in item_of.items()}
    score = {pair: found.score for pair, found in weighed.items()}
    ties: dict[tuple[int, ...], Tie] = {}
    for (p, j), found in weighed.items():
        if item_of.get(p) == j or (j not in shot_of and p not in item_of):
            continue
        i, q = item_of.get(p), shot_of.get(j)
        now = (score[p, i] if i is not None else UNMATCHED) + (
            score[q, j] if q is not None else UNMATCHED
        )
        # what the item or the shot that loses its partner would get instead
        then = found.score + UNMATCHED
        if q is not None and i is not None:
            then = found.score + score.get((q, i), UNMATCHED)
        if now - then < TIE:
            shots = tuple(sorted({p, *([q] if q is not None else [])}))
            within = tuple(sorted({j, *([i] if i is not None else [])}))
            ties.setdefault(shots + within, Tie(shots, within))
    return tuple(ties.values())
