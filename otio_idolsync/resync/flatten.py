"""Reduce a timeline to the items of V1 in whole frames, compound clips opened."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.timebase import Clock, exact_seconds
from otio_idolsync.timeline.model import known_block
from otio_idolsync.timeline.otio_form import KEY, clock_of, each, own_block, plain

_DIGITS = re.compile(r"\d+(?=\.[a-z0-9]+$)")
_PROXY = re.compile(r"[ _.-]*(proxy|proxies|lowres|optimized)$")
_FILE = re.compile(r"\S\.[A-Za-z][A-Za-z0-9]{1,4}$")
SLATE = "slate:"
CACHED = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """A leaf of the composition: the clip, where it starts in seconds, and what it lies in."""

    clip: Any
    at: Fraction
    start: Fraction
    length: Fraction
    compound: str


def timeline_block(timeline: otio.schema.Timeline) -> dict[str, Any]:
    """Return our metadata of a timeline, an empty one where there is none."""
    return known_block(plain(timeline.metadata.get(KEY)), "timeline")


def flatten(
    timeline: otio.schema.Timeline,
    carriers: Carriers | None = None,
    sequences: frozenset[str] = frozenset(),
    clock: Clock | None = None,
) -> Cut:
    """Return a timeline's V1 as flat items.

    Args:
        timeline: Any OTIO timeline.
        carriers: Finds ids in texts; None for a plan, whose own metadata says them.
        sequences: Media keys of the image sequences that single images may stand for.
        clock: Its clock, where that is known better than the timeline says.

    Raises:
        TimelineError: There is no clip on any picture track.
    """
    tracks = [t for t in timeline.video_tracks() if any(_leaves(t))]
    if not tracks:
        raise TimelineError(f"timeline {timeline.name!r} has no clip on any picture track")
    clock = clock or clock_of(timeline, timeline_block(timeline))
    notes: list[str] = []
    if carriers and not carriers.trusts(str(timeline_block(timeline).get("plan_id", ""))):
        notes.append("the edit carries ids of another plan; they were not trusted")
        carriers = Carriers("", {})
    places = sorted(_leaves(tracks[0], notes), key=lambda p: p.at)
    items = tuple(
        _item(clock, index, place, carriers, sequences) for index, place in enumerate(places)
    )
    return Cut(timeline.name, clock, items, timeline, tracks[0], tuple(notes))


def clips_of(track: Any) -> Iterator[Place]:
    """Yield the clips of a track and of the compound clips on it."""
    yield from _leaves(track)


def _leaves(track: Any, notes: list[str] | None = None) -> Iterator[Place]:
    yield from _inside(track, Fraction(0), "", None, notes if notes is not None else [])


def _inside(
    composition: Any,
    at: Fraction,
    compound: str,
    window: tuple[Fraction, Fraction] | None,
    notes: list[str],
) -> Iterator[Place]:
    """Yield the clips of a track; ``window`` is what of it shows, in its own seconds."""
    position = Fraction(0)
    for child in composition:
        if isinstance(child, otio.schema.Transition):
            continue
        shown = child.trimmed_range()
        start, length = exact_seconds(shown.start_time), exact_seconds(shown.duration)
        low, high = position, position + length
        position = high
        if window:
            low, high = max(low, window[0]), min(high, window[1])
        if high <= low or isinstance(child, otio.schema.Gap):
            continue
        record = at + low
        if window:
            record -= window[0]
            start += low - (position - length)
        if isinstance(child, otio.core.Composition):
            inner = _picture_of(child, notes)
            part = (start, start + high - low)
            yield from _inside(inner, record, compound or child.name or "compound", part, notes)
        else:
            yield Place(child, record, start, high - low, compound)


def _picture_of(child: Any, notes: list[str]) -> Any:
    """Return the track of a compound clip that holds its picture."""
    if isinstance(child, otio.schema.Track):
        return child
    tracks = [t for t in child if getattr(t, "kind", "Video") == "Video" and len(t)]
    if len(tracks) > 1:
        notes.append(
            f"compound clip {child.name!r} has {len(tracks)} picture tracks; only the lowest was "
            "compared"
        )
    return tracks[0] if tracks else []


def _item(
    clock: Clock,
    index: int,
    place: Place,
    carriers: Carriers | None,
    sequences: frozenset[str],
) -> Item:
    clip, rate = place.clip, clock.rate
    found = own_block(clip.metadata)
    if carriers is None:
        block = known_block(plain(found), "clip")
    else:
        # of an edit only the id counts; what the plan says of a shot is what is carried on
        block = known_block(
            {"schema": found["schema"]} if found and "schema" in found else {}, "clip"
        )
    first = clock.frame_at(place.at)
    own_id = str(found.get("shot_id", "")) if found else ""
    reference = clip.media_reference
    available = reference.available_range if reference is not None else None
    url = reference_url(reference)
    media = _media(clip, url, reference)
    folded = _DIGITS.sub("#", media)
    start = place.start * rate
    media_start = frames_of(available.start_time, rate) if available else None
    return Item(
        index=index,
        name=clip.name or "",
        first=first,
        frames=max(1, clock.frame_at(place.at + place.length) - first),
        url=url,
        media=folded if folded in sequences else media,
        start=start,
        source=start - (media_start or 0),
        media_start=media_start,
        media_frames=frames_of(available.duration, rate) if available else None,
        speed=speed_of(clip),
        enabled=clip.enabled,
        shot_id=own_id,
        tags=carriers.tags_of(clip, own_id) if carriers else (),
        effects=tuple(e.name or e.effect_name or type(e).__name__ for e in each(clip.effects)),
        compound=place.compound,
        clip=clip,
        block=block,
    )


def frames_of(time: Any, rate: Fraction) -> Fraction:
    """Return an OTIO time in exact timeline frames; the same object for the same time."""
    return _frames_of(time.value, time.rate, rate.numerator, rate.denominator)


@functools.lru_cache(maxsize=CACHED)
def _frames_of(value: float, media: float, over: int, under: int) -> Fraction:
    return exact_seconds(otio.opentime.RationalTime(value, media)) * Fraction(over, under)


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


def _media(clip: Any, url: str, reference: Any) -> str:
    """Return a clip's media key where the file says no more than a name.

    An EDL knows a file only as the clip's name; OpenShot writes the title in place of the path,
    and a title without a file's ending says nothing of the file.
    """
    media, path = media_key(url, reference), file_path(url)
    if not media and _FILE.search(clip.name or ""):
        return file_name(clip.name).casefold()
    bare = path.lstrip("/") == (clip.name or "").lstrip("/")
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
    return path.replace("\\", "/")


@functools.lru_cache(maxsize=CACHED)
def stem(media: str) -> str:
    """Return a file's name without suffix, numbers' place or proxy ending."""
    return _PROXY.sub("", media.rsplit(".", 1)[0])


def speed_of(clip: Any) -> Fraction:
    """Return how fast a clip plays: 1 for its own speed, 0 for a freeze frame."""
    speed = Fraction(1)
    for effect in each(clip.effects):
        if isinstance(effect, otio.schema.FreezeFrame):
            speed = Fraction(0)
        elif isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
    return speed
