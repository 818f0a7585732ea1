"""Find where the song lies in an edit: shifted, cut, looped or retimed against the locked one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import IdolsyncError, TimelineError
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.resync.flatten import file_name, file_path
from otio_idolsync.resync.model import SongPiece
from otio_idolsync.resync.opened import Leaf, frames_of, open_track, speed_of
from otio_idolsync.timebase import Clock, whole_frames
from otio_idolsync.timeline.model import Spine
from otio_idolsync.timeline.otio_form import KEY, plain

SLACK = 2  # frames: exports round the end of the song to whole frames
LONG = Fraction(1, 3)


@dataclass(frozen=True, slots=True)
class SpineReport:
    """Where the song lies.

    Attributes:
        ok: Whether it lies where it lay, whole and at its own speed.
        offset_frames: Timeline frames by which it lies late (early when negative), where one
            number says it all.
        pieces: Stretches of the song, in time order.
        why: In a sentence, "" when it is well.
        warnings: What could not be made sure of.
    """

    ok: bool
    offset_frames: int | None
    pieces: tuple[SongPiece, ...]
    why: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def cut_up(self) -> bool:
        """Whether more than one offset is needed to say where the song lies."""
        return len({(p.record - p.song, p.speed) for p in self.pieces}) > 1

    def follows(self, relock: bool) -> bool:
        """Return whether shots answer to the edited song, piece by piece.

        A song that was only nudged is put back, unless it is to be the new spine.
        """
        return not self.ok and bool(self.pieces) and (self.cut_up or relock)

    def song_frame(self, frame: int) -> int | None:
        """Return the song frame that plays at a timeline frame, None where the song is silent."""
        for piece in self.pieces:
            if piece.record <= frame < piece.record + piece.frames:
                return piece.song + int((frame - piece.record) * piece.speed)
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the ``spine`` of a report."""
        return {
            "ok": self.ok,
            "offset_frames": self.offset_frames,
            "pieces": [piece.to_json() for piece in self.pieces],
            "why": self.why,
        }


def find_spine(
    timeline: otio.schema.Timeline, clock: Clock, locked: Spine, folder: Path, silent: bool
) -> SpineReport:
    """Return where the locked song lies in an edited timeline.

    Args:
        timeline: The edit.
        clock: Its frames.
        locked: The planned song.
        folder: Folder that relative media paths of the edit resolve against.
        silent: Whether the format carries no sound, so that a missing song says nothing.

    Raises:
        TimelineError: It is cut to another song.
    """
    frames = clock.frames_within(locked.seconds)
    tracks = timeline.audio_tracks()
    sounds = [leaf for track in tracks for leaf in open_track(track, clock.rate).leaves]
    warnings: list[str] = []
    pieces = {_piece(clock, leaf) for leaf in sounds if leaf.enabled and is_song(leaf.clip, locked)}
    if not pieces:
        pieces = _other_sound(sounds, clock, locked, folder, warnings)
    if not pieces:
        if silent:
            return SpineReport(
                True, 0, (), "", ("the format carries no sound; the song is taken as unmoved",)
            )
        return SpineReport(False, None, (), "the song is not in the edit", tuple(warnings))
    return _judged(_joined(pieces), frames, tuple(warnings))


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
    url = getattr(clip.media_reference, "target_url", None) or ""
    names = {file_name(url).casefold(), (clip.name or "").casefold()} - {""}
    own = {locked.name.casefold(), file_name(locked.url).casefold()} - {""}
    stems = {name.rsplit(".", 1)[0] for name in own}
    return bool(names & own) or any(
        name.rsplit(".", 1)[0] in stems or name.endswith(".song.wav") for name in names
    )


def _piece(clock: Clock, leaf: Leaf) -> SongPiece:
    available = leaf.clip.media_reference.available_range
    origin = frames_of(available.start_time, clock.rate) if available else 0
    first, end = whole_frames(leaf.at), whole_frames(leaf.at + leaf.length)
    return SongPiece(first, end - first, whole_frames(leaf.start - origin), speed_of(leaf.clip))


