"""Fixtures for all tests: real material, when the machine has it."""

from __future__ import annotations

import os

# Before numpy is imported: our matrices are small, and threads that wait for each other cost a busy
# machine ten times the work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import settings

# How long an example may take says something about the machine, not about us; what is searched
# for anew on a desk must not turn a build red by chance.
settings.register_profile("idolsync", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("idolsync")

_SHARED = Path(os.environ.get("IDOLSYNC_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real songs, footage and judges; tests that need it skip where it is absent."""
    if not (_SHARED / "corpus").is_dir():
        pytest.skip(f"no real material at {_SHARED}; set $IDOLSYNC_SHARED to run this test")
    return _SHARED


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep all tests off the user's cache, but let the tests of a run share analyses.

    For the session and not for each test: fixtures of a module or a session come before what a
    single test sets up, and analyse songs too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDOLSYNC_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


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


def _beats(path: Path, seconds: int) -> Path:
    """Write a song at 120 BPM: kick, snare and hats, with a loud second half."""
    rate = 22050
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
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    return path


@pytest.fixture(scope="session")
def beat_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song of 24 s, 12 bars."""
    return _beats(tmp_path_factory.mktemp("song") / "beat song.wav", 24)


@pytest.fixture(scope="session")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song of 40 s, 20 bars, for cuts of many shots."""
    return _beats(tmp_path_factory.mktemp("song") / "long song.wav", 40)


class CodedMedia:
    """Makes clips whose every frame shows its own number as ten black or white bars."""

    bits = 10

    def picture(self, number: int, size: tuple[int, int] = (160, 90)) -> np.ndarray:
        """An RGB picture, uint8 [shape=(height, width, 3)], with the number in its middle."""
        width, height = size
        picture = np.full((height, width, 3), 90, np.uint8)
        for bit in range(self.bits):
            left, right = (round(width * (0.1 + 0.8 * edge / self.bits)) for edge in (bit, bit + 1))
            level = 235 if number >> bit & 1 else 16
            picture[height // 3 : 2 * height // 3, left:right] = level
        return picture

    def clip(
        self,
        path: Path,
        frames: int = 48,
        rate: str | int = 24,
        size: tuple[int, int] = (160, 90),
        times: list[Fraction] | None = None,
        delay: Fraction = Fraction(0),
        options: dict[str, str] | None = None,
        container: dict[str, str] | None = None,
        timecode: str = "",
        gop: int = 250,
        title: str = "",
    ) -> Path:
        """Encode a long-GOP clip with B frames; ``times`` in seconds make its rate variable."""
        path.parent.mkdir(parents=True, exist_ok=True)
        exact = Fraction(rate)
        base = Fraction(1, 90000) if times else 1 / exact
        shown = times or [k / exact for k in range(frames)]
        with av.open(str(path), "w", options=container or {}) as out:
            if timecode:
                out.metadata["timecode"] = timecode
            if title:
                out.metadata["title"] = title
            stream = out.add_stream("libx264", rate=exact, options={"crf": "16"} | (options or {}))
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.time_base = stream.codec_context.time_base = base
            stream.codec_context.gop_size, stream.codec_context.max_b_frames = gop, 3
            for number, at in enumerate(shown):
                frame = av.VideoFrame.from_ndarray(self.picture(number, size), format="rgb24")
                frame.time_base, frame.pts = base, round((at + delay) / base)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path

    def number(self, frame: av.VideoFrame, box: tuple[float, float, float, float] = (0, 0, 1, 1)):
        """Read the number of a frame; ``box`` is where the picture lies, as shares of the frame."""
        gray = frame.to_ndarray(format="gray")
        left, top, across, down = box
        row = gray[round(gray.shape[0] * (top + down / 2))].astype(int)
        number = 0
        for bit in range(self.bits):
            middle = left + across * (0.1 + 0.8 * (bit + 0.5) / self.bits)
            level = row[round(gray.shape[1] * middle)]
            assert not 90 < level < 160, "a bar is neither black nor white: frames were blended"
            number |= int(level > 125) << bit
        return number

    def numbers(
        self, path: Path, box: tuple[float, float, float, float] = (0, 0, 1, 1)
    ) -> list[int]:
        """Read the number of every frame of a movie."""
        with av.open(str(path)) as movie:
            return [self.number(frame, box) for frame in movie.decode(video=0)]


@pytest.fixture(scope="session")
def coded() -> CodedMedia:
    """A maker and reader of clips whose frames carry their numbers."""
    return CodedMedia()
