"""Snap a cut to its grid, track by track, and answer for every cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import opentimelineio as otio

from otio_idolsync.cut.bundle import beside
from otio_idolsync.cut.files import sheet_losses
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import bare_sheet_of, sheet_of
from otio_idolsync.cut.read import read_cut
from otio_idolsync.errors import UsageError
from otio_idolsync.interchange.appearance.cover import hides
from otio_idolsync.planning.spoken import plural
from otio_idolsync.resync.remap import settle_relative
from otio_idolsync.resync.snap.moves import Row
from otio_idolsync.resync.snap.timeline import snap_timeline
from otio_idolsync.timebase import parse_frames

To = Literal["beats", "downbeats"]
WITHIN = "3f"


@dataclass(frozen=True, slots=True, eq=False)
class SnapReport:
    """A cut that was snapped to its grid.

    Attributes:
        timeline: The next timeline.
        sheet: The same as a sync sheet.
        to: ``beats`` or ``downbeats``.
        within: Greatest distance in frames.
        cuts: What became of each cut of each track, in time order.
        losses: What the sync sheet cannot carry.
    """

    timeline: otio.schema.Timeline
    sheet: SyncSheet
    to: str
    within: int
    cuts: tuple[Row, ...]
    losses: tuple[str, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether a cut was blocked."""
        return any(row.action == "blocked" for row in self.cuts)

    def to_json(self) -> dict[str, Any]:
        """Return the report ``idolsync.snap/1``."""
        return {
            "schema": "idolsync.snap/1",
            "to": self.to,
            "within": self.within,
            "cuts": [row.to_json() for row in self.cuts],
            "losses": list(self.losses),
        }


def snap(
    cut: Path | str | otio.schema.Timeline,
    to: To,
    *,
    within: str = WITHIN,
    sequence: str | None = None,
    output: Path | str | None = None,
) -> SnapReport:
    """Return a cut with those of its cuts that lie near a beat moved onto it, and what was done.

    Args:
        cut: A planned, adopted or re-synced cut; it stays as it is.
        to: Move cuts onto ``beats``, or onto ``downbeats`` alone.
        within: Greatest distance, in frames: ``3f``.
        sequence: Name of the one that is meant, where there are several.
        output: The file that the result is for; relative media paths are made to hold there, by
            default beside the cut.

    Raises:
        IdolsyncError: One sentence on what cannot be used; without a grid there is nothing to
            snap to.
    """
    reach = parse_frames(within)
    if reach < 0:
        raise UsageError(f"--within {within} must not be negative")
    held = read_cut(cut)
    made = held.timeline(sequence)
    made = made if held.path else made.deepcopy()
    sheet = bare_sheet_of(made, silent=True)
    rows = snap_timeline(made, sheet, to, reach)
    if held.path and output:
        target = Path(output).expanduser().absolute()
        settle_relative(made, [held.folder(beside(target))], target)
    whole, losses = sheet_of(made, hides=lambda clip: hides(clip, sheet.size), silent=True)
    return SnapReport(made, whole, to, reach, tuple(rows), sheet_losses(losses))


def snap_text(done: SnapReport) -> str:
    """Return a row for each cut of each track, and how many were moved."""
    clock = done.sheet.clock
    rows = [
        (row.track, clock.timecode(row.frame), row.shot_id, row.action.replace("_", " "), row.why)
        for row in done.cuts
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [
        "  ".join([*(row[k].ljust(widths[k]) for k in range(4)), row[4]]).rstrip() for row in rows
    ]
    counted = Counter(row.action for row in done.cuts)
    told = ", ".join(
        f"{counted[action]} {action.replace('_', ' ')}"
        for action in ("moved", "already_there", "too_far", "blocked")
    )
    return "\n".join([*lines, f"{plural(len(rows), 'cut')}: {told}"])
