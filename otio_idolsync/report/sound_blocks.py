"""Compare a movie's sound with the song block by block, once it is known how late it is.

The song is laid under the movie as it is heard there, late or early as it may be, so that what else
is wrong shows: where nothing sounds, where something else does, what became of the level and of the
channels. Blocks of 10 ms tell where it is silent; windows of half a second tell whether it is the
song, and how loud.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.media.song import Song
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.report.sound_lags import RATE, SILENCE, Guide, Sound
from otio_idolsync.report.sound_runs import Run

BLOCK = RATE // 100
WINDOW = 50
_FAINT_DB = -40.0
_TINY = 1e-12
Values = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The movie's sound and the song under it, in blocks of 10 ms.

    Attributes:
        got: Products of the movie's channels with each other, float64 [shape=(n, 2, 2)].
        due: Those of the song's, at the level that the timeline plans.
        products: Products of each channel of the movie with each of the song's.
        mixed: Where the timeline plans other sound beside the song, bool [shape=(n,)].
        guide: The sums in which the two are compared.
    """

    got: Values
    due: Values
    products: Values
    mixed: Marks
    guide: Guide

    @property
    def loud(self) -> Marks:
        """Blocks in which the song is clearly heard."""
        level = np.sqrt(energy(self.due) / (2 * BLOCK))
        most = float(np.percentile(level, 95)) if len(level) else 0.0
        return np.asarray(level > max(SILENCE, most * 10 ** (_FAINT_DB / 20)))

    def windows(self) -> Windows:
        """Return what half a second tells, block by block: all blocks of a window say the same."""
        count = len(self.mixed)
        starts = np.arange(0, max(1, count - WINDOW + 1), WINDOW)
        lengths = np.diff(np.r_[starts, count])

        def summed(values: Values) -> Values:
            return np.asarray(np.repeat(np.add.reduceat(values, starts), lengths))

        ours, theirs = np.asarray(self.guide.movie), np.asarray(self.guide.song)
        heard = summed(np.einsum("nab,a,b->n", self.got, ours, ours))
        power = summed(np.einsum("nab,a,b->n", self.due, theirs, theirs))
        same = self.guide.sign * summed(np.einsum("nab,a,b->n", self.products, ours, theirs))
        gain = np.maximum(same, 0) / (power + _TINY)
        return Windows(
            same / np.sqrt(heard * power + _TINY),
            20 * np.log10(np.maximum(gain, 1e-6)),
            power,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What half a second tells, at each of its blocks.

    Attributes:
        likeness: How alike the sound is to the song, -1..1.
        louder_db: How much louder the song is than planned, whatever else sounds.
        power: Energy of the song.
    """

    likeness: Values
    louder_db: Values
    power: Values


def energy(products: Values) -> Values:
    """Return the energy of both channels, of products of channels with each other."""
    return np.asarray(np.trace(products, axis1=-2, axis2=-1))


def compare(
    sound: Sound, own: Sound, guide: Guide, runs: Sequence[Run], planned: Planned
) -> Blocks:
    """Return a movie's sound against the song as it runs under it.

    Args:
        sound: The movie's samples.
        own: The song's.
        guide: The sums in which they are compared.
        runs: Where the song lies.
        planned: At which level it should be heard.
    """
    count = len(sound) // BLOCK
    laid = np.zeros((count * BLOCK, 2), np.float32)
    for run in runs:
        begin, end = max(0, run.begin), min(run.end, len(laid))
        if begin >= end:
            continue
        rate = (run.song_end - run.song) / max(1, run.end - run.begin)
        places = np.rint(run.song + (np.arange(begin, end) - run.begin) * rate).astype(np.int64)
        inside = (places >= 0) & (places < len(own))
        laid[begin:end][inside] = own[places[inside]]
    seconds = (np.arange(count) + 0.5) * BLOCK / RATE
    gain = planned.gain(seconds)
    laid *= np.repeat(gain, BLOCK)[:, None].astype(np.float32)
    got = sound[: count * BLOCK]

    def products(one: Sound, two: Sound) -> Values:
        table = np.empty((count, 2, 2))
        for a, b in itertools.product((0, 1), (0, 1)):
            product = one[:, a] * two[:, b]
            table[:, a, b] = product.reshape(count, BLOCK).sum(axis=1, dtype=np.float64)
        return table

    mixed = planned.mixed(seconds)
    return Blocks(products(got, got), products(laid, laid), products(got, laid), mixed, guide)


@dataclass(frozen=True, slots=True)
class Planned:
    """At which level the timeline lets the song be heard.

    Attributes:
        song: Its pieces; none where nobody knows, and it should be heard as it is.
        others: The other sounds.
    """

    song: tuple[SoundPiece, ...] = ()
    others: tuple[SoundPiece, ...] = ()

    @classmethod
    def of(cls, song: Song, pieces: Sequence[SoundPiece]) -> Planned:
        """Return what a timeline plans, of the pieces that it would be rendered with."""
        own = [p for p in pieces if p.path == song.path and p.stream == song.stream]
        return cls(tuple(own), tuple(piece for piece in pieces if piece not in own))

    def gain(self, seconds: Values) -> Values:
        """Return what the song's samples are multiplied by at each second."""
        if not self.song:
            return np.ones(len(seconds))
        gains = np.zeros(len(seconds))
        for piece in self.song:
            gains = np.maximum(gains, _gain_of(piece, seconds))
        return gains

    def mixed(self, seconds: Values) -> Marks:
        """Return when anything is heard with the song, or two pieces of it at once."""
        heard = [_gain_of(piece, seconds) > 0 for piece in (*self.song, *self.others)]
        many = np.sum(heard, axis=0) if heard else np.zeros(len(seconds))
        own = np.any(heard[: len(self.song)], axis=0) if self.song else np.zeros(len(seconds))
        return np.asarray(many > np.maximum(own, 1) if self.song else many > 0)


def _gain_of(piece: SoundPiece, seconds: Values) -> Values:
    """Return a piece's level at each second, 0 where it is not heard."""
    into = seconds - float(piece.record)
    left = np.inf if piece.length is None else float(piece.length) - into
    gain = np.where((into >= 0) & (left > 0), float(piece.gain), 0.0)
    for fade, at in ((piece.fade_in, into), (piece.fade_out, left)):
        if fade > Fraction(0):
            share = np.clip(at / float(fade), 0, 1)
            gain = gain * (np.sin(share * np.pi / 2) if piece.even_power else share)
    return np.asarray(gain)
