"""Write V1 as a CMX 3600 EDL: the cut list that every conform tool still reads.

The stock ``cmx_3600`` adapter's writer is not used: it counts record time from 0 instead of the
start timecode, names no drop-frame, refuses a second video track and changes the timeline that it
is given (all of that was run on version 1.0.0).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.place import along
from otio_idolsync.cut.url import path_in
from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.interchange.dissolves import is_dissolve
from otio_idolsync.interchange.identity import tag_of
from otio_idolsync.interchange.markers_edl import FOREIGN_KEY, edl_clock, said
from otio_idolsync.timebase import Clock, exact_seconds, media_rate, whole_frames

NO_REEL, BLACK = "AX", "BL"
_REEL = re.compile(r"[A-Za-z0-9_.-]{1,8}")
_MOST_EVENTS = 999
LOSSES = {
    "tracks": "clips on video tracks above V1: an EDL holds one track",
    "sound": "sound clips: lay the song at the start of the timeline by hand",
    "markers": "markers: write them with --for markers-edl",
    "metadata": "clips lose their metadata; a shot's id stays in a comment",
    "disabled": "disabled clips become gaps",
    "effects": "effects that are no change of speed",
    "speeds": "speeds are rounded to a tenth of a frame a second",
    "nested": "nested sequences become events without media",
    "slates": "slates and generators become black (BL)",
    "rates": "clips whose media have another rate: their source timecode counts timeline frames",
    "reels": "reel names that are no eight plain characters become AX",
    "wipes": "transitions of another kind become dissolves",
    "tight": "transitions longer than a clip or its media beside them become cuts",
    "early": "source times before timecode 00:00:00:00 wrap round midnight",
    "many": "the list has more than 999 events, where some programs stop",
    "empty": "clips shorter than half a frame",
}


@dataclass(slots=True)
class _Event:
    """A stretch of V1: record frames from 0, source in as a running timecode count.

    Attributes:
        clip: What it shows; None for black.
        record_in: First frame.
        record_out: Frame after the last.
        source_in: Timecode count of the source's first frame.
        speed: Source frames a record frame; 0 for a freeze.
        fade: Frames of the dissolve it begins with; 0 for a cut.
    """

    clip: Any
    record_in: int
    record_out: int
    source_in: int = 0
    speed: Fraction = Fraction(1)
    fade: int = 0

    @property
    def source_out(self) -> int:
        """Timecode count after the source's last frame."""
        frames = whole_frames((self.record_out - self.record_in) * abs(self.speed))
        return self.source_in + (max(1, frames) if self.record_out > self.record_in else 0)

    def start_at(self, record_in: int) -> None:
        """Start earlier or later, with the source in step."""
        self.source_in += whole_frames((record_in - self.record_in) * self.speed)
        self.record_in = record_in


def write_edl(timeline: otio.schema.Timeline) -> tuple[str, list[str]]:
    """Return V1 of a timeline as a CMX 3600 EDL, and a sentence for each loss.

    Raises:
        InterchangeError: There is no picture on V1, or nothing tells the frame rate.
    """
    tracks = timeline.video_tracks()
    if not tracks or not any(isinstance(item, otio.core.Item) for item in tracks[0]):
        raise InterchangeError(f"timeline {timeline.name!r} has no picture on V1; an EDL needs one")
    clock = edl_clock(timeline)
    told: Counter[str] = Counter()
    events = _events(tracks[0], clock, told)
    fcm = "DROP FRAME" if clock.drop_frame else "NON-DROP FRAME"
    lines = [f"TITLE: {_one_line(timeline.name) or 'untitled'}", f"FCM: {fcm}", ""]
    plan = _block(timeline)
    before: _Event | None = None
    for number, event in enumerate(events, 1):
        lines += [*_lines(number, event, before, clock, plan, told), ""]
        before = event
    told["many"] = len(events) if len(events) > _MOST_EVENTS else 0
    told["early"] = sum(event.source_in < 0 for event in events)
    _tell_of_the_rest(timeline, tracks, told)
    return "\n".join(lines), said(LOSSES, told)


