"""Time a re-sync of many shots, and its growth, against OpenTimelineIO's own reading of the files.

    python benchmarks/resync.py [SHOTS ...]

For each number of shots a plan and an edit of it are made (60 edits, once with ids and once with
file names only). Prints CPU seconds of the whole re-sync (both files read and checked, matched,
classified and merged) and of its report, of OpenTimelineIO alone reading both files, the ratio of
the two (a busy machine changes it little), and the process's peak memory. One number of shots and
one dialect at a time give a peak that nothing before has raised.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import opentimelineio as otio

sys.path.insert(0, str(Path(__file__).parents[1]))

from otio_idolsync.resync.run import resync
from otio_idolsync.timeline.files import write_sheet_files
from tests.resync.simulator import Hand, a_plan, opened, timeline_in_dialect


def measure(shots: int, dialect: str, folder: Path) -> tuple[float, float, float]:
    """Return seconds of the re-sync, seconds of OTIO's reading, and the peak in MiB."""
    rng = random.Random(shots)
    sheet = a_plan(rng, shots)
    editing = opened(sheet)
    hand = Hand(rng, editing)
    for _ in range(60):
        hand.edit(rng.choice(Hand.KINDS))
    plan, edited = folder / "plan.otio", folder / "edited.otio"
    write_sheet_files(sheet, plan)
    otio.adapters.write_to_file(timeline_in_dialect(sheet, editing, dialect), str(edited))
    begin = time.process_time()
    for path in (plan, edited):
        otio.adapters.read_from_file(str(path))
    read = time.process_time() - begin
    begin = time.process_time()
    resync(edited, plan).to_json()
    took = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took, read, peak


def main() -> None:
    """Print a line a measurement."""
    for shots in [int(arg) for arg in sys.argv[1:]] or [1000, 10000]:
        for dialect in ("premiere", "resolve"):
            with tempfile.TemporaryDirectory() as folder:
                took, read, peak = measure(shots, dialect, Path(folder))
            print(
                f"{shots:6} shots, {dialect:8}: {took:5.2f} s, {took / read:4.1f} times OTIO's "
                f"reading ({read:.2f} s), peak {peak:.0f} MiB"
            )


if __name__ == "__main__":
    main()
