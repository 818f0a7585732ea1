"""Turn a timeline into shot jobs: what is on screen in each stretch of whole frames.

Each item of V1 is a shot, with all that lies over it. What cannot be shown as the timeline asks is
named in a warning, never dropped in silence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, known_block, plain
from otio_idolsync.cut.doubts import gaps_of
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.look import Fit
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.cut.remark import Remark
from otio_idolsync.cut.size import size_of
from otio_idolsync.cut.song_file import song_file_of
from otio_idolsync.errors import IdolsyncError, RenderError, TimelineError
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.flatten import Bars, Flattener
from otio_idolsync.rendering.model import OutputFormat, ShotJob, SoundPiece
from otio_idolsync.rendering.options import Missing
from otio_idolsync.rendering.placing import Placed, Placing, Window, placing_of
from otio_idolsync.rendering.size import output_format
from otio_idolsync.rendering.sound_map import sound_pieces, unheard_nests
from otio_idolsync.rendering.sources import Sources
from otio_idolsync.timebase import Clock

_WAYS_OUT = "--map OLD=NEW finds moved media, --missing slate renders slates and silence instead"


@dataclass(frozen=True, slots=True)
class Conform:
    """A timeline as the renderer sees it.

    Attributes:
        output: Size, rate and fit of the movie.
        jobs: The shots, contiguous from frame 0.
        sound: What sounds when; empty for a silent movie.
        warnings: What a person should know, what is left out first.
        left_out: What can be seen or heard in the timeline and will not be in the movie, or
            otherwise.
    """

    output: OutputFormat
    jobs: tuple[ShotJob, ...]
    sound: tuple[SoundPiece, ...]
    warnings: tuple[str, ...]
    left_out: tuple[str, ...] = ()

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
    look: Callable[[Path], MediaInfo] = probe,
    span: tuple[int, int] | None = None,
) -> Conform:
    """Return the jobs that make a timeline's movie, or a stretch of it.

    Args:
        timeline: Any timeline with a video track.
        locator: Finds its media.
        size: Width and height; by default the planned ones, else the edit's, else its largest
            source's.
        fit: How sources are brought to that size.
        missing: Whether media that cannot be used are an error or become slates.
        look: Tells what a file holds.
        span: The frames that are wanted, the last one excluded; None for all. Nothing that lies
            outside is looked at or spoken of.

    Raises:
        TimelineError: There is no V1, nothing on it, or metadata newer than we know.
        RenderError: Media cannot be used: all of them are named.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    # OpenShot leaves an empty track where the song's layer was; V1 is the first with something.
    tracks = [track for track in timeline.video_tracks() if len(track)]
    if not tracks:
        raise TimelineError(f"timeline {timeline.name!r} has no picture on V1; nothing to render")
    clock = clock_of(timeline, block)
    settings = block.get("settings") or {}
    bars = Bars(block.get("grid") or {})
    own = size_of(timeline, settings)
    reader = Flattener(clock, Sources(locator, look), bars, own)
    jobs = _jobs(reader, tracks, span)
    if not jobs:
        raise TimelineError(f"timeline {timeline.name!r} lasts 0 frames; nothing to render")
    remarks, shown = reader.remarks, len(reader.remarks.problems)
    within = (clock.seconds_at(span[0]), clock.seconds_at(span[1])) if span else None
    song = song_file_of(timeline)
    sound = sound_pieces(timeline.audio_tracks(), clock, locator, remarks, song, within)
    remarks.left_out += [*_of_the_whole(timeline), *unheard_nests(timeline, within)]
    if remarks.problems and missing == "error":
        raise RenderError(all_named([said for _, said in remarks.problems]))
    remarks.notes += gaps_of(timeline, clock) if not span else ()
    if not tracks[0].enabled:
        remarks.notes.insert(0, "V1 is switched off; it is not shown")
    if span and not (size or own):  # a stretch of a movie is as large as all of it
        _probe_all(tracks, reader.sources)
    output, resized = output_format(size, settings, own, reader.sources.sizes, clock.rate, fit)
    slates = [slate_remark(*problem) for problem in remarks.problems[:shown]]
    remarks.left_out += [f"{what} is not heard: {said}" for what, said in remarks.problems[shown:]]
    warnings = [*slates, *_placeholders(jobs, remarks.problems), *remarks.left_out]
    warnings = list(dict.fromkeys((*warnings, *remarks.notes, *resized)))
    left_out = tuple(dict.fromkeys(remarks.left_out))
    return Conform(output, tuple(jobs), sound, tuple(warnings), left_out)


def frames_of(timeline: otio.schema.Timeline, clock: Clock) -> int:
    """Return how many frames a timeline's movie has."""
    return max((_end(placing_of(track, clock)) for track in timeline.video_tracks()), default=0)


def slate_remark(shot_id: str, why: str) -> Remark:
    """Return that a slate stands for a shot."""
    return Remark(shot_id, f"slates: {why}", f"{shot_id} is a slate: {why}")


def _probe_all(tracks: Sequence[otio.schema.Track], sources: Sources) -> None:
    for track in tracks:
        for clip in track.find_clips() if track.enabled else ():
            with contextlib.suppress(IdolsyncError):
                sources.of(clip)


def _jobs(
    flattener: Flattener, tracks: Sequence[otio.schema.Track], span: tuple[int, int] | None
) -> list[ShotJob]:
    """Return the shots: one for each item of V1, and one for what lies beyond its end."""
    ends = [_end(flattener.placing(track)) for track in tracks]
    below = flattener.placing(tracks[0])
    stretches = [
        (
            _name(placed),
            max(placed.first, below.origin) - below.origin,
            min(placed.end, below.end) - below.origin,
        )
        for placed in below.items
    ]
    stretches.append(("after V1", ends[0], max(ends)))
    low, high = span or (0, max(ends))
    jobs = []
    for name, begin, stop in stretches:
        first, end = max(begin, low), min(stop, high)
        if first < end:
            window = Window(Fraction(first), Fraction(1), end - first, first)
            jobs.append(ShotJob(name, first, end - first, flattener.stack(list(tracks), window)))
    return jobs


def _end(placing: Placing) -> int:
    return max(0, placing.end - placing.origin)


def _name(placed: Placed) -> str:
    block = known_block(plain(placed.item.metadata.get(KEY)), "clip")
    return str(block.get("shot_id") or placed.item.name or f"item {placed.place + 1}")


def _of_the_whole(timeline: otio.schema.Timeline) -> list[str]:
    """Return a sentence for what is set on the timeline's own stack: nothing of it is rendered."""
    said = [
        f"effect {e.name!r} on the whole timeline is not rendered" for e in timeline.tracks.effects
    ]
    if timeline.tracks.source_range:
        said.append(
            "the source range of the timeline's stack is not applied: all of it is rendered"
        )
    return said


def _placeholders(jobs: Sequence[ShotJob], problems: Sequence[tuple[str, str]]) -> list[str]:
    """Name the slates that nobody has been told of yet."""
    told = {shot_id for shot_id, _ in problems}
    ids = [j.shot_id for j in jobs if j.has_slate and j.shot_id not in told]
    return [f"{len(ids)} of {len(jobs)} shots are slates: {', '.join(ids)}"] if ids else []


def all_named(problems: Sequence[str], ways_out: str = _WAYS_OUT) -> str:
    """Return one sentence that names everything that is wrong with media."""
    distinct = list(dict.fromkeys(problems))
    if len(distinct) == 1:
        return f"{distinct[0]} ({ways_out})"
    return f"{len(distinct)} media cannot be used ({ways_out}): " + "; ".join(distinct)
