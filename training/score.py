"""What a made-up song is before it sounds: hits in seconds, and the beats they were written on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from styles import Style


class Hit(NamedTuple):
    """One note or stroke: which part plays which sound, from when, how long (s) and how loud."""

    part: str
    sound: str
    pitch: float
    start: float
    length: float
    gain: float


class Stroke(NamedTuple):
    """A note on paper: where in the bar (steps), how long (steps), how loud, which note."""

    step: float
    length: float
    gain: float
    index: int = -1


@dataclass(frozen=True)
class Clock:
    """When each beat falls; between beats, time runs evenly.

    Attributes:
        times: float64 [shape=(n,)], seconds of beat k.
    """

    times: NDArray[np.float64]

    def at(self, beat: float) -> float:
        """Return the time of a place between beats."""
        return float(np.interp(beat, np.arange(len(self.times)), self.times))


@dataclass
class Section:
    """Some bars with the same players.

    Attributes:
        first, bars: In bars of the song.
        playing: Names of the parts that play.
        chords: Pitch classes and quality of each chord in turn: (root, third, fifth).
        rhythm: Beats that a chord lasts.
        half: Whether the drums play at half speed.
        kind: ``full``, ``verse``, ``build``, ...
    """

    first: int
    bars: int
    playing: frozenset[str]
    chords: list[tuple[int, int, int]]
    rhythm: int
    half: bool
    kind: str


@dataclass
class Score:
    """A song with the truth about its beats.

    Attributes:
        style: What it was made as.
        seconds: Length.
        hits: What sounds.
        beats: float64 [shape=(n,)], seconds, those between the first and the last sound.
        numbers: int64 [shape=(n,)], 1 is the first beat of a bar.
    """

    style: Style
    seconds: float
    hits: list[Hit] = field(default_factory=list)
    beats: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
