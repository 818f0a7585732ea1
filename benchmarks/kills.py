"""Kill one render a hundred times at random moments, and see what is lost and what comes out.

    python benchmarks/kills.py [--kills 100] [--cuts 450] [--seed 1] [--work DIR]

Renders coded media (``render_media.py``: every frame shows its number) into one cache. Each run is
ended by SIGKILL, with all that it started, once it has made a random number of shots and a random
moment later: while it starts, encodes, writes objects away, joins, or renames the movie. After each
kill every shot that was ever finished must still be there, byte for byte, and the movie must be
absent or whole. At the end the render runs through, and every frame is read back.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import render_media

IDOLSYNC = [sys.executable, "-c", "from otio_idolsync.cli import main; raise SystemExit(main())"]
SECONDS, CLIPS, CLIP_SECONDS = 225, 16, 6
SIZE = (160, 90)
MOST_NEW, MOST_LATER = 8, 0.4
TICK = 0.02


class Job:
    """One render, and what is known of its cache.

    Attributes:
        finished: sha256 of each finished shot that was ever seen, by its path.
    """

    def __init__(self, work: Path, cuts: int) -> None:
        render_media.make(work, SIZE, CLIPS, CLIP_SECONDS, SECONDS)
        render_media.make_timeline(work, "cut", SECONDS, cuts, layered=False)
        self.cut = json.loads((work / "cut.json").read_text())
        self.cache, self.movie = work / "cache", work / "movie.mp4"
        self.argv = [
            *IDOLSYNC, "render", str(work / "cut.otio"), "-o", str(self.movie),
            "--cache", str(self.cache), "--json", "--force",
        ]  # fmt: skip
        self.finished: dict[Path, str] = {}

    def sidecars(self) -> int:
        return len(list((self.cache / "shots").glob("*/*.json")))

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.argv,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def lost(self) -> int:
        """Return how many finished shots are gone or changed; remember the new ones."""
        for note in (self.cache / "shots").glob("*/*.json"):
            made = note.with_suffix(".mp4")
            if made not in self.finished and made.exists():
                known = json.loads(note.read_text())["sha256"]
                self.finished[made] = known
        return sum(
            not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest
            for path, digest in self.finished.items()
        )

    def end(self) -> dict[str, Any]:
        """Let the render run through and return its report."""
        done = subprocess.run(self.argv, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the render failed: {done.stderr}")
        return dict(json.loads(done.stdout))


def killed(job: Job, chance: random.Random) -> bool:
    """Run the job and kill it; return False where it was done before."""
    wanted = job.sidecars() + chance.randrange(MOST_NEW)
    later = chance.uniform(0, MOST_LATER)
    process = job.start()
    begun = False
    while process.poll() is None:
        begun = begun or job.sidecars() >= wanted
        if begun:
            time.sleep(later)
            break
        time.sleep(TICK)
    done = process.poll() is not None
    if not done:
        os.killpg(process.pid, signal.SIGKILL)
    _, said = process.communicate()
    if done and process.returncode:
        sys.exit(f"a render failed by itself: {said.decode(errors='replace')}")
    return not done


def main() -> None:
    """Kill, look, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=450)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        job = Job(given.work or Path(folder), given.cuts)
        chance = random.Random(given.seed)
        kills = early = lost = torn = 0
        while kills < given.kills:
            if not killed(job, chance):
                early += 1
                job.movie.unlink()
                continue
            kills += 1
            lost = max(lost, job.lost())
            torn += job.movie.exists() and render_media.count_wrong(job.movie, job.cut) > 0
            if kills % 10 == 0:
                print(f"{kills} kills, {len(job.finished)} shots finished", flush=True)
        kept = len(job.finished)
        report = job.end()
        # The same shot twice is made once: what was done for it stands at its first place.
        first = {shot["key"]: shot["action"] for shot in reversed(report["shots"])}
        reused = sum(action == "reused" for action in first.values())
        wrong = render_media.count_wrong(job.movie, job.cut)
        left = len(list((job.cache / "tmp").iterdir()))
        print(f"{kills} kills; {early} runs were done before they could be killed")
        print(f"finished shots before the last run: {kept} of {len(first)}")
        print(f"of these lost: {lost}; not made again by the last run: {reused}")
        print(f"half-written movies: {torn}; leftovers: {left}")
        print(f"wrong frames: {wrong} of {report['frames']}")


if __name__ == "__main__":
    main()
