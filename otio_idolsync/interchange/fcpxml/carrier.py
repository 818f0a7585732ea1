"""What FCPXML has no place for, in the texts it has: notes that people read and we read back.

A note is for people up to ``[idolsync``, then JSON up to its end. Final Cut keeps the notes of
clips and markers; where an editor drops them, only what stands in them is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import opentimelineio as otio

_OPEN, _CLOSE = "[idolsync ", "]"
_LONGEST = 4_000_000
_NO_XML = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def xml_text(text: str) -> str:
    """Return a text without the characters that no XML can hold."""
    if text.isprintable():
        return text
    return "".join(c for c in text.translate(_NO_XML) if not 0xD800 <= ord(c) <= 0xDFFF)


def note_with(people: str, block: Mapping[str, Any]) -> str:
    """Return a note: words for people, then a block for us (nothing where it is empty)."""
    words = xml_text(people)
    if _OPEN in words:
        words, block = "", {**block, "words": words}
    if not block:
        return words
    # ASCII only: what is lost of a name in some editor's encoding is not lost here.
    text = json.dumps(block, separators=(",", ":"), default=_plain)
    return f"{words} {_OPEN}{text}{_CLOSE}" if words else f"{_OPEN}{text}{_CLOSE}"


def split_note(note: str | None) -> tuple[str, dict[str, Any]]:
    """Return a note's words for people, and our block ({} where there is none)."""
    if not note or len(note) > _LONGEST:
        return note or "", {}
    begin = note.find(_OPEN)
    if begin < 0:
        return note, {}
    try:
        block, end = json.JSONDecoder().raw_decode(note, begin + len(_OPEN))
    except (ValueError, RecursionError):
        return note, {}
    rest = note[end:]
    if not isinstance(block, dict) or not rest.startswith(_CLOSE):
        return note, {}
    if "words" in block:
        return str(block.pop("words")), block
    return (note[:begin].removesuffix(" ") + rest[len(_CLOSE) :]), block


def _plain(value: Any) -> Any:
    """Return what JSON can hold of a value in OTIO's metadata."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    return json.loads(otio.core.serialize_json_to_string(value, indent=-1))


def is_otio(value: Any) -> bool:
    """Return whether a JSON value has an OTIO object in it."""
    if isinstance(value, dict):
        return "OTIO_SCHEMA" in value or any(is_otio(v) for v in value.values())
    return isinstance(value, list) and any(is_otio(v) for v in value)


def object_of(value: Any) -> Any:
    """Return the OTIO value of a JSON value; None where this OTIO cannot make it."""
    if not is_otio(value):
        return value
    try:
        return otio.core.deserialize_json_from_string(json.dumps(value))
    except Exception:  # noqa: BLE001 - OTIO raises many kinds for text of an editor's making
        return None


def json_of(value: Any) -> Any:
    """Return an OTIO object as a JSON value."""
    return json.loads(otio.core.serialize_json_to_string(value, indent=-1))


def metadata_of(value: Any) -> dict[str, Any]:
    """Return metadata that stands in a block as OTIO takes it."""
    if not isinstance(value, dict):
        return {}
    made = object_of(value) if is_otio(value) else value
    return dict(made) if isinstance(made, Mapping) else {}
