"""A small project to render: coded clips, a song, and timelines over them."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
SONG_RATE = 44100


class Project:
    """A folder with media, and a timeline over it that tests change as they like."""

    size = "160x90"

    def __init__(self, folder: Path, coded, rate: str = "24") -> None:
        self.folder = folder
        self.coded = coded
        self.exact = Fraction(rate)
        self.rate = float(self.exact)
        self.picture = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
        self.sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
        self.timeline = otio.schema.Timeline(
            "cut", global_start_time=RT(round(3600 * self.exact), self.rate)
        )
        self.timeline.tracks.extend([self.picture, self.sound])

    def media(self, name: str, **made) -> str:
        """Make a coded clip and return its relative URL."""
        self.coded.clip(self.folder / name, **made)
        return name

    def shot(self, url: str | None, start: int, frames: int, name: str = "", **metadata):
        """Append a clip of ``frames`` timeline frames that begins at media frame ``start``."""
        reference = otio.schema.MissingReference()
        if url:
            reference = otio.schema.ExternalReference(url, TR(RT(0, self.rate), RT(960, self.rate)))
        span = TR(RT(start, self.rate), RT(frames, self.rate))
        clip = otio.schema.Clip(name or f"shot {len(self.picture) + 1}", reference, span)
        clip.metadata["idolsync"] = metadata
        self.picture.append(clip)
        return clip

    def song(self, seconds: float = 3.0, rate: int = SONG_RATE) -> np.ndarray:
        """Write a song that is unlike itself at any lag, put it on A1, return its samples."""
        samples = noise(seconds, rate)
        self.write_sound(samples, rate=rate)
        available = TR(RT(0, rate), RT(len(samples), rate))
        reference = otio.schema.ExternalReference("song.wav", available)
        whole = TR(RT(0, self.rate), RT(int(seconds * self.exact), self.rate))
        self.sound.append(otio.schema.Clip("song", reference, whole))
        return samples

    def write_sound(self, samples, name: str = "song.wav", rate: int = SONG_RATE) -> None:
        """Write samples [shape=(n, channels)] as 16-bit sound."""
        write_wav(self.folder / name, samples.astype("<i2"), rate)

    def save(self, name: str = "cut.otio") -> Path:
        """Write the timeline."""
        path = self.folder / name
        otio.adapters.write_to_file(self.timeline, str(path))
        return path


def noise(seconds: float, rate: int) -> np.ndarray:
    """Stereo noise, int16 [shape=(n, 2)]."""
    samples = np.random.default_rng(3).normal(0, 5000, (int(seconds * rate), 2))
    return samples.clip(-30000, 30000).astype("<i2")


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """Write 16-bit samples as WAV."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


@pytest.fixture
def project(tmp_path, coded) -> Project:
    """An empty project at 24 frames per second."""
    return Project(tmp_path, coded)


@pytest.fixture
def project_at(tmp_path, coded):
    """A maker of empty projects at other rates."""
    return lambda rate: Project(tmp_path, coded, rate)
