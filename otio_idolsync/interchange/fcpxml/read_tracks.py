"""Lay out a spine, its storylines and connected clips as tracks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.dissolves import DISSOLVE, OTHER, is_plain_dissolve
from otio_idolsync.interchange.fcpxml.arrange import arranged, place_marker
from otio_idolsync.interchange.fcpxml.carrier import metadata_of, split_note
from otio_idolsync.interchange.fcpxml.kept import (
    KEY,
    MARKERS,
    OWN_MD,
    PAD,
    STORY,
    is_anchored,
    stripped,
    text_of,
)
from otio_idolsync.interchange.fcpxml.marks import Lifted, read_marker, without_doubles
from otio_idolsync.interchange.fcpxml.media import duration_of, story_in
from otio_idolsync.interchange.fcpxml.read_items import Made, read_item
from otio_idolsync.interchange.fcpxml.resources import references_in
from otio_idolsync.interchange.fcpxml.scope import Scope
from otio_idolsync.interchange.fcpxml.times import Grid, length_of, seconds_of
from otio_idolsync.timebase import frame_showing

_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
MAX_OVERLAPS = 500


@dataclass(slots=True, eq=False)
class Block:
    """Items that stay together on one track: a storyline, or one connected clip.

    Attributes:
        start: Its first frame on the timeline.
        end: The frame after its last.
        lane: Above the spine or below.
        items: OTIO's items and transitions, without a hole.
        kinds: The kinds of its clips.
        name: The storyline's.
        fade: The first frame of its latest transition.
    """

    start: int
    end: int
    lane: int
    items: list[Any]
    kinds: set[str]
    name: str = ""
    fade: int = 0

    @property
    def kind(self) -> str:
        """The kind of track that can hold it."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else "Video"


