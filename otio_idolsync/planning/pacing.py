"""Pacing profiles: how long shots last, as data that a user can write himself.

A profile is a TOML file. ``docs/pacing.md`` explains each key; what a file leaves out comes from
the profile it ``extends`` (``pop`` unless it says another).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from otio_idolsync.errors import UsageError

PROFILES = ("ballad", "pop", "dance", "hype")
DEFAULT_PROFILE = "pop"
SECTION_KINDS = ("intro", "verse", "build", "chorus", "bridge", "break", "outro", "default")
LEAST_HOLD = 1.5
_OTHER_NAMES = {
    "prechorus": "build",
    "pre-chorus": "build",
    "buildup": "build",
    "drop": "chorus",
    "refrain": "chorus",
    "hook": "chorus",
    "breakdown": "break",
    "interlude": "bridge",
    "solo": "bridge",
    "coda": "outro",
}
_NUMBER, _WHOLE, _SWITCH, _TEXT = "a number", "a whole number", "true or false", "text"
_TYPES: dict[str, str] = {
    "summary": _TEXT,
    "extends": _TEXT,
    "min_seconds": _NUMBER,
    "max_seconds": _NUMBER,
    "variety": _NUMBER,
    "landing.section": _NUMBER,
    "landing.downbeat": _NUMBER,
    "landing.half_bar": _NUMBER,
    "landing.beat": _NUMBER,
    "energy.calm": _NUMBER,
    "energy.loud": _NUMBER,
    "hold.stretch": _NUMBER,
    "hold.max_seconds": _NUMBER,
    "builds.accelerate": _SWITCH,
} | {
    f"sections.{kind}.{key}": _WHOLE if key != "target" else _NUMBER
    for kind in SECTION_KINDS
    for key in ("min", "max", "target")
}
PACING_KEYS = tuple(_TYPES)


@dataclass(frozen=True, slots=True)
class Pace:
    """Beats a shot lasts in one kind of section: the range and the aim within it."""

    min: int
    max: int
    target: float

    def __post_init__(self) -> None:
        if not 1 <= self.min <= self.max:
            raise UsageError(f"min {self.min} and max {self.max} beats must rise from 1 or more")
        if not self.min <= self.target <= self.max:
            raise UsageError(
                f"target {self.target:g} is outside its {self.min} to {self.max} beats"
            )


@dataclass(frozen=True, slots=True)
class Landing:
    """How good a place is to cut on, 0 (avoid) to 1 (best)."""

    section: float
    downbeat: float
    half_bar: float
    beat: float

    def __post_init__(self) -> None:
        for key in self.__dataclass_fields__:
            _between(f"landing.{key}", getattr(self, key), 0, 1)


@dataclass(frozen=True, slots=True)
class Pacing:
    """One pacing profile, validated.

    Attributes:
        name: What the user called it.
        summary: One line for people.
        min_seconds: Shots are kept from being shorter.
        max_seconds: Shots that are no holds are kept from being longer.
        variety: 0 repeats the target; 1 lets shots wander by an octave around it.
        landing: How good each kind of place is to cut on.
        calm: Factor on the target where energy is 0.
        loud: Factor on the target where energy is 1.
        stretch: A hold aims at so many ordinary shots' length.
        hold_max_seconds: Holds are kept from being longer.
        accelerate: Whether shots shorten through a build.
        sections: The pace of each of ``SECTION_KINDS``.
    """

    name: str
    summary: str
    min_seconds: float
    max_seconds: float
    variety: float
    landing: Landing
    calm: float
    loud: float
    stretch: float
    hold_max_seconds: float
    accelerate: bool
    sections: Mapping[str, Pace]

    def __post_init__(self) -> None:
        _between("min_seconds", self.min_seconds, 0, 60)
        _between("max_seconds", self.max_seconds, 0.1, 600)
        _between("variety", self.variety, 0, 1)
        _between("energy.calm", self.calm, 0.25, 4)
        _between("energy.loud", self.loud, 0.25, 4)
        _between("hold.stretch", self.stretch, LEAST_HOLD, 8)
        _between("hold.max_seconds", self.hold_max_seconds, 0.1, 600)
        if self.min_seconds >= self.max_seconds:
            raise UsageError(
                f"min_seconds {self.min_seconds:g} must be below max_seconds {self.max_seconds:g}"
            )
        missing = [kind for kind in SECTION_KINDS if kind not in self.sections]
        if missing:
            raise UsageError(f"sections.{missing[0]} is missing")

    def pace(self, section: str) -> Pace:
        """Return the pace of a section by its name; unknown names pace as ``default``."""
        return self.sections[section_kind(section)]


def section_kind(section: str) -> str:
    """Return which of ``SECTION_KINDS`` a section's name means; ``default`` when none."""
    words = section.lower().split()
    name = words[0] if words else ""
    name = _OTHER_NAMES.get(name, name)
    return name if name in SECTION_KINDS else "default"


