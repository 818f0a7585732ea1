"""FCPXML's retiming (timeMap, conform-rate) and OTIO's time effects, both ways."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio
from lxml import etree

from otio_idolsync.errors import UsageError
from otio_idolsync.interchange.fcpxml.kept import KEY
from otio_idolsync.interchange.fcpxml.times import Grid, seconds_of, time_text
from otio_idolsync.timebase import frame_from, media_rate, nominal_of

CONFORMED = "conform-rate"
RAMP = "speed ramp"
_FILM_AND_PAL = (24, 25, 48, 50)


@dataclass(slots=True)
class Timing:
    """How a clip's local time, in which its children count, meets its media and its parent.

    Attributes:
        start: Local time at which the clip begins, in seconds.
        source: Media time that is seen there, in seconds.
        speed: Media seconds in one second of the parent.
        local: Local seconds in one second of the parent.
        linear: Whether the speed stays the same throughout.
        start_frame: The start in the parent's frames, where it is a whole number of them and
            local time counts as the parent's does.
    """

    start: Fraction
    source: Fraction
    speed: Fraction = Fraction(1)
    local: Fraction = Fraction(1)
    linear: bool = True
    start_frame: int | None = None

    def frames_to(self, text: str, grid: Grid) -> int:
        """Return the parent's frames from the clip's start to a local time, as FCPXML has it."""
        if self.start_frame is not None:
            there = grid.count(text)
            if there is not None:
                return there - self.start_frame
        return grid.nearest(self.since_start(seconds_of(text)))

    def earliest(self, frames: int, grid: Grid) -> Fraction:
        """Return the earliest media time that a clip of so many frames shows, in seconds."""
        return self.source + min(Fraction(0), self.speed) * Fraction(frames) / grid.rate

    def since_start(self, local: Fraction) -> Fraction:
        """Return the parent's seconds from the clip's start to a local time."""
        return (local - self.start) / self.local


def timing_of(element: Any, start: Fraction, duration: Fraction, grid: Grid) -> Timing:
    """Return how a clip is retimed.

    Args:
        element: The clip.
        start: Its local start, in seconds.
        duration: Its duration in its parent, in seconds.
        grid: The frames of its sequence.
    """
    points = _points(element.find("timeMap"))
    if len(points) >= 2:
        return _mapped(points, start, duration)
    conform = element.find("conform-rate")
    if conform is not None and conform.get("scaleEnabled", "1") != "0":
        speed = _conform_speed(conform.get("srcFrameRate", ""), grid.rate)
        return Timing(start, start, speed, speed)
    return Timing(start, start)


def _points(time_map: Any) -> list[tuple[Fraction, Fraction]]:
    if time_map is None:
        return []
    points = [
        (seconds_of(p.get("time", "")), seconds_of(p.get("value", "")))
        for p in time_map.iterfind("timept")
    ]
    kept = dict(sorted(points, key=lambda point: point[0]))
    return list(kept.items())


def _mapped(points: list[tuple[Fraction, Fraction]], start: Fraction, length: Fraction) -> Timing:
    end = start + (length or Fraction(1))
    source, last = _value_at(points, start), _value_at(points, end)
    speed = (last - source) / (end - start)
    inner = [(start, source), *(p for p in points if start < p[0] < end), (end, last)]
    linear = all(
        (v - u) == speed * (b - a) for (a, u), (b, v) in itertools.pairwise(inner) if b > a
    )
    return Timing(start, source, speed, Fraction(1), linear)


def _value_at(points: list[tuple[Fraction, Fraction]], time: Fraction) -> Fraction:
    """Return the media time at a local time, on straight lines between and beyond the points."""
    after = next((i for i, p in enumerate(points) if p[0] > time), len(points) - 1)
    (a, u), (b, v) = points[max(after, 1) - 1], points[max(after, 1)]
    return u + (v - u) * (time - a) / (b - a)


def _conform_speed(source: str, rate: Fraction) -> Fraction:
    """Return the speed at which Final Cut plays media of a near rate frame for frame."""
    try:
        given = media_rate(float(source))
    except (ValueError, UsageError):
        return Fraction(1)
    if not 1 <= given <= 240:
        return Fraction(1)
    nominal, own = nominal_of(given), nominal_of(rate)
    if nominal != own and nominal in _FILM_AND_PAL and own in _FILM_AND_PAL:
        factor = 2 if max(nominal, own) >= 48 > min(nominal, own) else 1
        return rate / (given * factor if own > nominal else given / factor)
    return (rate / own) / (given / nominal)


def effect_of(timing: Timing, element: Any) -> Any:
    """Return the OTIO effect of a retimed clip, of a ramp its mean speed; None without any."""
    if timing.speed == 1 and timing.linear:
        return None
    if timing.speed == 0:
        return otio.schema.FreezeFrame("")
    name = "" if element.find("timeMap") is not None else CONFORMED
    if not timing.linear:
        return otio.schema.LinearTimeWarp(RAMP, float(timing.speed), {KEY: {"ramp": True}})
    return otio.schema.LinearTimeWarp(name, float(timing.speed))


def speed_in(effects: Sequence[Any]) -> Fraction | None:
    """Return the exact speed that a clip's effects make; None where it has no time effect."""
    speed = None
    if not len(effects):
        return None
    for effect in effects:
        scalar = getattr(effect, "time_scalar", None)
        if scalar is not None and math.isfinite(scalar):
            speed = (Fraction(1) if speed is None else speed) * exact_speed(scalar)
    return speed


def exact_speed(scalar: float) -> Fraction:
    """Return the simplest fraction that is this float."""
    for finest in (1000, 1_000_000, 2**31 - 1):
        speed = Fraction(scalar).limit_denominator(finest)
        if float(speed) == scalar:
            return speed
    return speed


def add_time_map(
    parent: Any,
    grid: Grid,
    earliest: Fraction,
    frames: int,
    speed: Fraction,
    media: tuple[Fraction, Fraction] | None,
) -> Fraction:
    """Add a clip's timeMap and return the local start that belongs to it, in seconds.

    The map covers the whole medium, so that an editor can trim into its handles.

    Args:
        parent: The clip.
        grid: The frames of the sequence.
        earliest: The earliest media time that the clip shows, in seconds.
        frames: The clip's frames.
        speed: Media seconds in a second; negative plays backwards, 0 holds a frame.
        media: First and last second of the medium, where they are known.
    """
    low, high = earliest, earliest + abs(speed) * max(frames, 1) / grid.rate
    source = low if speed >= 0 else high
    if media is not None:
        low, high = min(low, media[0]), max(high, media[1])
    if speed:
        first, last = (low, high) if speed > 0 else (high, low)
        start = Fraction(frame_from((source - first) / speed * grid.rate)) / grid.rate
        points = [(start + (v - source) / speed, v) for v in (first, last)]
    else:
        start = Fraction(0)
        points = [(start, source), (Fraction(max(frames, 1)) / grid.rate, source)]
    time_map = etree.SubElement(parent, "timeMap")
    for time, value in points:
        where = {"time": time_text(time), "value": time_text(value), "interp": "linear"}
        etree.SubElement(time_map, "timept", where)
    return start
