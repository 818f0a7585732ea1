"""Read a song as its planned cut: analysis and plan in one go, cast from a folder of shots."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import takes, tell
from otio_idolsync.planning.options import PlanOptions


@takes("idolsync_song", PlanOptions)  # type: ignore[untyped-decorator]
def read_from_file(filepath: str, shots: str | None = None, **asked: Any) -> Any:
    """Return the planned timeline of a song; arguments as in ``idolsync plan``."""
    from otio_idolsync.planning.plan import plan
    from otio_idolsync.report.summary import placeholders

    planned = plan(filepath, str(shots) if shots is not None else None, **asked)
    tell(planned.warnings)
    tell(placeholders(planned))
    return planned.timeline
