"""Write OTIO's timelines as FCPXML 1.8 to 1.13."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio
from lxml import etree

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.rate import rate_of
from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.carrier import note_with, xml_text
from otio_idolsync.interchange.fcpxml.kept import element_of, in_order, parted
from otio_idolsync.interchange.fcpxml.shelves import Shelves, options_of, project_of
from otio_idolsync.interchange.fcpxml.songs import song_place
from otio_idolsync.interchange.fcpxml.times import Grid
from otio_idolsync.interchange.fcpxml.write_items import ItemWriter
from otio_idolsync.interchange.fcpxml.write_resources import Library
from otio_idolsync.interchange.fcpxml.write_sequence import SequenceWriter
from otio_idolsync.interchange.pause import collector_held
from otio_idolsync.interchange.song_marks import MarkersOn, is_on_song, song_url
from otio_idolsync.interchange.xmeml.forms import kind_of
from otio_idolsync.timebase import can_drop_frames

DEFAULT_VERSION = "1.10"
VERSIONS = tuple(f"1.{minor}" for minor in range(8, 14))
_SIZE = (1920, 1080)
_DEFAULT_RATE = Fraction(24)
_GIVE = "give a timeline"
_RATES = ("32k", "44.1k", "48k", "88.2k", "96k", "176.4k", "192k")
_LAYOUTS = ("mono", "stereo", "surround")


@collector_held()
def write_fcpxml(
    timeline: Any, version: str = DEFAULT_VERSION, markers_on: MarkersOn = "song"
) -> tuple[str, tuple[str, ...]]:
    """Return a timeline as FCPXML, and a sentence for each thing that it cannot carry.

    Args:
        timeline: An OTIO ``Timeline``, or a ``SerializableCollection`` of timelines or clips.
        version: ``1.8`` to ``1.13``.
        markers_on: What the timeline's markers ride on: ``song``, its clips (where none lies, the
            picture), or ``picture``, the clips of the storyline.

    Raises:
        InterchangeError: Another version, or nothing that FCPXML can hold.
        UsageError: A rate that no timeline has, or another carrier of markers.
    """
    if version not in VERSIONS:
        raise InterchangeError(
            f"FCPXML version {version!r} is not written; choose {VERSIONS[0]} to {VERSIONS[-1]}"
        )
    try:
        return _Writer(version, is_on_song(markers_on)).write(_light(timeline))
    except (otio.exceptions.OTIOError, ValueError, OverflowError) as error:
        name = getattr(timeline, "name", "")
        sentence = f"timeline {name!r} cannot be written as FCPXML: {error}".splitlines()[0]
        raise InterchangeError(f"{sentence}; give every clip a range of whole numbers") from error


class _Writer:
    """One document while it is written."""

    def __init__(self, version: str, on_song: bool) -> None:
        self.version = version
        self.on_song = on_song
        self.losses: list[str] = []
        self.unshown: Counter[str] = Counter()
        self.library = Library(int(version.split(".")[1]), self.losses)

    def write(self, root: Any) -> tuple[str, tuple[str, ...]]:
        objects = list(_objects_in(root))
        shelves = Shelves(root.name or "idolsync")
        around = parted(root.metadata)[1]
        beside = any(isinstance(each, light.Timeline) for each in objects)
        for each in objects:
            if isinstance(each, light.Timeline):
                kept = parted(each.metadata)[1]
                self.library.open_store(kept)
                shelves.event(kept).append(self._project(each))
            else:
                self.library.open_store(around)
                self._loose_clip(each, shelves.event({}), beside)
        for owner in {id(o): o for o in (root, *objects)}.values():
            self._kept_clips(owner, shelves)
        document = etree.Element("fcpxml", {"version": self.version})
        library = shelves.library(around, self.library.adapter)
        options = options_of(around)
        document.extend(e for e in (options, self.library.finish(), library) if e is not None)
        for what, times in sorted(self.unshown.items()):
            self.losses.append(what if times == 1 else f"{what} ({times} times)")
        etree.indent(document, "  ")
        text = etree.tostring(
            document, encoding="unicode", doctype="<!DOCTYPE fcpxml>", pretty_print=True
        )
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return head + text, tuple(dict.fromkeys(self.losses))

    def _items(self, grid: Grid, block: Any) -> ItemWriter:
        return ItemWriter(
            grid,
            self.library,
            self.losses,
            block,
            lambda stack: self._compound(stack, block),
            self.unshown,
        )

    def _project(self, timeline: Any) -> Any:
        metadata, kept = parted(timeline.metadata)
        block = metadata.get(KEY)
        settings = _mapping(_mapping(block).get("settings"))
        grid = Grid.at(_rate_of(timeline, settings))
        start = timeline.global_start_time
        begin = grid.frames(start) if start is not None else 0
        if begin < 0:
            raise InterchangeError(
                f"timeline {timeline.name!r} starts at frame {begin}; FCPXML has no time before 0"
            )
        project = project_of(timeline.name, kept)
        private: dict[str, Any] = {}
        if xml_text(timeline.name) != timeline.name:
            private["name"] = timeline.name
        if metadata:
            private["metadata"] = metadata
        if start is not None and grid.exact(start) != begin:
            private["start"] = light.time_form(start)
        stack = _stack_block(timeline.tracks)
        if stack:
            private["stack"] = stack
        song = song_place(timeline, grid)
        if song:
            private["song"] = list(song)
        attributes = _clock_attributes(grid, start, begin, settings, kept)
        format_id = self.library.format(grid.rate, _size_of(settings, kept))
        words = str(kept.get("note", ""))
        items = self._items(grid, _mapping(block))
        markers: list[tuple[int | None, Any]] = [(None, m) for m in timeline.tracks.markers]
        markers += _markers_of(timeline.tracks)
        tracks = list(timeline.tracks)
        self._tell_ranges(tracks)
        carried_by = song_url(track.form for track in tracks) if self.on_song else ""
        sequence = self._sequence(tracks, markers, items, begin, private, words, carried_by)
        rest = element_of(kept["metadata"]) if "metadata" in kept else None
        if rest is not None and rest.tag == "metadata":
            sequence.append(rest)
        for name, value in {"format": format_id, **attributes}.items():
            sequence.set(name, value)
        project.append(sequence)
        return project

    def _sequence(
        self,
        children: list[Any],
        markers: list[tuple[int | None, Any]],
        items: ItemWriter,
        begin: int,
        private: dict[str, Any],
        words: str,
        song: str = "",
    ) -> Any:
        """Write a stack's tracks, with what FCPXML cannot say of them in the sequence's note."""
        tracks = [_as_track(child) for child in children]
        spine = etree.Element("spine")
        writer = SequenceWriter(items, spine, begin, song=song)
        private["tracks"] = writer.write(tracks, markers)
        for child, block in zip(children, private["tracks"], strict=True):
            if not isinstance(child, light.Track):
                block["wrapped"] = True
        sequence = etree.Element("sequence")
        etree.SubElement(sequence, "note").text = note_with(words, private)
        sequence.append(spine)
        sequence.set("duration", items.grid.text(writer.ends))
        return sequence

    def _compound(self, nested: Any, block: Any) -> str:
        """Write a nested stack or track as a compound clip, and return its resource's id."""
        grid = Grid.at(_commonest_rate(nested))
        # A nested item's own markers and metadata stand on the clip that shows it.
        alone = isinstance(nested, light.Track)
        own = [nested] if alone else list(nested)
        markers = [] if alone else _markers_of(own)
        self._tell_ranges([] if alone else own)
        sequence = self._sequence(own, markers, self._items(grid, block), 0, {}, "")
        sequence.set("format", self.library.format(grid.rate, _SIZE))
        sequence.set("tcStart", "0s")
        sequence.set("tcFormat", "NDF")
        return self.library.media(nested.name, sequence)

    def _tell_ranges(self, tracks: list[Any]) -> None:
        for track in tracks:
            if isinstance(track, light.Track) and track.source_range is not None:
                self.losses.append(
                    f"track {track.name!r} is cut to a range; Final Cut shows the whole track"
                )

    def _loose_clip(self, item: Any, event: Any, beside: bool) -> None:
        """Write a clip that no timeline shows into the event, perhaps beside timelines."""
        if not isinstance(item, light.Clip | light.Composition):
            self.losses.append(f"a {kind_of(item.form)} {item.name!r} has no place in FCPXML")
            return
        if beside:
            self.losses.append(
                f"clip {item.name!r} lies beside timelines: reading finds the timelines, and keeps "
                "it in their metadata only"
            )
        span = item.source_range if item.source_range is not None else item.trimmed_range()
        grid = Grid.at(_commonest_rate(item))
        items = self._items(grid, None)
        holder = etree.Element("holder")
        frames = grid.frames(span.duration)
        carrier = items.item(item, holder, "0s", 0, frames, 0, audio=False)
        in_order(carrier.element)
        for child in list(holder):
            child.attrib.pop("offset", None)
            if child.tag in ("video", "audio", "title", "caption", "gap"):
                wrapped = etree.SubElement(event, "clip", dict(_wrapping(child)))
                child.set("offset", child.get("start", "0s"))
                wrapped.append(child)
            else:
                event.append(child)

    def _kept_clips(self, owner: Any, shelves: Shelves) -> None:
        """Write back the clips and collections of an event that no timeline shows."""
        kept = parted(owner.metadata)[1]
        self.library.open_store(kept)
        for text in kept.get("clips", ()):
            element = element_of(text)
            if element is not None and self.library.adapter.fit(element):
                shelves.event(kept).append(element)


