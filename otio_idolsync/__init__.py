"""Cut picture to a locked song, explain each cut, and conform it frame for frame.

The public API is ``analyze``, ``plan``, ``resync``, ``diff``, ``export`` and ``render``; each is
imported when it is first used, so that importing this package stays instant in every
OpenTimelineIO process.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "analyze", "diff", "export", "plan", "render", "resync"]

_HOMES = {
    "analyze": "otio_idolsync.analysis.analyze",
    "diff": "otio_idolsync.resync.compare",
    "export": "otio_idolsync.interchange.export",
    "plan": "otio_idolsync.planning.plan",
    "render": "otio_idolsync.rendering.render",
}


def __getattr__(name: str) -> Any:
    if name == "resync":  # the package can be called
        return importlib.import_module("otio_idolsync.resync")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
