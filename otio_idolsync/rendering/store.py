"""Keep finished work by what went into it, so that nothing is ever made twice or trusted blindly.

An object is a file named after its key, with a JSON sidecar that holds its size, its sha256 and
what is known of it. The sidecar is written last: an object without one, or one that disagrees, is
damaged or half-written and is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from otio_idolsync.errors import OutputError
from otio_idolsync.media.cache import mark_used

STALE_SECONDS = 3600
USES = ".uses"


class Store:
    """A cache folder: ``<root>/<kind>/<key[:2]>/<key><suffix>`` beside ``<key>.json``."""

    def __init__(self, root: Path) -> None:
        """Take the cache folder; it is made when the first object is."""
        self.root = root
        self._host = socket.gethostname().split(".")[0].replace("-", "_") or "host"

    def path(self, kind: str, key: str, suffix: str) -> Path:
        """Return where an object lies, or would lie."""
        return self.root / kind / key[:2] / f"{key}{suffix}"

    def find(self, kind: str, key: str, suffix: str) -> dict[str, Any] | None:
        """Return what is known of an object, or None where it is missing or damaged."""
        target = self.path(kind, key, suffix)
        try:
            known = json.loads(_sidecar(target).read_text(encoding="utf-8"))
            if target.stat().st_size != known["size"] or _digest(target) != known["sha256"]:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        mark_used(_sidecar(target))
        return dict(known)

    @contextlib.contextmanager
    def using(self, keys: Iterable[str]) -> Iterator[None]:
        """Keep objects from being cleaned away for as long as the block runs.

        Announce them before looking for them: what is gone by then is made again.
        """
        name = f"{self._host}-{os.getpid()}-{uuid.uuid4().hex}{USES}"
        note = self.root / "tmp" / name
        # A cache that cannot be written cannot be cleaned either.
        with contextlib.suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps(sorted(set(keys))), encoding="utf-8")
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                note.unlink(missing_ok=True)

    def used(self) -> set[str]:
        """Return the keys that running renders have announced."""
        keys: set[str] = set()
        for note in _found(self.root / "tmp", f"*{USES}"):
            with contextlib.suppress(OSError, ValueError):
                if self._owner_runs(note) is not False:
                    keys |= {str(key) for key in json.loads(note.read_text(encoding="utf-8"))}
        return keys

    @contextlib.contextmanager
    def adding(self, kind: str, key: str, suffix: str, known: dict[str, Any]) -> Iterator[Path]:
        """Yield a temporary file that becomes the object when the block succeeds.

        Args:
            kind: Folder of the cache.
            key: What went into it, as hex digits.
            suffix: File suffix.
            known: What is known of the object; the block may still add to it.

        Raises:
            OutputError: The cache cannot be written, or the disk is full.
        """
        target = self.path(kind, key, suffix)
        temporary = self.root / "tmp" / f"{self._host}-{os.getpid()}-{uuid.uuid4().hex}{suffix}"
        note = temporary.with_name(temporary.name + ".json")
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            facts = {"size": temporary.stat().st_size, "sha256": _digest(temporary), **known}
            note.write_text(json.dumps(facts), encoding="utf-8")
            _sync(temporary)
            _sync(note)
            temporary.replace(target)
            note.replace(_sidecar(target))
        except OSError as error:
            raise OutputError(
                f"the cache {self.root} cannot be written: {error.strerror or error}; "
                "finished shots are kept"
            ) from error
        finally:
            for leftover in (temporary, note):
                with contextlib.suppress(OSError):
                    leftover.unlink(missing_ok=True)

    def leftovers(self) -> list[Path]:
        """Return what killed runs left behind."""
        unfinished = [*_found(self.root / "tmp", "*"), *_found(self.root, ".idolsync-*")]
        return [path for path in unfinished if self._abandoned(path)]

    def sweep(self) -> None:
        """Remove what killed runs left behind."""
        for leftover in self.leftovers():
            with contextlib.suppress(OSError):
                leftover.unlink()

    def _abandoned(self, path: Path) -> bool:
        runs = self._owner_runs(path)
        if runs is not None:
            return not runs
        with contextlib.suppress(OSError):
            return time.time() - path.stat().st_mtime > STALE_SECONDS
        return False

    def _owner_runs(self, path: Path) -> bool | None:
        """Tell whether the process that made a temporary file still runs; None where unknown."""
        parts = path.name.split("-", 2)
        if len(parts) < 3 or parts[0] != self._host or not parts[1].isdigit():
            return None
        return _alive(int(parts[1]))


def _found(folder: Path, pattern: str) -> list[Path]:
    """Return what lies in a folder; nothing where it is out of reach."""
    with contextlib.suppress(OSError):
        return list(folder.glob(pattern))
    return []


def _sidecar(target: Path) -> Path:
    return target.with_suffix(".json")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _alive(process: int) -> bool | None:
    if sys.platform == "win32":
        return None  # signal 0 would end the process there; age alone decides
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
