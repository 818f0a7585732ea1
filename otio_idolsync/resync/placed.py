"""The next cut while it is being made: what lies where, mended before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otio_idolsync.cut.remark import Remark
from otio_idolsync.resync.evidence import drift
from otio_idolsync.resync.model import Item, ShotReport
from otio_idolsync.timebase import Frames, frame_showing


@dataclass(slots=True, eq=False)
class Placed:
    """An item of the next cut.

    Attributes:
        item: What it was in the edit.
        report: What is said of its shot.
        first: Timeline frame at which it starts.
        frames: Its length.
        source: Timeline frames from the media's first frame.
    """

    item: Item
    report: ShotReport
    first: int
    frames: int
    source: Frames

    @property
    def shot(self) -> Item | None:
        """The planned shot whose media it shows, None when it shows something else."""
        if self.report.pairing is None or "replaced" in self.report.changes:
            return None
        return self.report.pairing.shot

    @property
    def room(self) -> tuple[int, int]:
        """Media frames to spare before and after it; of a lip-sync shot, generated ones."""
        shot = self.shot
        handles = (shot.block.get("handles") if shot else None) or {}
        if shot and handles:
            head = int(handles.get("head", 0)) + frame_showing(self.source - shot.source)
            end = self.source + self.frames - shot.source - shot.frames
            return max(0, head), max(0, int(handles.get("tail", 0)) - int(end))
        if self.item.media_frames is None:
            return 0, 0
        after = self.item.media_frames - self.source - self.frames
        return max(0, int(self.source)), max(0, int(after))


def place(reports: Sequence[ShotReport]) -> list[Placed]:
    """Return every item of the edit in time order, as it lies."""
    placed = []
    for report in reports:
        for item in report.items:
            shot = report.pairing.shot if report.pairing else None
            fits = shot is not None and "replaced" not in report.changes
            source = shot.source + drift(shot, item).head if fits and shot else item.source
            first, frames = item.laid
            hidden = item.under[0] if item.speed >= 0 else item.under[1]
            passed: Frames = hidden * (item.speed if item.speed >= 0 else -item.speed)
            placed.append(Placed(item, report, first, frames, source - passed))
    return sorted(placed, key=lambda p: (p.first, p.item.track, p.item.layer))


def mend(placed: Sequence[Placed]) -> tuple[list[str], list[str]]:
    """Slip takes back into sync where their media reaches; return who was, and who was not."""
    mended, stuck = list[str](), list[str]()
    for one in placed:
        by = one.report.out_of_sync
        if not by:
            continue
        source, length = one.source - by, one.item.media_frames
        if source < 0 or (length is not None and source + one.frames > length):
            text = "cannot be slipped into sync: its media does not reach"
            shot_id = one.report.shot_id
            stuck.append(Remark(shot_id, text, f"{shot_id} {text}"))
            continue
        one.source = source
        mended.append(one.report.shot_id)
    return mended, stuck
