"""Score section boundaries on made-up songs of known form: this package and three peers.

    pip install '.[training]' as-seg mir_eval
    python benchmarks/sections.py --bank DIR [--first 1000] [--songs 40]

The songs are those that ``training/`` composes, with parts that come back; DIR keeps the sampled
instruments (built there first). Peers are the block matching of as-seg (Marmoret et al. 2023) on
its own bar-wise log-mel spectra, compared by covariance or a radial basis; and a novelty curve
(Foote 2000), peaks picked, on the same spectra. All get the bars that this package found, so that
only the sections differ. Prints the F measure of boundaries within 0.5 s and 3 s (mir_eval, the
song's ends left out; the song's last ring is no part), of the letters of ours the pairwise F, and
CPU seconds a song, for the peers without decoding. Ours was tuned on
songs 0 to 39: score it on others.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
import warnings
import wave
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.media.song import decode_song, open_song

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))
RATE, HOP, PIECES, BOARD = 24000, 256, 24, 8
RINGING = 2.0
Times = NDArray[np.float64]


def spectra(path: Path, edges: Times) -> NDArray[np.float64]:
    """Return as-seg's bar-wise log-mel spectra, float64 [shape=(bars, 80 * 24)]."""
    import as_seg.barwise_input as barwise
    from as_seg.model.signal_to_spectrogram import FeatureObject

    samples = decode_song(open_song(path), RATE).mean(axis=1)
    mel = FeatureObject(sr=RATE, feature="log_mel", hop_length=HOP, mel_grill=True)
    bars = list(itertools.pairwise(edges))
    return np.asarray(
        barwise.barwise_TF_matrix(mel.get_spectrogram(samples), bars, HOP / RATE, PIECES)
    )


def matched(rows: NDArray[np.float64], likeness: str) -> list[int]:
    """Return the bar lines of as-seg's block matching, its settings as published."""
    from as_seg.autosimilarity_computation import switch_autosimilarity
    from as_seg.CBM_algorithm import compute_cbm

    alike = switch_autosimilarity(rows, likeness)
    bands = 7 if likeness == "covariance" else 15
    return [end for _, end in compute_cbm(alike, penalty_func="modulo8", bands_number=bands)[0]]


def novel(rows: NDArray[np.float64]) -> list[int]:
    """Return the peaks of a checkerboard's novelty, 8 bars to each side."""
    rows = rows - rows.mean(axis=0)
    rows = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)
    likeness = np.pad(rows @ rows.T, BOARD)
    sign = np.sign(np.arange(-BOARD, BOARD) + 0.5)
    taper = np.hanning(2 * BOARD + 2)[1:-1]
    board = np.outer(sign * taper, sign * taper)
    span = 2 * BOARD
    curve = np.array(
        [np.sum(likeness[k : k + span, k : k + span] * board) for k in range(len(rows))]
    )
    return [int(peak) for peak in find_peaks(curve, prominence=0.1 * np.ptp(curve))[0]]


def agreement(truth: Times, found: Times, seconds: float) -> list[float]:
    """Return F within 0.5 s and 3 s, the outer boundaries left out."""
    inner = found[(found > 0.1) & (found < seconds - RINGING)]
    edges = np.unique(np.concatenate([[0.0], inner, [seconds]]))
    if len(edges) < 3:
        return [0.0, 0.0]
    spans = [np.stack([t[:-1], t[1:]], axis=1) for t in (truth, edges)]
    return [
        mir_eval.segment.detection(*spans, window=window, trim=True)[2] for window in (0.5, 3.0)
    ]


def letters(truth: Times, names: str, found: Analysis) -> float:
    """Return the pairwise F of which moments share a letter."""
    theirs = np.stack([truth[:-1], truth[1:]], axis=1)
    ours = np.array([(s.start, s.end) for s in found.sections])
    labels = [s.label for s in found.sections]
    return float(mir_eval.segment.pairwise(theirs, list(names), ours, labels)[2])


PEERS = {
    "as-seg, covariance": lambda rows: matched(rows, "covariance"),
    "as-seg, radial basis": lambda rows: matched(rows, "rbf"),
    "novelty": novel,
}


def score_song(path: Path, starts: list[float], names: str) -> tuple[dict[str, list[float]], float]:
    """Return the F measures and CPU seconds of each on one song, and how our letters agree."""
    began = time.process_time()
    found = analyze(path, cache=path.parent / "cache")
    took = time.process_time() - began
    seconds = found.song.duration
    truth = np.array([0.0, *starts[1:-1], seconds])
    own = np.array([s.start for s in found.sections])
    scores = {"otio-idolsync": [*agreement(truth, own, seconds), took]}
    edges = np.append(found.grid.downbeats, seconds)
    began = time.process_time()
    rows = spectra(path, edges)
    heard = time.process_time() - began
    for name, peer in PEERS.items():
        began = time.process_time()
        theirs = edges[peer(rows)]
        took = heard + time.process_time() - began
        scores[name] = [*agreement(truth, theirs, seconds), took]
    return scores, letters(truth, names, found)


def main() -> None:
    from forms import compose_form
    from perform import perform
    from sounds import Bank

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--bank", type=Path, required=True)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    bank, shared = Bank.load(chosen.bank), []
    scores: dict[str, list[list[float]]] = {name: [] for name in ("otio-idolsync", *PEERS)}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(chosen.first, chosen.first + chosen.songs):
            form = compose_form(seed)
            path = save(Path(folder) / f"{seed}.wav", perform(form.score, bank, seed))
            found, agreed = score_song(path, form.starts, form.letters)
            path.unlink()
            shared.append(agreed)
            for name, values in found.items():
                scores[name].append(values)
            print(seed, form.score.style.name, form.letters, np.round(found["otio-idolsync"], 3))
    for name, rows in scores.items():
        half, three, took = np.mean(rows, axis=0)
        print(f"{name:<20} F at 0.5 s {half:.3f}, at 3 s {three:.3f}, {took:.1f} CPU s")
    print(f"letters of otio-idolsync, pairwise F {np.mean(shared):.3f}")


def save(path: Path, samples: NDArray[np.float32]) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


if __name__ == "__main__":
    main()
