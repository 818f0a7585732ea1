"""Decide how large the movie is: what was asked for, else the timeline's, else its media's."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from otio_idolsync.errors import UsageError
from otio_idolsync.rendering.model import Fit, OutputFormat

_DEFAULT_SIZE = (1920, 1080)


def output_format(
    asked: tuple[int, int] | None,
    settings: dict[str, Any],
    media: Sequence[tuple[int, int]],
    rate: Fraction,
    fit: Fit,
) -> tuple[OutputFormat, list[str]]:
    """Return the movie's format, and a warning where its size had to be made even.

    Args:
        asked: Width and height that the user wants, or None.
        settings: The timeline's settings.
        media: Display sizes of its media.
        rate: Its frame rate.
        fit: How media are brought to the size.

    Raises:
        UsageError: The size cannot be encoded.
    """
    wanted = asked or parse_size(settings.get("size"))
    largest = max(media, key=lambda pair: pair[0] * pair[1], default=_DEFAULT_SIZE)
    width, height = wanted or largest
    even = (width + width % 2, height + height % 2)
    odd = wanted is not None and even != wanted
    said = [f"size {width}x{height} is odd; the movie is {even[0]}x{even[1]}"] if odd else []
    return OutputFormat(*even, rate, fit), said


def parse_size(value: Any) -> tuple[int, int] | None:
    """Return a size given as ``"1920x1080"`` or two numbers; None for nothing.

    Raises:
        UsageError: It is no size.
    """
    if not value:
        return None
    try:
        width, height = (
            int(part) for part in (value.split("x") if isinstance(value, str) else value)
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"size {value!r} is not understood; write 1920x1080") from error
    return width, height
