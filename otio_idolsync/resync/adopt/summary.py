"""What an adoption came to, as text for people."""

from __future__ import annotations

from otio_idolsync.planning.spoken import plural
from otio_idolsync.resync.adopt.run import AdoptReport

_FOUND = {
    "identity": "the song was found by its identity",
    "sound": "the song was known by its sound",
    "name": "the song was taken by its name",
    "nothing": "the song was laid under the picture",
}


def adopt_text(done: AdoptReport) -> str:
    """Return a row for each shot, and what was found of the song."""
    clock = done.sheet.clock
    rows = [(s.shot_id, s.track, clock.timecode(s.frame), s.text) for s in done.shots]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(row[k].ljust(widths[k]) for k in range(3)), row[3]]).rstrip() for row in rows
    ]
    tracks = len({shot.track for shot in done.shots})
    on_beat = sum(shot.off_grid_frames == 0 for shot in done.shots)
    cuts = sum(shot.off_grid_frames is not None for shot in done.shots)
    lies = done.song.spine.why or "it lies whole under the first frame"
    lines += [
        "",
        f"{plural(len(rows), 'shot')} on {plural(tracks, 'track')} of {done.timeline.name!r}; "
        f"{on_beat} of {plural(cuts, 'cut')} lie on a beat",
        f"{_FOUND[done.song.found_by]}; {lies}",
    ]
    return "\n".join(lines)
