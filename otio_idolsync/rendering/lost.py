"""Put slates where media turned out to be damaged only when their shots were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from otio_idolsync.errors import SourceError
from otio_idolsync.rendering.conform import Conform, slate_remark
from otio_idolsync.rendering.model import Content, Footage, Layers, ShotJob, Slate
from otio_idolsync.timebase import Clock

# Gives what stands for a footage that is shown for so many frames, from a frame of the movie on.
_Stand = Callable[[Footage, int, int], Content]


def with_slates(
    plan: Conform, keys: Sequence[str], damaged: Mapping[str, SourceError], clock: Clock
) -> Conform:
    """Return a plan in which slates stand for the media that could not be shown, each named.

    Args:
        plan: What is rendered.
        keys: The key of each of its jobs.
        damaged: Why a shot could not be made, by its key.
        clock: The timeline's frames.
    """
    jobs = []
    said = []
    for key, job in zip(keys, plan.jobs, strict=True):
        error = damaged.get(key)
        jobs.append(_slated(job, error, clock) if error else job)
        said += [slate_remark(job.shot_id, _reason(job, error))] if error else []
    return replace(plan, jobs=tuple(jobs), warnings=(*said, *plan.warnings))


def _slated(job: ShotJob, error: SourceError, clock: Clock) -> ShotJob:
    def slate(footage: Footage, frames: int, first: int) -> Content:
        if footage.info.path != error.source:
            return footage
        timecodes = tuple(clock.timecode(first + k) for k in range(frames))
        return Slate(job.shot_id, "", ("damaged media", _reason(job, error)), timecodes)

    return replace(job, content=_replaced(job.content, job.frames, job.first_frame, slate))


def _replaced(content: Content, frames: int, first: int, stand: _Stand) -> Content:
    if isinstance(content, Footage):
        return stand(content, frames, first)
    if not isinstance(content, Layers):
        return content
    layers = []
    for layer in content.layers:
        begin = first + layer.first + layer.hold[0]
        shown = _replaced(layer.content, layer.frames - sum(layer.hold), begin, stand)
        layers.append(replace(layer, content=shown))
    return replace(content, layers=tuple(layers))


def _reason(job: ShotJob, error: SourceError) -> str:
    return str(error).removeprefix(f"{job.shot_id}: ")
