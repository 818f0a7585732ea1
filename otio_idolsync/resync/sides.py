"""Say where one side's cut differs from the cut that both sides began with, in its frames.

The common cut is read as a row of frames, each a frame of one shot. A side shows most of them in
the same order; what it does not is a :class:`Hunk`: base frames, and what this side has in their
place (Khanna, Kunal and Pierce 2007, "A Formal Investigation of Diff3"). Two sides whose hunks do
not meet can be merged without asking anybody, and the result has no gap or overlap that neither
of them had, because every frame of it comes from one of the two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from otio_idolsync.resync.evidence import drift, is_blank, same_media
from otio_idolsync.resync.groups import Recognised
from otio_idolsync.resync.model import Drift, Item

SOON = 8


@dataclass(frozen=True, slots=True, eq=False)
class Lie:
    """How an item lies in the window of the shot that it is.

    Attributes:
        shot: The base shot, by index.
        item: The side's item.
        low: The first frame of the shot's window that it shows; below 0 it begins earlier.
        high: The frame after the last; beyond the shot's length it ends later.
        slip: By how many frames later source is shown in the window.
        replaced: Whether it shows another file than the base shot.
    """

    shot: int
    item: Item
    low: int
    high: int
    slip: int
    replaced: bool


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Frames of one item, or of nothing.

    Attributes:
        frames: How many.
        shot: The base shot that the item is, by index; -1 for a new clip or a gap.
        low: The first of its frames, in the shot's window or from the new clip's first.
        item: The side's item; None for a gap.
        clings: -1 where it only prolongs the frames before the hunk, 1 those after it, else 0.
    """

    frames: int
    shot: int = -1
    low: int = 0
    item: Item | None = None
    clings: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Hunk:
    """Base frames, and what a side shows in their place."""

    low: int
    high: int
    text: tuple[Stretch, ...]

    @property
    def longer(self) -> int:
        """How many frames more it shows than it takes away."""
        return sum(stretch.frames for stretch in self.text) - (self.high - self.low)

    def touches(self, shot: Item) -> bool:
        """Return whether it takes frames of a base shot away."""
        return max(self.low, shot.first) < min(self.high, shot.end)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side's cut against the base.

    Attributes:
        parts: The items of each base shot in its own order, by the shot's index.
        displaced: The base shots that lie elsewhere in the order.
        hunks: All differences of the cut in base order.
        groups: For each hunk, the number of the movement that it belongs to.
    """

    parts: dict[int, list[Lie]]
    displaced: frozenset[int]
    hunks: tuple[Hunk, ...]
    groups: tuple[int, ...]

    def lie_at(self, shot: int, low: int) -> Lie | None:
        """Return the item that shows a frame of a shot's window, or comes nearest to it."""
        lies = self.parts.get(shot, ())
        return min(lies, key=lambda lie: max(lie.low - low, low - lie.high + 1, 0), default=None)


def side_of(base: Sequence[Item], items: Sequence[Item], found: Recognised) -> Side:
    """Return a side's cut against the base.

    Args:
        base: The cut that both sides began with, in time order.
        items: The side's cut, in time order.
        found: Which item is which base shot.
    """
    pairs = sorted(
        (
            (k, part)
            for k, pairing in enumerate(found.pairings)
            for part in pairing.parts
            if part.leads
        ),
        key=lambda pair: pair[1].first,
    )
    drifts = [drift(base[k], part) for k, part in pairs]
    order = _rising([(k, lies.head) for (k, _), lies in zip(pairs, drifts, strict=True)])
    lies = _lies(base, pairs, drifts, order)
    in_order = {pairs[n][1].index: lies[n] for n in order}
    by_item = {part.index: lie for (_, part), lie in zip(pairs, lies, strict=True)}
    hunks = _hunks(base, items, by_item, in_order)
    displaced = frozenset(lie.shot for i, lie in by_item.items() if i not in in_order)
    parts: dict[int, list[Lie]] = {}
    for lie in sorted(lies, key=lambda lie: lie.low):
        parts.setdefault(lie.shot, []).append(lie)
    return Side(parts, displaced, tuple(hunks), _groups(base, hunks, displaced))


def _rising(keys: Sequence[tuple[int, int]]) -> list[int]:
    """Return the longest run of positions whose keys rise."""
    tails: list[tuple[int, int]] = []
    ends: list[int] = []
    previous: list[int] = []
    for n, key in enumerate(keys):
        at = bisect_left(tails, key)
        previous.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [key]
        ends[at : at + 1] = [n]
    chain = []
    n = ends[-1] if ends else -1
    while n >= 0:
        chain.append(n)
        n = previous[n]
    return chain[::-1]


def _lies(
    base: Sequence[Item],
    pairs: Sequence[tuple[int, Item]],
    drifts: Sequence[Drift],
    order: Sequence[int],
) -> list[Lie]:
    """Return how each item lies; a slip is told from a move by where its neighbours lie."""
    shown = [
        bool(same_media(base[k], part)) and not (is_blank(base[k]) and is_blank(part))
        for k, part in pairs
    ]
    sure = [n for n in order if shown[n] and 0 in (drifts[n].head, drifts[n].tail)]
    lies = []
    for n, (k, part) in enumerate(pairs):
        at = bisect_left(sure, n)
        beside = {drifts[m].content for m in sure[max(0, at - 1) : at + 1]} or {0}
        if at == 0:
            beside.add(0)
        window = _window(base[k], part, drifts[n], beside, shown[n])
        replaced = not same_media(base[k], part)
        lies.append(Lie(k, part, *window, replaced))
    return lies


