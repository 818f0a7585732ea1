"""Basic Motion: the scale at which an editor shows what a render with ``--fit`` shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from otio_idolsync.interchange.xmeml.values import decimal_text

AUTHOR = "otio-idolsync"


def fit_xml(source: tuple[int, int], output: tuple[int, int], fit: str) -> str:
    """Return the filter that brings media to the sequence's size, or nothing where none is needed.

    Args:
        source: Pixels of the media, width and height.
        output: Pixels of the sequence.
        fit: ``fit`` shows all, ``fill`` covers the frame, ``crop`` keeps the pixels.
    """
    across, down = Fraction(output[0], source[0]), Fraction(output[1], source[1])
    scale = Fraction(1) if fit == "crop" else (min if fit == "fit" else max)(across, down)
    if scale == 1:
        return ""
    percent = decimal_text(Fraction(round(scale * 1_000_000), 10_000))
    return (
        "<filter><effect><name>Basic Motion</name><effectid>basic</effectid>"
        "<effectcategory>motion</effectcategory><effecttype>motion</effecttype>"
        "<mediatype>video</mediatype>"
        f'<parameter authoringApp="{AUTHOR}"><parameterid>scale</parameterid><name>Scale</name>'
        f"<valuemin>0</valuemin><valuemax>10000</valuemax><value>{percent}</value></parameter>"
        f'<parameter authoringApp="{AUTHOR}"><parameterid>center</parameterid><name>Center</name>'
        "<value><horiz>0</horiz><vert>0</vert></value></parameter></effect></filter>"
    )


def is_motion(kept: dict[str, Any]) -> bool:
    """Return whether a filter that was kept of an editor places the picture itself."""
    return kept.get("effectid") == "basic"


def is_ours(effect: Any) -> bool:
    """Return whether a filter is one that our writer derived from sizes."""
    return any(p.get("authoringApp") == AUTHOR for p in effect.iterfind("parameter"))
