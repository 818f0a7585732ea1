"""Turn a timeline into shot jobs: what is on screen in each stretch of whole frames.

Only V1 is rendered. Whatever else could be seen (other tracks, transitions, effects, nested
sequences) is named in a warning, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import MediaError, RenderError, TimelineError, UsageError
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.media.probe import probe, probe_sequence
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
from otio_idolsync.rendering.sound_map import sound_pieces
from otio_idolsync.timebase import Clock, exact_seconds, media_rate
from otio_idolsync.timeline.model import known_block
from otio_idolsync.timeline.otio_form import clock_of

KEY = "idolsync"
_DEFAULT_SIZE = (1920, 1080)
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
    reader = _Reader(clock, locator, missing, _Bars(block.get("grid") or {}))
    jobs = reader.jobs(tracks[0])
    if not jobs:
        raise TimelineError(f"timeline {timeline.name!r} lasts 0 frames; nothing to render")
    if reader.problems and missing == "error":
        raise RenderError(_all_named(reader.problems))
    reader.warn_of_tracks(tracks[1:])
    sound, said = sound_pieces(timeline.audio_tracks(), clock, locator)
    output, resized = _output_format(size, block, clock, reader.sizes, fit)
    warnings = (*reader.warnings, *said, *resized)
    return Conform(output, tuple(jobs), sound, tuple(dict.fromkeys(warnings)))


@dataclass(slots=True)
class _Reader:
    """Reads one video track, and collects what is wrong with it instead of stopping at once."""

    clock: Clock
    locator: Locator
    missing: Missing
    bars: _Bars
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    probed: dict[Any, MediaInfo | str] = field(default_factory=dict)

    def jobs(self, track: otio.schema.Track) -> list[ShotJob]:
        """Return the shots of a track, each on whole frames found from its absolute time."""
        jobs: list[ShotJob] = []
        at = Fraction(0)
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

    def _job(self, item: otio.core.Item, index: int, first: int, frames: int) -> ShotJob:
        block = known_block(plain(item.metadata.get(KEY)), "clip")
        shot_id = str(block.get("shot_id") or item.name or f"item {index + 1}")
        span = _Span(shot_id, first, frames, block)
        return ShotJob(shot_id, first, frames, self._content(item, span))

    def _content(self, item: otio.core.Item, span: _Span) -> Footage | Slate | Black:
        if isinstance(item, otio.schema.Gap) or not item.enabled:
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
            return self._footage(item, reference, span)
        except (MediaError, RenderError) as error:
            self.problems.append(str(error))
            return self._slate(span, ("missing media", str(error)))

    def _generated(self, reference: otio.schema.GeneratorReference, span: _Span) -> Slate | Black:
        kind = str(reference.generator_kind or reference.name or "")
        if kind.lower() == "slate":
            return self._slate(span, _wishes(span.block))
        if kind.lower() not in _OWN_BLACKS:
            self.warnings.append(f"{span.shot_id}: generator {kind!r} is rendered as black")
        return Black()

    def _footage(
        self, clip: otio.schema.Clip, reference: otio.core.MediaReference, span: _Span
    ) -> Footage:
        if isinstance(reference, otio.schema.ImageSequenceReference):
            info = self._sequence(reference)
        elif isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
            path = self.locator.find(reference.target_url)
            info = self._remembered(path, lambda: probe(path))
        else:
            raise MediaError(f"{span.shot_id} has no media ({clip.name!r} was never linked)")
        self.sizes.append((info.width, info.height))
        begin = exact_seconds(clip.trimmed_range().start_time)
        start = begin - _media_start(reference, info, begin)
        footage = Footage(info, start, self._speed(clip, span))
        self._check_length(footage, span)
        return footage

    def _speed(self, clip: otio.schema.Clip, span: _Span) -> Fraction:
        speed = Fraction(1)
        for effect in clip.effects:
            name = effect.effect_name or effect.name or type(effect).__name__
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

    def _sequence(self, reference: otio.schema.ImageSequenceReference) -> MediaInfo:
        count, step = _images(reference), reference.frame_step or 1
        base = reference.target_url_base or ""
        folder = self.locator.find(base if base.endswith("/") else base + "/")
        sequence = ImageSequence(
            folder,
            reference.name_prefix,
            reference.name_suffix,
            reference.start_frame,
            count,
            reference.frame_zero_padding,
            step,
        )
        available = reference.available_range
        rate = media_rate(reference.rate or (available.start_time.rate if available else 24))
        return self._remembered(sequence, lambda: probe_sequence(_there(sequence), rate))

    def _remembered(self, what: Any, look: Any) -> MediaInfo:
        if what not in self.probed:
            try:
                self.probed[what] = look()
            except MediaError as error:
                self.probed[what] = str(error)
        found = self.probed[what]
        if isinstance(found, str):
            raise MediaError(found)
        return found

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


def _wishes(block: dict[str, Any]) -> tuple[str, ...]:
    """Return what a placeholder says: why nothing was cast, and why the cut is here."""
    reason = block.get("reason")
    text = reason.get("text") if isinstance(reason, dict) else reason
    return tuple(str(line) for line in ("placeholder", block.get("casting"), text) if line)


def _media_start(reference: otio.core.MediaReference, info: MediaInfo, begin: Fraction) -> Fraction:
    """Return the time, in seconds, that the source range counts from."""
    available = reference.available_range
    if available:
        return exact_seconds(available.start_time)
    timecode = info.start_frame / info.rate
    return timecode if begin >= timecode else Fraction(0)


def _images(reference: otio.schema.ImageSequenceReference) -> int:
    if reference.available_range:
        return max(1, int(reference.number_of_images_in_sequence()))
    return 1


def _there(sequence: ImageSequence) -> ImageSequence:
    """Return the sequence if every image is on disk.

    Raises:
        MediaError: Images are missing; the first is named.
    """
    lost = [k for k in range(sequence.count) if not sequence.path_of(k).is_file()]
    if lost:
        raise MediaError(
            f"image {sequence.path_of(lost[0])} does not exist ({len(lost)} of {sequence.count} "
            "images of its sequence are missing)"
        )
    return sequence


def _all_named(problems: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(problems))
    if len(distinct) == 1:
        return f"{distinct[0]} (--missing slate renders a slate instead)"
    return (
        f"{len(distinct)} media cannot be used (--missing slate renders slates instead): "
        + "; ".join(distinct)
    )


def _output_format(
    size: tuple[int, int] | None,
    block: dict[str, Any],
    clock: Clock,
    sources: Sequence[tuple[int, int]],
    fit: Fit,
) -> tuple[OutputFormat, list[str]]:
    settings = block.get("settings") or {}
    largest = max(sources, key=lambda pair: pair[0] * pair[1], default=_DEFAULT_SIZE)
    width, height = size or parse_size(settings.get("size")) or largest
    even = (width + width % 2, height + height % 2)
    odd = even != (width, height) and (size is not None or bool(settings.get("size")))
    said = [f"size {width}x{height} is odd; the movie is {even[0]}x{even[1]}"] if odd else []
    return OutputFormat(*even, clock.rate, fit), said


def parse_size(value: Any) -> tuple[int, int] | None:
    """Return a size given as ``"1920x1080"`` or two numbers; None for nothing.

    Raises:
        UsageError: It is no size.
    """
    if not value:
        return None
    parts = value.lower().split("x") if isinstance(value, str) else list(value)
    try:
        width, height = (int(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise UsageError(f"size {value!r} is not understood; write 1920x1080") from error
    return width, height


def folder_of(source: Path) -> Path:
    """Return the folder that relative media paths of a timeline file count from."""
    return source.expanduser().absolute().parent
