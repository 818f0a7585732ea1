"""Our blocks in OTIO's metadata: found, read as plain Python, refused when newer, written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import opentimelineio as otio
from opentimelineio._otio import PyAny

from otio_idolsync.errors import TimelineError

KEY = "idolsync"
Metadata = dict[str, Any]
_NUMBERS = (int, float)
_LARGEST = 2**53
_NUMBER_LIST = "a list of numbers"
_SHAPES: dict[str, tuple[tuple[tuple[str, ...], Any], ...]] = {
    "timeline": (
        (("song",), dict),
        (("grid",), dict),
        (("grid", "beats"), _NUMBER_LIST),
        (("grid", "beat_numbers"), _NUMBER_LIST),
        (("structure",), dict),
        (("settings",), dict),
        (("next_shot",), int),
    ),
    "clip": (
        (("song_range",), dict),
        (("handles",), dict),
        (("reason",), dict),
        (("reason", "alternatives"), list),
        (("lipsync",), dict),
        (("lipsync", "params"), dict),
    ),
}
"""What must be of which kind where it is there at all; the rest is looked at where it is used."""
_KINDS = {dict: "an object", list: "a list", int: "a whole number"}
_SIMPLE = frozenset({str, int, float, bool, type(None)})


def known_block(block: Any, kind: str, version: int = 1) -> Metadata:
    """Return an ``idolsync`` metadata block, refusing one of a newer version than we know.

    Raises:
        TimelineError: Another kind, a newer version, a part of another shape than it has, or a
            number that stands for nothing.
    """
    if block and not hasattr(block, "items"):
        raise TimelineError(f"the block idolsync.{kind} is no JSON object but {block!r}")
    data = dict(block or {})
    schema = str(data.get("schema", f"idolsync.{kind}/{version}"))
    name, _, number = schema.partition("/")
    if name != f"idolsync.{kind}" or not number.isdigit():
        raise TimelineError(f"schema {schema!r} is not idolsync.{kind}/{version}")
    if int(number) > version:
        raise TimelineError(
            f"idolsync.{kind} version {number} is newer than version {version}, the newest known "
            "here; update otio-idolsync"
        )
    _refuse_odd_numbers(data, kind)
    _refuse_other_shapes(data, kind)
    return data


def _refuse_other_shapes(data: Metadata, kind: str) -> None:
    for path, shape in _SHAPES.get(kind, ()):
        part: Any = data
        for key in path:
            part = part.get(key) if part else None
        if part is None or (shape is _NUMBER_LIST and _is_number_list(part)):
            continue
        if shape is _NUMBER_LIST or not isinstance(part, shape):
            raise TimelineError(
                f"the block idolsync.{kind} has {'.'.join(path)} = {part!r}, which should be "
                f"{_KINDS.get(shape, shape)}; take the file as idolsync wrote it"
            )
    grid = (data.get("grid") or {}) if kind == "timeline" else {}
    beats, numbers = len(grid.get("beats") or ()), len(grid.get("beat_numbers") or ())
    if beats != numbers:
        raise TimelineError(f"the block idolsync.{kind} has {beats} beats and {numbers} numbers")


def _is_number_list(part: Any) -> bool:
    return isinstance(part, list) and all(type(one) in _NUMBERS for one in part)


def _refuse_odd_numbers(data: Metadata, kind: str) -> None:
    waiting: list[tuple[Any, Any]] = list(data.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((key, part) for part in value)
        elif type(value) in _NUMBERS and not abs(value) <= _LARGEST:  # of NaN nothing is true
            raise TimelineError(
                f"the block idolsync.{kind} has {key} = {value}, which is no number that it "
                "can have; take the file as idolsync wrote it"
            )


def plain(value: Any) -> Any:
    """Return OTIO's dictionaries and vectors as Python's own, so that they outlive the timeline."""
    if type(value) in _SIMPLE:
        return value
    if hasattr(value, "items"):
        return {str(k): plain(value[k]) for k in each(value)}
    if isinstance(value, str | otio.core.SerializableObject) or not hasattr(value, "__iter__"):
        return value
    return [plain(v) for v in each(value)]


def each(container: Any) -> Iterator[Any]:
    """Return the entries of one of OTIO's vectors, or the keys of one of its dictionaries.

    It stops by count: the exception that OTIO ends its own iterators with takes ten microseconds.
    """
    return itertools.islice(container, len(container))


def own_block(metadata: Any) -> Any:
    """Return our block in an OTIO object's metadata, None where there is none.

    Raises:
        TimelineError: What stands there is no block.
    """
    block = metadata[KEY] if KEY in each(metadata) else None
    if block is not None and not hasattr(block, "items"):
        raise TimelineError(f"metadata.{KEY} is {block!r}, not a block as idolsync writes it")
    return block


def graft(metadata: Any, key: str, value: Any) -> None:
    """Copy a value out of one OTIO object's metadata into another's.

    Plain assignment rebuilds it through Python, entry by entry, which takes twenty times as long.
    """
    metadata[key] = PyAny(value)


def timeline_block(timeline: otio.schema.Timeline) -> dict[str, Any]:
    """Return our metadata of a timeline, an empty one where there is none."""
    return known_block(plain(timeline.metadata.get(KEY)), "timeline")
