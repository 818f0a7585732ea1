"""The song with a click on each beat, to check a grid by ear."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.media.cache import written_beside
from otio_idolsync.media.song import Song, decode_song

_CLICK_SECONDS = 0.03
_SONG_LEVEL = 0.5
_BLOCK_SAMPLES = 1 << 20


def write_click(song: Song, analysis: Analysis, path: Path | str) -> None:
    """Write the song at half level with clicks, 16-bit stereo WAV at the song's rate.

    A downbeat clicks higher and louder. The click's first sample is the beat's nearest sample.

    Raises:
        MediaError: The song cannot be decoded.
        OutputError: The file cannot be written.
    """
    mixed = decode_song(song) * np.float32(_SONG_LEVEL)
    sounds = {True: _tone(1760.0, 0.5, song), False: _tone(1174.7, 0.3, song)}
    for beat, number in zip(analysis.grid.beats, analysis.grid.numbers, strict=True):
        first = round(float(beat) * song.sample_rate)
        click = sounds[bool(number == 1)][: max(0, len(mixed) - first)]
        mixed[first : first + len(click)] += click[:, None]
    with written_beside(Path(path)) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(song.sample_rate)
        for first in range(0, len(mixed), _BLOCK_SAMPLES):
            block = np.clip(mixed[first : first + _BLOCK_SAMPLES], -1, 1)
            out.writeframes(np.round(block * 32767).astype("<i2").tobytes())


def _tone(pitch_hz: float, level: float, song: Song) -> NDArray[np.float32]:
    time = np.arange(round(_CLICK_SECONDS * song.sample_rate)) / song.sample_rate
    shape = np.exp(-time / (_CLICK_SECONDS / 5))
    return np.asarray(level * np.cos(2 * np.pi * pitch_hz * time) * shape, np.float32)
