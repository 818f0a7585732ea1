"""Mend a beat grid by hand: another reading, octave, half beat, offset, metre, bar phase.

Trackers err by these far more than by anything else, so a few small switches repair most grids.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.grid import beats_per_bar
from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.errors import UsageError

_SHIFT = re.compile(r"(?P<beats>[+-]?\d+)b|(?P<ms>[+-]?\d+(\.\d+)?)ms|(?P<half>[+-]?)half-beat")
_METER = re.compile(r"(?P<above>\d+)(/(?P<below>2|4|8|16))?")
_MOST_BEATS = 16
_SCALES = {"2": 2.0, "1/2": 0.5, "0.5": 0.5, "2.0": 2.0}


Placer = Callable[[NDArray[np.float64], int], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Shift:
    """A move of the whole grid; later is positive. One field is not 0."""

    beats: int = 0
    half_beats: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Repair:
    """What to mend, in this order: reading, tempo, shift, metre, bar phase.

    Attributes:
        alternative: Which of the tracker's other readings to take; 0 for the likeliest.
        tempo_scale: 2 puts a beat half-way between beats, 0.5 drops every other one.
        shift: The move of the whole grid.
        meter: Beats in each bar; 0 for what was found.
        bar_phase: How many beats later than found each bar starts.
    """

    alternative: int = 0
    tempo_scale: float = 1.0
    shift: Shift = Shift()
    meter: int = 0
    bar_phase: int = 0

    @classmethod
    def of(
        cls,
        tempo_scale: str | float | None = None,
        shift: str | None = None,
        bar_phase: int | None = None,
        meter: str | int | None = None,
        alternative: int | None = None,
    ) -> Repair:
        """Return the repair that the switches ask for.

        Raises:
            UsageError: A switch has a value that means nothing.
        """
        scale = 1.0 if tempo_scale is None else parse_tempo_scale(tempo_scale)
        move = Shift() if shift is None else parse_shift(shift)
        if bar_phase is not None and bar_phase < 0:
            raise UsageError(f"bar phase {bar_phase} is negative; give 0 to beats per bar less 1")
        if alternative is not None and alternative < 0:
            raise UsageError(f"alternative {alternative} is negative; they are counted from 1")
        beats = 0 if meter is None else parse_meter(meter)
        return cls(alternative or 0, scale, move, beats, bar_phase or 0)

    @property
    def needed(self) -> bool:
        """Whether it changes anything."""
        return self != Repair()

    def mend(self, grid: BeatGrid, place: Placer | None = None) -> BeatGrid:
        """Return the mended grid; beats may lie outside the song (see ``grid.cover``).

        Args:
            grid: The reading to mend.
            place: Finds places in bars of ``meter``; counts from the first downbeat by default.

        Raises:
            UsageError: The bar phase is no beat of this song's bars.
        """
        meter = beats_per_bar(grid)
        grid = _shifted(_scaled(grid, self.tempo_scale, meter), self.shift, meter)
        if self.meter:
            meter = self.meter
            numbers = place(grid.beats, meter) if place else _counted(grid, meter)
            grid = BeatGrid(grid.beats, numbers, grid.confidence)
        if self.bar_phase >= meter:
            raise UsageError(
                f"bar phase {self.bar_phase} is out of range: the song has {meter} beats a bar, "
                f"so give 0 to {meter - 1}"
            )
        return turned(grid, self.bar_phase, meter)


def parse_tempo_scale(text: str | float) -> float:
    """Return 2.0 or 0.5.

    Raises:
        UsageError: Anything else.
    """
    scale = _SCALES.get(str(text).strip())
    if scale is None:
        raise UsageError(f"tempo scale {text!r} is not understood; write 2 or 1/2")
    return scale


def parse_shift(text: str) -> Shift:
    """Return the move that ``1b`` (beats), ``-12ms`` or ``half-beat`` names.

    Raises:
        UsageError: No unit, or nothing like a shift.
    """
    found = _SHIFT.fullmatch(text.strip())
    if not found:
        raise UsageError(f"shift {text!r} is not understood; write 1b, -12ms or half-beat")
    if found["beats"]:
        return Shift(beats=int(found["beats"]))
    if found["ms"]:
        return Shift(seconds=float(found["ms"]) / 1000)
    return Shift(half_beats=-1 if found["half"] == "-" else 1)


def parse_meter(text: str | int) -> int:
    """Return how many beats are in a bar of ``3/4`` (3), ``7/8`` (7) or ``6/8`` (2).

    In 6/8, 9/8 and 12/8 a beat is a dotted quarter.

    Raises:
        UsageError: It is no metre.
    """
    found = _METER.fullmatch(str(text).strip())
    above = int(found["above"]) if found else 0
    if not found or not 1 <= above <= 3 * _MOST_BEATS:
        raise UsageError(f"meter {text!r} is not understood; write 3/4, 6/8 or beats a bar: 5")
    dotted = found["below"] in ("8", "16") and above > 3 and above % 3 == 0
    beats = above // 3 if dotted else above
    if beats > _MOST_BEATS:
        raise UsageError(f"meter {text!r} has more than {_MOST_BEATS} beats a bar")
    return beats


def _counted(grid: BeatGrid, meter: int) -> NDArray[np.int64]:
    first = int(np.argmax(grid.numbers == 1))
    return (np.arange(len(grid.beats)) - first) % meter + 1


def _scaled(grid: BeatGrid, scale: float, meter: int) -> BeatGrid:
    """Insert half-way beats or drop every other one, keeping the first downbeat one."""
    first = int(np.argmax(grid.numbers == 1))
    if scale == 2.0:
        halves = (grid.beats[:-1] + grid.beats[1:]) / 2
        beats = np.sort(np.concatenate([grid.beats, halves]))
        sure = np.repeat(grid.confidence, 2)[:-1]
        sure[1::2] = np.minimum(grid.confidence[:-1], grid.confidence[1:])
        index = np.arange(len(beats)) - 2 * first
        return BeatGrid(beats, index % meter + 1, sure)
    if scale == 0.5:
        kept = np.arange(first % 2, len(grid.beats), 2)
        if len(kept) < 2:
            raise UsageError("tempo scale 1/2 leaves fewer than two beats of this song")
        index = (kept - first) // 2
        return BeatGrid(grid.beats[kept], index % meter + 1, grid.confidence[kept])
    return grid


def _shifted(grid: BeatGrid, shift: Shift, meter: int) -> BeatGrid:
    grid = turned(grid, shift.beats, meter)
    if shift.half_beats:
        gaps = np.diff(grid.beats)
        gaps = np.append(gaps, gaps[-1]) if shift.half_beats > 0 else np.insert(gaps, 0, gaps[0])
        return BeatGrid(grid.beats + shift.half_beats * gaps / 2, grid.numbers, grid.confidence)
    return BeatGrid(grid.beats + shift.seconds, grid.numbers, grid.confidence)


def turned(grid: BeatGrid, beats: int, meter: int) -> BeatGrid:
    """Make every bar start so many beats later."""
    if not beats:
        return grid
    count = len(grid.beats)
    source = np.arange(count) - beats
    inside = np.clip(source, 0, count - 1)
    numbers = (grid.numbers[inside] - 1 + source - inside) % meter + 1
    return BeatGrid(grid.beats, numbers, grid.confidence)