def _window(
    shot: Item, part: Item, lies: Drift, beside: set[int], shown: bool
) -> tuple[int, int, int]:
    """Return the first and last frame of a shot's window that an item shows, and its slip.

    Args:
        shot: The base shot.
        part: The item.
        lies: How the one lies against the other.
        beside: How far the neighbours were carried.
        shown: Whether source frames can be compared; where they cannot, places are.
    """
    record, end = part.first - shot.first, part.end - shot.end
    if not shown:
        by = min(beside, key=lambda shift: abs(record - shift) + abs(end - shift))
        low, high = record - by, shot.frames + end - by
        return (low, high, 0) if low < shot.frames and high > 0 else (0, part.frames, 0)
    slip = 0
    if lies.content not in beside and lies.head and lies.tail:
        if lies.head == lies.tail or record in beside:
            slip = lies.head
        elif end in beside:
            slip = lies.tail
    return lies.head - slip, shot.frames + lies.tail - slip, slip


def _hunks(
    base: Sequence[Item],
    items: Sequence[Item],
    lies: dict[int, Lie],
    in_order: dict[int, Lie],
) -> list[Hunk]:
    hunks: list[Hunk] = []
    text: list[Stretch] = []
    at, here = 0, 0
    for item in items:
        if not item.leads:
            continue
        if item.first > here:
            text.append(Stretch(item.first - here))
        here = max(here, item.end)
        lie = in_order.get(item.index)
        first = base[lie.shot].first if lie else 0
        frames = base[lie.shot].frames if lie else 0
        if (
            lie
            and max(at, first + max(lie.low, 0)) < first + min(lie.high, frames)
            and (first + max(lie.low, 0) >= at)
        ):
            if lie.low < 0:
                text.append(Stretch(-lie.low, lie.shot, lie.low, item, 1))
            hunks.append(Hunk(at, first + max(lie.low, 0), tuple(text)))
            at = first + min(lie.high, frames)
            over = lie.high - frames
            text = [Stretch(over, lie.shot, frames, item, -1)] if over > 0 else []
        else:
            own = lies.get(item.index)
            shot, low = (own.shot, own.low) if own else (-1, 0)
            text.append(Stretch(item.frames, shot, low, item))
    hunks.append(Hunk(at, base[-1].end, tuple(text)))
    ends = sorted({edge for shot in base for edge in (shot.first, shot.end)})
    return [atom for hunk in hunks for atom in _atoms(hunk, ends) if not _is_nothing(atom, base)]


def _is_nothing(hunk: Hunk, base: Sequence[Item]) -> bool:
    """Return whether a hunk changes nothing: it is empty, or a gap that was one already."""
    if hunk.longer or any(stretch.item for stretch in hunk.text):
        return False
    near = bisect_right(base, hunk.low, key=lambda shot: shot.end)
    return not (near < len(base) and hunk.touches(base[near]))


def _atoms(hunk: Hunk, ends: Sequence[int]) -> list[Hunk]:
    """Return a hunk as the smallest ones: parted at base cuts that the side has too."""
    if hunk.text and hunk.longer:
        return [hunk]
    inner = ends[bisect_right(ends, hunk.low) : bisect_left(ends, hunk.high)]
    atoms: list[Hunk] = []
    rest = list(hunk.text)
    at = hunk.low
    for cut in inner:
        own = _taken(rest, cut - at) if rest else []
        if own is not None:
            atoms.append(Hunk(at, cut, tuple(own)))
            at = cut
    return [*atoms, Hunk(at, hunk.high, tuple(rest))]


def _taken(text: list[Stretch], frames: int) -> list[Stretch] | None:
    """Take so many frames off a text; None, and nothing taken, where that would cut a clip."""
    taken: list[Stretch] = []
    for n, stretch in enumerate(text):
        if frames <= 0:
            break
        if stretch.frames > frames:
            if stretch.item:
                return None
            text[n] = replace(stretch, frames=stretch.frames - frames)
            taken.append(replace(stretch, frames=frames))
            del text[:n]
            return taken
        taken.append(stretch)
        frames -= stretch.frames
    del text[: len(taken)]
    return taken


def _groups(
    base: Sequence[Item], hunks: Sequence[Hunk], displaced: frozenset[int]
) -> tuple[int, ...]:
    """Return the number of each hunk's movement.

    What was taken out here and put back there is one, and so are hunks near each other that
    together take as long as what they replace: one without the other would shift all that follows.
    """
    number = list(range(len(hunks)))

    def join(low: int, high: int) -> None:
        old, new = number[high], number[low]
        for n, own in enumerate(number):
            if own == old:
                number[n] = new

    for low, hunk in enumerate(hunks):
        total = hunk.longer
        for high in range(low + 1, min(len(hunks), low + SOON)) if total else ():
            total += hunks[high].longer
            if not total:
                for n in range(low + 1, high + 1):
                    join(low, n)
                break
    for shot in displaced:
        own = [
            n for n, hunk in enumerate(hunks)
            if hunk.touches(base[shot]) or any(s.shot == shot for s in hunk.text)
        ]  # fmt: skip
        for n in own[1:]:
            join(own[0], n)
    return tuple(number)
