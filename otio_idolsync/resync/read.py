"""Read an edited file by what it is, not by its suffix, and choose the sequence that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.checked import checked_timeline
from otio_idolsync.cut.files import read_timelines
from otio_idolsync.cut.kind import decoded, kind_of
from otio_idolsync.errors import InterchangeError, TimelineError
from otio_idolsync.interchange.metadata import ids_only
from otio_idolsync.media.names import not_there
from otio_idolsync.timebase import Clock


def read_edited(path: Path, planned: Clock | None = None) -> tuple[list[otio.schema.Timeline], str]:
    """Return the timelines of an edited file, and its format: otio, sync, xmeml, fcpxml or edl.

    Args:
        path: The file.
        planned: The frames of the plan, in which an EDL is counted: it names no rate.

    Raises:
        TimelineError: Missing, or no format that is known.
        InterchangeError: Broken, or without a sequence.
    """
    source = path.expanduser().absolute()
    if not source.exists():
        raise TimelineError(not_there("edited timeline", path))
    kind = _kind(source)
    if kind in ("otio", "sync"):
        return read_timelines(source), kind
    with ids_only():
        found = _foreign(source, kind, planned)
    timelines = [found] if isinstance(found, otio.schema.Timeline) else _timelines_in(found)
    if not timelines:
        raise InterchangeError(f"{source} holds no sequence; export the timeline, not its clips")
    return [checked_timeline(timeline) for timeline in timelines], kind


def _kind(source: Path) -> str:
    try:
        kind = kind_of(source)
    except OSError as error:
        raise TimelineError(f"{source} cannot be read: {error.strerror or error}") from error
    if kind:
        return kind
    if source.is_dir():
        raise TimelineError(f"edited timeline {source} is a folder; name a file in it")
    raise TimelineError(
        f"{source} is no timeline that is known here: give .otio, xmeml (.xml), .fcpxml or .edl"
    )


def _timelines_in(found: Any) -> list[otio.schema.Timeline]:
    children = found if hasattr(found, "__iter__") else ()
    return [child for child in children if isinstance(child, otio.schema.Timeline)]


def _foreign(source: Path, kind: str, planned: Clock | None) -> Any:
    if kind == "xmeml":
        from otio_idolsync.interchange.xmeml import read_xmeml

        return read_xmeml(source)
    if kind == "fcpxml":
        from otio_idolsync.interchange.fcpxml import read_fcpxml

        return read_fcpxml(source)
    from otio_idolsync.interchange.cmx3600_read import read_edl

    try:
        return read_edl(_text(source), planned)
    except InterchangeError as error:
        raise InterchangeError(f"EDL {source} cannot be read: {error}") from error


def _text(source: Path) -> str:
    raw = source.read_bytes()
    try:
        return decoded(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
