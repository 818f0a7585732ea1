"""The song with a click on each beat, to check a grid by ear."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.media.outputs import output_file
from otio_idolsync.media.song import Song, decode_blocks

_CLICK_SECONDS = 0.03
_SONG_LEVEL = 0.5


def write_click(song: Song, analysis: Analysis, path: Path | str) -> None:
    """Write the song at half level with clicks, 16-bit stereo WAV at the song's rate.

    A downbeat clicks higher and louder. The click's first sample is the beat's nearest sample.

    Raises:
        MediaError: The song cannot be decoded.
        OutputError: The file cannot be written.
    """
    path = Path(path)
    clicks = _Clicks(song, analysis)
    with output_file(path) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(song.sample_rate)
        first = 0
        for block in decode_blocks(song):
            mixed = block * np.float32(_SONG_LEVEL)
            clicks.add(mixed, first)
            first += len(block)
            scaled = np.round(np.clip(mixed, -1, 1) * 32767)
            out.writeframes(scaled.astype("<i2").tobytes())


class _Clicks:
    """The clicks of a grid, mixed block by block into a song."""

    def __init__(self, song: Song, analysis: Analysis) -> None:
        grid = analysis.grid
        self._starts = np.round(grid.beats * song.sample_rate).astype(np.int64)
        self._down = grid.numbers == 1
        self._sounds = (_tone(1174.7, 0.3, song), _tone(1760.0, 0.5, song))

    def add(self, block: NDArray[np.float32], first: int) -> None:
        """Add to a block, whose first sample is the song's ``first``, what clicks in it."""
        length = len(self._sounds[0])
        low = np.searchsorted(self._starts, first - length, side="right")
        high = np.searchsorted(self._starts, first + len(block))
        for index in range(int(low), int(high)):
            at = int(self._starts[index]) - first
            click = self._sounds[int(self._down[index])][max(0, -at) :]
            space = block[max(0, at) :]
            count = min(len(click), len(space))
            space[:count] += click[:count, None]


def _tone(pitch_hz: float, level: float, song: Song) -> NDArray[np.float32]:
    time = np.arange(round(_CLICK_SECONDS * song.sample_rate)) / song.sample_rate
    shape = np.exp(-time / (_CLICK_SECONDS / 5))
    return np.asarray(level * np.cos(2 * np.pi * pitch_hz * time) * shape, np.float32)
