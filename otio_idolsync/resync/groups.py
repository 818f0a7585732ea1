"""Splits, copies and merges: where one shot is several items, or one item several shots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from otio_idolsync.resync.assign import Assignment, Tie, assign
from otio_idolsync.resync.candidates import beside
from otio_idolsync.resync.evidence import bearers_of, drift, is_blank, is_still, same_media
from otio_idolsync.resync.flatten import stem
from otio_idolsync.resync.model import Conflict, Evidence, Item, Pairing

NO_EVIDENCE = Evidence(0.0, (), 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """Which item is which shot.

    Attributes:
        pairings: One a planned shot, in planned order.
        added: Items that are no planned shot, in time order.
        copies: The shot that an added item is a copy of, by the item's index.
        conflicts: What only a person can tell.
    """

    pairings: tuple[Pairing, ...]
    added: tuple[Item, ...]
    copies: dict[int, str]
    conflicts: tuple[Conflict, ...]


def recognise(shots: Sequence[Item], items: Sequence[Item]) -> Recognised:
    """Return which item is which shot, with splits, copies and merges told apart."""
    found = assign(shots, items)
    parts: dict[int, list[Item]] = {p: [items[i]] for p, i in found.item_of.items()}
    for p in _mistaken(shots, items, parts, found):
        del parts[p]
    taken = {part.index for own in parts.values() for part in own}
    rest = [item for i, item in enumerate(items) if i not in taken]
    rest = _take_parts(shots, parts, rest)
    merged = _merged(shots, parts)
    pairings = [_pairing(shots, p, parts, found, merged) for p in range(len(shots))]
    copies = _copies(shots, rest)
    ties = [tie for tie in found.ties if len({merged.get(p, p) for p in tie.shots}) > 1
            or len(tie.shots) == 1]  # fmt: skip
    conflicts = [_conflict(shots, items, parts, tie) for tie in ties]
    said = tuple(dict.fromkeys([*(c for c in conflicts if c), *_belied(shots, items, found)]))
    return Recognised(tuple(pairings), tuple(rest), copies, said)


def _mistaken(
    shots: Sequence[Item],
    items: Sequence[Item],
    parts: dict[int, list[Item]],
    found: Assignment,
) -> list[int]:
    """Return the shots whose item is better explained otherwise, where no id says anything.

    What shows part of the source elsewhere is another use of the file if the whole shot is still
    where it was, in a neighbour's item. What shows another file has taken the shot's place only if
    it lies behind the shot before it, as the shot did; behind a gap it was put in beside it.
    """
    mistaken = []
    around = beside(items)
    for p, (item,) in parts.items():
        kinds = found.evidence[p, found.item_of[p]].kinds
        if "id" in kinds:
            continue
        near = [q for q in (p - 1, p + 1) if q in parts]
        if "place" not in kinds:
            wrong = any(_swallows(shots, q, p, parts[q]) for q in near)
        else:
            before = (around[item.index] or (None,))[0]
            wrong = not same_media(shots[p], item) and _is_behind_a_gap(shots, parts, p, before)
        if wrong:
            mistaken.append(p)
    return mistaken


def _is_behind_a_gap(
    shots: Sequence[Item], parts: dict[int, list[Item]], p: int, last: int | None
) -> bool:
    """Return whether there is a gap before a shot's item, moved along with what follows."""
    if p - 1 not in parts or shots[p].first != shots[p - 1].end:
        return False
    before, item = parts[p - 1][0], parts[p][0]
    moved = item.first - shots[p].first
    return (
        last == before.index
        and item.first > before.end
        and moved != 0
        and (moved != before.first - shots[p - 1].first)
    )


