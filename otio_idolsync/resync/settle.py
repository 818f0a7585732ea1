"""Decide what stays where an edit and a plan have both changed the same part of a cut.

Differences that do not meet are all taken. Where they meet, the human's cut is; but a shot that one
side took out and the other worked on stays, and where the song itself became longer or shorter,
the plan is taken, because the human's cut has nothing to say about music that it never heard.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from otio_idolsync.resync.model import Conflict, Item
from otio_idolsync.resync.sides import Hunk, Side, Stretch

TOLD = 6
EDIT, PLAN = "edit", "plan"


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What is left of both sides' differences, and what a person should look at.

    Attributes:
        hunks: In base order, with whether each is the plan's.
        conflicts: Their frames are the base's.
    """

    hunks: tuple[tuple[Hunk, bool], ...]
    conflicts: tuple[Conflict, ...]


@dataclass(slots=True, eq=False)
class _Live:
    """A side, and which of its hunks still count."""

    side: Side
    there: list[bool]

    def near(self, low: int, high: int) -> list[int]:
        """Return the hunks that count and lie in or at these base frames."""
        hunks = self.side.hunks
        first = bisect_left(hunks, low, key=lambda hunk: hunk.high)
        last = first
        while last < len(hunks) and hunks[last].low <= high:
            last += 1
        return [n for n in range(first, last) if self.there[n]]

    def drop(self, chosen: Iterable[int]) -> None:
        """Give up hunks, with all of the movements that they belong to."""
        groups = {self.side.groups[n] for n in chosen}
        for n, group in enumerate(self.side.groups):
            if group in groups:
                self.there[n] = False


def settle(
    base: Sequence[Item],
    edit: Side,
    plan: Side,
    worked_on: tuple[Mapping[int, Sequence[str]], Mapping[int, Sequence[str]]],
    song_changed: bool,
) -> Settled:
    """Return the differences that are taken.

    Args:
        base: The cut that both sides began with.
        edit: The human's side.
        plan: The plan's side.
        worked_on: What else than the cut of a shot the edit and the plan have changed, by index.
        song_changed: Whether the plan has another version of the song.
    """
    one, two = (_Live(side, [True] * len(side.hunks)) for side in (edit, plan))
    _forget_equal(one, two)
    conflicts = _removed(base, one, two, worked_on, song_changed)
    conflicts += _meetings(base, one, two, song_changed)
    rows = [(hunk, False) for hunk, there in zip(edit.hunks, one.there, strict=True) if there]
    rows += [(hunk, True) for hunk, there in zip(plan.hunks, two.there, strict=True) if there]
    rows.sort(key=lambda row: (row[0].low, row[0].high, _rank(*row)))
    return Settled(tuple(rows), tuple(conflicts))


def _rank(hunk: Hunk, planned: bool) -> int:
    """Return the place of an insertion among those at one point: the plan's lies first."""
    if hunk.low < hunk.high:
        return 0
    return 4 * hunk.text[-1].clings + 2 * hunk.text[0].clings - planned


def _forget_equal(edit: _Live, plan: _Live) -> None:
    """Take the plan's of two equal differences, which has the ids and all that belongs to it."""
    known = {(hunk.low, hunk.high): hunk for hunk in plan.side.hunks}
    for n, hunk in enumerate(edit.side.hunks):
        other = known.get((hunk.low, hunk.high))
        if other and len(other.text) == len(hunk.text) and all(map(_alike, hunk.text, other.text)):
            edit.there[n] = False


def _alike(one: Stretch, two: Stretch) -> bool:
    if (one.frames, one.shot, one.low) != (two.frames, two.shot, two.low):
        return False
    if one.shot >= 0 or one.item is None or two.item is None:
        return one.shot >= 0 or one.item is two.item
    return (one.item.media, one.item.source) == (two.item.media, two.item.source)


def _removed(
    base: Sequence[Item],
    edit: _Live,
    plan: _Live,
    worked_on: tuple[Mapping[int, Sequence[str]], Mapping[int, Sequence[str]]],
    song_changed: bool,
) -> list[Conflict]:
    """Keep shots that one side took out and the other one changed; say so."""
    conflicts = []
    for k, shot in enumerate(base):
        gone = k not in edit.side.parts, k not in plan.side.parts
        if gone[0] == gone[1]:
            continue
        taker, changer = (edit, plan) if gone[0] else (plan, edit)
        done = [*worked_on[gone[0]].get(k, ()), *_cut_of(changer, k, shot)]
        if not done:
            continue
        out = [n for n in taker.near(shot.first, shot.end) if taker.side.hunks[n].touches(shot)]
        if not out:
            continue
        kept = gone[0] or not (song_changed and any(taker.side.hunks[n].longer for n in out))
        (taker if kept else changer).drop(out if kept else _about(changer, k, shot))
        said = "changed: " + ", ".join(done)
        values = ("deleted", said) if gone[0] else (said, "deleted")
        conflicts.append(_deletion(shot, values, kept, gone[0]))
    return conflicts


def _cut_of(live: _Live, k: int, shot: Item) -> list[str]:
    return ["cut"] if _about(live, k, shot) else []


def _about(live: _Live, k: int, shot: Item) -> list[int]:
    """Return the hunks that change a shot's window or its place."""
    if k in live.side.displaced:
        near: Iterable[int] = (n for n, there in enumerate(live.there) if there)
    else:
        near = live.near(shot.first, shot.end)
    hunks = live.side.hunks
    return [n for n in near if hunks[n].touches(shot) or any(s.shot == k for s in hunks[n].text)]