@dataclass(slots=True)
class Layout:
    """All tracks of one sequence while it is read."""

    scope: Scope
    blocks: list[Block] = field(default_factory=list)

    def add_spine(
        self,
        children: Iterable[Any],
        begin: int,
        origin: Fraction,
        lane: int,
        end: int | None = None,
    ) -> Block:
        """Add a spine or storyline, and what is connected to it.

        Args:
            children: Its clips, gaps and transitions.
            begin: The timeline's frame at which it begins.
            origin: The time that its offsets have there, in seconds.
            lane: 0 for the spine.
            end: The frame after its last, where that is told.
        """
        grid = self.scope.grid
        block = Block(begin, begin, lane, [], set())
        self.blocks.append(block)
        first = origin * grid.rate
        first_frame = int(first) if first.denominator == 1 else None
        line = list(_opened(children))
        given = [self._place(child, begin, origin, first_frame) for child in line]
        following = end
        until: list[int | None] = []
        for child, place in zip(reversed(line), reversed(given), strict=True):
            until.append(following)
            following = following if child.tag == "transition" else place
        for child, place, limit in zip(line, given, reversed(until), strict=True):
            if child.tag == "transition":
                self._add_transition(child, block, begin, origin)
                continue
            at = block.end if place is None else max(block.end, place)
            if at > block.end:
                self._leave_hole(block, at)
            self._add_clip(child, block, at, begin, origin, limit)
        return block

    def _place(
        self, child: Any, begin: int, origin: Fraction, first_frame: int | None
    ) -> int | None:
        """Return the timeline's frame at which a storyline's clip says that it begins."""
        offset = child.get("offset")
        if offset is None or child.tag == "transition":
            return None
        return begin + self._since(offset, origin, first_frame)

    def _leave_hole(self, block: Block, to: int) -> None:
        """Add a gap; under the transition that a clip fades in with, as Resolve writes it."""
        grid, last = self.scope.grid, block.items[-1] if block.items else None
        place = len(block.items)
        if isinstance(last, otio.schema.Transition) and not last.in_offset.value:
            head, frames = to - block.fade, int(last.out_offset.value)
            if 0 < head <= frames and block.fade >= block.end:
                last.in_offset, last.out_offset = grid.time(head), grid.time(frames - head)
                if KEY in last.metadata:
                    last.metadata[KEY]["ranges"] = [head, frames - head]
                place -= 1
        hole = grid.span(0, to - block.end)
        block.items.insert(place, otio.schema.Gap(source_range=hole))

    def _since(self, offset: str, origin: Fraction, first_frame: int | None) -> int:
        """Return the frames from a storyline's beginning to an offset in it."""
        grid = self.scope.grid
        if offset.lstrip().startswith("-"):
            raise InterchangeError(f"offset {offset[:40]!r} of a storyline's clip is negative")
        frames = grid.count(offset)
        if frames is not None and first_frame is not None:
            return frames - first_frame
        return grid.nearest(seconds_of(offset) - origin)

    def _add_clip(
        self, child: Any, block: Block, at: int, begin: int, origin: Fraction, until: int | None
    ) -> None:
        """Add a clip; where the next begins before it ends, and nothing overlaps, it ends there."""
        frames = self._frames(child, at, begin, origin)
        if until is not None and at < until < at + frames - 1:
            if "duration" in child.attrib:
                self.scope.document.doubts.append(
                    f"clip {child.get('name', '')!r} lasts {frames} frames, and the next in its "
                    f"storyline begins {until - at} frames after it: it is taken to end there"
                )
            frames = until - at
        made = read_item(child, self.scope, at, frames, self.nested)
        block.end = at + frames
        if child.tag == "caption":
            # No storyline may hold one: it hangs over a gap, as it is written.
            block.items.append(otio.schema.Gap(source_range=self.scope.grid.span(0, frames)))
            over = Block(at, block.end, block.lane + 1, [made.item], {made.kind})
            self.blocks.append(over)
            self._add_connected(made, at, over.lane)
            return
        if not (child.get("name") == PAD and child.tag == "gap" and not made.item.markers):
            block.items.append(made.item)
        if not isinstance(made.item, otio.schema.Gap):
            block.kinds.add(made.kind)
        self._add_connected(made, at, block.lane)

    def _frames(self, child: Any, at: int, begin: int, origin: Fraction) -> int:
        """Return a clip's frames; its end is where it truly ends, not a sum of rounded lengths."""
        grid = self.scope.grid
        known = grid.count(child.get("duration", ""))
        if known is not None:
            return known
        length = self._length(child)
        frames = grid.nearest(length)
        if "offset" in child.attrib:
            end = begin + grid.nearest(seconds_of(child.get("offset")) - origin + length)
            frames = end - at if abs(end - at - frames) <= 1 else frames
        return max(frames, 0)

    def _length(self, element: Any) -> Fraction:
        if element.tag == "audition":
            element = next((c for c in element if c.tag in STORY), element)
        return duration_of(element, self.scope)

    def _add_connected(self, made: Made, at: int, lane: int) -> None:
        grid = self.scope.grid
        for child in made.element:
            if not is_anchored(child):
                continue
            with self.scope.document.within():
                place = max(0, at + made.timing.frames_to(child.get("offset", "0s"), grid))
                own = lane + _lane_of(child)
                if child.tag == "spine":
                    line = self.add_spine(child, place, Fraction(0), own)
                    line.name = child.get("name", "")
                    continue
                block = Block(place, place, own, [], set())
                self.blocks.append(block)
                frames = grid.nearest(self._length(child))
                item = read_item(child, self.scope, place, frames, self.nested)
                block.items.append(item.item)
                block.end = place + frames
                block.kinds.add(item.kind)
                self._add_connected(item, place, own)

    def _add_transition(self, element: Any, block: Block, begin: int, origin: Fraction) -> None:
        grid = self.scope.grid
        length = length_of(element) or Fraction(0)
        frames = grid.nearest(length)
        start = block.end - frame_showing(Fraction(frames, 2))
        if "offset" in element.attrib:
            at = seconds_of(element.get("offset")) - origin
            start = begin + grid.nearest(at)
            frames = begin + grid.nearest(at + length) - start
        before = min(max(block.end - start, 0), max(frames, 0))
        effect = element.find("filter-video")
        ref = effect.get("ref") if effect is not None else None
        resource = self.scope.document.resources.get(ref)
        named = element.get("name") or (effect.get("name", "") if effect is not None else "")
        known = resource is not None and resource.get("uid") == _DISSOLVE
        plain = known or (resource is None and (not named or is_plain_dissolve(named)))
        made = otio.schema.Transition(
            element.get("name", ""),
            DISSOLVE if plain else OTHER,
            grid.time(before),
            grid.time(max(frames, 0) - before),
        )
        self._add_transition_extras(element, made, start)
        block.fade = start
        block.items.append(made)

    def _add_transition_extras(self, element: Any, made: Any, start: int) -> None:
        for md in element.iterfind("metadata/md"):
            if md.get("key") == OWN_MD:
                _words, private = split_note(md.get("value"))
                made.metadata.update(metadata_of(private.get("metadata")))
                made.name = str(private.get("name", made.name))
                made.transition_type = str(private.get("type", made.transition_type))
        rest = stripped(element, tagged=False)
        own = [c for c in rest if c.tag != "filter-video" or len(c) or c.get("name") != made.name]
        if own or made.transition_type != DISSOLVE:
            span = [made.in_offset.value, made.out_offset.value]
            made.metadata[KEY] = {"xml": text_of(rest), "ranges": span}
            self.scope.document.kept |= references_in(rest)
        grid = self.scope.grid
        for child in element:
            if child.tag in MARKERS:
                # OTIO's transitions hold no markers; FCPXML's count them from an hour or so.
                since = seconds_of(child.get("start", "0s")) - _first_start(element)
                at = max(0, start + grid.nearest(max(since, Fraction(0))))
                marker, _block = read_marker(child, grid, at)
                self.scope.lifted.append(Lifted(marker, -1, None, False))

    def nested(self, element: Any, scope: Scope) -> tuple[Any, Fraction]:
        """Return a compound or sync clip's content as a stack, and its local time at frame 0."""
        document = scope.document
        if element.tag == "sync-clip":
            inner = story_in(element)
            origin = seconds_of(inner[0].get("offset", "0s")) if inner else Fraction(0)
            with document.within():
                layout = Layout(Scope(document, scope.grid))
                layout.add_spine(inner, 0, origin, 0)
            return layout.stack(), origin
        resource = document.resources.of(element, "media")
        sequence = resource.find("sequence") if resource is not None else None
        if sequence is None:
            return otio.schema.Stack(), Fraction(0)
        with document.within(resource.get("id")):
            layout, origin = read_sequence(sequence, document, scope.grid.rate)
        return layout.stack(sequence_block(sequence)[1]), origin

    def stack(self, block: dict[str, Any] | None = None) -> Any:
        """Return the tracks as a nested stack; what was written of them is in the block."""
        made = otio.schema.Stack(children=arranged(tracks_of(self), block or {}))
        for found in without_doubles(self.scope.lifted, self.scope.riders):
            place_marker(made, found, self.scope.grid)
        return made