def _markers_of(tracks: Any) -> list[tuple[int | None, Any]]:
    return [
        (index, marker)
        for index, track in enumerate(tracks)
        if isinstance(track, light.Track)
        for marker in track.markers
    ]


def _light(timeline: Any) -> Any:
    try:
        return light.light_of(timeline)
    except AttributeError as error:
        kind = type(timeline).__name__
        raise InterchangeError(f"a {kind} cannot be written as FCPXML; {_GIVE}") from error


def _objects_in(root: Any) -> Any:
    if isinstance(root, light.SerializableCollection):
        for child in root:
            yield from _objects_in(child)
    elif isinstance(root, light.Timeline | light.Item | light.Transition):
        yield root
    else:
        raise InterchangeError(f"a {kind_of(root.form)} cannot be written as FCPXML; {_GIVE}")


def _mapping(value: Any) -> Any:
    return value if hasattr(value, "get") else {}


def _rate_of(timeline: Any, settings: Any) -> Fraction:
    """Return a timeline's rate, 24 where nothing in it tells one."""
    start = timeline.global_start_time
    kinds = ("Video", "Audio")
    tracks = sorted(
        (child for child in timeline.tracks if getattr(child, "kind", None) in kinds),
        key=lambda track: kinds.index(track.kind),
    )
    rates = (
        (item.trimmed_range().duration.rate for item in track if isinstance(item, light.Item))
        for track in tracks or [timeline.tracks]
    )
    try:
        return rate_of(settings, start.rate if start is not None else None, rates) or _DEFAULT_RATE
    except UsageError as error:
        raise InterchangeError(f"timeline {timeline.name!r}: {error}") from error


