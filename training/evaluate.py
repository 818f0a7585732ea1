"""Score a network with the product's decoder on made-up songs and on an annotated corpus.

    python training/evaluate.py --weights weights.npz --cache DIR [--corpus DIR]

The corpus is a folder with ``manifest.json``, audio files and ``time<TAB>beat in bar`` files.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
import soundfile
from numpy.typing import NDArray

import songs
from otio_idolsync.analysis.tracker.decode import FPS, Heard, read_beats
from otio_idolsync.analysis.tracker.features import log_bands
from otio_idolsync.analysis.tracker.net import Network, answer
from styles import STYLES
from written import WRITTEN


class Piece(NamedTuple):
    """A song to score: what groups it is of, its features, and its true beats."""

    name: str
    groups: tuple[str, ...]
    bands: NDArray[np.float32]
    beats: NDArray[np.float64]
    numbers: NDArray[np.int64]
    barred: bool


def main() -> None:
    """Print one line a group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--songs", action="store_true", help="print each song too")
    chosen = parser.parse_args()
    network = Network.read(chosen.weights)
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    for piece in _pieces(chosen.cache, chosen.corpus):
        score = judge(network, piece)
        for group in piece.groups:
            scores[group].append(score)
        if chosen.songs:
            print(f"  {piece.name:36}", _line([score]))
    for group, rows in sorted(scores.items()):
        print(f"{group:20} {len(rows):3}", _line(rows), flush=True)


def judge(network: Network, piece: Piece) -> dict[str, float]:
    """Return F, CMLt, AMLt and downbeat F of one song, beats where the decoder puts them."""
    heard = answer(network, piece.bands)
    readings = read_beats(Heard.of(heard.beat, heard.downbeat, heard.fps))
    times = readings[0].frames / FPS if readings else np.zeros(0)
    numbers = readings[0].numbers if readings else np.zeros(0, int)
    inside = (times > piece.beats[0] - 0.07) & (times < piece.beats[-1] + 0.07)
    times, numbers = times[inside], numbers[inside]
    trim = mir_eval.beat.trim_beats
    truth, found = trim(piece.beats), trim(times)
    score = {"F": 0.0, "CMLt": 0.0, "AMLt": 0.0}
    if len(found) > 3:
        going = mir_eval.beat.continuity(truth, found)
        score = {"F": mir_eval.beat.f_measure(truth, found), "CMLt": going[1], "AMLt": going[3]}
    if piece.barred:
        downs = trim(piece.beats[piece.numbers == 1]), trim(times[numbers == 1])
        score["dbF"] = mir_eval.beat.f_measure(*downs) if min(map(len, downs)) else 0.0
    return score


def _pieces(cache: Path | None, corpus: Path | None) -> Iterator[Piece]:
    """Yield the songs to score."""
    if cache is not None:
        for first in (songs.VALIDATION_FIRST, songs.HELD_FIRST, songs.HELD_JOURNEYS_FIRST):
            for number, song in enumerate(songs.read(cache, first, 1000)):
                kinds = ("journeys",) if first == songs.HELD_JOURNEYS_FIRST else _kinds(song)
                bands, name = song.bands.astype(np.float32), f"{first + number} {song.style}"
                yield Piece(name, kinds, bands, song.beats, song.numbers, barred=True)
    if corpus is not None:
        for name, about in json.loads((corpus / "manifest.json").read_text()).items():
            samples, rate = soundfile.read(corpus / about["audio"], dtype="float32")
            rows = np.loadtxt(corpus / about["beats"], ndmin=2)
            bands = log_bands(samples.reshape(len(samples), -1).mean(axis=1), rate)
            groups = (name.split("_")[0],)
            barred = bool(about["downbeats"])
            yield Piece(name, groups, bands, rows[:, 0], rows[:, 1].astype(int), barred)


def _kinds(song: songs.Example) -> tuple[str, ...]:
    """Return the groups that a made-up song counts in."""
    if song.style == WRITTEN:
        return (WRITTEN,)
    style = next(s for s in STYLES if s.name == song.style)
    fast = len(song.beats) > 2 and np.median(np.diff(song.beats)) <= 60 / 180
    odd = {"made up, fast": fast, "made up, drumless": not style.grooves}
    odd |= {"made up, not in four": style.beats != 4, "made up, in threes": style.steps == 3}
    return ("made up", *(name for name, holds in odd.items() if holds))


def _line(rows: list[dict[str, float]]) -> str:
    """Return means as text."""
    means = {k: np.mean([r[k] for r in rows if k in r] or [np.nan]) for k in ("F", "CMLt", "AMLt")}
    means["dbF"] = np.mean([r["dbF"] for r in rows if "dbF" in r] or [np.nan])
    return " ".join(f"{name} {value:.3f}" for name, value in means.items())


if __name__ == "__main__":
    main()
