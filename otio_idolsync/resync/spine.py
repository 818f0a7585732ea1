"""Find where the song lies in an edit: shifted, cut, looped or retimed against the locked one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, Metadata, plain
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.model import Spine
from otio_idolsync.cut.place import Leaf
from otio_idolsync.cut.song_pieces import (
    END_SLACK,
    Heard,
    SongPiece,
    heard_noted,
    pieces_in,
    pieces_of,
    song_frame_at,
    to_the_end,
)
from otio_idolsync.cut.url import name_in
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.by_ear import (
    Ear,
    address_of,
    addresses_of,
    cannot_tell,
    opened,
    sounds_of,
)
from otio_idolsync.timebase import Clock, whole_frames

LONG = Fraction(1, 3)


@dataclass(frozen=True, slots=True)
class SpineReport:
    """Where the song lies.

    Attributes:
        ok: Whether it lies where it lay, whole and at its own speed, or the picture went along.
        moves: Whether it lies elsewhere than planned, so that shots answer to it piece by piece.
        offset_frames: Timeline frames by which it lies late (early when negative), where one
            number says it all.
        pieces: Stretches of the song, in time order.
        moved: The same as stretches of the planned timeline, which is what a plan's frames count
            in: other than ``pieces`` only where the plan's own song was cut.
        why: In a sentence, "" when it is well.
        warnings: What could not be made sure of.
        by_ear: The files in which it was known by its sound alone, and where it is heard in them.
    """

    ok: bool
    offset_frames: int | None
    pieces: tuple[SongPiece, ...]
    moved: tuple[SongPiece, ...]
    why: str = ""
    warnings: tuple[str, ...] = ()
    moves: bool = False
    by_ear: Mapping[str, tuple[Heard, ...]] = field(default_factory=dict)

    def song_frame(self, frame: int) -> int | None:
        """Return the song frame that plays at a timeline frame, None where the song is silent."""
        return song_frame_at(self.pieces, frame)

    def planned_frame(self, frame: int) -> int | None:
        """Return the planned timeline frame whose music plays at a frame, None in silence."""
        return song_frame_at(self.moved, frame)

    def to_json(self) -> dict[str, Any]:
        """Return the ``spine`` of a report."""
        return {
            "ok": self.ok,
            "offset_frames": self.offset_frames,
            "pieces": [piece.to_json() for piece in self.pieces],
            "why": self.why,
        }


def find_spine(
    timeline: otio.schema.Timeline,
    clock: Clock,
    locked: Spine,
    folder: Path,
    silent: bool,
    block: Metadata | None = None,
) -> SpineReport:
    """Return where the locked song lies in an edited timeline.

    Args:
        timeline: The edit.
        clock: Its frames.
        locked: The planned song.
        folder: Folder that relative media paths of the edit resolve against.
        silent: Whether the format carries no sound, so that a missing song says nothing.
        block: The plan's metadata, which says where the song lies if an earlier edit has cut it.

    Raises:
        TimelineError: It is cut to another song.
    """
    sounds = [leaf for leaf in sounds_of(timeline, clock.rate) if leaf.enabled]
    songs = {leaf: heard_noted(leaf.clip) for leaf in sounds if is_song(leaf.clip, locked)}
    warnings: list[str] = []
    ear = {} if songs else _by_ear(sounds, clock, locked, folder, warnings)
    songs |= {leaf: ear[address_of(leaf)] for leaf in sounds if address_of(leaf) in ear}
    pieces = {one for leaf, heard in songs.items() for one in pieces_of(leaf, heard, clock.rate)}
    if not pieces:
        if silent:
            said = "the format carries no sound; the song is taken as unmoved"
            return SpineReport(True, 0, (), (), "", (said,))
        return SpineReport(False, None, (), (), "the song is not in the edit", tuple(warnings))
    lies = to_the_end(joined(pieces), clock, locked.seconds)
    found = _against_planned(lies, clock, locked, block or {})
    return replace(found, warnings=tuple(warnings), by_ear=ear)


def _against_planned(
    lies: tuple[SongPiece, ...], clock: Clock, locked: Spine, block: Metadata
) -> SpineReport:
    """Return the report of a song that lies so, against where an earlier edit has put it."""
    planned = to_the_end(pieces_in(block), clock, locked.seconds)
    if not planned:
        found = judged(lies, lies, clock.frames_within(locked.seconds))
        return replace(found, moves=not found.ok)
    moved = moved_against(lies, planned)
    if not _is_as_planned(moved, planned):
        report = judged(lies, moved, planned[-1].end)
        return replace(report, moves=not report.ok and bool(report.moved))
    if block["song"].get("relocked"):
        return SpineReport(True, 0, lies, moved)
    why = f"an earlier edit has cut the song: it lies in {len(lies)} pieces; --relock takes it"
    return SpineReport(False, 0, lies, moved, why)


def _is_as_planned(moved: Sequence[SongPiece], planned: Sequence[SongPiece]) -> bool:
    """Return whether the song lies where an earlier edit has put it, all of it."""
    if any(piece.record != piece.song or piece.speed != 1 for piece in moved):
        return False
    there = sum(piece.frames for piece in moved)
    return there >= sum(piece.frames for piece in planned) - END_SLACK * len(planned)


def is_song(clip: Any, locked: Spine) -> bool:
    """Return whether a sound clip is the locked song, by identity or by name.

    Raises:
        TimelineError: It says that it is another song.
    """
    block = plain(clip.metadata.get(KEY)) or {}
    said = str(block.get("sha256", ""))
    if said and locked.sha256:
        if said != locked.sha256:
            raise TimelineError(
                f"the edit is cut to another song ({clip.name!r}) than the plan "
                f"({locked.name!r}); give the plan that it was made from"
            )
        return True
    if locked.is_elsewhere:  # a name says nothing of where in its file the song is heard
        return False
    url = getattr(clip.media_reference, "target_url", None) or ""
    names = {name_in(url).casefold(), (clip.name or "").casefold()} - {""}
    own = {locked.name.casefold(), name_in(locked.url).casefold()} - {""}
    stems = {name.rsplit(".", 1)[0] for name in own}
    return bool(names & own) or any(
        name.rsplit(".", 1)[0] in stems or name.endswith(".song.wav") for name in names
    )


def joined(pieces: Iterable[SongPiece]) -> tuple[SongPiece, ...]:
    """Return the pieces with razor cuts that changed nothing taken out."""
    whole: list[SongPiece] = []
    for piece in sorted(pieces, key=lambda p: (p.record, -p.frames)):
        last = whole[-1] if whole else None
        runs_on = last and last.speed == piece.speed and last.song_frame(piece.record) == piece.song
        if last and runs_on and piece.record <= last.record + last.frames:
            end = max(last.record + last.frames, piece.record + piece.frames)
            whole[-1] = SongPiece(last.record, end - last.record, last.song, last.speed)
        else:
            whole.append(piece)
    return tuple(whole)


def moved_against(
    pieces: Sequence[SongPiece], planned: Sequence[SongPiece]
) -> tuple[SongPiece, ...]:
    """Return pieces of the song as pieces of a planned timeline whose own song was cut.

    Of music that the plan plays more than once, the place that moved least is meant.
    """
    found = []
    for piece in pieces:
        overlaps = [over for one in planned if (over := _overlap(piece, one))]
        edges = sorted({edge for over in overlaps for edge in (over.record, over.end)})
        for low, high in itertools.pairwise(edges):
            here = [over for over in overlaps if over.record <= low and high <= over.end]
            if here:
                least = min(here, key=lambda over: abs(over.record - over.song))
                at = least.song_frame(low)
                found.append(SongPiece(low, high - low, at, least.speed))
    return joined(found)


def _overlap(piece: SongPiece, planned: SongPiece) -> SongPiece | None:
    """Return the stretch of a piece whose music a planned piece plays, as planned frames."""
    if not piece.speed or not planned.speed:
        return None
    low = max(piece.song, planned.song)
    high = min(piece.song_frame(piece.end), planned.song_frame(planned.end))
    if high <= low:
        return None
    begin = piece.record + whole_frames(Fraction(low - piece.song) / piece.speed)
    end = piece.record + whole_frames(Fraction(high - piece.song) / piece.speed)
    at = planned.record + whole_frames(Fraction(low - planned.song) / planned.speed)
    return SongPiece(begin, end - begin, at, piece.speed / Fraction(planned.speed))


def judged(lies: tuple[SongPiece, ...], pieces: tuple[SongPiece, ...], frames: int) -> SpineReport:
    """Return the report of pieces that lie so in the song, and so in the planned timeline.

    Args:
        lies: Stretches of the song, in time order.
        pieces: The same as stretches of the planned timeline.
        frames: Whole frames that the song lasts in it.
    """
    if not pieces:
        why = "nothing of the song that the plan plays is in the edit"
        return SpineReport(False, None, lies, (), why)
    first = pieces[0]
    offset = first.record - first.song
    whole = first.song <= END_SLACK and first.song + first.frames >= frames - END_SLACK
    if any(piece.speed != 1 for piece in pieces):
        return SpineReport(False, None, lies, pieces, "the song was retimed")
    if len(pieces) > 1:
        played = sorted((p.song, p.song + p.frames) for p in pieces)
        twice = any(b[0] < a[1] - END_SLACK for a, b in itertools.pairwise(played))
        why = f"the song was {'looped' if twice else 'cut'}: it lies in {len(pieces)} pieces"
        one = len({p.record - p.song for p in pieces}) == 1
        return SpineReport(False, offset if one else None, lies, pieces, why)
    if offset:
        late = "late" if offset > 0 else "early"
        why = f"the song lies {abs(offset)} frames {late}"
        return SpineReport(False, offset, lies, pieces, why)
    if not whole:
        why = f"only frames {first.song} to {first.song + first.frames} of the song are left"
        return SpineReport(False, 0, lies, pieces, why)
    return SpineReport(True, 0, lies, pieces)


def _by_ear(
    sounds: Sequence[Leaf], clock: Clock, locked: Spine, folder: Path, warnings: list[str]
) -> dict[str, tuple[Heard, ...]]:
    """Return the files that are the song under another name, and where it is heard in them.

    Raises:
        TimelineError: A long one can be heard, and none is the song.
    """
    locator = Locator(folder)
    least = 0 if locked.is_elsewhere else LONG * locked.seconds * clock.rate
    long = addresses_of(leaf for leaf in sounds if leaf.length >= least)
    own = opened(locator, locked.url, locked.audio_stream) if long else None
    if own is None:
        warnings += map(cannot_tell, long)
        return {}
    ear = Ear(own, locator)
    for url in long:
        if ear.knows(url) and not locked.is_elsewhere:
            break
    warnings += ear.remarks
    if not ear.heard and ear.strangers:
        raise TimelineError(
            f"the edit is cut to another song ({name_in(ear.strangers[0])!r}) than the plan "
            f"({locked.name!r}); give the plan that it was made from"
        )
    return ear.heard
