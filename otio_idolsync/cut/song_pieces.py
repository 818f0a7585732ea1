"""Where stretches of the song lie on the timeline, when the song itself was cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.errors import TimelineError, reason
from otio_idolsync.timebase import Clock

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
        return self.song + int((frame - self.record) * self.speed)

    def to_json(self) -> dict[str, Any]:
        """Return the piece as it stands in a report and in metadata."""
        piece = {"record": self.record, "frames": self.frames, "song": self.song}
        return piece if self.speed == 1 else {**piece, "speed": float(self.speed)}


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
