"""OTIO objects as OTIO's own JSON says them, and where in the sequence each of them lies.

One call gives the whole timeline as plain dictionaries; asking OTIO for each clip's metadata
instead costs several times the whole export.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.rate import rate_of
from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.values import (
    TICKS,
    Count,
    exact_rate,
    nearest,
    whole,
)
from otio_idolsync.timebase import exact_seconds

Form = dict[str, Any]
_FALLBACK = Fraction(24)


class Time(NamedTuple):
    """A time with OTIO's field names."""

    value: float
    rate: float


def form_of(obj: Any) -> Form:
    """Return an OTIO object as its JSON says it."""
    form: Form = json.loads(obj.to_json_string(-1))
    return form


def kind_of(form: Form) -> str:
    """Return an object's schema name without its version."""
    return str(form.get("OTIO_SCHEMA", "")).partition(".")[0]


def seconds_of(time: Form) -> Fraction:
    """Return a time in exact seconds.

    Raises:
        InterchangeError: It is no finite time.
    """
    try:
        return exact_seconds(Time(time["value"], time["rate"]))
    except (UsageError, ValueError, OverflowError, ZeroDivisionError, TypeError) as error:
        raise InterchangeError(
            f"a time of the timeline is {time.get('value')} at {time.get('rate')} frames per "
            "second, which no editor can show"
        ) from error


@dataclass(frozen=True, slots=True)
class Grid:
    """The sequence's frames."""

    rate: Fraction
    otio_rate: float

    def frames(self, time: Form) -> Count:
        """Return a time in frames of the sequence, exactly."""
        if time["rate"] == self.otio_rate:
            value = time["value"]
            if value.is_integer():
                return int(value)
        return whole(seconds_of(time) * self.rate)

    def ticks(self, count: Count) -> int:
        """Return frames in Premiere's ticks."""
        rate = self.rate
        ticks, left = divmod(TICKS * rate.denominator, rate.numerator)
        if left or type(count) is not int:
            return nearest(count * TICKS / rate)
        return count * ticks


def grid_of(timeline: Form) -> Grid:
    """Return the frames of a timeline: its settings' rate, its start time's, else V1's."""
    ours = foreign.dictionary((timeline.get("metadata") or {}).get(KEY))
    settings = foreign.dictionary(ours.get("settings"))
    start = timeline.get("global_start_time")
    tracks = [t for t in timeline["tracks"].get("children", ()) if kind_of(t) == "Track"]
    tracks.sort(key=lambda track: track.get("kind") != "Video")
    rates = (filter(None, map(_own_rate, track.get("children", ()))) for track in tracks)
    try:
        rate = rate_of(settings, start["rate"] if start else None, rates) or _FALLBACK
    except (UsageError, ValueError, OverflowError, TypeError) as error:
        raise InterchangeError(f"the timeline's frame rate is not known: {error}") from error
    return Grid(rate, float(rate))


def media_of(clip: Form) -> Form:
    """Return a clip's active media reference."""
    references = clip.get("media_references") or {}
    found: Form | None = references.get(clip.get("active_media_reference_key"))
    return found or {"OTIO_SCHEMA": "MissingReference.1"}


def range_of(item: Form) -> tuple[Form | None, Form]:
    """Return the start and duration of an item's own range; no start where it has none.

    Raises:
        InterchangeError: A clip has neither a range nor media that say theirs.
    """
    given = item.get("source_range")
    if given:
        return given["start_time"], given["duration"]
    kind = kind_of(item)
    if kind in ("Stack", "Track"):
        return None, _length(item)
    available = media_of(item).get("available_range") if kind == "Clip" else None
    if not available:
        raise InterchangeError(
            f"{kind.lower()} {item.get('name', '')!r} has neither a source range nor an available "
            "range: give it one, its length is not known"
        )
    return available["start_time"], available["duration"]


