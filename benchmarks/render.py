"""Compare a render with other ways to make the same movie, in one run on this machine.

    python benchmarks/render.py [--quick] [--work DIR] [--moviepy PYTHON]

Makes coded media (``render_media.py``: every frame shows its number), renders a timeline with
``idolsync render`` and with the programs of ``render_peers.py``, reads every frame back, and prints

1. wrong frames, CPU seconds and memory of each way, as ratios to one bare PyAV loop;
2. what a changed shot, a moved shot and a marker cost, in shares of a full render, less the CPU
   seconds of importing what a render imports;
3. memory at 1080p with one job, for few and many cuts, plain and with dissolves and layers.

``--quick`` takes about a minute and a half, the whole about ten. CPU seconds are those of the
process and all its children; memory is the most that they held together, looked at ten times a
second. ``melt`` is left out where it is not installed, ``moviepy`` where PYTHON (by default this
one) cannot import it. ``--work`` keeps the media for another run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PYTHON = sys.executable
IDOLSYNC = [PYTHON, "-c", "from otio_idolsync.cli import main; raise SystemExit(main())"]
IMPORTS = [PYTHON, "-c", "import av, numpy, opentimelineio, otio_idolsync.rendering.render"]


@dataclass(frozen=True)
class Sizes:
    """How much is rendered: seconds of song and media, cuts, and the cuts of the memory table."""

    seconds: int
    cuts: int
    clips: int
    clip_seconds: int
    memory_cuts: tuple[int, int]


FULL = Sizes(180, 90, 24, 10, (90, 500))
QUICK = Sizes(24, 12, 8, 5, (12, 60))


@dataclass(frozen=True)
class Cost:
    """CPU seconds, and the most MiB that a process and its children held together."""

    cpu: float
    peak: float


def measured(argv: Sequence[str]) -> Cost:
    """Run a command to its end and return what it took."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=said)
        peak = 0.0
        while True:
            done, status, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            peak = max(peak, held(process.pid))
            time.sleep(0.1)
        if status:
            said.seek(0)
            raise SystemExit(f"{' '.join(argv)} failed: {said.read().decode()[-600:]}")
    return Cost(used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss / 1024))


def held(process: int) -> float:
    """Return the MiB that a process and its children hold now (on Linux, elsewhere 0)."""
    folder, total = Path(f"/proc/{process}"), 0.0
    try:
        pages = int((folder / "statm").read_text().split()[1])
        total = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        for task in (folder / "task").iterdir():
            for child in (task / "children").read_text().split():
                total += held(int(child))
    except OSError:
        pass
    return total


