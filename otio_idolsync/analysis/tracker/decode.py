"""From activations to readings of a song: tempo, beats and bars that may be meant.

The best path over all tempi is found first. Then the song is read again at each tempo that is
easily mistaken for it (half, double, three for two ...) from each beat that it may start on, and
on the off-beat; each reading gets its bars, and beats and downbeats together say which is best.
That one is read once more with its bars, so that a lost beat shows as a broken bar, and where it
slips by half a beat within one steady tempo, the grids that do not slip come first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.tracker.path import FPS, best_path, intervals
from otio_idolsync.analysis.tracker.places import Bars, best_bars, downbeat_odds
from otio_idolsync.analysis.tracker.steady import unslipped

SLOWEST_BPM, FASTEST_BPM = 45.0, 240.0
_RATIOS = tuple(Fraction(r) for r in ("1", "2", "1/2", "3/2", "2/3", "4/3", "3/4", "3", "1/3"))
_OFF_BEAT = Fraction(1, 2)
_BAND = 1.06
_READINESS = 0.5
"""A network's answers are spread over a few frames, so a beat is likelier than any one says."""
_LEAST_GAIN, _MOST_GAIN = -1.3, 2.2
_BARS_TRUST = 1.5
_TEMPO_BPM, _TEMPO_OCTAVES, _TEMPO_TRUST = 122.0, 0.9, 1.0
_BAR_SECONDS, _BAR_OCTAVES, _BAR_TRUST = 2.2, 0.9, 0.2
_CUT_CLEAR = 0.7
"""Of five slips, the less clear part had .47 to .69; of 29 cuts by half a beat, 21 had more."""
_SAME_SHARE = 0.9
_SAME_SECONDS = 0.07


