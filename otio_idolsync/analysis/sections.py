"""The song's form: bar-aligned parts, which of them sound alike, and what they are when sure."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.features import SLOW_RATE, Features
from otio_idolsync.analysis.form import name_sections
from otio_idolsync.analysis.model import BeatGrid, Energy, Phrase, Section

_KERNEL = 8
_LEAST_BARS = 4
_MOST_BARS = 32
_ALIKE = 0.6


def find_sections(
    features: Features,
    grid: BeatGrid,
    energy: Energy,
    vocals: tuple[Phrase, ...],
    duration: float,
) -> tuple[Section, ...]:
    """Return parts that tile the song from 0 to its end; inner boundaries are downbeats."""
    edges = np.append(grid.downbeats, duration)
    if len(edges) < 2 * _LEAST_BARS + 1:
        return (Section(0.0, duration, "A"),)
    rows = bar_features(features, edges)
    likeness = rows @ rows.T
    cuts = _segment(_novelty(likeness))
    labels = _labels(rows, cuts)
    times = [0.0, *(float(edges[c]) for c in cuts[1:-1]), duration]
    sections = [
        Section(start, end, label)
        for (start, end), label in zip(itertools.pairwise(times), labels, strict=True)
    ]
    return name_sections(sections, energy, vocals)


def bar_features(features: Features, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return timbre, harmony and loudness of each bar as rows of length 1, mean 0 over the song."""
    frames = np.clip((edges * SLOW_RATE).astype(int), 0, len(features.loudness))
    chroma = features.chroma / (np.linalg.norm(features.chroma, axis=1, keepdims=True) + 1e-6)
    parts = []
    for values, weight in (
        (features.timbre, 1.0),
        (chroma, 0.7),
        (features.loudness[:, None], 0.3),
    ):
        means = np.array(
            [values[a : max(a + 1, b)].mean(axis=0) for a, b in itertools.pairwise(frames)]
        )
        means = means - means.mean(axis=0)
        parts.append(weight * means / (np.sqrt(np.mean(np.square(means).sum(axis=1))) + 1e-9))
    rows = np.concatenate(parts, axis=1)
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9), np.float64)


def _novelty(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much the bars after each bar line differ from those before it, 0..1."""
    count = len(likeness)
    novelty = np.zeros(count + 1)
    for bar in range(1, count):
        size = min(_KERNEL, bar, count - bar)
        a, b = slice(bar - size, bar), slice(bar, bar + size)
        within = (likeness[a, a].mean() + likeness[b, b].mean()) / 2
        novelty[bar] = (within - likeness[a, b].mean()) * min(1, size / _LEAST_BARS)
    return np.asarray(novelty / (novelty.max() + 1e-9), np.float64)


def _segment(novelty: NDArray[np.float64]) -> list[int]:
    """Return the bar lines, first and last included, that gain most for their novelty."""
    count = len(novelty) - 1
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, int)
    for end in range(1, count + 1):
        for start in range(max(0, end - _MOST_BARS), end):
            gain = best[start] + _length_gain(end - start) + (novelty[end] if end < count else 0)
            if gain > best[end]:
                best[end], came[end] = gain, start
    cuts = [count]
    while cuts[-1]:
        cuts.append(int(came[cuts[-1]]))
    return cuts[::-1]


def _length_gain(bars: int) -> float:
    """Return how usual a part of so many bars is, less what any further part costs."""
    if bars < _LEAST_BARS:
        return -2.0
    usual = 0.1 if bars % 8 == 0 else 0.05 if bars % 4 == 0 else 0.0
    return usual - 0.3 - 0.01 * max(0, bars - 16)


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
