"""Reduce a timeline to the items of V1 in whole frames, compound clips opened."""

from __future__ import annotations

import contextlib
import functools
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from otio_idolsync.cut.model import known_block
from otio_idolsync.cut.otio_form import KEY, clock_of, each, own_block, plain
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.resync.opened import CACHED, Leaf, Opened, frames_of, open_track, speed_of
from otio_idolsync.timebase import Clock, media_rate, whole_frames

_DIGITS = re.compile(r"\d+(?=\.[a-z0-9]+$)")
_PROXY = re.compile(r"[ _.-]*(proxy|proxies|lowres|optimized)$")
_FILE = re.compile(r"\S\.[A-Za-z][A-Za-z0-9]{1,4}$")
_DRIVE = re.compile(r"/[A-Za-z]:/")
SLATE, SONG = "slate:", "idolsync.song/"


def timeline_block(timeline: otio.schema.Timeline) -> dict[str, Any]:
    """Return our metadata of a timeline, an empty one where there is none."""
    return known_block(plain(timeline.metadata.get(KEY)), "timeline")


def flatten(
    timeline: otio.schema.Timeline,
    carriers: Carriers | None = None,
    sequences: frozenset[str] = frozenset(),
    clock: Clock | None = None,
    track: Any = None,
) -> Cut:
    """Return a timeline's V1, or another track of it, as flat items.

    Args:
        timeline: Any OTIO timeline.
        carriers: Finds ids in texts; None for a plan, whose own metadata says them.
        sequences: Media keys of the image sequences that single images may stand for.
        clock: Its clock, where that is known better than the timeline says.
        track: The track; by default the lowest picture track that holds a clip.

    Raises:
        TimelineError: There is no clip on any picture track, or one without any length.
    """
    try:
        clock = clock or clock_of(timeline, timeline_block(timeline))
        if track is None:
            track, opened = _picture(timeline, clock)
        else:
            opened = open_track(track, clock.rate)
    except otio.exceptions.OTIOError as error:  # a clip that says nowhere how long it is
        raise TimelineError(f"timeline {timeline.name!r} cannot be read: {error}") from error
    if carriers and not carriers.trusts(str(timeline_block(timeline).get("plan_id", ""))):
        carriers = Carriers("", {})
    leaves = sorted(opened.leaves, key=lambda leaf: leaf.at)
    items = tuple(
        _item(clock, index, leaf, carriers, sequences) for index, leaf in enumerate(leaves)
    )
    return Cut(timeline.name, clock, items, timeline, track, opened)


def _picture(timeline: otio.schema.Timeline, clock: Clock) -> tuple[Any, Opened]:
    """Return the lowest picture track that holds a clip, and what lies on it."""
    for track in timeline.video_tracks():
        opened = open_track(track, clock.rate)
        if opened.leaves:
            return track, opened
    raise TimelineError(f"timeline {timeline.name!r} has no clip on any picture track")


def _item(
    clock: Clock,
    index: int,
    leaf: Leaf,
    carriers: Carriers | None,
    sequences: frozenset[str],
) -> Item:
    clip, name, rate = leaf.clip, leaf.clip.name or "", clock.rate
    found = own_block(clip.metadata)
    if found and str(found.get("schema", "")).startswith(SONG):
        found = None  # it says which song it is, and of no shot
    if carriers is None:
        block = known_block(plain(found), "clip")
    else:
        # of an edit only the id counts; what the plan says of a shot is what is carried on
        block = known_block(
            {"schema": found["schema"]} if found and "schema" in found else {}, "clip"
        )
    first = whole_frames(leaf.at)
    own_id = str(found.get("shot_id", "")) if found else ""
    reference = clip.media_reference
    available = reference.available_range if reference is not None else None
    media = _media(name, url := reference_url(reference), reference)
    begins = available.start_time if available else None
    media_start = frames_of(begins, rate) if begins else None
    return Item(
        index=index,
        name=name,
        first=first,
        frames=max(1, whole_frames(leaf.at + leaf.length) - first),
        url=url,
        media=folded if sequences and (folded := _folded(media)) in sequences else media,
        start=leaf.start,
        source=leaf.start - (media_start or 0),
        media_start=media_start,
        media_frames=frames_of(available.duration, rate) if available else None,
        speed=speed_of(clip),
        enabled=leaf.enabled,
        shot_id=own_id,
        tags=carriers.tags_of(clip, own_id) if carriers else (),
        effects=tuple(e.name or e.effect_name or type(e).__name__ for e in each(clip.effects)),
        compound=leaf.compound,
        clip=clip,
        block=block,
        layer=leaf.layer,
        labels=_labels(begins.value, begins.rate, clock) if begins and media_start else (),
    )


@functools.lru_cache(maxsize=CACHED)
def _labels(first: float, media: float, clock: Clock) -> tuple[int, ...]:
    """Return what media's first timecode is in a timeline's frames, dropping or not."""
    rate, found = media_rate(media), set()
    for counting in (clock, Clock(clock.rate)) if rate != clock.rate else ():
        with contextlib.suppress(UsageError):  # a label that drop-frame skips
            found.add(counting.count_of_label(round(first), rate))
    return tuple(found)


def reference_url(reference: Any) -> str:
    """Return the URL of what a clip shows; of a sequence, of its numbered files."""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return f"{reference.target_url_base}{reference.name_prefix}#{reference.name_suffix}"
    return getattr(reference, "target_url", None) or ""


def media_key(url: str, reference: Any = None) -> str:
    """Return the file's name, folded; a slate has a key of its own, and nothing the empty one."""
    if not url:
        slate = isinstance(reference, otio.schema.GeneratorReference)
        return SLATE if slate else ""
    return file_name(url).casefold()


def _media(name: str, url: str, reference: Any) -> str:
    """Return a clip's media key, also where its file says no more than a name.

    An EDL knows a file only as the clip's name; OpenShot writes the title in place of the path,
    and a title without a file's ending says nothing of the file.
    """
    media, path = media_key(url, reference), file_path(url)
    if not media and _FILE.search(name):
        return file_name(name).casefold()
    bare = path.lstrip("/") == name.lstrip("/")
    return "" if url and bare and not _FILE.search(path) else media


@functools.lru_cache(maxsize=CACHED)
def file_name(url: str) -> str:
    """Return the name of the file that a URL or a path of any system names."""
    return PurePosixPath(file_path(url)).name


@functools.lru_cache(maxsize=CACHED)
def file_path(url: str) -> str:
    """Return the path in a URL, with forward slashes; a bare path as it is."""
    # the place of a sequence's numbers is a #, which is no fragment
    parts = urlsplit(url.replace("#", "%23")) if "://" in url else None
    path = unquote(parts.path) if parts and parts.scheme == "file" else url
    if parts and parts.scheme == "file" and parts.netloc.lower() not in ("", "localhost"):
        path = f"//{parts.netloc}{path}"  # a share on Windows
    path = path.replace("\\", "/")
    return path[1:] if _DRIVE.match(path) else path


@functools.lru_cache(maxsize=CACHED)
def _folded(media: str) -> str:
    return _DIGITS.sub("#", media)


@functools.lru_cache(maxsize=CACHED)
def stem(media: str) -> str:
    """Return a file's name without suffix, numbers' place or proxy ending."""
    return _PROXY.sub("", media.rsplit(".", 1)[0])
