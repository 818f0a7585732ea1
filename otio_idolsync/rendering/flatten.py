"""Flatten tracks and nested compositions to what each frame of a shot shows.

Time goes through a nested composition as one straight line: a clip's own speed and those of all
that it lies in are multiplied, and its media are read once, at the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, known_block, plain
from otio_idolsync.cut.look import Look
from otio_idolsync.cut.place import speed_of
from otio_idolsync.cut.remark import Remark
from otio_idolsync.errors import MediaError, RenderError
from otio_idolsync.interchange.appearance.kept import XMEML, as_mapping, color_in
from otio_idolsync.interchange.appearance.looks import look_of, notes_of
from otio_idolsync.rendering.model import (
    Black,
    Content,
    Footage,
    Layer,
    Layers,
    Plate,
    Ramp,
    Remarks,
    Slate,
)
from otio_idolsync.rendering.placing import Join, Placed, Placing, Window, placing_of
from otio_idolsync.rendering.sources import Sources, start_in_media
from otio_idolsync.timebase import Clock, exact_seconds, frame_showing

_BLACKS = frozenset({"black", "blackvideo", "black video", "slug"})
_COLORS = frozenset({"solidcolor", "color", "colour", "color matte", "solid", "custom"})
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Span:
    """An item's part in a shot: its name, its frames there, and what we know of it.

    Attributes:
        shot_id: Its id, or what it is called in messages.
        window: The shot's frames that show it, in frames of the item.
        core: The first of them that is within its own range, and the one after the last; those
            outside lie under a transition.
        length: Frames of its own range.
        block: Our metadata.
    """

    shot_id: str
    window: Window
    core: tuple[int, int]
    length: int
    block: dict[str, Any]


@dataclass(slots=True)
class Flattener:
    """Reads what is seen, and collects what is wrong with it instead of stopping at once.

    Attributes:
        clock: The timeline's.
        sources: Its media.
        bars: Its bars, for slates.
        size: The size it was cut at, where that is known.
        remarks: What is wrong with its media, left out, or worth knowing.
    """

    clock: Clock
    sources: Sources
    bars: Bars
    size: tuple[int, int] | None = None
    remarks: Remarks = field(default_factory=Remarks)
    _placings: dict[int, tuple[Any, Placing]] = field(default_factory=dict)
    _depth: int = 0

    def placing(self, track: Any) -> Placing:
        """Return where a track's items are; found once."""
        if id(track) not in self._placings:
            # Python's view of the track is kept, or its id would be given to another.
            placing = placing_of(track, self.clock)
            self._placings[id(track)] = track, placing
            name = track.name or "a track"
            said = (e.name or e.effect_name or type(e).__name__ for e in track.effects)
            self.remarks.left_out += [f"effect {e!r} on {name} is not rendered" for e in said]
        return self._placings[id(track)][1]

    def stack(self, tracks: list[Any], window: Window) -> Content:
        """Return what some tracks show together, the last on top."""
        layers = [self._whole(self.track(track, window), window) for track in tracks]
        return simplest(Layers(tuple(layer for layer in layers if layer)), window.frames)

    def alone(self, placed: Placed, window: Window) -> Layer | None:
        """Return an item without its transitions; frames that its media lack are held."""
        return next(self._layer(placed, window, 0, ()), None)

    def track(self, track: Any, window: Window) -> Content:
        """Return what a track shows, its transitions included."""
        if not track.enabled:
            return Black()
        placing = self.placing(track)
        inside = replace(window, start=window.start + placing.origin)
        first, end = inside.within(placing.origin, placing.end)
        layers: list[Layer] = []
        if first < end:
            inside = inside.part(first, end)
            self.remarks.left_out += placing.left_out_in(inside)
            layers += self._items(placing, inside)
            layers += _plates(placing, inside)
        moved = tuple(replace(layer, first=layer.first + first) for layer in layers)
        return simplest(Layers(moved, mixed=True), window.frames)

    def _items(self, placing: Placing, window: Window) -> Iterator[Layer]:
        for placed in placing.near(window):
            first, end = window.within(placed.seen_first, placed.seen_end)
            if first == end or isinstance(placed.item, otio.schema.Gap) or not placed.item.enabled:
                continue
            own = window.part(first, end)
            ramps = (
                *(placed.before.ramp(own, *_rising(placed.before), 1) if placed.before else ()),
                *(placed.behind.ramp(own, *_falling(placed.behind), -1) if placed.behind else ()),
            )
            yield from self._layer(placed, own.part(0, own.frames, placed.first), first, ramps)

    def _layer(
        self, placed: Placed, window: Window, first: int, ramps: tuple[Ramp, ...]
    ) -> Iterator[Layer]:
        item, length = placed.item, placed.end - placed.first
        block = known_block(plain(item.metadata.get(KEY)), "clip")
        shot_id = str(block.get("shot_id") or item.name or f"item {placed.place + 1}")
        look, said = look_of(item, self.size)
        self.remarks.left_out += [Remark(shot_id, sentence) for sentence in said]
        self.remarks.notes += [Remark(shot_id, sentence) for sentence in notes_of(item)]
        core = window.within(0, length)
        speed = Fraction(speed_of(item))
        if speed < 0:
            window = window.backwards(length)
        span = _Span(shot_id, window, core, length, block)
        shown = self._content(item, span, speed)
        if shown is None or look.opacity == 0 or 0 in look.scale:
            return
        content, hold = shown
        yield Layer(content, first, window.frames, look, ramps, hold)

    def _content(
        self, item: Any, span: _Span, speed: Fraction
    ) -> tuple[Content, tuple[int, int]] | None:
        """Return what an item shows and how long its ends are held; None for nothing."""
        if isinstance(item, otio.core.Composition):
            return self._nested(item, span, abs(speed)), (0, 0)
        reference = item.media_reference
        here = isinstance(
            reference, otio.schema.ExternalReference | otio.schema.ImageSequenceReference
        )
        if span.block.get("role") == "placeholder" and not here:
            return self._slate(span, _wishes(span.block)), (0, 0)
        if isinstance(reference, otio.schema.GeneratorReference):
            made = self._generated(reference, span)
            return (made, (0, 0)) if made else None
        try:
            return self._footage(item, span, speed)
        except (MediaError, RenderError) as error:
            self.remarks.problems.append((span.shot_id, str(error)))
            return self._slate(span, ("missing media", str(error))), (0, 0)

    def _nested(self, item: Any, span: _Span, speed: Fraction) -> Content:
        begin = item.source_range.start_time if item.source_range else None
        origin = Fraction(self.clock.frame_at(exact_seconds(begin))) if begin else Fraction(0)
        window = span.window.at_speed(speed, origin)
        if self._depth >= _DEEPEST:
            raise RenderError(f"{span.shot_id} is nested more than {_DEEPEST} deep")
        self._depth += 1
        try:
            if isinstance(item, otio.schema.Track):
                # Its source range is the part that is shown, which the window already counts in.
                return self._untrimmed(item, window)
            return self.stack([self._as_track(child) for child in _pictures(item)], window)
        finally:
            self._depth -= 1

    def _untrimmed(self, track: Any, window: Window) -> Content:
        placing = self.placing(track)
        self.remarks.left_out += placing.left_out_in(window)
        layers = [*self._items(placing, window), *_plates(placing, window)]
        return simplest(Layers(tuple(layers), mixed=True), window.frames)

    def _as_track(self, child: Any) -> Any:
        """Return a stack's child as a track; an item that lies in it alone becomes one."""
        if isinstance(child, otio.schema.Track):
            return child
        for kept, placing in self._placings.values():
            if len(placing.items) == 1 and placing.items[0].item is child:
                return kept
        alone = otio.schema.Track(child.name)
        placed = Placed(child, 0, self.clock.frame_at(exact_seconds(child.duration())))
        self._placings[id(alone)] = alone, Placing((placed,), (), 0, placed.end, ())
        return alone

    def _whole(self, content: Content, window: Window) -> Layer | None:
        return None if isinstance(content, Black) else Layer(content, 0, window.frames)

    def _generated(self, reference: otio.schema.GeneratorReference, span: _Span) -> Content | None:
        kind = str(reference.generator_kind or reference.name or "")
        if kind.lower() == "slate":
            return self._slate(span, _wishes(span.block))
        kept = as_mapping(reference.metadata.get(XMEML)).get("parameter")
        names = {kind.lower(), str(reference.name).lower()}
        color = color_in(plain(reference.parameters)) or color_in(kept)
        if names & _BLACKS or (names & _COLORS and not color):
            return Plate((0, 0, 0))
        if color and (names & _COLORS or any("solid" in name for name in names)):
            return Plate(color)
        self.remarks.left_out.append(Remark(span.shot_id, f"generator {kind!r} is not rendered"))
        return None

    def _footage(
        self, clip: otio.schema.Clip, span: _Span, speed: Fraction
    ) -> tuple[Footage, tuple[int, int]]:
        info, rate = self.sources.of(clip), self.clock.rate
        origin = start_in_media(clip, info) * rate
        if speed < 0:
            origin = self._lowest(origin, span, info.seconds * rate, -speed)
        window = span.window.at_speed(abs(speed), origin)
        footage = Footage(info, window.start / rate, window.step, span.shot_id)
        if info.kind == "still":
            return replace(footage, start=Fraction(0), speed=Fraction(0)), (0, 0)
        before, behind = self._handles(footage, span)
        if before + behind == window.frames:  # all of it lies outside the media
            last = max(info.seconds - 1 / info.rate, Fraction(0))
            nearest = Fraction(0) if footage.start < 0 else last
            footage = replace(footage, start=nearest, speed=Fraction(0))
            return footage, (0, 0)
        footage = replace(footage, start=window.position(before) / rate)
        self._check_length(footage, span, before, behind)
        return footage, (before, behind)

    def _lowest(self, origin: Fraction, span: _Span, frames: Fraction, speed: Fraction) -> Fraction:
        """Return where the range that is played backwards begins in the media.

        A source range is played from its end to its start. Some editors' files say instead where
        playing begins; that is taken where the range would otherwise reach beyond the media.
        """
        length = span.length * speed
        if origin + length <= frames + 1 or origin - length < 0:
            return origin
        said = "its range reaches beyond its media; it is played backwards from the range's start"
        self.remarks.notes.append(Remark(span.shot_id, said))
        return origin - length

    def _handles(self, footage: Footage, span: _Span) -> tuple[int, int]:
        """Return how many frames under transitions lie outside the media, at both ends."""
        step, frames = footage.speed / self.clock.rate, span.window.frames

        def held(frame: int) -> bool:
            there = 0 <= footage.start + frame * step < footage.info.seconds
            return not there and not span.core[0] <= frame < span.core[1]

        if span.core == (0, frames):
            return 0, 0
        before = next((frame for frame in range(frames) if not held(frame)), frames)
        behind = next((k for k in range(frames - before) if not held(frames - 1 - k)), 0)
        if before or behind:
            said = "has no picture for some frames of its transition; the nearest frame is held"
            said = f"{footage.info.path.name} {said}"
            self.remarks.notes.append(Remark(span.shot_id, said))
        return before, behind

    def _check_length(self, footage: Footage, span: _Span, before: int, behind: int) -> None:
        """Refuse a source that surely ends too early, so that all such are named at once."""
        info, rate = footage.info, self.clock.rate
        frames = span.window.frames - before - behind
        ends = (footage.start, footage.start + (frames - 1) * footage.speed / rate)
        if max(ends) > info.seconds + 1 / rate + 1 / info.rate:
            there = max(0, frame_showing((info.seconds - min(ends)) * rate))
            raise RenderError(
                f"{span.shot_id} wants {frames} frames of {info.path} from "
                f"{float(min(ends)):.3f} s on, but only {there} are there"
            )

    def _slate(self, span: _Span, lines: tuple[str, ...]) -> Slate:
        clock, first = self.clock, span.window.base
        timecodes = tuple(clock.timecode(first + k) for k in range(span.window.frames))
        section = str(span.block.get("section") or "")
        bar = self.bars.name(span.block, clock.seconds_at(first))
        place = " \u00b7 ".join(part for part in (bar, section) if part)
        return Slate(span.shot_id, place, lines, timecodes)


