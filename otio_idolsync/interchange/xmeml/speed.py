"""Constant speed, reverse and freeze: FCP 7's time remap filter, both ways.

Inside a retimed clip, ``in`` and ``out`` count *retimed* frames. The filter's graph says which
source frame is shown at which of them, so a source frame between two retimed ones stays exact.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from otio_idolsync.interchange.xmeml.values import Count, decimal_text, flag, nearest, parsed

EFFECT_ID = "timeremap"
RAMP_IN = "retimed in"
"""Where a kept ramp's ``in`` stood; its blank keeps it out of the XML."""
_STRAIGHT = Fraction(1, 50)
_SMALL_SPEED = 10

Point = tuple[Fraction, Fraction]
"""A retimed frame and the source frame that is shown at it."""


@dataclass(frozen=True, slots=True)
class Used:
    """Which part of a retimed item is seen, in its retimed frames.

    Attributes:
        first: What ``in`` says.
        shown: How many frames are seen from the item's cut to its next.
        head: Frames before them that the transition ahead reaches into.
        tail: Frames behind them, likewise.
        whole: The whole item's retimed frames, where it says so.
        media: The media's length in source frames, where it is known.
        exact: The source frame that Premiere's ticks name, where they do.
    """

    first: Fraction
    shown: int
    head: int = 0
    tail: int = 0
    whole: Count | None = None
    media: Count | None = None
    exact: Count | None = None

    @property
    def last(self) -> Fraction:
        """What ``out`` says."""
        return self.first + self.head + self.shown + self.tail


@dataclass(frozen=True, slots=True)
class Retiming:
    """What a time remap filter does.

    Attributes:
        scalar: Source frames per frame shown; 0 is a freeze, negative plays backwards.
        keys: (retimed frame, source frame) points, in order.
        entry: The point that the filter calls that of ``in``.
        constant: Whether the scalar says it all.
    """

    scalar: float
    keys: tuple[Point, ...] = ()
    entry: Point | None = None
    constant: bool = True

    def earliest(self, used: Used) -> Fraction:
        """Return the earliest source frame that is seen: the first, or backwards the last."""
        speed = Fraction(self.scalar).limit_denominator(1_000_000)
        if speed < 0 and self.constant:
            return self._backwards(used, -speed)
        start = used.first + used.head
        if not self.constant and len(self.keys) > 1:
            return min(self._on_graph(start), self._on_graph(start + used.shown))
        if self.constant and self.entry and abs(self.entry[0] - used.first) <= 1:
            found = self.entry[1] + (start - self.entry[0]) * speed
        elif len(self.keys) > 1:
            found = self._on_graph(start)
        elif speed == 0:
            return self.keys[0][1] if self.keys else start
        else:
            found = start * speed
        if used.exact is None or not self.constant or not speed:
            return found
        exact = used.exact + used.head * speed
        return exact if _near(exact, found, speed) else found

    def mean(self, used: Used) -> Fraction:
        """Return the mean speed of what is seen."""
        first = used.first + used.head
        if len(self.keys) < 2 or not used.shown:
            return Fraction(self.scalar).limit_denominator(1_000_000)
        ends = self._on_graph(first), self._on_graph(first + used.shown)
        return ((ends[1] - ends[0]) / used.shown).limit_denominator(1_000_000)

    def _backwards(self, used: Used, speed: Fraction) -> Fraction:
        beside = used.whole - used.last if used.whole is not None else None
        if self.entry and abs(self.entry[0] - used.first) <= 1:
            # Apple adds 1 to the values of a reverse: at ``in`` frame ``value - 1`` is seen.
            return self.entry[1] - 1 - speed * (used.head + used.shown - 1)
        if self.entry and beside is not None and abs(self.entry[0] - beside) <= 1:
            # Some versions of Premiere count ``in`` as if the item played forwards.
            begin = used.first * speed
            if used.exact is not None and _near(used.exact, begin, speed):
                begin = Fraction(used.exact)
            return begin + speed * used.tail
        end = used.first + used.head + used.shown
        if len(self.keys) > 1:
            return self._on_graph(end)
        return max(Fraction(0), (used.media or used.last * speed) - end * speed)

    def _on_graph(self, frame: Fraction) -> Fraction:
        pairs = list(itertools.pairwise(self.keys))
        (x0, y0), (x1, y1) = next((p for p in pairs if frame <= p[1][0]), pairs[-1])
        return y0 + (frame - x0) * (y1 - y0) / (x1 - x0)


def _near(exact: Count, rounded: Fraction, speed: Fraction) -> bool:
    """Return whether ``rounded`` may be ``exact`` on whole retimed and whole source frames."""
    return bool(abs(exact - rounded) <= max(speed, Fraction(1)))


def retiming_of(effect: Any) -> Retiming:
    """Return what a time remap ``<effect>`` does."""
    parameters = {
        (p.findtext("parameterid") or p.findtext("name") or "").strip().lower(): p
        for p in effect.iterfind("parameter")
    }
    graph = parameters.get("graphdict")
    varies = _varies(parameters.get("variablespeed"))
    keys, entry = _keys(graph, bool(varies)) if graph is not None else ((), None)
    speed = parameters.get("speed")
    text = (speed.findtext("value") or "").strip() if speed is not None else ""
    if text and speed is not None:
        parsed(text, "speed")
        percent = Decimal(text)
        # Hiero writes a share where all others write per cent; it has no bounds beside it.
        share = speed.find("valuemax") is None and 0 < abs(percent) < _SMALL_SPEED
        scalar = float(percent if share else percent / 100)
    else:
        scalar = float(_slope(keys[0], keys[-1])) if len(keys) > 1 else 1.0
    reverse = parameters.get("reverse")
    if scalar > 0 and reverse is not None and flag(reverse, "value", False):
        scalar = -scalar
    constant = _straight(keys) if varies is None else not varies
    return Retiming(scalar, keys, entry, constant)


