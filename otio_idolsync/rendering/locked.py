"""Make sure that the song of a timeline is the one it was cut to: by its packets, else by ear."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.analysis.matcher import envelope_lag, heard_in
from otio_idolsync.cut.blocks import timeline_block
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.song_file import song_file_of
from otio_idolsync.cut.song_pieces import Heard, heard_noted
from otio_idolsync.errors import IdolsyncError, MediaError, RenderError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.files import is_there
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.rendering.model import Remarks
from otio_idolsync.timebase import exact_seconds

# Encoders add up to a tenth of a second of padding.
_PADDING_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SongMatch:
    """What was found out about a file that may be the locked song.

    Attributes:
        alike: Whether it is that song; None where nobody can tell.
        text: In a sentence, "" where it is the very file.
        lacks: Seconds of the locked song that it does not have; 0 where that is padding.
    """

    alike: bool | None
    text: str = ""
    lacks: float = 0.0


def match_song(
    song: Song,
    locked: dict[str, Any],
    cut: Path | None,
    locator: Locator,
    noted: Sequence[Heard] = (),
) -> SongMatch:
    """Compare a song with the locked one.

    Args:
        song: What was found.
        locked: The timeline's ``song``: ``sha256``, ``samples`` and ``sample_rate``.
        cut: The timeline's file; the sync sheet beside it may know where the locked song lay.
        locator: Finds that.
        noted: Where the song is heard in the file, where that is not from its first second on.
    """
    sha256 = str(locked["sha256"])
    if noted:
        return _as_noted(song, _original(locked, cut, locator), noted)
    if song.sha256 == sha256:
        return SongMatch(True)
    known = locked.get("samples") and locked.get("sample_rate")
    seconds = locked["samples"] / locked["sample_rate"] if known else song.duration
    lacks = seconds - song.duration
    lacks = lacks if lacks > _PADDING_SECONDS else 0.0
    own = _original(locked, cut, locator)
    if own is None:
        said = f"{song.path} is not the file that was locked, and the locked song's own file is "
        said += "not there to compare by ear"
        fits = abs(song.duration - seconds) <= _PADDING_SECONDS
        length = (
            "; it is as long" if fits else f"; it lasts {song.duration:.1f} s, not {seconds:.1f}"
        )
        return SongMatch(None if fits else False, said + length, lacks)
    late = envelope_lag(own, song)
    if late is None:
        return SongMatch(False, f"{song.path} is another song than the one that was locked")
    said = f"{song.path.name} is the locked song encoded anew, {1000 * late:+.1f} ms late"
    said += f" and {lacks:.1f} s shorter" if lacks else "; nothing is stale by it"
    return SongMatch(True, said, lacks)


def _as_noted(song: Song, own: Song | None, noted: Sequence[Heard]) -> SongMatch:
    """Return whether a file still plays the song where a cut's metadata says that it does."""
    if own is None:
        said = "the locked song's own file is not there to compare it by ear"
        return SongMatch(None, f"{song.path} plays parts of the song, and {said}")
    found = heard_in(own, song)
    there = all(any(one.plays(said, _PADDING_SECONDS) for one in found) for said in noted)
    said = f"{song.path} does not play the song where it did when the cut was adopted"
    return SongMatch(True) if there else SongMatch(False, said)


def check_song(
    timeline: otio.schema.Timeline,
    cut: Path | None,
    locator: Locator,
    media: KnownMedia,
    remarks: Remarks,
) -> None:
    """Remark a song on A1 that is the locked one encoded anew.

    Args:
        timeline: The cut; one that says of no song is taken as it is.
        cut: Its file, where it has one.
        locator: Finds its media.
        media: Remembers which song a file holds.
        remarks: Takes the remark.

    Raises:
        RenderError: It is another song.
    """
    file, locked = song_file_of(timeline), timeline_block(timeline).get("song") or {}
    songs = list(_songs(timeline, file.track if file else 0, locator))
    if not locked.get("sha256") or not songs:
        return

    def found(path: Path) -> Song:
        return media.song(path, file.stream_of(path) if file else None)

    noted = {path: heard for path, _seconds, heard in songs if heard}
    for path, heard in noted.items():
        with contextlib.suppress(MediaError):  # what cannot be read is named elsewhere
            _remark(match_song(found(path), locked, cut, locator, heard), remarks)
    if noted or any(_identity(path, found) == locked["sha256"] for path, _seconds, _heard in songs):
        return
    path, *_ = max(songs, key=lambda lies: lies[1])
    try:
        match = match_song(found(path), locked, cut, locator)
    except IdolsyncError:
        return  # what cannot be read is named where the sound is found
    _remark(match, remarks)


def _remark(match: SongMatch, remarks: Remarks) -> None:
    if match.alike is False:
        raise RenderError(
            f"{match.text}; put the locked song back on A1, or plan or re-sync the cut to this one"
        )
    if match.text:
        (remarks.left_out if match.lacks else remarks.notes).append(match.text)


def _identity(path: Path, found: Callable[[Path], Song]) -> str:
    try:
        return found(path).sha256
    except IdolsyncError:
        return ""


def _songs(
    timeline: otio.schema.Timeline, number: int, locator: Locator
) -> Iterator[tuple[Path, float, tuple[Heard, ...]]]:
    """Yield the files on a sound track that are there, with the seconds that each plays.

    Each comes with where the song is heard in it, () where that is all of it.
    """
    for track in timeline.audio_tracks()[number : number + 1]:
        for clip in track.find_clips():
            url = getattr(clip.media_reference, "target_url", None)
            if not (url and clip.enabled and track.enabled):
                continue
            try:
                path = locator.find(url)
            except IdolsyncError:
                continue
            if is_there(path):
                seconds = float(exact_seconds(clip.trimmed_range().duration))
                yield path, seconds, heard_noted(clip)


def _original(locked: dict[str, Any], cut: Path | None, locator: Locator) -> Song | None:
    """Find the file that was locked: the cut, its sheet and cached analyses know where it lay."""
    sha256 = str(locked["sha256"])
    sheets = [cut.with_suffix(".idolsync")] if cut else []
    notes = (*sheets, *(cache_folder() / "analysis").glob("*.json"))
    own = [(str(locked["url"]), locked.get("audio_stream"))] if locked.get("url") else []
    for place, stream in (*own, *(one for note in notes for one in _song_places(note, sha256))):
        try:
            song = open_song(locator.find(place), stream)
        except IdolsyncError:
            continue
        if song.sha256 == sha256:
            return song
    return None


def _song_places(note: Path, sha256: str) -> Iterator[tuple[str, int | None]]:
    """Yield where a sync sheet or an analysis says that the song with this identity lies."""
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
        song = data.get("song") or {}
        if song.get("sha256") == sha256:
            stream = song.get("audio_stream")
            places = (str(song[key]) for key in ("path", "url", "media") if song.get(key))
            yield from ((place, None if stream is None else int(stream)) for place in places)
    except (OSError, ValueError, TypeError, AttributeError):
        return
