"""Parse JSON that others wrote without trusting it: in bounds, with the numbers OTIO writes."""

from __future__ import annotations

import json
import re
from typing import Any

from otio_idolsync.errors import TimelineError

MAX_DEPTH = 256
"""What goes through data level by level gives up at a thousand; OpenTimelineIO's parser crashes."""

_PYTHONS = {"Inf": "Infinity", "-Inf": "-Infinity", "-NaN": "NaN"}
_TEXT_OR_ODD = re.compile(r'"(?:[^"\\]|\\.)*+"|-?Inf(?!inity)|-NaN', re.DOTALL)


def parse_json(text: str, shown: str = "it") -> Any:
    """Return the data in a JSON text, ``Inf`` and ``-NaN`` read as OpenTimelineIO reads them.

    Args:
        text: The text.
        shown: What to call it in an error.

    Raises:
        TimelineError: It is no JSON, or nested deeper than any timeline.
    """
    too_deep = f"{shown} is nested deeper than {MAX_DEPTH} levels, which no timeline is"
    try:
        data = _loaded(text)
    except RecursionError as error:
        raise TimelineError(too_deep) from error
    except ValueError as error:
        raise TimelineError(f"{shown} is no JSON: {error}") from error
    if is_deeper(data):
        raise TimelineError(too_deep)
    return data


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        plain = _TEXT_OR_ODD.sub(lambda found: _PYTHONS.get(found[0], found[0]), text)
        try:
            return json.loads(plain)
        except ValueError:
            raise error from None  # which counts in the text that the user has


def is_deeper(data: Any, levels: int = MAX_DEPTH) -> bool:
    """Return whether data are nested deeper than so many levels."""
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            part
            for value in level
            for part in (value.values() if isinstance(value, dict) else value)
            if isinstance(part, dict | list)
        ]
    return bool(level)
