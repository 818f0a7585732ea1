"""Where the song lies on a timeline: markers go with it when an editor moves it."""

from __future__ import annotations

from typing import Any

from otio_idolsync.interchange.fcpxml.times import Grid


def song_place(timeline: Any, grid: Grid) -> tuple[str, int] | None:
    """Return the longest sound's medium, and the frame at which its second 0 would lie."""
    best: tuple[int, str, int] | None = None
    for track in timeline.tracks:
        if getattr(track, "kind", "") != "Audio":
            continue
        at = 0
        for item in track:
            if hasattr(item, "in_offset"):
                continue
            frames = grid.frames(item.source_range.duration) if item.source_range else 0
            url = str(getattr(getattr(item, "media_reference", None), "target_url", "") or "")
            if url and (best is None or frames > best[0]):
                best = (frames, url, at - grid.frames(item.source_range.start_time))
            at += frames
    return None if best is None else (best[1], best[2])


def song_shift(timeline: Any, written: object, grid: Grid) -> int:
    """Return by how many frames the song has moved since it was written; 0 without one."""
    if not isinstance(written, list) or len(written) != 2 or not isinstance(written[1], int):
        return 0
    now = song_place(timeline, grid)
    if now is None or now[0] != written[0]:
        return 0
    return now[1] - written[1]
