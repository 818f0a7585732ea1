"""Read and write a CMX 3600 EDL as a cut: pictures, sound channels, dissolves, wipes, speeds."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell


def read_from_string(
    input_str: str, rate: Any = None, fps: Any = None, start: str | None = None, **unknown: Any
) -> Any:
    """Return the timeline of a list; ``rate`` (or ``fps``) because an EDL has none."""
    with otio_errors("idolsync_edl", unknown):
        from otio_idolsync.interchange.cmx3600_read import read_edl
        from otio_idolsync.timebase import Clock

        given = rate if rate is not None else fps
        drop = None if start is None else ";" in start
        clock = None if given is None else Clock.at(given, drop).starting(start)
        return read_edl(input_str, clock)


def write_to_string(input_otio: Any, **unknown: Any) -> str:
    """Return the EDL of a timeline; what it cannot carry is warned of."""
    with otio_errors("idolsync_edl", unknown):
        from otio_idolsync.cut.read import read_timeline
        from otio_idolsync.interchange.cmx3600 import write_edl

        text, losses = write_edl(read_timeline(input_otio))
        tell(f"not in the EDL: {loss}" for loss in losses)
        return text
