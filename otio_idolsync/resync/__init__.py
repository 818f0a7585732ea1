"""Recognise an edited timeline's shots, say what was done to them, and merge it with the plan.

The public function ``otio_idolsync.resync`` bears the name of this package, and Python binds that
name to the package as soon as anything in it is imported. So the package is the function, too:
calling it calls :func:`otio_idolsync.resync.run.resync`. Type checkers see the function alone.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otio_idolsync.resync.compare import Comparison, diff
    from otio_idolsync.resync.run import ResyncReport

_HOMES = {
    "Comparison": "otio_idolsync.resync.compare",
    "ResyncReport": "otio_idolsync.resync.run",
    "diff": "otio_idolsync.resync.compare",
}
__all__ = ["Comparison", "ResyncReport", "diff"]


if not TYPE_CHECKING:  # to a type checker, a module with a __getattr__ has every name

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(importlib.import_module(_HOMES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _CallablePackage(ModuleType):
    """A package that is also the function it is named after."""

    def __call__(self, *args: Any, **kwargs: Any) -> ResyncReport:
        from otio_idolsync.resync.run import resync

        return resync(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        """What ``help`` in a notebook shows of the function."""
        from otio_idolsync.resync.run import resync

        return inspect.signature(resync)


sys.modules[__name__].__class__ = _CallablePackage
