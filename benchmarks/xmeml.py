"""Time xmeml beside OTIO's own JSON, and beside otio-fcp-adapter where it is installed.

Run ``python benchmarks/xmeml.py``; ``--stock`` adds the stock adapter, which takes minutes. All
write and read the same timeline in one run, so the ratios mean something on any machine.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

MARKERS, REPEATS, RATE = 500, 3, 25.0
SIZES = (1_000, 10_000)
S = otio.schema


def made_up_timeline(clips: int) -> Any:
    """A cut of shots with our metadata, a song, and beat markers."""
    chance = random.Random(clips)

    def span(start: float, frames: float) -> Any:
        time_ = otio.opentime.RationalTime
        return otio.opentime.TimeRange(time_(start, RATE), time_(frames, RATE))

    timeline = S.Timeline("benchmark")
    timeline.global_start_time = otio.opentime.RationalTime(90000, RATE)
    video, audio = S.Track("V1", kind="Video"), S.Track("A1", kind="Audio")
    timeline.tracks.extend([video, audio])
    total = 0
    for index in range(clips):
        frames = chance.randrange(14, 40)
        media = S.ExternalReference(f"file:///media/take%20{index}.mov", span(0, 400))
        clip = S.Clip(f"shot {index}", media, span(chance.randrange(60, 200), frames))
        clip.metadata["idolsync"] = {
            "schema": "idolsync.clip/1",
            "shot_id": f"S{index:04d}",
            "role": "broll",
            "reason": {"text": "bar 3"},
        }
        video.append(clip)
        total += frames
    audio.append(S.Clip("song", S.ExternalReference("file:///media/song.wav"), span(0, total)))
    for index in range(MARKERS):
        marker = S.Marker(f"{index}.1", span(index * total // MARKERS, 0), "BLUE")
        marker.metadata["idolsync"] = {"kind": "beat", "bar": index}
        timeline.tracks.markers.append(marker)
    return timeline


def timed(write: Callable[[Any], str], read: Callable[[str], Any], timeline: Any) -> list[float]:
    """Return the least CPU seconds of some runs, to write and to read."""
    best = [float("inf")] * 2
    for _ in range(REPEATS):
        before = time.process_time()
        text = write(timeline)
        between = time.process_time()
        kept = read(text)
        after = time.process_time()
        best = [min(best[0], between - before), min(best[1], after - between)]
        del kept
    return best


def main() -> None:
    """Print a line a format and size."""
    warnings.simplefilter("ignore")
    adapters = otio.adapters
    ways: dict[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
        ".otio": (
            lambda t: adapters.write_to_string(t, "otio_json"),
            lambda s: adapters.read_from_string(s, "otio_json"),
        ),
        "premiere": (lambda t: write_xmeml(t, "premiere")[0], read_xmeml),
        "resolve": (lambda t: write_xmeml(t, "resolve")[0], read_xmeml),
    }
    if "--stock" in sys.argv:
        ways["fcp_xml"] = (
            lambda t: adapters.write_to_string(t, "fcp_xml"),
            lambda s: adapters.read_from_string(s, "fcp_xml"),
        )
    before: dict[str, float] = {}
    for size in SIZES:
        timeline, base = made_up_timeline(size), 0.0
        for name, (write, read) in ways.items():
            wrote, took = timed(write, read, timeline)
            base = base or wrote + took
            last = before.get(name)
            grown = f", {(wrote + took) / last:.1f} times the last" if last else ""
            print(
                f"{size:6} clips {name:9} write {wrote:6.2f} s, read {took:6.2f} s, "
                f"{(wrote + took) / base:6.1f} times .otio{grown}"
            )
            before[name] = wrote + took


if __name__ == "__main__":
    main()
