"""Numbers, rates, flags and texts in xmeml, exactly, and refused where they are no such thing."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any

from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.timebase import Clock, media_rate, nominal_of

TICKS = 254016000000
"""Premiere's ticks in a second."""

_LARGEST = 10**18
_WIDEST = 40
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}

_FLAGS = {"TRUE": True, "FALSE": False}
_COUNTER = Clock(Fraction(1))

Count = int | Fraction
"""Frames: whole ones are ``int``, because fractions cost a hundred times as much."""


@lru_cache(maxsize=256)
def exact_rate(rate: float) -> Fraction:
    """Return a clock rate exactly.

    Raises:
        InterchangeError: It is no finite rate above 0.
    """
    if not math.isfinite(rate) or rate <= 0:
        raise InterchangeError(f"the timeline holds a rate of {rate:g}, which no editor can show")
    return media_rate(rate)


def nearest(value: float | Count) -> int:
    """Round to the nearest whole number, a tie to the later one, as all frames are rounded."""
    return value if type(value) is int else _COUNTER.frame_at(value)


def whole(value: Count) -> Count:
    """Return a count as an ``int`` where it is whole."""
    return int(value) if value.denominator == 1 else value


class Parts:
    """An element's children by tag, the first of each: one pass instead of a search a child."""

    __slots__ = ("_children", "element")

    def __init__(self, element: Any) -> None:
        self.element = element
        self._children = {child.tag: child for child in reversed(element)}

    def __contains__(self, tag: str) -> bool:
        return tag in self._children

    def tags(self) -> set[str]:
        """Return the tags of all children."""
        return set(self._children)

    def find(self, tag: str) -> Any:
        """Return a child, or None."""
        return self._children.get(tag)

    def findtext(self, tag: str) -> str | None:
        """Return a child's text, or None where there is no such child."""
        child = self._children.get(tag)
        return None if child is None else child.text or ""


def number(element: Any, tag: str) -> Count | None:
    """Return the number that a child holds, or None where it is absent or blank.

    Raises:
        InterchangeError: It is no finite number.
    """
    text = element.findtext(tag)
    if text is None:
        return None
    if text.isdecimal() and len(text) < 12:
        return int(text)
    text = text.strip()
    return parsed(text, tag) if text else None


def parsed(text: str, what: str) -> Fraction:
    """Return a text as an exact number.

    Raises:
        InterchangeError: It is no finite number of a sensible size.
    """
    try:
        if len(text) <= _WIDEST:
            decimal = Decimal(text)
            if decimal.is_finite() and -30 < decimal.adjusted() < 30 and abs(decimal) <= _LARGEST:
                return Fraction(decimal)
            if not decimal:
                return Fraction(0)
    except InvalidOperation:
        pass
    raise InterchangeError(f"<{what}> holds {text[:_WIDEST]!r}, which is no time or number")


def frames(element: Any, tag: str) -> int | None:
    """Return the whole frame nearest to the number that a child holds, or None.

    Most files hold integers, OpenShot and Hiero write floats.
    """
    value = number(element, tag)
    return None if value is None else nearest(value)


def flag(element: Any, tag: str, default: bool) -> bool:
    """Return whether a child says TRUE."""
    text: str = element.findtext(tag) or ""
    return _FLAGS[text] if text in _FLAGS else _flag(text, default)


def _flag(text: str, default: bool) -> bool:
    text = text.strip().upper()
    return text in ("TRUE", "1", "YES") if text else default


def rate_of(element: Any) -> Fraction | None:
    """Return the frame rate that an element's ``<rate>`` holds, or None."""
    rate = element.find("rate")
    if rate is None:
        return None
    said = {child.tag: child.text for child in reversed(rate)}
    return _rate(said.get("timebase") or "", said.get("ntsc") or "")


@lru_cache(maxsize=256)
def _rate(text: str, shown: str) -> Fraction | None:
    text = text.strip()
    base, ntsc = parsed(text, "timebase") if text else None, _flag(shown, False)
    if not base:
        return None
    if base < 0:
        raise InterchangeError(f"<timebase> holds {float(base):g}, which is no frame rate")
    exact = base * Fraction(1000, 1001) if ntsc and base.denominator == 1 else media_rate(base)
    return exact if exact > 0 else None


@lru_cache(maxsize=256)
def rate_xml(rate: Fraction) -> str:
    """Return a ``<rate>`` element; xmeml has whole rates and those of NTSC only."""
    ntsc = rate.denominator != 1
    base = nominal_of(rate)
    return f"<rate><timebase>{base}</timebase><ntsc>{'TRUE' if ntsc else 'FALSE'}</ntsc></rate>"


@lru_cache(maxsize=256)
def writable_rate(rate: Fraction) -> bool:
    """Return whether xmeml can name a rate."""
    return rate.denominator == 1 or rate * Fraction(1001, 1000) == nominal_of(rate)


def start_of(timecode: Any, default: Fraction) -> tuple[Count, Fraction]:
    """Return the frame at which a ``<timecode>`` starts, and the rate it counts at.

    The frame count is trusted; the text is read only where there is no count (Resolve's files),
    because writers get it wrong for drop-frame.

    Raises:
        InterchangeError: Neither can be understood.
    """
    if timecode is None:
        return 0, default
    parts = Parts(timecode)
    rate = rate_of(parts) or default
    count = number(parts, "frame")
    if count is None and (text := (parts.findtext("string") or "").strip()):
        drop = (parts.findtext("displayformat") or "").strip() == "DF" or ";" in text
        try:
            count = Clock(rate, drop).count_at_timecode(text)
        except (UsageError, ValueError):
            try:
                count = Clock(rate).count_at_timecode(text)
            except (UsageError, ValueError) as error:
                raise InterchangeError(f"timecode {text[:_WIDEST]!r} is not understood") from error
    return whole(count or 0), rate


def readable(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _UNWRITABLE.sub("", text)


def text_xml(text: str) -> str:
    """Return a text as XML; characters that XML cannot hold are left out."""
    text = readable(text)
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text) if _SPECIAL.search(text) else text


def attribute_xml(text: str) -> str:
    """Return a text as an XML attribute's value."""
    return text_xml(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def holds(text: str) -> bool:
    """Return whether XML can hold a text as it is."""
    return not _UNWRITABLE.search(text)


def decimal_text(value: Count) -> str:
    """Return a number as short decimal text, exact to a millionth of a millionth."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.15g}"
