"""Say what a cache folder holds, and shrink it: what was used longest ago goes first.

Only files that this package can have made are touched, by name: kind, then a key of hex digits.
What a running render has announced, or has used since the list was made, always stays.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otio_idolsync.errors import OutputError, UsageError
from otio_idolsync.rendering.store import Store

_OWN = frozenset({"tmp", "written"})
_KEY = re.compile(r"[0-9a-f]{32,64}")
_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[KMGT]?)(?P<binary>i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class Kept:
    """An object in the cache.

    Attributes:
        kind: Folder of the cache: ``shots``, ``songs``, ``analysis`` …
        key: What it is named after.
        files: The object and what is known of it.
        size: Bytes of all files.
        used: When it was last used, in seconds of the system's clock.
    """

    kind: str
    key: str
    files: tuple[Path, ...]
    size: int
    used: float


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning did.

    Attributes:
        removed: Objects that are gone.
        freed: Their bytes and those of leftovers.
        left: Bytes of all objects that are still there.
        in_use: Objects that would have gone, but a running render needs them.
    """

    removed: int
    freed: int
    left: int
    in_use: int = field(default=0)

    def to_json(self) -> dict[str, int]:
        """Return it as plain JSON."""
        return {
            "removed": self.removed,
            "freed_bytes": self.freed,
            "left_bytes": self.left,
            "in_use": self.in_use,
        }


def parse_bytes(text: str) -> int:
    """Return the bytes that ``5GB``, ``500 MB``, ``2GiB`` or ``0`` name.

    Raises:
        UsageError: It is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise UsageError(f"size {text!r} is not understood; write 5GB, 500MB or 2GiB")
    base = 1024 if found["binary"] else 1000
    return int(float(found["number"]) * base ** _POWERS[found["unit"].upper()])


def objects(root: Path) -> list[Kept]:
    """Return all objects of a cache folder, the one that was used longest ago first."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in _files(root):
        kind = path.relative_to(root).parts[0]
        held = path.rglob("*") if path.is_dir() else [path]
        found.setdefault((kind, path.stem), []).extend(one for one in held if one.is_file())
    kept = (_measured(kind, key, files) for (kind, key), files in found.items())
    return sorted((entry for entry in kept if entry), key=lambda entry: entry.used)


def stats(root: Path) -> dict[str, Any]:
    """Return what a cache folder holds: objects and bytes of each kind, and leftovers."""
    store = Store(root)
    kinds: dict[str, dict[str, Any]] = {}
    for entry in objects(root):
        known = kinds.setdefault(entry.kind, {"objects": 0, "bytes": 0, "last_used": 0.0})
        known["objects"] += 1
        known["bytes"] += entry.size
        known["last_used"] = max(known["last_used"], round(entry.used, 3))
    return {
        "schema": "idolsync.cache/1",
        "folder": str(root),
        "kinds": kinds,
        "bytes": sum(known["bytes"] for known in kinds.values()),
        "leftovers": len(store.leftovers()),
        "in_use": len(store.used()),
    }


def clean(root: Path, max_bytes: int) -> Cleaned:
    """Remove leftovers, and objects until the rest is no larger than ``max_bytes``.

    Raises:
        OutputError: The cache cannot be written.
    """
    store = Store(root)
    freed = _swept(store)
    entries = objects(root)
    left = sum(entry.size for entry in entries)
    removed = spared = 0
    for entry in entries:
        if left <= max_bytes:
            break
        # Asked anew each time: a render may have begun meanwhile.
        now = _measured(entry.kind, entry.key, entry.files)
        if now is None or now.used != entry.used or entry.key in store.used():
            spared += 1
            continue
        _remove(entry, root)
        left, freed, removed = left - entry.size, freed + entry.size, removed + 1
    return Cleaned(removed, freed, left, spared)


def _files(root: Path) -> Iterator[Path]:
    """Yield the files, and an unpacked bundle's folders, that can be objects: all else is not."""
    if not root.is_dir():
        return
    for kind in sorted(root.iterdir()):
        if kind.is_dir() and not kind.is_symlink() and kind.name not in _OWN:
            for path in (*kind.glob("*.*"), *kind.glob("[0-9a-f][0-9a-f]/*.*")):
                if _KEY.fullmatch(path.stem):
                    yield path


def _measured(kind: str, key: str, files: list[Path] | tuple[Path, ...]) -> Kept | None:
    size, used, there = 0, 0.0, []
    for path in files:
        with contextlib.suppress(OSError):
            state = path.stat()
            size, used = size + state.st_size, max(used, state.st_mtime)
            there.append(path)
    return Kept(kind, key, tuple(there), size, used) if there else None


def _swept(store: Store) -> int:
    """Remove leftovers and return how many bytes they had."""
    sizes = 0
    for leftover in store.leftovers():
        with contextlib.suppress(OSError):
            sizes += leftover.stat().st_size
    store.sweep()
    return sizes


def _remove(entry: Kept, root: Path) -> None:
    """Remove an object; what is known of it goes first, so that it is never trusted half gone."""
    for path in sorted(entry.files, key=lambda path: path.suffix != ".json"):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"the cache {root} cannot be cleaned: {error.strerror or error}"
            ) from error
