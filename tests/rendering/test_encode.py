"""A shot is the same file in every cache, however many cores and jobs there are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
import pytest

from otio_idolsync.rendering.encode import encode_shot, shot_suffix
from otio_idolsync.rendering.model import OutputFormat


def pictures(count: int, width: int = 320, height: int = 180) -> list[av.VideoFrame]:
    """Textures that pan, with a cut in their middle: an encoder has much to decide."""
    rng = np.random.default_rng(2)
    ground = np.kron(rng.integers(0, 255, (40, 60)), np.ones((8, 8), int))
    made = []
    for k in range(count):
        seen = ground[3 * k : 3 * k + height, 2 * k : 2 * k + width]
        seen = (255 - seen if 2 * k > count else seen) + rng.integers(-9, 9, (height, width))
        gray = np.repeat(seen.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
        made.append(av.VideoFrame.from_ndarray(gray, format="rgb24").reformat(format="yuv420p"))
    return made


def encoded(path, frames, codec, threads: int) -> bytes:
    output = OutputFormat(frames[0].width, frames[0].height, Fraction(24), codec=codec)
    path = path.with_suffix(shot_suffix(output))
    assert encode_shot(iter(frames), path, output, threads, threading.Event()) == len(frames)
    return path.read_bytes()


@pytest.mark.parametrize("codec", ["h264", "hevc", "prores", "ffv1"])
def test_a_shot_is_the_same_file_whatever_cores_there_are(tmp_path, codec):
    frames = pictures(24)
    files = {encoded(tmp_path / f"{n}", frames, codec, threads=n) for n in (1, 2, 4, 1)}
    assert len(files) == 1


def test_a_shot_is_the_same_file_whatever_lies_in_memory(tmp_path):
    """x264's fast arithmetic reads what memory happens to hold: 1 in 20 encodes was another."""
    frames, held, files = pictures(24), [], set()
    for n in range(24, 60):
        held = [*held[-6:], np.random.default_rng(n).integers(0, 255, n * 7919 % 400_000 + 1000)]
        files.add(encoded(tmp_path / f"{n}", frames, "h264", threads=1))
    assert len(files) == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_hevc_shot_has_its_frames_in_time(tmp_path, count):
    # Many at a time: what x265 makes up of too short a shot comes from memory that others used.
    frames = [pictures(count, 160, 90) for _ in range(2)]

    def stamps(job: int) -> list[tuple[int, int]]:
        path = tmp_path / f"{job}.mp4"
        encoded(path, frames[job % 2], "hevc", threads=1)
        with av.open(str(path)) as container:
            return [(p.pts, p.dts) for p in container.demux(video=0) if p.size]

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(stamps, range(16)))
    assert all(found == made[0] for found in made)
    assert [pts for pts, _ in sorted(made[0])] == [k * 512 for k in range(count)]
    assert all(dts <= pts for pts, dts in made[0])
