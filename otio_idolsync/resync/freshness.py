"""Say which shots no longer fit the song: stale lip-sync shots, takes that are out of sync."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from otio_idolsync.resync.evidence import drift
from otio_idolsync.resync.model import Drift, Item, ShotReport
from otio_idolsync.timebase import Clock

SongFrame = Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class Music:
    """What plays under a timeline frame, None for silence.

    Attributes:
        song: Which song frame it is.
        planned: At which frame of the planned timeline the same is heard; other than ``song``
            only where the plan's own song was cut.
    """

    song: SongFrame
    planned: SongFrame


def judge_freshness(
    reports: list[ShotReport],
    clock: Clock,
    sample_rate: int,
    song_sha256: str,
    music: Music,
) -> None:
    """Set ``stale``, ``regenerate`` and ``out_of_sync`` of every shot that has a bond to the song.

    Args:
        reports: One a shot.
        clock: The timeline's frames.
        sample_rate: The song's, in Hz.
        song_sha256: The song's identity.
        music: What plays under each timeline frame.
    """
    for report in reports:
        shot = report.pairing.shot if report.pairing else None
        if shot is None or not report.items or "replaced" in report.changes:
            continue
        if shot.block.get("role") == "lipsync":
            said = [_stale(shot, item, song_sha256, music.planned) for item in report.items]
            why = next((text for text in said if text), "")
            if why:
                report.stale = True
                report.regenerate = song_range(report.items[0], clock, sample_rate, music.song)
                report.why = "; ".join(filter(None, (report.why, why)))
        elif shot.block.get("sync_offset") is not None:
            report.out_of_sync = _out_of_sync(shot, report.items[0], music.planned)
            if report.out_of_sync:
                slip = f"slip it by {-report.out_of_sync:+d} frames to mend it"
                off = f"{report.out_of_sync:+d} frames out of sync: {slip}"
                report.why = "; ".join(filter(None, (report.why, off)))


def _stale(shot: Item, item: Item, song_sha256: str, planned_frame: SongFrame) -> str:
    """Return why a lip-sync item does not fit the song any more, "" when it does."""
    lies = drift(shot, item)
    here, last = planned_frame(item.first), planned_frame(item.end - 1)
    made_for = (shot.block.get("lipsync") or {}).get("generated_for") or {}
    other = made_for.get("song_sha256")
    if other and song_sha256 and other != song_sha256:
        return "its lips were made for another song"
    if item.speed != 1:
        return "retimed: its lips no longer keep time"
    if here is None or last is None or last - here != item.frames - 1:
        return "the song is silent or jumps under it"
    off = here - item.first + lies.content
    side = "early" if off < 0 else "late"
    return f"its lips are {abs(off)} frames {side}" if off else _beyond_handles(shot, lies)


def _beyond_handles(shot: Item, lies: Drift) -> str:
    head, tail = _handles(shot)
    short = max(0, -lies.head - head), max(0, lies.tail - tail)
    if any(short):
        return f"it needs {short[0]} frames more at its head and {short[1]} at its tail than it has"
    return ""


def _handles(shot: Item) -> tuple[int, int]:
    """Return how many generated frames lie before and after what the plan shows."""
    handles = shot.block.get("handles") or {}
    return int(handles.get("head", 0)), int(handles.get("tail", 0))


def _out_of_sync(shot: Item, item: Item, planned_frame: SongFrame) -> int | None:
    """Return by how many frames a take shows later picture than the song; 0 when in sync."""
    here = planned_frame(item.first)
    if here is None:
        return None
    # the planned in-point is the frame nearest to the song position, so that being in sync means
    # lying as planned, not being nearest to a position that falls between two frames
    return -(drift(shot, item).content + here - item.first)


def song_range(item: Item, clock: Clock, sample_rate: int, song_frame: SongFrame) -> dict[str, int]:
    """Return the song samples that an item's frames lie over."""
    first = song_frame(item.first)
    begin = item.first if first is None else first
    start = clock.sample_at(max(0, begin), sample_rate)
    end = clock.sample_at(max(0, begin + item.frames), sample_rate)
    return {"start_sample": start, "samples": end - start}
