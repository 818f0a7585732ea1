"""How sure a speech network is that a voice sounds, of the middle of the stereo image.

Silero VAD [1]_ was trained on speech, yet hears most singing once what stands at the sides is
taken off. It ran slower than the whole analysis through any package of its own, chunk by chunk;
its weights need nothing but numpy, and all of a song but the recurrent layer runs in big blocks.

.. [1] Silero Team, "Silero VAD: pre-trained enterprise-grade voice activity detector", version 6,
   https://github.com/snakers4/silero-vad; MIT licence, see ``silero.LICENSE``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import resources

import numpy as np
from numpy.typing import NDArray

SPEECH_MODEL = "Silero VAD 6.2"
SPEECH_LICENCE = "MIT"
CHUNK_SECONDS = 0.032
_CHUNK, _CONTEXT = 512, 64
_WINDOW, _HOP, _BINS = 256, 128, 129
_PIECE_CHUNKS = 1024
_GAIN = 3.0
_CENTRE_WINDOW = 1536
_PIECE = _PIECE_CHUNKS * _CHUNK * 3 // 2
_MARGIN = 2 * _CENTRE_WINDOW

Floats = NDArray[np.float32]


def speech_odds(stereo: Floats) -> Floats:
    """Return the log-odds that a voice sounds, one value for each 32 ms.

    Args:
        stereo: float32 [shape=(n, 2)] at 24 kHz, the loud parts at an RMS of 0.1.

    Returns:
        float32 [shape=(chunks,)]; value k is of the 32 ms from k × 32 ms.
    """
    weights = _weights()
    rows = [_encoded(piece, weights) @ weights["input_weight"].T for piece in _pieces(stereo)]
    return _remembered(np.concatenate(rows) + weights["gate_bias"], weights)


def _pieces(stereo: Floats) -> Iterator[Floats]:
    """Yield the middle at 16 kHz, in chunks after 64 samples of what came before each.

    Yields:
        float32 [shape=(chunks, 576)].
    """
    from scipy.signal import resample_poly

    before = np.zeros(_CONTEXT, np.float32)
    for start in range(0, len(stereo), _PIECE):
        first, last = start - _MARGIN, start + _PIECE + _MARGIN
        piece = stereo[max(0, first) : last]
        padded = np.pad(piece, ((max(0, -first), max(0, last - len(stereo))), (0, 0)))
        middle = resample_poly(centre(padded), 2, 3)[_MARGIN * 2 // 3 : -_MARGIN * 2 // 3]
        used = min(_PIECE, len(stereo) - start) * 2 // 3
        chunks = max(1, -(-used // _CHUNK))
        whole = np.clip(_GAIN * middle[: chunks * _CHUNK], -1, 1).astype(np.float32)
        joined = np.concatenate([before, whole])
        before = whole[-_CONTEXT:]
        yield np.lib.stride_tricks.sliding_window_view(joined, _CHUNK + _CONTEXT)[::_CHUNK]


def centre(stereo: Floats) -> Floats:
    """Return what stands in the middle: each spectrum's middle less the level of its sides.

    Args:
        stereo: float32 [shape=(n, 2)] at 24 kHz; n a multiple of 768.

    Returns:
        float32 [shape=(n,)]; a mono song as it is.
    """
    hop = _CENTRE_WINDOW // 2
    taper = np.sqrt(np.hanning(_CENTRE_WINDOW + 1)[:-1]).astype(np.float32)
    padded = np.pad(stereo, ((hop, hop), (0, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _CENTRE_WINDOW, axis=0)[::hop]
    left, right = np.moveaxis(np.fft.rfft(frames * taper, axis=2), 1, 0)
    middle, side = np.abs(left + right), np.abs(left - right)
    kept = np.maximum(middle - side, 0) / np.maximum(middle, 1e-9)
    parts = np.fft.irfft((left + right) / 2 * kept, axis=1) * taper
    out = np.zeros((len(parts) + 1, hop))
    out[:-1] += parts[:, :hop]
    out[1:] += parts[:, hop:]
    return out.reshape(-1)[hop:-hop].astype(np.float32)


def _encoded(rows: Floats, weights: dict[str, Floats]) -> Floats:
    """Return what the network's convolutions make of chunks, float32 [shape=(chunks, 128)]."""
    padded = np.pad(rows, ((0, 0), (0, _CONTEXT)), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP]
    taper = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    layer = np.abs(np.fft.rfft(frames * taper, axis=2)).astype(np.float32)
    for number, stride in ((1, 1), (2, 2), (3, 2), (4, 1)):
        layer = _convolved(
            layer, weights[f"conv{number}_weight"], weights[f"conv{number}_bias"], stride
        )
    return layer[:, 0]


def _convolved(layer: Floats, weight: Floats, bias: Floats, stride: int) -> Floats:
    """Return a convolution three frames wide with its ReLU, [shape=(chunks, frames, out)]."""
    padded = np.pad(layer, ((0, 0), (1, 1), (0, 0)))
    last = layer.shape[1] - 1
    out = sum(padded[:, k : k + last + 1 : stride] @ weight[:, :, k].T for k in range(3))
    return np.asarray(np.maximum(out + bias, 0), np.float32)


def _remembered(gates: Floats, weights: dict[str, Floats]) -> Floats:
    """Return the log-odds after the recurrent layer (an LSTM of 128 cells)."""
    recurrent = np.ascontiguousarray(weights["state_weight"])
    hidden = np.zeros(128, np.float32)
    cell = np.zeros(128, np.float32)
    kept = np.empty((len(gates), 128), np.float32)
    for index, given in enumerate(gates):
        total = given + recurrent @ hidden
        entered, forgot, shown = (
            0.5 + 0.5 * np.tanh(0.5 * total[a : a + 128]) for a in (0, 128, 384)
        )
        cell = forgot * cell + entered * np.tanh(total[256:384])
        hidden = kept[index] = shown * np.tanh(cell)
    odds = np.maximum(kept, 0) @ weights["output_weight"] + weights["output_bias"]
    return np.asarray(odds, np.float32)


@functools.cache
def _weights() -> dict[str, Floats]:
    with resources.as_file(resources.files(__package__) / "silero.npz") as path:
        stored = np.load(path)
        return {name: stored[name].astype(np.float32) for name in stored.files}
