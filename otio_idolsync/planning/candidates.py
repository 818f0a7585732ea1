"""Where a cut may fall: the beats of the song and the user's pins, each with its frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Analysis, BeatGrid
from otio_idolsync.errors import PlanError, UsageError
from otio_idolsync.timebase import Clock

# A section start that lies this far (in beats) from a beat is still meant to be that beat.
_SECTION_REACH = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places for cuts in time order; the first is the song's start, the last its end.

    Attributes:
        seconds: float64 [shape=(n,)], unrounded seconds of the beat or pin.
        frames: int64 [shape=(n,)], timeline frames, strictly rising, from 0 to the song's length.
        beats: int64 [shape=(n,)], the nearest beat counted from the grid's first (beyond the
            grid: extrapolated), so that differences count beats.
        numbers: int64 [shape=(n,)], place in the bar; 0 off the grid.
        section_starts: bool [shape=(n,)], whether a section starts here.
        pins: bool [shape=(n,)], whether the user pinned a cut here.
        beat_seconds: float64 [shape=(n,)], how long a beat lasts around here.
        bar_beats: Beats in the song's commonest bar.
    """

    seconds: NDArray[np.float64]
    frames: NDArray[np.int64]
    beats: NDArray[np.int64]
    numbers: NDArray[np.int64]
    section_starts: NDArray[np.bool_]
    pins: NDArray[np.bool_]
    beat_seconds: NDArray[np.float64]
    bar_beats: int

    def __len__(self) -> int:
        return len(self.frames)


def find_candidates(
    analysis: Analysis, clock: Clock, pins: Sequence[Fraction], lead_frames: int
) -> Candidates:
    """Return every place where a cut may fall.

    Each frame is found from the absolute time of its beat, so nothing drifts. A pin takes its
    nearest frame exactly, without the lead; where a beat shares that frame, the pin stands.

    Raises:
        PlanError: The song has no samples.
        UsageError: A pin lies outside the song.
    """
    song = Fraction(analysis.song.samples, analysis.song.sample_rate)
    total = clock.frames_covering(song)
    if total < 1:
        raise PlanError("the song has no sound in it: 0 samples cannot be cut")
    grid = analysis.grid
    strong = section_beats(analysis)
    frames = [clock.frame_at(float(t)) - lead_frames for t in grid.beats]
    rows: dict[int, tuple[float, int, int, bool, bool]] = {}
    for index, frame in enumerate(frames):
        row = (float(grid.beats[index]), index, int(grid.numbers[index]), index in strong, False)
        if 0 < frame < total and (frame not in rows or _strength(row) > _strength(rows[frame])):
            rows[frame] = row
    for pin in pins:
        frame = _pin_frame(pin, clock, song, total)
        if 0 < frame < total:
            _, _, number, starts, _ = rows.get(frame, (0.0, 0, 0, False, False))
            rows[frame] = (float(pin), beat_position(grid, float(pin)), number, starts, True)
    rows[0] = (0.0, beat_position(grid, 0.0), 0, False, False)
    rows[total] = (float(song), beat_position(grid, float(song)), 0, False, False)
    return _as_arrays(rows, grid)


def _as_arrays(rows: dict[int, tuple[float, int, int, bool, bool]], grid: BeatGrid) -> Candidates:
    order = sorted(rows)
    seconds, beats, numbers, starts, pinned = zip(*(rows[frame] for frame in order), strict=True)
    return Candidates(
        np.array(seconds, np.float64),
        np.array(order, np.int64),
        np.array(beats, np.int64),
        np.array(numbers, np.int64),
        np.array(starts, np.bool_),
        np.array(pinned, np.bool_),
        np.interp(seconds, grid.beats, np.gradient(grid.beats)),
        bar_length(grid),
    )


def _strength(row: tuple[float, int, int, bool, bool]) -> tuple[bool, bool]:
    return row[3], row[2] == 1


def _pin_frame(pin: Fraction, clock: Clock, song: Fraction, total: int) -> int:
    frame = clock.frame_at(pin)
    if pin < 0 or pin > song or frame > total:
        raise UsageError(
            f"pin {float(pin):.3f} s lies outside the song, which lasts {float(song):.3f} s"
        )
    return frame


def beat_position(grid: BeatGrid, seconds: float) -> int:
    """Return the nearest beat's index; before the first and after the last beat, extrapolated."""
    if seconds < grid.beats[0]:
        step = float(grid.beats[1] - grid.beats[0])
        return -math.floor((float(grid.beats[0]) - seconds) / step + 0.5)
    if seconds > grid.beats[-1]:
        step = float(grid.beats[-1] - grid.beats[-2])
        return len(grid.beats) - 1 + math.floor((seconds - float(grid.beats[-1])) / step + 0.5)
    return grid.nearest(seconds)


def section_beats(analysis: Analysis) -> set[int]:
    """Return the indices of the beats that start a section (the song's start is none)."""
    grid, found = analysis.grid, set()
    for section in analysis.sections:
        index = grid.nearest(section.start)
        neighbour = index + 1 if index + 1 < len(grid.beats) else index - 1
        beat = abs(float(grid.beats[neighbour] - grid.beats[index]))
        if abs(float(grid.beats[index]) - section.start) <= _SECTION_REACH * beat:
            found.add(index)
    return found


def bar_length(grid: BeatGrid) -> int:
    """Return how many beats the commonest bar has, 4 where the grid knows no bars."""
    starts = np.flatnonzero(grid.numbers == 1)
    if len(starts) < 2:
        return 4
    return int(np.bincount(np.diff(starts)).argmax())
