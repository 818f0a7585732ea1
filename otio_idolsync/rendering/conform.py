"""Turn a timeline into shot jobs: what is on screen in each stretch of whole frames.

Only V1 is rendered. Whatever else could be seen (other tracks, transitions, effects, nested
sequences) is named in a warning, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import MediaError, RenderError, TimelineError
from otio_idolsync.rendering.locate import Locator
from otio_idolsync.rendering.model import (
    Black,
    Fit,
    Footage,
    Missing,
    OutputFormat,
    ShotJob,
    Slate,
    SoundPiece,
)
from otio_idolsync.rendering.size import output_format
from otio_idolsync.rendering.sound_map import sound_pieces
from otio_idolsync.rendering.sources import Sources, start_in_media
from otio_idolsync.timebase import Clock, exact_seconds
from otio_idolsync.timeline.model import known_block
from otio_idolsync.timeline.otio_form import clock_of

KEY = "idolsync"
_OWN_BLACKS = frozenset({"black", "blackvideo", "black video", "solidcolor", "color"})


@dataclass(frozen=True, slots=True)
class Conform:
    """A timeline as the renderer sees it.

    Attributes:
        output: Size, rate and fit of the movie.
        jobs: The shots, contiguous from frame 0.
        sound: What sounds when; empty for a silent movie.
        warnings: What is in the timeline and will not be in the movie.
    """

    output: OutputFormat
    jobs: tuple[ShotJob, ...]
    sound: tuple[SoundPiece, ...]
    warnings: tuple[str, ...]

    @property
    def frames(self) -> int:
        """Length of the movie in frames."""
        return sum(job.frames for job in self.jobs)


def conform(
    timeline: otio.schema.Timeline,
    locator: Locator,
    size: tuple[int, int] | None = None,
    fit: Fit = "fit",
    missing: Missing = "error",
) -> Conform:
    """Return the jobs that make a timeline's movie.

    Args:
        timeline: Any timeline with a video track.
        locator: Finds its media.
        size: Width and height; by default the timeline's, else its largest source's.
        fit: How sources are brought to that size.
        missing: Whether media that cannot be used are an error or become slates.

    Raises:
        TimelineError: There is no V1, nothing on it, or metadata newer than we know.
        RenderError: Media cannot be used: all of them are named.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    tracks = timeline.video_tracks()
    if not tracks or not len(tracks[0]):
        raise TimelineError(f"timeline {timeline.name!r} has no picture on V1; nothing to render")
    clock = clock_of(timeline, block)
    reader = _Reader(clock, Sources(locator), _Bars(block.get("grid") or {}))
    jobs = reader.jobs(tracks[0])
    if not jobs:
        raise TimelineError(f"timeline {timeline.name!r} lasts 0 frames; nothing to render")
    if reader.problems and missing == "error":
        raise RenderError(_all_named([said for _, said in reader.problems]))
    reader.warn_of_tracks(tracks[1:])
    sound, said = sound_pieces(timeline.audio_tracks(), clock, locator)
    settings = block.get("settings") or {}
    output, resized = output_format(size, settings, reader.sources.sizes, clock.rate, fit)
    slates = [f"{shot_id} is a slate: {said}" for shot_id, said in reader.problems]
    slates += _placeholders(jobs, reader.problems)
    warnings = (*slates, *reader.warnings, *said, *resized)
    return Conform(output, tuple(jobs), sound, tuple(dict.fromkeys(warnings)))


