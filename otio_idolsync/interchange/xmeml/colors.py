"""Marker colours: OTIO's names, Premiere's palette, and the RGB that FCP 7 and Resolve take."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

DEFAULT = "GREEN"
"""What a marker without a colour is in Premiere."""

_RGB = {
    "RED": (210, 44, 54),
    "ORANGE": (233, 111, 36),
    "YELLOW": (208, 161, 43),
    "GREEN": (113, 134, 55),
    "CYAN": (25, 244, 214),
    "BLUE": (66, 141, 252),
    "PURPLE": (175, 139, 177),
    "WHITE": (255, 255, 255),
}
"""Premiere's eight marker colours, as its own files hold them."""

_BEYOND = {"MAGENTA": (255, 0, 255), "PINK": (255, 140, 190), "BLACK": (0, 0, 0)}
_STANDS_IN = {"MAGENTA": "PURPLE", "PINK": "PURPLE", "BLACK": "WHITE"}


def color_xml(color: str | None) -> str:
    """Return a colour's elements: RGB for FCP 7 and Resolve, an ABGR integer for Premiere."""
    name = (color or "").upper()
    if name not in _RGB and name not in _BEYOND:
        return ""
    red, green, blue = _RGB.get(name) or _BEYOND[name]
    p_red, p_green, p_blue = _RGB[_STANDS_IN.get(name, name)]
    packed = 0xFF << 24 | p_blue << 16 | p_green << 8 | p_red
    return (
        f"<color><alpha>0</alpha><red>{red}</red><green>{green}</green><blue>{blue}</blue></color>"
        f"<pproColor>{packed}</pproColor>"
    )


def color_of(marker: Any) -> str:
    """Return the OTIO colour of a marker element.

    Premiere's integer decides, because Premiere rewrites it when a person picks another colour;
    where it only stands in for a colour that Premiere lacks, the RGB beside it tells which.
    """
    plain = _nearest(_fcp_rgb(marker))
    packed = _packed_rgb(marker)
    if packed is None:
        return plain or DEFAULT
    picked = _nearest(packed)
    return plain if plain and _STANDS_IN.get(plain) == picked else picked or DEFAULT


def is_known(color: str | None) -> bool:
    """Return whether a colour comes back from its elements."""
    return color in _RGB or color in _BEYOND


def _packed_rgb(marker: Any) -> tuple[int, int, int] | None:
    text = (marker.findtext("pproColor") or "").strip()
    if not text.isdecimal() or len(text) > 12:
        return None
    packed = int(text)
    return packed & 255, packed >> 8 & 255, packed >> 16 & 255


def _fcp_rgb(marker: Any) -> tuple[int, int, int] | None:
    color = marker.find("color")
    if color is None:
        return None
    texts = [(color.findtext(tag) or "").strip() for tag in ("red", "green", "blue")]
    if not all(text.isdecimal() and len(text) < 6 for text in texts):
        return None
    red, green, blue = (int(text) for text in texts)
    return red, green, blue


@lru_cache(maxsize=1024)
def _nearest(rgb: tuple[int, int, int] | None) -> str | None:
    if rgb is None:
        return None

    def distance(name: str) -> int:
        known = _RGB.get(name) or _BEYOND[name]
        return sum((a - b) ** 2 for a, b in zip(rgb, known, strict=True))

    return min([*_RGB, *_BEYOND], key=distance)
