"""Weigh what speaks for an edited item being a planned shot."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from otio_idolsync.cut.url import path_in
from otio_idolsync.library.kinds import STILL_SUFFIXES
from otio_idolsync.resync.candidates import beside
from otio_idolsync.resync.flatten import SLATE, stem
from otio_idolsync.resync.model import Drift, Evidence, Item
from otio_idolsync.timebase import Frames, whole_frames

# Only the differences matter: one id outweighs everything else together, the same stretch of the
# same file outweighs the same place, and neighbours decide between equals. An id that several clips
# bear is worth less, and one on a clip that shows another file elsewhere is doubted.
ID, PATH, NAME, PROXY = 120.0, 30.0, 27.0, 20.0
DOUBTED = 0.25
UNKNOWN = 5.0
OVERLAP, EXACT_EDGE = 20.0, 6.0
START, END, RECORD_OVERLAP = 12.0, 6.0, 6.0
NEIGHBOUR, NEARBY, REACH = 5.0, 6.0, 240
UNMATCHED = 10.0
FAR_PLACE = 0.6
STILLS = tuple(STILL_SUFFIXES)
# Part of the same source, elsewhere, is as good a sign of another use of that file; and a piece
# whose source runs on in its neighbour is rather half of a split.
ELSEWHERE, RUNS_ON = 30.0, 30.0
# Of two clips that are alike, the one that is seen is the shot.
HIDDEN = 8.0


def same_media(shot: Item, item: Item) -> float:
    """Return the weight of two items showing the same file, 0 when they do not.

    A slate is told by having no file; an item whose file is unknown could be anything, so that
    it is not held against it.
    """
    if is_blank(shot) or is_blank(item):
        unknown = UNKNOWN if not item.media and not is_blank(shot) else 0.0
        return NAME if is_blank(shot) and is_blank(item) else unknown
    if shot.media == item.media:
        return PATH if path_in(shot.url) == path_in(item.url) else NAME
    return PROXY if stem(shot.media) == stem(item.media) else 0.0


def is_blank(item: Item) -> bool:
    """Return whether an item shows no file: a slate, or one whose file is unknown."""
    return not item.media or item.media == SLATE


def is_still(shot: Item) -> bool:
    """Return whether a shot shows one picture, which no slip changes."""
    return shot.media.endswith(STILLS) and "#" not in shot.media


def source_in(shot: Item, item: Item) -> Frames:
    """Return an item's in-point in frames from the media's first, as near to the shot's as it fits.

    Editors count from the media's first frame, from its timecode, or from a timecode they made
    up; the reading nearest to the shot is the right one, because the others are hours away.
    """
    if shot.media_start is item.media_start or shot.media_start == item.media_start:
        return item.source
    readings = {item.source}
    if shot.labels and item.media_start is None:
        readings |= {item.start - label for label in shot.labels}
    elif shot.media_start:
        readings |= {item.start - shot.media_start, item.start}
    elif item.media_start is None:
        readings.add(item.start)
    return min(readings, key=lambda reading: (abs(reading - shot.source), reading != item.source))


def head_drift(shot: Item, item: Item) -> int:
    """Return how much later in the source an item starts, in whole timeline frames."""
    return whole_frames(source_in(shot, item) - shot.source)


def drift(shot: Item, item: Item) -> Drift:
    """Return how an item lies against its shot, in whole timeline frames."""
    if is_blank(shot) and is_blank(item):
        # a slate has no source: what of it shows is where it lies
        record, tail = item.first - shot.first, item.end - shot.end
        return Drift(record, 0, tail - record, record)
    head = head_drift(shot, item)
    record = item.first - shot.first
    if head != record and is_still(shot):
        head = 0  # wherever in its day an editor begins: it is the same picture
    return Drift(record, head, head + item.frames - shot.frames, record - head)


class Scale:
    """Scores pairs of one plan and one edit.

    Args:
        shots: The planned shots in time order.
        items: The edited items in time order.
        shifts: For each shot, the record shifts at which it may be expected, likeliest first.
    """

    def __init__(
        self, shots: Sequence[Item], items: Sequence[Item], shifts: Sequence[tuple[int, ...]]
    ) -> None:
        self.shots, self.items, self.shifts = shots, items, shifts
        self._runs_on = _through_edits(items)
        self._around = beside(shots), beside(items)
        self.bearers = bearers_of(items)

    def weigh(self, p: int, i: int) -> Evidence | None:
        """Return what speaks for item ``i`` being shot ``p``; None when nothing does."""
        shot, item = self.shots[p], self.items[i]
        score, kinds = 0.0, []
        file = same_media(shot, item)
        place = self._place(shot, item, self.shifts[p])
        if shot.shot_id in item.tags:
            worth = ID / len(item.tags) / self.bearers[shot.shot_id]
            score += worth if file or place or is_blank(shot) else DOUBTED * worth
            kinds.append("id")
        elif item.drawn != shot.drawn or (item.tags and not (file and self._as_planned(p, i))):
            return None  # a title over one, or another shot's
        source = self._source(shot, item, kinds) if file else 0.0
        sure = place >= RECORD_OVERLAP or (source > 0 and self._is_exact(p, i))
        if not kinds and not (file and (source or place)) and place < START + END:
            return None
        if file:
            kinds.append("path" if file == PATH else "name")
        if place and (sure or not source):
            kinds.append("place")
        order = self._order(p, i)
        if order:
            kinds.append("order")
        score += file + source + order + (place or self._nearness(shot, item, self.shifts[p]))
        score -= HIDDEN * (shot.leads and not item.leads)
        if "id" not in kinds:
            here = place >= START + END or (place and source and sure)
            score -= 0 if here else ELSEWHERE * (source < OVERLAP + EXACT_EDGE)
            # of a piece, an overlap alone says nothing: the shot that it is half of lies there too
            own = here and file and place >= RECORD_OVERLAP
            score -= 0 if own else RUNS_ON * (i in self._runs_on)
        return Evidence(score, tuple(kinds), _confidence(score)) if score > 0 else None

    def _as_planned(self, p: int, i: int) -> bool:
        """Return whether an item lies over most of its shot's place, source and all.

        What runs on in its neighbour may be half of a split of joined shots: only just the planned
        stretch of it counts.
        """
        shot, item = self.shots[p], self.items[i]
        lies = drift(shot, item)
        if is_blank(shot) or lies.content not in self.shifts[p]:
            return False
        if i in self._runs_on:
            return lies.head == lies.tail == 0
        content = lies.content
        both = min(shot.end + content, item.end) - max(shot.first + content, item.first)
        return 2 * both > max(shot.frames, item.frames)

    def _is_exact(self, p: int, i: int) -> bool:
        """Return whether an item shares an edge of its shot's source, or lies just as it did."""
        lies = drift(self.shots[p], self.items[i])
        return not lies.head or not lies.tail or lies.content in self.shifts[p]

    @staticmethod
    def _source(shot: Item, item: Item, kinds: list[str]) -> float:
        if is_blank(shot):
            return 0.0
        moved = drift(shot, item)
        both = min(shot.frames, shot.frames + moved.tail) - max(0, moved.head)
        if both <= 0:
            return 0.0
        kinds.append("source")
        whole = max(shot.frames, shot.frames + moved.tail) - min(0, moved.head)
        exact = EXACT_EDGE * ((moved.head == 0) + (moved.tail == 0))
        return OVERLAP * both / whole + exact

    @staticmethod
    def _place(shot: Item, item: Item, shifts: tuple[int, ...]) -> float:
        best = 0.0
        for rank, shift in enumerate(shifts):
            start, end = shot.first + shift, shot.end + shift
            both = min(end, item.end) - max(start, item.first)
            if both > 0:
                whole = max(end, item.end) - min(start, item.first)
                found = START * (item.first == start) + END * (item.end == end)
                found += RECORD_OVERLAP * both / whole
                best = max(best, found if rank < 2 else FAR_PLACE * found)
        return best

    @staticmethod
    def _nearness(shot: Item, item: Item, shifts: tuple[int, ...]) -> float:
        """Return a small weight for lying not far off: most moves are short ones."""
        away = min(abs(item.first - shot.first - shift) for shift in shifts)
        return NEARBY * max(0.0, 1 - away / REACH)

    def _order(self, p: int, i: int) -> float:
        planned, edited = self._around[0][p], self._around[1][i]
        if planned is None or edited is None:
            return 0.0
        alike = sum(
            _alike(self.shots[q], self.items[j])
            if q is not None and j is not None
            else q is None and j is None
            for q, j in zip(planned, edited, strict=True)
        )
        return NEIGHBOUR * alike


def bearers_of(items: Sequence[Item]) -> Counter[str]:
    """Return by how many clips each id is borne; some programs name all uses of a file alike."""
    return Counter(tag for item in items for tag in item.tags)


def _through_edits(items: Sequence[Item]) -> frozenset[int]:
    """Return the items whose source runs on in the item before or after them."""
    found: set[int] = set()
    leading = [(i, item) for i, item in enumerate(items) if item.leads]
    for (i, one), (j, two) in pairwise(leading):
        follows = one.media and one.media == two.media and one.end == two.first
        if follows and whole_frames(two.source - one.source) == one.frames:
            found |= {i, j}
    return frozenset(found)


def _alike(shot: Item, item: Item) -> bool:
    return shot.shot_id in item.tags or (
        shot.media == item.media and abs(head_drift(shot, item)) < shot.frames
    )


def _confidence(score: float) -> float:
    return round(1 - math.exp(-score / 20), 3)
