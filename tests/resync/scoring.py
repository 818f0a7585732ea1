"""Score a comparison against what the simulator knows to have been done."""

from __future__ import annotations

import random
from collections import Counter

from otio_idolsync.cut.model import Shot, SyncSheet
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.compare import Comparison, compare, sequences_of
from otio_idolsync.resync.flatten import flatten

from .simulator import (
    WITH_IDS,
    Editing,
    Hand,
    Piece,
    a_plan,
    opened,
    timeline_in_dialect,
    true_changes,
)


def compared(sheet: SyncSheet, editing: Editing, dialect: str) -> Comparison:
    before = flatten(timeline_of(sheet), clock=sheet.clock)
    carriers = Carriers(
        str(sheet.metadata["plan_id"]), {shot.shot_id: shot.name for shot in sheet.shots}
    )
    edited = timeline_in_dialect(sheet, editing, dialect)
    return compare(
        before, flatten(edited, carriers, sequences_of(before)), int(sheet.metadata["next_shot"])
    )


def edited(
    seed: int, shots: int, edits: int, kinds: tuple[str, ...] = Hand.KINDS, rough: bool = False
):
    rng = random.Random(seed)
    sheet = a_plan(rng, shots)
    editing = opened(sheet)
    hand = Hand(rng, editing, rough)
    for _ in range(edits):
        hand.edit(rng.choice(kinds))
    editing.sort()
    return sheet, editing


def score(sheet: SyncSheet, editing: Editing, found: Comparison, dialect: str) -> Counter[str]:
    """Count shots whose identity and change came out right, doubted, allowed or wrong.

    Without an id in the file, or where a copy has the same one, other readings may explain it as
    well: a reading of the shots involved that needs no more changes than the truth is one that the
    file allows. A new clip as long as the shot whose place it has taken replaces it, even if it
    was put in long after that shot was taken out.
    """
    truth = true_changes(sheet, editing)
    doubted = {shot for conflict in found.conflicts for shot in conflict.shots}
    said = {r.shot_id: r for r in found.shots if r.pairing and not r.parent}
    pieces = editing.pieces
    home = {k: piece.shot for k, piece in enumerate(pieces)}
    counts: Counter[str] = Counter()
    items_of = {shot_id: [part.index for part in r.pairing.parts] for shot_id, r in said.items()}
    claimed = {i: shot_id for shot_id, items in items_of.items() for i in items}
    for n, shot in enumerate(sheet.shots):
        report = said[shot.shot_id]
        true_items = [k for k, owner in home.items() if owner == n]
        counts["shots"] += 1
        same = items_of[shot.shot_id] == true_items
        right = set(report.changes) == truth[n]
        if not same and truth[n] == {"deleted"} and _takes_its_place(pieces, shot, items_of):
            counts["allowed"] += 1
            continue
        copied = [k for k in items_of[shot.shot_id] if pieces[k].carries == n and home[k] < 0]
        if not same and (dialect not in WITH_IDS or copied):
            replaced_or_gone = "replaced" in truth[n] and not items_of[shot.shot_id]
            rivals = {claimed[k] for k in true_items if k in claimed}
            rivals |= {sheet.shots[home[k]].shot_id for k in items_of[shot.shot_id] if home[k] >= 0}
            group = {shot.shot_id, *rivals}
            ours = sum(_cost(said[s].changes) for s in group)
            theirs = sum(_cost(truth[int(s[1:]) - 1]) for s in group)
            if replaced_or_gone or ours <= theirs or (copied and not true_items):
                counts["allowed"] += 1
                continue
        if shot.shot_id in doubted and not (same and right):
            counts["doubted"] += 1
        elif not same:
            counts["wrong identity"] += 1
            counts[f"identity: {'+'.join(sorted(truth[n]))} as {'+'.join(report.changes)}"] += 1
        else:
            counts["identity"] += 1
            counts["right" if right else "wrong change"] += 1
            if not right:
                name = f"change: {'+'.join(sorted(truth[n]))} as {'+'.join(report.changes)}"
                counts[name] += 1
    return counts


def _takes_its_place(pieces: list[Piece], shot: Shot, items_of: dict[str, list[int]]) -> bool:
    """Return whether the one item of a shot is a new clip of its length, with no gap before it."""
    (k, *more) = items_of[shot.shot_id] or [0]
    new = not more and pieces[k].carries < 0 and pieces[k].frames == shot.frames
    return new and k > 0 and pieces[k - 1].end == pieces[k].first


def _cost(changes) -> int:
    return sum(change != "kept" for change in changes)