@dataclass(slots=True)
class _Reader:
    """Reads one video track, and collects what is wrong with it instead of stopping at once."""

    clock: Clock
    sources: Sources
    bars: _Bars
    shown: bool = True
    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def jobs(self, track: otio.schema.Track) -> list[ShotJob]:
        """Return the shots of a track, each on whole frames found from its absolute time."""
        jobs: list[ShotJob] = []
        at = Fraction(0)
        self.shown = track.enabled
        self._warn_of_track(track)
        for index, item in enumerate(track):
            if isinstance(item, otio.schema.Transition):
                name = item.name or item.transition_type or "unnamed"
                where = self.clock.timecode(self.clock.frame_at(at))
                self.warnings.append(f"transition {name!r} at {where} is rendered as a cut")
                continue
            first = self.clock.frame_at(at)
            at += exact_seconds(item.duration())
            frames = self.clock.frame_at(at) - first
            if frames > 0:
                jobs.append(self._job(item, index, first, frames))
        return jobs

    def warn_of_tracks(self, tracks: Sequence[otio.schema.Track]) -> None:
        """Name the tracks above V1 that hold something to be seen."""
        for number, track in enumerate(tracks, 2):
            clips = [clip for clip in track.find_clips() if clip.enabled]
            if clips and track.enabled:
                name = f"V{number}" + (f" ({track.name})" if track.name else "")
                self.warnings.append(
                    f"video track {name} with {len(clips)} clips is not rendered; only V1 is"
                )

    def _warn_of_track(self, track: otio.schema.Track) -> None:
        if not track.enabled:
            self.warnings.append("V1 is switched off; the movie is black")
        if track.source_range and track.source_range != track.available_range():
            self.warnings.append("V1 has a source range, which is not applied: all of it is shown")
        self.warnings += [f"effect {_named(e)!r} on V1 is not rendered" for e in track.effects]

    def _job(self, item: otio.core.Item, index: int, first: int, frames: int) -> ShotJob:
        block = known_block(plain(item.metadata.get(KEY)), "clip")
        shot_id = str(block.get("shot_id") or item.name or f"item {index + 1}")
        span = _Span(shot_id, first, frames, block)
        return ShotJob(shot_id, first, frames, self._content(item, span))

    def _content(self, item: otio.core.Item, span: _Span) -> Footage | Slate | Black:
        if isinstance(item, otio.schema.Gap) or not item.enabled or not self.shown:
            return Black()
        if not isinstance(item, otio.schema.Clip):
            self.warnings.append(f"{span.shot_id}: a nested sequence is not rendered")
            return self._slate(span, ("nested sequence", "not rendered"))
        reference = item.media_reference
        here = isinstance(
            reference, otio.schema.ExternalReference | otio.schema.ImageSequenceReference
        )
        if span.block.get("role") == "placeholder" and not here:
            return self._slate(span, _wishes(span.block))
        if isinstance(reference, otio.schema.GeneratorReference):
            return self._generated(reference, span)
        try:
            return self._footage(item, span)
        except (MediaError, RenderError) as error:
            self.problems.append((span.shot_id, str(error)))
            return self._slate(span, ("missing media", str(error)))

    def _generated(self, reference: otio.schema.GeneratorReference, span: _Span) -> Slate | Black:
        kind = str(reference.generator_kind or reference.name or "")
        if kind.lower() == "slate":
            return self._slate(span, _wishes(span.block))
        if kind.lower() not in _OWN_BLACKS:
            self.warnings.append(f"{span.shot_id}: generator {kind!r} is rendered as black")
        return Black()

    def _footage(self, clip: otio.schema.Clip, span: _Span) -> Footage:
        info = self.sources.of(clip)
        footage = Footage(info, start_in_media(clip, info), self._speed(clip, span))
        self._check_length(footage, span)
        return footage

    def _speed(self, clip: otio.schema.Clip, span: _Span) -> Fraction:
        speed = Fraction(1)
        for effect in clip.effects:
            name = _named(effect)
            scalar = getattr(effect, "time_scalar", None)
            if scalar is None:
                self.warnings.append(f"{span.shot_id}: effect {name!r} is not rendered")
            elif scalar < 0:
                self.warnings.append(f"{span.shot_id}: reverse is rendered forwards")
                speed *= Fraction(-scalar).limit_denominator(100000)
            else:
                speed *= Fraction(scalar).limit_denominator(100000)
        return speed

    def _check_length(self, footage: Footage, span: _Span) -> None:
        """Refuse a source that surely ends too early, so that all such are named at once."""
        info, rate = footage.info, self.clock.rate
        last = footage.start + (span.frames - 1) * footage.speed / rate
        if last > info.seconds + 1 / rate + 1 / info.rate:
            there = max(0, int((info.seconds - footage.start) * rate))
            raise RenderError(
                f"{span.shot_id} wants {span.frames} frames of {info.path} from "
                f"{float(footage.start):.3f} s on, but only {there} are there"
            )

    def _slate(self, span: _Span, lines: tuple[str, ...]) -> Slate:
        clock = self.clock
        timecodes = tuple(clock.timecode(span.first + k) for k in range(span.frames))
        section = str(span.block.get("section") or "")
        bar = self.bars.name(span.block, clock.seconds_at(span.first))
        place = " · ".join(part for part in (bar, section) if part)
        return Slate(span.shot_id, place, lines, timecodes)


@dataclass(frozen=True, slots=True)
class _Span:
    """Which shot, from which timeline frame on, how long, and its metadata."""

    shot_id: str
    first: int
    frames: int
    block: dict[str, Any]


class _Bars:
    """Names the bar of a time from the grid in the timeline's metadata, where there is one."""

    def __init__(self, grid: dict[str, Any]) -> None:
        beats, bars = grid.get("beats") or [], grid.get("bars") or []
        self._bars = list(zip(beats, bars, strict=False))

    def name(self, block: dict[str, Any], seconds: Fraction) -> str:
        """Return ``bar 12``, or "" where nobody knows."""
        reason = block.get("reason")
        at = reason.get("at", float(seconds)) if isinstance(reason, dict) else float(seconds)
        before = [bar for beat, bar in self._bars if beat <= at + 0.02]
        return f"bar {before[-1]}" if before else ""


def plain(value: Any) -> Any:
    """Return OTIO's dictionaries and vectors as Python's own, so that they outlive the timeline."""
    if hasattr(value, "items"):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [plain(part) for part in value]


def _placeholders(jobs: Sequence[ShotJob], problems: Sequence[tuple[str, str]]) -> list[str]:
    """Name the slates that nobody has been told of yet."""
    told = {shot_id for shot_id, _ in problems}
    ids = [j.shot_id for j in jobs if isinstance(j.content, Slate) and j.shot_id not in told]
    return [f"{len(ids)} of {len(jobs)} shots are slates: {', '.join(ids)}"] if ids else []


def _named(effect: otio.schema.Effect) -> str:
    return str(effect.name or effect.effect_name or type(effect).__name__)


def _wishes(block: dict[str, Any]) -> tuple[str, ...]:
    """Return what a placeholder says: why nothing was cast, and why the cut is here."""
    reason = block.get("reason")
    text = reason.get("text") if isinstance(reason, dict) else reason
    return tuple(str(line) for line in ("placeholder", block.get("casting"), text) if line)


def _all_named(problems: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(problems))
    if len(distinct) == 1:
        return f"{distinct[0]} (--missing slate renders a slate instead)"
    return (
        f"{len(distinct)} media cannot be used (--missing slate renders slates instead): "
        + "; ".join(distinct)
    )
