"""Read track items: clips, generators and nested sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.song_marks import Rider
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import (
    block_of,
    exact_times,
    may_be_typed,
    object_of,
    put_metadata,
    texts,
)
from otio_idolsync.interchange.xmeml.document import Document, Scope, scope_of
from otio_idolsync.interchange.xmeml.read_effects import Effects, effects_in, put_effects
from otio_idolsync.interchange.xmeml.read_marks import marker_of
from otio_idolsync.interchange.xmeml.read_media import Media, media_of, reference_of
from otio_idolsync.interchange.xmeml.speed import Used
from otio_idolsync.interchange.xmeml.values import (
    TICKS,
    Count,
    Parts,
    flag,
    frames,
    nearest,
    number,
    rate_of,
    whole,
)
from otio_idolsync.interchange.xmeml.write_marks import RIDES
from otio_idolsync.timebase import exact_seconds

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange
_PARTS = tuple(
    (
        "name duration rate start end in out file marker enabled sequence filter "
        "pproTicksIn pproTicksOut stillframe"
    ).split()
)
_ALL_OURS = foreign.OURS.union(_PARTS)
_SLUGLESS = "generator"
Nest = Callable[[Scope, Any], Any]


@dataclass(slots=True)
class Slot:
    """Where an item lies in its track, in frames of the sequence.

    Attributes:
        start: Its first frame, or the cut under a transition.
        end: The frame after its last, likewise.
        head: Frames that the transition before it reaches ahead of ``start``, where ``in`` counts
            from that transition's beginning.
        tail: Frames that the transition behind it reaches beyond ``end``.
    """

    start: int
    end: int
    head: int = 0
    tail: int = 0


def item_of(scope: Scope, parts: Parts, slot: Slot, nest: Nest) -> Any:
    """Return the clip or nested stack of a ``<clipitem>`` or ``<generatoritem>``.

    Args:
        scope: The sequence.
        parts: The item's element.
        slot: Where it lies.
        nest: Reads a nested sequence as a stack.

    Raises:
        InterchangeError: Something in it cannot be understood.
    """
    block = block_of(parts)
    name = parts.findtext("name") or "" if "n" not in block else texts(block, "n") or ""
    effects = effects_in(parts.element) if "filter" in parts else Effects([])
    nested = _sequence(scope, parts)
    item: Any
    origin: Count = 0
    if nested is not None:
        source = _source(scope, parts, slot, None, effects)
        item = _nested(scope, nested, block, nest)
        item.name, url = name, ""
        _put_range(scope, item, slot, source, block)
    else:
        media = _media(scope, parts)
        origin = media.origin_at(scope.rate)
        source = _source(scope, parts, slot, media, effects)
        used = source + max(0, slot.end - slot.start)
        reference = reference_of(scope, media, used, block)
        item = otio.schema.Clip(name, reference)
        _put_range(scope, item, slot, origin + source, block)
        url = _put_media(item, parts, media, block)
    if not flag(parts, "enabled", True):
        item.enabled = False
    if effects.found or "e" in block:
        put_effects(item, effects.found, block)
    if "marker" in parts:
        _put_markers(scope, item, parts, slot, origin, source)
    _describe(item, parts, block, url, nested)
    return item


def _sequence(scope: Scope, parts: Parts) -> Any:
    """Return the sequence that an item nests; None where it is none, or one that is not there."""
    nested = scope.document.whole(parts.find("sequence"))
    if nested is None or len(nested):
        return nested
    scope.document.doubts.append(
        f"item {parts.findtext('name')!r} refers to sequence {nested.get('id')!r}, which is none "
        "of the file: what lies in it is not known"
    )
    return None


def _put_markers(
    scope: Scope, item: Any, parts: Parts, slot: Slot, origin: Count, source: Count
) -> None:
    """Put an item's markers on it; those of the sequence that ride on it go back to that."""
    for element in parts.element.iterchildren("marker"):
        marker, block = marker_of(scope, element, origin)
        number = block.get(RIDES)
        if scope.riders is None or type(number) is not int or number < 0:
            item.markers.append(marker)
            continue
        there = marker_of(scope, element, slot.start - nearest(source))[0]
        frame = nearest(exact_seconds(there.marked_range.start_time) * scope.rate)
        lost = not slot.start <= frame < slot.end
        rider = Rider(number, frame, marker if lost else there, item if lost else None)
        scope.riders.append(rider)


