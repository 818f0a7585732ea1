"""Mend a beat grid by hand: octave, half beat, constant offset, bar phase.

Trackers err by these far more than by anything else, so four small switches repair most grids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from otio_idolsync.analysis.grid import beats_per_bar
from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.errors import UsageError

_SHIFT = re.compile(r"(?P<beats>[+-]?\d+)b|(?P<ms>[+-]?\d+(\.\d+)?)ms|(?P<half>[+-]?)half-beat")
_SCALES = {"2": 2.0, "1/2": 0.5, "0.5": 0.5, "2.0": 2.0}


@dataclass(frozen=True, slots=True)
class Shift:
    """A move of the whole grid; later is positive. One field is not 0."""

    beats: int = 0
    half_beats: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Repair:
    """What to mend, in this order: tempo, shift, bar phase.

    Attributes:
        tempo_scale: 2 puts a beat half-way between beats, 0.5 drops every other one.
        shift: The move of the whole grid.
        bar_phase: How many beats later than found each bar starts.
    """

    tempo_scale: float = 1.0
    shift: Shift = Shift()
    bar_phase: int = 0

    @classmethod
    def of(
        cls,
        tempo_scale: str | float | None = None,
        shift: str | None = None,
        bar_phase: int | None = None,
    ) -> Repair:
        """Return the repair that the three switches ask for.

        Raises:
            UsageError: A switch has a value that means nothing.
        """
        scale = 1.0 if tempo_scale is None else parse_tempo_scale(tempo_scale)
        move = Shift() if shift is None else parse_shift(shift)
        if bar_phase is not None and bar_phase < 0:
            raise UsageError(f"bar phase {bar_phase} is negative; give 0 to beats per bar less 1")
        return cls(scale, move, bar_phase or 0)

    @property
    def needed(self) -> bool:
        """Whether it changes anything."""
        return self != Repair()

    def mend(self, grid: BeatGrid) -> BeatGrid:
        """Return the mended grid; beats may lie outside the song (see ``grid.cover``).

        Raises:
            UsageError: The bar phase is no beat of this song's bars.
        """
        meter = beats_per_bar(grid)
        if self.bar_phase >= meter:
            raise UsageError(
                f"bar phase {self.bar_phase} is out of range: the song has {meter} beats a bar, "
                f"so give 0 to {meter - 1}"
            )
        grid = _scaled(grid, self.tempo_scale, meter)
        return _turned(_shifted(grid, self.shift, meter), self.bar_phase, meter)


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
    grid = _turned(grid, shift.beats, meter)
    if shift.half_beats:
        gaps = np.diff(grid.beats)
        gaps = np.append(gaps, gaps[-1]) if shift.half_beats > 0 else np.insert(gaps, 0, gaps[0])
        return BeatGrid(grid.beats + shift.half_beats * gaps / 2, grid.numbers, grid.confidence)
    return BeatGrid(grid.beats + shift.seconds, grid.numbers, grid.confidence)


def _turned(grid: BeatGrid, beats: int, meter: int) -> BeatGrid:
    """Make every bar start so many beats later."""
    if not beats:
        return grid
    count = len(grid.beats)
    source = np.arange(count) - beats
    inside = np.clip(source, 0, count - 1)
    numbers = (grid.numbers[inside] - 1 + source - inside) % meter + 1
    return BeatGrid(grid.beats, numbers, grid.confidence)
