"""Why a human's cut is where it is, told by the grid that it was cut to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.cut.model import Mark
from otio_idolsync.cut.song_pieces import SongPiece, song_frame_at
from otio_idolsync.resync.grid import Beat, bearing, beats_of, nearest
from otio_idolsync.timebase import Clock


@dataclass(frozen=True, slots=True)
class Bearings:
    """What a cut can be measured by.

    Attributes:
        clock: The timeline's frames.
        beats: On the timeline, in time order.
        sections: Names of those that start, by the frame.
        pieces: Where the song lies, () where that is all over the timeline.
    """

    clock: Clock
    beats: Sequence[Beat]
    sections: Mapping[int, str] = field(default_factory=dict)
    pieces: Sequence[SongPiece] = ()

    @classmethod
    def of(
        cls, block: Metadata, marks: Sequence[Mark], clock: Clock, pieces: Sequence[SongPiece]
    ) -> Bearings:
        """Return those of a timeline's metadata and markers."""
        sections = {m.frame: m.name for m in marks if m.metadata.get("kind") == "section"}
        return cls(clock, beats_of(block, clock), sections, pieces)

    def text(self, frame: int, is_first: bool = False) -> str:
        """Return where a shot begins, in an editor's words: ``2 frames before bar 17``."""
        if is_first:
            return "starts the film"
        if self.pieces and song_frame_at(self.pieces, frame) is None:
            return self._in_silence(frame)
        place = bearing(frame, self.beats)
        beat = nearest(frame, self.beats)
        section = self.sections.get(beat.frame) if beat else None
        return f"{place}, where {section} starts" if section else place or "no beat is near"

    def anchor(self, frame: int, is_first: bool = False) -> str:
        """Return what a shot begins on, ``editor`` where that is nothing in the grid."""
        if is_first:
            return "start"
        beat = nearest(frame, self.beats)
        silent = self.pieces and song_frame_at(self.pieces, frame) is None
        if beat is None or silent or beat.frame != frame:
            return "editor"
        if frame in self.sections:
            return "section"
        return "downbeat" if beat.downbeat else "beat"

    def beats_in(self, first: int, end: int) -> int:
        """Return how many beats a shot lasts, both its cuts moved to their nearest beats."""
        ends = [nearest(frame, self.beats) for frame in (first, end)]
        low, high = (bisect_left(self.beats, b.frame, key=_frame) if b else 0 for b in ends)
        return max(0, high - low)

    def song_seconds(self, frame: int) -> float | None:
        """Return the song second that is heard at a frame, None in silence."""
        at = song_frame_at(self.pieces, frame) if self.pieces else frame
        return None if at is None else float(self.clock.seconds_at(at))

    def _in_silence(self, frame: int) -> str:
        if frame < self.pieces[0].record:
            return f"{self.pieces[0].record - frame} frames before the song starts"
        if frame >= self.pieces[-1].end:
            return f"{frame - self.pieces[-1].end} frames after the song ends"
        return "where no music plays"


def _frame(beat: Beat) -> int:
    return beat.frame


def song_range(
    pieces: Sequence[SongPiece], first: int, end: int, clock: Clock, sample_rate: int
) -> dict[str, int]:
    """Return the song samples under a stretch of the timeline: from the first that is heard on.

    Args:
        pieces: Where the song lies, in time order; () where the timeline is the song.
        first: The first frame.
        end: The frame after the last.
        clock: The timeline's frames.
        sample_rate: The song's, in Hz.
    """
    over = [piece for piece in pieces if piece.record < end and piece.end > first]
    begin, length = (first, end - first) if not pieces else (0, 0)
    if over:
        from_frame = max(first, over[0].record)
        begin = over[0].song_frame(from_frame)
        length = min(end, over[-1].end) - from_frame
    start = clock.sample_at(max(0, begin), sample_rate)
    stop = clock.sample_at(max(0, begin + length), sample_rate)
    return {"start_sample": start, "samples": stop - start}
