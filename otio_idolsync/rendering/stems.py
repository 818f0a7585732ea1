"""Write each shot alone, with more picture before and after it: stems for a finishing editor.

A stem is a clip of V1 as the movie shows it (size, fit, speed, position), without what lies over it
and without transitions. Its timecode is the timeline's, so that it falls into place by itself. The
timeline of stems shows them where the clips were, with the transitions that the handles are for.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, known_block, plain
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.cut.size import size_of
from otio_idolsync.cut.url import url_of
from otio_idolsync.errors import IdolsyncError, UsageError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.outputs import output_file, write_text
from otio_idolsync.rendering.alone import Movie, check_free, write_movies
from otio_idolsync.rendering.encode import as_encoded, shot_suffix
from otio_idolsync.rendering.flatten import Bars, Flattener, simplest
from otio_idolsync.rendering.model import Layers, OutputFormat, ShotJob
from otio_idolsync.rendering.options import VideoCodec
from otio_idolsync.rendering.placing import Placed, Window
from otio_idolsync.rendering.sources import Sources
from otio_idolsync.rendering.store import Store
from otio_idolsync.timebase import Clock

SCHEMA = "idolsync.stems/1"
LIST, CUT = "stems.json", "stems.otio"
_MOST = 10000
_KEPT = ("schema", "shot_id", "song_range", "reason")


@dataclass(frozen=True, slots=True)
class Stem:
    """A clip of V1, alone.

    Attributes:
        job: What is rendered, handles included; its place is that of its first handle.
        name: Its file's name without suffix.
        place: The clip's index on V1.
        head: Frames before the clip that are there.
        tail: Frames after it.
    """

    job: ShotJob
    name: str
    place: int
    head: int
    tail: int

    @property
    def first(self) -> int:
        """Timeline frame at which the clip begins."""
        return self.job.first_frame + self.head

    @property
    def frames(self) -> int:
        """The clip's length without handles."""
        return self.job.frames - self.head - self.tail


@dataclass(frozen=True, slots=True, eq=False)
class Stems:
    """What is written, and where.

    Attributes:
        timeline: The cut they are taken from.
        clock: Its frames.
        folder: Where the files go.
        output: Their format.
        stems: One for each clip of V1 that shows anything.
    """

    timeline: otio.schema.Timeline
    clock: Clock
    folder: Path
    output: OutputFormat
    stems: tuple[Stem, ...]

    def path(self, stem: Stem) -> Path:
        """Return where a stem lies."""
        return self.folder / f"{stem.name}{shot_suffix(self.output)}"


def check_handles(frames: int) -> None:
    """Refuse handles that make no sense.

    Raises:
        UsageError: They are negative, or longer than any shot.
    """
    if not 0 <= frames <= _MOST:
        raise UsageError(f"handles of {frames} frames are outside 0 to {_MOST}")


