"""Read native ``.otio`` text, also of a newer OpenTimelineIO than the one installed.

OpenTimelineIO refuses a whole file for one object of a newer schema version. What is newer is
brought down to the known version before it reads: a marker's colour object (Marker.3) becomes a
colour name, with exact values that no name stands for kept in the metadata; any other newer version
is read as the known one if it still has the fields that this one needs, and named; otherwise it is
refused by number. Objects of a schema that nobody registered stay as they are in metadata; where
OpenTimelineIO wants an effect, a marker, media or a clip and would refuse the file for them, the
plainest of these stands in, with the foreign object in its metadata, and is named.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.checked import checked_timeline
from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.errors import TimelineError, reason

FOREIGN_KEY = "otio"
_SCHEMA = "OTIO_SCHEMA"
_NAMED = re.compile(r'"OTIO_SCHEMA"\s*:\s*"([A-Za-z_0-9]+)\.(\d+)"')
_MANGLED = re.compile(r"\bN(\d\w*)E\b")
_PALETTE = {
    "PINK": (1.0, 0.75, 0.8),
    "RED": (1.0, 0.0, 0.0),
    "ORANGE": (1.0, 0.5, 0.0),
    "YELLOW": (1.0, 1.0, 0.0),
    "GREEN": (0.0, 1.0, 0.0),
    "CYAN": (0.0, 1.0, 1.0),
    "BLUE": (0.0, 0.0, 1.0),
    "PURPLE": (0.5, 0.0, 0.5),
    "MAGENTA": (1.0, 0.0, 1.0),
    "BLACK": (0.0, 0.0, 0.0),
    "WHITE": (1.0, 1.0, 1.0),
}
_OTIO_PINK = (1.0, 0.0, 1.0)  # newer OpenTimelineIO gives PINK the values of MAGENTA
_UNCOLOURED = "GREEN"  # what OpenTimelineIO gives a marker that nobody coloured
_OLD_NAMES = ("Sequence", "Filler", "SerializeableCollection")  # OpenTimelineIO knows them still
_VALUES = ("RationalTime", "TimeRange", "TimeTransform", "Color", "V2d", "Box2d")
_NOT_FOREIGN = frozenset((*_OLD_NAMES, *_VALUES, "SerializableObjectRef"))
_TYPED = {
    "children": "Gap.1",
    "effects": "Effect.1",
    "markers": "Marker.2",
    "media_references": "MissingReference.1",
    "media_reference": "MissingReference.1",
}
_RANGES = {
    "children": "source_range",
    "markers": "marked_range",
    "media_references": "available_range",
    "media_reference": "available_range",
}
_ZERO = {_SCHEMA: "RationalTime.1", "rate": 24.0, "value": 0.0}
_NOWHERE = {_SCHEMA: "TimeRange.1", "start_time": _ZERO, "duration": _ZERO}
_NEEDED = {
    "Timeline": ("tracks",),
    "Stack": ("children",),
    "Track": ("children", "kind"),
    "SerializableCollection": ("children",),
    "Marker": ("marked_range",),
    "Transition": ("in_offset", "out_offset"),
    "ExternalReference": ("target_url",),
    "ImageSequenceReference": ("target_url_base", "start_frame"),
    "LinearTimeWarp": ("time_scalar",),
}


@dataclass(frozen=True, slots=True)
class NativeRead:
    """What a native text holds.

    Attributes:
        object: The OTIO object: a timeline, a collection, or whatever stands at the top.
        notes: A sentence for each kind of object that was brought down from a newer version.
    """

    object: Any
    notes: tuple[str, ...]


def read_native(text: str) -> Any:
    """Return the OTIO object of a native text; :func:`read_native_noted` also says what was newer.

    Raises:
        TimelineError: No JSON, no OTIO object, or a newer schema version that cannot be read.
    """
    return read_native_noted(text).object


def read_native_noted(text: str) -> NativeRead:
    """Return the OTIO object of a native text, and what had to be brought down to read it.

    Raises:
        TimelineError: No JSON, no OTIO object, or a newer schema version that cannot be read.
    """
    known = dict(otio.core.type_version_map())
    notes: tuple[str, ...] = ()
    data = parse_json(text)
    held = set(_NAMED.findall(text))
    if any(_is_newer(name, int(version), known) for name, version in held):
        text, notes = _downgraded(data, known)
    if any(name not in known and name not in _NOT_FOREIGN for name, _ in held):
        replaced = _stand_in_for_foreign(data, known)
        notes += tuple(f"objects of {kind} are kept as metadata ({n})" for kind, n in replaced)
        text = json.dumps(data, ensure_ascii=False) if replaced else text
    if ("Clip", "1") in held and _mend_old_clips(data):
        text = json.dumps(data, ensure_ascii=False)
    found = _read(text)
    if not isinstance(found, otio.core.SerializableObject):
        raise TimelineError("it holds JSON, but no OpenTimelineIO object")
    return NativeRead(found, notes)


def _read(text: str) -> Any:
    try:
        return otio.adapters.read_from_string(text, "otio_json")
    except (KeyError, TypeError, ValueError, RuntimeError, otio.exceptions.OTIOError) as error:
        said = _MANGLED.sub(_plain_class, reason(error))
        raise TimelineError(f"it is no OpenTimelineIO file: {said}") from error


def _plain_class(found: re.Match[str]) -> str:
    """Return the last part of a C++ class's mangled name: N8opentime12RationalTimeE."""
    rest, name = found[1], ""
    while length := re.match(r"\d+", rest):
        end = length.end() + int(length[0])
        name, rest = rest[length.end() : end], rest[end:]
    return name.removeprefix("Any")