def _take_parts(
    shots: Sequence[Item], parts: dict[int, list[Item]], rest: list[Item]
) -> list[Item]:
    """Add to each shot the further pieces of it; return the items that are none."""
    homes: dict[str, list[int]] = defaultdict(list)
    for p in parts:
        homes[stem(shots[p].media)].append(p)
    by_id = {shots[p].shot_id: p for p in parts}
    left = rest
    while True:
        rest, left = left, []
        for item in rest:
            tagged = [by_id[tag] for tag in item.tags if tag in by_id]
            near = tagged or ([] if item.tags else homes[stem(item.media)])
            if not tagged and not item.leads:
                near = []  # an alternative that is not seen, or a picture over another
            fits = [p for p in near if _is_part(shots[p], parts[p], item, bool(tagged))]
            if fits:
                best = min(fits, key=lambda p: _distance(shots[p], item))
                parts[best] = sorted([*parts[best], item], key=lambda part: part.first)
            else:
                left.append(item)
        if len(left) == len(rest):  # a piece found may be what another one lies beside
            return left


def _is_part(shot: Item, parts: list[Item], item: Item, tagged: bool) -> bool:
    """Return whether an item shows a stretch of the shot that none of its parts shows.

    Without an id it must also lie where a split leaves it, its source running on, or where a jump
    cut does: right beside a part, in the source's order, with something between them cut out. With
    one it may be a piece of what replaced the shot, or slipped a little over another piece's end.
    """
    meets = any(item.first == part.end or item.end == part.first for part in parts)
    if not shot.media or not same_media(parts[0] if tagged else shot, item):
        return bool(shot.media) and tagged and meets
    whole = sum(part.frames for part in parts) + item.frames <= shot.frames
    if is_blank(shot):
        return tagged and meets and whole
    if is_still(shot) and meets and whole and same_media(shot, item):
        return True  # whichever stretch of its day an editor shows: it is the same picture
    moved = drift(shot, item)
    inside = 0 <= moved.head < shot.frames and moved.tail <= 0 and same_media(shot, item) > 0
    if tagged:
        return (inside or meets) and not any(2 * _shared(shot, part, item) > 1 for part in parts)
    runs_on = any(drift(shot, part).content == moved.content for part in parts)
    jumps = any(_follows(shot, part, item) or _follows(shot, item, part) for part in parts)
    return inside and (runs_on or jumps) and not any(_shared(shot, part, item) for part in parts)


def _follows(shot: Item, one: Item, two: Item) -> bool:
    """Return whether an item lies right behind another one that shows an earlier stretch."""
    return one.end == two.first and drift(shot, one).head + one.frames <= drift(shot, two).head


def _shared(shot: Item, part: Item, item: Item) -> Fraction:
    """Return how much of the shorter of two items' source the other one shows as well."""
    one, two = drift(shot, part).head, drift(shot, item).head
    both = min(one + part.frames, two + item.frames) - max(one, two)
    return Fraction(max(0, both), min(part.frames, item.frames))


def _distance(shot: Item, item: Item) -> int:
    return abs(drift(shot, item).content)


def _merged(shots: Sequence[Item], parts: dict[int, list[Item]]) -> dict[int, int]:
    """Return which shot's item has swallowed which neighbours: a through edit was joined."""
    into: dict[int, int] = {}
    for p in range(len(shots)):
        if p in parts:
            continue
        for step in (-1, 1):
            q = p + step
            home = into.get(q, q)
            if home in parts and _swallows(shots, home, p, parts[home]):
                into[p] = home
                break
    return _first_keeps(shots, parts, into)


def _first_keeps(
    shots: Sequence[Item], parts: dict[int, list[Item]], into: dict[int, int]
) -> dict[int, int]:
    """Return the merges with the first shot of each as its home, unless an id says otherwise."""
    told = {
        home for home in set(into.values())
        if any(shots[home].shot_id in part.tags for part in parts[home])
    }  # fmt: skip
    firsts: dict[int, int] = {}
    for p, home in into.items():
        if home not in told:
            firsts[home] = min(p, home, firsts.get(home, home))
    kept = {p: firsts.get(home, home) for p, home in into.items()}
    for home, first in firsts.items():
        if first != home:
            parts[first] = parts.pop(home)
            del kept[first]
            kept[home] = first
    return kept


