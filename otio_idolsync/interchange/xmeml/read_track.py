"""Read a track's items in their order, with the gaps and transitions between them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.dissolves import DISSOLVE, type_of
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import (
    block_of,
    entries,
    exact_times,
    object_of,
    put_metadata,
    texts,
)
from otio_idolsync.interchange.xmeml.document import Scope
from otio_idolsync.interchange.xmeml.read_item import Nest, Slot, item_of
from otio_idolsync.interchange.xmeml.values import TICKS, Parts, frames, nearest, number, rate_of
from otio_idolsync.timebase import frame_showing

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange
_ITEMS = ("clipitem", "generatoritem", "transitionitem")
_UNSET = -1
_TRANSITION_PARTS = ("start", "end", "alignment", "cutPointTicks", "rate", "metadata")


@dataclass(slots=True)
class Entry:
    """An item and where it lies; a transition's ``slot`` is empty at its cut."""

    parts: Parts
    start: int
    end: int
    slot: Slot | None = None

    @property
    def is_transition(self) -> bool:
        """Whether it is a transition."""
        return bool(self.parts.element.tag == "transitionitem")


@dataclass(slots=True)
class Lane:
    """A track being filled, and the frame up to which it is."""

    track: Any
    cursor: int = 0


def lanes_of(scope: Scope, element: Any, nest: Nest) -> tuple[list[Any], set[int]]:
    """Return the tracks of a ``<track>``, and which of its block's gap runs were put back.

    One, unless its items overlap (as OpenShot's do): what overlaps goes to a further track, so
    that nothing is cut or lost.
    """
    block = block_of(element)
    runs = _runs(block)
    restored: set[int] = set()
    lanes = [Lane(otio.schema.Track())]
    latest = lanes[0]
    for entry in _placed(scope, element):
        if entry.is_transition:
            _put_transition(scope, latest, entry, runs, restored)
            continue
        slot = entry.slot or Slot(entry.start, entry.end)
        latest = next((lane for lane in lanes if lane.cursor <= slot.start), None) or Lane(
            otio.schema.Track()
        )
        if latest not in lanes:
            lanes.append(latest)
        _fill(scope, latest, slot.start, runs if latest is lanes[0] else {}, restored)
        latest.track.append(item_of(scope, entry.parts, slot, nest))
        latest.cursor = slot.end
    for number_, run in enumerate(entries(block, "gaps")):
        if foreign.dictionary(run).get("last") and _at(run)[0] == lanes[0].cursor:
            _append(lanes[0].track, run)
            restored.add(number_)
    return [lane.track for lane in lanes], restored


def _runs(block: dict[str, Any]) -> dict[tuple[int, int], tuple[int, Any]]:
    return {
        _at(run): (number_, run)
        for number_, run in enumerate(entries(block, "gaps"))
        if not foreign.dictionary(run).get("last")
    }


def _at(run: Any) -> tuple[int, int]:
    at = foreign.dictionary(run).get("at")
    if not isinstance(at, list) or len(at) != 2 or not all(type(n) is int for n in at):
        raise InterchangeError("an otio-idolsync block holds a gap without a place")
    return at[0], at[1]


def _append(track: Any, run: Any) -> None:
    for form in entries(run, "gaps"):
        track.append(object_of(form, otio.schema.Gap))


def _fill(scope: Scope, lane: Lane, to: int, runs: Any, restored: set[int]) -> None:
    stored = runs.get((lane.cursor, to))
    if stored is not None:
        _append(lane.track, stored[1])
        restored.add(stored[0])
    elif to > lane.cursor:
        rate = scope.otio_rate
        given = _TR(_RT(0.0, rate), _RT(float(to - lane.cursor), rate))
        lane.track.append(otio.schema.Gap(source_range=given))
    lane.cursor = max(lane.cursor, to)


def _placed(scope: Scope, track: Any) -> list[Entry]:
    whole, doubts = scope.document.whole_item, scope.document.doubts
    for child in track:
        if child.tag not in _ITEMS and child.find("start") is not None:
            name = child.findtext("name") or ""
            doubts.append(f"item {name!r} is a <{child.tag}>, which is not known, and left out")
    items = [Parts(e if len(e) else whole(e)) for e in track.iterchildren(*_ITEMS)]
    doubts += [f"item {e.get('id')!r} is empty" for p in items if not len(e := p.element)]
    entries = [Entry(parts, *_edges(parts)) for parts in items]
    cuts = {
        i: _cut(scope, entry, entries[i - 1] if i else None, entries[i + 1 : i + 2])
        for i, entry in enumerate(entries)
        if entry.is_transition
    }
    for i, entry in enumerate(entries):
        if entry.is_transition:
            continue
        before = _edge(entries, cuts, i - 1, entry.start, before=True)
        behind = _edge(entries, cuts, i + 1, entry.end, before=False)
        entry.slot = _slot(scope, entry, entries[i - 1] if i else None, before, behind)
    for i, cut in cuts.items():
        entries[i].slot = Slot(cut, cut, cut - entries[i].start, entries[i].end - cut)
    return sorted(entries, key=lambda entry: entry.slot.start if entry.slot else 0)


