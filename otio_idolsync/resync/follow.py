"""Measure the shots of an edit against the song as it lies there, and say who moved: song or cut.

A shot has moved if another stretch of the song plays under it than was planned. Where an editor cut
off the head of the song with its picture, laid a leader before both or took a bar out of both,
nothing has; where the song alone was nudged, everything under it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from otio_idolsync.cut.song_pieces import SongPiece, song_frame_at
from otio_idolsync.resync.classify import shot_report
from otio_idolsync.resync.evidence import drift
from otio_idolsync.resync.freshness import Music, SongFrame
from otio_idolsync.resync.model import Drift, Item, ShotReport
from otio_idolsync.resync.spine import SpineReport


def music_of(spine: SpineReport, planned: Sequence[SongPiece]) -> Music:
    """Return what plays at each timeline frame of the edit.

    Args:
        spine: Where the song lies in the edit.
        planned: Its pieces in the plan, () where it is whole.
    """
    if spine.moves:
        return Music(spine.song_frame, spine.planned_frame)
    return Music(
        lambda frame: song_frame_at(planned, frame) if planned else frame, lambda frame: frame
    )


def follow(reports: Sequence[ShotReport], spine: SpineReport) -> SpineReport:
    """Say again what became of shots under which the song does not lie where it lay.

    Args:
        reports: One a shot; their changes become those against the song as it lies now.
        spine: Where it lies.

    Returns:
        The same, ``ok`` where the picture went along with its music.
    """
    lies = _against(spine.planned_frame)
    along = against = lost = 0
    for report in reports:
        item = report.items[0] if report.items else None
        if item is None or report.pairing is None or report.parent or not item.leads:
            continue
        here = spine.planned_frame(item.first)
        moved_before = "moved" in report.changes
        _tell(report, lies, here)
        if here == item.first:
            continue  # the song lies here as it lay
        moved_now = "moved" in report.changes
        along += moved_before and not moved_now
        against += moved_now and not moved_before
        lost += moved_now and moved_before
    together = not against and lost <= along and all(p.speed == 1 for p in spine.pieces)
    if not together:
        return spine
    why = f"{spine.why}, and the picture with it" if spine.why else ""
    return replace(spine, ok=True, why=why)


def _against(planned_frame: SongFrame) -> Callable[[Item, Item], Drift]:
    """Return how an item lies against its shot, its place told by the music under it."""

    def lies(shot: Item, item: Item) -> Drift:
        own, here = drift(shot, item), planned_frame(item.first)
        by = 0 if here is None else here - item.first
        return replace(own, record=own.record + by, content=own.content + by)

    return lies


def _tell(report: ShotReport, lies: Callable[[Item, Item], Drift], here: int | None) -> None:
    if report.pairing is None:
        return
    again = shot_report(report.pairing, lies)
    report.changes, report.drift, report.why = again.changes, again.drift, again.why
    if here is None and report.changes == ["kept"]:
        report.changes, report.why = ["moved"], "no music plays under it any more"