def _opened(children: Iterable[Any]) -> Iterator[Any]:
    """Yield what lies in a storyline; one in it is opened, and what is of no known kind a clip."""
    for child in children:
        if child.tag == "spine":
            yield from _opened(child)
        elif isinstance(child.tag, str):
            yield child


def sequence_block(sequence: Any) -> tuple[str, dict[str, Any]]:
    """Return a sequence's note: its words, and what this package had written there."""
    note = sequence.find("note")
    return split_note(note.text if note is not None else None)


def read_sequence(sequence: Any, document: Any, fallback: Fraction) -> tuple[Layout, Fraction]:
    """Return a sequence's layout, and the time at which it starts, in seconds."""
    rate = document.resources.rate(sequence.get("format")) or fallback
    origin = length_of(sequence, "tcStart") or Fraction(0)
    layout = Layout(Scope(document, Grid.at(rate)))
    spine = sequence.find("spine")
    if spine is None:
        raise InterchangeError("a sequence of the file has no <spine>")
    length = layout.scope.grid.count(sequence.get("duration", ""))
    layout.add_spine(spine, 0, origin, 0, length)
    return layout, origin


def tracks_of(layout: Layout) -> list[tuple[int, Any]]:
    """Return (lane, track), pictures from the lowest up, then captions, then sound."""
    places: dict[tuple[str, int, int], list[Block]] = {}
    spine = layout.blocks[0]
    for block in sorted(layout.blocks, key=lambda b: b.start):
        kind = "Video" if block is spine else block.kind
        number = 0
        while _is_taken(places.get((kind, block.lane, number), []), block):
            number += 1
            if number > MAX_OVERLAPS:
                raise InterchangeError(
                    f"more than {MAX_OVERLAPS} clips of lane {block.lane} lie over one another"
                )
        places.setdefault((kind, block.lane, number), []).append(block)
    order = sorted(places, key=_track_order)
    counts: dict[str, int] = {}
    made = []
    for key in order:
        counts[key[0]] = counts.get(key[0], 0) + 1
        name = next((b.name for b in places[key] if b.name), f"{key[0][0]}{counts[key[0]]}")
        made.append((key[1], _track(key[0], name, places[key], layout.scope.grid)))
    return made


def _is_taken(blocks: list[Block], block: Block) -> bool:
    # Blocks come by their start, so that only the last can reach into the next.
    if not blocks:
        return False
    touching = bool(block.items) and isinstance(block.items[0], otio.schema.Transition)
    return blocks[-1].end > block.start or (touching and blocks[-1].end == block.start)


def _track_order(key: tuple[str, int, int]) -> tuple[int, int, int, int]:
    kind, lane, number = key
    place = ("Video", "Caption", "Audio").index(kind)
    if kind == "Audio":
        return place, lane > 0, abs(lane), number
    return place, lane, number, 0


def _track(kind: str, name: str, blocks: list[Block], grid: Grid) -> Any:
    items: list[Any] = []
    end = 0
    for block in blocks:
        if block.start > end:
            items.append(otio.schema.Gap(source_range=grid.span(0, block.start - end)))
        items.extend(block.items)
        end = max(end, block.end)
    track = otio.schema.Track(name, kind=kind)
    track.extend(items)
    return track


def _lane_of(element: Any) -> int:
    try:
        lane = int(element.get("lane", "0"))
    except ValueError:
        lane = 10**6
    if abs(lane) >= 10**6:
        raise InterchangeError(f"lane {element.get('lane')[:40]!r} of a clip is no lane")
    return lane


def _first_start(transition: Any) -> Fraction:
    """Return the whole hour from which a transition's markers seem to count."""
    starts = [seconds_of(m.get("start", "0s")) for m in transition if m.tag in MARKERS]
    return Fraction(3600 * frame_showing(min(starts) / 3600)) if starts else Fraction(0)
