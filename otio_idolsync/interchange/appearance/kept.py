"""Read what editors keep on an item: xmeml's filters, FCPXML's adjustments, colours."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio
from PIL import ImageColor

from otio_idolsync.interchange.fcpxml import kept as fcpxml
from otio_idolsync.interchange.xmeml import foreign as xmeml
from otio_idolsync.interchange.xmeml.speed import RAMP_IN

FCPXML, XMEML = fcpxml.KEY, xmeml.KEY
HEARD = frozenset(
    (
        "adjust-EQ",
        "adjust-humReduction",
        "adjust-loudness",
        "adjust-matchEQ",
        "adjust-noiseReduction",
        "adjust-panner",
        "adjust-voiceIsolation",
        "adjust-volume",
        "filter-audio",
    )
)
"""What of FCPXML's adjustments and filters is about sound."""

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of xmeml.

    Attributes:
        kind: Its id, lower case.
        name: As an editor shows it.
        values: Parameters by id, lower case; where one changes over time, it stands in ``keyed``.
        keyed: Names of parameters that change over time.
        on: Whether it is switched on.
    """

    kind: str
    name: str
    values: dict[str, Any]
    keyed: tuple[str, ...] = ()
    on: bool = True

    def number(self, name: str, default: int = 0) -> Fraction:
        """Return a parameter's value."""
        return number_in(self.values.get(name), default)


@dataclass(slots=True)
class Unread:
    """What is on an item and cannot be shown or heard as it is."""

    sentences: list[str] = field(default_factory=list)

    def keyed(self, what: str) -> None:
        """Say that something changes over time."""
        self.sentences.append(f"keyframes of {what} are not rendered")

    def ramp(self) -> None:
        """Say that a speed changes over time."""
        self.sentences.append("changes of its speed are rendered at their mean speed")

    def effect(self, name: str) -> None:
        """Say that an effect is left out."""
        self.sentences.append(f"effect {name!r} is not rendered")


def filter_of(effect: otio.schema.Effect) -> Filter:
    """Return an effect as the filter that it was read from."""
    name = str(effect.name or effect.effect_name or type(effect).__name__)
    kept = as_mapping(effect.metadata.get(XMEML))
    values: dict[str, Any] = {}
    keyed: list[str] = []
    for parameter in listed(kept.get("parameter")):
        given = as_mapping(parameter)
        key = str(given.get("parameterid") or given.get("name") or "").strip().lower()
        keys = [as_mapping(one).get("value") for one in listed(given.get("keyframe"))]
        if any(one != keys[0] for one in keys):
            keyed.append(str(given.get("name") or key))
        else:  # a key alone, as OpenShot writes one, is a value that stays
            values[key] = keys[0] if keys else given.get("value")
    outer = as_mapping(kept.get("filter"))
    on = str(outer.get("enabled", "TRUE")).strip().upper() != "FALSE"
    on = on and as_mapping(effect.metadata.get(FCPXML)).get("enabled") != "0"
    bypassed = str(kept.get("pproBypass", "false")).strip().lower() == "true"
    kind = str(effect.effect_name or kept.get("effectid") or name).strip().lower()
    return Filter(kind, name, values, tuple(keyed), on and not bypassed)


def is_ramp(effect: otio.schema.Effect) -> bool:
    """Tell whether an effect is the mean of a speed that changes."""
    theirs = as_mapping(effect.metadata.get(XMEML))
    return RAMP_IN in theirs or "ramp" in as_mapping(effect.metadata.get(FCPXML))


def adjustments(item: Any) -> dict[str, Any]:
    """Return FCPXML's adjustments of an item: elements that are switched on, by their tag."""
    text = as_mapping(item.metadata.get(FCPXML)).get("xml")
    if not text or "<adjust-" not in str(text):
        return {}
    element = _parsed(str(text))
    if element is None:
        return {}
    return {
        child.tag: child
        for child in element
        if str(child.tag).startswith("adjust-") and child.get("enabled", "1") != "0"
    }


def inner_parts(item: Any) -> list[tuple[str, str]]:
    """Return what sits on the parts inside one of FCPXML's clips, which nothing else reads.

    A multicam clip's angles and a clip's own ``video`` have filters and adjustments of their own.

    Returns:
        Tag and name of each filter and adjustment there that is on and changes something.
    """
    text = str(as_mapping(item.metadata.get(FCPXML)).get("xml") or "")
    if isinstance(item, otio.core.Composition) or not _ON_PARTS.search(text):
        return []
    element = _parsed(text)
    parts = [child for child in element if child.tag in _PARTS] if element is not None else []
    found = [one for part in parts for one in part.iter() if _ON_PARTS.match(f"<{one.tag}")]
    return list(
        dict.fromkeys(
            (str(one.tag), str(one.get("name") or one.tag))
            for one in found
            if one.get("enabled", "1") != "0" and changes_something(one)
        )
    )


