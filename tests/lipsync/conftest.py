"""A short sung song, a drawn face, and jobs made of them."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from otio_idolsync.lipsync.provider import LipsyncJob
from otio_idolsync.media.probe import probe
from otio_idolsync.media.song import Song, open_song

RATE = 24000
SUNG = ((2.0, 4.0), (6.0, 8.0))
MOUTH = {"x": 0.5, "y": 0.6, "width": 0.1}


VOWELS = {
    "a": ((850, 1.0), (1300, 0.7), (2600, 0.15)),
    "u": ((320, 1.0), (750, 0.4), (2400, 0.01)),
}


def voice(t: np.ndarray, vowel: str) -> np.ndarray:
    """A wavering pitch through three formants: "a" wide open or "u" nearly shut."""
    pitch = 220 * 2 ** (0.04 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros_like(t)
    for harmonic in range(1, 18):
        hz = 220 * harmonic
        gain = sum(share * np.exp(-(((hz - peak) / 160) ** 2)) for peak, share in VOWELS[vowel])
        sound += (gain + 0.002) * np.sin(harmonic * phase)
    return sound


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    """10 s: sung from 2 to 4 ("a" and "u" in turn, 0.5 s each) and 6 to 8, pads at the sides."""
    t = np.arange(10 * RATE) / RATE
    sung = np.where((t % 1) < 0.5, voice(t, "a"), voice(t, "u"))
    gate = sum(np.clip(np.minimum(t - a, b - t) / 0.03, 0, 1) for a, b in SUNG)
    middle = 0.25 * sung * gate
    pad = 0.1 * np.sin(2 * np.pi * 330 * t)
    both = np.stack([middle + pad, middle - pad], axis=1)
    path = tmp_path_factory.mktemp("song") / "sung.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(both, -1, 1) * 32000).astype("<i2").tobytes())
    return open_song(path)


@pytest.fixture(scope="session")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn face of 320 x 180: skin, two eyes, a line for a mouth."""
    image = Image.new("RGB", (320, 180), (40, 60, 120))
    pen = ImageDraw.Draw(image)
    pen.ellipse((100, 20, 220, 160), (240, 205, 185))
    for x in (135, 185):
        pen.ellipse((x - 10, 64, x + 10, 84), (250, 250, 250))
        pen.ellipse((x - 4, 70, x + 4, 78), (30, 30, 40))
    pen.line((146, 108, 174, 108), (160, 50, 80), 3)
    path = tmp_path_factory.mktemp("face") / "face.png"
    image.save(path)
    return path


@pytest.fixture
def make_job(song: Song, face: Path) -> Callable[..., LipsyncJob]:
    """A maker of jobs: ``make_job(frames=24, start=2.0, rate=24, params={...})``."""

    def make(
        frames: int = 12,
        start: float = 2.0,
        rate: Fraction = Fraction(24),
        params: dict[str, Any] | None = None,
        media: Path | None = None,
        size: tuple[int, int] = (320, 180),
        **more: Any,
    ) -> LipsyncJob:
        begin = round(start * song.sample_rate)
        samples = round(frames * song.sample_rate / rate)
        given = {"mouth": MOUTH} if params is None else params
        fields = {"face": probe(media or face), "face_start_frame": 0, "song": song}
        fields |= {"start_sample": begin, "samples": samples, "rate": rate, "frames": frames}
        fields |= {"width": size[0], "height": size[1], "params": given, "seed": 0}
        return LipsyncJob(**(fields | more))

    return make
