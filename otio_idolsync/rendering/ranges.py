"""Cut a render down to a range of the timeline, and put burn-ins on what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.errors import UsageError
from otio_idolsync.rendering.conform import Conform
from otio_idolsync.rendering.model import Black, Content, Footage, Layer, Layers, ShotJob, Slate
from otio_idolsync.rendering.soundtrack import Soundtrack
from otio_idolsync.resync.flatten import timeline_block
from otio_idolsync.timebase import Clock, parse_moment


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a cut is rendered.

    Attributes:
        plan: The shots that are left; their places are those in the whole cut.
        name: What the cut and the range are known by.
        clock: The timeline's frames.
        first: Timeline frame at which the movie begins.
        end: The one after its last; None where it ends with the cut.
    """

    plan: Conform
    name: str
    clock: Clock
    first: int
    end: int | None

    def sound(self, track: Soundtrack) -> Soundtrack:
        """Return the sound under the range, cut to the sample; all of it under a whole cut."""
        if self.first == 0 and self.end is None:
            return track
        begin = self.clock.sample_at(self.first, track.sample_rate)
        end = None if self.end is None else self.clock.sample_at(self.end, track.sample_rate)
        return track.cut_to(begin, end)


def selected(
    timeline: otio.schema.Timeline,
    whole: Conform,
    begin: str | None,
    end: str | None,
    burn_in: Sequence[str],
) -> Selection:
    """Return the part of a cut between two moments, with burn-ins.

    Args:
        timeline: The cut.
        whole: All of it.
        begin: A moment, or None for its start.
        end: A moment, or None for its end; the song is never cut there.
        burn_in: ``timecode`` and ``shot``, in the order in which they are written.

    Raises:
        UsageError: A moment is not understood, or nothing lies between the two.
    """
    block = timeline_block(timeline)
    clock = clock_of(timeline, block)
    name = str(block.get("plan_id") or timeline.name)
    jobs, first, stop = whole.jobs, 0, whole.frames
    if begin or end:
        first, stop = frame_range(begin, end, clock, block, whole.frames)
        jobs = tuple(cut_jobs(jobs, first, stop, clock.rate))
        name += f" {first} {stop}"
    if burn_in:
        jobs = tuple(replace(job, burn_in=_texts(job, burn_in, clock)) for job in jobs)
    last = None if stop == whole.frames else stop
    return Selection(replace(whole, jobs=jobs), name, clock, first, last)


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
        if moment and moment.bar is not None and not beats:
            raise UsageError(f"{text} cannot be found: the timeline holds no grid; give seconds")
        at.append(clock.frame_at(moment.on(clock, beats, numbers)) if moment else usual)
    first, last = max(0, at[0]), min(at[1], frames)
    if first >= last:
        raise UsageError(
            f"nothing lies from {begin or 'the start'} to {end or 'the end'}: "
            f"frames {at[0]} to {at[1]} of {frames}"
        )
    return first, last


def cut_jobs(jobs: Sequence[ShotJob], first: int, end: int, rate: Fraction) -> list[ShotJob]:
    """Return the shots between two frames, the outer ones shortened; places stay as they are."""
    kept = []
    for job in jobs:
        begin, stop = max(first, job.first_frame), min(end, job.first_frame + job.frames)
        if begin >= stop:
            continue
        skipped, frames = begin - job.first_frame, stop - begin
        content = _cut(job.content, skipped, frames, rate)
        kept.append(replace(job, first_frame=begin, frames=frames, content=content))
    return kept


def _texts(job: ShotJob, parts: Sequence[str], clock: Clock) -> tuple[str, ...]:
    frames = range(job.first_frame, job.first_frame + job.frames)
    named = {"shot": lambda _frame: job.shot_id, "timecode": clock.timecode}
    return tuple("  ".join(named[part](frame) for part in parts) for frame in frames)


def _cut(content: Content, skipped: int, frames: int, rate: Fraction) -> Content:
    """Return what a content shows from a frame on, for so many frames."""
    if isinstance(content, Footage):
        return replace(content, start=content.start + skipped * content.speed / rate)
    if isinstance(content, Slate):
        return replace(content, timecodes=content.timecodes[skipped : skipped + frames])
    if isinstance(content, Layers):
        cut = (_cut_layer(layer, skipped, frames, rate) for layer in content.layers)
        layers = tuple(layer for layer in cut if layer)
        return replace(content, layers=layers) if layers else Black()
    return content


def _cut_layer(layer: Layer, skipped: int, frames: int, rate: Fraction) -> Layer | None:
    begin = max(layer.first, skipped)
    end = min(layer.first + layer.frames, skipped + frames)
    if begin >= end:
        return None
    gone_head, gone_tail = begin - layer.first, layer.first + layer.frames - end
    head, tail = layer.hold
    shown = layer.frames - head - tail
    # Of the picture itself at least one frame stays, which is then held.
    into, off = max(0, gone_head - head), max(0, gone_tail - tail)
    into, off = min(into, shown - 1), min(off, shown - 1)
    kept = max(1, shown - into - off)
    head, tail = max(0, head - gone_head), max(0, tail - gone_tail)
    length = end - begin
    if kept + head + tail > length:  # only held frames are left
        head, tail = (length - kept, 0) if head else (0, length - kept)
    return replace(
        layer,
        content=_cut(layer.content, into, kept, rate),
        first=begin - skipped,
        frames=length,
        ramps=tuple(replace(ramp, first=ramp.first - gone_head) for ramp in layer.ramps),
        hold=(max(0, head), max(0, tail)),
    )
