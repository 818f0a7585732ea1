"""Keep the memory of a process flat, however many shots it makes.

Each thread of a decoder frees its frames into a heap of its own, and glibc keeps those heaps: at
1080p they come to two hundred megabytes and more, and more on machines of many cores.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
from pathlib import Path

# Between two shots some 130 MB are held at 1080p.
_IDLE_BYTES = 192 << 20
_M_ARENA_MAX = -8


def one_heap() -> None:
    """Let all threads to come share one heap; for programs that do little else than render."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what a finished shot has freed, where it is much.

    To fetch it again costs the next shot some hundredths of a second.
    """
    # A frame whose side data was read refers to itself in PyAV and keeps its decoder's buffers.
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, ValueError):
        if sys.platform == "linux" and _resident() > _IDLE_BYTES:
            ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    """Return how many bytes this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
