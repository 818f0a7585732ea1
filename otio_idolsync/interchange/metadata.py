"""Put plain values into OTIO's metadata, faster than its own Python mapping takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentimelineio._otio import AnyDictionary, PyAny


def put(metadata: Any, values: Mapping[str, Any]) -> None:
    """Put values into an OTIO object's metadata, as assignment does.

    Args:
        metadata: The object's metadata.
        values: What JSON can hold (dictionaries that hold themselves are for assignment to refuse),
            and OTIO objects.

    Raises:
        TypeError: A value is nothing that OTIO can hold.
        ValueError: A number or text is nothing that OTIO can hold.
    """
    for key, value in values.items():
        metadata[key] = _held(value)


def _held(value: Any) -> Any:
    """Return a text or dictionary as OTIO holds it; assignment asks seven questions before that."""
    kind = type(value)
    if kind is str:
        return PyAny(value)
    if kind is dict:
        made = AnyDictionary()
        put(made, value)
        return PyAny(made)
    return value