def load_pacing(name_or_path: str = DEFAULT_PROFILE) -> Pacing:
    """Return a shipped profile by its name, or a user's own by the path of its TOML file.

    Raises:
        UsageError: No such profile or file, no TOML, or a key that is unknown, of the wrong type
            or out of range; the sentence names the file and the key.
    """
    raw = _raw_profile(name_or_path)
    base = raw.get("extends", DEFAULT_PROFILE)
    if not isinstance(base, str) or base not in PROFILES:
        raise UsageError(
            f"{name_or_path}: extends = {base!r} names no profile; there are {', '.join(PROFILES)}"
        )
    values = _flatten(_shipped(base), base) | _flatten(raw, name_or_path)
    try:
        return _build(Path(name_or_path).stem, values)
    except UsageError as error:
        raise UsageError(f"pacing profile {name_or_path}: {error}") from None


def _raw_profile(name_or_path: str) -> dict[str, Any]:
    if name_or_path in PROFILES:
        return _shipped(name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        raise UsageError(
            f"pacing {name_or_path!r} is neither a profile ({', '.join(PROFILES)}) nor a file"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"pacing profile {name_or_path} is no readable TOML: {error}") from error


def _shipped(name: str) -> dict[str, Any]:
    folder = resources.files("otio_idolsync.planning.profiles")
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def _flatten(raw: Mapping[str, Any], source: str, prefix: str = "") -> dict[str, Any]:
    """Return dotted keys and their values, each key known and of its type."""
    flat: dict[str, Any] = {}
    for key, value in raw.items():
        dotted = prefix + key
        if isinstance(value, dict) and any(known.startswith(dotted + ".") for known in _TYPES):
            flat |= _flatten(value, source, dotted + ".")
            continue
        if dotted not in _TYPES:
            names = sorted({k[len(prefix) :].split(".")[0] for k in _TYPES if k.startswith(prefix)})
            raise UsageError(
                f"pacing profile {source}: key {dotted!r} is unknown; there are {', '.join(names)}"
            )
        if not _is_of(value, _TYPES[dotted]):
            raise UsageError(
                f"pacing profile {source}: {dotted} = {value!r} must be {_TYPES[dotted]}"
            )
        flat[dotted] = value
    return flat


def _is_of(value: object, wanted: str) -> bool:
    if wanted in (_SWITCH, _TEXT):
        return isinstance(value, bool if wanted == _SWITCH else str)
    numeric = int if wanted == _WHOLE else (int, float)
    return isinstance(value, numeric) and not isinstance(value, bool)


def _build(name: str, values: Mapping[str, Any]) -> Pacing:
    return Pacing(
        name=name,
        summary=values.get("summary", ""),
        min_seconds=float(values["min_seconds"]),
        max_seconds=float(values["max_seconds"]),
        variety=float(values["variety"]),
        landing=Landing(*(float(values[f"landing.{key}"]) for key in Landing.__dataclass_fields__)),
        calm=float(values["energy.calm"]),
        loud=float(values["energy.loud"]),
        stretch=float(values["hold.stretch"]),
        hold_max_seconds=float(values["hold.max_seconds"]),
        accelerate=values["builds.accelerate"],
        sections={kind: _pace(kind, values) for kind in SECTION_KINDS},
    )


def _pace(kind: str, values: Mapping[str, Any]) -> Pace:
    try:
        return Pace(*(values[f"sections.{kind}.{key}"] for key in Pace.__dataclass_fields__))
    except UsageError as error:
        raise UsageError(f"sections.{kind}: {error}") from None


def _between(key: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{key} = {value:g} is outside {least:g} to {most:g}")
