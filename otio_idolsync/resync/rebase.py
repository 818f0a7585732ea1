"""Carry what an editor did over to the plan as it is now: a three-way merge of two edits.

The plan that was exported is what both sides began with. The human's side and the plan's are each
compared with it; what they did is merged frame by frame (:mod:`sides`, :mod:`settle`,
:mod:`pieces`) and property by property, and the result is told as an edit of the plan as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.carried import Shifts, carry
from otio_idolsync.resync.compare import Comparison, told
from otio_idolsync.resync.groups import NO_EVIDENCE, Recognised
from otio_idolsync.resync.model import Conflict, Cut, Item, Pairing
from otio_idolsync.resync.pieces import Piece, pieces_of
from otio_idolsync.resync.properties import Blend, done_by_hand, one_sided
from otio_idolsync.resync.settle import settle
from otio_idolsync.resync.sides import Lie, Side, side_of
from otio_idolsync.resync.versions import Versions


@dataclass(slots=True, eq=False)
class _Merged:
    """The merged cut while it is being told as an edit of the plan as it is now.

    Attributes:
        versions: The plan then and now.
        items: All items in time order.
        parts: Those that are shots of the plan, by id.
        added: Those that are none.
        copied: For items that were new in the edit, what they were there, by index.
        restored: Shots that are as they were exported, not as the plan has them now, by id.
        conflicts: What both sides have changed of one shot.
    """

    versions: Versions
    items: list[Item] = field(default_factory=list)
    parts: dict[str, list[Item]] = field(default_factory=dict)
    added: list[Item] = field(default_factory=list)
    copied: dict[int, int] = field(default_factory=dict)
    restored: dict[str, Item] = field(default_factory=dict)
    conflicts: dict[tuple[str, ...], Conflict] = field(default_factory=dict)

    def put(self, piece: Piece) -> None:
        """Take a piece of the merged cut in."""
        item = replace(self._item(piece), index=len(self.items))
        self.items.append(item)
        if piece.planned is not None:
            self.parts.setdefault(piece.planned.shot_id, []).append(item)
        elif piece.shot >= 0:
            shot = self.versions.then.cut.items[piece.shot]
            self.restored[shot.shot_id] = shot
            self.parts.setdefault(shot.shot_id, []).append(item)
        else:
            self.added.append(item)
            if piece.item is not None:
                self.copied[item.index] = piece.item.index

    def over(self, item: Item, shot: Item | None, shifts: Shifts) -> None:
        """Take in an item that is no picture of its own: hidden, or laid over others."""
        moved = replace(item, index=len(self.items), first=item.first + shifts.at(item.first))
        self.items.append(moved)
        if shot is None:
            self.added.append(moved)
            self.copied[moved.index] = item.index
        else:
            self.parts.setdefault(shot.shot_id, []).append(moved)

    def _item(self, piece: Piece) -> Item:
        shot = self.versions.then.cut.items[piece.shot] if piece.shot >= 0 else None
        if shot and isinstance(piece.edit, Lie) and isinstance(piece.plan, Lie):
            changed = self.versions.changed.get(piece.shot, ())
            blend = Blend(shot, piece.edit, piece.plan, changed)
            found = blend.item(piece)
            if blend.keeps_take:
                self.restored[shot.shot_id] = shot
            self.conflicts |= {(c.kind, *c.shots): c for c in blend.conflicts}
            return found
        own = piece.edit or piece.plan or shot
        item, low = (own.item, own.low) if isinstance(own, Lie) else (own, 0)
        if item is None:
            raise TimelineError(f"frame {piece.first} of the merged cut comes from nowhere")
        if shot and item.name == shot.clip.name:
            item = replace(item, name=shot.name)
        return one_sided(piece, item, low)


def rebase(comparison: Comparison, versions: Versions, song_cut: bool = False) -> Comparison:
    """Return an edit of the exported plan as an edit of the plan as it is now.

    Args:
        comparison: The edit against the exported plan.
        versions: What became of the plan meanwhile.
        song_cut: Whether the shots of the edit answer to a song that the editor cut.

    Returns:
        The comparison with the plan as it is now; its conflicts are all that a person must see.

    Raises:
        TimelineError: The editor cut the song, and the plan has another song or length now.
    """
    base, after = versions.then.cut.items, comparison.after
    found = _recognised(comparison)
    edit = side_of(base, after.items, found)
    plan = side_of(base, versions.now.cut.items, versions.found)
    by_hand = {k: done_by_hand(base[k], lies) for k, lies in edit.parts.items()}
    in_plan = {
        k: (*versions.changed.get(k, ()), *(("source",) if lies[0].slip else ()))
        for k, lies in plan.parts.items()
    }
    settled = settle(base, edit, plan, (by_hand, in_plan), versions.song_changed)
    if song_cut and (
        versions.song_changed or any(h.longer for h, planned in settled.hunks if planned)
    ):
        raise TimelineError(
            f"the song was cut in the edit, and {versions.now.path.name} has become longer or "
            f"shorter since its export: two cuts of the music cannot be made one; re-sync with "
            f"{versions.then.path.name} as --plan and without --base, or put the whole song back"
        )
    pieces = pieces_of(base, edit, plan, settled)
    merged = _Merged(versions)
    for piece in pieces:
        if not piece.is_gap:
            merged.put(piece)
    shifts = Shifts.of(pieces)
    for item in after.items:
        if not item.leads:
            merged.over(item, _shot_of(item, found, versions), shifts)
    cut = carry(after, versions, pieces, merged.items, shifts)
    planned, recognised = _against_now(merged, found, plan)
    done = told(planned, cut, recognised, versions.then.next_shot)
    conflicts = (
        *versions.comparison.conflicts,
        *(shifts.conflict(c) for c in (*comparison.conflicts, *merged.conflicts.values())),
        *(_at(conflict, base, pieces) for conflict in settled.conflicts),
    )
    return replace(done, conflicts=conflicts, next_shot=_next_shot(done, versions))


def _next_shot(done: Comparison, versions: Versions) -> int:
    """Return the first number that no shot of the plan or of the merged cut has had."""
    used = {int(report.shot_id[1:]) for report in done.shots if report.shot_id[1:].isdigit()}
    return max(versions.now.next_shot, versions.exported_next, *(number + 1 for number in used))


def _shot_of(item: Item, found: Recognised, versions: Versions) -> Item | None:
    """Return the shot that an item above V1 is, as the plan has it now; None for a new clip."""
    for pairing, now in zip(found.pairings, versions.found.pairings, strict=True):
        if any(part is item for part in pairing.parts):
            return now.parts[0] if now.parts else None
    return None


def _recognised(comparison: Comparison) -> Recognised:
    """Return which item is which shot, as a comparison tells it."""
    shots = len(comparison.before.items)
    extra = [report for report in comparison.shots[shots:] if report.pairing is None]
    return Recognised(
        tuple(report.pairing for report in comparison.shots[:shots] if report.pairing),
        tuple(report.items[0] for report in extra),
        {report.items[0].index: report.copy_of for report in extra if report.copy_of},
        (),
    )


def _against_now(merged: _Merged, found: Recognised, plan: Side) -> tuple[Cut, Recognised]:
    """Return the plan as it is now with what was kept of older shots, and which item is which."""
    versions = merged.versions
    now = versions.now.cut
    if merged.restored:
        older = [
            replace(shot, first=shot.first + _shift_in(plan, versions.then.cut.items, shot.index))
            for shot in merged.restored.values()
        ]
        stay = (item for item in now.items if item.shot_id not in merged.restored)
        rows = sorted([*stay, *older], key=lambda item: item.first)
        now = replace(now, items=tuple(replace(item, index=n) for n, item in enumerate(rows)))
    known = {
        lie.item.shot_id: found.pairings[k] for k, lies in plan.parts.items() for lie in lies
    } | {shot_id: found.pairings[shot.index] for shot_id, shot in merged.restored.items()}
    pairings = [_pairing(shot, merged.parts, known.get(shot.shot_id)) for shot in now.items]
    copies = {
        item.index: found.copies[merged.copied[item.index]]
        for item in merged.added
        if merged.copied.get(item.index) in found.copies
    }
    return now, Recognised(tuple(pairings), tuple(merged.added), copies, ())


def _pairing(shot: Item, parts: dict[str, list[Item]], known: Pairing | None) -> Pairing:
    own = tuple(parts.get(shot.shot_id, ()))
    if known is None:
        return Pairing(shot, own, NO_EVIDENCE)
    into = known.merged_into if not own and known.merged_into in parts else None
    swallowed = tuple(other for other in known.swallowed if other not in parts)
    return Pairing(shot, own, known.evidence, into, swallowed)


def _shift_in(plan: Side, base: Sequence[Item], k: int) -> int:
    """Return how much later the plan has a shot, or what lay before one that it no longer has."""
    for before in range(k, -1, -1):
        if before in plan.parts and before not in plan.displaced:
            lie = plan.parts[before][0]
            return lie.item.first - lie.low - base[before].first
    return 0


def _at(conflict: Conflict, base: Sequence[Item], pieces: Sequence[Piece]) -> Conflict:
    """Return a conflict whose frame is the base's with the frame where to look now."""
    frame = conflict.frame or 0
    here = 0
    for piece in pieces:
        into = frame - base[piece.shot].first - piece.low if piece.shot >= 0 else -1
        # a cut belongs to the shot before it: what was put in there comes next
        if into > 0 or (into == 0 and conflict.kind == "deleted"):
            here = piece.first + min(piece.frames, into)
    return replace(conflict, frame=here)
