"""Where the song drops, builds, breaks and peaks: the few moments that an edit must honour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.energy import bar_energy
from otio_idolsync.analysis.model import BeatGrid, Energy, Event

_CONTEXT_BARS = 4
_LEAST_RISE = 0.15
_LEAST_BARS_APART = 8
_EVENT_BARS = 2
_BREAK_DEPTH = 0.2
_BUILD_SLOPE = 0.015


def find_events(energy: Energy, grid: BeatGrid, duration: float) -> tuple[Event, ...]:
    """Return the song's events in time order; each starts on a downbeat.

    A drop is a bar from which the song is clearly more intense than before; a peak is the most
    intense stretch where no drop marks it; a build is a rise into one of them; a break is a quiet
    stretch between louder ones.
    """
    bars = bar_energy(energy, grid, duration)
    edges = np.append(grid.downbeats, duration)
    if len(bars) < 2 * _CONTEXT_BARS:
        return ()
    rises = _rises(bars)
    drops = _strongest(np.where(_loud_after(bars), rises, 0.0), _LEAST_RISE, [])
    peaks = _peaks(bars, drops)
    events = [_event("drop", b, edges, rises[b] * 2) for b in drops]
    events += [_event("peak", b, edges, bars[b]) for b in peaks]
    for bar in sorted(drops + peaks):
        length = _build_length(bars, bar)
        if length:
            gain = float(bars[bar] - bars[bar - length])
            events.append(
                Event("build", float(edges[bar - length]), float(edges[bar]), _unit(gain * 2))
            )
    events += [
        Event("break", float(edges[a]), float(edges[b]), _unit(depth * 2))
        for a, b, depth in _breaks(bars)
    ]
    order = {"break": 0, "build": 1, "drop": 2, "peak": 3}
    return tuple(sorted(events, key=lambda e: (e.start, order[e.kind])))


def _event(kind: str, bar: int, edges: NDArray[np.float64], strength: float) -> Event:
    last = min(bar + _EVENT_BARS, len(edges) - 1)
    return Event(kind, float(edges[bar]), float(edges[last]), _unit(strength))


def _unit(value: float) -> float:
    return float(np.clip(value, 0, 1))


def _rises(bars: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much the next bars exceed the last ones, at each bar."""
    rises = np.zeros(len(bars))
    for bar in range(2, len(bars) - 2):
        after = bars[bar : bar + _CONTEXT_BARS].mean()
        before = bars[max(0, bar - 2) : bar].mean()
        rises[bar] = after - before
    return rises


def _loud_after(bars: NDArray[np.float64]) -> NDArray[np.bool_]:
    after = np.array([bars[b : b + _CONTEXT_BARS].mean() for b in range(len(bars))])
    return np.asarray(after >= np.percentile(bars, 60), np.bool_)


def _strongest(values: NDArray[np.float64], least: float, taken: list[int]) -> list[int]:
    """Return the bars of the highest values, far enough from each other and those taken."""
    chosen: list[int] = []
    for bar in np.argsort(-values, kind="stable"):
        if values[bar] < least:
            break
        if all(abs(bar - other) >= _LEAST_BARS_APART for other in taken + chosen):
            chosen.append(int(bar))
    return sorted(chosen[:6])


def _peaks(bars: NDArray[np.float64], drops: list[int]) -> list[int]:
    smooth = np.array([bars[b : b + _CONTEXT_BARS].mean() for b in range(len(bars))])
    contrast = smooth - np.median(bars)
    smooth[-_EVENT_BARS:] = 0
    found = _strongest(np.where(contrast > 0.1, smooth, 0.0), 0.8, drops)
    return found[: max(0, 8 - len(drops))][:2]


def _build_length(bars: NDArray[np.float64], bar: int) -> int:
    """Return how many bars before ``bar`` rise steadily; 0 where there is no build."""
    best = 0
    for length in (4, 8, 16):
        if bar - length < 0:
            break
        piece = bars[bar - length : bar]
        slope = np.polyfit(np.arange(length), piece, 1)[0]
        fit = np.corrcoef(np.arange(length), piece)[0, 1] if piece.std() > 1e-6 else 0.0
        if slope * length > 0.12 and slope > _BUILD_SLOPE and fit > 0.7:
            best = length
    return best


def _breaks(bars: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Return quiet stretches of at least two bars between louder ones, with their depth."""
    usual = float(np.percentile(bars, 60))
    quiet = bars < usual - _BREAK_DEPTH
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [
        (int(a), int(b), usual - float(bars[a:b].mean()))
        for a, b in spans
        if b - a >= 2 and a > 0 and b < len(bars)
    ]
