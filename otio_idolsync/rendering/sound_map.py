"""Find all that sounds: the song on A1, other sound beside it, its levels and fades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.place import speed_of
from otio_idolsync.cut.song_file import SongFile
from otio_idolsync.errors import MediaError, RenderError
from otio_idolsync.interchange.appearance.levels import Level, level_of
from otio_idolsync.interchange.xmeml.pairs import is_further_half
from otio_idolsync.media.files import existing_file
from otio_idolsync.media.song import choice_of_sound
from otio_idolsync.rendering.model import Remarks, SoundPiece
from otio_idolsync.rendering.soundtrack import StoredSound, stored_sound
from otio_idolsync.timebase import Clock, exact_seconds

_DEEPEST = 60
_EVEN_POWER = ("3db", "constant power", "equal power")


@dataclass(frozen=True, slots=True)
class _Cross:
    """A transition, in exact seconds of the track: where it begins and ends."""

    begin: Fraction
    end: Fraction
    even_power: bool

    @property
    def seconds(self) -> Fraction:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class _Heard:
    """An item and where it sounds, with the transitions on both sides."""

    item: Any
    begin: Fraction
    end: Fraction
    before: _Cross | None = None
    behind: _Cross | None = None

    def is_within(self, stretch: tuple[Fraction, Fraction] | None) -> bool:
        """Return whether any of it sounds between two seconds; always where there are none."""
        begin = self.before.begin if self.before else self.begin
        end = self.behind.end if self.behind else self.end
        return stretch is None or (begin < stretch[1] and end > stretch[0])


def sound_pieces(
    tracks: Sequence[otio.schema.Track],
    clock: Clock,
    locator: Locator,
    remarks: Remarks,
    song: SongFile | None = None,
    within: tuple[Fraction, Fraction] | None = None,
) -> tuple[SoundPiece, ...]:
    """Return what sounds, A1 first; files that cannot be used and what is left out are remarked.

    Args:
        tracks: The audio tracks.
        clock: The timeline's frames.
        locator: Finds their media.
        remarks: Takes what there is to say.
        song: The locked song, which counts from its first decoded sample; any other sound lies
            where its file has it beside its picture.
        within: The seconds that are listened to; of what lies outside nothing is said.
    """
    problems = len(remarks.problems)
    reader = _Reader(clock, locator, remarks, song, within)
    pieces = [
        piece
        for index, track in enumerate(tracks)
        if not is_further_half(tracks, index)
        for piece in reader.track(track, _name(index))
    ]
    if not pieces and len(remarks.problems) == problems:
        remarks.notes.append("the timeline has no sound; the movie is silent")
    return tuple(pieces)


def _name(track: int) -> str:
    return f"A{track + 1}"


def unheard_nests(
    timeline: otio.schema.Timeline, within: tuple[Fraction, Fraction] | None = None
) -> list[str]:
    """Return a sentence for each nested sequence whose own sound lies on no audio track."""
    heard = {
        item.name
        for track in timeline.audio_tracks()
        for item in track
        if isinstance(item, otio.core.Composition)
    }
    seen = (
        one.item
        for track in timeline.video_tracks()
        if track.enabled
        for one in _heard(track)
        if one.is_within(within)
    )
    return [
        f"the sound in nested sequence {item.name!r} is not heard: it lies on no audio track"
        for item in seen
        if isinstance(item, otio.schema.Stack)
        and item.enabled
        and item.name not in heard
        and any(any(True for _ in track.find_clips()) for track in _sounds(item))
    ]


def _sounds(nest: otio.core.Composition) -> list[otio.schema.Track]:
    if isinstance(nest, otio.schema.Track):
        return [nest]
    audio = otio.schema.TrackKind.Audio
    tracks = [child for child in nest if getattr(child, "kind", None) == audio]
    return [track for index, track in enumerate(tracks) if not is_further_half(tracks, index)]


@dataclass(slots=True)
class _Reader:
    """Finds the sounds of tracks, and remarks what is wrong with them."""

    clock: Clock
    locator: Locator
    remarks: Remarks
    song: SongFile | None
    within: tuple[Fraction, Fraction] | None = None
    depth: int = 0

    def track(self, track: otio.schema.Track, name: str) -> Iterator[SoundPiece]:
        """Yield what sounds on a track, in its own seconds."""
        if not track.enabled:
            return
        left_out = self.remarks.left_out
        left_out += [f"audio effect {e.name!r} on {name} is not rendered" for e in track.effects]
        for heard in _heard(track):
            spoken_of = self.depth > 0 or heard.is_within(self.within)
            reader = self if spoken_of else replace(self, remarks=Remarks())
            yield from reader.item(heard, name)

    def item(self, heard: _Heard, name: str) -> Iterator[SoundPiece]:
        """Yield what sounds of an item."""
        if not heard.item.enabled or isinstance(heard.item, otio.schema.Gap):
            return
        left_out = self.remarks.left_out
        level, said = level_of(heard.item)
        what = f"{heard.item.name!r} on {name}"
        left_out += [f"{what}: {sentence}" for sentence in said]
        speed = Fraction(speed_of(heard.item))
        if speed <= 0:
            left_out.append(f"{what} is frozen or plays backwards: it is not heard")
        elif isinstance(heard.item, otio.core.Composition):
            yield from self._nest(heard, what, level, speed)
        else:
            yield from self._clip(heard, name, what, level, speed)

    def _clip(
        self, heard: _Heard, name: str, what: str, level: Level, speed: Fraction
    ) -> Iterator[SoundPiece]:
        try:
            piece = self._piece(heard, name, level, speed)
        except (MediaError, RenderError) as error:
            self.remarks.problems.append((what, str(error)))
            return
        if speed != 1:
            said = f"{what} plays at {float(speed):g} times its speed; its pitch follows"
            self.remarks.notes.append(said)
        if piece.gain:
            yield piece

    def _piece(self, heard: _Heard, track: str, level: Level, speed: Fraction) -> SoundPiece:
        clip = heard.item
        url = getattr(clip.media_reference, "target_url", None)
        if not url:
            raise RenderError(f"sound {clip.name!r} on {track} has no media; link the song again")
        path = existing_file(self.locator.find(url), "sound")
        stored, delay = self._stored(clip, path, track)
        available = clip.media_reference.available_range
        origin = exact_seconds(available.start_time) if available else Fraction(0)
        begin = heard.before.begin if heard.before else heard.begin
        end = heard.behind.end if heard.behind else heard.end
        start = exact_seconds(clip.trimmed_range().start_time) - origin
        start += (begin - heard.begin) * speed - delay
        length, at = end - begin, begin
        if start < 0:  # silence before the file's first sample
            at, length, start = at - start / speed, length + start / speed, Fraction(0)
        ends = [stored.seconds, exact_seconds(available.duration) if available else None]
        # A song in whole frames is up to a frame shorter or longer than the song: it is never cut.
        known = [seconds for seconds in ends if seconds is not None]
        to_the_end = speed == 1 and (
            not known or start + length >= min(known) - 1 / self.clock.rate
        )
        fade_in = max(level.fade_in, heard.before.seconds if heard.before else Fraction(0))
        fade_out = max(level.fade_out, heard.behind.seconds if heard.behind else Fraction(0))
        whole = to_the_end and track == _name(self.song.track if self.song else 0) and not fade_out
        even_power = any(cross.even_power for cross in (heard.before, heard.behind) if cross)
        return SoundPiece(
            path,
            start,
            None if whole else max(length, Fraction(0)),
            at,
            level.gain,
            min(fade_in, length),
            min(fade_out, length),
            even_power,
            speed,
            stored.stream,
        )

    def _stored(self, clip: Any, path: Path, track: str) -> tuple[StoredSound, Fraction]:
        """Return where a clip's sound lies in its file, and how late it is heard there."""
        here = self.song.track if self.song and track == _name(self.song.track) else None
        song = self.song if self.song and self.song.is_heard_in(clip, here) else None
        noted = song.stream_of(path) if song else None
        stored = stored_sound(path, noted)
        if noted is None and (choice := choice_of_sound(path, stored.stream, stored.streams)):
            self.remarks.notes.append(choice)
        return stored, Fraction(0) if song else stored.delay

    def _nest(
        self, heard: _Heard, what: str, level: Level, speed: Fraction
    ) -> Iterator[SoundPiece]:
        """Yield the sounds of a nested sequence where it is heard."""
        faded = level.fade_in or level.fade_out or heard.before or heard.behind
        if speed != 1 or self.depth >= _DEEPEST:
            self.remarks.left_out.append(f"nested sequence {what} is retimed: it is not heard")
            return
        if faded:
            self.remarks.left_out.append(f"nested sequence {what} is heard without its fades")
        source = heard.item.source_range
        origin = exact_seconds(source.start_time) if source else Fraction(0)
        self.depth += 1
        for track in _sounds(heard.item):
            for piece in self.track(track, f"{track.name or 'a track'} in {what}"):
                cut = _within(piece, origin, origin + heard.end - heard.begin)
                if cut is None:
                    continue
                if (cut.length, cut.start) != (piece.length, piece.start) and (
                    piece.fade_in or piece.fade_out
                ):
                    self.remarks.left_out.append(f"{what} is cut in a fade: it begins or ends anew")
                at = cut.record - origin + heard.begin
                yield replace(cut, record=at, gain=cut.gain * level.gain)
        self.depth -= 1


