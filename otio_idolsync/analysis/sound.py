"""The song's samples as every part of the analysis hears them: one rate, one level, one pass.

Everything works at 24 kHz: 10 ms and 50 ms are whole numbers of samples, and nothing above 12 kHz
tells a beat, a chord or a voice. The level is normalised first, so that a song and the same song
20 dB quieter are analysed alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.errors import AnalysisError
from otio_idolsync.media.song import Song, decode_song

RATE = 24000
_BLOCK_FRAMES = 1024
_SILENT_RMS = 10 ** (-70 / 20)
_LOUD_PERCENTILE = 90
_SOUNDING = 1e-6
_TARGET_RMS = 0.1
_DEAD_SHARE = 0.01
"""A side that never comes within 40 dB of the other is a cable unplugged: the song is mono."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples at ``RATE``, normalised so that the loud parts of a song have one level.

    Attributes:
        stereo: float32 [shape=(n, 2)].
        mono: float32 [shape=(n,)], the middle; of an out-of-phase song, its left side.
    """

    stereo: NDArray[np.float32] = field(compare=False)
    mono: NDArray[np.float32] = field(compare=False)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.mono) / RATE


def hear(song: Song) -> Sound:
    """Return a song's samples as the analysis hears them.

    Raises:
        MediaError: It cannot be decoded.
        AnalysisError: It is silent.
    """
    stereo = decode_song(song, RATE)
    loud = _loud_level(stereo)
    if loud < _SILENT_RMS:
        raise AnalysisError(
            f"song {song.path} is silent: it stays below -70 dB, so there is no beat "
            "to cut to; was the right track exported?"
        )
    levels = [_loud_level(stereo[:, side : side + 1]) for side in (0, 1)]
    if min(levels) < _DEAD_SHARE * max(levels):
        stereo = stereo[:, [int(np.argmax(levels))] * 2]
    stereo = stereo * np.float32(_TARGET_RMS / _loud_level(stereo))
    mono = stereo.mean(axis=1)
    if _loud_level(mono[:, None]) < 0.05 * _TARGET_RMS:
        mono = stereo[:, 0].copy()
    return Sound(stereo, mono)


def spectra(samples: NDArray[np.float32], window: int, hop: int) -> Iterator[NDArray[np.complex64]]:
    """Yield spectra of centred Hann windows, some frames at a time: a long song stays small.

    Args:
        samples: float32 [shape=(n,)].
        window: Samples; even.
        hop: Samples between frames; frame k is centred at sample k × hop.

    Yields:
        complex64 [shape=(frames, window / 2 + 1)].
    """
    taper = np.hanning(window + 1)[:-1].astype(np.float32)
    frames = len(samples) // hop + 1
    half = window // 2
    for first in range(0, frames, _BLOCK_FRAMES):
        last = min(frames, first + _BLOCK_FRAMES)
        start, stop = first * hop - half, (last - 1) * hop + half
        piece = samples[max(0, start) : max(0, stop)]
        piece = np.pad(piece, (max(0, -start), max(0, stop - len(samples))))
        rows = np.lib.stride_tricks.sliding_window_view(piece, window)[::hop]
        yield np.fft.rfft(rows * taper, axis=1).astype(np.complex64)


def _loud_level(channels: NDArray[np.float32]) -> float:
    """Return the RMS that the loudest tenth of what sounds reaches, over all channels."""
    step = RATE // 10
    whole = len(channels) // step * step
    blocks = channels[:whole].reshape(-1, step, channels.shape[1])
    power = np.einsum("bsc,bsc->b", blocks, blocks, dtype=np.float64) / blocks[0].size
    sounding = power[power >= power.max() * _SOUNDING]
    return float(np.sqrt(np.percentile(sounding, _LOUD_PERCENTILE)))