def _length(composition: Form) -> Form:
    lengths = [
        seconds_of(range_of(child)[1])
        for child in composition.get("children", ())
        if kind_of(child) != "Transition"
    ]
    if kind_of(composition) == "Track":
        total = sum(lengths, Fraction(0))
    else:
        total = max(lengths, default=Fraction(0))
    rates = [r for c in composition.get("children", ()) if (r := _own_rate(c))]
    rate = max(rates, default=1.0)
    return {"value": float(total * exact_rate(rate)), "rate": rate}


def _own_rate(item: Form) -> float:
    if kind_of(item) == "Transition":
        return 0.0
    rate: float = range_of(item)[1]["rate"]
    return rate


@dataclass(slots=True)
class Placed:
    """An item or transition of a track, with the frames of the sequence that it takes.

    Attributes:
        form: The item.
        start: First frame.
        end: The frame after the last.
        head: Frames that a transition before it reaches ahead of its start; None without one.
        tail: Frames that a transition behind it reaches beyond its end; None without one.
        id: The id of its element.
        place: Its media type, track number and number within the track, from 1.
        links: The elements that link it to others.
        riders: Markers of the timeline that ride on it, each with its number there.
    """

    form: Form
    start: int
    end: int
    head: int | None = None
    tail: int | None = None
    id: str = ""
    place: tuple[str, int, int] = ("video", 0, 0)
    links: str = ""
    riders: list[tuple[int, Form]] = field(default_factory=list)


@dataclass(slots=True)
class Lane:
    """A track's items in order, and its runs of gaps that are more than empty room.

    Attributes:
        placed: The items.
        gaps: The runs.
        length: The frame after the last.
        moved: How many edges lie between two frames and are moved to the nearest.
    """

    placed: list[Placed] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    length: int = 0
    moved: int = 0


def lane_of(track: Form, grid: Grid) -> Lane:
    """Return where a track's items lie; each edge is rounded from its exact time."""
    lane, run, run_start = Lane(), list[Form](), 0
    at: Count = 0
    for child in track.get("children", ()):
        kind = kind_of(child)
        start = nearest(at)
        if kind == "Transition":
            lane.placed.append(_transition(child, start, grid))
        else:
            at += grid.frames(range_of(child)[1])
            lane.moved += at.denominator != 1
        end = nearest(at)
        if kind == "Gap":
            run_start = run_start if run else start
            run.append(child)
            continue
        _close(lane, run, run_start, start, grid)
        run = []
        if kind != "Transition":
            lane.placed.append(Placed(child, start, end))
    lane.length = nearest(at)
    _close(lane, run, run_start, lane.length, grid, last=True)
    _join(lane.placed)
    return lane


def _transition(form: Form, cut: int, grid: Grid) -> Placed:
    before, after = (nearest(grid.frames(form[k])) for k in ("in_offset", "out_offset"))
    return Placed(form, max(0, cut - before), cut + after, cut, None)


def _join(placed: list[Placed]) -> None:
    for index, item in enumerate(placed):
        if kind_of(item.form) != "Transition":
            continue
        cut = item.head or 0
        if index and placed[index - 1].end == cut:
            placed[index - 1].tail = item.end - cut
        if index + 1 < len(placed) and placed[index + 1].start == cut:
            placed[index + 1].head = cut - item.start


def _close(
    lane: Lane, run: list[Form], start: int, end: int, grid: Grid, last: bool = False
) -> None:
    if not run or (not last and len(run) == 1 and start < end and _plain_gap(run[0], grid)):
        return
    lane.gaps.append({"at": [start, end], "last": last, "gaps": run})


def _plain_gap(gap: Form, grid: Grid) -> bool:
    given = gap.get("source_range")
    if gap.get("name") or gap.get("metadata") or gap.get("effects") or gap.get("markers"):
        return False
    if not given or not gap.get("enabled", True) or gap.get("color"):
        return False
    start, duration = given["start_time"], given["duration"]
    whole = float(duration["value"]).is_integer() and not start["value"]
    return whole and start["rate"] == duration["rate"] == grid.otio_rate
