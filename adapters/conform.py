"""Write a timeline as a conformed movie, frame for frame."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import folder, mapped, otio_errors, tell, truth, whole


def write_to_file(
    input_otio: Any,
    filepath: str,
    size: str | None = None,
    fit: Any = "fit",
    hdr: Any = "tonemap",
    deinterlace: Any = True,
    jobs: int | str | None = None,
    cache: str | None = None,
    audio_codec: Any = "aac",
    loudness: str | None = None,
    video_codec: Any = "h264",
    draft: Any = False,
    start: str | None = None,
    end: str | None = None,
    burn_in: str = "",
    handles: int | str = 0,
    missing: Any = "error",
    map: Any = None,
    media_root: str | None = None,
    sequence: str | None = None,
    allow_remote: Any = False,
    audio_stream: int | str | None = None,
    **unknown: Any,
) -> None:
    """Render a timeline; arguments as in ``idolsync render``, with ``start`` and ``end``."""
    with otio_errors("idolsync_conform", unknown):
        from pathlib import Path

        from otio_idolsync.rendering.render import render

        report = render(
            input_otio,
            filepath,
            size=size,
            fit=fit,
            hdr=hdr,
            deinterlace=bool(truth(deinterlace, "deinterlace")),
            jobs=whole(jobs, "jobs"),
            cache=Path(cache) if cache else None,
            audio_codec=audio_codec,
            loudness=loudness,
            video_codec=video_codec,
            draft=str(draft).lower() in ("1", "true", "yes"),
            start=start,
            end=end,
            burn_in=burn_in,
            handles=whole(handles, "handles") or 0,
            missing=missing,
            media_map=mapped(map),
            media_root=folder(media_root),
            sequence=sequence,
            allow_remote=bool(truth(allow_remote, "allow_remote")),
            audio_stream=whole(audio_stream, "audio_stream"),
        )
        tell(report.warnings)
