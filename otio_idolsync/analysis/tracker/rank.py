"""How likely each reading of a song is: how sure the best one, and what else to offer first.

A network errs in two ways. It may hear the song and take the wrong one of its levels: then the
next best reading is right. Or the song is like none that it learned from, and it is sure of a beat
that is none: then only what is usual in music tells, and where the chords change. What else may be
meant is weighed both ways. How the rates were fitted, and what they are worth, says
``docs/model_card.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.backends import OTHER_BARS
from otio_idolsync.analysis.tracker.decode import Heard, Reading
from otio_idolsync.analysis.tracker.path import FPS
from otio_idolsync.analysis.tracker.places import (
    METRES,
    Bars,
    best_bars,
    downbeat_odds,
    turned_bars,
)

_LEAD, _CLEAR, _FAST, _USUAL_ODDS = 0.5, 5.7, -1.6, -3.3
_MOST_LEAD = 6.0
_BARS_LEAD, _BARS_ODDS = 6.0, -0.6
_BEATS_OFFERED, _BARS_OFFERED = 3, 3
_SHARP, _BLUNT, _CHORDS = 2.5, 0.2, 1.0
_TEMPO_BPM, _TEMPO_OCTAVES = 120.0, 0.6
_NEAR, _MIDDLE = 0.08, 0.15
_UNSLIPPED = 4.0
"""The better of two steady grids is right more often than not, and else the other one is."""
_SAME_BARS = 0.9


@dataclass(frozen=True, slots=True)
class Relation:
    """What a reading is to the best one.

    Attributes:
        ratio: Its tempo against the best reading's.
        said: In words.
        usual: Log odds with which it is meant where the best is not.
    """

    ratio: float
    said: str
    usual: float


_RELATIONS = (
    Relation(2.0, "double tempo", 0.7),
    Relation(0.5, "half tempo", 0.7),
    Relation(1.0, "on the off-beat", 0.3),
    Relation(1.5, "three beats for two", -0.7),
    Relation(2 / 3, "two beats for three", -0.7),
    Relation(4 / 3, "four beats for three", -0.7),
    Relation(0.75, "three beats for four", -0.7),
    Relation(3.0, "triple tempo", -2.0),
    Relation(1 / 3, "a third of the tempo", -2.0),
)
_ODD = Relation(0.0, "other beats", -3.0)


@dataclass(frozen=True, slots=True)
class Other:
    """Another reading.

    Attributes:
        relation: What it is to the best one, in words.
        frames: int64 [shape=(n,)], beats at 100 a second.
        numbers: int64 [shape=(n,)], 1-based place in the bar.
        score: 0..1, how likely it is.
    """

    relation: str
    frames: NDArray[np.int64] = field(compare=False)
    numbers: NDArray[np.int64] = field(compare=False)
    score: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """How likely the best reading and the others are.

    Attributes:
        beats: 0..1, how likely the beats of the best reading are.
        bars: 0..1, how likely both its beats and its bars are.
        others: Those with other beats, the likeliest first, and then those with other bars on the
            same beats: a wrong beat spoils every cut, and fewer switches mend it.
    """

    beats: float
    bars: float
    others: tuple[Other, ...]


def judge(readings: list[Reading], heard: Heard) -> Judgement:
    """Return how likely the readings of a song are.

    Args:
        readings: At least one, the best first, from `read_beats`.
        heard: What they were read from.
    """
    first, others = readings[0], readings[1:]
    seconds = len(heard.beat) / FPS
    next_best = max((r.score for r in others), default=-np.inf)
    # A path that slips by half a beat scores better than the steady one before it.
    lead = max(0.0, (first.score - next_best) / seconds)
    clear = float(heard.beat_near(first.frames).mean())
    fast = max(0.0, float(np.log2(first.tempo_bpm / _TEMPO_BPM)))
    odds = _USUAL_ODDS + _LEAD * min(lead, _MOST_LEAD) + _CLEAR * clear + _FAST * fast
    count = len(first.frames)
    beats = _likely(odds) * count / (count + 1)
    bars, turned = _bars(first, heard)
    shares = _shares(first, others, heard)
    meant = [
        Other(_relation(r, first).said, r.frames, r.numbers, (1 - beats) * float(share))
        for r, share in zip(others, shares, strict=True)
    ]
    meant.sort(key=lambda other: -other.score)
    barred = [
        Other(OTHER_BARS, first.frames, b.numbers, beats * (1 - bars) * share)
        for b, share in turned
    ]
    return Judgement(beats, beats * bars, (*_told_apart(meant[:_BEATS_OFFERED]), *barred))


def _told_apart(others: list[Other]) -> list[Other]:
    """Return readings of which no two have the same relation."""
    said = [other.relation for other in others]
    return [
        replace(other, relation=f"{other.relation}, from another beat")
        if other.relation in said[:index]
        else other
        for index, other in enumerate(others)
    ]


def _shares(first: Reading, others: list[Reading], heard: Heard) -> NDArray[np.float64]:
    """Return how likely each of the other readings is, if the best is wrong; their sum is 1."""
    if not others:
        return np.zeros(0)
    behind = np.array([min(0.0, r.score - first.score) for r in others]) * FPS / len(heard.beat)
    usual = np.array([_relation(r, first).usual + _UNSLIPPED * r.unslipped for r in others])
    octaves = np.log2([r.tempo_bpm / _TEMPO_BPM for r in others]) / _TEMPO_OCTAVES
    chords = np.array([heard.change_near(r.frames).mean() for r in others])
    misled = usual - np.square(octaves) / 2 + _BLUNT * behind + _CHORDS * chords
    level = usual + _SHARP * behind
    return (_softmax(level) + _softmax(misled)) / 2


def _relation(other: Reading, first: Reading) -> Relation:
    ratio = other.tempo_bpm / first.tempo_bpm
    near = min(_RELATIONS, key=lambda known: abs(np.log(known.ratio / ratio)))
    if abs(np.log(near.ratio / ratio)) > _NEAR:
        return _ODD
    return near if near.ratio != 1 or _between(other, first) else _ODD


def _between(other: Reading, first: Reading) -> bool:
    """Return whether beats lie in the middle between those of the best reading."""
    places = np.interp(other.frames, first.frames, np.arange(len(first.frames))) % 1
    return bool(np.median(np.abs(places - 0.5)) < _MIDDLE)


def _bars(first: Reading, heard: Heard) -> tuple[float, list[tuple[Bars, float]]]:
    """Return how likely the bars are, and other bars with their shares of what is left."""
    down = downbeat_odds(heard.down_share(first.frames))
    steady = [bars for metre in METRES for bars in turned_bars(down, metre)[:2]]
    other = [b for b in steady if np.mean(b.numbers == first.numbers) < _SAME_BARS]
    other.sort(key=lambda bars: -bars.score)
    count = len(first.frames)
    lead = (best_bars(down).score - other[0].score) / count
    shares = _softmax(np.array([bars.score for bars in other]) * _BARS_LEAD / count)
    sure = _likely(_BARS_ODDS + _BARS_LEAD * lead)
    return sure, [(b, float(s)) for b, s in zip(other, shares, strict=True)][:_BARS_OFFERED]


def _likely(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


def _softmax(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = np.exp(odds - odds.max())
    return np.asarray(parts / parts.sum(), np.float64)
