"""Put plain values into OTIO's metadata, faster than its own Python mapping takes them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from opentimelineio._otio import AnyDictionary, PyAny

from otio_idolsync.cut.blocks import KEY

_KEY = KEY
_TELLING = {
    "idolsync.clip": ("schema", "shot_id"),
    "idolsync.timeline": ("schema", "plan_id", "settings"),
}
_ids_only: ContextVar[bool] = ContextVar("ids_only", default=False)


@contextlib.contextmanager
def ids_only() -> Iterator[None]:
    """Read of our metadata no more than which shot a clip is, and of which plan.

    Who has the plan takes the rest from there, and putting it into OTIO takes half of the time of
    reading a document.
    """
    token = _ids_only.set(True)
    try:
        yield
    finally:
        _ids_only.reset(token)


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
        brief = key == _KEY and _ids_only.get()
        metadata[key] = _held(_told_briefly(value) if brief else value)


def _told_briefly(block: Any) -> Any:
    """Return our block of a clip or timeline without all that does not tell which one it is."""
    kind = str(block.get("schema", "")).partition("/")[0] if isinstance(block, dict) else ""
    return {k: block[k] for k in _TELLING[kind] if k in block} if kind in _TELLING else block


def _held(value: Any) -> Any:
    """Return a text or dictionary as OTIO holds it; assignment asks seven questions before that."""
    kind = type(value)
    if kind is str:
        return PyAny(value)
    if kind is dict:
        made = AnyDictionary()
        for key, part in value.items():
            made[key] = _held(part)
        return PyAny(made)
    return value
