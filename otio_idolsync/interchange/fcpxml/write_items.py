"""Write one item of a track as the FCPXML element that carries it best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lxml import etree

from otio_idolsync.cut.blocks import KEY as OWN
from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.carrier import note_with, xml_text
from otio_idolsync.interchange.fcpxml.kept import KEY, STORY, element_of, parted
from otio_idolsync.interchange.fcpxml.marks import add_marker
from otio_idolsync.interchange.fcpxml.private import item_block
from otio_idolsync.interchange.fcpxml.resources import PLACEHOLDER
from otio_idolsync.interchange.fcpxml.speed import add_time_map, speed_in, timing_of
from otio_idolsync.interchange.fcpxml.standing import is_timeless, ranges_of, stands
from otio_idolsync.interchange.fcpxml.times import Grid, seconds_of, time_text
from otio_idolsync.interchange.fcpxml.write_resources import Library, is_sound, is_still
from otio_idolsync.interchange.identity import ShotTag, tag_of
from otio_idolsync.timebase import exact_seconds, frame_showing

_CONFORMED = {
    "23.98", "24", "25", "29.97", "30", "60", "47.95", "48", "50", "59.94",
}  # fmt: skip
_GENERATORS = frozenset(("title", "caption", "live-drawing"))
_HOUR = 3600
_ATTRIBUTES = ("ref", "lane", "offset", "name", "start", "duration")


@dataclass(slots=True, eq=False)
class Carrier:
    """An element on the timeline, on which markers and connected clips can ride.

    Attributes:
        element: The clip or gap.
        at: Its first frame on the timeline.
        frames: How long it is.
        start: Its local time there, in seconds; meaningless beside ``start_frame``.
        local: Local seconds in one second of the timeline.
        start_frame: The start in frames, where local time counts as the timeline does.
    """

    element: Any
    at: int
    frames: int
    start: Fraction = Fraction(0)
    local: Fraction = Fraction(1)
    start_frame: int | None = None

    def local_at(self, frame: int, grid: Grid) -> tuple[Fraction, str]:
        """Return the local time at a frame of the timeline: in seconds, and as FCPXML's text."""
        if self.start_frame is not None:
            count = self.start_frame + frame - self.at
            return Fraction(count) / grid.rate, grid.text(count)
        time = self.start + Fraction(frame - self.at) / grid.rate * self.local
        return time, time_text(time)


WriteStack = Callable[[Any], str]


