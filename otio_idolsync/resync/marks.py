"""Keep the song's markers, the editor's own, and the few that are meant as instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import each, own_block
from otio_idolsync.cut.model import Mark, SyncSheet
from otio_idolsync.cut.otio_form import mark_of, marker_of
from otio_idolsync.cut.place import frames_of
from otio_idolsync.resync.model import Cut, ShotReport
from otio_idolsync.timebase import exact_seconds, whole_frames

_COMMAND = re.compile(r"\s*(pin|regen|hold)\s*(?:[:\-–].*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """A marker that is a command: ``pin``, ``regen`` or ``hold``.

    Attributes:
        kind: The command.
        frame: Timeline frame of the marker.
        shot_id: The shot under it, "" where there is none.
    """

    kind: str
    frame: int
    shot_id: str

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in metadata and reports."""
        return {"kind": self.kind, "frame": self.frame, "shot_id": self.shot_id}


def instructions_in(edit: Cut, reports: Sequence[ShotReport]) -> list[Instruction]:
    """Return the commands among the editor's markers, on the timeline or on clips of V1."""
    where = [(item.first, item.end, r.shot_id) for r in reports for item in r.items]
    found = []
    for kind, frame in commands_in(edit):
        under = next((i for first, end, i in where if first <= frame < end), "")
        found.append(Instruction(kind, frame, under))
    return found


def commands_in(edit: Cut) -> Iterator[tuple[str, int]]:
    """Yield the commands among an editor's markers, each with its timeline frame."""
    for name, frame in _named(edit):
        told = _COMMAND.match(name)
        if told:
            yield told[1].lower(), frame


def _named(edit: Cut) -> Iterator[tuple[str, int]]:
    yield from ((marker.name, whole_frames(at)) for at, marker in edit.markers())
    for marker in edit.timeline.tracks.markers:
        if not is_ours(marker):
            yield marker.name, edit.clock.frame_at(exact_seconds(marker.marked_range.start_time))
    for item in edit.items:
        for marker in each(item.clip.markers):
            at = frames_of(marker.marked_range.start_time, edit.clock.rate) - item.start
            frame = item.first + min(max(0, whole_frames(at)), item.frames - 1)
            yield marker.name, frame


def is_ours(marker: Any) -> bool:
    """Return whether a marker is one of the song's, and not an editor's own."""
    block = own_block(marker.metadata)
    return bool(block) and "kind" in block


def merged_markers(
    sheet: SyncSheet, edit: Cut, planned: otio.schema.Timeline | None
) -> tuple[list[otio.schema.Marker], list[Mark]]:
    """Return the plan's markers and then the editor's own, as OTIO's and as the sheet's.

    The song's markers follow from the grid, so that one that a format has dropped or blurred is
    simply made again; what is neither at a planned frame under a planned name nor ours by its
    metadata is the editor's.

    Args:
        sheet: The plan, with its markers where they now are.
        edit: The edit.
        planned: The plan's timeline where its markers have not moved, None where they have.
    """
    known = {(mark.name, mark.frame) for mark in sheet.marks}
    if planned is None:
        song = [marker_of(sheet.clock, mark) for mark in sheet.marks]
    else:
        song = [marker.deepcopy() for marker in planned.tracks.markers]
    marks = list(sheet.marks)
    for marker in (*each(edit.timeline.tracks.markers), *_of_compounds(edit)):
        if is_ours(marker):
            continue
        mark = mark_of(sheet.clock, marker)
        if (mark.name, mark.frame) not in known:
            song.append(marker.deepcopy())
            marks.append(mark)
    return song, marks


def _of_compounds(edit: Cut) -> Iterator[otio.schema.Marker]:
    """Yield the markers of opened compound clips, where they lay on the timeline."""
    for at, marker in edit.markers():
        moved = marker.deepcopy()
        start = otio.opentime.RationalTime(whole_frames(at), edit.clock.otio_rate)
        moved.marked_range = otio.opentime.TimeRange(start, marker.marked_range.duration)
        yield moved
