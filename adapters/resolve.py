"""Read any xmeml (Final Cut Pro 7 XML), write it as DaVinci Resolve likes it."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell


def read_from_string(input_str: str, **unknown: Any) -> Any:
    """Return the timeline of an xmeml text; several sequences are a collection."""
    with otio_errors("idolsync_resolve", unknown):
        from otio_idolsync.interchange.xmeml import read_xmeml

        return read_xmeml(input_str)


def read_from_file(filepath: str, **unknown: Any) -> Any:
    """Return the timeline of an xmeml file; several sequences are a collection."""
    with otio_errors("idolsync_resolve", unknown):
        from pathlib import Path

        from otio_idolsync.interchange.xmeml import read_xmeml

        return read_xmeml(Path(filepath))


def write_to_string(input_otio: Any, markers_on: Any = "picture", **unknown: Any) -> str:
    """Return a timeline as xmeml for Resolve; what the editor will not show is warned of.

    ``markers_on``: ``picture``, the sequence, or ``song``, the song's own clips.
    """
    with otio_errors("idolsync_resolve", unknown):
        from otio_idolsync.interchange.editors import EDITORS

        text, losses = EDITORS["resolve"].text(input_otio, markers_on=markers_on)
        tell(losses)
        return text