def bin_clip(document: Document, element: Any) -> otio.schema.Clip:
    """Return a ``<clip>`` that lies in no sequence.

    Raises:
        InterchangeError: Something in it cannot be understood.
    """
    parts = Parts(element)
    rate = rate_of(parts) or Fraction(24)
    scope = Scope(document, rate, float(rate))
    first, out = frames(parts, "in"), frames(parts, "out")
    name = None
    if "file" not in parts and (inner := element.find("media//clipitem")) is not None:
        name, parts = parts.findtext("name"), Parts(inner)
    clip = item_of(scope, parts, _whole_slot(scope, parts, first, out), _no_nest)
    clip.name = name or clip.name
    return clip


def _whole_slot(scope: Scope, parts: Parts, first: int | None, out: int | None) -> Slot:
    if first is None or out is None or first < 0 or out <= first:
        length = frames(parts, "duration")
        if length is None:
            length = nearest(_media(scope, parts).length_at(scope.rate) or 0)
        return Slot(0, max(0, length))
    return Slot(0, out - first)


def _no_nest(_scope: Scope, _element: Any) -> Any:
    return otio.schema.Stack()


def _media(scope: Scope, parts: Parts) -> Media:
    element = parts.element
    file = scope.document.whole(parts.find("file"))
    if file is None:
        name = element.findtext("effect/name") or ""
        kind = (element.findtext("effect/effectid") or "").strip() or _SLUGLESS
        source = kind if element.tag == "generatoritem" else ""
        return Media(name, "", source, 0, False, scope.rate, None, False, element)
    return media_of(scope, file, "stillframe" in parts and flag(parts, "stillframe", False))


def _source(scope: Scope, parts: Parts, slot: Slot, media: Media | None, effects: Effects) -> Count:
    """Return the source frame at the slot's start, from the media's first, at the scope's rate."""
    first, out = number(parts, "in"), number(parts, "out")
    if first is None and effects.timing is None and out is not None and out > 0:
        shown = slot.end - slot.start + slot.head + slot.tail
        first = max(0, nearest(out - shown * (rate_of(parts) or scope.rate) / scope.rate))
    if first is None or (first == -1 and out in (None, -1)):
        first, out = 0, None
    rate = _counted_at(scope, parts, first, out, slot)
    into = first if rate is scope.rate else whole(first * scope.rate / rate)
    if effects.timing is None:
        return _to_the_tick(scope, parts, into) + slot.head
    used = Used(
        Fraction(into),
        max(0, slot.end - slot.start),
        slot.head,
        slot.tail,
        number(parts, "duration"),
        media.length_at(scope.rate) if media else _nested_length(scope, parts),
        _ticks(scope, parts),
    )
    effects.use(used)
    return whole(effects.timing.earliest(used).limit_denominator(1_000_000))


def _nested_length(scope: Scope, parts: Parts) -> Count | None:
    sequence = scope.document.whole(parts.find("sequence"))
    length = number(sequence, "duration")
    rate = rate_of(sequence) or scope.rate
    return length if length is None or rate == scope.rate else length / rate * scope.rate


def _counted_at(
    scope: Scope, parts: Parts, first: Count, out: Count | None, slot: Slot
) -> Fraction:
    """Return the rate that ``in`` and ``out`` count in: the item's, unless only the other fits.

    OpenShot writes the same rate on all items, and counts in the sequence's frames.
    """
    own = None if scope.alone else rate_of(parts)
    if own is None or own is scope.rate or own == scope.rate:
        return scope.rate
    if out is None:
        return own
    shown = slot.end - slot.start + slot.head + slot.tail
    span = Fraction(out - first)
    misfits = abs(span * scope.rate / own - shown) > 1
    return scope.rate if misfits and abs(span - shown) <= 1 else own


