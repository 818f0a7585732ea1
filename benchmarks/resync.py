"""Time a re-sync of many shots, and its growth, against OpenTimelineIO's own reading of the files.

    python benchmarks/resync.py [SHOTS ...]

For each number of shots a plan and an edit of it are made (60 edits, once with ids and once with
file names only). Prints seconds to compare them, to read both files with OpenTimelineIO, their
ratio, and the peak memory a shot.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import opentimelineio as otio

sys.path.insert(0, str(Path(__file__).parents[1]))

from otio_idolsync.resync.run import resync
from otio_idolsync.timeline.files import write_sheet_files
from tests.resync.simulator import Hand, a_plan, opened, timeline_in_dialect


def measure(shots: int, dialect: str, folder: Path) -> tuple[float, float, float]:
    """Return seconds of the re-sync, seconds of OTIO's reading, and peak bytes a shot."""
    rng = random.Random(shots)
    sheet = a_plan(rng, shots)
    editing = opened(sheet)
    hand = Hand(rng, editing)
    for _ in range(60):
        hand.edit(rng.choice(Hand.KINDS))
    plan, edited = folder / "plan.otio", folder / "edited.otio"
    write_sheet_files(sheet, plan)
    otio.adapters.write_to_file(timeline_in_dialect(sheet, editing, dialect), str(edited))
    begin = time.perf_counter()
    for path in (plan, edited):
        otio.adapters.read_from_file(str(path))
    read = time.perf_counter() - begin
    begin = time.perf_counter()
    resync(edited, plan)
    took = time.perf_counter() - begin
    tracemalloc.start()
    resync(edited, plan)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return took, read, peak / shots


def main() -> None:
    """Print a line a measurement."""
    for shots in [int(arg) for arg in sys.argv[1:]] or [1000, 10000]:
        for dialect in ("premiere", "resolve"):
            with tempfile.TemporaryDirectory() as folder:
                took, read, peak = measure(shots, dialect, Path(folder))
            print(
                f"{shots:6} shots, {dialect:8}: {took:5.2f} s, {took / read:4.1f} times OTIO's "
                f"reading ({read:.2f} s), {peak / 1024:.1f} KiB a shot"
            )


if __name__ == "__main__":
    main()
