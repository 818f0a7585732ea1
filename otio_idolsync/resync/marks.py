"""Keep the song's markers, the editor's own, and the few that are meant as instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import opentimelineio as otio

from otio_idolsync.resync.model import Cut, ShotReport
from otio_idolsync.timebase import Clock, exact_seconds
from otio_idolsync.timeline.model import SyncSheet
from otio_idolsync.timeline.otio_form import KEY, timeline_of

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
    for name, frame in _named(edit):
        told = _COMMAND.match(name)
        if told:
            under = next((i for first, end, i in where if first <= frame < end), "")
            found.append(Instruction(told[1].lower(), frame, under))
    return found


def _named(edit: Cut) -> Iterator[tuple[str, int]]:
    for marker in edit.timeline.tracks.markers:
        if not _ours(marker):
            yield marker.name, edit.clock.frame_at(exact_seconds(marker.marked_range.start_time))
    for item in edit.items:
        for marker in item.clip.markers:
            at = exact_seconds(marker.marked_range.start_time) * edit.clock.rate - item.start
            frame = item.first + min(max(0, round(at)), item.frames - 1)
            yield marker.name, frame


def _ours(marker: Any) -> bool:
    block = marker.metadata.get(KEY)
    return bool(block) and "kind" in block


def merged_markers(
    sheet: SyncSheet, edit: otio.schema.Timeline, clock: Clock
) -> list[otio.schema.Marker]:
    """Return the plan's markers and then the editor's own.

    The song's markers follow from the grid, so that one that a format has dropped or blurred is
    simply made again; what is neither at a planned frame under a planned name nor ours by its
    metadata is the editor's.
    """
    planned = {(mark.name, mark.frame) for mark in sheet.marks}
    own = []
    for marker in edit.tracks.markers:
        frame = clock.frame_at(exact_seconds(marker.marked_range.start_time))
        if not _ours(marker) and (marker.name, frame) not in planned:
            own.append(marker.deepcopy())
    song = timeline_of(replace(sheet, shots=()))
    return [m.deepcopy() for m in song.tracks.markers] + own