def _swallows(shots: Sequence[Item], home: int, gone: int, parts: list[Item]) -> bool:
    first, second = shots[min(home, gone)], shots[max(home, gone)]
    if not first.media or first.media != second.media or not same_media(first, second):
        return False
    if drift(first, second).content != 0:
        return False
    for part in parts:
        lies, lasts = drift(shots[gone], part), shots[gone].frames
        shown = min(lasts, lasts + lies.tail) - max(0, lies.head)
        # what was joined may have been trimmed or slipped since
        if lies.content == drift(shots[home], part).content and 2 * shown >= lasts:
            return True
    return False


def _pairing(
    shots: Sequence[Item],
    p: int,
    parts: dict[int, list[Item]],
    found: Assignment,
    merged: dict[int, int],
) -> Pairing:
    # the first of joined shots may have another's item
    homes = [p, *(q for q, home in merged.items() if home == p)]
    pairs = ((q, found.item_of.get(q, -1)) for q in homes)
    evidence = next((found.evidence[pair] for pair in pairs if pair in found.evidence), NO_EVIDENCE)
    swallowed = tuple(shots[q].shot_id for q, home in merged.items() if home == p)
    into = shots[merged[p]].shot_id if p in merged else None
    return Pairing(shots[p], tuple(parts.get(p, ())), evidence, into, swallowed)


def _copies(shots: Sequence[Item], added: Sequence[Item]) -> dict[int, str]:
    """Return the shots that added items repeat: by their id, else by an equal stretch of source."""
    by_id = {shot.shot_id: shot for shot in shots}
    by_media: dict[str, list[Item]] = defaultdict(list)
    for shot in shots:
        by_media[stem(shot.media)].append(shot)
    copies = {}
    for item in added:
        tagged = [by_id[tag] for tag in item.tags if tag in by_id]
        for shot in tagged or by_media[stem(item.media)]:
            if not same_media(shot, item) or not shot.media:
                continue
            lies = drift(shot, item)
            if tagged or (lies.head >= 0 and lies.tail <= 0):
                copies[item.index] = shot.shot_id
                break
    return copies


def _belied(shots: Sequence[Item], items: Sequence[Item], found: Assignment) -> list[Conflict]:
    """Return the clips that bear one shot's id, and are another by their file, range and place."""
    bearers, told = bearers_of(items), []
    for p, i in found.item_of.items():
        item, shot_id = items[i], shots[p].shot_id
        others = [tag for tag in item.tags if bearers[tag] == 1]
        if shot_id not in item.tags and others:
            text = (
                f"the clip at frame {item.first} bears the id of {others[0]}, but is {shot_id} by "
                "its file, its range and its place"
            )
            told.append(Conflict((shot_id, *others), item.first, text))
    return told


def _conflict(
    shots: Sequence[Item], items: Sequence[Item], parts: dict[int, list[Item]], tie: Tie
) -> Conflict | None:
    """Return a tie as a conflict, unless it is between pieces of one shot."""
    ids = tuple(shots[p].shot_id for p in tie.shots)
    where = [items[i] for i in tie.items]
    if len(ids) == 1 and all(
        any(item is part for part in parts.get(tie.shots[0], ())) for item in where
    ):
        return None
    frames = " and ".join(str(item.first) for item in where)
    if len(ids) == 1:
        text = f"{ids[0]} is at frame {frames.replace(' and ', ' or at frame ')}; both fit as well"
    elif len(where) == 1:
        text = f"the clip at frame {frames} is {ids[0]} or {ids[1]}; the other one is gone"
    else:
        text = f"{ids[0]} and {ids[1]} at frames {frames} may have changed places"
    return Conflict(ids, where[0].first, text)
