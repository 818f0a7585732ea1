"""Beats and bars from a MIDI file's tempo map (tempo and time signature events only)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.errors import AnalysisError

_TEMPO, _METER, _END = 0x51, 0x58, 0x2F
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


class _Broken(Exception):
    """The bytes are no MIDI file; the text says where."""


def read_midi(data: bytes, source: Path) -> BeatGrid:
    """Return the grid of a Standard MIDI File; tick 0 is second 0 of the song.

    A meter of 6, 9 or 12 eighths has dotted-quarter beats, as it is counted.

    Raises:
        AnalysisError: It is damaged, or counts in SMPTE frames.
    """
    try:
        ticks, events, last = _events(data)
    except (_Broken, IndexError) as error:
        reason = str(error) if isinstance(error, _Broken) else "it ends too early"
        raise AnalysisError(f"grid {source} is a damaged MIDI file: {reason}") from error
    tempi = dict([(0, 500000)] + [(t, v[0]) for t, k, v in events if k == _TEMPO])
    meters = dict([(0, (4, 4))] + [(t, (v[0], v[1])) for t, k, v in events if k == _METER])
    places, numbers = _walk(meters, ticks, last)
    if len(places) < 2:
        raise AnalysisError(f"grid {source} lasts less than two beats; export it with its notes")
    times = _seconds(np.array(places), tempi, ticks)
    return BeatGrid(times, np.array(numbers, np.int64), np.ones(len(times)))


def _walk(
    meters: dict[int, tuple[int, int]], ticks: int, last: int
) -> tuple[list[float], list[int]]:
    """Return the tick and the place in the bar of each beat up to the last event."""
    places: list[float] = []
    numbers: list[int] = []
    starts = sorted(meters)
    for start, end in zip(starts, [*starts[1:], last + 1], strict=True):
        above, below = meters[start]
        compound = below == 8 and above % 3 == 0 and above > 3
        step = ticks * (1.5 if compound else 4 / below)
        count = above // 3 if compound else above
        beats = int(np.ceil((end - start) / step - 1e-9))
        places += [start + k * step for k in range(beats)]
        numbers += [k % count + 1 for k in range(beats)]
    return places, numbers


def _seconds(
    places: np.ndarray[tuple[int, ...], np.dtype[np.float64]], tempi: dict[int, int], ticks: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    starts = sorted(tempi)
    at = [0.0]
    for a, b in itertools.pairwise(starts):
        at.append(at[-1] + (b - a) * tempi[a] / ticks / 1e6)
    index = np.searchsorted(starts, places, side="right") - 1
    slope = np.array([tempi[s] for s in starts], float) / ticks / 1e6
    return np.asarray(
        np.array(at)[index] + (places - np.array(starts)[index]) * slope[index], np.float64
    )


def _events(data: bytes) -> tuple[int, list[tuple[int, int, tuple[int, ...]]], int]:
    """Return ticks a quarter note, tempo and meter events by tick, and the last tick."""
    ticks = int.from_bytes(data[12:14], "big")
    if ticks & 0x8000 or not ticks:
        raise _Broken("it counts in SMPTE frames, not in beats")
    found: list[tuple[int, int, tuple[int, ...]]] = []
    last = 0
    at = 8 + int.from_bytes(data[4:8], "big")
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        body = data[at + 8 : at + 8 + size]
        if data[at : at + 4] == b"MTrk":
            if len(body) < size:
                raise _Broken("a track is cut off")
            for tick, kind, values in _track(body):
                last = max(last, tick)
                if values:
                    found.append((tick, kind, values))
        at += 8 + size
    return ticks, sorted(found, key=lambda e: e[0]), last


def _track(body: bytes) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    at, tick, running = 0, 0, 0
    while at < len(body):
        delta, at = read_number(body, at)
        tick += delta
        status = body[at]
        if status & 0x80:
            at += 1
        else:
            status = running
        if status == 0xFF:
            kind = body[at]
            size, at = read_number(body, at + 1)
            yield tick, kind, _meta(kind, body[at : at + size])
            at += size
            if kind == _END:
                return
        elif status in (0xF0, 0xF7):
            size, at = read_number(body, at)
            at += size
        elif status >> 4 in _DATA_BYTES:
            running = status
            at += _DATA_BYTES[status >> 4]
            yield tick, 0, ()
        else:
            raise _Broken(f"byte {status:#x} is no event")


def _meta(kind: int, body: bytes) -> tuple[int, ...]:
    if kind == _TEMPO and len(body) == 3 and any(body):
        return (int.from_bytes(body, "big"),)
    if kind == _METER and len(body) >= 2 and body[0] and body[1] < 8:
        return (body[0], 2 ** body[1])
    return ()


def read_number(body: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length at a place in a track, and where it ends."""
    value = 0
    while True:
        value = value << 7 | body[at] & 0x7F
        at += 1
        if not body[at - 1] & 0x80:
            return value, at
