"""The one walk over a track: where each item lies, in exact frames, and what compound clips hold.

Nothing else adds up how long items last. A track's own source range is applied, and compound clips
are opened as deep as they go.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import each
from otio_idolsync.errors import TimelineError
from otio_idolsync.timebase import Frames, exact_seconds

CACHED = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """An item of a track, or a transition, in exact frames of the track.

    Attributes:
        item: The OTIO item.
        first: Where it starts; of a transition, its cut.
        end: Where it ends.
        start: Where what it shows starts in its source, timecode included.
    """

    item: Any
    first: Frames
    end: Frames
    start: Frames


def along(track: Any, rate: Fraction) -> Iterator[Along]:
    """Yield the items and transitions of a track, each at its place, gaps included.

    Args:
        track: An OTIO track, or anything else that holds items one after the other.
        rate: Frames per second.
    """
    at: Frames = 0
    for item in track:
        if isinstance(item, otio.schema.Transition):
            yield Along(item, at, at, 0)
            continue
        shown = item.trimmed_range()
        end = at + frames_of(shown.duration, rate)
        yield Along(item, at, end, frames_of(shown.start_time, rate))
        at = end


def window_of(track: Any, rate: Fraction) -> tuple[Frames, Frames | None]:
    """Return the first frame of a track that is shown and the one after the last, None for all."""
    shown = getattr(track, "source_range", None)
    if shown is None:
        return 0, None
    start = frames_of(shown.start_time, rate)
    return start, start + frames_of(shown.duration, rate)


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A clip, and how much of it is shown where, in timeline frames.

    Attributes:
        clip: The OTIO clip.
        at: Where it starts in the timeline.
        start: Where it starts in the source, timecode included.
        length: How long it is shown.
        compound: Name of the compound clip it lies in, "" on the track itself.
        enabled: Whether it and all that it lies in are switched on.
        layer: 0, or how many clips of its compound clip are stacked below it.
    """

    clip: Any
    at: Frames
    start: Frames
    length: Frames
    compound: str = ""
    enabled: bool = True
    layer: int = 0


