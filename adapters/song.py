"""Read a song as its planned cut: analysis and plan in one go, cast from a folder of shots."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import otio_errors, tell, texts, truth, whole


def read_from_file(
    filepath: str,
    shots: str | None = None,
    fps: str | float = 24,
    size: str = "1920x1080",
    beats_per_cut: str = "4-8",
    energy_policy: Any = "hold",
    pacing: str = "pop",
    pin: Any = None,
    lead: str = "0f",
    seed: int | str = 0,
    drop_frame: bool | str | None = None,
    cache: str | None = None,
    **more: Any,
) -> Any:
    """Return the planned timeline of a song; arguments as in ``idolsync plan``."""
    from otio_idolsync.analysis.listening import listening_options

    given = {o: more.pop(o.name) for o in listening_options() if o.name in more}
    with otio_errors("idolsync_song", more):
        from pathlib import Path

        from otio_idolsync.planning.plan import plan
        from otio_idolsync.report.summary import placeholders

        planned = plan(
            filepath,
            str(shots) if shots is not None else None,
            fps=fps,
            size=size,
            beats_per_cut=str(beats_per_cut),
            energy_policy=energy_policy,
            pacing=pacing,
            pins=texts(pin),
            lead=str(lead),
            seed=whole(seed, "seed") or 0,
            drop_frame=truth(drop_frame, "drop_frame"),
            cache=Path(cache) if cache else None,
            **{o.name: whole(v, o.name) if o.is_whole else v for o, v in given.items()},
        )
        tell(planned.warnings)
        tell(placeholders(planned))
        return planned.timeline
