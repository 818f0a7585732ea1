"""Where stretches of the song lie on the timeline, when the song itself was cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.blocks import Metadata, own_block, plain
from otio_idolsync.cut.place import Leaf, frames_of, speed_of
from otio_idolsync.errors import TimelineError, reason
from otio_idolsync.timebase import Clock, frame_showing, whole_frames

END_SLACK = 2
"""Frames that may lack at the end of the song on A1: exports round it to whole frames."""


@dataclass(frozen=True, slots=True)
class SongPiece:
    """A stretch of the timeline under which a stretch of the song lies.

    Attributes:
        record: Timeline frame at which it starts.
        frames: Its length in timeline frames.
        song: Song frame that plays there first.
        speed: 1 when it plays at its own speed.
    """

    record: int
    frames: int
    song: int
    speed: int | Fraction = 1

    @property
    def end(self) -> int:
        """The timeline frame after its last."""
        return self.record + self.frames

    def song_frame(self, frame: int) -> int:
        """Return the song frame that plays at a timeline frame within it."""
        return self.song + frame_showing((frame - self.record) * self.speed)

    def to_json(self) -> dict[str, Any]:
        """Return the piece as it stands in a report and in metadata."""
        piece = {"record": self.record, "frames": self.frames, "song": self.song}
        return piece if self.speed == 1 else {**piece, "speed": float(self.speed)}


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of a sound file in which the song is heard.

    Attributes:
        start: File second at which it starts.
        end: File second at which it ends.
        song: Song second that is heard at ``start``.
        drift_ppm: How much faster the file plays, in millionths.
        likeness: Correlation of both, at most 1.
    """

    start: float
    end: float
    song: float
    drift_ppm: float = 0.0
    likeness: float = 1.0

    @property
    def offset(self) -> float:
        """The song second that is heard at second 0 of the file, or would be."""
        return self.song - self.start * (1 + self.drift_ppm / 1e6)

    def plays(self, other: Heard, within: float) -> bool:
        """Return whether all of another stretch is heard here, so many seconds off at most."""
        at = self.song + (other.start - self.start) * (1 + self.drift_ppm / 1e6)
        reaches = self.start - within <= other.start and other.end <= self.end + within
        return reaches and abs(at - other.song) <= within

    def to_json(self) -> dict[str, float]:
        """Return it as it stands in the metadata of the song's clip."""
        return {
            "start": round(self.start, 4),
            "end": round(self.end, 4),
            "song": round(self.song, 4),
            "drift_ppm": self.drift_ppm,
        }


def heard_noted(clip: Any) -> tuple[Heard, ...]:
    """Return where a clip's metadata says that the song is heard in its file, () for all of it.

    Raises:
        TimelineError: It is not what an adoption writes.
    """
    block = own_block(clip.metadata)
    rows = plain(block.get("heard")) if hasattr(block, "get") else None
    try:
        return tuple(Heard(**{key: float(row[key]) for key in row}) for row in rows or ())
    except (TypeError, ValueError) as error:
        raise TimelineError(
            f"where the song is heard in {clip.name!r} is broken in the metadata: {reason(error)}"
        ) from error


def pieces_of(leaf: Leaf, heard: Sequence[Heard], rate: Fraction) -> list[SongPiece]:
    """Return the pieces of the song that a sound clip plays.

    Args:
        leaf: The clip at its place.
        heard: Where in its file the song is heard, () where the file is the song.
        rate: Timeline frames per second.
    """
    available = getattr(leaf.clip.media_reference, "available_range", None)
    begin = leaf.start - (frames_of(available.start_time, rate) if available else 0)
    first, end = whole_frames(leaf.at), whole_frames(leaf.at + leaf.length)
    speed = speed_of(leaf.clip)
    if not heard:
        return [SongPiece(first, end - first, whole_frames(begin), speed)]
    found = []
    for one in heard if speed > 0 else ():
        start, faster = Fraction(one.start) * rate, 1 + Fraction(one.drift_ppm) / 10**6
        low, high = max(begin, start), min(begin + leaf.length * speed, Fraction(one.end) * rate)
        first, end = (whole_frames(leaf.at + Fraction(at - begin) / speed) for at in (low, high))
        if first < end:
            drifts = abs(faster - 1) * (high - low) > Fraction(1, 2)
            song = whole_frames(Fraction(one.song) * rate + (low - start) * faster)
            pace = (speed * faster).limit_denominator(100_000) if drifts else speed
            found.append(SongPiece(first, end - first, song, pace))
    return found


def pieces_in(block: Metadata) -> tuple[SongPiece, ...]:
    """Return the pieces that a timeline's metadata says the song lies in, () where it is whole.

    Raises:
        TimelineError: They are not what a re-sync writes.
    """
    try:
        return tuple(
            SongPiece(
                int(piece["record"]),
                int(piece["frames"]),
                int(piece["song"]),
                Fraction(piece.get("speed", 1)).limit_denominator(100_000),
            )
            for piece in (block.get("song") or {}).get("pieces") or ()
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TimelineError(
            f"the song's pieces in the metadata are broken: {reason(error)}"
        ) from error


def to_the_end(
    pieces: Sequence[SongPiece], clock: Clock, seconds: Fraction
) -> tuple[SongPiece, ...]:
    """Return pieces with those that play the song to its end lasting to its very last sample.

    A1 holds the song in whole frames, V1 covers all of it: without this the music under V1's last
    frame, which is seldom a whole one, would pass for silence.

    Args:
        pieces: In time order.
        clock: The timeline's frames.
        seconds: How long the song lasts.
    """
    nearly, end = clock.frames_within(seconds) - END_SLACK, clock.frames_covering(seconds)
    ended = []
    for piece, following in itertools.zip_longest(pieces, pieces[1:]):
        last = piece.song + piece.frames
        lacks = end - last if piece.speed == 1 and nearly <= last < end else 0
        room = max(0, following.record - piece.end) if following else lacks
        ended.append(replace(piece, frames=piece.frames + min(lacks, room)))
    return tuple(ended)


def song_frame_at(pieces: Sequence[SongPiece], frame: int) -> int | None:
    """Return the song frame that plays at a timeline frame, None where the song is silent."""
    for piece in pieces:
        if piece.record <= frame < piece.end:
            return piece.song_frame(frame)
    return None
