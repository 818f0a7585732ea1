"""Score beats against annotated songs: plain librosa, and this package's analysis.

    python benchmarks/beats.py FOLDER

FOLDER holds songs and, beside each, the same name with ``.beats`` (``time<TAB>beat-in-bar``).
Prints F (70 ms), the same with the best of half and double tempo and the off-beat allowed, downbeat
F, mean error and median bias in ms of beats that match, and seconds of song a second of work.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.media.song import decode_song, open_song

WINDOW = 0.07
Beats = NDArray[np.float64]


def plain_librosa(path: Path) -> tuple[Beats, Beats]:
    import librosa

    samples = decode_song(open_song(path), 22050).mean(axis=1)
    _, beats = librosa.beat.beat_track(y=samples, sr=22050, units="time")
    return beats, beats[::4]


def ours(path: Path) -> tuple[Beats, Beats]:
    with tempfile.TemporaryDirectory() as cache:
        grid = analyze(path, cache=Path(cache)).grid
    return grid.beats, grid.downbeats


def f_measure(truth: Beats, found: Beats) -> float:
    """Return the F measure; each beat matches at most one."""
    if not len(truth) or not len(found):
        return 0.0
    nearest = np.abs(found[:, None] - truth[None]).argmin(axis=0)
    near = np.abs(found[nearest] - truth) <= WINDOW
    return 2 * len(set(nearest[near])) / (len(truth) + len(found))


def best_level(truth: Beats, found: Beats) -> float:
    """Return F with the truth's off-beats, halves and doubles allowed."""
    halves = (truth[:-1] + truth[1:]) / 2
    both = np.sort(np.concatenate([truth, halves]))
    return max(f_measure(t, found) for t in (truth, halves, both, truth[::2], truth[1::2]))


def score(truth: NDArray[np.float64], found: tuple[Beats, Beats]) -> list[float]:
    beats, downbeats = (
        f[(f >= truth[0, 0] - WINDOW) & (f <= truth[-1, 0] + WINDOW)] for f in found
    )
    true = truth[:, 0]
    off = beats[np.abs(beats[:, None] - true[None]).argmin(axis=0)] - true
    off = 1000 * off[np.abs(off) <= WINDOW]
    error, bias = (np.mean(np.abs(off)), np.median(off)) if len(off) else (np.nan, np.nan)
    bars = f_measure(true[truth[:, 1] == 1], downbeats)
    return [f_measure(true, beats), best_level(true, beats), bars, float(error), float(bias)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    pairs = [(song, song.with_suffix(".beats")) for song in sorted(folder.iterdir())]
    pairs = [(s, b) for s, b in pairs if s.suffix not in (".beats", ".json") and b.exists()]
    if not pairs:
        raise SystemExit(f"{folder} holds no song with a .beats file beside it")
    warnings.simplefilter("ignore")
    for track in (plain_librosa, ours):
        track(pairs[0][0])  # compiled code is not what is measured
        rows, seconds, took = [], 0.0, 0.0
        for song, beats in pairs:
            start = time.perf_counter()
            found = track(song)
            took += time.perf_counter() - start
            seconds += open_song(song).duration
            rows.append(score(np.loadtxt(beats, ndmin=2), found))
        f, level, bars, error, bias = np.nanmean(rows, axis=0)
        print(
            f"{track.__name__:14} {len(rows)} songs: F {f:.3f}, any level {level:.3f}, "
            f"downbeats {bars:.3f}, error {error:.1f} ms, bias {bias:+.1f} ms, "
            f"{seconds / took:.0f} times real time"
        )


if __name__ == "__main__":
    main()
