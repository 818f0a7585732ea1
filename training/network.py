"""The beat network in torch, written so that numpy can run it: linear layers and shifts in time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from otio_idolsync.analysis.tracker.features import WIDTH

CHANNELS = 72
REACHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 128, 32, 8, 2)


class Block(nn.Module):
    """``x + back(relu(look(x(t-d), x(t), x(t+d))))``."""

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.look = nn.Linear(3 * channels, channels)
        self.back = nn.Linear(channels, channels)
        nn.init.zeros_(self.back.weight)
        nn.init.zeros_(self.back.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return x after the block, [shape=(batch, frames, channels)]."""
        d = self.reach
        near = x.to(torch.bfloat16) if torch.is_autocast_enabled("cpu") else x
        silence = near.new_zeros(near.shape[0], d, near.shape[2])
        padded = torch.cat([silence, near, silence], dim=1)
        seen = torch.cat([padded[:, : -2 * d], near, padded[:, 2 * d :]], dim=2)
        return x + self.back(torch.relu(self.look(seen)))


class Tracker(nn.Module):
    """Bands in; log odds of beat, downbeat at each frame and half a frame later out."""

    def __init__(self, mean: np.ndarray, spread: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("spread", torch.as_tensor(spread, dtype=torch.float32))
        self.enter = nn.Linear(WIDTH, CHANNELS)
        self.blocks = nn.ModuleList(Block(CHANNELS, reach) for reach in REACHES)
        self.leave = nn.Linear(CHANNELS, 4)
        nn.init.constant_(self.leave.bias, -3.0)

    def forward(self, bands: Tensor) -> Tensor:
        """Return float32 [shape=(batch, frames, 4)]."""
        x = torch.relu(self.enter((bands - self.mean) / self.spread)).float()
        for block in self.blocks:
            x = block(x)
        return self.leave(x).float()


def weights(
    state: dict[str, Tensor], kind: type[np.floating] = np.float16
) -> dict[str, np.ndarray]:
    """Return a trained network as ``otio_idolsync.analysis.tracker.net`` reads it.

    What normalises the bands is folded into the first layer; half precision halves the file.
    """
    named = {name: value.detach().double().numpy() for name, value in state.items()}
    enter = named["enter.weight"] / named["spread"]
    out = {
        "reaches": np.asarray(REACHES),
        "enter": enter.T,
        "enter_bias": named["enter.bias"] - enter @ named["mean"],
        "leave": named["leave.weight"].T,
        "leave_bias": named["leave.bias"],
    }
    for index in range(len(REACHES)):
        for part in ("look", "back"):
            out[f"{part}_{index}"] = named[f"blocks.{index}.{part}.weight"].T
            out[f"{part}_bias_{index}"] = named[f"blocks.{index}.{part}.bias"]
    return {name: value.astype(kind) for name, value in out.items()}


def restore(model: Tracker, kept: Mapping[str, np.ndarray]) -> None:
    """Give a network the weights of a file that ``weights`` wrote, to train it further."""
    named = {name: np.asarray(kept[name], np.float64) for name in kept}
    mean, spread = (b.double().numpy() for b in (model.mean, model.spread))
    folded = named["enter"].T
    state = {
        "mean": mean,
        "spread": spread,
        "enter.weight": folded * spread,
        "enter.bias": named["enter_bias"] + folded @ mean,
        "leave.weight": named["leave"].T,
        "leave.bias": named["leave_bias"],
    }
    for index in range(len(REACHES)):
        for part in ("look", "back"):
            state[f"blocks.{index}.{part}.weight"] = named[f"{part}_{index}"].T
            state[f"blocks.{index}.{part}.bias"] = named[f"{part}_bias_{index}"]
    model.load_state_dict({n: torch.as_tensor(v, dtype=torch.float32) for n, v in state.items()})
