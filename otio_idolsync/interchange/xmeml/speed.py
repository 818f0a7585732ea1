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
_STRAIGHT = Fraction(1, 50)
_SMALL_SPEED = 10


@dataclass(frozen=True, slots=True)
class Retiming:
    """What a time remap filter does.

    Attributes:
        scalar: Source frames per frame shown; 0 is a freeze, negative plays backwards.
        keys: (retimed frame, source frame) points, in order.
        straight: Whether the points lie on one line, so that the scalar says it all.
    """

    scalar: float
    keys: tuple[tuple[Fraction, Fraction], ...] = ()
    straight: bool = True

    def source_at(self, frame: Fraction, media_frames: Count | None) -> Fraction:
        """Return the source frame shown at a retimed frame.

        Args:
            frame: Retimed frames from the clip's own beginning.
            media_frames: The media's length, which backward play counts from.
        """
        if len(self.keys) > 1:
            return self._on_graph(frame)
        speed = Fraction(self.scalar).limit_denominator(1_000_000)
        if speed == 0:
            return self.keys[0][1] if self.keys else frame
        if speed < 0:
            return (media_frames or Fraction(0)) + frame * speed
        return frame * speed

    def _on_graph(self, frame: Fraction) -> Fraction:
        pairs = list(itertools.pairwise(self.keys))
        (x0, y0), (x1, y1) = next((p for p in pairs if frame <= p[1][0]), pairs[-1])
        return y0 + (frame - x0) * (y1 - y0) / (x1 - x0)


def retiming_of(effect: Any) -> Retiming:
    """Return what a time remap ``<effect>`` does."""
    parameters = {
        (p.findtext("parameterid") or p.findtext("name") or "").strip().lower(): p
        for p in effect.iterfind("parameter")
    }
    graph = parameters.get("graphdict")
    keys = _keys(graph) if graph is not None else ()
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
    return Retiming(scalar, keys, _straight(keys))


def _keys(graph: Any) -> tuple[tuple[Fraction, Fraction], ...]:
    points: dict[Fraction, Fraction] = {}
    for key in graph.iterfind("keyframe"):
        when, value = (key.findtext("when") or "").strip(), (key.findtext("value") or "").strip()
        if when and value:
            points[parsed(when, "when")] = parsed(value, "value").limit_denominator(1_000_000)
    return tuple(sorted(points.items()))


def _slope(one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction]) -> Fraction:
    return (other[1] - one[1]) / (other[0] - one[0])


def _straight(keys: tuple[tuple[Fraction, Fraction], ...]) -> bool:
    if len(keys) < 3:
        return True
    slope = _slope(keys[0], keys[-1])
    first = keys[0]
    return all(abs(first[1] + (x - first[0]) * slope - y) <= _STRAIGHT for x, y in keys)


def retimed_in(source: Fraction, scalar: Fraction, media_frames: Count | None) -> int:
    """Return the retimed frame nearest to a source frame.

    Args:
        source: Frames from the media's first.
        scalar: The speed.
        media_frames: The media's length, for backward play.
    """
    if scalar == 0:
        return nearest(source)
    if scalar < 0:
        return max(0, nearest(((media_frames or source) - source) / -scalar))
    return nearest(source / scalar)


def retiming_xml(scalar: float, keys: list[tuple[int, Fraction]], kind: str) -> str:
    """Return the filter of a constant speed.

    Args:
        scalar: Source frames per frame shown.
        keys: (retimed frame, source frame) at the clip's beginning and end.
        kind: ``video`` or ``audio``.
    """
    percent = Decimal(repr(scalar)) * 100
    points = "".join(
        f"<keyframe><when>{when}</when><value>{decimal_text(value)}</value>"
        "<speedvirtualkf>TRUE</speedvirtualkf></keyframe>"
        for when, value in keys
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


def _parameter(name: str, bounds: str, value: str) -> str:
    return (
        f"<parameter><parameterid>{name}</parameterid><name>{name}</name>{bounds}"
        f"<value>{value}</value></parameter>"
    )