def timelines_in(found: Any) -> list[otio.schema.Timeline]:
    """Return the timeline that an OTIO object is, or all those that a collection holds.

    Raises:
        TimelineError: There is none, or one that :func:`checked_timeline` refuses.
    """
    if isinstance(found, otio.schema.Timeline):
        return [checked_timeline(found)]
    name = str(getattr(found, "name", "") or "")
    if not isinstance(found, otio.schema.SerializableCollection):
        raise TimelineError(f"it holds a {type(found).__name__} {name!r}, not a timeline")
    inside = [checked_timeline(one) for one in found if isinstance(one, otio.schema.Timeline)]
    if not inside:
        raise TimelineError(f"it holds the collection {name!r} without a timeline")
    return inside


def nearest_color(red: float, green: float, blue: float) -> str:
    """Return the named marker colour nearest to an RGB value of 0 to 1."""

    def far(name: str) -> float:
        asked = zip(_PALETTE[name], (red, green, blue), strict=True)
        return sum((there - here) ** 2 for there, here in asked)

    return min(_PALETTE, key=far)


def _is_newer(name: str, version: int, known: dict[str, int]) -> bool:
    return version > known.get(name, version)


def _downgraded(data: Any, known: dict[str, int]) -> tuple[str, tuple[str, ...]]:
    newer: Counter[str] = Counter()
    for thing in _objects(data):
        _downgrade(thing, known, newer)
    return json.dumps(data, ensure_ascii=False), tuple(_sentences(newer, known))


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every object with a schema, outer ones first, without recursion."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get(_SCHEMA), str):
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _downgrade(thing: dict[str, Any], known: dict[str, int], newer: Counter[str]) -> None:
    name, _, number = thing[_SCHEMA].rpartition(".")
    if name not in known:
        return
    version = int(number) if number.isdigit() else 1
    if name == "Marker":
        _name_color(thing)
    if version <= known[name]:
        return
    missing = [field for field in _NEEDED.get(name, ()) if field not in thing]
    if missing:
        raise TimelineError(
            f"{name} version {version} is newer than version {known[name]}, the newest known here, "
            f"and has no {missing[0]}; update opentimelineio"
        )
    thing[_SCHEMA] = f"{name}.{known[name]}"
    if name != "Marker":  # a marker's only difference is its colour, which was kept
        newer[f"{name} {version}"] += 1


