"""Time xmeml and FCPXML beside OTIO's own JSON, and beside the stock adapters where installed.

Run ``python benchmarks/interchange.py``; ``--stock`` adds the stock adapters on the longer cut,
which takes minutes. All write and read the same made-up cut in the same run, so that the ratios
mean something on any machine. ``.otio`` is what OTIO does with files; ``JSON in memory`` is the
same without them, which it does in half of the time.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

SIZES, MARKERS, REPEATS, RATE = (1_000, 10_000), 500, 5, 25.0
STOCK = {"fcp_xml": "xmeml", "fcpx_xml": "FCPXML"}
S = otio.schema
Way = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def span(start: float, frames: float) -> otio.opentime.TimeRange:
    time_of = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time_of(start, RATE), time_of(frames, RATE))


def made_up_cut(clips: int) -> Any:
    """Return a cut of shots with our metadata, a song, and beat markers."""
    chance, total = random.Random(clips), 0
    timeline = S.Timeline("cut", global_start_time=otio.opentime.RationalTime(90000, RATE))
    video, audio = S.Track("V1", kind="Video"), S.Track("A1", kind="Audio")
    timeline.tracks.extend([video, audio])
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
    song = S.ExternalReference("file:///media/song.wav", span(0, total))
    audio.append(S.Clip("song", song, span(0, total)))
    for index in range(MARKERS):
        marker = S.Marker(f"{index}.1", span(index * total // MARKERS, 0), "BLUE")
        marker.metadata["idolsync"] = {"kind": "beat", "bar": index}
        timeline.tracks.markers.append(marker)
    return timeline


def ways(folder: Path) -> dict[str, Way]:
    """Return how each format writes and reads; OTIO's own come first."""
    adapters, path = otio.adapters, str(folder / "cut.otio")
    return {
        ".otio": (
            lambda cut: adapters.write_to_file(cut, path),
            lambda _: adapters.read_from_file(path),
        ),
        "JSON in memory": (
            lambda cut: adapters.write_to_string(cut, "otio_json"),
            lambda text: adapters.read_from_string(text, "otio_json"),
        ),
        "xmeml, Premiere": (lambda cut: write_xmeml(cut, "premiere")[0], read_xmeml),
        "xmeml, Resolve": (lambda cut: write_xmeml(cut, "resolve")[0], read_xmeml),
        "FCPXML": (lambda cut: write_fcpxml(cut)[0], read_fcpxml),
    }


def stock_ways() -> dict[str, Way]:
    """Return the stock adapters that are installed."""
    adapters = otio.adapters
    return {
        f"stock {name}": (
            lambda cut, name=name: adapters.write_to_string(cut, name),  # type: ignore[misc]
            lambda text, name=name: adapters.read_from_string(text, name),  # type: ignore[misc]
        )
        for name in STOCK
        if name in adapters.available_adapter_names()
    }


def timed(way: Way, timeline: Any, repeats: int) -> tuple[float, float]:
    """Return the least CPU seconds of some runs, to write and to read."""
    wrote = took = float("inf")
    for _ in range(repeats):
        before = time.process_time()
        text = way[0](timeline)
        between = time.process_time()
        kept = way[1](text)
        after = time.process_time()
        wrote, took = min(wrote, between - before), min(took, after - between)
        del kept
    return wrote, took


def main() -> None:
    """Print a line for each format and size."""
    warnings.simplefilter("ignore")
    before: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            timeline, plain = made_up_cut(size), list[float]()
            print(f"{size} clips, {MARKERS} markers")
            stock = stock_ways() if "--stock" in sys.argv else {}
            for name, way in (ways(Path(folder)) | stock).items():
                wrote, took = timed(way, timeline, 1 if name in stock else REPEATS)
                both = wrote + took
                plain.append(both)
                grown = f"  {both / before[name]:5.1f} times the last" if name in before else ""
                print(
                    f"  {name:16} write {wrote:7.2f} s, read {took:7.2f} s: {both / plain[0]:6.1f} "
                    f"times .otio, {both / plain[min(1, len(plain) - 1)]:6.1f} times JSON{grown}",
                    flush=True,
                )
                before[name] = both


if __name__ == "__main__":
    main()
