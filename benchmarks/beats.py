"""Score beat trackers against annotated songs, each through this package's analysis.

    python benchmarks/beats.py FOLDER [--backend NAME]… [--group PREFIX]…

FOLDER holds songs and, beside each, the same name with ``.beats`` (``time<TAB>beat-in-bar``).
Every backend that is installed takes part, and librosa's tracker as it comes. Needs ``mir_eval``.
Prints, a group of songs (names up to the first ``_``): F (70 ms), CMLt and AMLt (continuity, the
latter with half, double and off-beat allowed), downbeat F, the share of songs whose best reading
of the first four (found and three alternatives) has F over .9, mean error and median bias of
matched beats in ms, and seconds of song a CPU second, decoding and the other parts included.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.backends import backends
from otio_idolsync.media.song import decode_song, open_song

WINDOW = 0.07
COLUMNS = ("F", "CMLt", "AMLt", "downbeat F", "one of 4", "error ms", "bias ms")
Beats = NDArray[np.float64]
Heard = list[tuple[Beats, Beats]]
Tracker = Callable[[Path, Path], Heard]


def plain_librosa(path: Path, cache: Path) -> Heard:
    import librosa

    samples = decode_song(open_song(path), 22050).mean(axis=1)
    _, beats = librosa.beat.beat_track(y=samples, sr=22050, units="time")
    return [(beats, beats[::4])]


def analysed_by(backend: str) -> Tracker:
    def track(path: Path, cache: Path) -> Heard:
        found = analyze(path, backend=backend, cache=cache)
        count = min(3, len(found.alternatives))
        others = [
            analyze(path, backend=backend, cache=cache, alternative=k + 1) for k in range(count)
        ]
        return [(a.grid.beats, a.grid.downbeats) for a in (found, *others)]

    return track


def within(beats: Beats, truth: Beats) -> Beats:
    """Return the beats where the truth is annotated, without the first five seconds."""
    near = (beats >= truth[0] - WINDOW) & (beats <= truth[-1] + WINDOW)
    return np.asarray(mir_eval.beat.trim_beats(beats[near]), np.float64)


def score(truth: NDArray[np.float64], heard: Heard, bars: bool) -> list[float]:
    """Return the columns of one song."""
    times = truth[:, 0]
    beats, downs = (
        mir_eval.beat.trim_beats(times),
        mir_eval.beat.trim_beats(times[truth[:, 1] == 1]),
    )
    tries = [within(found, times) for found, _ in heard]
    values = [mir_eval.beat.f_measure(beats, tried) for tried in tries]
    _, correct, _, any_level = mir_eval.beat.continuity(beats, tries[0])
    down = mir_eval.beat.f_measure(downs, within(heard[0][1], times)) if bars else np.nan
    pairs = mir_eval.util.match_events(beats, tries[0], WINDOW)
    off = 1000 * np.array([tries[0][j] - beats[i] for i, j in pairs])
    error, bias = (np.abs(off).mean(), np.median(off)) if len(off) else (np.nan, np.nan)
    return [values[0], correct, any_level, down, float(max(values) > 0.9), error, bias]


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def songs_in(folder: Path) -> list[tuple[Path, Path, bool]]:
    """Return songs, their beats, and whether their bars are annotated."""
    known = folder / "manifest.json"
    about = json.loads(known.read_text()) if known.exists() else {}
    pairs = [(song, song.with_suffix(".beats")) for song in sorted(folder.iterdir())]
    return [
        (song, beats, bool(about.get(song.stem, {}).get("downbeats", True)))
        for song, beats in pairs
        if song.suffix not in (".beats", ".json") and beats.exists()
    ]


def measure(name: str, track: Tracker, songs: list[tuple[Path, Path, bool]]) -> None:
    """Print a tracker's rows."""
    rows, seconds, took = defaultdict(list), 0.0, 0.0
    with tempfile.TemporaryDirectory() as cache:
        track(songs[0][0], Path(cache) / "first")  # compiled code is not what is measured
        for song, beats, bars in songs:
            before = cpu_seconds()
            heard = track(song, Path(cache))
            took += cpu_seconds() - before
            seconds += open_song(song).duration
            rows[song.stem.split("_")[0]].append(score(np.loadtxt(beats, ndmin=2), heard, bars))
    for group, found in sorted(rows.items()):
        means = np.nanmean(found, axis=0)
        values = ", ".join(f"{c} {v:.3g}" for c, v in zip(COLUMNS, means, strict=True))
        print(f"{name:14} {group} {len(found)} songs: {values}", flush=True)
    print(f"{name:14} {seconds / took:.0f} times real time", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--backend", action="append", help="only these; 'plain' is librosa as it is"
    )
    parser.add_argument("--group", action="append", default=[], help="only songs named so")
    chosen = parser.parse_args()
    songs = songs_in(chosen.folder)
    songs = [s for s in songs if not chosen.group or s[0].stem.split("_")[0] in chosen.group]
    if not songs:
        raise SystemExit(f"{chosen.folder} holds no song with a .beats file beside it")
    warnings.simplefilter("ignore")
    for name in chosen.backend or ["plain", *backends()]:
        if name == "beat-this":
            continue  # takes a checkpoint: name it with --backend beat-this:PATH
        measure(name, plain_librosa if name == "plain" else analysed_by(name), songs)


if __name__ == "__main__":
    main()
