"""Fixtures for all tests: real material, when the machine has it."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

_SHARED = Path(os.environ.get("IDOLSYNC_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real songs, footage and judges; tests that need it skip where it is absent."""
    if not (_SHARED / "corpus").is_dir():
        pytest.skip(f"no real material at {_SHARED}; set $IDOLSYNC_SHARED to run this test")
    return _SHARED


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test off the user's cache, but let the tests of a run share analyses."""
    base = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("IDOLSYNC_CACHE", str(base))


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    """A maker of tiny clips: ``make_clip(path, frames=24, rate=24, size=(64, 36))``."""

    def make(
        path: Path, frames: int = 24, rate: str | int = 24, size: tuple[int, int] = (64, 36)
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=Fraction(rate))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            for number in range(frames):
                picture = np.full((size[1], size[0], 3), (number * 7) % 256, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture(scope="session")
def beat_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 40 s song at 120 BPM: kick, snare and hats, with a loud second half."""
    rate, seconds = 22050, 40
    rng = np.random.default_rng(5)
    samples = 0.02 * rng.standard_normal(rate * seconds)
    for beat in range(2 * seconds):
        at = int(beat * rate / 2)
        t = np.arange(rate // 5) / rate
        loud = 1.0 if beat >= seconds else 0.4
        kick = np.sin(2 * np.pi * 55 * t) * np.exp(-t * 25) * (1.0 if beat % 4 == 0 else 0.5)
        snare = rng.standard_normal(len(t)) * np.exp(-t * 30) * (beat % 2)
        samples[at : at + len(t)] += loud * (0.7 * kick + 0.25 * snare)
    pcm = np.clip(samples * 20000, -32000, 32000).astype("<i2")
    path = tmp_path_factory.mktemp("song") / "beat song.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    return path
