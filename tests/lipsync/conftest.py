"""A short sung song, a drawn face, jobs made of them, and stand-ins for tools.

The stand-ins take the published arguments of Wav2Lip's ``inference.py`` and LatentSync's
``scripts.inference``. One returns as many frames as Wav2Lip counts, the other whole groups of 16;
they move no lips.
"""

from __future__ import annotations

import shutil
import sys
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from otio_idolsync.lipsync.provider import LipsyncJob
from otio_idolsync.lipsync.recipe import RECIPE_SCHEMA
from otio_idolsync.media.probe import probe
from otio_idolsync.media.song import Song, open_song

RATE = 24000
SUNG = ((2.0, 4.0), (6.0, 8.0))
MOUTH = {"x": 0.5, "y": 0.6, "width": 0.1}


COPY = """
import av, sys, wave
def copy(face, target, count, sound=True):
    with av.open(face) as source, av.open(target, "w") as out:
        video = out.add_stream("libx264", rate=source.streams.video[0].average_rate)
        first = source.streams.video[0].codec_context
        video.width, video.height, video.pix_fmt = first.width, first.height, "yuv420p"
        frames = list(source.decode(video=0))
        tone = out.add_stream("aac", rate=48000, layout="stereo") if sound else None
        for k in range(count):
            frame = frames[k % len(frames)]
            frame.pts, frame.pict_type = k, 0
            frame.time_base = 1 / source.streams.video[0].average_rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if tone:
            silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            silence.sample_rate, silence.pts = 48000, 0
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(tone.encode(silence))
            out.mux(tone.encode(None))
def seconds(audio):
    with wave.open(audio) as sound:
        return sound.getnframes() / sound.getframerate()
"""
WAV2LIP = (
    COPY
    + """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--checkpoint_path", required=True)
parser.add_argument("--face", required=True)
parser.add_argument("--audio", required=True)
parser.add_argument("--outfile", default="results/result_voice.mp4")
parser.add_argument("--pads", nargs="+", type=int, default=[0, 10, 0, 0])
parser.add_argument("--resize_factor", default=1, type=int)
args = parser.parse_args()
assert len(args.pads) == 4 and open(args.checkpoint_path).read()
mel, chunks = int(seconds(args.audio) * 80) + 1, 1
while int((chunks - 1) * 80 / 25) + 16 <= mel:
    chunks += 1
copy(args.face, args.outfile, chunks)
"""
)
LATENTSYNC = (
    COPY
    + """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--unet_config_path", default="configs/unet.yaml")
parser.add_argument("--inference_ckpt_path", required=True)
parser.add_argument("--video_path", required=True)
parser.add_argument("--audio_path", required=True)
parser.add_argument("--video_out_path", required=True)
parser.add_argument("--inference_steps", type=int, default=20)
parser.add_argument("--guidance_scale", type=float, default=1.0)
parser.add_argument("--seed", type=int, default=1247)
args = parser.parse_args()
assert open(args.unet_config_path).read() == "unet" and args.inference_steps == 20
copy(args.video_path, args.video_out_path, int(seconds(args.audio_path) * 25) // 16 * 16)
"""
)

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
        given = (
            {"mouth": MOUTH, "phrases": [list(span) for span in SUNG]} if params is None else params
        )
        fields = {"face": probe(media or face), "face_start_frame": 0, "song": song}
        fields |= {"start_sample": begin, "samples": samples, "rate": rate, "frames": frames}
        fields |= {"width": size[0], "height": size[1], "params": given, "seed": 0}
        return LipsyncJob(**(fields | more))

    return make


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A writer of a user's recipe: ``recipes("name", python_code, length="trim")``."""
    folder = tmp_path / "recipes"
    folder.mkdir()
    monkeypatch.setenv("IDOLSYNC_RECIPES", str(folder))

    def write(name: str, code: str, *args: str, **more: object) -> None:
        script = folder / f"{name}.py"
        script.write_text(COPY + code)
        listed = [sys.executable, str(script), *(args or ("{face}", "{audio}", "{output}"))]
        lines = [f"schema = {RECIPE_SCHEMA!r}", f"args = {listed!r}"]
        params = more.pop("params", {})
        lines += [f"{key} = {value!r}" for key, value in more.items()]
        lines += ["[params]", *(f"{key} = {value!r}" for key, value in params.items())]
        (folder / f"{name}.toml").write_text("\n".join(lines))

    return write


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of stand-ins, laid out as the shipped recipes expect Wav2Lip and LatentSync."""
    folder = tmp_path_factory.mktemp("tools")
    files = {
        "wav2lip/inference.py": WAV2LIP,
        "wav2lip/checkpoints/wav2lip_gan.pth": "weights",
        "latentsync/scripts/inference.py": LATENTSYNC,
        "latentsync/checkpoints/latentsync_unet.pt": "weights",
        "latentsync/configs/unet/stage2_512.yaml": "unet",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def point_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let the shipped recipes find the stand-ins of a folder."""
    for name in ("WAV2LIP", "LATENTSYNC"):
        patch.setenv(f"{name}_HOME", str(folder / name.lower()))
        patch.setenv(f"{name}_PYTHON", sys.executable)


@pytest.fixture(scope="session")
def tools_found(tools: Path) -> Callable[[pytest.MonkeyPatch], None]:
    """What lets the shipped recipes find the stand-ins, for fixtures beyond one test."""
    return lambda patch: point_to(tools, patch)


@pytest.fixture
def checkouts(tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins of a test's own where the shipped recipes look for Wav2Lip and LatentSync."""
    shutil.copytree(tools, tmp_path, dirs_exist_ok=True)
    point_to(tmp_path, monkeypatch)
    return tmp_path