def _commonest_rate(item: Any) -> Fraction:
    """Return the commonest rate of an item's parts, 24 where nothing in it tells one."""
    return rate_of({}, None, [_rates_in(item)]) or _DEFAULT_RATE


def _rates_in(item: Any) -> Iterator[float]:
    """Yield the rates in which an item, or all that it holds, says how long it lasts."""
    if isinstance(item, light.Composition):
        for child in item:
            yield from _rates_in(child)
    elif isinstance(item, light.Item):
        yield item.trimmed_range().duration.rate


def _as_track(child: Any) -> Any:
    if isinstance(child, light.Track):
        return child
    return light.Track({"name": child.name, "kind": "Video", "children": [child.form]})


def _stack_block(stack: Any) -> dict[str, Any]:
    block: dict[str, Any] = {}
    if stack.name != "tracks":
        block["name"] = stack.name
    if len(stack.metadata):
        block["metadata"] = stack.metadata
    return block


def _size_of(settings: Any, kept: Any) -> tuple[int, int]:
    for size in (settings.get("size"), kept.get("size")):
        if size is not None and len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size):
            return int(size[0]), int(size[1])
    return _SIZE


def _clock_attributes(
    grid: Grid, start: Any, begin: int, settings: Any, kept: Any
) -> dict[str, str]:
    drop = can_drop_frames(grid.rate)
    if drop and "drop_frame" in settings:
        drop = bool(settings["drop_frame"])
    elif drop and "tcFormat" in kept:
        drop = kept["tcFormat"] == "DF"
    attributes = {"tcStart": grid.text(begin)} if start is not None else {}
    layout, rate = kept.get("audioLayout"), kept.get("audioRate")
    attributes |= {
        "tcFormat": "DF" if drop else "NDF",
        "audioLayout": layout if layout in _LAYOUTS else "stereo",
        "audioRate": rate if rate in _RATES else "48k",
    }
    for name in ("renderFormat", "keywords"):
        if name in kept:
            attributes[name] = str(kept[name])
    return attributes


def _wrapping(child: Any) -> dict[str, str]:
    names = ("name", "start", "duration")
    return {name: child.get(name) for name in names if name in child.attrib}
