"""The data set: features and true beats of made-up songs, kept in pieces that can be resumed.

python training/songs.py --cache DIR --first 0 --count 1500
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compose import compose
from otio_idolsync.analysis.tracker.features import log_bands
from perform import perform
from sounds import RATE, Bank
from written import compose_written

SHARD = 50
VALIDATION_FIRST = 1_000_000
WRITTEN_FIRST, HELD_FIRST, HELD_JOURNEYS_FIRST = 100_000, 1_100_000, 1_101_400
"""From here on songs are of written music, and held-out ones of files and tunes kept for them."""


@dataclass(frozen=True)
class Example:
    """One song.

    Attributes:
        style: Its style's name.
        bands: float16 [shape=(n_frames, 192)].
        beats: float64 [shape=(n,)], seconds.
        numbers: int64 [shape=(n,)], 1 is a bar's first.
    """

    style: str
    bands: NDArray[np.float16]
    beats: NDArray[np.float64]
    numbers: NDArray[np.int64]


def make(seed: int, bank: Bank) -> Example:
    """Return the song of a seed."""
    written = seed in range(WRITTEN_FIRST, VALIDATION_FIRST) or seed >= HELD_FIRST
    score = compose_written(seed, held=seed >= HELD_FIRST) if written else compose(seed)
    bands = log_bands(perform(score, bank, seed), RATE)
    return Example(score.style.name, bands.astype(np.float16), score.beats, score.numbers)


def write(cache: Path, first: int, count: int) -> None:
    """Make songs ``first`` to ``first + count`` that are not yet kept, some to a file."""
    bank = Bank.load(cache)
    for start in range(first, first + count, SHARD):
        path = cache / f"songs-{start}.npz"
        if path.exists():
            continue
        began = time.process_time()
        data: dict[str, NDArray] = {}
        for seed in range(start, start + SHARD):
            song = make(seed, bank)
            data |= {f"{seed}.bands": song.bands, f"{seed}.beats": song.beats}
            data |= {f"{seed}.numbers": song.numbers, f"{seed}.style": np.array(song.style)}
        part = path.with_suffix(".part.npz")
        np.savez(part, **data)
        part.replace(path)
        print(path.name, f"{(time.process_time() - began) / SHARD:.2f} s a song", flush=True)


def read(cache: Path, first: int, count: int) -> list[Example]:
    """Return the songs kept of a range of seeds."""
    out = []
    for start in range(first, first + count, SHARD):
        path = cache / f"songs-{start}.npz"
        if not path.exists():
            continue
        with np.load(path) as data:
            for seed in range(start, start + SHARD):
                fields = (data[f"{seed}.{n}"] for n in ("style", "bands", "beats", "numbers"))
                style, bands, beats, numbers = fields
                out.append(Example(str(style), bands, beats, numbers))
    return out


def main() -> None:
    """Make songs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1500)
    chosen = parser.parse_args()
    write(chosen.cache, chosen.first, chosen.count)


if __name__ == "__main__":
    main()
