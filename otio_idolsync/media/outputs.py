"""Write what the user asked for: whole or not at all, and never over a file he made himself.

An existing output is replaced without being told to only if it is byte for byte what this program
last wrote there, so that an editor's re-export under our name is never eaten.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from otio_idolsync.errors import OutputError
from otio_idolsync.media.cache import cache_folder, written_beside
from otio_idolsync.media.names import address_of


def check_outputs(*paths: Path, force: bool = False, inputs: Iterable[Path] = ()) -> None:
    """Refuse, before any work is done, outputs that must not or cannot be written.

    Args:
        paths: What will be written.
        force: Whether somebody else's work may be replaced.
        inputs: What is read, and is never replaced.

    Raises:
        OutputError: A path is a folder, its folder is missing or locked, it is named twice, or it
            holds an input or somebody else's work.
    """
    taken = {given.expanduser().absolute().resolve() for given in inputs}
    for path in paths:
        place = path.absolute().resolve()
        if place in taken:
            raise OutputError(f"{path} is already an input or another output; choose another name")
        taken.add(place)
        if path.is_dir():
            raise OutputError(f"output {path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise OutputError(no_folder(path))
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"output folder {path.parent} cannot be written; choose another one")
        if path.exists() and not force and file_digest(path) not in _known(path):
            raise OutputError(
                f"{path} exists and is not what idolsync last wrote there; "
                "use --force to replace it, or choose another name"
            )


def no_folder(output: Path | str) -> str:
    """Return the sentence on an output whose folder is not there."""
    url = address_of(output)
    if url:
        return f"output {url} is an address (URL); name a file on this machine"
    return f"output folder {Path(output).parent} does not exist; make it first"


def is_ours(path: Path) -> bool:
    """Return whether a file is what this program last wrote there; cheap where it is not."""
    known = _known(path)
    return bool(known) and path.is_file() and file_digest(path) in known


@contextlib.contextmanager
def output_file(path: Path) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, renamed there and remembered as ours on success."""
    with written_beside(path) as temporary:
        yield temporary
        remember(path, file_digest(temporary))


def write_text(path: Path, text: str) -> None:
    """Write a text output whole or not at all, remembered as ours."""
    with output_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes.

    Raises:
        OutputError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror or error}") from error


def remember(path: Path, digest: str) -> None:
    """Note that what has this digest at ``path`` is ours; the last two are kept.

    The note comes before the rename, so that a crash between the two costs nothing.
    """
    note = _note(path)
    # Without a note the next run only asks for --force: no reason to fail this one.
    with contextlib.suppress(OSError, OutputError), written_beside(note) as temporary:
        kept = [d for d in _known(path) if d != digest][-1:]
        temporary.write_text(json.dumps([*kept, digest]), encoding="utf-8")


def _known(path: Path) -> list[str]:
    try:
        known = json.loads(_note(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [str(d) for d in known] if isinstance(known, list) else []


def _note(path: Path) -> Path:
    name = hashlib.sha256(os.fsencode(path.absolute().resolve())).hexdigest()
    return cache_folder() / "written" / f"{name}.json"
