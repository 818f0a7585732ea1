"""Reduce a timeline to the clips of its picture tracks in whole frames, as they are seen."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import each, known_block, own_block, plain, timeline_block
from otio_idolsync.cut.numbered import numbered_in
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.cut.place import CACHED, Leaf, frames_of, open_track, speed_of
from otio_idolsync.cut.shown import Shown, Stacked, shown_of, shows_no_file
from otio_idolsync.cut.size import size_of
from otio_idolsync.cut.url import address_in, name_in, path_in, url_of
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.interchange.appearance.cover import hides, is_invisible
from otio_idolsync.library.kinds import STILL_SUFFIXES
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.model import Cut, Item, PictureTrack
from otio_idolsync.timebase import Clock, media_rate, whole_frames

_PICTURES = tuple(STILL_SUFFIXES)
_DIGITS = re.compile(r"\d+(?=\.[a-z0-9]+$)")
_PROXY = re.compile(r"[ _.-]*(proxy|proxies|lowres|optimized)$")
_FILE = re.compile(r"\S\.[A-Za-z][A-Za-z0-9]{1,4}$")
SLATE, SONG = "slate:", "idolsync.song/"


def flatten(
    timeline: otio.schema.Timeline,
    carriers: Carriers | None = None,
    sequences: frozenset[str] = frozenset(),
    clock: Clock | None = None,
    tracks: Sequence[Any] | None = None,
) -> Cut:
    """Return what lies on a timeline's picture tracks, or on others of it, as flat items.

    Args:
        timeline: Any OTIO timeline.
        carriers: Finds ids in texts; None for a plan, whose own metadata says them.
        sequences: Media keys of the image sequences that single images may stand for.
        clock: Its clock, where that is known better than the timeline says.
        tracks: The tracks; by default all picture tracks.

    Raises:
        TimelineError: There is no clip on them, or one without any length.
    """
    try:
        clock = clock or clock_of(timeline, timeline_block(timeline))
        opened = _opened(timeline.video_tracks() if tracks is None else tracks, clock)
    except otio.exceptions.OTIOError as error:  # a clip that says nowhere how long it is
        raise TimelineError(f"timeline {timeline.name!r} cannot be read: {error}") from error
    if not opened and tracks is None:
        raise TimelineError(f"timeline {timeline.name!r} has no clip on any picture track")
    if carriers and not carriers.trusts(str(timeline_block(timeline).get("plan_id", ""))):
        carriers = Carriers("", {})
    leaves, notes = _whole(opened)
    size = size_of(timeline, timeline_block(timeline).get("settings") or {})
    found = [
        _item(clock, leaf, number, opened[number].track.enabled, carriers, sequences, size)
        for number, leaf in leaves
    ]
    pictures = not opened or opened[0].track.kind != otio.schema.TrackKind.Audio
    items = _resolved(found) if pictures else _heard(found)
    ordered = sorted(items, key=lambda item: (item.first, item.track, item.layer))
    items = [replace(item, index=index) for index, item in enumerate(ordered)]
    notes += [note for one in opened for note in one.opened.notes]
    return Cut(timeline.name, clock, tuple(items), timeline, opened, tuple(notes))


def _opened(tracks: Sequence[Any], clock: Clock) -> tuple[PictureTrack, ...]:
    """Return the tracks that hold a clip, opened, the lowest first."""
    held = [(track, opened) for track in tracks if (opened := open_track(track, clock.rate)).leaves]
    return tuple(
        PictureTrack(track, track.name or f"{track.kind[:1]}{number}", opened)
        for number, (track, opened) in enumerate(held, 1)
    )


def _whole(opened: Sequence[PictureTrack]) -> tuple[list[tuple[int, Leaf]], list[str]]:
    """Return the clips that last a frame or more with their tracks' numbers, and the rest's names.

    What is shorter than any frame, an editor's rounding, is on no frame at all.
    """
    found, notes = [], []
    for number, one in enumerate(opened):
        for leaf in one.opened.leaves:
            if whole_frames(leaf.at + leaf.length) > whole_frames(leaf.at):
                found.append((number, leaf))
            else:
                long = float(leaf.length)
                notes.append(f"{leaf.clip.name!r} on {one.name} lasts {long:.2g} frames: too short")
    return found, notes


def _resolved(items: Sequence[Item]) -> list[Item]:
    """Return items with what is seen of them, the ends that others hide taken off."""
    shown = shown_of(
        [
            Stacked(
                item.first, item.end, (item.track, item.layer), item.enabled, item.covers,
                item.drawn,
            )
            for item in items
        ]
    )  # fmt: skip
    return [_as_seen(item, own) for item, own in zip(items, shown, strict=True)]


def _as_seen(item: Item, shown: Shown) -> Item:
    own = (item.seen, item.drawn, item.covers, item.leads)
    if own == (shown.seen, shown.drawn, shown.covers, shown.leads):
        return item
    first, end = (shown.seen[0][0], shown.seen[-1][1]) if shown.seen else (item.first, item.end)
    head, tail = first - item.first, item.end - end
    passed = head * item.speed if item.speed >= 0 else tail * -item.speed
    return replace(
        item, first=first, frames=end - first, start=item.start + passed,
        source=item.source + passed, under=(head, tail), seen=shown.seen, drawn=shown.drawn,
        covers=shown.covers, leads=shown.leads,
    )  # fmt: skip


def _heard(items: Sequence[Item]) -> list[Item]:
    """Return the items of sound tracks, of which none hides another."""
    return [replace(item, seen=((item.first, item.end),), drawn=False) for item in items]


def _item(
    clock: Clock,
    leaf: Leaf,
    track: int,
    is_on: bool,
    carriers: Carriers | None,
    sequences: frozenset[str],
    size: tuple[int, int] | None,
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
    first, end = whole_frames(leaf.at), whole_frames(leaf.at + leaf.length)
    own_id = str(found.get("shot_id", "")) if found else ""
    reference = clip.media_reference
    available = reference.available_range if reference is not None else None
    media = _media(name, url := reference_url(reference), reference)
    begins = available.start_time if available else None
    media_start = frames_of(begins, rate) if begins else None
    return Item(
        index=0,
        name=name,
        first=first,
        frames=end - first,
        url=url,
        media=folded if sequences and (folded := _folded(media)) in sequences else media,
        start=leaf.start,
        source=leaf.start - (media_start or 0),
        media_start=media_start,
        media_frames=frames_of(available.duration, rate) if available else None,
        speed=speed_of(clip),
        enabled=leaf.enabled and is_on and not is_invisible(clip),
        shot_id=own_id,
        tags=carriers.tags_of(clip, own_id) if carriers else (),
        effects=tuple(e.name or e.effect_name or type(e).__name__ for e in each(clip.effects)),
        compound=leaf.compound,
        clip=clip,
        block=block,
        layer=leaf.layer,
        labels=_labels(begins.value, begins.rate, clock) if begins and media_start else (),
        track=track,
        seen=((first, end),),
        covers=not (track or leaf.layer) or hides(clip, size),
        drawn=(bool(url) or media in ("", SLATE)) and shows_no_file(clip),
    )


@functools.lru_cache(maxsize=CACHED)
def _labels(first: float, media: float, clock: Clock) -> tuple[int, ...]:
    """Return what media's first timecode is in a timeline's frames, dropping or not."""
    rate, found = media_rate(media), set()
    for counting in (clock, Clock(clock.rate)) if rate != clock.rate else ():
        with contextlib.suppress(UsageError):  # a label that drop-frame skips
            found.add(counting.count_of_label(whole_frames(Fraction(first)), rate))
    return tuple(found)


def reference_url(reference: Any) -> str:
    """Return the URL of what a clip shows; of a sequence, of its numbered files."""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        base, name = reference.target_url_base, f"{reference.name_prefix}#{reference.name_suffix}"
        return url_of(path_in(base) + name) if address_in(base).is_file else base + name
    return getattr(reference, "target_url", None) or ""


def media_key(url: str, reference: Any = None) -> str:
    """Return the file's name, folded; a slate has a key of its own, and nothing the empty one.

    Of numbered pictures it is the name with a ``#``, however their numbers are written.
    """
    if not url:
        slate = isinstance(reference, otio.schema.GeneratorReference)
        return SLATE if slate else ""
    name = name_in(url)
    if name.lower().endswith(_PICTURES) and (numbered := numbered_in(name)):
        name = f"{numbered.prefix}#{numbered.suffix}"
    return name.casefold()


def _media(name: str, url: str, reference: Any) -> str:
    """Return a clip's media key, also where its file says no more than a name.

    An EDL knows a file only as the clip's name; OpenShot writes the title in place of the path,
    and a title without a file's ending says nothing of the file.
    """
    media, path = media_key(url, reference), path_in(url)
    if not media and _FILE.search(name):
        return name_in(name).casefold()
    bare = path.lstrip("/") == name.lstrip("/")
    return "" if url and bare and not _FILE.search(path) else media


@functools.lru_cache(maxsize=CACHED)
def _folded(media: str) -> str:
    return _DIGITS.sub("#", media)


@functools.lru_cache(maxsize=CACHED)
def stem(media: str) -> str:
    """Return a file's name without suffix, numbers' place or proxy ending."""
    return _PROXY.sub("", media.rsplit(".", 1)[0])