def _events(track: Any, clock: Clock, told: Counter[str]) -> list[_Event]:
    """Return the events of a track, dissolves worked into the clips beside them."""
    events: list[_Event] = []
    pending, last = None, 0
    for one in along(track, clock.rate):
        item, first, last = one.item, whole_frames(one.first), whole_frames(one.end)
        if isinstance(item, otio.schema.Transition):
            pending = item
            continue
        if last == first:
            told["empty"] += isinstance(item, otio.schema.Clip)
            continue
        event = _event(item, first, last, clock, told)
        if pending is not None:
            event = _faded(events, event, first, pending, clock, told)
        pending = None
        if event:
            events.append(event)
    if pending is not None:
        black = _faded(events, None, last, pending, clock, told)
        events += [black] if black else []
    return events


def _event(item: Any, first: int, last: int, clock: Clock, told: Counter[str]) -> _Event | None:
    if isinstance(item, otio.schema.Gap):
        return None
    if not item.enabled:
        told["disabled"] += 1
        return None
    speed = _speed(item, told)
    told["metadata"] += KEY in item.metadata
    if not isinstance(item, otio.schema.Clip):
        told["nested"] += 1
    elif isinstance(item.media_reference, otio.schema.GeneratorReference):
        told["slates"] += 1
    source_in = _source_count(item, clock, told)
    if speed < 0:  # editors begin a reversed event with the frame that is shown first, its highest
        source_in += max(1, whole_frames((last - first) * -speed)) - 1
    return _Event(item, first, last, source_in, speed)


def _faded(
    events: list[_Event],
    event: _Event | None,
    cut: int,
    transition: Any,
    clock: Clock,
    told: Counter[str],
) -> _Event | None:
    """Return the event after a dissolve, begun as early as the dissolve does.

    In an EDL a dissolve starts where its incoming event starts; what went out ends there.
    """
    before = events[-1] if events and events[-1].record_out == cut else None
    head = clock.frame_at(exact_seconds(transition.in_offset))
    length = head + clock.frame_at(exact_seconds(transition.out_offset))
    start = cut - head
    room = (event.record_out if event else start + length) - start
    if length <= 0 or not (before or event):
        return event
    early = event is not None and event.source_in >= 0 > event.source_in - head * event.speed
    if early or length > room or start < (before.record_in + before.fade if before else 0):
        told["tight"] += 1
        return event
    told["wipes"] += not is_dissolve(transition.transition_type, transition.name)
    if before:
        before.record_out = start
    if event is None:
        return _Event(None, start, start + length, fade=length)
    event.start_at(start)
    event.fade = length
    return event


def _speed(item: Any, told: Counter[str]) -> Fraction:
    speed = Fraction(1)
    for effect in item.effects:
        scalar = getattr(effect, "time_scalar", None)
        if isinstance(effect, otio.schema.FreezeFrame):
            speed = Fraction(0)
        elif scalar is None:
            told["effects"] += 1
        else:
            speed *= Fraction(scalar).limit_denominator(100000)
    return speed


def _source_count(item: Any, clock: Clock, told: Counter[str]) -> int:
    """Return the source timecode's running count: the media's own label, then timeline frames."""
    begin = exact_seconds(item.trimmed_range().start_time)
    reference = getattr(item, "media_reference", None)
    available = reference.available_range if reference else None
    if not available:
        return clock.frame_at(begin)
    rate = media_rate(available.start_time.rate)
    offset = clock.frame_at(begin - exact_seconds(available.start_time))
    first: int = whole_frames(Fraction(available.start_time.value))
    told["rates"] += rate != clock.rate
    if rate == clock.rate or first == 0:
        return first + offset
    try:
        return clock.count_of_label(first, rate) + offset
    except UsageError:  # a label that drop-frame skips
        return clock.frame_at(begin)