def media(command: str, *arguments: object) -> str:
    """Run a command of ``render_media.py``; this process stays small, as its children inherit."""
    argv = [PYTHON, str(HERE / "render_media.py"), command, *map(str, arguments)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def render(cut: Path, movie: Path, cache: Path) -> list[str]:
    """Return the command that renders a cut with one job."""
    return [*IDOLSYNC, "render", str(cut), "-o", str(movie), "--cache", str(cache), "--jobs", "1",
            "--quiet"]  # fmt: skip


def compare(work: Path, sizes: Sizes, moviepy: str) -> Cost:
    """Print each way's wrong frames, CPU and memory; return what our full render took."""
    folder = work / "media"
    media("make", folder, "1280x720", sizes.clips, sizes.clip_seconds, sizes.seconds)
    media("timeline", folder, "cut", sizes.seconds, sizes.cuts, "plain")
    cut = folder / "cut.json"
    peer = str(HERE / "render_peers.py")
    ways = {way: [PYTHON, peer, way, str(cut)] for way in ("loop", "naive")}
    if shutil.which("melt"):
        ways["melt"] = [PYTHON, peer, "melt", str(cut)]
    found = subprocess.run([moviepy, "-c", "import moviepy"], capture_output=True, check=False)
    if found.returncode == 0:
        ways["moviepy"] = [moviepy, peer, "moviepy", str(cut)]
    costs = {}
    print(f"{sizes.seconds} s, {sizes.cuts} cuts, {sizes.clips} clips, 1280x720, 24 fps, H.264:")
    for way, argv in {"loop": ways.pop("loop"), "idolsync": [], **ways}.items():
        movie = work / f"{way}.mp4"
        ours = render(cut.with_suffix(".otio"), movie, work / "cache")
        cost = costs[way] = measured([*argv, str(movie)] if argv else ours)
        wrong = int(media("count", movie, cut))
        base = costs["loop"]
        print(
            f"  {way:9} {wrong:5} wrong frames, {cost.cpu:6.1f} CPU s ({cost.cpu / base.cpu:4.2f}),"
            f" {cost.peak:5.0f} MiB ({cost.peak / base.peak:4.2f})",
            flush=True,
        )
    return costs["idolsync"]


def slipped(track: list[Any]) -> None:
    track[len(track) // 2]["source_range"]["start_time"]["value"] += 3


def swapped(track: list[Any]) -> None:
    track[3], track[6] = track[6], track[3]


def marked(track: list[Any]) -> None:
    track[3]["name"] += " (the good one)"


CHANGES: dict[str, Callable[[list[Any]], None]] = {
    "one changed shot": slipped,
    "a moved shot": swapped,
    "a renamed shot": marked,
    "nothing": lambda _track: None,
}


def change(work: Path, full: Cost) -> None:
    """Print what small edits cost after a full render."""
    start_up = min(measured(IMPORTS).cpu for _ in range(3))
    print(f"after it, less {start_up:.2f} CPU s of imports:")
    cut = work / "media" / "cut.otio"
    for name, edit in CHANGES.items():
        costs = []
        for attempt in range(3):
            cache = work / f"cache {attempt}"
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copytree(work / "cache", cache)
            data = json.loads(cut.read_text())
            edit(data["tracks"]["children"][0]["children"])
            edited = cut.with_name("edited.otio")
            edited.write_text(json.dumps(data))
            costs.append(measured(render(edited, work / "edited.mp4", cache)).cpu)
        share = (min(costs) - start_up) / (full.cpu - start_up)
        print(f"  {name:16} {min(costs) - start_up:5.2f} CPU s, {share:5.1%} of a full render")


def memory(work: Path, sizes: Sizes) -> None:
    """Print the most memory held at 1080p for few and many cuts."""
    folder = work / "hd"
    few, many = sizes.memory_cuts
    seconds = max(2, many * 6 // 24)
    media("make", folder, "1920x1080", 8, 3, seconds)
    print("1920x1080, --jobs 1, six frames a shot:")
    for kind in ("plain", "layered"):
        peaks = []
        for cuts in (few, many):
            media("timeline", folder, f"{kind}{cuts}", cuts * 6 // 24, cuts, kind)
            cut = folder / f"{kind}{cuts}.otio"
            peaks.append(measured(render(cut, work / "hd.mp4", work / "hd cache")).peak)
            shutil.rmtree(work / "hd cache")
        growth = peaks[1] / peaks[0]
        print(f"  {kind:9} {peaks[0]:4.0f} MiB for {few} cuts, {peaks[1]:4.0f} MiB for {many} "
              f"({growth:.2f})", flush=True)  # fmt: skip


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description="Compare a render with other ways.")
    parser.add_argument("--quick", action="store_true", help="a short timeline")
    parser.add_argument("--work", type=Path, help="folder that keeps the media")
    parser.add_argument("--moviepy", default=PYTHON, metavar="PYTHON")
    parser.add_argument("--only", choices=["compare", "memory"], help="one part of it")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    with tempfile.TemporaryDirectory() as own:
        work = (asked.work or Path(own)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(work / "cache", ignore_errors=True)
        if asked.only != "memory":
            change(work, compare(work, sizes, asked.moviepy))
        if asked.only != "compare":
            memory(work, sizes)


if __name__ == "__main__":
    main()
