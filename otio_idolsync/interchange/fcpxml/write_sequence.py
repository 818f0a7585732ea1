"""Write tracks as a sequence: the spine, what is connected to it, and the markers that ride."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lxml import etree

from otio_idolsync.interchange.dissolves import DISSOLVE, is_dissolve
from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.carrier import note_with, xml_text
from otio_idolsync.interchange.fcpxml.kept import OWN_MD, PAD, element_of, in_order, parted
from otio_idolsync.interchange.fcpxml.marks import add_marker
from otio_idolsync.interchange.fcpxml.times import Grid
from otio_idolsync.interchange.fcpxml.write_items import Carrier, ItemWriter
from otio_idolsync.interchange.song_marks import Piece, piece_of, piece_under

_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
_SOUND = "Audio"


@dataclass(slots=True)
class SequenceWriter:
    """Writes the tracks of one sequence.

    Attributes:
        items: Writes its clips.
        spine: The element that is filled.
        begin: The timecode frame count of frame 0.
        carriers: The spine's clips and gaps, in their order.
        ends: The frame at which the last of them ends.
        song: The medium of the song on whose clips the timeline's markers ride; "" for on the
            picture.
        pieces: Those clips.
    """

    items: ItemWriter
    spine: Any
    begin: int
    carriers: list[Carrier] = field(default_factory=list)
    ends: int = 0
    song: str = ""
    pieces: list[Piece] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        """The sequence's frames."""
        return self.items.grid

    def write(self, tracks: Sequence[Any], markers: Sequence[tuple[int | None, Any]]) -> list[Any]:
        """Write tracks and markers; return what FCPXML cannot say of the tracks.

        Args:
            tracks: From the lowest up.
            markers: The timeline's own (None) and its tracks' (their index), in order.
        """
        lanes = lanes_of(tracks)
        for track, lane in zip(tracks, lanes, strict=True):
            if lane == 0:
                self._line(track, self.spine, self.begin, self.carriers)
        last = self.carriers[-1] if self.carriers else None
        self.ends = last.at + last.frames if last else 0
        lengths = [self._length(t) for t, lane in zip(tracks, lanes, strict=True) if lane]
        frames = [self.grid.frames(m.marked_range.start_time) + 1 for _owner, m in markers]
        self._pad(max([0, *lengths, *frames]))
        written = []
        for track, lane in zip(tracks, lanes, strict=True):
            if lane and len(track):
                self._connect(track, lane)
            written.append(_track_block(track, lane))
        self._add_markers(markers)
        for carrier in (*self.carriers, *(piece.clip for piece in self.pieces)):
            if len(carrier.element) > 1:
                in_order(carrier.element)
        return written

    def _length(self, track: Any) -> int:
        """Return a track's length in frames."""
        end: Fraction | int = 0
        for item in track:
            if not isinstance(item, light.Transition):
                end += self._frames(item)
        return self._whole(end)

    def _whole(self, frames: Fraction | int) -> int:
        if frames.denominator == 1:
            return int(frames)
        self.items.unshown["a cut between two frames is moved to the nearest frame"] += 1
        return self.grid.nearest(frames / self.grid.rate)

    def _frames(self, item: Any) -> Fraction | int:
        span = item.source_range
        return self.grid.exact((span if span is not None else item.trimmed_range()).duration)

    def _pad(self, frames: int) -> None:
        """Lengthen the spine so that everything has something beneath it."""
        if frames > self.ends or not self.carriers:
            length = max(frames - self.ends, 1)
            offset = self.grid.text(self.begin + self.ends)
            pad = self.items.gap(self.spine, offset, self.ends, length, PAD)
            self.carriers.append(pad)
            self.ends += length

    def _line(self, track: Any, parent: Any, begin: int, carriers: list[Carrier]) -> None:
        """Write a track as a storyline."""
        grid = self.grid
        audio = track.kind == _SOUND
        position: Fraction | int = 0
        at = 0
        for item in track:
            if isinstance(item, light.Transition):
                self._transition(item, parent, begin, at)
                continue
            position += self._frames(item)
            end = self._whole(position)
            offset = grid.text(begin + at)
            carriers.append(self.items.item(item, parent, offset, at, end - at, 0, audio))
            self._note_song(item, carriers[-1], audio)
            at = end

    def _connect(self, track: Any, lane: int) -> None:
        """Connect a track's clips to what lies beneath them, or all of it as a storyline."""
        if not _is_plain(track) and not _holds_captions(track):
            carrier = self._beneath(0)
            where = {"lane": str(lane), "offset": carrier.local_at(0, self.grid)[1]}
            line = etree.SubElement(
                carrier.element, "spine", where | {"name": xml_text(track.name)}
            )
            inner: list[Carrier] = []
            self._line(track, line, 0, inner)
            for each in inner:
                in_order(each.element)
            return
        grid = self.grid
        audio = track.kind == _SOUND
        position: Fraction | int = 0
        at = 0
        for item in track:
            if isinstance(item, light.Transition):
                self.items.losses.append(f"transition {item.name!r} beside a caption is lost")
                continue
            position += self._frames(item)
            end = self._whole(position)
            if not isinstance(item, light.Gap):
                carrier = self._beneath(at)
                offset = carrier.local_at(at, grid)[1]
                parent = carrier.element
                made = self.items.item(item, parent, offset, at, end - at, lane, audio)
                in_order(made.element)
                self._note_song(item, made, audio)
            at = end

    def _note_song(self, item: Any, made: Carrier, audio: bool) -> None:
        if audio and made.local > 0:
            end = made.at + made.frames
            piece = piece_of(item.form, self.song, made.at, end, self.grid.rate, made)
            self.pieces += [piece] if piece else []

    def _beneath(self, frame: int) -> Carrier:
        """Return the spine's clip that is seen at a frame."""
        place = bisect_right(self.carriers, frame, key=lambda carrier: carrier.at) - 1
        return self.carriers[max(place, 0)]

    def _transition(self, item: Any, parent: Any, begin: int, cut: int) -> None:
        grid = self.grid
        before, after = grid.frames(item.in_offset), grid.frames(item.out_offset)
        metadata, kept = parted(item.metadata)
        element = self._kept_transition(item, kept, before, after)
        if element is None:
            element = etree.Element("transition")
            ref = self.items.library.effect("Cross Dissolve", _DISSOLVE)
            shown = {"ref": ref, "name": xml_text(item.name) or "Cross Dissolve"}
            etree.SubElement(element, "filter-video", shown)
            if not is_dissolve(item.transition_type, item.name):
                shown = item.name or item.transition_type
                self.items.unshown[f"transition {shown!r} is shown as a cross dissolve"] += 1
        element.set("name", xml_text(item.name))
        element.set("offset", grid.text(begin + cut - before))
        element.set("duration", grid.text(before + after))
        block: dict[str, Any] = {}
        if metadata:
            block["metadata"] = metadata
        if item.transition_type != DISSOLVE:
            block["type"] = item.transition_type
        if xml_text(item.name) != item.name:
            block["name"] = item.name
        if block:
            home = element.find("metadata")
            home = etree.SubElement(element, "metadata") if home is None else home
            where = {"key": OWN_MD, "value": note_with("", block)}
            etree.SubElement(home, "md", where)
        element[:] = sorted(element, key=lambda child: _transition_place(child.tag))
        parent.append(element)

    def _kept_transition(self, item: Any, kept: dict[str, Any], before: int, after: int) -> Any:
        if "xml" not in kept:
            return None
        element = element_of(kept["xml"])
        same = kept.get("ranges") == [before, after]
        if element is not None and element.tag == "transition":
            timed = any(True for _ in element.iter("keyframe", "fadeIn", "fadeOut"))
            if (same or not timed) and self.items.library.adapter.fit(element):
                return element
        self.items.losses.append(
            f"transition {item.name!r} was changed: its settings in Final Cut are lost"
        )
        return None

    def _add_markers(self, markers: Sequence[tuple[int | None, Any]]) -> None:
        """Write the timeline's markers on the song, and the others on what lies beneath them."""
        grid = self.grid
        for number, (owner, marker) in enumerate(markers):
            frame = grid.frames(marker.marked_range.start_time)
            ride: dict[str, Any] = {"rides": number, "at": frame}
            piece = None
            if owner is not None:
                ride["track"] = owner
            else:
                piece = piece_under(self.pieces, frame, grid.rate, marker.form)
            if piece is not None:
                ride["song"] = 1
            carrier = self._beneath(frame) if piece is None else piece.clip
            local, text = carrier.local_at(frame, grid)
            add_marker(carrier.element, marker, grid, local, text, ride)


