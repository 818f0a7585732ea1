"""Turn a timeline into shot jobs: what is on screen in each stretch of whole frames.

Each item of V1 is a shot, with all that lies over it. What cannot be shown as the timeline asks is
named in a warning, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.blocks import known_block
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.errors import RenderError, TimelineError
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.flatten import Bars, Flattener, plain
from otio_idolsync.rendering.looks import sequence_size
from otio_idolsync.rendering.model import (
    Fit,
    Footage,
    Missing,
    OutputFormat,
    ShotJob,
    SoundPiece,
    leaves,
)
from otio_idolsync.rendering.placing import Placed, Placing, Window
from otio_idolsync.rendering.size import output_format
from otio_idolsync.rendering.sound_map import sound_pieces, unheard_nests
from otio_idolsync.rendering.sources import Sources

KEY = "idolsync"
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

    def reads(self, path: Path) -> bool:
        """Return whether a file is among the media."""
        read = {piece.path.resolve() for piece in self.sound}
        for job in self.jobs:
            shown = [leaf for leaf, _ in leaves(job.content, job.frames)]
            read |= {leaf.info.path.resolve() for leaf in shown if isinstance(leaf, Footage)}
        return path.resolve() in read


def conform(
    timeline: otio.schema.Timeline,
    locator: Locator,
    size: tuple[int, int] | None = None,
    fit: Fit = "fit",
    missing: Missing = "error",
    look: Callable[[Path], MediaInfo] = probe,
) -> Conform:
    """Return the jobs that make a timeline's movie.

    Args:
        timeline: Any timeline with a video track.
        locator: Finds its media.
        size: Width and height; by default the timeline's, else its largest source's.
        fit: How sources are brought to that size.
        missing: Whether media that cannot be used are an error or become slates.
        look: Tells what a file holds.

    Raises:
        TimelineError: There is no V1, nothing on it, or metadata newer than we know.
        RenderError: Media cannot be used: all of them are named.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    tracks = timeline.video_tracks()
    if not any(len(track) for track in tracks):
        raise TimelineError(f"timeline {timeline.name!r} has no picture on V1; nothing to render")
    clock = clock_of(timeline, block)
    settings = block.get("settings") or {}
    bars = Bars(block.get("grid") or {})
    reader = Flattener(clock, Sources(locator, look), bars, sequence_size(timeline, settings))
    jobs = _jobs(reader, tracks)
    if not jobs:
        raise TimelineError(f"timeline {timeline.name!r} lasts 0 frames; nothing to render")
    remarks, shown = reader.remarks, len(reader.remarks.problems)
    sound = sound_pieces(timeline.audio_tracks(), clock, locator, remarks)
    remarks.left_out += [*_of_the_whole(timeline), *unheard_nests(timeline)]
    if remarks.problems and missing == "error":
        raise RenderError(all_named([said for _, said in remarks.problems]))
    if not tracks[0].enabled:
        remarks.notes.insert(0, "V1 is switched off; it is not shown")
    output, resized = output_format(size, settings, reader.sources.sizes, clock.rate, fit)
    slates = [f"{shot_id} is a slate: {said}" for shot_id, said in remarks.problems[:shown]]
    remarks.left_out += [f"{what} is not heard: {said}" for what, said in remarks.problems[shown:]]
    warnings = [*slates, *_placeholders(jobs, remarks.problems), *remarks.left_out]
    warnings = list(dict.fromkeys((*warnings, *remarks.notes, *resized)))
    left_out = tuple(dict.fromkeys(remarks.left_out))
    return Conform(output, tuple(jobs), sound, tuple(warnings), left_out)


def _jobs(flattener: Flattener, tracks: Sequence[otio.schema.Track]) -> list[ShotJob]:
    """Return the shots: one for each item of V1, and one for what lies beyond its end."""
    ends = [_end(flattener.placing(track)) for track in tracks]
    jobs: list[ShotJob] = []
    below = flattener.placing(tracks[0])
    for placed in below.items:
        first = max(placed.first, below.origin) - below.origin
        end = min(placed.end, below.end) - below.origin
        if first < end:
            jobs.append(_job(flattener, tracks, _name(placed), first, end))
    if max(ends) > ends[0]:
        jobs.append(_job(flattener, tracks, "after V1", ends[0], max(ends)))
    return jobs


def _end(placing: Placing) -> int:
    return max(0, placing.end - placing.origin)


def _job(
    flattener: Flattener, tracks: Sequence[otio.schema.Track], name: str, first: int, end: int
) -> ShotJob:
    window = Window(Fraction(first), Fraction(1), end - first, first)
    return ShotJob(name, first, end - first, flattener.stack(list(tracks), window))


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