def _stand_in_for_foreign(data: Any, known: dict[str, int]) -> list[tuple[str, int]]:
    """Put plain objects where foreign ones stand that OpenTimelineIO refuses; return which."""
    replaced: Counter[str] = Counter()
    for thing in _objects(data):
        for key in _TYPED:
            slot = thing.get(key)
            if isinstance(slot, list):
                thing[key] = [_plain(key, part, known, replaced) for part in slot]
            elif isinstance(slot, dict) and key == "media_references":
                thing[key] = {n: _plain(key, part, known, replaced) for n, part in slot.items()}
            elif key == "media_reference":
                thing[key] = _plain(key, slot, known, replaced) if slot else slot
    return sorted(replaced.items())


def _plain(key: str, thing: Any, known: dict[str, int], replaced: Counter[str]) -> Any:
    name = str(thing.get(_SCHEMA, "")) if isinstance(thing, dict) else ""
    if not name or name.rpartition(".")[0] in (*known, *_NOT_FOREIGN):
        return thing
    replaced[name] += 1
    foreign = {part: value for part, value in thing.items() if part != _SCHEMA}
    kept = {"name": str(thing.get("name") or name), "metadata": {FOREIGN_KEY: {name: foreign}}}
    if key == "effects":
        return {_SCHEMA: _TYPED[key], **kept, "effect_name": name}
    ranged = _RANGES[key]
    nowhere = _NOWHERE if key == "markers" else None
    return {_SCHEMA: _TYPED[key], **kept, ranged: thing.get(ranged) or nowhere}


def _mend_old_clips(data: Any) -> int:
    """Take from each Clip.1 what no such clip can have, and return from how many.

    OpenTimelineIO 0.18.1 crashes on such a mixture.
    """
    mended = 0
    for thing in _objects(data):
        if thing[_SCHEMA] != "Clip.1":
            continue
        if "media_references" in thing:
            mended += 1
            newer = thing.pop("media_references")
            if "media_reference" not in thing and isinstance(newer, dict):
                active = thing.get("active_media_reference_key", "DEFAULT_MEDIA")
                thing["media_reference"] = newer.get(active)
        media = thing.get("media_reference")
        if media is not None and not (isinstance(media, dict) and _SCHEMA in media):
            mended += 1
            del thing["media_reference"]
    return mended


def _name_color(marker: dict[str, Any]) -> None:
    """Put a colour name where a colour object stands; what no name stands for is kept beside."""
    color = marker.get("color")
    if isinstance(color, str):
        return
    if not isinstance(color, dict):
        marker["color"] = _UNCOLOURED
        return
    name = marker["color"] = _name_of(color)
    exact = tuple(color.get(part, 1.0) for part in "rgba")
    if exact in ((*_PALETTE[name], 1.0), (*_OTIO_PINK, 1.0)):
        return
    kept = {part: color[part] for part in ("name", "r", "g", "b", "a") if part in color}
    metadata = marker.get("metadata") or {}
    theirs = metadata.get(FOREIGN_KEY)
    theirs = theirs if isinstance(theirs, dict) else {}
    marker["metadata"] = metadata | {FOREIGN_KEY: theirs | {"color": kept}}


def _name_of(color: dict[str, Any]) -> str:
    name = str(color.get("name") or "").upper().removeprefix("COLOR_")
    if name in _PALETTE:
        return name
    try:
        red, green, blue = (float(color.get(part) or 0) for part in "rgb")
    except (TypeError, ValueError):
        return _UNCOLOURED
    return nearest_color(red, green, blue)


def _sentences(newer: Counter[str], known: dict[str, int]) -> Iterator[str]:
    for kind, count in sorted(newer.items()):
        name, version = kind.split()
        many = f"{count} objects are" if count > 1 else "1 object is"
        yield f"{many} of {name} version {version} and read as version {known[name]}"
