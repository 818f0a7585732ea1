"""How the puppet moves over time: its mouth, its eyelids and its head.

Everything is a function of the song second and the seed alone, so that a shot which is made again
with longer handles shows the same movement at the same place of the song.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.lipsync.cues import Cues
from otio_idolsync.lipsync.mouth import Pose
from otio_idolsync.lipsync.shapes import SHAPES

_BLEND_SECONDS = 0.07
_BLINK_EVERY, _BLINK_SECONDS = 3.7, 0.28
_IDLE = 0.35
_CALM_SECONDS = 0.8
_STEP = 0.01


def poses(cues: Cues, seconds: NDArray[np.float64]) -> list[Pose]:
    """Return the mouth at some song seconds, gliding from shape to shape.

    Args:
        cues: The mouth cues of at least these seconds.
        seconds: float64 [shape=(n,)], the middle of each frame.
    """
    at = cues.start + np.arange(len(cues.openness)) * cues.hop
    track = np.zeros((len(at), len(fields(Pose))))
    for viseme in cues.visemes:
        shape = SHAPES[viseme.shape]
        begin, end = np.searchsorted(at, (viseme.start - 1e-6, viseme.end - 1e-6))
        opening = shape.least + (shape.most - shape.least) * cues.openness[begin:end]
        track[begin:end, 0] = opening if shape.most else 0
        track[begin:end, 1:] = (
            shape.width, shape.boxy, shape.upper_teeth, shape.lower_teeth, shape.tongue,
        )  # fmt: skip
    size = max(1, round(_BLEND_SECONDS / cues.hop)) | 1
    kernel = np.hanning(size + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.pad(track, ((size // 2, size // 2), (0, 0)), mode="edge")
    smooth = [np.convolve(column, kernel, "valid") for column in padded.T]
    track = np.stack(smooth, axis=1)
    moments = np.stack([np.interp(seconds, at, column) for column in track.T], axis=1)
    # cues of others may begin late or end early: there the mouth rests
    moments[(seconds < at[0]) | (seconds > at[-1]), 0] = 0
    return [Pose(*(float(value) for value in moment)) for moment in moments]


def blinks(seconds: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return how far the eyelids are down at some song seconds, 0 open to 1 shut.

    One blink falls somewhere in each span of 3.7 s: irregular, as blinks are, but repeatable.
    """
    shut = np.zeros(len(seconds))
    for index, second in enumerate(seconds):
        slot = math.floor(second / _BLINK_EVERY)
        begin = (slot + 0.15 + 0.6 * _chance(seed, slot)) * _BLINK_EVERY
        share = (second - begin) / _BLINK_SECONDS
        if 0 < share < 1:
            # down in a third of the time, up in two thirds
            shut[index] = share * 3 if share < 1 / 3 else (1 - share) * 1.5
    return np.clip(shut * 1.25, 0, 1)


def sway(cues: Cues, seconds: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the head's place at some song seconds, float64 [shape=(n, 2)] within -1..1 (x, y).

    Slow waves that never repeat, wider while somebody sings, and a small nod with loud syllables.
    """
    at = cues.start + np.arange(len(cues.openness)) * cues.hop
    reach = max(1, round(_CALM_SECONDS / cues.hop)) | 1
    kernel = np.hanning(reach + 2)[1:-1] / np.hanning(reach + 2).sum()
    padded = np.pad(cues.openness.astype(np.float64), reach // 2, mode="edge")
    lively = np.interp(seconds, at, np.convolve(padded, kernel, "valid"))
    size = _IDLE + (1 - _IDLE) * np.clip(2 * lively, 0, 1)
    phase = [2 * math.pi * _chance(seed, -1 - k) for k in range(4)]
    turn = 2 * math.pi * seconds
    x = 0.6 * np.sin(0.23 * turn + phase[0]) + 0.4 * np.sin(0.41 * turn + phase[1])
    y = 0.5 * np.sin(0.31 * turn + phase[2]) + 0.2 * np.sin(0.67 * turn + phase[3])
    return np.stack([size * x, size * y + 0.5 * np.clip(lively, 0, 1)], axis=1)


def cue_margin(rate: float) -> float:
    """Return how many seconds of cues beyond a range its movement depends on."""
    return _CALM_SECONDS + 1 / rate + _STEP


def _chance(seed: int, slot: int) -> float:
    """Return a number of 0..1 that only depends on seed and slot, on any machine."""
    digest = hashlib.sha256(f"{seed} {slot}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
