"""Time FCPXML on 10 000 clips with 500 markers, beside OTIO's own JSON and the stock adapter.

Run ``python benchmarks/fcpxml.py``. All take the same made-up cut in the same run, so the ratios
mean something on any machine. The stock adapter (``fcpx_xml``, where it is installed) grows faster
than linearly: it is timed on the smaller cut only.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

SIZES, MARKERS, REPEATS, RATE = (1000, 10000), 500, 3, 25.0
S = otio.schema


def span(start: float, frames: float) -> otio.opentime.TimeRange:
    time_of = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time_of(start, RATE), time_of(frames, RATE))


def made_up_cut(clips: int) -> S.Timeline:
    chance = random.Random(clips)
    timeline = S.Timeline("cut", global_start_time=otio.opentime.RationalTime(90000, RATE))
    track = S.Track("V1", kind="Video")
    timeline.tracks.append(track)
    for i in range(clips):
        reference = S.ExternalReference(f"file:///media/A{i:05d}.mov", span(0, 400))
        clip = S.Clip(f"shot {i}", reference, span(chance.randrange(200), chance.randrange(14, 40)))
        clip.metadata["idolsync"] = {"shot_id": f"S{i:04d}", "reason": {"text": "bar 3"}}
        track.append(clip)
    total = int(track.duration().value)
    for k in range(MARKERS):
        where = span(k * total // MARKERS, 0)
        mark = S.Marker(f"beat {k}", where, "BLUE", {"idolsync": {"kind": "beat", "bar": k // 4}})
        timeline.tracks.markers.append(mark)
    return timeline


def fastest(work: Callable[[], Any]) -> float:
    took = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return min(took)


def seconds(clips: int) -> dict[str, float]:
    """Return CPU seconds to write and read a cut, by format."""
    timeline = made_up_cut(clips)
    text = write_fcpxml(timeline)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "cut.otio")
        found = {
            "FCPXML written": fastest(lambda: write_fcpxml(timeline)),
            "FCPXML read": fastest(lambda: read_fcpxml(text)),
            "OTIO JSON written": fastest(lambda: otio.adapters.write_to_file(timeline, path)),
            "OTIO JSON read": fastest(lambda: otio.adapters.read_from_file(path)),
        }
        stock = "fcpx_xml" in otio.adapters.available_adapter_names()
        if stock and clips == min(SIZES):
            start = time.process_time()
            made = otio.adapters.write_to_string(timeline, "fcpx_xml")
            otio.adapters.read_from_string(made, "fcpx_xml")
            found["fcpx_xml both ways"] = time.process_time() - start
    return found


def main() -> None:
    ours = []
    for clips in SIZES:
        took = seconds(clips)
        both = took["FCPXML written"] + took["FCPXML read"]
        plain = took["OTIO JSON written"] + took["OTIO JSON read"]
        ours.append(both)
        print(f"{clips} clips, {MARKERS} markers:")
        for name, value in took.items():
            print(f"  {name:20} {value:8.2f} s  {value / plain:6.1f} x OTIO JSON both ways")
        print(f"  {'FCPXML both ways':20} {both:8.2f} s  {both / plain:6.1f} x OTIO JSON both ways")
    growth = ours[-1] / ours[0]
    print(f"{SIZES[-1] // SIZES[0]} times the clips take {growth:.1f} times as long")


if __name__ == "__main__":
    main()
