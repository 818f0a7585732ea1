"""Recognise an edited timeline's shots, say what was done to them, and merge it with the plan.

The package can be called: ``otio_idolsync.resync(edited, plan)`` is
:func:`otio_idolsync.resync.run.resync`, and ``otio_idolsync.resync.diff(a, b)`` compares any two
OpenTimelineIO timelines. Both are imported when they are first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otio_idolsync.resync.compare import Comparison, diff
    from otio_idolsync.resync.run import Resynced

_HOMES = {
    "Comparison": "otio_idolsync.resync.compare",
    "Resynced": "otio_idolsync.resync.run",
    "diff": "otio_idolsync.resync.compare",
}
__all__ = ["Comparison", "Resynced", "diff"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _CallablePackage(ModuleType):
    """A package that is also the function it is named after."""

    def __call__(self, *args: Any, **kwargs: Any) -> Resynced:
        from otio_idolsync.resync.run import resync

        return resync(*args, **kwargs)


# importing the package binds it as otio_idolsync.resync, which is the public function's name too
sys.modules[__name__].__class__ = _CallablePackage
