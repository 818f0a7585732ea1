"""Cut picture to a locked song, explain each cut, and conform it frame for frame.

All that is public is named here: functions, what they return, and the errors that they raise. The
functions are imported when they are first used, so that importing this package stays instant in
every OpenTimelineIO process; type checkers and editors see them as if they stood here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from otio_idolsync.errors import (
    AnalysisError,
    IdolsyncError,
    InterchangeError,
    LipsyncError,
    MediaError,
    OutputError,
    PlanError,
    RenderError,
    SettingsError,
    SourceError,
    TimelineError,
    ToolMissingError,
    UsageError,
    WorkerError,
)

if TYPE_CHECKING:
    from otio_idolsync.analysis.analyze import analyze
    from otio_idolsync.analysis.model import Analysis
    from otio_idolsync.interchange.export import ExportReport, export
    from otio_idolsync.media.song import Song, open_song
    from otio_idolsync.planning.plan import Planned, plan
    from otio_idolsync.rendering.model import RenderReport
    from otio_idolsync.rendering.render import render
    from otio_idolsync.resync.adopt.run import AdoptReport, adopt
    from otio_idolsync.resync.compare import Comparison, diff
    from otio_idolsync.resync.run import ResyncReport, resync
    from otio_idolsync.resync.snap.run import SnapReport, snap

__version__ = "0.1.0"
__all__ = [
    "AdoptReport",
    "Analysis",
    "AnalysisError",
    "Comparison",
    "ExportReport",
    "IdolsyncError",
    "InterchangeError",
    "LipsyncError",
    "MediaError",
    "OutputError",
    "PlanError",
    "Planned",
    "RenderError",
    "RenderReport",
    "ResyncReport",
    "SettingsError",
    "SnapReport",
    "Song",
    "SourceError",
    "TimelineError",
    "ToolMissingError",
    "UsageError",
    "WorkerError",
    "__version__",
    "adopt",
    "analyze",
    "diff",
    "export",
    "open_song",
    "plan",
    "render",
    "resync",
    "snap",
]
_HOMES = {
    "AdoptReport": "resync.adopt.run",
    "Analysis": "analysis.model",
    "Comparison": "resync.compare",
    "ExportReport": "interchange.export",
    "Planned": "planning.plan",
    "RenderReport": "rendering.model",
    "ResyncReport": "resync.run",
    "SnapReport": "resync.snap.run",
    "Song": "media.song",
    "adopt": "resync.adopt.run",
    "analyze": "analysis.analyze",
    "diff": "resync.compare",
    "export": "interchange.export",
    "open_song": "media.song",
    "plan": "planning.plan",
    "render": "rendering.render",
    "snap": "resync.snap.run",
}


if not TYPE_CHECKING:  # to a type checker, a module with a __getattr__ has every name

    def __getattr__(name: str) -> Any:
        if name == "resync":  # its package bears the same name, and can be called
            return importlib.import_module("otio_idolsync.resync")
        if name in _HOMES:
            return getattr(importlib.import_module(f"otio_idolsync.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
