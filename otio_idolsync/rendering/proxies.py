"""Write small copies of a cut's media to edit with, and the cut over them.

A proxy has its source's frames, timecode and sound, and its name with ``_Proxy``, by which a
re-sync knows it again. All proxies and the cut are smaller by one factor, so that scales, positions
and all else that an editor sets hold for the sources, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, own_block, plain
from otio_idolsync.cut.bundle import beside
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.read import read_cut
from otio_idolsync.cut.remark import choices
from otio_idolsync.cut.url import url_of
from otio_idolsync.errors import IdolsyncError, RenderError, UsageError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.outputs import write_text
from otio_idolsync.media.probe import open_media, start_timecode
from otio_idolsync.media.remote import Remote
from otio_idolsync.media.size import planned_size
from otio_idolsync.rendering.alone import Movie, check_free, write_movies
from otio_idolsync.rendering.conform import all_named
from otio_idolsync.rendering.make import worker_count
from otio_idolsync.rendering.model import Footage, OutputFormat, ShotJob, SoundPiece
from otio_idolsync.rendering.pictures import write_smaller
from otio_idolsync.rendering.soundtrack import Soundtrack, plan_soundtrack, stored_sound
from otio_idolsync.rendering.sources import Sources
from otio_idolsync.rendering.stems import absolute_media
from otio_idolsync.rendering.store import Store

SCHEMA = "idolsync.proxies/1"
_SMALLEST = 16
_WAYS_OUT = "--map OLD=NEW finds moved media"
_FILES = otio.schema.ExternalReference, otio.schema.ImageSequenceReference


@dataclass(frozen=True, slots=True)
class Proxies:
    """What was written.

    Attributes:
        folder: Where the proxies lie.
        made: Each source and its proxy; of an image sequence its folders.
        as_they_are: Pictures in formats that cannot be written here; the cut still shows them.
        choices: Which video stream was taken of media that have several, a sentence each.
    """

    folder: Path
    made: tuple[tuple[Path, Path], ...]
    as_they_are: tuple[Path, ...] = ()
    choices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as ``idolsync.proxies/1``."""
        return {
            "schema": SCHEMA,
            "folder": str(self.folder),
            "proxies": [{"media": str(media), "proxy": str(proxy)} for media, proxy in self.made],
            "as_they_are": list(map(str, self.as_they_are)),
        }


