"""From activations to ranked readings of a song: tempo, beats and bars that may be meant.

The best path over all tempi is found first. Then the song is read again at each tempo that is
easily mistaken for it (half, double, three for two ...) and on the off-beat, each reading gets its
bars, and all are ranked by what beats and downbeats together say. The winner is read once more with
its bars, so that a lost beat shows as a broken bar.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.tracker.path import FPS, best_path, intervals
from otio_idolsync.analysis.tracker.places import (
    METRES,
    Bars,
    best_bars,
    downbeat_odds,
    turned_bars,
)

SLOWEST_BPM, FASTEST_BPM = 45.0, 240.0
_RATIOS = (2.0, 0.5, 1.5, 2 / 3, 4 / 3, 0.75, 3.0, 1 / 3)
_BAND = 1.06
_READINESS = 0.5
"""A network's answers are spread over a few frames, so a beat is likelier than any one says."""
_LEAST_GAIN, _MOST_GAIN = -1.3, 2.2
_BARS_TRUST = 1.5
_TEMPO_BPM, _TEMPO_OCTAVES, _TEMPO_TRUST = 122.0, 0.9, 1.0
_BAR_SECONDS, _BAR_OCTAVES, _BAR_TRUST = 2.2, 0.9, 0.2
_BEATS_BEHIND, _BARS_BEHIND = 1.5, 0.3
_SLOW_BPM, _FAST_BPM = 95.0, 130.0
_RARE = {"off-beat": 0.1, "3": 0.02, "0.333": 0.02}
_BARS_USUAL, _BARS_OFFERED = 0.2, 3
_CLEAR, _CLEAR_BEATS, _BARS_LEAD = 4.0, 0.4, 4.0
_SAME_SHARE = 0.9
_SAME_SECONDS = 0.07


