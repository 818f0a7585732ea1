"""Carry beats, bars and markers through an edit of the song itself (a radio edit, a loop)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.model import Mark, SyncSheet
from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.resync.spine import SpineReport
from otio_idolsync.timebase import Clock, frame_showing


def sheet_through(sheet: SyncSheet, spine: SpineReport, relocked: bool) -> SyncSheet:
    """Return a plan's sheet with its grid and markers where the edited song now has them.

    Bars keep their numbers, so that bar 12 goes on being the bar that musicians call so.

    Args:
        sheet: The plan.
        spine: Where the song lies in the edit.
        relocked: Whether it is meant to lie there from now on.
    """
    block = copy.deepcopy(sheet.metadata)
    block["grid"] = _grid(block.get("grid") or {}, spine.moved, sheet.clock)
    block["song"] = block.get("song", {}) | {
        "pieces": [piece.to_json() for piece in spine.pieces],
        "relocked": relocked,
    }
    marks = [mark for piece in spine.moved for mark in _marks(sheet, piece)]
    ordered = sorted(_rejoined(marks), key=lambda mark: mark.frame)
    return replace(sheet, metadata=block, marks=tuple(ordered))


def _grid(grid: dict[str, Any], pieces: Sequence[SongPiece], clock: Clock) -> dict[str, Any]:
    rows = zip(
        grid.get("beats", ()), grid.get("beat_numbers", ()), grid.get("bars", ()), strict=False
    )
    known = list(rows)
    carried = [
        (round(float(at), 6), number, bar)
        for piece in pieces
        for time, number, bar in known
        if (at := _timeline_seconds(time, piece, clock)) is not None
    ]
    columns = ("beats", "beat_numbers", "bars")
    return grid | {name: [row[k] for row in carried] for k, name in enumerate(columns)}


def _timeline_seconds(time: float, piece: SongPiece, clock: Clock) -> Fraction | None:
    """Return when a song second is heard in a piece, None when it is not."""
    if not piece.speed:
        return None
    into = (Fraction(time) * clock.rate - piece.song) / piece.speed
    if not 0 <= into < piece.frames:
        return None
    return (piece.record + into) / clock.rate


def _marks(sheet: SyncSheet, piece: SongPiece) -> list[Mark]:
    found = []
    reach = piece.song_frame(piece.end)
    for mark in sheet.marks:
        first, end = max(mark.frame, piece.song), min(mark.frame + mark.frames, reach)
        if not piece.speed or not (first < end or piece.song <= mark.frame < reach):
            continue
        at = piece.record + frame_showing(Fraction(first - piece.song) / piece.speed)
        lasts = frame_showing(Fraction(max(0, end - first)) / piece.speed)
        time = float(sheet.clock.seconds_at(at))
        block = dict(mark.metadata)
        if "time" in block:
            block |= {"time": time, "song_time": block.get("song_time", block["time"])}
        found.append(replace(mark, frame=at, frames=lasts, metadata=block))
    return found


def _rejoined(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks with spans that only a razor cut parted made one again."""
    joined: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.name, m.frame)):
        last = joined[-1] if joined else None
        if (
            last
            and last.name == mark.name
            and last.frames
            and last.frame + last.frames == mark.frame
        ):
            joined[-1] = replace(last, frames=last.frames + mark.frames)
        else:
            joined.append(mark)
    return joined