def _lines(
    number: int, event: _Event, before: _Event | None, clock: Clock, plan: Any, told: Counter[str]
) -> Iterator[str]:
    reel = _reel(event.clip, told)
    source = Clock(clock.rate, clock.drop_frame, 0)
    times = (
        source.timecode(event.source_in),
        source.timecode(event.source_out),
        clock.timecode(event.record_in),
        clock.timecode(event.record_out),
    )
    if event.fade:
        beside = before if before and before.record_out == event.record_in else None
        out = source.timecode(beside.source_out if beside else 0)
        left = _reel(beside.clip, Counter()) if beside else BLACK
        yield f"{number:03d}  {left:<8} V     C        {out} {out} {times[2]} {times[2]}"
        yield f"{number:03d}  {reel:<8} V     D    {event.fade:03d} {' '.join(times)}"
        if beside and left != BLACK:
            yield f"* FROM CLIP NAME: {_media_name(beside.clip)}"
        if reel != BLACK:
            yield f"* TO CLIP NAME: {_media_name(event.clip)}"
    else:
        yield f"{number:03d}  {reel:<8} V     C        {' '.join(times)}"
        if reel != BLACK:
            yield f"* FROM CLIP NAME: {_media_name(event.clip)}"
    if event.speed != 1:
        per_second = float(event.speed * clock.nominal)
        told["speeds"] += abs(per_second - round(per_second, 1)) > 1e-6
        # Colons also where frames drop: the stock reader takes no others here, and FCM decides.
        yield f"M2   {reel:<8} {per_second:05.1f}                {times[0].replace(';', ':')}"
        if not event.speed:
            yield "* * FREEZE FRAME"
    yield from _comments(event.clip, plan)


def _comments(clip: Any, plan: Any) -> Iterator[str]:
    if clip is None:
        return
    path = _path(getattr(clip, "media_reference", None))
    if path:
        yield f"* FROM FILE: {_one_line(path)}"
    tag = tag_of(_block(clip), plan)
    shown = " ".join(part for part in (str(tag or ""), _one_line(clip.name)) if part)
    if tag or shown != _media_name(clip):
        yield f"* SHOT: {shown}"


def _reel(clip: Any, told: Counter[str]) -> str:
    reference = getattr(clip, "media_reference", None)
    if clip is None or isinstance(reference, otio.schema.GeneratorReference):
        return BLACK
    kept = clip.metadata.get(FOREIGN_KEY)
    reel = str(kept.get("reel") or "") if hasattr(kept, "get") else ""
    if reel and not _REEL.fullmatch(reel):
        told["reels"] += 1
        return NO_REEL
    return reel or NO_REEL


def _media_name(clip: Any) -> str:
    """Return the media file's name, by which editors link; the clip's where there is no file."""
    reference = getattr(clip, "media_reference", None)
    if isinstance(reference, otio.schema.ImageSequenceReference):
        first, last = reference.start_frame, reference.start_frame
        if reference.available_range:
            last = reference.end_frame()
        pad = reference.frame_zero_padding
        numbers = f"[{first:0{pad}d}-{last:0{pad}d}]"
        return _one_line(f"{reference.name_prefix}{numbers}{reference.name_suffix}")
    path = _path(reference)
    return _one_line(PurePosixPath(path).name if path else clip.name)


def _path(reference: Any) -> str:
    url = getattr(reference, "target_url", None) or ""
    return path_in(url)


def _block(holder: Any) -> Any:
    block = holder.metadata.get(KEY)
    return block if hasattr(block, "get") else None


def _one_line(text: str) -> str:
    return " ".join(str(text or "").split())


def _tell_of_the_rest(timeline: Any, tracks: list[Any], told: Counter[str]) -> None:
    told["tracks"] = sum(1 for track in tracks[1:] for _ in track.find_clips())
    told["sound"] = sum(1 for track in timeline.audio_tracks() for _ in track.find_clips())
    items = [item for track in timeline.tracks for item in track]
    holders = [timeline.tracks, *timeline.tracks, *items]
    told["markers"] = sum(len(getattr(holder, "markers", ())) for holder in holders)
