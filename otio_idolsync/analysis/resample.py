"""Bring samples to another rate, in numpy alone.

SciPy's ``resample_poly`` gives the same samples, but importing it takes longer than what is
resampled here, and each lip-sync shot is made in a process of its own.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_REACH = 10  # filter length on each side, in periods of the lower rate
_KAISER = 5.0


def resampled(samples: NDArray[np.float32], up: int, down: int) -> NDArray[np.float32]:
    """Return samples at ``up / down`` times their rate, sample 0 in its place.

    A low-pass of windowed sinc whose zeros are never multiplied: each of the ``up`` phases of the
    output has taps of its own. Past the ends there is silence.

    Args:
        samples: float32 [shape=(n,)].
        up: What the rate is multiplied by; shares no divisor with ``down``.
        down: What it is divided by.

    Returns:
        float32 [shape=(ceil(n * up / down),)].
    """
    taps = _low_pass(max(up, down)) * np.float32(up)
    middle = len(taps) // 2
    reach = -(-middle // up)
    padded = np.pad(np.asarray(samples, np.float32), reach)
    out = np.zeros(-(-len(samples) * up // down), np.float32)
    for phase in range(min(up, len(out))):
        first, rest = divmod(phase * down, up)
        part = out[phase::up]
        for away in range(-reach, reach + 1):
            tap = middle + rest - away * up
            if 0 <= tap < len(taps):
                part += taps[tap] * padded[reach + first + away :: down][: len(part)]
    return out


@cache
def _low_pass(rates: int) -> NDArray[np.float32]:
    """Return a filter that passes what the lower of two rates can carry, its sum 1."""
    half = _REACH * rates
    taps = np.sinc(np.arange(-half, half + 1) / rates) * np.kaiser(2 * half + 1, _KAISER)
    return np.asarray(taps / taps.sum(), np.float32)