@dataclass(frozen=True, slots=True)
class Heard:
    """Activations of a song at 100 a second.

    Attributes:
        beat: float64 [shape=(n,)], 0..1.
        downbeat: float64 [shape=(n,)], 0..1, at most ``beat``.
        change: float64 [shape=(n,)], how much the chords change, mean 0 and deviation 1.
    """

    beat: NDArray[np.float64] = field(compare=False)
    downbeat: NDArray[np.float64] = field(compare=False)
    change: NDArray[np.float64] = field(compare=False)

    @classmethod
    def of(
        cls,
        beat: NDArray[np.float32],
        downbeat: NDArray[np.float32],
        fps: float,
        change: NDArray[np.float32] | None = None,
    ) -> Heard:
        """Return activations resampled from ``fps`` a second.

        Args:
            beat, downbeat: float32 [shape=(m,)], of the network.
            fps: Their values a second.
            change: float32 [shape=(k,)] over the same time, from `features.chord_change`.
        """
        count = round(len(beat) * FPS / fps)
        at = np.arange(count) * fps / FPS
        frames = np.arange(len(beat))
        pulse = np.interp(at, frames, beat)
        turn = np.zeros(count)
        if change is not None:
            turn = np.interp(at, np.arange(len(change)) * len(beat) / len(change), change)
        turn = (turn - turn.mean()) / (turn.std() + 1e-9)
        return cls(pulse, np.minimum(pulse, np.interp(at, frames, downbeat)), turn)

    @property
    def gain(self) -> NDArray[np.float32]:
        """What a beat at each frame gains, log odds within bounds, float32 [shape=(n,)]."""
        sure = np.clip(self.beat, 1e-3, 1 - 1e-3)
        odds = np.log(sure / (1 - sure)) + _READINESS
        return np.clip(odds, _LEAST_GAIN, _MOST_GAIN).astype(np.float32)

    def beat_near(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how likely a beat is within 30 ms of each frame, 0..1."""
        near = np.clip(frames[:, None] + np.arange(-3, 4)[None], 0, len(self.beat) - 1)
        return np.asarray(self.beat[near].max(axis=1), np.float64)

    def change_near(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much the chords change within 40 ms of each frame, against the usual."""
        near = np.clip(frames[:, None] + np.arange(-4, 5)[None], 0, len(self.change) - 1)
        return np.asarray(self.change[near].max(axis=1), np.float64)

    def down_share(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much of each beat is a downbeat, 0..1; a quarter where little is heard."""
        near = np.clip(frames[:, None] + np.arange(-3, 4)[None], 0, len(self.beat) - 1)
        beat, down = self.beat[near].max(axis=1), self.downbeat[near].max(axis=1)
        return np.asarray((down + 0.25 * 0.05) / (beat + 0.05), np.float64)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a song's beats.

    Attributes:
        frames: int64 [shape=(n,)], beats at 100 a second.
        numbers: int64 [shape=(n,)], 1-based place in the bar.
        score: Log odds of beats and bars together, with what tempi and bars are usual.
        unslipped: Whether it is one of the two steady grids between which the best path slips.
    """

    frames: NDArray[np.int64] = field(compare=False)
    numbers: NDArray[np.int64] = field(compare=False)
    score: float
    unslipped: bool = False

    @property
    def tempo_bpm(self) -> float:
        """Median beats per minute."""
        return float(60 * FPS / np.median(np.diff(self.frames)))

    @property
    def metre(self) -> int:
        """Beats in the commonest bar."""
        starts = np.flatnonzero(self.numbers == 1)
        return int(np.bincount(np.diff(starts)).argmax()) if len(starts) > 1 else 4


def read_beats(heard: Heard) -> list[Reading]:
    """Return the readings of a song, the best first, no two alike.

    None where fewer than 4 beats fit.
    """
    gain = heard.gain[:, None]
    taus = intervals(SLOWEST_BPM, FASTEST_BPM)
    if len(gain) < 4 * taus[-1]:
        taus = taus[taus * 4 < len(gain)]
    if len(taus) < 2:
        return []
    base = best_path(gain, taus).frames
    found = []
    for ratio in _RATIOS:
        near = _band(base, float(ratio), taus)
        path = base if ratio == 1 else best_path(gain, near).frames if len(near) > 1 else base[:0]
        found += [_reading(_later(path, phase), heard) for phase in _phases(ratio, len(path))]
    if not found:
        return []
    found.sort(key=lambda reading: -reading.score)
    best = _with_bars(found[0], heard)
    steady = _unslipped(best, heard)
    readings: list[Reading] = []
    for other in (*steady, best, *found[1:]):
        if not any(_same(other.frames, known.frames) for known in readings):
            readings.append(other)
    return readings


def _band(base: NDArray[np.int64], ratio: float, taus: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intervals of a path at ``ratio`` times its tempo, and a little more."""
    gaps = np.diff(base)
    low, high = np.percentile(gaps, (5, 95)) / ratio
    return np.asarray(taus[(taus >= low / _BAND) & (taus <= high * _BAND)], np.float64)


def _phases(ratio: Fraction, beats: int) -> list[float]:
    """Return by which parts of its beat a path may be off: where it meets the first path again.

    Of three beats for four, each beat lies on one of four places, and all four fit alike.
    """
    if beats < 5:
        return [0.0] if beats == 4 else []
    parts = [float(Fraction(k, ratio.denominator)) for k in range(ratio.denominator)]
    return [*parts, float(_OFF_BEAT)] if ratio == 1 else parts


def _later(frames: NDArray[np.int64], phase: float) -> NDArray[np.int64]:
    """Return beats moved later by a part of a beat; the last one has none to move to."""
    if not phase:
        return frames
    return np.asarray(np.round(frames[:-1] + phase * np.diff(frames)), np.int64)


def _reading(frames: NDArray[np.int64], heard: Heard) -> Reading:
    bars = best_bars(downbeat_odds(heard.down_share(frames)))
    return Reading(frames, bars.numbers, _score(frames, bars, heard))


def _score(frames: NDArray[np.int64], bars: Bars, heard: Heard) -> float:
    """Return the log odds of beats and bars together, with what tempi and bars are usual."""
    near = np.clip(frames[:, None] + np.arange(-2, 3)[None], 0, len(heard.beat) - 1)
    beats = heard.gain[near].max(axis=1).sum()
    gap = np.median(np.diff(frames)) / FPS
    tempo = -0.5 * np.square(np.log2(60 / gap / _TEMPO_BPM) / _TEMPO_OCTAVES)
    starts = frames[bars.numbers == 1]
    bar = np.median(np.diff(starts)) / FPS if len(starts) > 1 else 4 * gap
    length = -0.5 * np.square(np.log2(bar / _BAR_SECONDS) / _BAR_OCTAVES)
    seconds = len(heard.beat) / FPS
    usual = seconds * (_TEMPO_TRUST * tempo + _BAR_TRUST * length)
    return float(beats + _BARS_TRUST * bars.score + usual)


def _with_bars(reading: Reading, heard: Heard) -> Reading:
    """Return a reading followed again with its bars, near its tempo."""
    metre = reading.metre
    share = (heard.downbeat + 0.25 * 0.05) / (heard.beat + 0.05)
    odds = downbeat_odds(share)
    gains = heard.gain[:, None] + np.repeat(odds[:, 1:], metre, axis=1)
    gains[:, 0] = heard.gain + odds[:, 0]
    taus = _band(reading.frames, 1.0, intervals(SLOWEST_BPM, FASTEST_BPM))
    frames = best_path(gains.astype(np.float32), taus).frames
    return _reading(frames, heard) if len(frames) > 3 else reading


def _unslipped(best: Reading, heard: Heard) -> list[Reading]:
    """Return the two readings between which a path slips, the better one first, or none.

    Where both parts are clearly heard, the song itself was cut there, and the path is right.
    """
    grids = unslipped(best.frames, len(heard.beat))
    clear = heard.beat_near(best.frames)
    near = 0.15 * np.median(np.diff(best.frames))
    parts = [clear[np.abs(best.frames[:, None] - grid).min(axis=1) < near] for grid in grids]
    if not parts or min(part.mean() for part in parts) > _CUT_CLEAR:
        return []
    steady = [replace(_reading(grid, heard), unslipped=True) for grid in grids]
    return sorted(steady, key=lambda reading: -reading.score)


def _same(some: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
    """Return whether two beat lists would score F over 0.9 against each other."""
    near = np.abs(others[np.clip(np.searchsorted(others, some), 0, len(others) - 1)] - some)
    before = np.abs(others[np.clip(np.searchsorted(others, some) - 1, 0, None)] - some)
    hits = np.count_nonzero(np.minimum(near, before) <= _SAME_SECONDS * FPS)
    return bool(2 * hits / (len(some) + len(others)) > _SAME_SHARE)