def simplest(content: Layers, frames: int) -> Content:
    """Return the same without layers where there is but one, shown as it is from end to end."""
    if not content.layers:
        return Black()
    [*_, layer] = content.layers
    whole = layer.first == 0 and layer.frames == frames and layer.hold == (0, 0)
    if len(content.layers) == 1 and whole and layer.look == Look() and not layer.ramps:
        return Black() if layer.content == Plate((0, 0, 0)) and content.mixed else layer.content
    return content


def _rising(join: Join) -> tuple[Fraction, Fraction]:
    return join.right_first, Fraction(join.end)


def _falling(join: Join) -> tuple[Fraction, Fraction]:
    return Fraction(join.first), join.left_end


def _plates(placing: Placing, window: Window) -> Iterator[Layer]:
    """Yield the colours that dips go through."""
    for join in placing.joins_near(window):
        first, end = window.within(join.first, join.end)
        if join.color is None or first == end:
            continue
        own = window.part(first, end)
        up = join.ramp(own, Fraction(join.first), join.middle, 1)
        down = join.ramp(own, join.middle, Fraction(join.end), -1)
        yield Layer(Plate(join.color), first, own.frames, ramps=(*up, *down))


def _pictures(stack: Any) -> list[Any]:
    return [child for child in stack if getattr(child, "kind", "Video") != "Audio"]


def _wishes(block: dict[str, Any]) -> tuple[str, ...]:
    """Return what a placeholder says: why nothing was cast, and why the cut is here."""
    reason = block.get("reason")
    text = reason.get("text") if isinstance(reason, dict) else reason
    return tuple(str(line) for line in ("placeholder", block.get("casting"), text) if line)


class Bars:
    """Names the bar of a time from the grid in the timeline's metadata, where there is one."""

    def __init__(self, grid: dict[str, Any]) -> None:
        beats, bars = grid.get("beats") or [], grid.get("bars") or []
        self._bars = list(zip(beats, bars, strict=False))

    def name(self, block: dict[str, Any], seconds: Fraction) -> str:
        """Return ``bar 12``, or "" where nobody knows."""
        reason = block.get("reason")
        at = reason.get("at", float(seconds)) if isinstance(reason, dict) else float(seconds)
        before = [bar for beat, bar in self._bars if beat <= at + 0.02]
        return f"bar {before[-1]}" if before else ""
