"""Say what became of each shot: the changes that apply, in the contract's order."""

from __future__ import annotations

from collections.abc import Callable

from otio_idolsync.resync.evidence import drift, same_media
from otio_idolsync.resync.model import CHANGES, Drift, Item, Pairing, ShotReport

Lies = Callable[[Item, Item], Drift]


def shot_report(pairing: Pairing, lies_of: Lies = drift) -> ShotReport:
    """Return what is said of a planned shot, the movements behind it left out.

    Args:
        pairing: The shot and its items.
        lies_of: How an item lies against its shot; by default, by its place on the timeline.
    """
    shot = pairing.shot
    if not pairing.parts:
        gone = "merged" if pairing.merged_into else "deleted"
        why = f"joined to {pairing.merged_into}" if pairing.merged_into else "no clip shows it"
        return ShotReport(shot.shot_id, [gone], pairing, (), why=why, confidence=1.0)
    first = pairing.parts[0]
    lies = whole_drift(pairing, lies_of)
    changes = _changes(pairing, lies_of)
    return ShotReport(
        shot.shot_id,
        changes,
        pairing,
        (first,),
        drift=lies,
        why=_why(pairing, lies, changes),
        confidence=pairing.evidence.confidence,
        evidence=pairing.evidence.kinds,
        added=tuple(e for e in first.effects if e not in shot.effects),
    )


def whole_drift(pairing: Pairing, lies_of: Lies = drift) -> Drift:
    """Return how a shot lies, the cuts between its pieces left out."""
    first, last = (lies_of(pairing.shot, part) for part in (pairing.parts[0], pairing.parts[-1]))
    return Drift(first.record, first.head, last.tail, first.content)


def _changes(pairing: Pairing, lies_of: Lies) -> list[str]:
    shot, first = pairing.shot, pairing.parts[0]
    lies = lies_of(shot, first)
    replaced = not same_media(shot, first)
    slipped, trimmed, moved = windows(lies, replaced)
    split = len(pairing.parts) > 1
    if split and replaced:
        trimmed = sum(part.frames for part in pairing.parts) != shot.frames
    elif split or pairing.swallowed:
        # the inner edges of the pieces are the split, or the join, itself
        last = lies_of(shot, pairing.parts[-1])
        slipped = lies.record == 0 and lies.content != 0
        trimmed = not pairing.swallowed and (lies.head != 0 or last.tail != 0 or _holes(pairing))
        moved = not slipped and any(lies_of(shot, part).content for part in pairing.parts)
    applies = {
        "covered": all(part.hidden for part in pairing.parts) and not shot.hidden,
        "merged": bool(pairing.swallowed),
        "split": split,
        "replaced": replaced,
        "retimed": any(part.speed != shot.speed for part in pairing.parts),
        "slipped": slipped,
        "trimmed": trimmed,
        "moved": moved,
        "disabled": shot.enabled and not first.enabled,
    }
    return [c for c in CHANGES if applies.get(c)] or ["kept"]


def windows(lies: Drift, replaced: bool = False) -> tuple[bool, bool, bool]:
    """Return whether the drift means a slip, a trim and a change of song position."""
    if replaced:
        return False, lies.tail - lies.head != 0, lies.record != 0
    longer = lies.tail - lies.head
    if lies.content == 0:
        return False, lies.head != 0 or lies.tail != 0, False
    if longer == 0:
        return lies.head != 0, False, lies.record != 0
    if lies.record == 0 and lies.head and lies.tail:
        return True, True, False
    return False, True, True


def _holes(pairing: Pairing) -> bool:
    heads = sorted((drift(pairing.shot, p) for p in pairing.parts), key=lambda d: d.head)
    ends = [pairing.shot.frames + d.tail for d in heads]
    return any(heads[k + 1].head != ends[k] for k in range(len(heads) - 1))


def _why(pairing: Pairing, lies: Drift, changes: list[str]) -> str:
    first = pairing.parts[0]
    said = []
    for change in changes:
        if change == "merged":
            said.append(f"has swallowed {', '.join(pairing.swallowed)}")
        elif change == "split":
            said.append(f"in {len(pairing.parts)} pieces")
        elif change == "replaced":
            said.append(f"shows {first.media or 'nothing'} instead of {pairing.shot.media}")
        elif change == "retimed":
            said.append(f"plays at {float(first.speed):g} times its speed")
        elif change == "slipped":
            said.append(f"source slipped by {lies.head:+d} frames")
        elif change == "trimmed":
            said.append(f"head {lies.head:+d}, tail {lies.tail:+d} frames in the source")
        elif change == "moved":
            said.append(f"moved by {lies.record or lies.content:+d} frames")
        elif change == "disabled":
            said.append("switched off")
        elif change == "covered":
            said.append("lies under other pictures, never seen")
    if first.compound:
        said.append(f"inside {first.compound}")
    return "; ".join(said)


def part_report(pairing: Pairing, part: int, shot_id: str) -> ShotReport:
    """Return what is said of a later piece of a split shot, which has an id of its own."""
    item, shot = pairing.parts[part], pairing.shot
    own = Pairing(shot, (item,), pairing.evidence)
    replaced = not same_media(shot, item)
    disabled = shot.enabled and not item.enabled
    return ShotReport(
        shot_id,
        ["split", *(["replaced"] * replaced), *(["disabled"] * disabled)],
        own,
        (item,),
        drift=drift(shot, item),
        why=f"piece {part + 1} of {shot.shot_id}",
        confidence=pairing.evidence.confidence,
        evidence=pairing.evidence.kinds,
        parent=shot.shot_id,
        added=tuple(e for e in item.effects if e not in shot.effects),
    )


def added_report(item: Item, shot_id: str, copy_of: str | None) -> ShotReport:
    """Return what is said of an item that is no planned shot."""
    why = f"a copy of {copy_of}" if copy_of else f"new clip {item.name or item.media!r}"
    changes = ["covered", "added"] if item.hidden else ["added"]
    why += ", which lies under other pictures" if item.hidden else ""
    return ShotReport(shot_id, changes, None, (item,), why=why, copy_of=copy_of, added=item.effects)
