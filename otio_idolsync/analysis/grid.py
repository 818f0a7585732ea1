"""Make a beat grid cover its song, from second 0 to the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import BeatGrid

_EDGE_BEATS = 8
_LEAST_GAP = 1e-3


def beats_per_bar(grid: BeatGrid) -> int:
    """Return the commonest number of beats in a bar; 4 where no bar is whole."""
    starts = np.flatnonzero(grid.numbers == 1)
    if len(starts) < 2:
        wraps = np.any(np.diff(grid.numbers) < 0)
        return int(grid.numbers.max()) if wraps else max(4, int(grid.numbers.max()))
    lengths = np.diff(starts)
    return int(np.bincount(lengths).argmax())


def cover(grid: BeatGrid, duration: float) -> BeatGrid:
    """Return the grid within [0, duration), continued to both ends of the song.

    The tempo of the nearest beats carries on; continued beats have confidence 0, because nothing
    was heard there.

    Args:
        grid: Any grid; beats may lie outside the song.
        duration: The song's length in seconds.
    """
    meter = beats_per_bar(grid)
    beats, numbers, sure = grid.beats, grid.numbers, grid.confidence
    before = _continued(beats[0], _edge_gap(beats[: _EDGE_BEATS + 1]), -1, 0.0)
    after = _continued(beats[-1], _edge_gap(beats[-_EDGE_BEATS - 1 :]), 1, duration)
    places = np.concatenate(
        [
            (numbers[0] - 1 - np.arange(len(before), 0, -1)) % meter + 1,
            numbers,
            (numbers[-1] + np.arange(len(after))) % meter + 1,
        ]
    )
    times = np.concatenate([before[::-1], beats, after])
    trust = np.concatenate([np.zeros(len(before)), sure, np.zeros(len(after))])
    inside = (times >= 0) & (times < duration - _LEAST_GAP / 1000)
    return BeatGrid(times[inside], places[inside].astype(np.int64), trust[inside])


def steady(tempo_bpm: float, duration: float, first: float = 0.0) -> BeatGrid:
    """Return a grid of one tempo in bars of four, with confidence 0 throughout."""
    count = max(2, int(np.ceil((duration - first) * tempo_bpm / 60)))
    index = np.arange(count)
    return BeatGrid(first + index * 60 / tempo_bpm, index % 4 + 1, np.zeros(count))


def _edge_gap(beats: NDArray[np.float64]) -> float:
    return max(float(np.median(np.diff(beats))), _LEAST_GAP)


def _continued(edge: float, gap: float, way: int, end: float) -> NDArray[np.float64]:
    """Return beats from the one after ``edge`` to the last before ``end``, outwards."""
    count = int(max(0.0, (end - edge) * way) / gap + 1e-9)
    return np.asarray(edge + way * gap * np.arange(1, count + 1), np.float64)
