"""The song's form: bar-aligned parts, which of them sound alike, and what they are when sure."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import FAST_RATE, SLOW_RATE, Features
from otio_idolsync.analysis.form import name_sections
from otio_idolsync.analysis.model import BeatGrid, Energy, Phrase, Section

_LEAST_BARS = 4
_MOST_BARS = 32
_ALIKE = 0.6
_TIMBRE_PARTS, _CHORD_PARTS, _RHYTHM_PARTS = 4, 4, 16
_CHORDS, _RHYTHM = 0.3, 0.5
_PART_COST, _ODD_COST, _REPEAT_GAIN = 0.8, (1.0, 0.6, 0.3), 0.8
_LONG_BARS, _LONG_COST = 16, 0.05
_ROUNDS = 3


def find_sections(
    features: Features,
    grid: BeatGrid,
    energy: Energy,
    vocals: tuple[Phrase, ...],
    duration: float,
) -> tuple[Section, ...]:
    """Return parts that tile the song from 0 to its end; inner boundaries are downbeats.

    As in correlation block-matching [1], a dynamic programme over bars weighs how alike the bars
    of each part are against the number and the lengths of parts. It runs again with parts
    that come back made cheaper, so that what is one verse here is one verse there.

    [1] A. Marmoret, J. E. Cohen, F. Bimbot, "Barwise music structure analysis with the
        correlation block-matching segmentation algorithm", TISMIR 6(1), 2023.
    """
    edges = np.append(grid.downbeats, duration)
    if len(edges) < 2 * _LEAST_BARS + 1:
        return (Section(0.0, duration, "A"),)
    rows = bar_features(features, edges)
    cuts = _segment(rows)
    labels = _labels(rows, cuts)
    times = [0.0, *(float(edges[c]) for c in cuts[1:-1]), duration]
    sections = [
        Section(start, end, label)
        for (start, end), label in zip(itertools.pairwise(times), labels, strict=True)
    ]
    return name_sections(sections, energy, vocals)


def bar_features(features: Features, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return timbre, harmony and rhythm of each bar, about the song's mean.

    Returns:
        float64 [shape=(bars, n)]; the mean square length of the rows is 1.
    """
    chroma = features.chroma / (np.linalg.norm(features.chroma, axis=1, keepdims=True) + 1e-6)
    onsets = features.onsets / (features.onsets.std(axis=0) + 1e-9)
    parts = []
    for values, rate, pieces, weight in (
        (features.timbre, SLOW_RATE, _TIMBRE_PARTS, 1.0),
        (chroma, SLOW_RATE, _CHORD_PARTS, _CHORDS),
        (onsets, FAST_RATE, _RHYTHM_PARTS, _RHYTHM),
    ):
        means = _in_pieces(values, rate, edges, pieces)
        parts.append(weight * _scaled(means - means.mean(axis=0)))
    return _scaled(np.concatenate(parts, axis=1))


def _in_pieces(
    values: NDArray[np.float32], rate: float, edges: NDArray[np.float64], pieces: int
) -> NDArray[np.float64]:
    """Return the means over equal pieces of each bar, float64 [shape=(bars, pieces * bands)]."""
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    times = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(pieces + 1) / pieces
    frames = np.clip(np.round(times * rate).astype(np.int64), 0, len(values) - 1)
    first = frames[:, :-1]
    last = np.maximum(frames[:, 1:], first + 1)
    means = (total[last] - total[first]) / (last - first)[..., None]
    return np.asarray(means.reshape(len(first), -1), np.float64)


def _scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / (np.sqrt(np.square(rows).sum(axis=1).mean()) + 1e-9), np.float64)


def _directions(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9), np.float64)


def _segment(rows: NDArray[np.float64]) -> list[int]:
    """Return the bar lines, first and last included, that part the song best.

    A last bar by itself is how the song rings out, and belongs to the part before.
    """
    usual = _spread(rows) + _length_cost(len(rows))
    unit = _directions(rows)
    likeness = unit @ unit.T
    cuts = _cheapest(usual)
    for _ in range(_ROUNDS):
        again = _cheapest(usual - _REPEAT_GAIN * _repeats(likeness, cuts))
        if again == cuts:
            break
        cuts = again
    return cuts[:-2] + cuts[-1:] if len(cuts) > 2 and cuts[-1] - cuts[-2] == 1 else cuts


def _spread(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the bars from one bar line to another are from their mean, squared, summed."""
    likeness = rows @ rows.T
    area = np.pad(likeness, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    own = np.append(0.0, np.cumsum(np.diag(likeness)))
    block = area.diagonal()[None] - area - area.T + area.diagonal()[:, None]
    line = np.arange(len(area))
    bars = np.maximum(1, line[None] - line[:, None])
    return np.asarray(own[None] - own[:, None] - block / bars, np.float64)


def _length_cost(count: int) -> NDArray[np.float64]:
    """Return what a part costs, more where its length is odd; endless where it cannot be."""
    bars = np.arange(count + 1)[None] - np.arange(count + 1)[:, None]
    one, two, four = _ODD_COST
    odd = np.select([bars % 2 == 1, bars % 4 == 2, bars % 8 == 4], [one, two, four], 0.0)
    short = np.where(bars < _LEAST_BARS, one, 0.0)
    long = _LONG_COST * np.maximum(0, bars - _LONG_BARS)
    fits = (bars > 0) & (bars <= _MOST_BARS)
    return np.where(fits, _PART_COST + odd + short + long, np.inf)


def _repeats(likeness: NDArray[np.float64], cuts: list[int]) -> NDArray[np.float64]:
    """Return how well each stretch repeats a part found elsewhere bar by bar, 0..1."""
    count = len(likeness)
    found = np.zeros((count + 1, count + 1))
    for first, last in itertools.pairwise(cuts):
        bars = last - first
        if bars < _LEAST_BARS - 1:
            continue
        starts = np.arange(count - bars + 1)
        starts = starts[(starts + bars <= first) | (starts >= last)]
        step = np.arange(bars)
        alike = likeness[starts[:, None] + step, first + step].mean(axis=1)
        place = (starts, starts + bars)
        found[place] = np.maximum(found[place], alike)
    return found


def _cheapest(cost: NDArray[np.float64]) -> list[int]:
    """Return the bar lines, first and last included, between which all costs add up to least."""
    count = len(cost) - 1
    best, came = np.zeros(count + 1), np.zeros(count + 1, np.int64)
    for end in range(1, count + 1):
        start = max(0, end - _MOST_BARS)
        sums = best[start:end] + cost[start:end, end]
        came[end] = start + int(sums.argmin())
        best[end] = sums.min()
    cuts = [count]
    while cuts[-1]:
        cuts.append(int(came[cuts[-1]]))
    return cuts[::-1]


def _labels(rows: NDArray[np.float64], cuts: list[int]) -> list[str]:
    """Return a letter for each part; parts whose mean bars are alike share one."""
    means: list[NDArray[np.float64]] = []
    letters = []
    for start, end in itertools.pairwise(cuts):
        mean = rows[start:end].mean(axis=0)
        mean = mean / (np.linalg.norm(mean) + 1e-9)
        scores = [float(mean @ other) for other in means]
        if scores and max(scores) > _ALIKE:
            letters.append(int(np.argmax(scores)))
        else:
            letters.append(len(means))
            means.append(mean)
    return [_letter(i) for i in letters]


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else _letter(index // 26 - 1) + chr(65 + index % 26)
