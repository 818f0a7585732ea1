"""Name what is wrong with a movie's sound where the song lies under it: holes, channels, level.

All of it is judged on what the comparison by blocks holds; each fault has its own sentence, and one
fault is named once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from otio_idolsync.report.finding import Finding
from otio_idolsync.report.sound_blocks import BLOCK, WINDOW, Blocks, Marks, Values, energy
from otio_idolsync.report.sound_lags import ALIKE, RATE
from otio_idolsync.timebase import Clock

LOUDER_DB = 1.0
_GONE_DB = -20.0
_LEAST_BLOCKS = 2
_SURE = 0.8
_SIDES = ("left", "right")
# A song whose sides differ by more than this of the middle's energy is clearly stereo.
_WIDE = 10**-2.5
_SILENT, _SAME = 1e-4, 0.01
_TURN = np.array([[0.5, 0.5], [0.5, -0.5]])
_LEAST_SHARE, _CLEAR = 0.05, 10**-2.5
_SIDE_DB = 1.5
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Channels:
    """What became of the song's channels.

    Attributes:
        silent: The side that is silent, "" for none.
        upside_down: What has the wrong polarity: ``both``, ``left``, ``right`` or "".
        swapped: Whether left is right.
        mono: Whether both sides hold the same, though the song's do not.
        side_db: How much louder the left side is than it should be against the right one.
    """

    silent: str = ""
    upside_down: str = ""
    swapped: bool = False
    mono: bool = False
    side_db: float = 0.0

    @property
    def well(self) -> bool:
        """Whether each side is what it should be."""
        return self == Channels(side_db=self.side_db) and abs(self.side_db) <= _SIDE_DB

    @property
    def even(self) -> bool:
        """Whether both sides are there, at the levels that they have in the song."""
        alike = self.upside_down in ("", "both") and not (self.silent or self.mono)
        return alike and abs(self.side_db) <= _SIDE_DB

    def findings(self) -> Iterator[Finding]:
        """Say what is wrong."""
        if self.silent:
            yield Finding("sound", f"the {self.silent} channel is silent")
        if self.upside_down == "both":
            yield Finding("sound", "the sound's polarity is inverted: it is the song upside down")
        elif self.upside_down:
            yield Finding("sound", f"the polarity of the {self.upside_down} channel is inverted")
        if self.swapped:
            yield Finding("sound", "left and right are swapped")
        if self.mono:
            yield Finding(
                "sound", "the sound is mono: both channels hold the same, the song's do not"
            )
        if abs(self.side_db) > _SIDE_DB and not (self.silent or self.mono or self.swapped):
            side = _SIDES[self.side_db > 0]
            text = f"the {side} channel is {abs(self.side_db):.1f} dB too quiet against the other"
            yield Finding("level", text, facts={"balance_db": round(self.side_db, 2)})


def channels_of(blocks: Blocks) -> Channels:
    """Return what became of the channels, where nothing else sounds and it is surely the song.

    Each way in which the sides can be exchanged and turned upside down is tried, each side at its
    own level; another than the plain one is taken where it leaves less than half unexplained.
    """
    kept = blocks.loud & ~blocks.mixed & (blocks.windows().likeness > ALIKE)
    if not kept.any():
        return Channels()
    got, due, both = (v[kept].sum(axis=0) for v in (blocks.got, blocks.due, blocks.products))
    side_db, power = 0.0, np.maximum(np.diag(due), 1e-12)
    if power.min() > _SILENT * power.max():
        level = np.diag(got) / power
        if level.min() < _SILENT * level.max():
            left = int(np.argmax(level))
            return Channels(_SIDES[1 - left], "both" if both[left, left] < 0 else "")
        side_db = 10 * float(np.log10(level[0] / level[1]))

    def left_over(way: tuple[tuple[int, int], tuple[int, int]]) -> float:
        sides, signs = way
        same = np.maximum([signs[a] * both[a, sides[a]] for a in (0, 1)], 0)
        return float(energy(got) - np.sum(np.square(same) / power[list(sides)]))

    ways = list(itertools.product(((0, 1), (1, 0)), ((1, 1), (-1, -1), (1, -1), (-1, 1))))
    best = min(ways, key=left_over)
    best = best if left_over(best) < left_over(ways[0]) / 2 else ways[0]
    (left, _right), (sign, other) = best
    turned = "both" if sign == other == -1 else "left" if sign < 0 else "right" if other < 0 else ""
    ours, theirs = (_TURN @ table @ _TURN.T for table in (got, due))
    width = theirs[1, 1] / max(theirs[0, 0], 1e-12)
    mono = width > _WIDE and ours[1, 1] < _SAME * width * ours[0, 0]
    if mono and left_over(best) > _SAME * energy(got):
        return Channels("", "both" if turned == "both" else "", mono=True)
    return Channels("", turned, left == 1, side_db=side_db)


def gap_findings(blocks: Blocks, channels: Channels, clock: Clock) -> Iterator[Finding]:
    """Say where nothing is heard though the song sounds, in both channels or in one."""
    loud, usual = blocks.loud, 10 ** (usual_db(blocks) / 10)
    got, due = energy(blocks.got), energy(blocks.due)
    if channels.mono:  # what the sides held is not in it
        got, due = (table.sum(axis=(1, 2)) for table in (blocks.got, blocks.due))
        loud = loud & (due > _LEAST_SHARE * energy(blocks.due))
    both = _gone(got, due * usual, loud)
    yield from _gaps(both, loud, "the sound", clock)
    for side in (0, 1) if channels.well else ():
        due = blocks.due[:, side, side]
        heard = loud & (due > _LEAST_SHARE * energy(blocks.due)) & ~both
        alone = _gone(blocks.got[:, side, side], due * usual, heard)
        yield from _gaps(alone, heard, f"the {_SIDES[side]} channel", clock)


def _gone(got: Values, due: Values, loud: Marks) -> Marks:
    return np.asarray(loud & (got < due * 10 ** (_GONE_DB / 10)))


def _gaps(gone: Marks, loud: Marks, what: str, clock: Clock) -> Iterator[Finding]:
    """Say where blocks are gone; between two of them only blocks that tell nothing may lie."""
    telling = np.flatnonzero(loud)
    if not gone.any():
        return
    holes = []
    for is_gone, run in itertools.groupby(telling, key=lambda at: bool(gone[at])):
        at = list(run)
        if is_gone and len(at) >= _LEAST_BLOCKS:
            holes.append((int(at[0]), int(at[-1]) + 1))
    inner = []
    for begin, end in holes:
        frame = clock.frame_at(begin * BLOCK / RATE)
        facts = {"silent_s": [_second(begin), _second(end)]}
        if end > telling[-1] and begin > telling[0]:
            text = f"{what} is silent from {_second(begin):.2f} s to its end"
            yield Finding("sound", text, frame=frame, facts=facts)
        elif begin == telling[0] and end <= telling[-1]:
            text = f"{what} begins only at {_second(end):.2f} s; the song is heard before"
            yield Finding("sound", text, frame=frame, facts=facts)
        else:
            inner.append((begin, end))
    if inner:
        yield _holes(inner, what, clock)


def _holes(holes: list[tuple[int, int]], what: str, clock: Clock) -> Finding:
    longest = max(end - begin for begin, end in holes) * BLOCK / RATE
    at = ", ".join(f"{_second(begin):.2f} s" for begin, _end in holes[:_NAMED])
    more = ", …" if len(holes) > _NAMED else ""
    if len(holes) == 1:
        text = f"{what} has a hole of {longest:.2f} s at {at}"
    else:
        text = f"{what} has {len(holes)} holes of up to {longest:.2f} s, at {at}{more}"
    facts = {"silent_s": [[_second(begin), _second(end)] for begin, end in holes]}
    return Finding("sound", text, frame=clock.frame_at(holes[0][0] * BLOCK / RATE), facts=facts)


def other_findings(blocks: Blocks, clock: Clock) -> Iterator[Finding]:
    """Say where something sounds that is not the song, though nothing else is planned there."""
    windows, loud = blocks.windows(), blocks.loud
    most = float(np.percentile(windows.power, 95)) if len(windows.power) else 0.0
    usual = 10 ** (usual_db(blocks) / 10)
    silent = np.zeros(len(loud), bool)
    for got, due in ((blocks.got[:, s, s], blocks.due[:, s, s]) for s in (0, 1)):
        silent |= _gone(got, due * usual, loud & (due > _LEAST_SHARE * energy(blocks.due)))
    holed = np.isin(np.arange(len(loud)) // WINDOW, np.flatnonzero(silent) // WINDOW)
    tells = loud & ~blocks.mixed & (windows.power > _CLEAR * most) & ~holed
    other = tells & (windows.likeness < ALIKE)
    for is_other, run in itertools.groupby(np.flatnonzero(tells), key=lambda at: bool(other[at])):
        at = list(run)
        if is_other and len(at) >= WINDOW // 2:
            begin, end = _second(int(at[0])), _second(int(at[-1]) + 1)
            text = f"from {begin:.2f} to {end:.2f} s something else than the song is heard"
            facts = {"other_s": [begin, end]}
            yield Finding("sound", text, frame=clock.frame_at(begin), facts=facts)


def level_findings(blocks: Blocks, clock: Clock) -> Iterator[Finding]:
    """Say whether the song is louder or quieter than it should be, and since when."""
    windows = blocks.windows()
    kept = np.flatnonzero(blocks.loud & ~blocks.mixed & (windows.likeness > _SURE))
    # A window is one measurement, however many of its blocks are loud.
    kept = kept[np.unique(kept // WINDOW, return_index=True)[1]]
    if not len(kept):
        return
    levels = _without_outliers(windows.louder_db[kept])
    usual, spread = float(np.median(levels)), float(np.ptp(levels))
    cut = _step(levels) if spread > LOUDER_DB else 0
    before, after = (float(np.median(part)) for part in (levels[: max(1, cut)], levels[cut:]))
    facts: dict[str, Any] = {"louder_db": round(float(max(levels, key=abs)), 2)}
    if abs(after - before) > LOUDER_DB and _stray(levels, cut, before, after) <= LOUDER_DB:
        at = _second(int(kept[cut]) // WINDOW * WINDOW)
        text = f"the level changes at {at:.1f} s: {_signed(before)} dB against the song before, "
        facts["levels_db"] = [round(before, 2), round(after, 2)]
        yield Finding("level", f"{text}{_signed(after)} dB after", "", clock.frame_at(at), facts)
    elif spread > 2 * LOUDER_DB:
        low, high = int(np.argmin(levels)), int(np.argmax(levels))
        text = f"the level goes up and down: from {_signed(levels[low])} dB against the song at "
        text += f"{_second(int(kept[low])):.1f} s to {_signed(levels[high])} dB at "
        yield Finding("level", f"{text}{_second(int(kept[high])):.1f} s", facts=facts)
    elif abs(usual) > LOUDER_DB:
        side = "louder" if usual > 0 else "quieter"
        text = f"the sound is {abs(usual):.1f} dB {side} than the song"
        yield Finding("level", text, facts={"louder_db": round(usual, 2)})


def _stray(levels: Values, cut: int, before: float, after: float) -> float:
    """Return how far a level is at most from one before a step and one after it, in dB."""
    steps = np.r_[[before] * cut, [after] * (len(levels) - cut)]
    # The window in which it happens has a level between the two.
    away = np.delete(np.abs(levels - steps), [cut - 1, min(cut, len(levels) - 1)])
    return float(away.max(initial=0.0))


def usual_db(blocks: Blocks) -> float:
    """Return how much louder than planned most of the song is, in dB."""
    windows = blocks.windows()
    kept = blocks.loud & ~blocks.mixed & (windows.likeness > _SURE)
    return float(np.median(windows.louder_db[kept])) if kept.any() else 0.0


def _without_outliers(levels: Values) -> Values:
    """Return levels with single ones that stand out taken down: the median of three."""
    if len(levels) < 3:
        return levels
    padded = np.r_[levels[:1], levels, levels[-1:]]
    return np.asarray(np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0))


def _step(levels: Values) -> int:
    """Return the index from which on levels are others than before."""
    spread = [
        np.abs(levels[:k] - np.median(levels[:k])).sum()
        + np.abs(levels[k:] - np.median(levels[k:])).sum()
        for k in range(1, len(levels))
    ]
    return 1 + int(np.argmin(spread))


def _signed(level_db: float) -> str:
    return f"{round(level_db, 1) + 0.0:+.1f}"


def _second(block: int) -> float:
    return round(block * BLOCK / RATE, 3)
