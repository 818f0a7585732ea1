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
    places = _beat_places(analysis, clock, total, lead_frames)
    for pin in pins:
        frame = _pin_frame(pin, clock, song)
        if 0 < frame < total:
            under = places.get(frame)
            places[frame] = _Place(
                float(pin),
                beat_position(analysis.grid, float(pin)),
                under.number if under else 0,
                under.starts_section if under else False,
                pinned=True,
            )
    for frame, seconds in ((0, 0.0), (total, float(song))):
        places[frame] = _Place(seconds, beat_position(analysis.grid, seconds))
    return _as_arrays(places, analysis.grid)


@dataclass(frozen=True, slots=True)
class _Place:
    """One row of ``Candidates``."""

    seconds: float
    beat: int
    number: int = 0
    starts_section: bool = False
    pinned: bool = False

    @property
    def strength(self) -> int:
        """Which of two beats on the same frame is meant."""
        return 2 * self.starts_section + (self.number == 1)


def _beat_places(
    analysis: Analysis, clock: Clock, total: int, lead_frames: int
) -> dict[int, _Place]:
    """Return the beats by their frames, those on or before the first frame left out."""
    grid, strong = analysis.grid, section_beats(analysis)
    places: dict[int, _Place] = {}
    for index, seconds in enumerate(grid.beats.tolist()):
        place = _Place(seconds, index, int(grid.numbers[index]), index in strong)
        frame = clock.frame_at(seconds) - lead_frames
        taken = places.get(frame)
        if 0 < frame < total and (taken is None or place.strength > taken.strength):
            places[frame] = place
    return places


def _as_arrays(places: dict[int, _Place], grid: BeatGrid) -> Candidates:
    order = sorted(places)
    rows = [places[frame] for frame in order]
    seconds = np.array([row.seconds for row in rows], np.float64)
    return Candidates(
        seconds,
        np.array(order, np.int64),
        np.array([row.beat for row in rows], np.int64),
        np.array([row.number for row in rows], np.int64),
        np.array([row.starts_section for row in rows], np.bool_),
        np.array([row.pinned for row in rows], np.bool_),
        np.interp(seconds, grid.beats, np.gradient(grid.beats)),
        bar_length(grid),
    )


def _pin_frame(pin: Fraction, clock: Clock, song: Fraction) -> int:
    if not 0 <= pin <= song:
        raise UsageError(
            f"pin {float(pin):.3f} s lies outside the song, which lasts {float(song):.3f} s"
        )
    return clock.frame_at(pin)


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
