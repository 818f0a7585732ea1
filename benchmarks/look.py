"""Time how media are looked into: in worker processes that may die, beside the same in this one.

Run ``python benchmarks/look.py``. Both look into the same folder of made clips, so the ratios of
CPU seconds mean something on any machine.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np

from otio_idolsync.media.probe import look_into, probe_each
from otio_idolsync.media.workers import WORKERS

CLIPS, REPEATS = 300, 5
KINDS = (("a.mp4", (1920, 1080), 25), ("b.mov", (1280, 720), 30), ("c.mkv", (640, 360), 24))


def clip(path: Path, size: tuple[int, int], rate: int) -> Path:
    width, height = size
    tiles = np.random.default_rng(5).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    ground = np.repeat(np.repeat(tiles, height // 9, 0), width // 16, 1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "30"})
        stream.height, stream.width, stream.pix_fmt = *ground.shape[:2], "yuv420p"
        for frame in range(2 * rate):
            picture = np.roll(ground, 4 * frame, 1)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def folder_of_clips(folder: Path) -> list[Path]:
    made = [clip(folder / name, size, rate) for name, size, rate in KINDS]
    clips = [folder / f"{k:03d}{made[k % len(made)].suffix}" for k in range(CLIPS)]
    for k, path in enumerate(clips):
        shutil.copy(made[k % len(made)], path)
    return clips


def here(clips: Sequence[Path]) -> None:
    for path in clips:
        look_into(str(path))


def apart(clips: Sequence[Path]) -> None:
    assert len(list(probe_each(clips))) == len(clips)
    WORKERS.close()


WAYS: dict[str, Callable[[Sequence[Path]], None]] = {"here": here, "apart": apart}


def measure(way: str, folder: Path) -> None:
    """Print the CPU seconds of one way, those of its workers included, and the clock's."""
    clips = sorted(folder.glob("[0-9]*"))
    before, begun = os.times(), time.perf_counter()
    WAYS[way](clips)
    after = os.times()
    print(sum(after[:4]) - sum(before[:4]), time.perf_counter() - begun)


def in_a_fresh_process(way: str, folder: str) -> tuple[float, float]:
    """Measure one way where nothing has warmed up the memory yet."""
    argv = [sys.executable, "-P", __file__, way, folder]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    cpu, clock = map(float, done.stdout.split())
    return cpu, clock


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder_of_clips(Path(name))
        both = [[in_a_fresh_process(way, name) for way in WAYS] for _ in range(REPEATS)]
    cpu, clock = (statistics.median(b[k] / a[k] for a, b in both) for k in (0, 1))
    print(f"{CLIPS} clips in this process: {statistics.median(a[0] for a, _ in both):.2f} CPU s")
    print(f"in worker processes: {cpu:.2f} times the CPU seconds, {clock:.2f} times the time")


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) > 2 else main()
