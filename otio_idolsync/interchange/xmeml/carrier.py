"""Our own JSON block inside xmeml, for what the format has no place for; editors may drop it."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.errors import InterchangeError, TimelineError
from otio_idolsync.interchange.metadata import put
from otio_idolsync.interchange.xmeml.values import text_xml

KEY = "otio-idolsync"
_TYPED = "holds OTIO objects"
_encoder = json.JSONEncoder(separators=(",", ":"))


def block_xml(block: dict[str, Any]) -> str:
    """Return a block as FCP 7's own element for foreign metadata, or nothing when it is empty.

    The JSON is plain ASCII: no name can break it, whatever an editor does to encodings.
    """
    if not block:
        return ""
    value = text_xml(_encoder.encode(block))
    return f"<metadata><key>{KEY}</key><value>{value}</value></metadata>"


def block_of(element: Any) -> dict[str, Any]:
    """Return the block that an element (or its parts) carries; an empty one where there is none.

    Raises:
        InterchangeError: It is no JSON object.
    """
    first = element.find("metadata")
    if first is None:
        return {}
    for metadata in itertools.chain((first,), first.itersiblings("metadata")):
        said = {child.tag: child.text for child in reversed(metadata)}
        if said.get("key") == KEY:
            text = said.get("value") or ""
            try:
                block = parse_json(text, f"an {KEY} block")
            except TimelineError as error:
                raise InterchangeError(str(error)) from error
            if not isinstance(block, dict):
                raise InterchangeError(f"an {KEY} block is no JSON object")
            block[_TYPED] = '"OTIO_SCHEMA"' in text
            return block
    return {}


def put_metadata(target: Any, block: Any, typed: bool = True) -> None:
    """Put metadata from a block into an OTIO object, OTIO values inside it included.

    Args:
        target: The object.
        block: The metadata.
        typed: Whether there may be OTIO objects among them.

    Raises:
        InterchangeError: It is nothing that OTIO can hold.
    """
    if not isinstance(block, dict) or not block:
        return
    try:
        put(target.metadata, object_of(block) if typed and _typed(block) else block)
    except (TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        raise InterchangeError(f"an {KEY} block holds metadata that OTIO cannot hold") from error


def _typed(value: Any) -> bool:
    if isinstance(value, dict):
        return "OTIO_SCHEMA" in value or any(map(_typed, value.values()))
    return isinstance(value, list) and any(map(_typed, value))


def may_be_typed(block: dict[str, Any]) -> bool:
    """Return whether a block's text holds OTIO objects anywhere."""
    return bool(block.get(_TYPED))


def object_of(form: Any, kind: type = object) -> Any:
    """Return an OTIO object from its JSON form.

    Raises:
        InterchangeError: It is not one, or not of this kind.
    """
    try:
        made = otio.core.deserialize_json_from_string(json.dumps(form))
    except (LookupError, ValueError, TypeError, RuntimeError, otio.exceptions.OTIOError) as error:
        raise InterchangeError(f"an {KEY} block holds an object that OTIO cannot read") from error
    if not isinstance(made, kind):
        raise InterchangeError(f"an {KEY} block holds no {kind.__name__} where one belongs")
    return made


def texts(block: dict[str, Any], key: str) -> str | None:
    """Return a text of a block, or None where it is none."""
    value = block.get(key)
    return value if isinstance(value, str) else None


def exact_times(block: dict[str, Any], key: str = "s") -> otio.opentime.TimeRange | None:
    """Return the range ``[start, its rate, duration, its rate]`` of a block, or None.

    Raises:
        InterchangeError: Its entries are no times.
    """
    values = block.get(key)
    if values is None:
        return None
    numbers = isinstance(values, list) and len(values) == 4
    if not numbers or not all(type(v) in (int, float) and math.isfinite(v) for v in values):
        raise InterchangeError(f"an {KEY} block holds no times where they belong")
    start, start_rate, duration, rate = map(float, values)
    if start_rate <= 0 or rate <= 0:
        raise InterchangeError(f"an {KEY} block holds a rate that is not positive")
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start, start_rate), time(duration, rate))


def entries(block: dict[str, Any], key: str) -> list[Any]:
    """Return a list of a block, an empty one where there is none.

    Raises:
        InterchangeError: It is no list.
    """
    values = block.get(key) or []
    if not isinstance(values, list):
        raise InterchangeError(f"an {KEY} block holds no list where one belongs")
    return values
