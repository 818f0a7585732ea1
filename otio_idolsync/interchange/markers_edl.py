"""Resolve's marker EDL both ways: what it calls *Import > Timeline Markers from EDL*.

Each marker is an event of one frame and a line ``note |C:ResolveColorBlue |M:name |D:frames``; the
note stands before the first bar. The form was seen in lists that Resolve exported. Such a list has
no rate, no room for metadata, and no way to tell a marker of no length from one of one frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.errors import InterchangeError, TimelineError, UsageError
from otio_idolsync.interchange.custom import custom_clock
from otio_idolsync.timebase import Clock, asked_rate, can_drop_frames, exact_seconds, media_rate

FOREIGN_KEY = "cmx_3600"  # under which the stock EDL adapter keeps what it knows
TO_RESOLVE = {
    "PINK": "Pink",
    "RED": "Red",
    "ORANGE": "Sand",
    "YELLOW": "Yellow",
    "GREEN": "Green",
    "CYAN": "Cyan",
    "BLUE": "Blue",
    "PURPLE": "Purple",
    "MAGENTA": "Fuchsia",
    "BLACK": "Cocoa",
    "WHITE": "Cream",
}
FROM_RESOLVE = {theirs: ours for ours, theirs in TO_RESOLVE.items()} | {
    "Rose": "PINK",
    "Lavender": "PURPLE",
    "Sky": "CYAN",
    "Mint": "GREEN",
    "Lemon": "YELLOW",
}
_NO_TITLE = "( no title )"  # as Resolve writes it
_BAR, _STAND_IN = "|", "¦"
_EVENT = re.compile(
    r"\s*\d{1,6}\s+\S+\s+\S+\s+\S+\s.*?"
    r"(?P<at>\d\d:\d\d:\d\d[:;.,]\d\d)\s+\d\d:\d\d:\d\d[:;.,]\d\d\s*$"
)
_DIGIT_FIRST = re.compile(r"(- )*\d")
_LINE_END = re.compile(r"\r\n|\n|\r")
_MOST_EVENTS, _MOST_LINES = 999, 1000
LOSSES = {
    "metadata": "markers lose their metadata (bar, beat, exact time)",
    "one frame": "markers of one frame come back as points: the list knows none shorter",
    "lines": "line breaks in markers become spaces",
    "bars": "the sign ¦ (a broken bar) in markers comes back as a bar",
    "digits": "notes that begin with a digit get '- ' before it; Resolve is said to take them for "
    "events",
    "same": "markers on the frame of an earlier one: Resolve may keep one a frame",
    "early": "markers before timecode 00:00:00:00 wrap round midnight",
    "many": "the list has more than 999 events, where some programs stop",
    "elsewhere": "markers of clips and tracks: a marker EDL holds the timeline's only",
}
_CARRIED_BESIDE = ("metadata", "same", "elsewhere")


@dataclass(frozen=True, slots=True)
class _Row:
    """A marker as the list has it."""

    timecode: str
    note: str
    name: str
    color: str
    frames: int


def write_markers_edl(
    timeline: otio.schema.Timeline, beside: bool = False
) -> tuple[str, list[str]]:
    """Return the marker EDL of a timeline's own markers, and a sentence for each loss.

    Args:
        timeline: Any timeline.
        beside: Whether the list lies beside a file that holds the rest of the timeline, which then
            is no loss.

    Raises:
        InterchangeError: The timeline has no frame rate to count timecode in.
    """
    clock = edl_clock(timeline)
    lines = [f"TITLE: {_one_line(timeline.name) or _NO_TITLE}", _fcm(clock), ""]
    placed = [
        (clock.frame_at(exact_seconds(m.marked_range.start_time)), m)
        for m in timeline.tracks.markers
    ]
    placed.sort(key=lambda pair: pair[0])
    told: Counter[str] = Counter()
    for number, (first, marker) in enumerate(placed, 1):
        start, end = clock.timecode(first), clock.timecode(first + 1)
        lines.append(f"{number:03d}  001      V     C        {start} {end} {start} {end}  ")
        lines += [_tag_line(marker, clock, first, told), ""]
    told["same"] = len(placed) - len({first for first, _ in placed})
    told["early"] = sum(clock.start_frame + first < 0 for first, _ in placed)
    told["many"] = len(placed) > _MOST_EVENTS and len(placed)
    told["elsewhere"] = _markers_elsewhere(timeline)
    for what in _CARRIED_BESIDE if beside else ():
        del told[what]
    return "\n".join(lines), said(LOSSES, told)


def read_markers_edl(
    text: str, rate: str | float | Fraction | None = None, start: str | None = None
) -> otio.schema.Timeline:
    """Return a timeline that holds the markers of a marker EDL, and no clips.

    Args:
        text: The list.
        rate: Frames per second; a list has none. By default 29.97 or 59.94 where the timecode
            drops frames, else 24, or the least of 25, 30, 50 and 60 that a frame number proves.
        start: Timecode at which the timeline starts; by default the first marker's whole hour.

    Raises:
        InterchangeError: No marker EDL, or a timecode that does not exist at that rate.
        UsageError: The rate or the start timecode cannot be used.
    """
    title, drop, rows = _rows(text)
    clock = _clock(rows, drop, rate)
    try:
        counts = [_count(clock, row.timecode) for row in rows]
        begin = clock.count_at_timecode(_colons(start)) if start else _hour(clock, counts)
    except (UsageError, ValueError) as error:
        raise InterchangeError(f"the marker EDL cannot be read: {error}; give rate=") from error
    timeline = otio.schema.Timeline(title)
    timeline.global_start_time = otio.opentime.RationalTime(begin, clock.otio_rate)
    timeline.tracks.markers.extend(
        [_marker(row, count, begin, clock) for row, count in zip(rows, counts, strict=True)]
    )
    return timeline


def edl_clock(timeline: otio.schema.Timeline) -> Clock:
    """Return the clock that a timeline's EDL counts in, drop-frame as its metadata or custom says.

    Raises:
        InterchangeError: Nothing in the timeline tells its rate.
    """
    block = timeline.metadata.get(KEY)
    settings: Any = block.get("settings") if hasattr(block, "get") else None
    settings = settings if hasattr(settings, "get") else {}
    if "rate" not in settings and not timeline.global_start_time and not timeline.video_tracks():
        rates = {m.marked_range.start_time.rate for m in timeline.tracks.markers}
        settings = {"rate": rates.pop()} if len(rates) == 1 else settings
    try:
        clock = clock_of(timeline, {"settings": dict(settings)})
    except (TimelineError, ValueError, IndexError, otio.exceptions.OTIOError) as error:
        raise InterchangeError(
            f"timeline {timeline.name!r} does not tell its frame rate, which timecode needs; "
            "give it a global start time"
        ) from error
    return clock if "rate" in settings else custom_clock(timeline, clock)


def _fcm(clock: Clock) -> str:
    return "FCM: DROP FRAME" if clock.drop_frame else "FCM: NON-DROP FRAME"


def _tag_line(marker: Any, clock: Clock, first: int, told: Counter[str]) -> str:
    spanned = marker.marked_range
    end = exact_seconds(spanned.start_time) + exact_seconds(spanned.duration)
    frames = clock.frame_at(end) - first
    note, name = str(getattr(marker, "comment", "") or ""), str(marker.name or "")
    told["metadata"] += KEY in marker.metadata
    told["one frame"] += frames == 1
    told["lines"] += _one_line(note) != note.strip() or _one_line(name) != name.strip()
    told["bars"] += _STAND_IN in note + name
    if _DIGIT_FIRST.match(note):
        note = f"- {note}"
        told["digits"] += 1
    note, name = (_one_line(text).replace(_BAR, _STAND_IN) for text in (note, name))
    return f"{note} |C:ResolveColor{_color(marker)} |M:{name} |D:{max(1, frames)}"


def _color(marker: Any) -> str:
    """Return Resolve's colour: the one that was read, if the marker still has its OTIO colour."""
    kept = marker.metadata.get(FOREIGN_KEY)
    theirs = str(kept.get("color", "")) if hasattr(kept, "get") else ""
    if FROM_RESOLVE.get(theirs) == marker.color:
        return theirs
    return TO_RESOLVE.get(str(marker.color), "Blue")