def _joined(pieces: Iterable[SongPiece]) -> tuple[SongPiece, ...]:
    """Return the pieces with razor cuts that changed nothing taken out."""
    joined: list[SongPiece] = []
    for piece in sorted(pieces, key=lambda p: (p.record, -p.frames)):
        last = joined[-1] if joined else None
        runs_on = last and (last.record - last.song, last.speed) == (
            piece.record - piece.song,
            piece.speed,
        )
        if last and runs_on and piece.record <= last.record + last.frames:
            end = max(last.record + last.frames, piece.record + piece.frames)
            joined[-1] = SongPiece(last.record, end - last.record, last.song, last.speed)
        else:
            joined.append(piece)
    return tuple(joined)


def _judged(pieces: tuple[SongPiece, ...], frames: int, warnings: tuple[str, ...]) -> SpineReport:
    first = pieces[0]
    offset = first.record - first.song
    whole = first.song <= SLACK and first.song + first.frames >= frames - SLACK
    if any(piece.speed != 1 for piece in pieces):
        return SpineReport(False, None, pieces, "the song was retimed", warnings)
    if len(pieces) > 1:
        played = sorted((p.song, p.song + p.frames) for p in pieces)
        twice = any(b[0] < a[1] - SLACK for a, b in itertools.pairwise(played))
        why = f"the song was {'looped' if twice else 'cut'}: it lies in {len(pieces)} pieces"
        one = len({p.record - p.song for p in pieces}) == 1
        return SpineReport(False, offset if one else None, pieces, why, warnings)
    if offset:
        late = "late" if offset > 0 else "early"
        return SpineReport(
            False, offset, pieces, f"the song lies {abs(offset)} frames {late}", warnings
        )
    if not whole:
        why = f"only frames {first.song} to {first.song + first.frames} of the song are left"
        return SpineReport(False, 0, pieces, why, warnings)
    return SpineReport(True, 0, pieces, "", warnings)


def _other_sound(
    leaves: Sequence[Leaf], clock: Clock, locked: Spine, folder: Path, warnings: list[str]
) -> set[SongPiece]:
    """Return the pieces of a song under another name, if its packets or its sound are the same."""
    least = LONG * locked.seconds * clock.rate
    long = [leaf for leaf in leaves if leaf.length >= least and leaf.enabled]
    for longest in sorted(long, key=lambda leaf: -leaf.length):
        url = getattr(longest.clip.media_reference, "target_url", None) or ""
        other, own = _opened(url, folder), _opened(locked.url, folder)
        if other is None or own is None:
            warnings.append(f"{file_name(url)!r} cannot be opened to see whether it is the song")
            continue
        shift = sound_offset(own, other)
        if shift is None:
            raise TimelineError(
                f"the edit is cut to another song ({file_name(url)!r}) than the plan "
                f"({locked.name!r}); give the plan that it was made from"
            )
        if other.sha256 != own.sha256:
            warnings.append(
                f"{file_name(url)!r} is the song encoded anew, {1000 * shift:+.1f} ms late; "
                "nothing became stale by it"
            )
        return {
            _piece(clock, leaf)
            for leaf in leaves
            if (getattr(leaf.clip.media_reference, "target_url", None) or "") == url
        }
    return set()


def _opened(url: str, folder: Path) -> Song | None:
    try:
        return open_song(folder / file_path(url))
    except IdolsyncError:
        return None


def sound_offset(own: Song, other: Song) -> float | None:
    """Return by how many seconds another file plays the same sound late; None for another sound.

    Loudness over time is compared, not samples: encoders change every sample, never the envelope.
    """
    from otio_idolsync.resync.sound import envelope_lag

    if own.sha256 == other.sha256:
        return 0.0
    return envelope_lag(own, other)
