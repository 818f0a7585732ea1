"""Say which stretch of a timeline is rendered, and what is written over its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import timeline_block
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.errors import UsageError
from otio_idolsync.rendering.conform import frames_of
from otio_idolsync.rendering.model import ShotJob
from otio_idolsync.rendering.soundtrack import Soundtrack
from otio_idolsync.timebase import Clock, parse_moment


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a cut is rendered.

    Attributes:
        name: What the cut and the range are known by.
        clock: The timeline's frames.
        first: Timeline frame at which the movie begins.
        end: The one after its last; None where it ends with the cut.
        span: Both; None where all is rendered.
    """

    name: str
    clock: Clock
    first: int = 0
    end: int | None = None
    span: tuple[int, int] | None = None

    def sound(self, track: Soundtrack) -> Soundtrack:
        """Return the sound under the range, cut to the sample; all of it under a whole cut."""
        if self.first == 0 and self.end is None:
            return track
        begin = self.clock.sample_at(self.first, track.sample_rate)
        end = None if self.end is None else self.clock.sample_at(self.end, track.sample_rate)
        return track.cut_to(begin, end)

    def burned(self, jobs: Sequence[ShotJob], parts: Sequence[str]) -> tuple[ShotJob, ...]:
        """Return shots with ``timecode`` and ``shot`` written over them, in that order."""
        if not parts:
            return tuple(jobs)
        return tuple(replace(job, burn_in=_texts(job, parts, self.clock)) for job in jobs)


def selected(timeline: otio.schema.Timeline, begin: str | None, end: str | None) -> Selection:
    """Return the part of a cut between two moments.

    Args:
        timeline: The cut.
        begin: A moment, or None for its start.
        end: A moment, or None for its end; the song is never cut there.

    Raises:
        UsageError: A moment is not understood, or nothing lies between the two.
    """
    block = timeline_block(timeline)
    clock = clock_of(timeline, block)
    name = str(block.get("plan_id") or timeline.name)
    if not (begin or end):
        return Selection(name, clock)
    frames = frames_of(timeline, clock)
    first, stop = frame_range(begin, end, clock, block, frames)
    last = None if stop == frames else stop
    return Selection(f"{name} {first} {stop}", clock, first, last, (first, stop))


def frame_range(
    begin: str | None, end: str | None, clock: Clock, block: dict[str, Any], frames: int
) -> tuple[int, int]:
    """Return the half-open range of frames between two moments.

    Args:
        begin: ``8.3s``, ``199f``, ``01:00:08:07`` or ``bar33``; None for the first frame.
        end: The same; None for the end.
        clock: The timeline's frames.
        block: Its metadata, for the grid that bars are counted on.
        frames: Its length.

    Raises:
        UsageError: A moment is not understood, or nothing lies between the two.
    """
    grid = block.get("grid") or {}
    beats, numbers = grid.get("beats") or [], grid.get("beat_numbers") or []
    at = []
    for text, usual in ((begin, 0), (end, frames)):
        moment = parse_moment(text) if text else None
        at.append(clock.frame_at(moment.on(clock, beats, numbers)) if moment else usual)
    first, last = max(0, at[0]), min(at[1], frames)
    if first >= last:
        raise UsageError(
            f"nothing lies from {begin or 'the start'} to {end or 'the end'}: "
            f"frames {at[0]} to {at[1]} of {frames}"
        )
    return first, last


def _texts(job: ShotJob, parts: Sequence[str], clock: Clock) -> tuple[str, ...]:
    frames = range(job.first_frame, job.first_frame + job.frames)
    named = {"shot": lambda _frame: job.shot_id, "timecode": clock.timecode}
    return tuple("  ".join(named[part](frame) for part in parts) for frame in frames)