def _deletion(shot: Item, values: tuple[str, str], kept: bool, by_edit: bool) -> Conflict:
    who = ("the edit", "the plan") if by_edit else ("the plan", "the edit")
    end = "it was kept" if kept else "it is gone, as is the music that it lay on"
    text = f"{shot.shot_id} was taken out by {who[0]} and changed by {who[1]}; {end}"
    winner = (PLAN if by_edit else EDIT) if kept else PLAN
    return Conflict((shot.shot_id,), shot.first, text, "deleted", *values, winner)


def _meetings(base: Sequence[Item], edit: _Live, plan: _Live, song_changed: bool) -> list[Conflict]:
    """Drop one of any two movements that meet; say so."""
    conflicts = []
    movements: dict[int, list[int]] = {}
    for n, group in enumerate(plan.side.groups):
        movements.setdefault(group, []).append(n)
    for own in movements.values():
        hunks = [plan.side.hunks[n] for n in own if plan.there[n]]
        pairs = [
            (n, hunk) for hunk in hunks for n in edit.near(hunk.low, hunk.high)
            if _meet(edit.side.hunks[n], hunk)
        ]  # fmt: skip
        moved_away = {s.shot for hunk in hunks for s in hunk.text} & plan.side.displaced
        theirs = {n for n, _ in pairs}
        theirs |= {n for k in moved_away & edit.side.displaced for n in _about(edit, k, base[k])}
        if theirs:
            jumps = song_changed and any(hunk.longer for hunk in hunks)
            (edit if jumps else plan).drop(theirs if jumps else own)
            met = [edit.side.hunks[n] for n in sorted(theirs)]
            conflicts.append(_meeting(base, (edit.side, met), (plan.side, hunks), jumps))
            continue
        for hunk in hunks:
            beside = [edit.side.hunks[n] for n in edit.near(hunk.low, hunk.high)]
            both = [other for other in beside if _both_add(other, hunk)]
            if both:
                conflicts.append(_added_twice(base, (edit.side, both), (plan.side, [hunk])))
    return conflicts


def _meet(edit: Hunk, plan: Hunk) -> bool:
    """Return whether two differences cannot both be taken without tearing a shot apart."""
    points = edit.low == edit.high, plan.low == plan.high
    if all(points):
        return edit.low == plan.low and _tears(plan, edit) and _tears(edit, plan)
    if max(edit.low, plan.low) < min(edit.high, plan.high):
        return True
    if edit.low < plan.low == plan.high < edit.high or plan.low < edit.low == edit.high < plan.high:
        return True
    left, right = sorted((edit, plan), key=lambda hunk: (hunk.low, hunk.high))
    return left.high == right.low and _tears(left, right)


def _tears(left: Hunk, right: Hunk) -> bool:
    """Return whether something comes between a shot and its longer head or tail."""
    head = bool(left.text) and left.text[-1].clings == 1
    return head or (bool(right.text) and right.text[0].clings == -1)


def _both_add(edit: Hunk, plan: Hunk) -> bool:
    if not edit.low == edit.high == plan.low == plan.high:
        return False
    return all(any(s.item and not s.clings for s in hunk.text) for hunk in (edit, plan))


def _meeting(
    base: Sequence[Item],
    edit: tuple[Side, Sequence[Hunk]],
    plan: tuple[Side, Sequence[Hunk]],
    jumps: bool,
) -> Conflict:
    shots = sorted(_shots_in(base, edit[1]) | _shots_in(base, plan[1]))
    ids = tuple(base[k].shot_id for k in shots)
    values = _told(base, shots, *edit), _told(base, shots, *plan)
    frame = min(hunk.low for hunk in (*edit[1], *plan[1]))
    why = "the song changed there, and the plan was kept" if jumps else "the edit was kept"
    text = (
        f"the cut of {_listed(ids)} was changed in the edit ({values[0]}) and in the plan "
        f"({values[1]}); {why}"
    )
    return Conflict(ids, frame, text, "cut", *values, PLAN if jumps else EDIT)


def _added_twice(
    base: Sequence[Item], edit: tuple[Side, Sequence[Hunk]], plan: tuple[Side, Sequence[Hunk]]
) -> Conflict:
    values = _told(base, (), *edit), _told(base, (), *plan)
    frame = plan[1][0].low
    text = (
        f"the edit and the plan put something in at the same place: {values[0]}, and "
        f"{values[1]}; both were kept, the plan's first"
    )
    return Conflict((), frame, text, "added", *values, "both")


def _shots_in(base: Sequence[Item], hunks: Sequence[Hunk]) -> set[int]:
    found = {s.shot for hunk in hunks for s in hunk.text if s.shot >= 0}
    for hunk in hunks:
        k = bisect_left(base, hunk.low + 1, key=lambda shot: shot.end)
        while k < len(base) and hunk.touches(base[k]):
            found.add(k)
            k += 1
    return found


def _told(base: Sequence[Item], shots: Sequence[int], side: Side, hunks: Sequence[Hunk]) -> str:
    """Return where a side has shots and new clips, for people: ``S012 at 96 to 149``."""
    rows = [(lie.item, base[k].shot_id) for k in shots for lie in side.parts.get(k, ())]
    rows += [
        (s.item, s.item.shot_id or s.item.name or s.item.media)
        for hunk in hunks for s in hunk.text if s.item and not s.clings and s.shot not in shots
    ]  # fmt: skip
    rows.sort(key=lambda row: row[0].first)
    return _listed([f"{name} at {item.first} to {item.end}" for item, name in rows]) or "nothing"


def _listed(texts: Sequence[str]) -> str:
    told = ", ".join(texts[:TOLD])
    return told if len(texts) <= TOLD else f"{told} and {len(texts) - TOLD} more"
