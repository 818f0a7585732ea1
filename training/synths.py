"""Waves and drum machines, drawn anew for each song."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 24000

Samples = NDArray[np.float32]


def tone(shape: str, pitch: float, seconds: float, colour: float) -> Samples:
    """Return a synthesised note.

    Args:
        shape: ``saw``, ``square``, ``pulse``, ``super`` (detuned saws), ``fm``, ``sine`` or
            ``pluck``.
        pitch: MIDI note number.
        seconds: Until it is let go.
        colour: 0 dull .. 1 bright.
    """
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    time = np.arange(int((seconds + 0.08) * RATE), dtype=np.float32) / RATE
    turns = (hertz * time) % 1
    if shape == "saw":
        out = 2 * turns - 1
    elif shape == "square":
        out = np.sign(turns - 0.5)
    elif shape == "pulse":
        out = np.sign(turns - 0.2)
    elif shape == "super":
        out = sum((hertz * d * time) % 1 - 0.5 for d in (0.994, 1.0, 1.007))
    elif shape == "fm":
        bend = np.sin(2 * np.pi * 2 * hertz * time) * 3 * colour * np.exp(-time * 5)
        out = np.sin(2 * np.pi * hertz * time + bend)
    else:
        out = np.sin(2 * np.pi * hertz * time)
        out = out + (0.5 * np.sin(4 * np.pi * hertz * time) if shape == "pluck" else 0)
    if shape not in {"fm", "sine"}:
        cutoff = min(0.9, 2 * np.pi * (300 + 7000 * colour**2) / RATE)
        out = lfilter([cutoff], [1, cutoff - 1], out)
    fall = 9.0 if shape == "pluck" else 0.8
    shape_over_time = np.minimum(1, time / 0.004) * np.exp(-time * fall)
    shape_over_time *= np.clip((seconds + 0.08 - time) / 0.08, 0, 1)
    return (0.4 * out * shape_over_time).astype(np.float32)


def drum(kind: str, rng: np.random.Generator) -> Samples:
    """Return one drum of a machine that the generator makes up: its tuning, length and noise."""
    makers = {"kick": _kick, "snare": _snare, "clap": _clap}
    return (
        makers[kind](rng) if kind in makers else _hat(rng, long=kind in {"open", "crash", "ride"})
    )


def riser(seconds: float, rng: np.random.Generator) -> Samples:
    """Return noise that grows and brightens until it ends."""
    count = int(seconds * RATE)
    grow = np.linspace(0, 1, count) ** 2
    return (0.3 * grow * rng.standard_normal(count)).astype(np.float32)


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE), dtype=np.float32) / RATE


def _kick(rng: np.random.Generator) -> Samples:
    long = rng.uniform(0.12, 0.6)
    time = _time(long)
    hertz = rng.uniform(40, 65) * (1 + rng.uniform(2, 6) * np.exp(-time * rng.uniform(25, 60)))
    body = np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * np.exp(-time * 4 / long)
    click = rng.standard_normal(len(time)) * np.exp(-time * 400) * rng.uniform(0, 0.5)
    return np.tanh((body + click) * rng.uniform(0.8, 3)).astype(np.float32)


def _snare(rng: np.random.Generator) -> Samples:
    long = rng.uniform(0.08, 0.3)
    time = _time(long)
    ring = np.sin(2 * np.pi * rng.uniform(150, 260) * time) * np.exp(-time * 25)
    hiss = np.diff(rng.standard_normal(len(time) + 1)) * np.exp(-time * 5 / long)
    return (rng.uniform(0.2, 0.8) * ring + rng.uniform(0.2, 0.5) * hiss).astype(np.float32)


def _clap(rng: np.random.Generator) -> Samples:
    time = _time(0.25)
    bursts = sum(np.exp(-((time - k * 0.011) % 10) * 150) for k in range(3))
    noise = rng.standard_normal(len(time)) * (bursts * 0.4 + np.exp(-time * 18))
    high = lfilter([1, -1], [1, -0.75], noise)
    return (0.35 * lfilter([0.5, 0.5], [1], high)).astype(np.float32)


def _hat(rng: np.random.Generator, *, long: bool) -> Samples:
    fall = rng.uniform(5, 14) if long else rng.uniform(40, 120)
    time = _time(0.5 if long else 0.1)
    noise = np.diff(rng.standard_normal(len(time) + 2), 2)
    metal = sum(np.sign(np.sin(2 * np.pi * f * time)) for f in rng.uniform(3000, 9000, 4))
    mixed = noise * 0.25 + metal * rng.uniform(0, 0.12)
    return (mixed * np.exp(-time * fall)).astype(np.float32)
