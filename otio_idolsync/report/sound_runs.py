"""Where the song runs on under a movie, and where it jumps or drifts, from the lags at its places.

What lies on a line is one run, drifting or not. Where the lag changes at once, the sample is found
from which on the later lag fits better.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.report.sound_lags import RATE, Guide, Heard, Place, Sound, stretch, trusted
from otio_idolsync.timebase import Clock

LATE_MS = 2.0
_STRAY_MS = 1.0
_BLOCK = RATE // 100


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the movie under which the song runs on.

    Attributes:
        begin: First sample of the movie.
        end: The one after its last.
        song: The song's sample at ``begin``.
        song_end: The one at ``end``; where it drifts the two are not as far apart.
        late_ms: How late it is, in milliseconds, at its first place.
        late_end_ms: How late it is at its last place.
    """

    begin: int
    end: int
    song: int
    song_end: int
    late_ms: float
    late_end_ms: float

    @property
    def drifts(self) -> bool:
        """Whether it is later at its end than at its beginning, or earlier."""
        return abs(self.late_end_ms - self.late_ms) > LATE_MS


@dataclass(frozen=True, slots=True)
class _Line:
    """Places of a piece that lie on one line: how late the song is, by movie sample."""

    first: int
    last: int
    slope: float
    offset: float

    def late(self, at: float) -> float:
        """Return how many samples late the song is at a sample of the movie."""
        return self.slope * at + self.offset


def find_runs(
    sound: Sound,
    own: Sound,
    guide: Guide,
    pieces: Sequence[SongPiece],
    clock: Clock,
    listened: Mapping[Place, Heard],
) -> list[Run]:
    """Return where the song runs on under a movie, in time order.

    Args:
        sound: The movie's samples.
        own: The song's.
        guide: The sums in which they are compared.
        pieces: Where the song should lie.
        clock: The timeline's frames.
        listened: What was heard at each place.
    """
    ours, theirs = guide.of_movie(sound), guide.of_song(own)
    runs, heard = list[Run](), list(listened.values())
    for number, piece in enumerate(pieces):
        known = [
            (place.movie + place.length // 2, h.late_ms * RATE / 1000)
            for place, h in listened.items()
            if place.piece == number and trusted(h, heard)
        ]
        if not known:
            continue
        shift = _samples(clock, piece.record) - _samples(clock, piece.song)
        begin, end = _samples(clock, piece.record), _end_of(pieces, number, clock, len(sound))
        lines = _lines(known)
        borders = [_border(ours, theirs, shift, one, two) for one, two in itertools.pairwise(lines)]
        edges = [begin, *borders, end]
        for line, (first, last) in zip(lines, itertools.pairwise(edges), strict=True):
            runs.append(_run(line, first, last, shift))
    return runs


def jumps(runs: Sequence[Run]) -> Iterator[tuple[float, float, float]]:
    """Yield the second of each jump, and by how many milliseconds the song is late around it."""
    for one, two in itertools.pairwise(runs):
        if one.end == two.begin and abs(two.late_ms - one.late_end_ms) > LATE_MS:
            yield one.end / RATE, one.late_end_ms, two.late_ms


def _run(line: _Line, first: int, last: int, shift: int) -> Run:
    at = [round(edge - shift - line.late(edge)) for edge in (first, last)]
    late = [1000 * line.late(place) / RATE for place in (line.first, line.last)]
    return Run(first, last, at[0], at[1], late[0], late[1])


def _lines(known: Sequence[tuple[int, float]]) -> list[_Line]:
    """Return lines that go through all places, one where they do not jump."""
    whole = _line(known)
    if _strays(whole, known) <= _STRAY_MS * RATE / 1000:
        return [whole]
    groups = [[known[0]]]
    for before, place in itertools.pairwise(known):
        if abs(place[1] - before[1]) > LATE_MS * RATE / 1000:
            groups.append([])
        groups[-1].append(place)
    return [_line(group) for group in groups]


def _line(known: Sequence[tuple[int, float]]) -> _Line:
    at, late = (np.asarray(column, np.float64) for column in zip(*known, strict=True))
    first, last = int(at[0]), int(at[-1])
    if len(known) < 2 or np.ptp(late) <= LATE_MS * RATE / 1000:
        return _Line(first, last, 0.0, float(np.median(late)))
    slope, offset = np.polyfit(at, late, 1)
    return _Line(first, last, float(slope), float(offset))


def _strays(line: _Line, known: Sequence[tuple[int, float]]) -> float:
    return max(abs(late - line.late(at)) for at, late in known)


def _border(ours: Sound, theirs: Sound, shift: int, one: _Line, two: _Line) -> int:
    """Return the movie's sample from which on the song is as late as a later line says."""
    begin, end = one.last, two.first
    count = max(1, (end - begin) // _BLOCK)
    there = stretch(ours, begin, count * _BLOCK)

    def misfit(line: _Line) -> NDArray[np.float64]:
        at = begin - shift - round(line.late((begin + end) / 2))
        error = there - stretch(theirs, at, count * _BLOCK)
        return np.asarray(np.square(error, dtype=np.float64).reshape(count, -1).sum(axis=1))

    gained = np.cumsum(misfit(one) - misfit(two))
    return begin + _BLOCK * (int(np.argmin(np.r_[0.0, gained])))


def _samples(clock: Clock, frame: int) -> int:
    return clock.sample_at(frame, RATE)


def _end_of(pieces: Sequence[SongPiece], number: int, clock: Clock, last: int) -> int:
    """Return the movie's sample at which a piece ends; the last one lasts as long as it likes."""
    piece = pieces[number]
    later = [_samples(clock, other.record) for other in pieces if other.record > piece.record]
    return min(later) if later else last
