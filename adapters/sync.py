"""Read and write the JSON sync sheet of a cut."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell


def read_from_string(input_str: str, **unknown: Any) -> Any:
    """Return the timeline that a sync sheet describes."""
    with otio_errors("idolsync_sync", unknown):
        from otio_idolsync.cut.otio_form import timeline_of
        from otio_idolsync.cut.sheet_json import sheet_from_text

        return timeline_of(sheet_from_text(input_str))


def write_to_string(input_otio: Any, **unknown: Any) -> str:
    """Return the sync sheet of a timeline; what a sheet cannot carry is warned of."""
    with otio_errors("idolsync_sync", unknown):
        from otio_idolsync.cut.otio_form import sheet_of
        from otio_idolsync.cut.read import read_timeline
        from otio_idolsync.cut.sheet_json import sheet_text

        sheet, losses = sheet_of(read_timeline(input_otio))
        tell(f"not in the sync sheet: {loss}" for loss in losses)
        return sheet_text(sheet)
