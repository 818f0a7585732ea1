"""Which sequence of a human's file is meant, and what clock and picture size it has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import Metadata, timeline_block
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import clock_of
from otio_idolsync.cut.read import CutFile
from otio_idolsync.cut.size import size_of
from otio_idolsync.errors import MediaError, TimelineError
from otio_idolsync.interchange.custom import custom_clock
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.size import even_size, planned_size
from otio_idolsync.resync.adopt.song import FoundSong, find_song
from otio_idolsync.resync.by_ear import Ear
from otio_idolsync.resync.model import Cut
from otio_idolsync.timebase import Clock

_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """The sequence that is adopted.

    Attributes:
        timeline: It, just read and nobody else's.
        clock: Its frames and timecode.
        block: Our metadata of it, where it was a cut of ours.
        song: Where the song lies in it.
        warnings: What a person should know of the choice.
    """

    timeline: otio.schema.Timeline
    clock: Clock
    block: Metadata
    song: FoundSong
    warnings: tuple[str, ...] = ()


def meant_of(held: CutFile, sequence: str | None, ear: Ear) -> Meant:
    """Return the sequence of a file that is meant: the one of that name, or with the song.

    Raises:
        TimelineError: No sequence has that name, none holds the song, or several do.
    """
    named = [held.timeline(sequence)] if sequence is not None else held.timelines
    found: list[Meant] = []
    why: TimelineError | None = None
    for timeline in named:
        try:
            found.append(_meant(timeline if held.path else timeline.deepcopy(), ear))
        except TimelineError as error:
            why = why or error
    if not found:
        raise why or TimelineError(f"{held.path} holds no sequence")
    heard = [one for one in found if one.song.found_by != "nothing"] or found
    if len(heard) > 1:
        names = ", ".join(repr(one.timeline.name) for one in heard)
        raise TimelineError(
            f"{len(heard)} sequences of {held.path} may be meant: {names}; name one with --sequence"
        )
    if len(named) == 1:
        return heard[0]
    said = f"the file holds {len(named)} sequences; {heard[0].timeline.name!r} holds the song"
    return replace(heard[0], warnings=(f"{said} and was adopted",))


def _meant(timeline: otio.schema.Timeline, ear: Ear) -> Meant:
    block = timeline_block(timeline)
    clock = clock_of(timeline, block)
    if "rate" not in (block.get("settings") or {}):
        clock = custom_clock(timeline, clock)
    return Meant(timeline, clock, block, find_song(timeline, clock, ear))


def frame_size(
    cut: Cut, block: Metadata, locator: Locator, media: KnownMedia
) -> tuple[tuple[int, int], list[str]]:
    """Return a cut's picture size and what there is to say of it.

    It is what its settings or its editor say, else its largest source's, made even.

    Args:
        cut: The cut, flattened.
        block: Our metadata of it.
        locator: Finds its media.
        media: Knows what they hold.
    """
    said = planned_size(block.get("settings") or {}) or size_of(cut.timeline, {})
    if said:
        return even_size(said)
    paths = list(dict.fromkeys(_files(cut, locator)))
    infos = [info for info in media.infos(paths) if isinstance(info, MediaInfo)]
    largest = max(((i.width, i.height) for i in infos), key=_area, default=None)
    if largest is None:
        return _SIZE, [f"nothing tells the picture's size; {_SIZE[0]}x{_SIZE[1]} was taken"]
    return even_size(largest)[0], []


def _files(cut: Cut, locator: Locator) -> Iterator[Path]:
    """Yield the files that a cut shows, of numbered pictures the first."""
    for item in cut.items:
        reference: Any = item.clip.media_reference
        if isinstance(reference, otio.schema.ImageSequenceReference):
            url = reference.target_url_for_image_number(0)
        else:
            url = item.url
        with contextlib.suppress(MediaError, OSError, ValueError):
            path = locator.find(url) if url else None
            if path is not None and path.is_file():
                yield path


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
