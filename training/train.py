"""Train the beat network: make the songs, learn from them, write ``weights.npz``.

    python training/train.py --out weights.npz

Everything follows from the seeds: the songs from theirs, the order and the changes from ``--seed``.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import songs
from augment import FRAMES, targets, varied
from network import Tracker, restore, weights

BATCH = 16
AVERAGED = 0.998
DOWNBEAT_WEIGHT = 2.0
VALIDATION, HELD_JOURNEYS = 100, 50
SAVE_STEPS = 250


class Cycle(NamedTuple):
    """Some steps in which the rate rises to ``rate`` and falls to nothing, over some songs.

    The weights that come of it are averaged with those it began with: ``kept`` is the share of the
    latter. So what it learns costs little of what was known; measured on held-out songs, the
    average was better than either.
    """

    songs: tuple[range, ...]
    steps: int
    rate: float
    kept: float = 0.0


MADE_UP, WRITTEN, JOURNEYS = range(2800), range(100_000, 101_400), range(101_400, 102_000)
"""Seeds of the songs that are made up, and of those from written music, the journeys last."""
CYCLES = (
    Cycle((range(1500),), 8000, 3e-3),
    Cycle((range(1000, 2000),), 2500, 1e-3),
    Cycle((MADE_UP, WRITTEN), 4000, 1.5e-3, kept=0.25),
    Cycle((range(600, 2800), WRITTEN, JOURNEYS), 4000, 1.2e-3, kept=0.25),
)


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("training-cache"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=int, default=0, help="cycles that --out has been through")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(chosen.seed)
    for first in (songs.VALIDATION_FIRST, songs.HELD_FIRST):
        songs.write(chosen.cache, first, VALIDATION)
    songs.write(chosen.cache, songs.HELD_JOURNEYS_FIRST, HELD_JOURNEYS)
    for seeds in (MADE_UP, WRITTEN, JOURNEYS):
        songs.write(chosen.cache, seeds.start, len(seeds))
    for index in range(chosen.resume, len(CYCLES)):
        print("cycle", index, CYCLES[index], flush=True)
        train(chosen.cache, index, chosen.seed, chosen.out)


def train(cache: Path, index: int, seed: int, out: Path) -> None:
    """Train for one cycle, a later one from the weights that the one before it wrote.

    Every now and then, the averaged weights so far are written.
    """
    cycle = CYCLES[index]
    before = _read(out) if index else {}
    held = songs.read(cache, songs.VALIDATION_FIRST, VALIDATION)
    known = [s for seeds in cycle.songs for s in songs.read(cache, seeds.start, len(seeds))]
    rng = np.random.default_rng(seed + index)
    model = _start(known, before)
    average = copy.deepcopy(model).requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=cycle.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, cycle.rate, cycle.steps, pct_start=0.1
    )
    began, total = time.process_time(), 0.0
    for step in range(1, cycle.steps + 1):
        total += _learn(model, optimiser, *_batch(known, rng))
        schedule.step()
        _follow(average, model, min(AVERAGED, step / (step + 10)))
        if step % SAVE_STEPS == 0 or step == cycle.steps:
            _write(weights(average.state_dict()), out)
            spent, loss = time.process_time() - began, total / SAVE_STEPS
            print(f"{step} {spent:.0f} s, loss {loss:.4f}, held {_loss(average, held):.4f}")
            sys.stdout.flush()
            total = 0.0
    if cycle.kept:
        new = _read(out)
        _write({n: cycle.kept * before[n] + (1 - cycle.kept) * new[n] for n in new}, out)


def _start(known: list[songs.Example], before: dict[str, np.ndarray]) -> Tracker:
    """Return a new network fit to the songs' levels, or one with the weights of before."""
    some = np.concatenate([s.bands[::20] for s in known]).astype(np.float32)
    model = Tracker(some.mean(axis=0), some.std(axis=0) + 0.1)
    if before:
        restore(model, before)
    return model


def _batch(known: list[songs.Example], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return bands and targets of a batch of changed excerpts."""
    chosen = rng.integers(0, len(known), BATCH)
    pairs = [varied(known[k], rng) for k in chosen]
    bands, truth = (np.stack(part) for part in zip(*pairs, strict=True))
    return torch.from_numpy(bands), torch.from_numpy(truth)


def _learn(model: Tracker, optimiser: torch.optim.Optimizer, bands: Tensor, truth: Tensor) -> float:
    """Take one step downhill; return the loss before it."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(bands)
    loss = _entropy(logits, truth)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _entropy(logits: Tensor, truth: Tensor) -> Tensor:
    """Return the cross entropy; downbeats are a quarter of the beats and count twice."""
    weight = torch.tensor([1.0, DOWNBEAT_WEIGHT] * 2)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, weight)


def _follow(average: Tracker, model: Tracker, share: float) -> None:
    """Move the averaged weights towards the current ones."""
    with torch.no_grad():
        for kept, new in zip(average.parameters(), model.parameters(), strict=True):
            kept.lerp_(new, 1 - share)


@torch.no_grad()
def _loss(model: Tracker, held: list[songs.Example]) -> float:
    """Return the mean loss over whole held-out songs."""
    losses = []
    for song in held:
        bands = torch.from_numpy(song.bands[:FRAMES].astype(np.float32))[None]
        truth = torch.from_numpy(targets(song, 0.0, 1.0, FRAMES))[None]
        losses.append(float(_entropy(model(bands), truth)))
    return float(np.mean(losses))


def _read(path: Path) -> dict[str, np.ndarray]:
    """Return the weights in a file."""
    with np.load(path) as kept:
        return {name: kept[name].astype(np.float64) for name in kept.files}


def _write(named: dict[str, np.ndarray], out: Path) -> None:
    """Write weights in half precision, never half of them."""
    part = out.with_suffix(".part.npz")
    np.savez_compressed(part, **{n: value.astype(np.float16) for n, value in named.items()})
    part.replace(out)


if __name__ == "__main__":
    main()
