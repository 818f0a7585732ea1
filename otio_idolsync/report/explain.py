"""Why each cut is where it is, in sentences a director understands."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.model import Shot, SyncSheet
from otio_idolsync.cut.otio_form import sheet_of
from otio_idolsync.errors import TimelineError
from otio_idolsync.planning.objective import worse_percent
from otio_idolsync.timebase import parse_moment

SHOWN_ALTERNATIVES = 2
NO_REASON = "no reason is recorded; this shot was not planned here"


def explained(
    timeline: otio.schema.Timeline, at: str | None = None, shot_id: str | None = None
) -> list[dict[str, Any]]:
    """Return one row a shot: where it is, what it shows, why it is cut there, and what lost.

    Args:
        timeline: A planned cut, or any other, which has no reasons.
        at: Only the shot on screen at this moment.
        shot_id: Only the shot with this id.

    Raises:
        UsageError: The moment is not understood.
        TimelineError: No such shot.
    """
    sheet, _losses = sheet_of(timeline, silent=True)
    shots: Sequence[Shot] = sheet.shots
    if shot_id and not any(shot.shot_id for shot in shots):
        raise TimelineError(
            f"timeline {sheet.name!r} holds no shot ids, as only a planned cut does; give --at TIME"
        )
    if shot_id:
        shots = [sheet.shot(shot_id.strip().upper())]
    elif at:
        grid = sheet.metadata.get("grid", {})
        seconds = parse_moment(at).on(
            sheet.clock, grid.get("beats", []), grid.get("beat_numbers", [])
        )
        shots = [sheet.shot_at(sheet.clock.frame_at(seconds))]
    return [_row(sheet, shot) for shot in shots]


def _row(sheet: SyncSheet, shot: Shot) -> dict[str, Any]:
    reason = shot.metadata.get("reason", {})
    return {
        "shot_id": shot.shot_id,
        "name": shot.name,
        "frame": shot.first_frame,
        "frames": shot.frames,
        "timecode": sheet.clock.timecode(shot.first_frame),
        "seconds": round(float(sheet.clock.seconds_at(shot.frames)), 3),
        "role": shot.metadata.get("role", ""),
        "text": reason.get("text", NO_REASON),
        "beats": reason.get("beats"),
        "energy": reason.get("energy"),
        "casting": shot.metadata.get("casting", ""),
        "alternatives": [
            {**other, "worse_percent": worse_percent(other["cost"])}
            for other in reason.get("alternatives", [])
        ],
    }


def explain_text(rows: Sequence[dict[str, Any]], whole: bool = True) -> str:
    """Return the rows as text; alternatives in full where a single shot was asked for."""
    lines = [line for row in rows for line in _lines(row, whole)]
    if not any(row["text"] != NO_REASON for row in rows):
        # said once, for a cut of which nothing is known but where it lies
        lines = ["no reasons are recorded: this cut was not planned here"] + [
            line for line in lines if line.strip() != NO_REASON
        ]
    return "\n".join(lines)


def _lines(row: dict[str, Any], whole: bool) -> list[str]:
    head = f"{row['timecode']}  {row['name'] or 'gap'}  ({row['seconds']:.2f} s"
    head += f", {row['beats']} beats)" if row["beats"] else ")"
    lines = [head, f"    {row['text']}"]
    others = row["alternatives"][: SHOWN_ALTERNATIVES if whole else None]
    if others:
        rivals = "; ".join(
            f"bar {a['beat']} ({a['worse_percent']} % worse: {a['why']})" for a in others
        )
        lines += textwrap.wrap(
            f"instead of {rivals}", 100, initial_indent="    ", subsequent_indent="      "
        )
    if row["casting"] and not whole:
        lines.append(f"    shows {row['casting']}")
    return lines
