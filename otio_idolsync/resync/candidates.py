"""Find, for each planned shot, the few edited items that it could be.

Scoring every pair would cost shots times items. Runs of shots that came through unchanged are
found first, by what neighbours they have; they say how far each part of the timeline was shifted,
and each shot is then compared only with what lies where it should, what shows the same stretch of
the same file, and what carries its id.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

from otio_idolsync.resync.flatten import stem
from otio_idolsync.resync.model import Item
from otio_idolsync.timebase import Frames, whole_frames

Keys = list[Hashable]
NEAR = 6
SMALL_GROUP = 40


def beside(items: Sequence[Item]) -> list[tuple[int | None, int | None] | None]:
    """Return the pictures before and after each picture on screen, by index.

    Of one that is hidden, or laid over another, neighbours say nothing: None.
    """
    found: list[tuple[int | None, int | None] | None] = [None] * len(items)
    leading = [n for n, item in enumerate(items) if item.leads]
    for before, n, after in zip([None, *leading], leading, [*leading[1:], None], strict=False):
        found[n] = before, after
    return found


def anchors(shots: Sequence[Item], items: Sequence[Item]) -> tuple[dict[int, int], frozenset[int]]:
    """Return planned shots whose item is nearly beyond doubt, and those where nothing else can be.

    Both are shots in runs that occur once in the plan and in the edit: of ids, or of equal
    stretches of equal files. No other item can be a shot in the middle of such a run of three,
    since it would have to be there for both neighbours too.

    Returns:
        Item by shot, by index; and the shots that need no other candidate.
    """
    found: dict[int, int] = {}
    sure: set[int] = set()
    led = [n for n, shot in enumerate(shots) if shot.leads]
    leading = [n for n, item in enumerate(items) if item.leads]
    count = Counter(tag for item in items for tag in item.tags)
    tagged = (items[n].tags for n in leading)
    tags: Keys = [own[0] if len(own) == 1 else None for own in tagged]
    ids: Keys = [shots[n].shot_id or None for n in led]
    contents: Keys = [_content(items[n]) for n in leading]
    shown: Keys = [_content(shots[n]) for n in led]
    # a run of two alike contents may lie elsewhere by chance, or by a swap
    lone = _only_once(shown), _only_once(contents)
    for length, planned, edited in (
        (3, ids, tags), (2, ids, tags), (3, shown, contents), (2, *lone)
    ):  # fmt: skip
        for p, i in _unique_runs(planned, edited, length):
            run = [(led[p + step], leading[i + step]) for step in range(length)]
            if any(_belies(items[item], shots[shot], count) for shot, item in run):
                continue
            for shot, item in run:
                found.setdefault(shot, item)
            shot, item = run[1]
            if length == 3 and found[shot] == item:
                sure.add(shot)
    return found, frozenset(sure)


def _belies(item: Item, shot: Item, bearers: Counter[str]) -> bool:
    """Return whether an item says that it is another shot, and no other clip says so."""
    return shot.shot_id not in item.tags and any(bearers[tag] == 1 for tag in item.tags)


def _content(item: Item) -> Hashable:
    return (item.media, whole_frames(item.source), item.frames)


def _only_once(keys: Keys) -> Keys:
    """Return the keys with those that occur more than once taken out."""
    count = Counter(keys)
    return [key if count[key] == 1 else None for key in keys]


def _unique_runs(planned: Keys, edited: Keys, length: int) -> Iterator[tuple[int, int]]:
    where: list[dict[tuple[Hashable, ...], list[int]]] = []
    for keys in (planned, edited):
        places: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
        for start in range(len(keys) - length + 1):
            run = tuple(keys[start : start + length])
            if None not in run:
                places[run].append(start)
        where.append(places)
    for run, starts in where[0].items():
        if len(starts) == 1 and len(where[1].get(run, ())) == 1:
            yield starts[0], where[1][run][0]


def shifts_of(
    shots: Sequence[Item], items: Sequence[Item], anchored: dict[int, int]
) -> list[tuple[int, ...]]:
    """Return for each shot how far later it may be expected: as its neighbours, else unmoved."""
    shift = {p: items[i].first - shots[p].first for p, i in anchored.items()}
    before: list[int | None] = []
    last: int | None = None
    for p in range(len(shots)):
        last = shift.get(p, last)
        before.append(last)
    after: list[int | None] = []
    last = None
    for p in reversed(range(len(shots))):
        last = shift.get(p, last)
        after.append(last)
    after.reverse()
    return [
        tuple(dict.fromkeys(s for s in (before[p], after[p], 0) if s is not None))
        for p in range(len(shots))
    ]


def candidates(
    shots: Sequence[Item],
    items: Sequence[Item],
    anchored: dict[int, int],
    sure: frozenset[int],
    shifts: Sequence[tuple[int, ...]],
) -> list[list[int]]:
    """Return for each shot the items to compare it with, by index."""
    index = _Index(items)
    return [
        [anchored[p]]
        if p in sure or (p in anchored and shot.shot_id in items[anchored[p]].tags)
        else sorted(index.near(shot, shifts[p]))
        for p, shot in enumerate(shots)
    ]


class _Index:
    def __init__(self, items: Sequence[Item]) -> None:
        self._firsts = [item.first for item in items]
        self._items = items
        self._groups: dict[str, list[int]] = defaultdict(list)
        self._tagged: dict[str, list[int]] = defaultdict(list)
        self._edges: dict[Hashable, list[int]] = defaultdict(list)
        for i, item in enumerate(items):
            self._groups[stem(item.media)].append(i)
            for tag in item.tags:
                self._tagged[tag].append(i)
            for edge in _edges(item.media, item.source, item.frames):
                self._edges[edge].append(i)

    def near(self, shot: Item, shifts: tuple[int, ...]) -> set[int]:
        found = set(self._tagged.get(shot.shot_id, ()))
        group = self._groups.get(stem(shot.media), [])
        if len(group) <= SMALL_GROUP:
            found.update(group)
        for shift in shifts:
            found.update(self._around(shot.first + shift))
            if len(group) > SMALL_GROUP:
                found.update(self._closest(group, shot.first + shift))
        for edge in _edges(shot.media, shot.source, shot.frames):
            same = self._edges.get(edge, [])
            if len(same) <= SMALL_GROUP:
                found.update(same)
            else:
                for shift in shifts:
                    found.update(self._closest(same, shot.first + shift))
        return found

    def _around(self, frame: int) -> range:
        middle = bisect_left(self._firsts, frame)
        return range(max(0, middle - 2), min(len(self._items), middle + 2))

    def _closest(self, group: list[int], frame: int) -> list[int]:
        middle = bisect_left(group, frame, key=lambda i: self._firsts[i])
        return group[max(0, middle - NEAR) : middle + NEAR]


def _edges(media: str, source: Frames, frames: int) -> tuple[Hashable, Hashable]:
    begin = whole_frames(source)
    return (stem(media), "in", begin), (stem(media), "out", begin + frames)