def lanes_of(tracks: Sequence[Any]) -> list[int]:
    """Return each track's lane: 0 for the spine, pictures above it, sound below."""
    sounds = [track.kind == _SOUND for track in tracks]
    under = [_is_below(track) for track in tracks]
    pictures = [i for i, sound in enumerate(sounds) if not sound]
    may_be = [i for i in pictures if not _holds_captions(tracks[i])]
    main = next((i for i in may_be if not under[i]), may_be[0] if may_be else None)
    lowest = pictures.index(main) if main is not None else -1
    lanes, sound = [], min(0, -lowest)
    for index, is_sound in enumerate(sounds):
        if is_sound:
            sound -= 1
            lanes.append(sound)
        else:
            lanes.append(pictures.index(index) - lowest)
    return lanes


def _is_below(track: Any) -> bool:
    lane = parted(track.metadata)[1].get("lane")
    return isinstance(lane, int) and lane < 0


def _is_plain(track: Any) -> bool:
    """Return whether a track's clips, each connected by itself, say all of it."""
    before_gap = False
    for item in track:
        if isinstance(item, light.Transition):
            return False
        gap = isinstance(item, light.Gap)
        if gap and (before_gap or _is_adorned(item)):
            return False
        if (item.source_range or item.trimmed_range()).duration.value < 0.5:
            return False
        before_gap = gap
    return not before_gap


def _holds_captions(track: Any) -> bool:
    """Return whether a track may be no storyline, because none may hold a caption."""
    references = (getattr(item, "media_reference", None) for item in track)
    return any(getattr(found, "generator_kind", "") == "caption" for found in references)


def _is_adorned(gap: Any) -> bool:
    """Return whether a gap is more than a hole between two clips."""
    span = gap.source_range
    late = span is not None and span.start_time.value != 0
    said = gap.name or len(gap.metadata) or len(gap.markers) or len(gap.effects)
    return bool(late or said or not gap.enabled)


def _track_block(track: Any, lane: int) -> dict[str, Any]:
    block: dict[str, Any] = {"lane": lane, "name": track.name, "kind": track.kind}
    metadata = parted(track.metadata)[0]
    if metadata:
        block["metadata"] = metadata
    if not track.enabled:
        block["enabled"] = False
    if track.source_range is not None:
        block["range"] = light.range_form(track.source_range)
    if not len(track):
        block["empty"] = True
    return block


def _transition_place(tag: str) -> int:
    order = {"filter-video": 0, "filter-audio": 1, "metadata": 3, "reserved": 4}
    return order.get(tag, 2)
