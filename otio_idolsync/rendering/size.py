"""Decide how large the movie is: asked for, else planned, else the edit's own, else its media's."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.look import Fit
from otio_idolsync.media.size import even_size, planned_size
from otio_idolsync.rendering.model import OutputFormat

_DEFAULT_SIZE = (1920, 1080)


def output_format(
    asked: tuple[int, int] | None,
    settings: dict[str, Any],
    own: tuple[int, int] | None,
    media: Sequence[tuple[int, int]],
    rate: Fraction,
    fit: Fit,
) -> tuple[OutputFormat, list[str]]:
    """Return the movie's format, and a warning where its size had to be made even.

    Args:
        asked: Width and height that the user wants, or None.
        settings: The timeline's settings.
        own: What the editor's file that it was read from says of its picture.
        media: Display sizes of its media.
        rate: Its frame rate.
        fit: How media are brought to the size.

    Raises:
        UsageError: The size cannot be encoded.
    """
    wanted = asked or planned_size(settings) or own
    largest = max(media, key=lambda pair: pair[0] * pair[1], default=_DEFAULT_SIZE)
    even, said = even_size(wanted or largest)
    return OutputFormat(*even, rate, fit), said if wanted else []
