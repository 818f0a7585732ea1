"""What FCPXML has no place for, in the texts it has: notes that people read and we read back.

A note is for people up to ``[idolsync``, then JSON up to its end. Final Cut keeps the notes of
clips and markers; where an editor drops them, only what stands in them is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.json_text import is_deeper

_OPEN, _CLOSE = "[idolsync ", "]"
_LONGEST = 4_000_000
_NO_XML = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def _number(digits: str) -> int | float:
    """Return a whole number as OTIO can hold it."""
    number = int(digits) if len(digits) < 20 else 2**64
    return number if -(2**63) <= number < 2**63 else float(digits)


_DECODER = json.JSONDecoder(parse_int=_number)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def xml_text(text: str) -> str:
    """Return a text without the characters that no XML can hold."""
    if text.isprintable():
        return text
    return "".join(c for c in text.translate(_NO_XML) if not 0xD800 <= ord(c) <= 0xDFFF)


def note_with(people: str, block: Mapping[str, Any]) -> str:
    """Return a note: words for people, then a block for us (nothing where it is empty)."""
    words = xml_text(people)
    if _OPEN in words or words != people:
        words, block = "", {**block, "words": people}
    if not block:
        return words
    # ASCII only: what is lost of a name in some editor's encoding is not lost here.
    text = _ENCODER.encode(block)
    return f"{words} {_OPEN}{text}{_CLOSE}" if words else f"{_OPEN}{text}{_CLOSE}"


def split_note(note: str | None) -> tuple[str, dict[str, Any]]:
    """Return a note's words for people, and our block ({} where there is none)."""
    if not note or len(note) > _LONGEST:
        return note or "", {}
    begin = note.find(_OPEN)
    if begin < 0:
        return note, {}
    try:
        block, end = _DECODER.raw_decode(note, begin + len(_OPEN))
    except (ValueError, RecursionError):
        return note, {}
    rest = note[end:]
    if (
        not isinstance(block, dict)
        or is_deeper(block)
        or not rest.startswith(_CLOSE)
        or _has_half_letters(note, block)
    ):
        return note, {}
    if "words" in block:
        return str(block.pop("words")), block
    return (note[:begin].removesuffix(" ") + rest[len(_CLOSE) :]), block


def _has_half_letters(note: str, block: dict[str, Any]) -> bool:
    """Return whether a block has lone surrogates, which are no text and which OTIO refuses."""
    if "\\ud" not in note and "\\uD" not in note:
        return False
    try:
        json.dumps(block, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def object_of(value: Any) -> Any:
    """Return the OTIO value of a JSON value; None where this OTIO cannot make it.

    OTIO's own parser loses the last bit of one number in ten, so times and speeds are set again.
    """
    if isinstance(value, list):
        return [object_of(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "OTIO_SCHEMA" not in value:
        return {key: object_of(each) for key, each in value.items()}
    try:
        time = _time_of(value)
        if time is not None:
            return time
        made = otio.core.deserialize_json_from_string(json.dumps(value))
        for name in ("time_scalar", "available_range", "rate"):
            if name in value and hasattr(made, name):
                setattr(made, name, object_of(value[name]))
        if value.get("metadata") and hasattr(made, "metadata"):
            made.metadata.update(metadata_of(value["metadata"]))
    except Exception:  # OTIO raises many kinds for text of an editor's making
        return None
    return made


def _time_of(value: dict[str, Any]) -> Any:
    schema = value["OTIO_SCHEMA"]
    if schema == "RationalTime.1":
        return otio.opentime.RationalTime(value["value"], value["rate"])
    if schema == "TimeRange.1":
        return otio.opentime.TimeRange(object_of(value["start_time"]), object_of(value["duration"]))
    return None


def metadata_of(value: Any) -> dict[str, Any]:
    """Return metadata that stands in a block as OTIO takes it."""
    if not isinstance(value, dict):
        return {}
    # Most metadata has no OTIO object in it, and a search is cheaper than a copy.
    made = object_of(value) if "OTIO_SCHEMA" in repr(value) else value
    return made if isinstance(made, dict) else {}
