"""Where finished work is kept between runs, and how a file appears there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from otio_idolsync.errors import OutputError


def cache_folder(given: Path | str | None = None) -> Path:
    """Return the cache folder: the one given, else ``$IDOLSYNC_CACHE``, else the user's."""
    chosen = given or os.environ.get("IDOLSYNC_CACHE") or platformdirs.user_cache_dir("idolsync")
    return Path(chosen).expanduser().absolute()


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary file next to ``path`` and rename it there when the block succeeds.

    A failure or an interrupt leaves ``path`` as it was and no temporary file.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".idolsync-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        _readable_as_usual(temporary)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _readable_as_usual(path: Path) -> None:
    """Give a temporary file (made private) the rights that any new file gets."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def mark_used(path: Path) -> None:
    """Note that a cached file is in use now; cleaning removes what was used longest ago."""
    # Access times are switched off or coarse on most systems: the modification time stands for it.
    with contextlib.suppress(OSError):
        os.utime(path)
