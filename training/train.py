"""Train the beat network: make the songs, learn from them, write ``weights.npz``.

    python training/train.py --out weights.npz

Everything follows from the seeds: the songs from theirs, the order and the changes from ``--seed``.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import songs
from augment import FRAMES, targets, varied
from network import Tracker, weights

BATCH = 16
PEAK_RATE = 3e-3
AVERAGED = 0.998
DOWNBEAT_WEIGHT = 2.0
VALIDATION = 100
SAVE_STEPS = 250


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("training-cache"))
    parser.add_argument("--songs", type=int, default=1500)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept-only", action="store_true", help="use the songs made so far")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(chosen.seed)
    if not chosen.kept_only:
        songs.write(chosen.cache, songs.VALIDATION_FIRST, VALIDATION)
        songs.write(chosen.cache, 0, chosen.songs)
    train(chosen.cache, chosen.songs, chosen.steps, chosen.seed, chosen.out)


def train(cache: Path, count: int, steps: int, seed: int, out: Path) -> None:
    """Train for some steps; every now and then, write the averaged weights so far."""
    held = songs.read(cache, songs.VALIDATION_FIRST, VALIDATION)
    known = songs.read(cache, 0, count)
    print(len(known), "songs", flush=True)
    rng = np.random.default_rng(seed)
    some = np.concatenate([s.bands[::20] for s in known]).astype(np.float32)
    model = Tracker(some.mean(axis=0), some.std(axis=0) + 0.1)
    average = copy.deepcopy(model).requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, steps, pct_start=0.1)
    began, total = time.process_time(), 0.0
    for step in range(1, steps + 1):
        loss = _learn(model, optimiser, *_batch(known, rng))
        schedule.step()
        _follow(average, model, min(AVERAGED, step / (step + 10)))
        total += loss
        if step % SAVE_STEPS == 0 or step == steps:
            _save(average, out)
            spent = time.process_time() - began
            known_loss = total / SAVE_STEPS
            print(
                f"{step} {spent:.0f} s, loss {known_loss:.4f}, held {_loss(average, held):.4f}",
                flush=True,
            )
            total = 0.0


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


def _save(average: Tracker, out: Path) -> None:
    """Write the weights, never half of them."""
    part = out.with_suffix(".part.npz")
    np.savez_compressed(part, **weights(average.state_dict()))
    part.replace(out)


if __name__ == "__main__":
    main()
