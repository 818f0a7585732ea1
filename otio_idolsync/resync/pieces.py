"""Lay the settled differences of both sides out as one cut: no frame missing, none twice."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from otio_idolsync.resync.model import Item
from otio_idolsync.resync.settle import Settled
from otio_idolsync.resync.sides import Lie, Side, Stretch


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """An item of the merged cut.

    Attributes:
        first: Timeline frame at which it starts.
        frames: Its length.
        shot: The base shot that it is, by index; -1 for a new clip or a gap.
        low: The first frame of that shot's window that it shows; of a new clip 0.
        edit: What the edit has of it; None where only the plan has it.
        plan: What the plan has of it; None where only the edit has it.
    """

    first: int
    frames: int
    shot: int
    low: int
    edit: Lie | Item | None
    plan: Lie | Item | None

    @property
    def item(self) -> Item | None:
        """What the edit has at its place, None where it has nothing."""
        return self.edit.item if isinstance(self.edit, Lie) else self.edit

    @property
    def planned(self) -> Item | None:
        """What the plan has at its place, None where it has nothing."""
        return self.plan.item if isinstance(self.plan, Lie) else self.plan

    @property
    def is_gap(self) -> bool:
        """Whether nothing is shown."""
        return self.shot < 0 and self.edit is None and self.plan is None

    def runs_on(self, after: Piece) -> bool:
        """Return whether another piece is the same item going on."""
        same = (self.shot, self.edit, self.plan) == (after.shot, after.edit, after.plan)
        return same and (self.is_gap or (self.shot >= 0 and self.low + self.frames == after.low))


def pieces_of(base: Sequence[Item], edit: Side, plan: Side, settled: Settled) -> list[Piece]:
    """Return the merged cut in time order, gaps included."""
    pieces: list[Piece] = []
    first = 0
    for found in _laid(base, edit, plan, settled):
        piece = replace(found, first=first)
        first += piece.frames
        if pieces and pieces[-1].runs_on(piece):
            pieces[-1] = replace(pieces[-1], frames=pieces[-1].frames + piece.frames)
        else:
            pieces.append(piece)
    return pieces


def _laid(base: Sequence[Item], edit: Side, plan: Side, settled: Settled) -> Iterator[Piece]:
    at = 0
    for hunk, planned in settled.hunks:
        yield from _kept(base, edit, plan, at, hunk.low)
        for stretch in hunk.text:
            yield _changed(edit, plan, stretch, planned)
        at = hunk.high
    yield from _kept(base, edit, plan, at, base[-1].end)


def _changed(edit: Side, plan: Side, stretch: Stretch, planned: bool) -> Piece:
    """Return what one side alone shows."""
    item, k, low = stretch.item, stretch.shot, stretch.low
    if k < 0:
        own = (None, item) if planned else (item, None)
        return Piece(0, stretch.frames, -1, 0, *own)
    own_side = plan if planned else edit
    lie = next((one for one in own_side.parts[k] if item and one.item.index == item.index), None)
    both = (edit.lie_at(k, low), lie) if planned else (lie, plan.lie_at(k, low))
    return Piece(0, stretch.frames, k, low, *both)


def _kept(base: Sequence[Item], edit: Side, plan: Side, low: int, high: int) -> Iterator[Piece]:
    """Yield base frames as they were, parted where a side has parted them."""
    k = bisect_right(base, low, key=lambda shot: shot.end)
    while low < high:
        shot = base[k] if k < len(base) else None
        if shot is None or shot.first > low:
            end = min(high, shot.first if shot else high)
            yield Piece(0, end - low, -1, 0, None, None)
            low = end
            continue
        end = min(high, shot.end)
        starts = {
            shot.first + lie.low for side in (edit, plan) for lie in side.parts.get(k, ())[1:]
        }
        for begin, stop in _parted(low, end, starts):
            own = begin - shot.first
            yield Piece(0, stop - begin, k, own, edit.lie_at(k, own), plan.lie_at(k, own))
        low = end
        k += 1


def _parted(low: int, high: int, starts: set[int]) -> Iterator[tuple[int, int]]:
    edges = [low, *sorted(start for start in starts if low < start < high), high]
    yield from itertools.pairwise(edges)