@dataclass(slots=True, eq=False)
class Opened:
    """What lies on a track.

    Attributes:
        leaves: Its clips, lower layers first where they were stacked.
        transitions: Each with its cut's timeline frame and its layer.
        markers: Of compound clips, each with its timeline frame.
        notes: What opening a compound clip loses, one sentence each.
        end: The frame after its last, gaps included.
    """

    leaves: list[Leaf] = field(default_factory=list)
    transitions: list[tuple[Frames, int, Any]] = field(default_factory=list)
    markers: list[tuple[Frames, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    end: Frames = 0


@dataclass(frozen=True, slots=True)
class _Within:
    """What a compound clip shows of the composition in it, and where: in timeline frames."""

    at: Frames = 0
    start: Frames = 0
    end: Frames | None = None
    compound: str = ""
    enabled: bool = True


def open_track(track: Any, rate: Fraction, kind: str | None = None) -> Opened:
    """Return what lies on a track.

    Compound clips are opened: what is stacked in one gets layers, each clip just above the highest
    that it covers, so that the order in which pictures cover each other stays.

    Args:
        track: An OTIO track.
        rate: Timeline frames per second.
        kind: Which tracks of compound clips are opened; by default those of the track's own kind.
    """
    opening = _Opening(rate, kind or getattr(track, "kind", otio.schema.TrackKind.Video))
    start, end = window_of(track, rate)
    last = opening.walk(track, _Within(0, start, end))
    opening.found.end = (last if end is None else min(last, end)) - start
    return opening.found


class _Opening:
    def __init__(self, rate: Fraction, kind: str) -> None:
        self.found = Opened()
        self._rate, self._kind = rate, kind
        self._layers: list[list[tuple[Frames, Frames]]] = []

    def walk(self, composition: Any, within: _Within) -> Frames:
        """Note down what a track shows, or the part that a compound clip shows; return its end."""
        last: Frames = 0
        crossings: list[tuple[Frames, int, Any]] = []
        for one in along(composition, self._rate):
            child, last = one.item, one.end
            if isinstance(child, otio.schema.Transition):
                crossings.append((one.first, len(self.found.leaves), child))
                continue
            low, high = max(one.first, within.start), one.end
            if within.end is not None:
                high = min(high, within.end)
            if high <= low or isinstance(child, otio.schema.Gap):
                continue
            at = within.at + low - within.start
            start = one.start + _passed(child, low - one.first, one.end - high)
            if isinstance(child, otio.core.Composition):
                self._open(child, at, start, high - low, within)
            else:
                enabled = within.enabled and child.enabled
                self._put(child, at, start, high - low, within.compound, enabled)
        self._cross(crossings, within)
        return last

    def _put(
        self, clip: Any, at: Frames, start: Frames, length: Frames, compound: str, enabled: bool
    ) -> None:
        layer = self._layer(at, at + length) if compound else 0
        self.found.leaves.append(Leaf(clip, at, start, length, compound, enabled, layer))

    def _layer(self, begin: Frames, end: Frames) -> int:
        """Return the lowest layer above all that lies under a stretch, and take the place there."""
        number = len(self._layers)
        while number:
            spans = self._layers[number - 1]
            before = bisect_left(spans, (end, end)) - 1
            if before >= 0 and spans[before][1] > begin:
                break
            number -= 1
        if number == len(self._layers):
            self._layers.append([])
        insort(self._layers[number], (begin, end))
        return number

    def _open(self, child: Any, at: Frames, start: Frames, length: Frames, within: _Within) -> None:
        name = within.compound or child.name or "compound"
        self._tell(child, name)
        for marker in each(child.markers):
            lies = self._frames(marker.marked_range.start_time) - start
            if 0 <= lies < length:
                self.found.markers.append((at + lies, marker))
        for track in self._tracks(child, name):
            first, last = window_of(track, self._rate) if track is not child else (0, None)
            end = first + start + length
            inner = _Within(
                at, first + start, end if last is None else min(end, last), name,
                within.enabled and child.enabled,
            )  # fmt: skip
            self.walk(track, inner)

    def _tracks(self, child: Any, name: str) -> Sequence[Any]:
        """Return the tracks in a compound clip that are seen (of a sound track, heard)."""
        if isinstance(child, otio.schema.Track):
            return [child]
        seen: list[Any] = []
        for inner in child:
            if getattr(inner, "kind", otio.schema.TrackKind.Video) != self._kind:
                continue
            if inner.enabled:
                seen.append(inner if isinstance(inner, otio.core.Composition) else [inner])
            elif not isinstance(inner, otio.core.Composition) or len(inner):
                self.found.notes.append(
                    f"{inner.name!r} in compound clip {name!r} is switched off; it was left out"
                )
        return seen

    def _tell(self, child: Any, name: str) -> None:
        for effect in each(child.effects):
            said = effect.name or effect.effect_name or type(effect).__name__
            self.found.notes.append(
                f"compound clip {name!r} was opened; its effect {said!r} is not carried"
            )

    def _cross(self, crossings: Sequence[tuple[Frames, int, Any]], within: _Within) -> None:
        """Note down the transitions of a track that was walked, in the layers of their clips."""
        leaves = self.found.leaves
        for position, index, transition in crossings:
            if position < within.start or (within.end is not None and position > within.end):
                continue
            at = within.at + position - within.start
            beside = leaves[max(0, index - 1) : index + 1]
            layer = next((x.layer for x in beside if at in (x.at, x.at + x.length)), 0)
            self.found.transitions.append((at, layer, transition))

    def _frames(self, time: Any) -> Frames:
        return frames_of(time, self._rate)


def _passed(child: Any, head: Frames, tail: Frames) -> Frames:
    """Return the source frames before the first that is seen of a clip trimmed at its ends.

    A clip that plays backwards shows the end of its source first.
    """
    if not head and not tail:
        return 0
    speed = 1 if isinstance(child, otio.core.Composition) else speed_of(child)
    return head * speed if speed >= 0 else tail * -speed


def speed_of(item: Any) -> int | Fraction:
    """Return how fast an item plays: 1 for its own speed, 0 for a freeze frame, below 0 backwards.

    Raises:
        TimelineError: An effect says a speed that is no number.
    """
    speed: int | Fraction = 1
    for effect in each(item.effects):
        scalar = getattr(effect, "time_scalar", None)
        if scalar is None:
            continue
        if not math.isfinite(scalar):
            raise TimelineError(f"{item.name!r} plays at the speed {scalar}; give it a number")
        speed *= Fraction(scalar).limit_denominator(100_000)
    return speed


def frames_of(time: Any, rate: Fraction) -> Frames:
    """Return an OTIO time in exact timeline frames; an int where they are whole."""
    return _frames_of(time.value, time.rate, rate.numerator, rate.denominator)


@functools.lru_cache(maxsize=CACHED)
def _frames_of(value: float, media: float, over: int, under: int) -> Frames:
    frames = exact_seconds(otio.opentime.RationalTime(value, media)) * Fraction(over, under)
    return frames.numerator if frames.denominator == 1 else frames
