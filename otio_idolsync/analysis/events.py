"""Where the song drops, builds, breaks and peaks: the few moments that an edit must honour."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.energy import bar_energy
from otio_idolsync.analysis.grid import beats_per_bar
from otio_idolsync.analysis.model import BeatGrid, Energy, Event, EventKind

_CONTEXT_BARS = 4
_BEFORE_BARS = 2
_LEAST_RISE = 0.15
_LEAST_BARS_APART, _LEAST_BEATS_APART = 8, 16
_EVENT_BARS = 2
_DROPS_A_MINUTE, _PEAKS_A_MINUTE = 2.0, 0.5
_LOUD_PERCENTILE = 60
_PEAK_LEAST, _PEAK_CONTRAST = 0.8, 0.12
_BREAK_DEPTH = 0.2
_BREAK_GAP_BARS = 2
_BUILD_BARS = (4, 8, 16)
_BUILD_RISE, _BUILD_FIT = 0.15, 0.75


def find_events(energy: Energy, grid: BeatGrid, duration: float) -> tuple[Event, ...]:
    """Return the song's events in time order; each starts on a downbeat.

    A drop is a bar from which the song is clearly more intense than just before. A peak is the
    most intense stretch of a loud part that no drop opens. A build is a steady rise that ends
    where one of them starts. A break is a quiet stretch between louder ones. All of it is judged
    on the mean energy of whole bars, so a fill or a breath is no event.

    Args:
        energy: The song's energy.
        grid: The song's settled grid.
        duration: The song's length in seconds.
    """
    bars = bar_energy(energy, grid, duration)
    edges = np.append(grid.downbeats, duration)
    if len(bars) < 2 * _CONTEXT_BARS:
        return ()
    rises = _rises(bars)
    apart = max(_LEAST_BARS_APART, math.ceil(_LEAST_BEATS_APART / beats_per_bar(grid)))
    minutes = duration / 60
    drops = _highest(np.where(_loud_from(bars), rises, 0.0), _LEAST_RISE, apart)
    drops = drops[: math.ceil(_DROPS_A_MINUTE * minutes)]
    peaks = _peaks(bars, drops, apart)[: math.ceil(_PEAKS_A_MINUTE * minutes)]
    marks = sorted([*drops, *peaks])
    builds = {bar: _build_start(bars, bar, marks) for bar in marks}
    found = [_span(EventKind.DROP, b, b + _EVENT_BARS, edges, 2 * rises[b]) for b in drops]
    found += [_span(EventKind.PEAK, b, b + _EVENT_BARS, edges, bars[b]) for b in peaks]
    for bar, start in builds.items():
        if start < bar:
            found.append(_span(EventKind.BUILD, start, bar, edges, 2 * (bars[bar] - bars[start])))
    for first, last in _breaks(bars, builds):
        found.append(_span(EventKind.BREAK, first, last, edges, 2 * _depth(bars, first, last)))
    order = (EventKind.BREAK, EventKind.BUILD, EventKind.DROP, EventKind.PEAK)
    return tuple(sorted(found, key=lambda event: (event.start, order.index(event.kind))))


def _span(
    kind: EventKind, first: int, last: int, edges: NDArray[np.float64], strength: float
) -> Event:
    last = min(last, len(edges) - 1)
    return Event(kind, float(edges[first]), float(edges[last]), float(np.clip(strength, 0, 1)))


def _rises(bars: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the bars from each one on exceed those just before it."""
    rises = np.zeros(len(bars))
    for bar in range(_BEFORE_BARS, len(bars) - _EVENT_BARS):
        after = bars[bar : bar + _CONTEXT_BARS].mean()
        rises[bar] = min(after, bars[bar] + 0.05) - bars[bar - _BEFORE_BARS : bar].mean()
    return rises


def _loud_from(bars: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether the bars from each one on are loud for this song."""
    after = np.array([bars[b : b + _CONTEXT_BARS].mean() for b in range(len(bars))])
    return np.asarray(after >= np.percentile(bars, _LOUD_PERCENTILE) - 0.05, np.bool_)


def _highest(values: NDArray[np.float64], least: float, apart: int) -> list[int]:
    """Return the bars of the highest values, highest first and far from each other."""
    chosen: list[int] = []
    for bar in np.argsort(-values, kind="stable"):
        if values[bar] < least:
            break
        if all(abs(int(bar) - other) >= apart for other in chosen):
            chosen.append(int(bar))
    return chosen


def _peaks(bars: NDArray[np.float64], drops: list[int], apart: int) -> list[int]:
    """Return where loud parts that no drop opens are loudest, if clearly above the song."""
    smooth = np.array([bars[b : b + _CONTEXT_BARS].mean() for b in range(len(bars))])
    smooth[:_EVENT_BARS] = 0
    smooth[-_CONTEXT_BARS:] = 0
    contrast = smooth - float(np.median(bars))
    quiet = bars < np.percentile(bars, _LOUD_PERCENTILE) - 0.1
    part = np.cumsum(np.diff(quiet.astype(int), prepend=0) == -1)
    opened = {int(part[drop]) for drop in drops}
    free = np.array([p not in opened for p in part])
    far = np.array([all(abs(b - d) >= apart for d in drops) for b in range(len(bars))])
    usable = free & far & (contrast > _PEAK_CONTRAST)
    return _highest(np.where(usable, smooth, 0.0), _PEAK_LEAST, apart)


def _build_start(bars: NDArray[np.float64], bar: int, marks: list[int]) -> int:
    """Return where a steady rise into ``bar`` starts; ``bar`` itself where there is none."""
    earliest = max([m + _EVENT_BARS for m in marks if m < bar], default=0)
    start = bar
    for length in _BUILD_BARS:
        if bar - length < earliest:
            break
        piece = bars[bar - length : bar]
        x = np.arange(length) - (length - 1) / 2
        slope = float(x @ piece / (x @ x))
        fit = slope * np.sqrt(x @ x) / (np.sqrt(length) * piece.std() + 1e-9)
        if slope * length >= _BUILD_RISE and fit >= _BUILD_FIT:
            start = bar - length
    return start


def _breaks(bars: NDArray[np.float64], builds: dict[int, int]) -> list[tuple[int, int]]:
    """Return quiet stretches of two bars or more between louder ones, without the builds."""
    usual = float(np.percentile(bars, _LOUD_PERCENTILE))
    quiet = _closed(bars < usual - _BREAK_DEPTH)
    for end, start in builds.items():
        quiet[start : end + 1] = False
    turns = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    spans = [(int(a), int(b)) for a, b in zip(turns[::2], turns[1::2], strict=True)]
    return [(a, b) for a, b in spans if b - a >= 2 and a > 0 and b < len(bars) - 1]


def _closed(quiet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the same with one or two louder bars inside a quiet stretch counted as quiet."""
    closed = quiet.copy()
    at = np.flatnonzero(quiet)
    for before, after in itertools.pairwise(at):
        if after - before <= _BREAK_GAP_BARS + 1:
            closed[before:after] = True
    return closed


def _depth(bars: NDArray[np.float64], first: int, last: int) -> float:
    return float(np.percentile(bars, _LOUD_PERCENTILE) - bars[first:last].mean())
