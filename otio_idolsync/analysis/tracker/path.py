"""The best path through a song's beats: tempo, place in the bar and time, decided together.

This is the bar-pointer model [1] solved segment by segment instead of frame by frame: between two
beats nothing is decided, so the best score of a beat at a frame follows from the beats one
interval before it. All frames within the shortest interval follow from earlier ones alone and are
computed at once, which makes numpy as fast as compiled code.

[1] F. Krebs, S. Böck, G. Widmer, "An efficient state-space model for joint tempo and meter
    tracking", ISMIR 2015.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FPS = 100.0
_STEP = 0.01
_JITTER = 2
_JITTER_FRAMES = 0.8
_DRIFT_COST = 3.0
_DRIFT_STEPS = 2
_JUMP_COST = 25.0
_SLIP_COST = 12.0
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Path:
    """Beats along a path.

    Attributes:
        frames: int64 [shape=(n,)], rising, at 100 a second.
        places: int64 [shape=(n,)], 0-based place in the bar; all 0 where bars were not asked for.
        score: The sum of the gains taken, less what changes of tempo and slips cost.
    """

    frames: NDArray[np.int64] = field(compare=False)
    places: NDArray[np.int64] = field(compare=False)
    score: float


def intervals(low_bpm: float, high_bpm: float) -> NDArray[np.float64]:
    """Return beat intervals of one per cent apart from fast to slow, in frames, float64 [(k,)]."""
    fast, slow = 60 * FPS / high_bpm, 60 * FPS / low_bpm
    return np.geomspace(fast, slow, max(2, round(np.log(slow / fast) / _STEP) + 1))


def best_path(gains: NDArray[np.float32], taus: NDArray[np.float64]) -> Path:
    """Return the beats that gain most.

    A beat may come a hundredth or two off its interval, the tempo may drift by a per cent or two
    from beat to beat for a price, jump for a high one, and the bar may start anew for another.

    Args:
        gains: float32 [shape=(n, places)], what a beat of that place gains at each frame.
        taus: float64 [shape=(k,)], intervals in frames, rising, from `intervals`.
    """
    lattice = _Lattice(gains, taus)
    for first in range(0, len(gains), lattice.block):
        lattice.advance(first)
    return lattice.trace()


class _Lattice:
    """Scores of beats at (frame, interval, place), and where each came from."""

    def __init__(self, gains: NDArray[np.float32], taus: NDArray[np.float64]) -> None:
        frames, self.places = gains.shape
        self.gains, self.count = gains, len(taus)
        whole = np.round(taus).astype(np.int64)
        jitter = np.arange(-_JITTER, _JITTER + 1)
        self.lags = whole[:, None] + jitter[None]
        off = (self.lags - taus[:, None]) / _JITTER_FRAMES
        self.cost = (0.5 * np.square(off)).astype(np.float32)[None, :, :, None]
        self.block = int(self.lags.min())
        self.reach = int(self.lags.max())
        states = (self.count, self.places)
        # the best score with which a path leaves a beat at (frame % rows); at first, no beats
        self.rows = self.reach + self.block
        self.left = np.full((self.rows, *states), _NEVER, np.float32)
        self.came_lag = np.full((frames, *states), -1, np.int8)
        self.came_from = np.zeros((frames, *states), np.int16)
        self.ends = np.full((min(frames, self.reach), *states), _NEVER, np.float32)

    def advance(self, first: int) -> None:
        """Score the beats of a block of frames from those before it."""
        last = min(first + self.block, len(self.gains))
        frames = np.arange(first, last)
        rows = (frames[:, None, None] - self.lags[None]) % self.rows
        index = np.arange(self.count)[None, :, None]
        arrive = self.left[rows, index] - self.cost
        lag = arrive.argmax(axis=2)
        best = np.take_along_axis(arrive, lag[:, :, None], axis=2)[:, :, 0]
        opening = frames[:, None] < self.lags.max(axis=1)[None]
        starts = opening[:, :, None] & (best < 0)
        score = np.where(starts, 0, best) + self.gains[first:last, None, :]
        self.came_lag[first:last] = np.where(starts, -1, lag)
        self.left[frames % self.rows], self.came_from[first:last] = self._leave(score)
        tail = first - (len(self.gains) - len(self.ends))
        if last - first + tail > 0:
            skip = max(0, -tail)
            self.ends[tail + skip : tail + last - first] = score[skip:]

    def _leave(self, score: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Return the best score for each next interval and place, and the state it is from."""
        best, source = score, np.arange(self.count)[None, :, None]
        source = np.broadcast_to(source, score.shape).copy()
        best = best.copy()
        for step in range(1, min(_DRIFT_STEPS, self.count - 1) + 1):
            price = np.float32(_DRIFT_COST * step)
            for to, by in ((slice(step, None), slice(None, -step)),
                           (slice(None, -step), slice(step, None))):  # fmt: skip
                better = score[:, by] - price > best[:, to]
                best[:, to] = np.where(better, score[:, by] - price, best[:, to])
                origin = np.arange(self.count)[by][None, :, None]
                source[:, to] = np.where(better, origin, source[:, to])
        top = score.argmax(axis=1)[:, None]
        jump = np.take_along_axis(score, top, axis=1) - np.float32(_JUMP_COST)
        better = jump > best
        best, source = np.where(better, jump, best), np.where(better, top, source)
        state = source * self.places + np.arange(self.places)[None, None]
        onward, origin = np.roll(best, 1, axis=2), np.roll(state, 1, axis=2)
        if self.places > 1:
            top = best.argmax(axis=2)[:, :, None]
            slip = np.take_along_axis(best, top, axis=2) - np.float32(_SLIP_COST)
            better = slip > onward
            onward = np.where(better, slip, onward)
            origin = np.where(better, np.take_along_axis(state, top, axis=2), origin)
        return onward, origin.astype(np.int16)

    def trace(self) -> Path:
        """Return the best path, followed back from the song's end."""
        flat = int(self.ends.argmax())
        row, tau, place = np.unravel_index(flat, self.ends.shape)
        frame = len(self.gains) - len(self.ends) + int(row)
        found = []
        while True:
            found.append((frame, int(place)))
            lag = int(self.came_lag[frame, tau, place])
            if lag < 0:
                break
            frame -= int(self.lags[tau, lag])
            tau, place = divmod(int(self.came_from[frame, tau, place]), self.places)
        steps = np.array(found[::-1], np.int64)
        return Path(steps[:, 0], steps[:, 1], float(self.ends.max()))