def _within(piece: SoundPiece, begin: Fraction, end: Fraction) -> SoundPiece | None:
    """Return the part of a piece that sounds between two seconds, None where nothing does."""
    late = max(Fraction(0), begin - piece.record)
    stop = end if piece.length is None else min(end, piece.record + piece.length)
    length = stop - piece.record - late
    if length <= 0:
        return None
    start = piece.start + late * piece.speed
    fades = min(piece.fade_in, length), min(piece.fade_out, length)
    return replace(
        piece, start=start, length=length, record=piece.record + late,
        fade_in=fades[0], fade_out=fades[1],
    )  # fmt: skip


def _heard(track: otio.schema.Track) -> Iterator[_Heard]:
    """Yield a track's items, each with the transitions beside it."""
    at = Fraction(0)
    items: list[_Heard] = []
    crossing: _Cross | None = None
    for item in track:
        if not isinstance(item, otio.schema.Transition):
            end = at + exact_seconds(item.duration())
            items.append(_Heard(item, at, end, before=crossing))
            at, crossing = end, None
            continue
        name = f"{item.name} {item.transition_type}".lower()
        begin = max(at - exact_seconds(item.in_offset), items[-1].begin if items else at)
        crossing = _Cross(
            begin,
            at + exact_seconds(item.out_offset),
            any(word in name for word in _EVEN_POWER),
        )
        if items:
            items[-1] = replace(items[-1], behind=crossing)
    yield from items