def write_proxies(
    cut: Path,
    output: Path,
    scale: Fraction = Fraction(1, 2),
    *,
    jobs: int | None = None,
    cache: Path | None = None,
    media_map: Sequence[tuple[str, str]] = (),
    sequence: str | None = None,
    allow_remote: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> Proxies:
    """Write the proxies of all that a cut shows, and the cut over them.

    Args:
        cut: A file that holds a timeline in any form that is read here.
        output: The cut over proxies, ``.otio``; they lie beside it in ``NAME.proxies``.
        scale: Their size over that of their sources, above 0 to 1.
        jobs: Proxies made at a time; by default one a core, at most four.
        cache: Cache folder; by default the user's.
        media_map: (old, new) path prefixes.
        sequence: Name of the one that is meant, where there are several.
        allow_remote: Whether media with an http or https address are fetched into the cache.
        progress: Called with what is being done and the share of it that is done.

    Raises:
        UsageError: An argument cannot be used.
        TimelineError: The timeline cannot be read.
        RenderError: Media cannot be used: all of them are named.
        OutputError: A file cannot be written, or somebody else made it.
    """
    if not 0 < scale <= 1:
        raise UsageError(f"scale {scale} is outside 0 to 1; write 1/2 or 1/4")
    if output.suffix.lower() != ".otio":
        raise UsageError(f"output {output.name!r} must end in .otio")
    root, output = cache_folder(cache), output.expanduser().absolute()
    fetch = Remote(root).fetch if allow_remote else None
    held = read_cut(cut)
    timeline = held.timeline(sequence)
    locator = Locator(held.folder(beside(output)), tuple(media_map), fetch)
    timeline = absolute_media(timeline, locator)
    media, folder = KnownMedia(root), output.with_suffix(".proxies")
    shown = _shown(timeline, Sources(locator, media.info))
    media.save()
    placed = _places([info for _, info in shown], folder)
    check_free(path for info, place in placed.items() for _, path in _files(info, place))

    def told(share: float) -> None:
        if progress:
            progress("making proxies", share)

    pictures = [info for info in placed if info.kind != "video"]
    movies = [_movie(i, placed[i], scale, media) for i in placed if i.kind == "video"]
    write_movies(movies, Store(root), media, worker_count(jobs), told)
    kept = [i for i in pictures if not write_smaller(_files(i, placed[i]), scale)]
    for reference, info in shown:
        if info not in kept:
            _link(reference, url_of(placed[info], output.parent))
    _shrink(timeline, scale)
    write_text(output, otio.adapters.write_to_string(timeline, "otio_json", indent=2))
    made = [(_source(info), place) for info, place in placed.items() if info not in kept]
    return Proxies(folder, tuple(made), tuple(map(_source, kept)), tuple(choices(media.shown)))


def _shown(timeline: otio.schema.Timeline, sources: Sources) -> list[tuple[Any, MediaInfo]]:
    """Return every reference to files that are seen, and what they hold."""
    found: list[tuple[Any, MediaInfo]] = []
    problems: list[str] = []
    for clip in _clips(timeline):
        if isinstance(clip.media_reference, _FILES):
            try:
                found.append((clip.media_reference, sources.of(clip)))
            except IdolsyncError as error:
                problems.append(str(error))
    if problems:
        raise RenderError(all_named(problems, _WAYS_OUT))
    return found


def _clips(timeline: otio.schema.Timeline) -> Iterator[otio.schema.Clip]:
    for track in timeline.video_tracks():
        yield from track.find_clips()


def _places(shown: Sequence[MediaInfo], folder: Path) -> dict[MediaInfo, Path]:
    """Return where each proxy goes; those of one name go to folders of their own."""
    placed: dict[MediaInfo, Path] = {}
    taken: set[str] = set()
    for info in dict.fromkeys(shown):
        name, count = _source(info).stem + "_Proxy", 1
        while f"{count} {name}".casefold() in taken:
            count += 1
        taken.add(f"{count} {name}".casefold())
        suffix = {"video": ".mov", "still": info.path.suffix, "sequence": ""}[info.kind]
        placed[info] = folder / (str(count) if count > 1 else "") / f"{name}{suffix}"
    return placed


def _source(info: MediaInfo) -> Path:
    return info.sequence.folder if info.sequence else info.path


def _files(info: MediaInfo, place: Path) -> list[tuple[Path, Path]]:
    """Return each file of some media and that of its proxy."""
    if info.sequence is None:
        return [(info.path, place)]
    images = map(info.sequence.path_of, range(info.sequence.count))
    return [(image, place / image.name) for image in images]


def _link(reference: Any, url: str) -> None:
    if isinstance(reference, otio.schema.ImageSequenceReference):
        reference.target_url_base = url + "/"
    else:
        reference.target_url = url


def _movie(info: MediaInfo, path: Path, scale: Fraction, media: KnownMedia) -> Movie:
    width, height = _scaled((info.width, info.height), scale)
    output = OutputFormat(width, height, info.rate, "fill", "prores", draft=True)
    job = ShotJob(info.path.name, 0, info.frames, Footage(info, Fraction(0)))
    if info.reader == "pillow":  # which reads pictures alone
        return Movie(job, output, path)
    with open_media(info.path) as (container, stream):
        timecode = start_timecode(container, stream) if info.start_frame else ""
        heard = bool(container.streams.audio)
    return Movie(job, output, path, timecode, _sound(info.path, media) if heard else None)


def _sound(path: Path, media: KnownMedia) -> Soundtrack:
    """Return a video's own sound, in its place to its picture."""
    own = stored_sound(path)
    start, record = max(Fraction(0), -own.delay), max(Fraction(0), own.delay)
    piece = SoundPiece(path, start, None, record, stream=own.stream)
    return plan_soundtrack([piece], "pcm", media)


def _scaled(size: tuple[int, int], scale: Fraction) -> tuple[int, int]:
    """Return a size made smaller, with even sides."""
    width, height = (max(_SMALLEST, 2 * math.floor(s * scale / 2 + Fraction(1, 2))) for s in size)
    return width, height


def _shrink(timeline: otio.schema.Timeline, scale: Fraction) -> None:
    """Make the cut itself smaller, where it says its size."""
    block = plain(own_block(timeline.metadata)) or {}
    settings = block.get("settings")
    size = planned_size(settings) if isinstance(settings, dict) else None
    if size:
        block["settings"] = {**block["settings"], "size": list(_scaled(size, scale))}
        timeline.metadata[KEY] = block
