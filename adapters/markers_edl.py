"""Read and write Resolve's marker EDL: the timeline's markers, nothing else."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell


def read_from_string(
    input_str: str, rate: Any = None, fps: Any = None, start: str | None = None, **unknown: Any
) -> Any:
    """Return a timeline with the list's markers; ``rate`` (or ``fps``) because an EDL has none."""
    with otio_errors("idolsync_markers_edl", unknown):
        from otio_idolsync.interchange.markers_edl import read_markers_edl

        return read_markers_edl(input_str, rate if rate is not None else fps, start)


def write_to_string(input_otio: Any, **unknown: Any) -> str:
    """Return the marker EDL of a timeline; what it cannot carry is warned of."""
    with otio_errors("idolsync_markers_edl", unknown):
        from otio_idolsync.cut.read import read_timeline
        from otio_idolsync.interchange.markers_edl import write_markers_edl

        text, losses = write_markers_edl(read_timeline(input_otio))
        tell(f"not in the marker EDL: {loss}" for loss in losses)
        return text