def _edges(parts: Parts) -> tuple[int, int]:
    start, end = frames(parts, "start"), frames(parts, "end")
    start = _UNSET if start is None else start
    end = _UNSET if end is None else end
    if start < _UNSET or end < _UNSET:
        raise InterchangeError(
            f"item {parts.findtext('name')!r} lies before the sequence's beginning"
        )
    if parts.element.tag == "transitionitem" and (start < 0 or end < start):
        raise InterchangeError("a transition has no place: its <start> and <end> are missing")
    return start, end


def _cut(scope: Scope, entry: Entry, previous: Entry | None, following: list[Entry]) -> int:
    """Return the frame of a transition's cut: an item's edge under it, Premiere's tick, or the
    alignment.

    Where one side has no edge, the other's at the far end is no cut but where a gap ends.
    """
    alignment = (entry.parts.findtext("alignment") or "").strip()
    before = [previous.end] if previous and not previous.is_transition else []
    after = [one.start for one in following if not one.is_transition]
    if alignment.startswith("start") and before == [_UNSET] and after == [entry.end]:
        return entry.start
    if alignment.startswith("end") and after == [_UNSET] and before == [entry.start]:
        return entry.end
    edges = before + after
    for edge in edges:
        if edge != _UNSET and entry.start <= edge <= entry.end:
            return edge
    ticks = number(entry.parts, "cutPointTicks")
    if ticks is not None:
        cut = entry.start + nearest(ticks * scope.rate / TICKS)
        if entry.start <= cut <= entry.end:
            return cut
    if alignment.startswith("start"):
        return entry.start
    return (
        entry.end
        if alignment.startswith("end")
        else frame_showing(Fraction(entry.start + entry.end, 2))
    )


def _edge(
    entries: list[Entry], cuts: dict[int, int], beside: int, edge: int, before: bool
) -> tuple[int, int]:
    """Return how far the transition beside an item reaches past its edge, and the edge."""
    if edge != _UNSET or beside not in cuts:
        return 0, edge
    cut, transition = cuts[beside], entries[beside]
    return (cut - transition.start if before else transition.end - cut), cut


def _slot(
    scope: Scope,
    entry: Entry,
    previous: Entry | None,
    before: tuple[int, int],
    behind: tuple[int, int],
) -> Slot:
    """Return where an item lies; an edge that is not told follows from the other and its length.

    ``in`` and ``out`` count what lies under the transitions, too.
    """
    (head, start), (tail, end) = before, behind
    if _UNSET in (start, end):
        shown = max(0, _span(scope, entry) - head - tail)
        if start == _UNSET:
            known = previous.slot.end if previous and previous.slot else 0
            start = max(0, end - shown) if end != _UNSET else known
        if end == _UNSET:
            end = start + shown
    if end < start:
        raise InterchangeError(f"item {entry.parts.findtext('name')!r} ends before it starts")
    return Slot(start, end, head, tail)


def _span(scope: Scope, entry: Entry) -> int:
    """Return how many frames of the sequence an item has by its ``in`` and ``out``."""
    first, out = frames(entry.parts, "in"), frames(entry.parts, "out")
    if first is None or out is None or out <= first:
        first, out = 0, frames(entry.parts, "duration") or 0
    own = None if scope.alone else rate_of(entry.parts)
    return nearest((out - first) / (own or scope.rate) * scope.rate)


def _put_transition(scope: Scope, lane: Lane, entry: Entry, runs: Any, restored: set[int]) -> None:
    slot = entry.slot or Slot(entry.start, entry.end)
    if lane.cursor <= slot.start:
        _fill(scope, lane, slot.start, runs, restored)
    parts, rate = entry.parts, scope.otio_rate
    block = block_of(parts)
    effect = parts.find("effect")
    name = texts(block, "n")
    if name is None:
        name = (effect.findtext("name") or "") if effect is not None else ""
    transition = otio.schema.Transition(
        name,
        texts(block, "type") or _type(effect, block),
        _RT(float(slot.head), rate),
        _RT(float(slot.tail), rate),
    )
    exact = exact_times(block, "offsets")
    if exact is not None and _whole(scope, exact, slot):
        transition.in_offset, transition.out_offset = exact.start_time, exact.duration
    put_metadata(transition, block.get("m"))
    if not block and (kept := foreign.kept(parts.element, _TRANSITION_PARTS)):
        transition.metadata[foreign.KEY] = kept
    lane.track.append(transition)


def _whole(scope: Scope, exact: Any, slot: Slot) -> bool:
    head, tail = (t.value_rescaled_to(scope.otio_rate) for t in (exact.start_time, exact.duration))
    clamped = min(head, slot.start)
    return bool(abs(clamped - slot.head) <= 0.51 and abs(tail - slot.tail) <= 0.51)


def _type(effect: Any, block: dict[str, Any]) -> str:
    if block or effect is None:
        return DISSOLVE
    effect_id, name = (effect.findtext(tag) or "" for tag in ("effectid", "name"))
    return type_of(effect_id.strip(), name) if effect_id.strip() or name else DISSOLVE