_ON_PARTS = re.compile(r"<(adjust-|filter-(video|audio)\b)")
_PARTS = fcpxml.STORY | {"mc-source", "audio-channel-source", "audio-role-source", "sync-source"}
_DEFAULTS = {
    "adjust-blend": {"amount": "1", "mode": "0"},
    "adjust-colorConform": {"conformType": "conformNone"},
    "adjust-conform": {"type": "fit"},
    "adjust-EQ": {"mode": "flat"},
    "adjust-panner": {"amount": "0"},
    "adjust-transform": {"position": "0 0", "scale": "1 1", "rotation": "0", "anchor": "0 0"},
    "adjust-volume": {"amount": "0dB"},
}
_SAID_ONLY = frozenset(("enabled", "autoOrManual", "peakNitsOfPQSource", "peakNitsOfSDRToPQSource"))


def changes_something(adjustment: Any) -> bool:
    """Return whether an adjustment of FCPXML is more than Final Cut writes on every clip."""
    default = _DEFAULTS.get(adjustment.tag)
    if default is None or len(adjustment):
        return True
    told = {key: value for key, value in adjustment.attrib.items() if key not in _SAID_ONLY}
    if adjustment.tag == "adjust-panner":
        told.pop("mode", None)
    return any(value != default.get(key) for key, value in told.items())


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    return fcpxml.element_of(text)


def is_keyed(element: Any) -> bool:
    """Tell whether an adjustment changes over time."""
    return any(True for _ in element.iter("keyframe"))


def pair_in(text: str | None, default: str = "0 0") -> tuple[Fraction, Fraction]:
    """Return the two numbers in an attribute of FCPXML."""
    parts = (text or default).split()
    if len(parts) != 2:
        parts = default.split()
    return number_in(parts[0]), number_in(parts[1])


def number_in(value: Any, default: int = 0) -> Fraction:
    """Return a number that a file gives as text; the default for what is none."""
    try:
        found = float(str(value).strip().removesuffix("dB"))
    except ValueError:
        return Fraction(default)
    if not math.isfinite(found) or abs(found) > _LARGEST:
        return Fraction(default)
    return Fraction(found).limit_denominator(_LARGEST)


def gain_of_decibels(level_db: Fraction) -> Fraction:
    """Return what samples are multiplied by at a level in decibels; -96 dB is silence."""
    return Fraction(0) if level_db <= -96 else Fraction(10 ** (float(level_db) / 20))


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a value where it is a dictionary, an empty one otherwise."""
    return value if hasattr(value, "items") else {}


def listed(value: Any) -> list[Any]:
    """Return the entries of what may be one, several or none."""
    if value is None:
        return []
    if hasattr(value, "items") or isinstance(value, str) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def words_in(value: Any) -> Iterator[str]:
    """Yield all text in kept data."""
    if hasattr(value, "items"):
        for part in value.values():
            yield from words_in(part)
    elif isinstance(value, str):
        yield value
    elif hasattr(value, "__iter__"):
        for part in value:
            yield from words_in(part)


def color_in(value: Any) -> tuple[int, int, int] | None:
    """Return the first colour in kept data: red, green and blue, a name, or three numbers."""
    if hasattr(value, "items"):
        parts = {str(key).lower(): part for key, part in value.items()}
        if {"red", "green", "blue"} <= parts.keys():
            return _levels([parts["red"], parts["green"], parts["blue"]])
        found = (color_in(parts[key]) for key in sorted(parts) if key != "name")
        return next((color for color in found if color), None)
    if isinstance(value, str):
        return _color_named(value)
    if hasattr(value, "__iter__"):
        entries = list(value)
        if len(entries) in (3, 4) and all(isinstance(e, int | float) for e in entries):
            return _levels(entries[:3])
        return next((color for entry in entries if (color := color_in(entry))), None)
    return None


def _color_named(text: str) -> tuple[int, int, int] | None:
    numbers = text.split()
    if len(numbers) in (3, 4):
        try:
            return _levels([float(number) for number in numbers[:3]])
        except ValueError:
            return None
    if not (text.startswith("#") or text.isalpha()):
        return None
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        return None
    return red, green, blue


def _levels(values: list[Any]) -> tuple[int, int, int]:
    """Return levels from 0 to 255; numbers that are all at most 1 and not whole are shares."""
    levels = [float(number_in(value)) for value in values]
    shares = all(level <= 1 for level in levels) and not all(isinstance(v, int) for v in values)
    as_text = all(isinstance(value, str) and "." not in value for value in values)
    scale = 255 if shares and not as_text else 1
    red, green, blue = (min(255, max(0, round(level * scale))) for level in levels)
    return red, green, blue
