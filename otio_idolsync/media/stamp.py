"""Tell whether a file is still the one that was looked at, without reading it again."""

from __future__ import annotations

import time
from pathlib import Path

Stamp = tuple[int, int, int, int]
_SECOND = 1_000_000_000
# Clocks that stamp files tick this coarsely, in nanoseconds; FAT's in two seconds.
_TICK, _COARSE_TICK = _SECOND // 20, 2 * _SECOND


def file_stamp(path: Path) -> Stamp:
    """Return what changes when a file does: size, times of modification and change, inode.

    A program that writes into a file can set the modification time back (copies and some editors
    do); the change time it cannot. Both are nanoseconds. On Windows the latter is the creation's.

    Raises:
        OSError: The file is gone or out of reach.
    """
    state = path.stat()
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino


def is_settled(stamp: Stamp) -> bool:
    """Tell whether a file that changes from now on will get another stamp."""
    _, modified, changed, _ = stamp
    now = time.time_ns()
    return all(not 0 <= now - at < _tick(at) for at in (modified, changed))


def _tick(at: int) -> int:
    return _TICK if at % _SECOND else _COARSE_TICK