@dataclass(slots=True)
class ItemWriter:
    """Writes items of one sequence.

    Attributes:
        grid: The sequence's frames.
        library: The document's resources.
        losses: Where losses are told.
        timeline: The timeline's own metadata block, for the shots' tags.
        nested: Writes a nested item as a compound clip's resource, and returns its id.
        unshown: How often an effect could only be carried, by name.
    """

    grid: Grid
    library: Library
    losses: list[str]
    timeline: Any
    nested: WriteStack
    unshown: Counter[str] = field(default_factory=Counter)

    def gap(self, parent: Any, offset: str, at: int, frames: int, name: str = "Gap") -> Carrier:
        """Write a gap; its local time starts at an hour, as Final Cut's do."""
        grid = self.grid
        start = grid.nearest(Fraction(_HOUR))
        where = {"name": name, "offset": offset, "start": grid.text(start)}
        element = etree.SubElement(parent, "gap", where | {"duration": grid.text(frames)})
        return Carrier(element, at, frames, start_frame=start)

    def item(
        self, item: Any, parent: Any, offset: str, at: int, frames: int, lane: int, audio: bool
    ) -> Carrier:
        """Write a clip, gap or nested item; its markers with it.

        Args:
            item: OTIO's item.
            parent: A spine, or the clip that it is connected to.
            offset: Where it lies in its parent's local time, as FCPXML has it.
            at: Its first frame on the timeline.
            frames: How long it is.
            lane: 0 in a storyline.
            audio: Whether its track is one of sound.
        """
        if isinstance(item, light.Gap):
            carrier = self._gap_item(item, parent, offset, at, frames)
        else:
            carrier = self._clip_item(item, parent, offset, at, frames, lane, audio)
        if not item.enabled:
            carrier.element.set("enabled", "0")
        self._add_markers(item, carrier)
        return carrier

    def _gap_item(self, item: Any, parent: Any, offset: str, at: int, frames: int) -> Carrier:
        own, kept = parted(item.metadata)
        block = item_block(item, xml_text(item.name), own, self.unshown)
        if item.name == "Gap":
            block["name"] = "Gap"
        first = self.grid.frames(item.source_range.start_time) if item.source_range else 0
        if first:
            block["first"] = first
        carrier = self.gap(parent, offset, at, frames)
        if item.name:
            carrier.element.set("name", xml_text(item.name))
        self._add_note(carrier.element, str(kept.get("note", "")), None, block)
        rest = element_of(kept["xml"]) if "xml" in kept else None
        if rest is not None and self.library.adapter.fit(rest):
            carrier.element.extend(child for child in rest if child.tag not in STORY)
        return carrier

    def _clip_item(
        self, item: Any, parent: Any, offset: str, at: int, frames: int, lane: int, audio: bool
    ) -> Carrier:
        start = self._source_start(item)
        own, kept = parted(item.metadata)
        element, verbatim = self._restored(item, kept)
        uses: dict[str, str] = {}
        if element is None:
            element, uses = self._new(item, audio)
        elif element.tag in ("asset-clip", "audio", "video", "ref-clip"):
            self._relink(item, element, audio)
        name = xml_text(item.name)
        if lane:
            element.set("lane", str(lane))
        element.set("offset", offset)
        element.set("name", name)
        carrier = self._timed(item, element, at, frames, start, verbatim)
        element.set("duration", self.grid.text(frames))
        element.attrib.update(uses)
        if kept:
            _sort_attributes(element)
        self._add_uses(item, element, frames, start)
        block = item_block(item, name, own, self.unshown)
        if block.pop("generator", False) and element.tag in _GENERATORS:
            block.pop("ref", None)
        tag = tag_of(_mapping(own.get(OWN)), self.timeline)
        self._add_note(element, str(kept.get("note", "")), tag, block)
        if tag is not None:
            self._add_tag(carrier, tag, at, frames)
        self._place(kept, element, parent)
        return carrier

    def _source_start(self, item: Any) -> Fraction | int:
        """Return where an item begins in its medium, in frames of the timeline."""
        span = item.source_range if item.source_range is not None else item.trimmed_range()
        start = self.grid.exact(span.start_time)
        if start.denominator == 1:
            return start
        start = Fraction(start).limit_denominator(1_000_000)
        reference = getattr(item, "media_reference", None)
        available = reference.available_range if reference is not None else None
        if available is not None and not is_sound(reference):
            rate = exact_seconds(light.Time(1, available.duration.rate))
            if (start / self.grid.rate / rate).denominator == 1:
                return start
        self.unshown["a start between two frames is moved to the nearest frame"] += 1
        return self.grid.nearest(start / self.grid.rate)

    def _timed(
        self, item: Any, element: Any, at: int, frames: int, start: Fraction | int, verbatim: bool
    ) -> Carrier:
        """Set a clip's start and speed, and return it with its local time."""
        grid = self.grid
        if verbatim:
            begin = seconds_of(element.get("start", "0s"))
            timing = timing_of(element, begin, Fraction(frames) / grid.rate, grid)
            return Carrier(element, at, frames, begin, timing.local)
        speed = speed_in(item.effects)
        for old in element.findall("timeMap"):
            element.remove(old)
        if speed is None or speed == 1:
            if start.denominator == 1:
                element.set("start", grid.text(int(start)))
                return Carrier(element, at, frames, start_frame=int(start))
            element.set("start", time_text(start / grid.rate))
            return Carrier(element, at, frames, start / grid.rate)
        media = self._media_span(item)
        begin = add_time_map(element, grid, start / grid.rate, frames, speed, media)
        begin_frame = frame_showing(begin * grid.rate)
        element.set("start", grid.text(begin_frame))
        return Carrier(element, at, frames, start_frame=begin_frame)

    def _media_span(self, item: Any) -> tuple[Fraction, Fraction] | None:
        reference = getattr(item, "media_reference", None)
        available = reference.available_range if reference is not None else None
        if available is None:
            return None
        first = exact_seconds(available.start_time)
        return first, first + exact_seconds(available.duration)

    def _add_uses(self, item: Any, element: Any, frames: int, start: Fraction | int) -> None:
        if element.tag != "asset-clip":
            return
        reference = item.media_reference
        if reference is not None and reference.available_range is None:
            speed = abs(speed_in(item.effects) or Fraction(1))
            begin = max(start / self.grid.rate, Fraction(0))
            end = begin + Fraction(frames) / self.grid.rate * max(speed, Fraction(1))
            self.library.uses(element.get("ref"), min(begin, Fraction(0)), end)

    def _new(self, item: Any, audio: bool) -> tuple[Any, dict[str, str]]:
        """Return a new element for an item, with its reference, and how it uses what it shows."""
        if isinstance(item, light.Composition):
            made = etree.Element("ref-clip", {"ref": self.nested(item)})
            return made, {"srcEnable": "audio"} if audio else {}
        reference = item.media_reference
        known = (light.ExternalReference, light.ImageSequenceReference)
        if not isinstance(reference, known):
            if audio:
                ref = self.library.missing_sound(item.name)
                return etree.Element("asset-clip", {"ref": ref}), {"audioRole": "music"}
            ref = self.library.effect("Placeholder", PLACEHOLDER)
            return etree.Element("video", {"ref": ref}), {}
        ref, asset = self.library.asset(reference, self.grid, audio)
        if isinstance(reference, light.ExternalReference) and is_still(reference):
            return etree.Element("video", {"ref": ref}), {}
        made = etree.Element("asset-clip", {"ref": ref})
        uses = {"audioRole": "music"} if audio else {}
        if asset.get("hasVideo") == "1":
            uses = {
                "srcEnable": "audio" if audio else "video",
                **self._format_of(made, asset),
                **uses,
            }
        return made, uses

    def _format_of(self, element: Any, asset: Any) -> dict[str, str]:
        """Say how media of another rate plays: as it is, at its own speed."""
        own = asset.get("format")
        rate = self.library.rate_of(own)
        if rate is None or rate is self.grid.rate or rate == self.grid.rate:
            return {}
        shown = f"{float(rate):.2f}".removesuffix(".00")
        if shown in _CONFORMED:
            where = {"scaleEnabled": "0", "srcFrameRate": shown}
            etree.SubElement(element, "conform-rate", where)
        return {"format": own}

    def _relink(self, item: Any, element: Any, audio: bool) -> None:
        """Point a restored clip at its medium or content as it is now."""
        if element.tag == "ref-clip":
            element.set("ref", self.nested(item))
            return
        reference = item.media_reference
        known = (light.ExternalReference, light.ImageSequenceReference)
        if isinstance(reference, known):
            element.set("ref", self.library.asset(reference, self.grid, False)[0])

    def _restored(self, item: Any, kept: Any) -> tuple[Any, bool]:
        """Return an item's kept element, and whether its own times still hold; None without."""
        element = element_of(kept["xml"]) if "xml" in kept else None
        if element is None:
            self._tell_filters(item, None)
            return None, False
        if element.tag not in STORY or element.tag in ("spine", "audition"):
            return None, False
        if not stands(item, kept, element) or self._is_unlinked(item, element):
            self._tell_filters(item, element)
            return None, False
        same = kept.get("ranges") == ranges_of(item)
        return element, same and not is_timeless(element)

    def _is_unlinked(self, item: Any, element: Any) -> bool:
        """Fit a kept element into the document; True where it has nothing to stand on any more."""
        reference = getattr(item, "media_reference", None)
        known = (light.ExternalReference, light.ImageSequenceReference)
        own_media = element.tag in ("asset-clip", "video", "audio") and isinstance(reference, known)
        if own_media or element.tag == "ref-clip":
            element.attrib.pop("ref", None)
        elif isinstance(item, light.Clip) and element.tag in ("asset-clip", "audio"):
            return True
        return not self.library.adapter.fit(element)

    def _tell_filters(self, item: Any, element: Any) -> None:
        names = [e.name or e.effect_name for e in item.effects if KEY in e.metadata]
        if element is not None:
            skip = STORY | {"timeMap", "note", "conform-rate"}
            names += sorted({c.tag for c in element if c.tag not in skip} - {"filter-video"})
        if names or element is not None:
            what = ", ".join(dict.fromkeys(names)) or f"the {element.tag} it was"
            self.losses.append(
                f"clip {item.name!r} was changed since it was read: lost with that: {what}"
            )

    def _add_note(
        self, element: Any, words: str, tag: ShotTag | None, block: dict[str, Any]
    ) -> None:
        shown = words if tag is None else f"{words} {tag}".strip()
        text = note_with(shown, block)
        old = element.find("note")
        if old is not None:
            element.remove(old)
        if text and element.tag not in ("caption",):
            etree.SubElement(element, "note").text = text

    def _add_tag(self, carrier: Carrier, tag: ShotTag, at: int, frames: int) -> None:
        """Write a shot's tag as a keyword and as a marker, beside its note."""
        if carrier.element.tag == "caption":
            return
        start = carrier.local_at(at, self.grid)[1]
        one = self.grid.text(1)
        where = {"start": start, "duration": self.grid.text(max(frames, 1)), "value": str(tag)}
        etree.SubElement(carrier.element, "keyword", where)
        note = note_with("", {"tag": 1})
        where = {"start": start, "duration": one, "value": str(tag), "note": note}
        etree.SubElement(carrier.element, "marker", where)

    def _add_markers(self, item: Any, carrier: Carrier) -> None:
        if not len(item.markers) or carrier.element.tag == "caption":
            for marker in item.markers:
                self.losses.append(f"marker {marker.name!r} on caption {item.name!r} is lost")
            return
        grid = self.grid
        span = item.source_range if item.source_range is not None else item.trimmed_range()
        first = grid.frames(span.start_time)
        for marker in item.markers:
            frame = carrier.at + grid.frames(marker.marked_range.start_time) - first
            local, text = carrier.local_at(frame, grid)
            add_marker(carrier.element, marker, grid, local, text, {})

    def _place(self, kept: Any, element: Any, parent: Any) -> None:
        """Put a clip into its parent, within its audition where it was picked from one."""
        others = kept.get("audition")
        allowed = ("audio", "video", "title", "ref-clip", "asset-clip", "clip", "sync-clip")
        if not others or element.tag not in allowed:
            parent.append(element)
            return
        audition = etree.SubElement(parent, "audition")
        for name in ("lane", "offset"):
            if name in element.attrib:
                audition.set(name, element.attrib.pop(name))
        audition.append(element)
        for text in others:
            other = element_of(text)
            if other is not None and other.tag in allowed and self.library.adapter.fit(other):
                audition.append(other)


def _sort_attributes(element: Any) -> None:
    """Put a clip's attributes in the order in which Final Cut writes them."""
    attributes = dict(element.attrib)
    order = [name for name in _ATTRIBUTES if name in attributes]
    if list(attributes)[: len(order)] != order:
        element.attrib.clear()
        for name in (*order, *(n for n in attributes if n not in order)):
            element.set(name, attributes[name])


def _mapping(value: Any) -> Any:
    return value if isinstance(value, Mapping) else None
