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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from otio_idolsync.errors import OutputError

STALE_SECONDS = 3600


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
        return dict(known)

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

    def sweep(self) -> None:
        """Remove what killed runs left behind."""
        for leftover in (self.root / "tmp").glob("*-*-*"):
            with contextlib.suppress(OSError, ValueError):
                host, process, _ = leftover.name.split("-", 2)
                if host == self._host and not _alive(int(process)):
                    leftover.unlink()
        for leftover in (*(self.root / "tmp").glob("*"), *self.root.glob(".idolsync-*")):
            with contextlib.suppress(OSError):
                if time.time() - leftover.stat().st_mtime > STALE_SECONDS:
                    leftover.unlink()


def _sidecar(target: Path) -> Path:
    return target.with_suffix(".json")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would end the process there; age alone decides
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