def _to_the_tick(scope: Scope, parts: Parts, into: Count) -> Count:
    """Return a source frame with the fraction that Premiere's ticks give it, if they still fit."""
    exact = _ticks(scope, parts)
    if exact is None or exact == into or into.denominator != 1:
        return into
    return exact if Fraction(1, 100) < abs(Fraction(exact - into)) <= Fraction(1, 2) else into


def _ticks(scope: Scope, parts: Parts) -> Count | None:
    """Return the source frame that Premiere's ticks name."""
    text = parts.findtext("pproTicksIn")
    if not text or not text.isdecimal() or len(text) > 24:
        return None
    count, rest = divmod(int(text) * scope.rate.numerator, TICKS * scope.rate.denominator)
    return count if not rest else int(text) * scope.rate / TICKS


def _nested(scope: Scope, sequence: Any, block: dict[str, Any], nest: Nest) -> Any:
    with scope.document.inside(sequence):
        inner = scope_of(scope.document, sequence, scope)
        stack = nest(inner, sequence)
        return stack.pop(0) if "track" in block and len(stack) == 1 else stack


def _put_range(scope: Scope, item: Any, slot: Slot, start: Count, block: dict[str, Any]) -> None:
    length = slot.end - slot.start
    if length < 0:
        raise InterchangeError(f"item {item.name!r} ends before it starts")
    if "s" in block and block["s"] is None and not isinstance(item, otio.schema.Clip):
        return
    exact = exact_times(block)
    if exact is not None:
        begin = exact_seconds(exact.start_time) * scope.rate
        lasts = exact_seconds(exact.duration) * scope.rate
        if abs(begin - start) <= Fraction(1, 2) and abs(lasts - length) < 1:
            item.source_range = exact
            return
    rate = scope.otio_rate
    item.source_range = _TR(_RT(float(start), rate), _RT(float(length), rate))


def _put_media(clip: Any, parts: Parts, media: Media, block: dict[str, Any]) -> str:
    """Add what there is besides a clip's active media, and return the URL of those."""
    reference = clip.media_reference
    if media.element is parts.element:
        effect = parts.find("effect")
        if effect is not None and not block:
            reference.metadata[foreign.KEY] = foreign.kept(effect, ("name", "effectid"))
    others, key = block.get("others"), texts(block, "k")
    if isinstance(others, dict) or key:
        active = key or clip.active_media_reference_key
        all_of_them = {active: reference}
        for other, form in (others if isinstance(others, dict) else {}).items():
            all_of_them[other] = object_of(form, otio.core.MediaReference)
        clip.set_media_references(all_of_them, active)
    return getattr(reference, "target_url", "") or getattr(reference, "target_url_base", "") or ""


def _describe(item: Any, parts: Parts, block: dict[str, Any], url: str, nested: Any) -> None:
    generated = ("effect",) if parts.element.tag == "generatoritem" else ()
    if "schema" in block:
        put_metadata(item, block.get("m"), may_be_typed(block))
        color = block.get("c")
        if color and hasattr(item, "color"):
            item.color = object_of(color) if isinstance(color, dict) else color
        if parts.tags() - _ALL_OURS or parts.element.keys() != ["id"]:
            _put_news(item, parts.element, block, generated)
        return
    kept = foreign.kept(parts.element, (*_PARTS, *generated, "metadata"))
    if nested is not None:
        inner = foreign.kept(nested, ("media", "marker", "rate", "duration", "timecode", "@id"))
        if inner.get("name") == item.name:
            del inner["name"]
        kept |= {"sequence": inner} if inner else {}
    if kept or len(item.effects):
        start = item.source_range.start_time.to_seconds()
        length = item.source_range.duration.to_seconds()
        kept[foreign.AS_READ] = foreign.signature(url, start, length)
        item.metadata[foreign.KEY] = kept


def _put_news(item: Any, element: Any, block: dict[str, Any], but: tuple[str, ...]) -> None:
    """Add what an editor put beside our block since, and what it changed."""
    ours = foreign.dictionary(foreign.dictionary(block.get("m")).get(foreign.KEY))
    if news := foreign.merged(ours, foreign.kept(element, (*_ALL_OURS, *but))):
        item.metadata[foreign.KEY] = news