def _varies(parameter: Any) -> bool | None:
    """Return whether a filter says that its speed varies; None where it says nothing."""
    text = (parameter.findtext("value") or "").strip() if parameter is not None else ""
    return text.upper() in ("1", "TRUE") if text else None


def _keys(graph: Any, varies: bool) -> tuple[tuple[Point, ...], Point | None]:
    """Return a graph's points and the one at ``in``.

    Apple's own reader ignores a virtual key that is neither first nor last; Premiere writes
    nonsense into such keys of a variable speed.
    """
    points: dict[Fraction, Fraction] = {}
    entry = None
    keys = list(graph.iterfind("keyframe"))
    for key in keys:
        when, value = (key.findtext("when") or "").strip(), (key.findtext("value") or "").strip()
        if not when or not value:
            continue
        point = parsed(when, "when"), parsed(value, "value").limit_denominator(1_000_000)
        at_in = key.find("speedkfin") is not None
        if at_in:
            entry = point
        inner = key not in (keys[0], keys[-1]) and not at_in
        if not (varies and inner and flag(key, "speedvirtualkf", False)):
            points[point[0]] = point[1]
    return tuple(sorted(points.items())), entry


def _slope(one: Point, other: Point) -> Fraction:
    return (other[1] - one[1]) / (other[0] - one[0])


def _straight(keys: tuple[Point, ...]) -> bool:
    if len(keys) < 3:
        return True
    slope = _slope(keys[0], keys[-1])
    first = keys[0]
    return all(abs(first[1] + (x - first[0]) * slope - y) <= _STRAIGHT for x, y in keys)


@dataclass(frozen=True, slots=True)
class Retimed:
    """Where a retimed item begins, and its graph.

    Attributes:
        first: The retimed frame that ``in`` says.
        offset: The source frame there, which ticks name; backwards, counted from the media's end.
        keys: (retimed frame, source frame) at the media's beginning, ``in``, ``out`` and its end.
    """

    first: int
    offset: Fraction
    keys: tuple[Point, ...]


def retimed(low: Fraction, scalar: Fraction, span: int, media: Count | None) -> Retimed:
    """Return how an item is told that shows ``span`` frames from a source frame on.

    Args:
        low: The earliest source frame that it shows, from the media's first.
        scalar: The speed.
        span: How many frames it shows.
        media: The media's length, which backward play counts from.
    """
    speed = abs(scalar)
    end = low + span * speed
    if scalar >= 0:
        first = nearest(low / scalar) if scalar else nearest(low)
        return Retimed(first, low, _points(first, low, scalar, span, media))
    offset = max(Fraction(0), (end if media is None else media) - end)
    first = nearest(offset / speed)
    # Apple adds 1 to the values of a reverse, in which ``in`` shows the frame before ``end``.
    return Retimed(first, offset, _points(first, end - speed + 1, scalar, span, media))


def _points(
    first: int, value: Fraction, speed: Fraction, span: int, media: Count | None
) -> tuple[Point, ...]:
    whole = max(first + span, nearest(media / abs(speed)) if media and speed else 0)
    return tuple(
        (Fraction(w), value + (w - first) * speed) for w in (0, first, first + span, whole)
    )


_FLAGS = ("speedkfstart", "speedkfin", "speedkfout", "speedkfend")


def retiming_xml(scalar: float, keys: tuple[Point, ...], kind: str) -> str:
    """Return the filter of a constant speed.

    Args:
        scalar: Source frames per frame shown.
        keys: As ``Retimed`` has them.
        kind: ``video`` or ``audio``.
    """
    percent = Decimal(repr(scalar)) * 100
    points = "".join(
        f"<keyframe><when>{when}</when><value>{decimal_text(value)}</value>"
        f"<speedvirtualkf>TRUE</speedvirtualkf><{name}>TRUE</{name}></keyframe>"
        for (when, value), name in zip(keys, _FLAGS, strict=True)
        if name not in _doubled(keys)
    )
    return (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
        "<effectcategory>motion</effectcategory><effecttype>motion</effecttype>"
        f"<mediatype>{kind}</mediatype>"
        + _parameter("variablespeed", "<valuemin>0</valuemin><valuemax>1</valuemax>", "0")
        + _parameter(
            "speed", "<valuemin>-100000</valuemin><valuemax>100000</valuemax>", f"{percent:f}"
        )
        + _parameter("reverse", "", "TRUE" if scalar < 0 else "FALSE")
        + _parameter("frameblending", "", "FALSE")
        + "<parameter><parameterid>graphdict</parameterid><name>graphdict</name>"
        f"<value>0</value>{points}"
        "<interpolation><name>FCPCurve</name></interpolation></parameter>"
        "</effect></filter>"
    )


def _doubled(keys: tuple[Point, ...]) -> tuple[str, ...]:
    """Return the names of the outer keys that lie where ``in`` and ``out`` do."""
    start, first, out, end = (when for when, _ in keys)
    return tuple(n for n, same in ((_FLAGS[0], start == first), (_FLAGS[3], out == end)) if same)


def _parameter(name: str, bounds: str, value: str) -> str:
    return (
        f"<parameter><parameterid>{name}</parameterid><name>{name}</name>{bounds}"
        f"<value>{value}</value></parameter>"
    )
