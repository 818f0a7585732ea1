"""Time a re-sync of many shots, and its growth, against OpenTimelineIO's own reading and writing.

    python benchmarks/resync.py [SHOTS ...] [--form premiere.xml]

For each number of shots a plan and an edit of it (60 edits) are made, and the edit is written as
each form: native, Premiere's xmeml, Resolve's (file names only) and FCPXML. Prints CPU seconds of
the re-sync alone (matched, classified, merged, reported) and of all of it (both files read and
checked, the next timeline and its sheet written), both also as ratios to what OpenTimelineIO takes
in the same run to read the plan's and the edit's native JSON and write one, which a busy machine
changes little; and the process's peak memory. One number of shots and one form at a time give a
peak that nothing before has raised.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

sys.path.insert(0, str(Path(__file__).parents[1]))

from otio_idolsync.cut.files import write_sheet_files, write_timeline_files
from otio_idolsync.cut.read import read_cut, read_timeline
from otio_idolsync.interchange.export import export
from otio_idolsync.resync.run import resync
from tests.resync.simulator import Hand, a_plan, opened, timeline_in_dialect

FORMS = {"native.otio": "otio", "premiere.xml": "premiere", "resolve.xml": "resolve",
         "fcp.fcpxml": "fcp"}  # fmt: skip


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds that some work takes, and what comes of it."""
    gc.collect()
    begin = time.process_time()
    made = work()
    return time.process_time() - begin, made


def measure(shots: int, form: str, folder: Path) -> str:
    """Return a line on one number of shots in one form."""
    rng = random.Random(shots)
    sheet = a_plan(rng, shots)
    editing = opened(sheet)
    hand = Hand(rng, editing)
    for _ in range(60):
        hand.edit(rng.choice(Hand.KINDS))
    plan, native, edited, output = (
        folder / name for name in ("plan.otio", "edit.otio", form, "next.otio")
    )
    write_sheet_files(sheet, plan)
    otio.adapters.write_to_file(timeline_in_dialect(sheet, editing, "native"), str(native))
    export(native, edited, FORMS[form])  # type: ignore[arg-type]

    def peer() -> None:
        made = [otio.adapters.read_from_file(str(path)) for path in (plan, native)]
        otio.adapters.write_to_file(made[1], str(folder / "peer.otio"))

    def whole() -> None:
        done = resync(edited, plan, output=output)
        done.to_json()
        write.append(seconds(lambda: write_timeline_files(done.timeline, done.sheet, output))[0])

    write: list[float] = []
    before, _ = seconds(peer)
    took, _ = seconds(whole)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = sum(seconds(work)[0] for work in (lambda: read_timeline(plan), lambda: read_cut(edited)))
    own = took - write[0] - read
    base = (before + seconds(peer)[0]) / 2
    return (
        f"{shots:6} shots, {form:12}: alone {own:5.2f} s ({own / base:4.1f}), with files "
        f"{took:5.2f} s ({took / base:4.1f} times OTIO's {base:.2f} s), peak {peak:.0f} MiB"
    )


def main() -> None:
    """Print a line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shots", nargs="*", type=int, default=[1000, 3000, 10000])
    parser.add_argument("--form", choices=FORMS, action="append")
    asked = parser.parse_args()
    for shots in asked.shots:
        for form in asked.form or FORMS:
            with tempfile.TemporaryDirectory() as folder:
                print(measure(shots, form, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
