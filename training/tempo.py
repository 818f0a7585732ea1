"""When the beats of a made-up song fall: steady, drifting, slowing down, or jumping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from score import Clock
from styles import Style

Rng = np.random.Generator


def draw_clock(rng: Rng, style: Style, seconds: float, *, live: bool) -> tuple[Clock, int]:
    """Return when the beats fall, and the first bar that is played.

    Half the songs begin within the file, after silence; the others were begun before it.
    """
    low, high = np.log(style.bpm[0]), np.log(style.bpm[1])
    gap = 60 / np.exp(rng.uniform(low, high))
    if not live and rng.random() < 0.7:
        gap = 60 / round(60 / gap)
    count = int(seconds / gap * 1.5) + 8 * style.beats
    gaps = gap * drift(rng, count, style, live=live)
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    if rng.random() < 0.5:
        silent = rng.uniform(0.0, 2.5)
        return Clock(times - times[style.beats] + silent), 1
    return Clock(times - rng.uniform(0, times[2 * style.beats])), 0


def drift(rng: Rng, count: int, style: Style, *, live: bool) -> NDArray[np.float64]:
    """Return how much longer than usual each beat lasts."""
    factor = np.ones(count)
    if live and rng.random() < 0.8:
        steps = rng.normal(0, 1, count + 16)
        slow = np.convolve(steps, np.ones(16) / 16, "valid")[:count]
        factor *= 1 + slow * rng.uniform(0.01, 0.07)
        factor *= 1 + rng.normal(0, rng.uniform(0, 0.008), count)
    if rng.random() < (0.25 if live else 0.06):
        factor *= np.geomspace(1, rng.uniform(0.8, 1.25), count)
    if rng.random() < 0.05:
        factor[int(rng.integers(count // 4, count)) :] *= rng.uniform(0.7, 1.4)
    if live and not style.grooves and rng.random() < 0.4:
        factor *= 1 + rng.uniform(0.02, 0.1) * np.sin(np.arange(count) / rng.uniform(1.5, 6))
    return factor
