"""Final Cut's names of picture formats, and the rates and sizes that they stand for."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from otio_idolsync.interchange.fcpxml.times import length_of, rate_of_duration

_NTSC = {"2398": 24, "2997": 30, "5994": 60, "11988": 120}
_NAME = re.compile(r"FFVideoFormat(?:(\d+)x)?(\d+)([pi])(\d+)", re.ASCII)
_WIDTHS = {1080: 1920, 720: 1280}
_RATES = (23.976, 24, 25, 29.97, 30, 50, 59.94, 60)
_SIZES = {
    (1920, 1080): "1080",
    (1280, 720): "720",
    (3840, 2160): "3840x2160",
    (4096, 2160): "4096x2160",
}


def rate_of_format(element: Any) -> Fraction | None:
    """Return a format's frame rate, from its frame duration or else its name; None without."""
    length = length_of(element, "frameDuration")
    if length:
        return rate_of_duration(length)
    found = _NAME.match(element.get("name", ""))
    if not found:
        return None
    digits = found[4]
    rate = Fraction(_NTSC[digits] * 1000, 1001) if digits in _NTSC else Fraction(int(digits))
    if found[3] == "i":
        rate /= 2
    return rate if 1 <= rate <= 240 else None


def size_of_format(element: Any) -> tuple[int, int] | None:
    """Return a format's width and height in pixels; None where neither it nor its name has one."""
    width, height = element.get("width", ""), element.get("height", "")
    if width.isdecimal() and height.isdecimal() and len(width) < 7 and len(height) < 7:
        return int(width), int(height)
    found = _NAME.match(element.get("name", ""))
    if not found:
        return None
    rows = int(found[2][:6])
    return (int(found[1][:6]) if found[1] else _WIDTHS.get(rows, rows * 16 // 9), rows)


def format_name(size: tuple[int, int], rate: Fraction) -> str | None:
    """Return the name Final Cut has for a picture format; None where it has none."""
    shown = round(float(rate), 3)
    stem = _SIZES.get(size)
    if stem is None or shown not in _RATES:
        return None
    return f"FFVideoFormat{stem}p{f'{shown:.2f}'.replace('.', '') if shown % 1 else int(shown)}"
