"""Music that somebody wrote, counted in beats, and how to read it from a MIDI file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.midi import read_number

DRUMS = 9
_BAR_DRUMS, _BASSES = (35, 36, 49, 57), range(32, 40)
_OFF, _ON, _PROGRAM = 0x8, 0x9, 0xC
_SHORT = (0xC, 0xD)
_TEMPO, _METRE = 0x51, 0x58


class Note(NamedTuple):
    """A note of a MIDI channel: its instrument, its key, when and how long (beats), how loud."""

    channel: int
    program: int
    key: int
    start: float
    length: float
    gain: float


@dataclass(frozen=True)
class Paper:
    """A piece before anybody plays it.

    Attributes:
        name: For reports.
        notes: In beats from the first.
        numbers: int64 [shape=(n,)], each beat's place in its bar, 1 is the first.
        bpm: float64 [shape=(n,)], the tempo that is written at each beat.
        steps: How a beat is mostly divided, 3 or 4.
    """

    name: str
    notes: list[Note]
    numbers: NDArray[np.int64]
    bpm: NDArray[np.float64]
    steps: int = 4


@dataclass
class _Events:
    """What a file says, in quarter notes."""

    notes: list[Note] = field(default_factory=list)
    tempi: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 120.0)])
    metres: list[tuple[float, int, int]] = field(default_factory=list)


def read_midi(name: str, data: bytes, *, plain: bool = False) -> Paper:
    """Return the piece in a MIDI file: its bars and tempi are those that the file states.

    Args:
        name: For reports.
        data: The file.
        plain: Count in quarters, whatever metre the file states.
    """
    found = _events(data)
    if plain:
        found.metres.clear()
    last = max((n.start + n.length for n in found.notes), default=0.0)
    quarters, numbers = _beats(found.metres, last)
    at = [
        float(np.interp(x, quarters, np.arange(len(quarters))))
        for n in found.notes
        for x in (n.start, n.start + n.length)
    ]
    notes = [
        n._replace(start=a, length=b - a)
        for n, a, b in zip(found.notes, at[::2], at[1::2], strict=True)
    ]
    tempi = sorted(found.tempi, key=lambda t: t[0])
    index = np.searchsorted([t[0] for t in tempi], quarters + 1e-6) - 1
    per_beat = np.diff(quarters, append=2 * quarters[-1] - quarters[-2])
    bpm = np.array([tempi[k][1] for k in index]) / per_beat
    return Paper(name, sorted(notes, key=lambda n: n.start), numbers, bpm)


def grid_share(paper: Paper) -> float:
    """Return the share of notes that start on a sixteenth or a triplet of the beat."""
    off = np.array([n.start for n in paper.notes]) % 1
    near = [np.abs(off * k - np.round(off * k)) / k for k in (4, 6)]
    return float((np.minimum(*near) < 0.03).mean())


def starts_bars(paper: Paper) -> bool:
    """Return whether more notes start on a bar's first beat than on any of its others."""
    whole = np.round([n.start for n in paper.notes]).astype(int)
    on = np.abs(np.array([n.start for n in paper.notes]) - whole) < 0.06
    counts = np.bincount(paper.numbers[whole[on & (whole < len(paper.numbers))]])[1:]
    return bool(len(counts) > 1 and counts[0] > 1.1 * counts[1:].max())


def starts_most(paper: Paper) -> bool:
    """Return whether more notes start on beats than on any other twelfth of one."""
    twelfths = np.floor(np.array([n.start for n in paper.notes]) * 12 + 0.5).astype(int) % 12
    return bool(np.bincount(twelfths).argmax() == 0)


def lowest_begin(paper: Paper) -> bool:
    """Return whether basses, bass drums and cymbals start as often on a bar's first as on any."""
    low = [n.start for n in paper.notes if _is_low(n)]
    whole = np.round(low).astype(int)
    on = (np.abs(np.array(low) - whole) < 0.06) & (whole < len(paper.numbers))
    counts = np.bincount(paper.numbers[whole[on]], minlength=2)[1:]
    return bool(counts[0] > 0 and counts[0] >= 0.95 * counts.max())


def _is_low(note: Note) -> bool:
    """Return whether it is a bass, or the bass drum or cymbal that bars begin with."""
    return note.key in _BAR_DRUMS if note.channel == DRUMS else note.program in _BASSES


def _events(data: bytes) -> _Events:
    """Return the notes, tempi and metres of a Standard MIDI File."""
    out = _Events()
    ticks = int.from_bytes(data[12:14], "big")
    at = 14
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            _track(data[at + 8 : at + 8 + size], ticks, out)
        at += 8 + size
    return out


def _track(body: bytes, ticks: int, out: _Events) -> None:
    """Add what a track says."""
    at, tick, status = 0, 0, 0
    programs = [0] * 16
    sounding: dict[tuple[int, int], tuple[float, int]] = {}
    while at < len(body):
        delta, at = read_number(body, at)
        tick += delta
        now = tick / ticks
        if body[at] & 0x80:
            status, at = body[at], at + 1
        if status >= 0xF0:
            meta = body[at] if status == 0xFF else None
            size, at = read_number(body, at + (meta is not None))
            value, at = body[at : at + size], at + size
            if meta == _TEMPO:
                out.tempi.append((now, 6e7 / int.from_bytes(value, "big")))
            elif meta == _METRE:
                out.metres.append((now, value[0], 2 ** value[1]))
            continue
        kind, channel, first = status >> 4, status & 15, body[at]
        at += 1 if kind in _SHORT else 2
        if kind == _PROGRAM:
            programs[channel] = first
        elif kind in (_ON, _OFF):
            if (channel, first) in sounding:
                start, loud = sounding.pop((channel, first))
                program, long = programs[channel], now - start
                out.notes.append(Note(channel, program, first, start, long, loud / 127))
            if kind == _ON and body[at - 1]:
                sounding[channel, first] = (now, body[at - 1])


def _beats(
    metres: list[tuple[float, int, int]], last: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return where the beats are, in quarters, and their places in the bar."""
    metres = sorted(metres) or [(0.0, 4, 4)]
    after = [*(m[0] for m in metres[1:]), np.inf]
    metres = [m for m, end in zip(metres, after, strict=True) if end > m[0]]
    if metres[0][0] > 0:
        metres.insert(0, (0.0, 4, 4))
    quarters: list[float] = []
    numbers: list[int] = []
    for (start, above, below), end in zip(
        metres, [*(m[0] for m in metres[1:]), last + 4], strict=True
    ):
        dotted = below == 8 and above % 3 == 0
        gap = 1.5 if dotted else 4 / below
        bar = above // 3 if dotted else above
        count = int(np.ceil((end - start) / gap - 1e-6))
        quarters += [start + k * gap for k in range(count)]
        numbers += [k % bar + 1 for k in range(count)]
    return np.array(quarters), np.array(numbers, np.int64)
