"""The picture tracks of a timeline as lanes: what lies where, and the cuts between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import each, own_block
from otio_idolsync.cut.place import along, frames_of, window_of
from otio_idolsync.cut.shown import shows_no_file
from otio_idolsync.resync.handles import handles_of
from otio_idolsync.resync.model import Cut
from otio_idolsync.timebase import Clock, Frames, media_rate, whole_frames

_VIDEO = otio.schema.TrackKind.Video


@dataclass(slots=True, eq=False)
class Place:
    """An item of a lane, in timeline frames, while cuts are being moved.

    Attributes:
        item: The OTIO item; a gap, a clip or a compound clip.
        first: Where it starts.
        end: Where it ends.
        start: Where what it shows starts in its source.
        head: How much later it starts than it did.
        tail: How much later it ends than it did.
        fades: Frames at its head and at its tail that lie under a transition.
    """

    item: Any
    first: Frames
    end: Frames
    start: Frames
    head: Frames = 0
    tail: Frames = 0
    fades: list[Frames] = field(default_factory=lambda: [0, 0])

    @property
    def is_gap(self) -> bool:
        """Whether nothing is shown."""
        return isinstance(self.item, otio.schema.Gap)

    @property
    def is_compound(self) -> bool:
        """Whether it holds tracks of its own."""
        return isinstance(self.item, otio.core.Composition)

    @property
    def is_picture(self) -> bool:
        """Whether it fills the frame with a picture."""
        if self.is_gap or not self.item.enabled:
            return False
        return self.is_compound or not shows_no_file(self.item)

    @property
    def is_retimed(self) -> bool:
        """Whether it plays at another speed than its own."""
        return any(isinstance(one, otio.schema.TimeEffect) for one in each(self.item.effects))

    @property
    def least(self) -> Frames:
        """How short it may become."""
        return max(sum(self.fades), 0 if self.is_gap else 1)

    @property
    def name(self) -> str:
        """What a person calls it: its id, else its name."""
        return self.shot_id or (repr(self.item.name) if self.item.name else "what lies there")

    @property
    def shot_id(self) -> str:
        """Its id, "" where it has none."""
        return str((own_block(self.item.metadata) or {}).get("shot_id", ""))

    def room(self, clock: Clock) -> tuple[Frames, Frames] | None:
        """Return how many frames it can be made longer at its head and tail, None if unknown."""
        if self.is_gap:
            return 10**9, 10**9
        length = self.end - self.tail - self.first + self.head
        media = handles_of(self.item, self.start, length, clock)
        said = (own_block(self.item.metadata) or {}).get("handles")
        if said is not None:  # of a lip-sync shot what is generated, of a planned one its window
            own = int(said.get("head", 0)), int(said.get("tail", 0))
            media = own if media is None else (min(own[0], media[0]), min(own[1], media[1]))
        return None if media is None else (media[0] + self.head, media[1] - self.tail)


@dataclass(slots=True, eq=False)
class Lane:
    """A track, of the timeline or in a compound clip.

    Attributes:
        track: The OTIO track.
        name: What a person calls the timeline's track that it is, or lies in.
        number: That track's number.
        places: What lies on it in time order, what is shorter than a frame left out.
        window: The timeline frames between which it is seen.
        around: The compound clips that it lies in, the outermost first.
        is_on: Whether it is shown.
    """

    track: Any
    name: str
    number: int
    places: list[Place]
    window: tuple[Frames, Frames]
    around: tuple[Any, ...] = ()
    is_on: bool = True
    transitions: dict[int, Any] = field(default_factory=dict)

    def at(self, frame: int) -> Place | None:
        """Return what lies at a timeline frame."""
        n = bisect_right(self.places, frame, key=_first) - 1
        return self.places[n] if n >= 0 and frame < whole_frames(self.places[n].end) else None


def _first(place: Place) -> int:
    return whole_frames(place.first)


@dataclass(slots=True, eq=False)
class Edge:
    """A cut on one lane.

    Attributes:
        lane: The lane.
        left: What ends there.
        right: What begins there; None at the end of a track.
        frame: Its timeline frame.
    """

    lane: Lane
    left: Place
    right: Place | None
    frame: int

    @property
    def name(self) -> str:
        """The shot that begins there, else the one that ends."""
        return self.right.name if self.right and not self.right.is_gap else self.left.name

    @property
    def shot_id(self) -> str:
        """The id of the shot that begins there, else of the one that ends."""
        return (self.right.shot_id if self.right else "") or self.left.shot_id

    @property
    def transition(self) -> Any:
        """The transition that lies over it, None where there is none."""
        return self.lane.transitions.get(self.frame)


def lanes_of(cut: Cut) -> list[Lane]:
    """Return the lanes of a cut, those in compound clips after the one that holds them."""
    lanes: list[Lane] = []
    for number, one in enumerate(cut.tracks):
        low, high = window_of(one.track, cut.clock.rate)
        last = one.opened.end if high is None else high - low
        lane = Lane(one.track, one.name, number, [], (0, last), (), one.track.enabled)
        lanes += _filled(lane, one.track, -low, cut.clock)
    return lanes


def _filled(lane: Lane, track: Any, shift: Frames, clock: Clock) -> Iterator[Lane]:
    """Yield a lane with what lies on it, and the lanes of its compound clips.

    Args:
        lane: The empty lane.
        track: What lies on it.
        shift: The timeline frame of the track's frame 0.
        clock: The timeline's frames.
    """
    rate = clock.rate
    for one in along(track, rate):
        if isinstance(one.item, otio.schema.Transition):
            lane.transitions[whole_frames(one.first + shift)] = one.item
        elif whole_frames(one.end + shift) > whole_frames(one.first + shift):
            lane.places.append(Place(one.item, one.first + shift, one.end + shift, one.start))
    for place in lane.places:
        head = lane.transitions.get(whole_frames(place.first))
        tail = lane.transitions.get(whole_frames(place.end))
        place.fades[0] = frames_of(head.out_offset, rate) if head else 0
        place.fades[1] = frames_of(tail.in_offset, rate) if tail else 0
    yield lane
    for place in lane.places:
        if isinstance(place.item, otio.core.Composition):
            yield from _within(lane, place, clock)


def _within(lane: Lane, place: Place, clock: Clock) -> Iterator[Lane]:
    """Yield the lanes of a compound clip."""
    compound = place.item
    tracks = [compound] if isinstance(compound, otio.schema.Track) else list(compound)
    window = max(lane.window[0], place.first), min(lane.window[1], place.end)
    for track in tracks:
        if not isinstance(track, otio.schema.Track) or track.kind != _VIDEO:
            continue
        low = 0 if track is compound else window_of(track, clock.rate)[0]
        shift = place.first - place.start - low
        around = (*lane.around, compound)
        is_on = lane.is_on and compound.enabled and track.enabled
        inner = Lane(track, lane.name, lane.number, [], window, around, is_on)
        yield from _filled(inner, track, shift, clock)


def edges_of(lanes: Sequence[Lane], end: int) -> Iterator[Edge]:
    """Yield the cuts of lanes: also where a clip meets a gap, but not where the film ends.

    Args:
        lanes: The lanes.
        end: The frame after the film's last.
    """
    for lane in lanes:
        low, high = lane.window
        for left, right in zip(lane.places, [*lane.places[1:], None], strict=True):
            frame = whole_frames(left.end)
            if left.is_gap and (right is None or right.is_gap):
                continue
            if right is None and not lane.around:
                high = end  # another track may go on
            if low < frame < min(high, end):
                yield Edge(lane, left, right, frame)


def write_back(lanes: Sequence[Lane], clock: Clock) -> None:
    """Write the places of lanes into their tracks; gaps that have become nothing are taken out."""
    for lane in lanes:
        for place in lane.places:
            if place.head or place.tail:
                _rolled(place, clock.rate)
        for place in lane.places:
            if place.is_gap and place.first >= place.end:
                del lane.track[lane.track.index(place.item)]


def _rolled(place: Place, rate: Fraction) -> None:
    shown = place.item.trimmed_range()
    start, duration = shown.start_time, shown.duration
    if not place.is_gap:
        start = _later(start, place.head, rate)
    place.item.source_range = otio.opentime.TimeRange(
        start, _later(duration, place.tail - place.head, rate)
    )


def _later(time: Any, by: Frames, rate: Fraction) -> Any:
    """Return a time so many timeline frames later, at its own rate."""
    steps = by * media_rate(time.rate) / rate
    return otio.opentime.RationalTime(time.value + float(steps), time.rate)