@dataclass(frozen=True, slots=True)
class Heard:
    """Activations of a song at 100 a second.

    Attributes:
        beat: float64 [shape=(n,)], 0..1.
        downbeat: float64 [shape=(n,)], 0..1, at most ``beat``.
    """

    beat: NDArray[np.float64] = field(compare=False)
    downbeat: NDArray[np.float64] = field(compare=False)

    @classmethod
    def of(cls, beat: NDArray[np.float32], downbeat: NDArray[np.float32], fps: float) -> Heard:
        """Return activations resampled from ``fps`` a second."""
        count = round(len(beat) * FPS / fps)
        at = np.arange(count) * fps / FPS
        frames = np.arange(len(beat))
        pulse = np.interp(at, frames, beat)
        return cls(pulse, np.minimum(pulse, np.interp(at, frames, downbeat)))

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

    def down_share(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much of each beat is a downbeat, 0..1; a quarter where little is heard."""
        near = np.clip(frames[:, None] + np.arange(-3, 4)[None], 0, len(self.beat) - 1)
        beat, down = self.beat[near].max(axis=1), self.downbeat[near].max(axis=1)
        return np.asarray((down + 0.25 * 0.05) / (beat + 0.05), np.float64)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a song's beats.

    Attributes:
        relation: What it is to the likeliest tempo path: ``2``, ``1/2``, ``off-beat`` ...
        frames: int64 [shape=(n,)], beats at 100 a second.
        numbers: int64 [shape=(n,)], 1-based place in the bar.
        score: While readings are compared, log odds; of what is returned, 0..1, how likely the
            beats are.
        bars_score: 0..1, how likely the bars are; of the likeliest reading only.
    """

    relation: str
    frames: NDArray[np.int64] = field(compare=False)
    numbers: NDArray[np.int64] = field(compare=False)
    score: float
    bars_score: float = 0.0

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
    """Return the readings of a song, the likeliest first; none where fewer than 4 beats fit."""
    gain = heard.gain[:, None]
    taus = intervals(SLOWEST_BPM, FASTEST_BPM)
    if len(gain) < 4 * taus[-1]:
        taus = taus[taus * 4 < len(gain)]
    if len(taus) < 2:
        return []
    base = best_path(gain, taus).frames
    paths = {"1": base, "off-beat": _between(base)}
    for ratio in _RATIOS:
        near = _band(base, ratio, taus)
        if len(near) >= 2:
            paths[f"{ratio:.3g}"] = best_path(gain, near).frames
    readings = [_reading(name, frames, heard) for name, frames in paths.items() if len(frames) > 3]
    readings.sort(key=lambda reading: -reading.score)
    if not readings:
        return []
    first = _with_bars(readings[0], heard)
    others = [r for r in readings[1:] if not _same(r.frames, first.frames)]
    turned = _turned(first, heard)
    seconds = len(heard.beat) / FPS
    ranked = [_offered(r, first, seconds) for r in others] + turned
    return [
        _judged(first, others, heard),
        *sorted(ranked, key=lambda reading: -reading.score),
    ]


def _band(base: NDArray[np.int64], ratio: float, taus: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intervals of a path at ``ratio`` times its tempo, and a little more."""
    gaps = np.diff(base)
    low, high = np.percentile(gaps, (5, 95)) / ratio
    return np.asarray(taus[(taus >= low / _BAND) & (taus <= high * _BAND)], np.float64)


def _between(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray((frames[:-1] + frames[1:]) // 2, np.int64)


def _reading(relation: str, frames: NDArray[np.int64], heard: Heard) -> Reading:
    bars = best_bars(downbeat_odds(heard.down_share(frames)))
    return Reading(relation, frames, bars.numbers, _score(frames, bars, heard))


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
    return _reading(reading.relation, frames, heard) if len(frames) > 3 else reading


def _judged(first: Reading, others: list[Reading], heard: Heard) -> Reading:
    """Return the likeliest reading with how likely its beats and its bars are.

    How far the next reading is behind, a second of music, told right from wrong ones on made-up
    and rendered songs; where hardly a beat is heard, nothing is sure.
    """
    seconds = len(heard.beat) / FPS
    lead = min((first.score - r.score for r in others), default=_CLEAR * seconds) / seconds
    clear = min(1.0, float(heard.beat_near(first.frames).mean()) / _CLEAR_BEATS)
    down = downbeat_odds(heard.down_share(first.frames))
    best = best_bars(down).score
    next_bars = max(b.score for b in _other_bars(first, down))
    return replace(
        first,
        score=clear / (1 + float(np.exp(-lead))),
        bars_score=clear / (1 + float(np.exp(-_BARS_LEAD * (best - next_bars) / seconds))),
    )


def _offered(other: Reading, first: Reading, seconds: float) -> Reading:
    """Return another reading of the beats with how likely it is."""
    behind = max(0.0, first.score - other.score) / seconds
    return replace(other, score=float(_usual(other, first) * np.exp(-behind / _BEATS_BEHIND)))


def _turned(first: Reading, heard: Heard) -> list[Reading]:
    """Return the likeliest other bars on the same beats."""
    seconds = len(heard.beat) / FPS
    down = downbeat_odds(heard.down_share(first.frames))
    best = best_bars(down).score
    found = []
    for bars in _other_bars(first, down)[:_BARS_OFFERED]:
        behind = max(0.0, best - bars.score) / seconds
        odds = float(_BARS_USUAL * np.exp(-behind / _BARS_BEHIND))
        found.append(Reading("bars", first.frames, bars.numbers, odds))
    return found


def _other_bars(first: Reading, down: NDArray[np.float64]) -> list[Bars]:
    """Return steady bars that differ from those found, the likeliest first."""
    turned = [bars for metre in METRES for bars in turned_bars(down, metre)[:2]]
    other = [b for b in turned if np.mean(b.numbers == first.numbers) < _SAME_SHARE]
    return sorted(other, key=lambda bars: -bars.score)


def _usual(other: Reading, first: Reading) -> float:
    """Return how often another reading is meant, before anything is heard."""
    slow, fast = first.tempo_bpm < _SLOW_BPM, first.tempo_bpm > _FAST_BPM
    common = {"0.5": fast, "2": slow}
    if other.relation in common:
        return 0.3 if common[other.relation] else 0.1
    return _RARE.get(other.relation, 0.03)


def _same(some: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
    """Return whether two beat lists would score F over 0.9 against each other."""
    near = np.abs(others[np.clip(np.searchsorted(others, some), 0, len(others) - 1)] - some)
    before = np.abs(others[np.clip(np.searchsorted(others, some) - 1, 0, None)] - some)
    hits = np.count_nonzero(np.minimum(near, before) <= _SAME_SECONDS * FPS)
    return bool(2 * hits / (len(some) + len(others)) > _SAME_SHARE)