def _one_line(text: str) -> str:
    return " ".join(_LINE_END.split(str(text or ""))).strip()


def _markers_elsewhere(timeline: otio.schema.Timeline) -> int:
    tracks = list(timeline.tracks)
    return sum(len(t.markers) + sum(len(getattr(i, "markers", ())) for i in t) for t in tracks)


def said(sentences: Mapping[str, str], told: Counter[str]) -> list[str]:
    """Return the sentence of each thing that was counted, and the count."""
    return [f"{sentence} ({told[what]})" for what, sentence in sentences.items() if told[what]]


def _rows(text: str) -> tuple[str, bool, list[_Row]]:
    title, drop, event = None, False, ""
    rows: list[_Row] = []
    note: list[str] = []
    for line in _LINE_END.split(text.removeprefix("\ufeff")):
        head = line.strip()
        found = _EVENT.match(line)
        if found and _BAR not in line:
            event, note = found["at"], []
        elif head.startswith("TITLE:") and not event:
            title = head.removeprefix("TITLE:").strip()
        elif head.startswith("FCM:"):
            drop = "NON" not in head.upper()
        elif event and head:
            note.append(head)
            row = _row(event, "\n".join(note)) if "|D:" in head else None
            if row:
                rows.append(row)
                note = []
            elif len(note) > _MOST_LINES:
                raise InterchangeError(f"the marker at {event} has a note of {len(note)} lines")
    if not rows and (event or title is None):
        raise InterchangeError(
            "this is no marker EDL: it has no line such as 'note |C:ResolveColorBlue |M:name |D:1'"
        )
    return "" if title in (None, _NO_TITLE) else title, drop, rows


