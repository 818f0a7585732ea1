"""Read FCPXML 1.5 to 1.14 (and .fcpxmld bundles), and write 1.8 to 1.13 for Final Cut Pro."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell


def read_from_file(filepath: str, **unknown: Any) -> Any:
    """Return the timeline of a file or bundle; a collection where it has not just one."""
    with otio_errors("idolsync_fcpxml", unknown):
        from pathlib import Path

        from otio_idolsync.interchange.fcpxml import read_fcpxml

        return read_fcpxml(Path(filepath))


def read_from_string(input_str: str, **unknown: Any) -> Any:
    """Return the timeline of a document's text."""
    with otio_errors("idolsync_fcpxml", unknown):
        from otio_idolsync.interchange.fcpxml import read_fcpxml

        return read_fcpxml(input_str)


def write_to_string(
    input_otio: Any, version: str | float = "1.10", markers_on: Any = "song", **unknown: Any
) -> str:
    """Return a timeline as FCPXML of a version; what it cannot carry is warned of.

    ``markers_on``: ``song``, its own clips, or ``picture``, the clips beneath.
    """
    with otio_errors("idolsync_fcpxml", unknown):
        from otio_idolsync.interchange.fcpxml import write_fcpxml

        # -a version=1.10 arrives as the number 1.1, and there is no version 1.1 to confuse it with.
        asked = "1.10" if version == 1.1 else str(version)
        text, losses = write_fcpxml(input_otio, asked, markers_on)
        tell(losses)
        return text
