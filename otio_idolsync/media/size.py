"""Picture sizes: how people write one, and how much of it another shape leaves black."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from otio_idolsync.errors import TimelineError, UsageError

SMALLEST_SIDE, LARGEST_SIDE = 16, 16384
MOST_BLACK = Fraction(1, 4)
_SHORT_SIDE = 1080
_SHOWN_IDS = 8
_FORMS = "1920x1080, or a shape: 9:16, 1:1, 4:5, 16:9"


def parse_size(size: str | Sequence[int]) -> tuple[int, int]:
    """Return a picture size as width and height in pixels; a shape's shorter side is 1080.

    Args:
        size: ``1920x1080``, a shape (``9:16`` is 1080x1920), or two numbers.

    Raises:
        UsageError: It is nothing of these, or outside 16 to 16384 pixels a side.
    """
    text = "x".join(map(str, size)) if isinstance(size, list | tuple) else str(size)
    pixels = re.fullmatch(r"(\d{1,9})\s*[xX×]\s*(\d{1,9})", text.strip())
    shape = re.fullmatch(r"(\d{1,5}(?:\.\d{1,4})?):(\d{1,5}(?:\.\d{1,4})?)", text.strip())
    if pixels:
        width, height = int(pixels[1]), int(pixels[2])
    elif shape and all(map(Fraction, shape.groups())):
        sides = [Fraction(side) for side in shape.groups()]
        width, height = (2 * round(_SHORT_SIDE * side / min(sides) / 2) for side in sides)
    else:
        raise UsageError(f"size {text!r} is not understood; write {_FORMS}")
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height)):
        raise UsageError(
            f"size {width}x{height} is outside {SMALLEST_SIDE} to {LARGEST_SIDE} pixels a side"
        )
    return width, height


def planned_size(settings: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the size that a timeline's settings say, None where they say none.

    Raises:
        TimelineError: It is no size.
    """
    size = settings.get("size")
    try:
        return parse_size(size) if size else None
    except UsageError as error:
        raise TimelineError(f"in the timeline's settings, {error}") from error


def even_size(size: tuple[int, int]) -> tuple[tuple[int, int], list[str]]:
    """Return a size with even sides, as codecs need them, and a warning where it was odd."""
    even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    odd = f"size {size[0]}x{size[1]} is odd; the picture is {even[0]}x{even[1]}"
    return even, [] if even == size else [odd]


def black_share(source: tuple[int, int], frame: tuple[int, int]) -> Fraction:
    """Return which share of a frame stays black when all of a source is fitted into it."""
    shapes = sorted((Fraction(*source), Fraction(*frame)))
    return 1 - shapes[0] / shapes[1]


def black_warning(
    shares: Mapping[str, Fraction], frame: tuple[int, int], ways_out: str
) -> list[str]:
    """Return one warning of all shots of which more than a quarter stays black, or none.

    Args:
        shares: The black share of each shot's picture, by its id.
        frame: Width and height of the picture.
        ways_out: What can be done about it.
    """
    told = {shot_id: share for shot_id, share in shares.items() if share > MOST_BLACK}
    if not told:
        return []
    ids = ", ".join(list(told)[:_SHOWN_IDS]) + (", …" if len(told) > _SHOWN_IDS else "")
    least, most = (round(100 * share) for share in (min(told.values()), max(told.values())))
    much = f"{most} %" if least == most else f"{least} to {most} %"
    return [
        f"{much} of the picture is black in {len(told)} of {len(shares)} shots ({ids}), whose "
        f"media have another shape than {frame[0]}x{frame[1]}; {ways_out}"
    ]