def _row(timecode: str, text: str) -> _Row | None:
    """Return the marker of a note and its tags; None where the tags are not whole.

    Found by searching, not by one expression: that took quadratic time on lines made for it.
    """
    color = text.find("|C:")
    name = text.find("|M:", color)
    frames = text.rfind("|D:")
    length = text[frames + 3 :].strip()
    if not 0 <= color < name < frames or not length.isdecimal() or len(length) > 9:
        return None
    note = text[:color].strip().replace(_STAND_IN, _BAR)
    if re.match(r"(- )+\d", note):
        note = note.removeprefix("- ")
    return _Row(
        timecode,
        note,
        text[name + 3 : frames].strip().replace(_STAND_IN, _BAR),
        text[color + 3 : name].strip().removeprefix("ResolveColor"),
        int(length),
    )


def _clock(rows: list[_Row], drop: bool, rate: str | float | Fraction | None) -> Clock:
    drop = drop or any(row.timecode[8] in ";," for row in rows)
    if rate is not None:
        exact = asked_rate(rate)
        if drop and not can_drop_frames(exact):
            raise InterchangeError(
                "the marker EDL counts in drop-frame, which exists at 29.97 and 59.94 only, not at "
                f"{float(exact):g}; give the right rate="
            )
        return Clock(exact, drop)
    most = max((int(row.timecode[-2:]) for row in rows), default=0)
    if drop:
        return Clock(media_rate(59.94 if most >= 30 else 29.97), True)
    return Clock(next((Fraction(r) for r in (24, 25, 30, 50, 60) if most < r), Fraction(100)))


def _count(clock: Clock, timecode: str) -> int:
    """Return the running frame count of a marker's timecode."""
    if int(timecode.strip()[:2]) > 23:
        raise InterchangeError(
            f"the marker EDL cannot be read: timecode {timecode!r} does not exist; hours go to 23"
        )
    return clock.count_at_timecode(_colons(timecode))


def _colons(timecode: str) -> str:
    return re.sub("[;.,]", ":", timecode.strip())


def _hour(clock: Clock, counts: list[int]) -> int:
    hour = clock.count_at_timecode("01:00:00:00")
    return min(counts, default=hour) // hour * hour


def _marker(row: _Row, count: int, begin: int, clock: Clock) -> otio.schema.Marker:
    rate, frames = clock.otio_rate, row.frames
    if frames > count >= clock.count_at_timecode("01:00:00:00"):
        frames -= count  # some lists count to the marker's end from midnight
    spanned = otio.opentime.TimeRange(
        otio.opentime.RationalTime(count - begin, rate),
        otio.opentime.RationalTime(frames if frames > 1 else 0, rate),
    )
    color = FROM_RESOLVE.get(row.color, "BLUE")
    marker = otio.schema.Marker(row.name, spanned, color)
    marker.comment = row.note
    if TO_RESOLVE[color] != row.color:
        marker.metadata[FOREIGN_KEY] = {"color": row.color}
    return marker
