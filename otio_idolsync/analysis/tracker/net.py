"""The beat network in numpy: for each moment, how likely a beat and how likely a downbeat it is.

Residual blocks look ever further back and ahead (frames t - d, t, t + d with doubling d), so that
each answer rests on half a minute of music; each block is two matrix products. Long songs go
through in overlapping pieces, with the same result to the last bit that matters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.tracker.features import FPS, log_bands

PIECE_FRAMES = 4096
OUTPUTS_PER_FRAME = 2


@dataclass(frozen=True, slots=True)
class Activations:
    """What the network answers over a song.

    Attributes:
        beat: float32 [shape=(n,)], 0..1, how likely a beat is at k / ``fps`` seconds.
        downbeat: float32 [shape=(n,)], 0..1, the same of the first beat of a bar.
        fps: Values a second.
    """

    beat: NDArray[np.float32] = field(compare=False)
    downbeat: NDArray[np.float32] = field(compare=False)
    fps: float


@dataclass(frozen=True, slots=True)
class Block:
    """One residual block: ``x + relu([x(t-d), x(t), x(t+d)] @ look + look_bias) @ back + ...``."""

    reach: int
    look: NDArray[np.float32] = field(compare=False)
    look_bias: NDArray[np.float32] = field(compare=False)
    back: NDArray[np.float32] = field(compare=False)
    back_bias: NDArray[np.float32] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Network:
    """Trained weights.

    Attributes:
        enter, enter_bias: From 192 bands to channels.
        blocks: In order.
        leave, leave_bias: From channels to beat, downbeat at the frame and at half a frame later.
    """

    enter: NDArray[np.float32] = field(compare=False)
    enter_bias: NDArray[np.float32] = field(compare=False)
    blocks: tuple[Block, ...]
    leave: NDArray[np.float32] = field(compare=False)
    leave_bias: NDArray[np.float32] = field(compare=False)

    @classmethod
    def read(cls, weights: Path | IO[bytes]) -> Network:
        """Return the network kept in an ``.npz`` file."""
        with np.load(weights) as kept:
            named = {name: np.asarray(kept[name], np.float32) for name in kept.files}
        reaches = named["reaches"].astype(int)
        parts = ("look", "look_bias", "back", "back_bias")
        blocks = tuple(
            Block(int(reach), *(named[f"{part}_{index}"] for part in parts))
            for index, reach in enumerate(reaches)
        )
        ends = (named["enter"], named["enter_bias"], blocks)
        return cls(*ends, named["leave"], named["leave_bias"])

    @property
    def reach(self) -> int:
        """Frames on each side that an answer depends on."""
        return sum(block.reach for block in self.blocks)

    def logits(self, bands: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log odds, float32 [shape=(n_frames, 4)], of bands in one piece."""
        x = np.maximum(bands @ self.enter + self.enter_bias, 0)
        for block in self.blocks:
            x += _through(block, x)
        return np.asarray(x @ self.leave + self.leave_bias, np.float32)


def activations(samples: NDArray[np.float32], sample_rate: int) -> Activations:
    """Return how likely each moment of a song is a beat and a downbeat.

    Args:
        samples: float32 [shape=(n,)], mono, at any level.
        sample_rate: Samples a second.

    Returns:
        Activations at 50 a second, the first at 0 s.
    """
    return answer(shipped(), log_bands(samples, sample_rate))


def answer(network: Network, bands: NDArray[np.float32]) -> Activations:
    """Return a network's answer to the bands of a song, piece by piece."""
    logits = np.concatenate([_piece(network, bands, k) for k in range(0, len(bands), PIECE_FRAMES)])
    odds = np.exp(-np.clip(logits, -30, 30).reshape(-1, 2))
    likely = np.asarray(1 / (1 + odds), np.float32)
    return Activations(likely[:, 0], likely[:, 1], float(FPS * OUTPUTS_PER_FRAME))


@cache
def shipped() -> Network:
    """Return the network that comes with the package."""
    with files(__package__).joinpath("weights.npz").open("rb") as kept:
        return Network.read(kept)


def _piece(network: Network, bands: NDArray[np.float32], first: int) -> NDArray[np.float32]:
    """Return the log odds of one piece, computed with all the music it depends on around it."""
    start = max(0, first - network.reach)
    logits = network.logits(bands[start : first + PIECE_FRAMES + network.reach])
    return logits[first - start : first - start + PIECE_FRAMES]


def _through(block: Block, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a block adds; past the ends of the song there is silence."""
    width = x.shape[1]
    inner = x @ block.look[width : 2 * width] + block.look_bias
    if block.reach < len(x):
        inner[block.reach :] += x[: -block.reach] @ block.look[:width]
        inner[: -block.reach] += x[block.reach :] @ block.look[2 * width :]
    return np.asarray(np.maximum(inner, 0) @ block.back + block.back_bias, np.float32)
