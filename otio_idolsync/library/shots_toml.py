"""Read ``shots.toml``: what the user says of files in the shots folder.

Each ``[[shot]]`` table names a file or a glob (relative to the folder) and what holds for it. A
later table overrides an earlier one key by key; ``tags`` add up.
"""

from __future__ import annotations

import fnmatch
import math
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.errors import SettingsError, UsageError
from otio_idolsync.library.model import SOURCE_ROLES, Source
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.timebase import asked_rate

SHOTS_TOML = "shots.toml"
SEQUENCE_RATE = Fraction(24)
"""Numbered images carry no rate of their own; one for all keeps a sequence's length its own."""


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    if not math.isfinite(value):
        raise ValueError("a finite number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError('a list of texts such as ["stage", "chorus"]')
    return frozenset(value)


def _role(value: object) -> str:
    if value not in SOURCE_ROLES:
        raise ValueError(f"one of {', '.join(SOURCE_ROLES)}")
    return str(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _rate(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('a frame rate such as 25 or "30000/1001"')
    try:
        return asked_rate(value)
    except UsageError as error:
        raise ValueError(f"a frame rate: {error}") from error


def _mouth(value: object) -> tuple[float, float, float]:
    wanted = "{x = 0.5, y = 0.6, width = 0.1}, shares of the picture from 0 to 1"
    if not isinstance(value, dict) or set(value) != {"x", "y", "width"}:
        raise ValueError(wanted)
    x, y, width = (_number(value[k]) for k in ("x", "y", "width"))
    if not (0 <= x <= 1 and 0 <= y <= 1 and 0 < width <= 1):
        raise ValueError(wanted)
    return x, y, width


KEYS: dict[str, Callable[[object], Any]] = {
    "file": _text,
    "tags": _texts,
    "role": _role,
    "performer": _text,
    "energy": _number,
    "in": _number,
    "out": _number,
    "sync_offset": _number,
    "mouth": _mouth,
    "weight": _number,
    "max_uses": _whole,
    "sequence": _truth,
    "rate": _rate,
}


@dataclass(frozen=True, slots=True)
class ShotRules:
    """The tables of one ``shots.toml``, checked; empty where there is none."""

    folder: Path
    tables: tuple[dict[str, Any], ...] = ()

    def of(self, path: Path, sequence_files: Collection[Path] = ()) -> dict[str, Any]:
        """Return what holds for a file, later tables over earlier ones, tags added up."""
        merged: dict[str, Any] = {}
        for table in self.tables:
            if any(self._matches(table, p) for p in (path, *sequence_files)):
                tags = merged.get("tags", frozenset()) | table.get("tags", frozenset())
                merged |= {**table, "tags": tags}
        return merged

    def is_still(self, path: Path) -> bool:
        """Return whether a numbered image was declared a still with ``sequence = false``."""
        return self.of(path).get("sequence") is False

    def rate_of(self, sequence: ImageSequence) -> Fraction:
        """Return the rate at which an image sequence plays: what the user said, else 24."""
        files = [sequence.path_of(i) for i in range(sequence.count)]
        rate: Fraction = self.of(files[0], files).get("rate", SEQUENCE_RATE)
        return rate

    def apply(self, media: MediaInfo, name: str, tags: frozenset[str]) -> Source:
        """Return the source of a probed file with the user's word on it."""
        rule = self.of(media.path, _files_of(media))
        window = self._window(media, rule)
        try:
            return Source(
                media,
                name,
                tags | rule.get("tags", frozenset()),
                role=rule.get("role", "broll"),
                performer=rule.get("performer", ""),
                energy=rule.get("energy"),
                window=window,
                sync_offset=rule.get("sync_offset"),
                mouth=rule.get("mouth"),
                weight=rule.get("weight", 1.0),
                max_uses=rule.get("max_uses"),
            )
        except UsageError as error:
            raise SettingsError(f"{self.folder / SHOTS_TOML}: {error}") from error

    def _window(self, media: MediaInfo, rule: dict[str, Any]) -> tuple[float, float] | None:
        """Return the usable seconds of a file, cut to its length; None where nobody said."""
        if "in" not in rule and "out" not in rule:
            return None
        length = float(media.seconds)
        start, end = rule.get("in", 0.0), min(rule.get("out", length), length)
        if not 0 <= start < end:
            said = ", ".join(f"{key} = {rule[key]:g}" for key in ("in", "out") if key in rule)
            raise SettingsError(
                f"{self.folder / SHOTS_TOML}: the window {said} leaves nothing of "
                f"{media.path.name}, which lasts {length:.2f} s"
            )
        return start, end

    def unmatched(self, paths: Sequence[Path], sequence_files: Collection[Path]) -> list[str]:
        """Return a warning for each table that no file answers to."""
        everything = [*paths, *sequence_files]
        return [
            f"{self.folder / SHOTS_TOML}: no shot matches file = {table['file']!r}"
            for table in self.tables
            if not any(self._matches(table, path) for path in everything)
        ]

    def _matches(self, table: dict[str, Any], path: Path) -> bool:
        return fnmatch.fnmatchcase(path.relative_to(self.folder).as_posix(), table["file"])


def _files_of(media: MediaInfo) -> list[Path]:
    if media.sequence is None:
        return []
    return [media.sequence.path_of(i) for i in range(media.sequence.count)]


def read_shots_toml(folder: Path) -> ShotRules:
    """Return the rules of a shots folder.

    Raises:
        SettingsError: The file is no TOML, or a key or value in it is wrong.
    """
    path = folder / SHOTS_TOML
    if not path.exists():
        return ShotRules(folder)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    tables = data.get("shot", [])
    if set(data) - {"shot"} or not isinstance(tables, list):
        extra = ", ".join(sorted(set(data) - {"shot"})) or "shot"
        raise SettingsError(f"{path}: {extra!r} is not understood; write one [[shot]] table a file")
    return ShotRules(folder, tuple(_checked(path, i, table) for i, table in enumerate(tables, 1)))


def _checked(path: Path, index: int, table: object) -> dict[str, Any]:
    where = f"{path}, [[shot]] number {index}"
    if not isinstance(table, dict) or "file" not in table:
        raise SettingsError(f"{where}: it has no file; write file = 'name or glob'")
    checked = {}
    for key, value in table.items():
        if key not in KEYS:
            raise SettingsError(f"{where}: key {key!r} is unknown; known are {', '.join(KEYS)}")
        try:
            checked[key] = KEYS[key](value)
        except ValueError as error:
            raise SettingsError(f"{where}: {key} = {value!r} should be {error}") from error
    return checked
