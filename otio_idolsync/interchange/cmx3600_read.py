"""Read a CMX 3600 EDL as a timeline, in the frames of the cut that it was made from.

A list has no rate. The stock ``cmx_3600`` adapter takes 24 unless told, and refuses what lists of
real editors hold, such as a fade from black at the start, a source at another rate, or a heading
that it does not know.

A transition *begins* with its incoming event; as OTIO has it, and as editors show it, the cut lies
in its middle. Fades from and to black lie beside a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.cmx3600_rows import Counting, Row, Span, colons, rows_of
from otio_idolsync.interchange.markers_edl import FOREIGN_KEY, TO_RESOLVE
from otio_idolsync.interchange.xmeml.paths import bracketed
from otio_idolsync.timebase import Clock, frame_showing, whole_frames

_NO_REEL = "AX"
_SHOT = "* SHOT:"
_MOST_TRACKS = 99
_SOUND = re.compile(r"A(\d{0,8})")


@dataclass(frozen=True, slots=True)
class _Fade:
    """A transition with so many frames before the cut and after it, and the row that has it."""

    head: int
    tail: int
    row: Row


def read_edl(text: str, clock: Clock | None = None) -> otio.schema.Timeline:
    """Return the cut of a CMX 3600 EDL: keys on upper picture tracks, sound on audio tracks.

    Args:
        text: The list.
        clock: The frames of the timeline that it was made from; by default the least common rate
            at which its times exist, from the whole hour that it starts in.

    Raises:
        InterchangeError: No event, only markers, too many at once, or a record time that does not
            exist at the rate.
    """
    if "|C:" in text and "|M:" in text:
        raise InterchangeError("it is a list of markers; export the timeline as a cut list")
    title, rows = rows_of(text)
    if not rows:
        raise InterchangeError("it has no event")
    counting = Counting(rows, clock.rate if clock else None)
    spans = [span for span in map(counting.span, rows) if span.end > span.first]
    spans.sort(key=lambda span: span.first)
    begin = _begin(counting, clock, spans[0]) if spans else 0
    timeline = otio.schema.Timeline(title)
    timeline.global_start_time = otio.opentime.RationalTime(begin, float(counting.rate))
    for kind, name, lane in _lanes(spans):
        track = otio.schema.Track(name, kind=kind)
        timeline.tracks.append(track)
        track.extend(list(_items(_parts(lane), begin, counting)))
    return timeline


def _begin(counting: Counting, planned: Clock | None, first: Span) -> int:
    """Return the timecode count of frame 0: that of the cut which the list was made from.

    An editor that counts from elsewhere starts at a whole hour, as a rule.
    """
    counted = counting.clock(first.row, first.row.times[2])
    hour = counted.count_at_timecode("01:00:00:00")
    if planned:  # by its label: one of the two may drop frames
        start = counted.count_at_timecode(colons(planned.timecode(0)))
        if start <= first.first < start + hour:
            return start
    return frame_showing(Fraction(first.first, hour)) * hour


def _lanes(spans: Iterable[Span]) -> Iterator[tuple[str, str, list[Span]]]:
    """Yield the tracks: what overlaps on one, as keys do, goes to the next that is free."""
    video, audio = otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio
    lanes: dict[str, list[list[Span]]] = {video: [], audio: []}
    for span in spans:
        channels = span.row.channels.removeprefix("NONE")
        if set("VB") & set(channels):
            _lay(lanes[video], int(span.row.kind in ("K", "KO")), span)
        for number in _sounds(channels):
            _lay(lanes[audio], number - 1, span)
    for kind, letter in ((video, "V"), (audio, "A")):
        for number, lane in enumerate(lanes[kind], 1):
            if lane:
                yield kind, f"{letter}{number}", lane


def _sounds(channels: str) -> list[int]:
    """Return the sound channels that are named: A the first, AA two, A1234 four, A10 the tenth."""
    found: set[int] = {1} if "B" in channels else set()
    for digits in _SOUND.findall(channels.replace("AA", "A12")):
        number = int(digits or 1)
        found |= {number} if number < 12 else {int(digit) for digit in digits}
    return sorted(found - {0})


def _lay(lanes: list[list[Span]], lowest: int, span: Span) -> None:
    for number in range(lowest, _MOST_TRACKS):
        while len(lanes) <= number:
            lanes.append([])
        if not lanes[number] or lanes[number][-1].end <= span.first:
            lanes[number].append(span)
            return
    raise InterchangeError(
        f"line {span.row.line}: more than {_MOST_TRACKS} events lie over each other"
    )


def _parts(spans: Iterable[Span]) -> list[Span | _Fade]:
    """Return what stands on a track, with what transitions cover added to the clips beside them."""
    parts: list[Span | _Fade] = []
    at = 0
    for span in spans:
        before = parts[-1] if parts and at == span.first else None
        fade, at = min(span.row.fade, span.end - span.first), span.end
        if not isinstance(before, Span) or _is_gap(before):
            parts += [_Fade(0, fade, span.row)] if fade and not _is_gap(span) else []
            parts.append(span)
        elif not fade:
            parts.append(span)
        else:
            head = fade if _is_gap(span) else min(fade // 2, span.end - span.first - 1)
            parts[-1] = _with_end(before, span.first + head)
            parts += [_Fade(head, fade - head, span.row), _with_start(span, span.first + head)]
    return parts


def _is_gap(span: Span) -> bool:
    """Return whether nothing is shown: black that is no shot of ours."""
    return span.row.is_black and not any(c.startswith(_SHOT) for c in span.row.comments)


def _with_start(span: Span, first: int) -> Span:
    """Return a span without its head; a reversed clip loses its highest frames by that."""
    passed = (first - span.first) * max(span.speed, Fraction(0))
    return replace(span, first=first, source=span.source + passed)


def _with_end(span: Span, end: int) -> Span:
    """Return a span that goes on; a reversed clip does to lower frames."""
    passed = (end - span.end) * min(span.speed, Fraction(0))
    return replace(span, end=end, source=span.source + passed)


def _items(parts: Iterable[Span | _Fade], at: int, counting: Counting) -> Iterator[Any]:
    """Yield the items of a track that starts at a record count."""
    coming: Any = None

    def time(frames: int) -> Any:
        return otio.opentime.RationalTime(frames, float(counting.rate))

    for part in parts:
        if isinstance(part, _Fade):
            kinds = otio.schema.TransitionTypes
            kind = kinds.SMPTE_Dissolve if part.row.kind == "D" else "SMPTE_Wipe"
            coming = otio.schema.Transition("", kind, time(part.head), time(part.tail))
            if part.head:
                yield coming
                coming = None
            continue
        empty = (part.end if _is_gap(part) else part.first) - at
        if empty > 0:
            yield otio.schema.Gap(source_range=otio.opentime.TimeRange(time(0), time(empty)))
        if coming:
            yield coming
            coming = None
        if not _is_gap(part):
            yield _clip(part, counting)
        at = part.end


def _clip(span: Span, counting: Counting) -> otio.schema.Clip:
    row, rate = span.row, float(counting.rate)
    shown = otio.opentime.TimeRange(
        otio.opentime.RationalTime(whole_frames(span.source), rate),
        otio.opentime.RationalTime(span.end - span.first, rate),
    )
    name = row.notes.get("TO CLIP NAME", "") if row.fade else ""
    name = name or row.notes.get("FROM CLIP NAME", "") or row.reel
    clip = otio.schema.Clip(name, _media(row, name, rate), shown)
    if span.speed == 0:
        clip.effects.append(otio.schema.FreezeFrame())
    elif span.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(span.speed)))
    kept: dict[str, Any] = {"comments": row.comments} if row.comments else {}
    if row.reel not in ("", _NO_REEL):
        kept["reel"] = row.reel
    if kept:
        clip.metadata[FOREIGN_KEY] = kept
    clip.markers.extend([_marker(located, span, counting) for located in row.locators])
    return clip


def _media(row: Row, name: str, rate: float) -> Any:
    if row.is_black:
        return otio.schema.GeneratorReference(name="black", generator_kind="black")
    file = row.notes.get("FROM FILE") or row.notes.get("SOURCE FILE", "")
    images = bracketed(name)
    if images and not file:
        return otio.schema.ImageSequenceReference(
            "", images.prefix, images.suffix, images.first, 1, rate, images.padding
        )
    if not set("/\\") & set(file):
        return otio.schema.MissingReference()
    return otio.schema.ExternalReference(file)


def _marker(located: tuple[str, str, str], span: Span, counting: Counting) -> otio.schema.Marker:
    """Return a locator, which counts in record time, at its place in the clip."""
    at, color, name = located
    try:
        passed = counting.record(span.row, at) - span.first
    except InterchangeError:
        passed = 0
    rate = float(counting.rate)
    start = otio.opentime.RationalTime(whole_frames(span.source) + passed, rate)
    marked = otio.opentime.TimeRange(start, otio.opentime.RationalTime(0, rate))
    return otio.schema.Marker(name, marked, color.upper() if color.upper() in TO_RESOLVE else "RED")
