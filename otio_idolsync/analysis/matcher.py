"""Find where a song is heard in a sound file: encoded anew, cut, behind a leader, drifting.

Loudness over time is compared and not samples: encoders change every sample, never the envelope
(log energy in steps of 5 ms). Each window of the file is looked for in the whole song, and the best
way through all windows is taken, in which a jump from one place of the song to another costs
something: of music that repeats itself, the place that goes on is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.cut.song_pieces import Heard
from otio_idolsync.media.song import Song, decode_song

RATE = 8000
HOP = 40
STEP = HOP / RATE
"""Seconds between two values of an envelope."""

SAME = 0.8
"""Correlation from which two envelopes are one recording; windows of other songs come to .6, a
single one in 150 to .91."""

WINDOW_SECONDS, LEAST_SECONDS = 6.0, 2.0
MAX_LAG_SECONDS = 5.0
_NOWHERE, _JUMP = 0.35, 0.3
"""Cost of a window that is not the song, and of a jump in the song; a mismatch costs up to 1."""

_PEAKS, _APART, _MOST_PLACES = 6, 20, 600
_NEAR = 3  # steps from one window to the next: a drift of 5 000 parts in a million
_TREND = 100  # steps on each side
_OUTSIDE = 10.0
_NOISE = 0.15  # log energy by which two stretches of one noise differ
_QUIET = 0.02  # deviation of log energy below which a window tells nothing
_FEW, _SURE = 3, 0.95
_STEADY_SECONDS, _LEAST_TO_DRIFT = 0.01, 4
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Run = list[tuple[int, int]]


def heard_in(song: Song, other: Song) -> tuple[Heard, ...]:
    """Return where a song is heard in a file, in the file's order; () for another sound.

    Args:
        song: The song.
        other: What it may be heard in: a copy encoded anew, a part, a mix with a leader.

    Raises:
        MediaError: One of them cannot be decoded.
    """
    if song.sha256 == other.sha256:
        return (Heard(0.0, other.duration, 0.0),)
    return found_in(envelope(song), envelope(other))


def envelope_lag(own: Song, other: Song) -> float | None:
    """Return by how many seconds ``other`` plays late, None when it is another recording.

    Raises:
        MediaError: One of them cannot be decoded.
    """
    found = max(heard_in(own, other), key=lambda one: one.end - one.start, default=None)
    least = SAME * min(own.duration, other.duration)
    if found is None or found.end - found.start < least or abs(found.offset) > MAX_LAG_SECONDS:
        return None
    return 0.0 - round(found.offset, 4)


def envelope(song: Song) -> Floats:
    """Return the loudness of a sound over time: float64, log energy in steps of :data:`STEP`."""
    sound = decode_song(song, RATE).mean(axis=1, dtype=np.float64)
    steps = len(sound) // HOP
    energy = np.square(sound[: steps * HOP]).reshape(steps, HOP).mean(axis=1)
    return np.asarray(np.log10(energy + 1e-6), np.float64)


def _flat(level: Floats) -> Floats:
    """Return an envelope without what is slower than a second: all fades are alike."""
    wide = 2 * _TREND + 1
    sums = np.cumsum(np.pad(level, (_TREND + 1, _TREND), mode="edge"))
    return np.asarray(level - (sums[wide:] - sums[:-wide]) / wide, np.float64)


def found_in(song: Floats, other: Floats) -> tuple[Heard, ...]:
    """Return where one envelope lies in another; see :func:`heard_in`."""
    shorter = min(len(other), len(song))
    size = min(int(WINDOW_SECONDS / STEP), max(shorter // 2, int(LEAST_SECONDS / STEP)))
    if size > shorter:
        return ()
    last = len(other) - size
    starts = np.unique(np.append(np.arange(0, last + 1, size // 2), last))
    windows = np.lib.stride_tricks.sliding_window_view(_flat(other), size)[starts]
    seeker = _Seeker(_flat(song), size)
    lags = seeker.places(windows, starts)
    like = np.stack([seeker.likeness(w, lags + at) for w, at in zip(windows, starts, strict=True)])
    told = windows.std(axis=1) > _QUIET
    way = _best_way(like, told, lags)
    trail = _Trail(song, other, starts + size // 2)
    runs = [run for run in _runs(way, lags) if _is_song(run, like, told)]
    return tuple(trail.stretches(runs, like, lags))


class _Seeker:
    """Looks for windows of one length in a song, also where they reach over its ends by half."""

    def __init__(self, song: Floats, size: int) -> None:
        self.size, self.beyond = size, size // 2
        song = np.pad(song, self.beyond)
        self._length = 1 << int(np.ceil(np.log2(len(song) + size)))
        self._spectrum = np.fft.rfft(song - song.mean(), self._length)
        sums = np.cumsum(np.insert(song - song.mean(), 0, 0.0))
        squares = np.cumsum(np.insert(np.square(song - song.mean()), 0, 0.0))
        mean = (sums[size:] - sums[:-size]) / size
        power = (squares[size:] - squares[:-size]) / size - np.square(mean)
        self._deviation = np.sqrt(np.maximum(power, _QUIET**2))

    def everywhere(self, window: Floats) -> Floats:
        """Return how alike a window is to the song from each step on, -1 to 1.

        The first value is for half a window before the song.
        """
        centred = window - window.mean()
        spectrum = np.conj(np.fft.rfft(centred, self._length))
        product = np.fft.irfft(self._spectrum * spectrum, self._length)
        scale = self.size * max(float(centred.std()), _QUIET) * self._deviation
        return np.asarray(product[: len(self._deviation)] / scale, np.float64)

    def likeness(self, window: Floats, at: Ints) -> Floats:
        """Return how alike a window is to the song from some steps on, or one beside."""
        curve = np.pad(self.everywhere(window), 1, constant_values=0.0)
        best = np.maximum(np.maximum(curve[:-2], curve[1:-1]), curve[2:])
        places = at + self.beyond
        inside = (places >= 0) & (places < len(best))
        return np.where(inside, best[np.clip(places, 0, len(best) - 1)], 0.0)

    def places(self, windows: Floats, starts: Ints) -> Ints:
        """Return the lags, song step less file step, that speak for any of the windows; sorted."""
        votes: dict[int, float] = {}
        for window, start in zip(windows, starts, strict=True):
            curve = self.everywhere(window)
            for _ in range(_PEAKS):
                at = int(np.argmax(curve))
                if curve[at] < 1 - _NOWHERE:
                    break
                lag = (at - self.beyond - int(start)) // 2 * 2
                votes[lag] = votes.get(lag, 0.0) + float(curve[at])
                curve[max(0, at - _APART) : at + _APART] = -1
        best = sorted(votes, key=lambda lag: -votes[lag])[:_MOST_PLACES]
        return np.array(sorted(best), np.int64)


def _best_way(like: Floats, told: NDArray[np.bool_], lags: Ints) -> list[int]:
    """Return the place of each window, by index, or -1 for nowhere: the way that costs least."""
    count = len(lags)
    cost = np.zeros(count + 1)
    came: list[Ints] = []
    for row, tells in zip(like, told, strict=True):
        here = np.append(1 - np.clip(row, 0, 1), _NOWHERE) if tells else np.full(count + 1, 0.2)
        source = np.arange(count + 1)
        best = cost.copy()
        for shift in (-2, -1, 1, 2):
            near = np.clip(np.arange(count) + shift, 0, max(0, count - 1))
            close = np.abs(lags[near] - lags) <= _NEAR
            better = close & (cost[near] < best[:count])
            best[:count][better], source[:count][better] = cost[near][better], near[better]
        jump = int(np.argmin(cost))
        jumps = cost[jump] + _JUMP < best
        best[jumps], source[jumps] = cost[jump] + _JUMP, jump
        came.append(source)
        cost = best + here
    way = [int(np.argmin(cost))]
    for source in reversed(came[1:]):
        way.append(int(source[way[-1]]))
    return [-1 if place == count else place for place in reversed(way)]


def _runs(way: Sequence[int], lags: Ints) -> list[_Run]:
    """Return the windows that follow each other in the song, each with its place.

    What interrupts the song without moving it (somebody speaks) does not part a run.
    """
    runs: list[_Run] = []
    for window, place in enumerate(way):
        if place < 0:
            continue
        last = runs[-1][-1] if runs else None
        if last and abs(lags[place] - lags[last[1]]) <= _NEAR * (window - last[0]):
            runs[-1].append((window, place))
        else:
            runs.append([(window, place)])
    return runs


def _is_song(run: _Run, like: Floats, told: NDArray[np.bool_]) -> bool:
    """Return whether a run is alike enough: of a few windows, more than chance brings about."""
    found = [like[window, place] for window, place in run if told[window]]
    least = SAME if len(found) >= _FEW else _SURE
    return bool(found) and float(np.mean(found)) >= least


@dataclass(frozen=True, slots=True)
class _Line:
    """How a stretch of a file lies in a song.

    Attributes:
        offset: The song step at file step 0.
        rate: Song steps to a file step.
        louder: How much louder it is, in log energy.
    """

    offset: float
    rate: float = 1.0
    louder: float = 0.0


class _Trail:
    """Says to a step where stretches lie, from windows that are known to be the song."""

    def __init__(self, song: Floats, other: Floats, middles: Ints) -> None:
        self.song, self.other, self.middles = song, other, middles
        self._flat_song, self._flat_other = _flat(song), _flat(other)
        self._stranger = max(_NOISE, 0.5 * float(np.abs(other - np.median(other)).mean()))

    def stretches(self, runs: Sequence[_Run], like: Floats, lags: Ints) -> Iterator[Heard]:
        """Yield the stretches of the runs, each from where it begins to where it ends."""
        lines = [self._line(run, lags) for run in runs]
        for k, (run, line) in enumerate(zip(runs, lines, strict=True)):
            first, last = run[0][0], run[-1][0]
            before = lines[k - 1] if k and runs[k - 1][-1][0] + 1 == first else None
            beside = k + 1 < len(runs) and runs[k + 1][0][0] == last + 1
            low = self._split(before, line, first)
            high = self._split(line, lines[k + 1] if beside else None, last + 1)
            low = max(low, -line.offset / line.rate)
            high = min(high, (len(self.song) - line.offset) / line.rate)
            alike = float(np.mean([like[window, place] for window, place in run]))
            if low < high:
                yield Heard(
                    low * STEP, high * STEP, (line.offset + low * line.rate) * STEP,
                    round(1e6 * (line.rate - 1), 1), round(min(1.0, alike), 3),
                )  # fmt: skip

    def _line(self, run: _Run, lags: Ints) -> _Line:
        """Return how a run lies in the song."""
        at = self.middles[[window for window, _ in run]]
        exact = [self._lag(int(x), int(lags[place])) for x, (_, place) in zip(at, run, strict=True)]
        line = _Line(float(np.median(exact)))
        if len(run) >= _LEAST_TO_DRIFT:
            slope, offset = np.polyfit(at, exact, 1)
            if abs(slope) * (at[-1] - at[0]) * STEP > _STEADY_SECONDS:
                line = _Line(float(offset), 1 + float(slope))
        there = np.rint(line.offset + line.rate * at).astype(np.int64)
        levels = self.other[at] - self.song[np.clip(there, 0, len(self.song) - 1)]
        return replace(line, louder=float(np.median(levels)))

    def _lag(self, middle: int, lag: int) -> float:
        """Return a window's lag to a part of a step: the peak of a parabola through the best."""
        half = int(self.middles[0])
        window = self._flat_other[middle - half : middle + half]
        begin = middle - half + lag - _NEAR - 1
        around = np.arange(begin, begin + len(window) + 2 * _NEAR + 2)
        inside = (around >= 0) & (around < len(self.song))
        there = np.where(inside, self._flat_song[np.clip(around, 0, len(self.song) - 1)], 0.0)
        scores = np.correlate(there, window, "valid").tolist()
        best = min(max(1, int(np.argmax(scores))), len(scores) - 2)
        left, top, right = scores[best - 1 : best + 2]
        bend = left - 2 * top + right
        part = 0.5 * (left - right) / bend if bend < 0 else 0.0
        return lag - _NEAR - 1 + best + min(1.0, max(-1.0, part))

    def _split(self, before: _Line | None, after: _Line | None, window: int) -> float:
        """Return the file step at which one line gives way to the next.

        Args:
            before: How the song lies before, None for anything else.
            after: How it lies after.
            window: It lies between the middles of this window and of the one before; where one
                of them is not the song, also in that one's other half.
        """
        half, count = int(self.middles[0]), len(self.middles)
        low = int(self.middles[window - 1]) - (half if before is None else 0) if window else 0
        high = int(self.middles[window]) + (half if after is None else 0) if window < count else 0
        high = min(high or len(self.other), len(self.other))
        steps = np.arange(low, high)
        one, two = self._misses(before, steps), self._misses(after, steps)
        total = np.insert(np.cumsum(one), 0, 0.0) + np.append(np.cumsum(two[::-1])[::-1], 0.0)
        return float(low + int(np.argmin(total)))

    def _misses(self, line: _Line | None, steps: Ints) -> Floats:
        """Return how far the file is off the song on some steps; of no line, what a stranger is."""
        if line is None:
            return np.full(len(steps), self._stranger)
        at = np.rint(line.offset + line.rate * steps).astype(np.int64)
        inside = (at >= 0) & (at < len(self.song))
        there = self.song[np.clip(at, 0, len(self.song) - 1)]
        return np.where(inside, np.abs(self.other[steps] - there - line.louder), _OUTSIDE)
