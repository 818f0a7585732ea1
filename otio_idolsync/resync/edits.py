"""Find the movements behind the changes: one ripple, roll, slide or re-order over many shots."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from otio_idolsync.resync.model import Drift, Edit, Item, ShotReport


@dataclass(frozen=True, slots=True)
class _Lying:
    """A shot that is still there, and where its item lies among the others."""

    report: ShotReport
    shot: Item
    item: Item
    drift: Drift
    end: int


def find_edits(reports: Sequence[ShotReport], added: Sequence[Item]) -> list[Edit]:
    """Return the edits behind a list of shot reports in planned order; marks what they carried."""
    there = [
        _Lying(r, r.pairing.shot, r.items[0], r.drift, r.pairing.parts[-1].end)
        for r in reports
        if r.pairing and r.items and r.drift and not r.parent and r.items[0].leads
    ]
    order = _in_order(there)
    stable = [lying for k, lying in enumerate(there) if k in order]
    blocks = _blocks(there, order)
    shifts = _shifts(stable)
    edits: list[Edit] = []
    edits += _rolls(stable)
    edits += _slides(stable, shifts)
    _forget_lone_moves(stable, shifts)
    ripples = _ripples(reports, stable, shifts, added)
    for block in blocks:
        by = block[0].drift.record or -_carried_before(block[0], stable, shifts)
        edit, ripples = _reorder(block, by, ripples)
        edits += [edit] if by else []
    edits += ripples
    by_id = {report.shot_id: report for report in reports}
    for number, edit in reversed(list(enumerate(edits))):
        for shot in edit.shots:
            by_id[shot].edit = number
    return edits


def _in_order(there: Sequence[_Lying]) -> set[int]:
    """Return the most shots that still follow each other as planned (longest rising run)."""
    tails: list[int] = []
    ends: list[int] = []
    previous: dict[int, int] = {}
    for k, lying in enumerate(there):
        at = bisect_left(tails, lying.item.first)
        if at:
            previous[k] = ends[at - 1]
        tails[at : at + 1] = [lying.item.first]
        ends[at : at + 1] = [k]
    chain: set[int] = set()
    k = ends[-1] if ends else -1
    while k >= 0:
        chain.add(k)
        k = previous.get(k, -1)
    return chain


def _blocks(there: Sequence[_Lying], order: set[int]) -> list[list[_Lying]]:
    """Return what was taken out of the order, neighbours that went together as one block."""
    blocks: list[list[_Lying]] = []
    last = -2
    for k, lying in enumerate(there):
        if k in order:
            continue
        if k == last + 1 and blocks[-1][-1].drift.record == lying.drift.record:
            blocks[-1].append(lying)
        else:
            blocks.append([lying])
        last = k
    return blocks


def _carried_before(lying: _Lying, stable: Sequence[_Lying], shifts: Sequence[int]) -> int:
    """Return how far the shot before one was carried: who stayed behind has moved by as much."""
    before = bisect_left(stable, lying.shot.index, key=lambda other: other.shot.index)
    return shifts[before - 1] if before else 0


def _reorder(block: list[_Lying], by: int, ripples: list[Edit]) -> tuple[Edit, list[Edit]]:
    """Return a block's move by so many frames, and the ripples that it does not explain.

    Taking a block out closes a gap as long as it, and putting it back elsewhere opens one: both
    are the same movement of the hand.
    """
    ids = tuple(lying.shot.shot_id for lying in block)
    length = sum(lying.item.frames for lying in block)
    planned = sum(lying.shot.frames for lying in block)
    own = [r for r in ripples if abs(r.frames) in (length, planned)]
    signs = {r.frames > 0: r for r in own}
    explained = list(signs.values()) if len(signs) == 2 or set(ids) & _causes(own) else []
    carried = [shot for r in explained for shot in r.shots if shot not in ids]
    if len(explained) == 2:
        # what lies behind both places has not moved at all
        carried = [shot for shot in explained[0].shots if shot not in ids]
    edit = Edit("reorder", (*ids, *dict.fromkeys(carried)), by, ids)
    return edit, [r for r in ripples if r not in explained]


def _causes(edits: Sequence[Edit]) -> set[str]:
    return {shot for edit in edits for shot in edit.cause}


def _shifts(stable: Sequence[_Lying]) -> list[int]:
    """Return how far each shot was carried, its own trims and slips taken off."""
    shifts: list[int] = []
    last = 0
    for k, lying in enumerate(stable):
        lies = lying.drift
        following = stable[k + 1].drift.record if k + 1 < len(stable) else lies.content
        if not lies.head or lies.slip:
            last = lies.record
        elif lies.content in (last, following) or lies.record != last:
            # its head was trimmed, so that its frames say where it lies, not its first one
            last = lies.content
        shifts.append(last)
    return shifts


def _rolls(stable: Sequence[_Lying]) -> list[Edit]:
    edits = []
    for one, two in itertools.pairwise(stable):
        cut = two.drift.head
        joined = one.end == two.item.first and one.shot.end == two.shot.first
        if cut and joined and one.drift.tail == cut and one.drift.content == two.drift.content:
            edits.append(Edit("roll", (one.shot.shot_id, two.shot.shot_id), cut))
    return edits


def _slides(stable: Sequence[_Lying], shifts: list[int]) -> list[Edit]:
    """Return runs of shots moved between neighbours that gave way to them."""
    edits = []
    k = 1
    while k < len(stable) - 1:
        end = k
        while end + 1 < len(stable) and shifts[end + 1] == shifts[k]:
            end += 1
        if end + 1 < len(stable):
            by = shifts[k] - shifts[k - 1]
            before, after = stable[k - 1], stable[end + 1]
            gave_way = before.drift.tail == by and after.drift.head == by
            if by and gave_way and shifts[end + 1] == shifts[k - 1]:
                ids = (s.shot.shot_id for s in stable[k - 1 : end + 2])
                edits.append(Edit("slide", tuple(ids), by))
                for n in range(k, end + 1):
                    shifts[n] = shifts[k - 1]
        k = end + 1
    return edits


def _ripples(
    reports: Sequence[ShotReport],
    stable: Sequence[_Lying],
    shifts: Sequence[int],
    added: Sequence[Item],
) -> list[Edit]:
    """Return each place from which on everything was carried along."""
    jumps = [k for k in range(len(stable)) if shifts[k] != (shifts[k - 1] if k else 0)]
    place = {r.shot_id: n for n, r in enumerate(reports)}
    edits = []
    last = 0
    for n, k in enumerate(jumps):
        following = stable[k : jumps[n + 1] if n + 1 < len(jumps) else None]
        before = stable[k - 1] if k else None
        by = shifts[k] - last
        last = shifts[k]
        cause = _cause(reports, place, before, stable[k], added)
        ids = (*cause, *(f.shot.shot_id for f in following))
        edits.append(Edit("ripple", tuple(dict.fromkeys(ids)), by, cause))
    return edits


def _forget_lone_moves(stable: Sequence[_Lying], shifts: list[int]) -> None:
    """Take out the shifts of single shots that carried nothing along."""
    for k in range(len(shifts)):
        before = shifts[k - 1] if k else 0
        if shifts[k] == before:
            continue
        last = k + 1 == len(shifts)
        changed = k and stable[k - 1].drift.tail != stable[k - 1].drift.head
        gone = k and stable[k].shot.index != stable[k - 1].shot.index + 1
        if (last and not changed and not gone) or (not last and shifts[k + 1] == before):
            shifts[k] = before


def _cause(
    reports: Sequence[ShotReport],
    place: dict[str, int],
    before: _Lying | None,
    after: _Lying,
    added: Sequence[Item],
) -> tuple[str, ...]:
    """Return the shots between two that stayed, or that changed length, where the shift begins."""
    low = place[before.shot.shot_id] + 1 if before else 0
    cause = [r.shot_id for r in reports[low : place[after.shot.shot_id]]]
    if before and before.drift.tail != before.drift.head:
        cause.insert(0, before.shot.shot_id)
    if after.drift.head and after.drift.tail != after.drift.head:
        cause.append(after.shot.shot_id)
    return tuple(cause)