def plan_stems(
    timeline: otio.schema.Timeline,
    sources: Sources,
    output: OutputFormat,
    codec: VideoCodec,
    movie: Path,
    handles: int,
    within: tuple[int, int | None],
) -> Stems:
    """Return the stems of a cut: every clip of V1 that shows a picture.

    Args:
        timeline: The cut.
        sources: Its media.
        output: The movie's format.
        codec: Its codec; stems are lossless where it is, and ProRes otherwise: to be worked on.
        movie: The movie beside which their folder lies.
        handles: Frames before and after each clip, as far as its media go.
        within: The range of frames that a clip must touch; None for the end.

    Raises:
        OutputError: A file that somebody else made lies where one would go.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    clock = clock_of(timeline, block)
    size = size_of(timeline, block.get("settings") or {})
    reader = Flattener(clock, sources, Bars(block.get("grid") or {}), size)
    placing = reader.placing(_lowest(timeline))
    found, names = [], set[str]()
    for placed in placing.items:
        first = placed.first - placing.origin
        end = first + placed.end - placed.first
        if first >= end or end <= within[0] or (within[1] is not None and first >= within[1]):
            continue
        stem = _stem(reader, placed, first, handles)
        if stem:
            found.append(replace(stem, name=_own_name(stem.name, names)))
    folder = movie.with_name(f"{movie.stem}.handles")
    output = as_encoded(output, "ffv1" if codec == "ffv1" else "prores", draft=False)
    stems = Stems(absolute_media(timeline, sources.locator), clock, folder, output, tuple(found))
    check_free((*map(stems.path, found), folder / LIST, folder / CUT))
    return stems


def _lowest(timeline: otio.schema.Timeline) -> otio.schema.Track:
    return next(track for track in timeline.video_tracks() if len(track))


def _stem(reader: Flattener, placed: Placed, first: int, handles: int) -> Stem | None:
    """Return an item with handles; None for what shows nothing, or is a slate."""
    item = placed.item
    if isinstance(item, otio.schema.Gap) or not item.enabled:
        return None
    # Beyond its own range a nested sequence may show anything.
    reach = 0 if isinstance(item, otio.core.Composition) else handles
    length = placed.end - placed.first + 2 * reach
    layer = reader.alone(placed, Window(Fraction(-reach), Fraction(1), length, first - reach))
    if layer is None:
        return None
    before, behind = layer.hold
    frames = length - before - behind
    shown = replace(layer, first=0, frames=frames, hold=(0, 0))
    block = known_block(plain(item.metadata.get(KEY)), "clip")
    shot_id = str(block.get("shot_id") or item.name or f"item {placed.place + 1}")
    content = simplest(Layers((shown,), mixed=True), frames)
    job = ShotJob(shot_id, first - reach + before, frames, content)
    if job.has_slate:
        return None
    return Stem(job, shot_id, placed.place, reach - before, reach - behind)


def _own_name(shot_id: str, taken: set[str]) -> str:
    """Return a file name for a shot that no other has, on any file system."""
    safe = re.sub(r"[^\w.-]+", "_", shot_id).strip("._")[:100] or "shot"
    name, count = safe, 1
    while name.casefold() in taken:
        count += 1
        name = f"{safe}_{count}"
    taken.add(name.casefold())
    return name


def write_stems(stems: Stems, store: Store, media: KnownMedia, workers: int) -> None:
    """Make every stem that is not in the cache; write the files, their list and their cut.

    Raises:
        RenderError: A source does not fill a stem, or changed meanwhile.
        MediaError: A source cannot be read.
        OutputError: The folder or the cache cannot be written.
    """
    movies = [
        Movie(stem.job, stems.output, stems.path(stem), stems.clock.timecode(stem.job.first_frame))
        for stem in stems.stems
    ]
    write_movies(movies, store, media, workers)
    write_text(stems.folder / LIST, json.dumps(_listed(stems), indent=1) + "\n")
    with output_file(stems.folder / CUT) as temporary:
        otio.adapters.write_to_file(_cut(stems), str(temporary), adapter_name="otio_json")


def _listed(stems: Stems) -> dict[str, Any]:
    clock = stems.clock
    return {
        "schema": SCHEMA,
        "rate": str(clock.rate),
        "size": f"{stems.output.width}x{stems.output.height}",
        "codec": stems.output.codec,
        "stems": [
            {
                "shot_id": stem.job.shot_id,
                "file": stems.path(stem).name,
                "timecode": clock.timecode(stem.job.first_frame),
                "record": stem.first,
                "frames": stem.frames,
                "head": stem.head,
                "tail": stem.tail,
            }
            for stem in stems.stems
        ],
    }


def _cut(stems: Stems) -> otio.schema.Timeline:
    """Return the cut with stems in place of V1's clips; what lies over it is as it was."""
    timeline = stems.timeline
    track = _lowest(timeline)
    for stem in stems.stems:
        track[stem.place] = _stem_clip(stems, stem, track[stem.place])
    return timeline


def _stem_clip(stems: Stems, stem: Stem, clip: Any) -> otio.schema.Clip:
    rate, begin = stems.clock.otio_rate, stems.clock.start_frame

    def span(first: int, frames: int) -> otio.opentime.TimeRange:
        time = otio.opentime.RationalTime
        return otio.opentime.TimeRange(time(begin + first, rate), time(frames, rate))

    media = otio.schema.ExternalReference(
        stems.path(stem).name, span(stem.job.first_frame, stem.job.frames)
    )
    made = otio.schema.Clip(clip.name, media, span(stem.first, stem.frames))
    block = plain(clip.metadata.get(KEY)) or {}
    # Speed, position and lips are in its picture now: none of them is to be done again.
    known = {name: block[name] for name in _KEPT if name in block}
    if known:
        made.metadata[KEY] = known | {"handles": {"head": stem.head, "tail": stem.tail}}
    made.markers.extend(marker.deepcopy() for marker in clip.markers)
    return made


def absolute_media(timeline: otio.schema.Timeline, locator: Locator) -> otio.schema.Timeline:
    """Return a copy whose media are found from any folder; what is not found stays as it is."""
    copy = timeline.deepcopy()
    for clip in copy.find_clips():
        for reference in clip.media_references().values():
            for name in ("target_url", "target_url_base"):
                url = getattr(reference, name, None)
                with contextlib.suppress(IdolsyncError):
                    if url:
                        uri = url_of(locator.find(url))
                        setattr(reference, name, uri + ("/" if url.endswith("/") else ""))
    return copy
