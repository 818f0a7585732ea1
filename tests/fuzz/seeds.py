"""What the fuzzer begins with: a rich cut in each format, old findings, real files if there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.interchange.markers_edl import write_markers_edl
from otio_idolsync.interchange.xmeml import write_xmeml

FOUND = Path(__file__).with_name("found")
_REAL = {"xml": "fcp7xml/*.xml", "fcpxml": "fcpxml/*.fcpxml", "edl": "edl/*.edl"}
_LARGEST = 40_000
S, RT, TR = otio.schema, otio.opentime.RationalTime, otio.opentime.TimeRange


def seeds(name: str) -> list[bytes]:
    """Return the files that a format's fuzzing begins with."""
    cuts = [rich_cut(rate) for rate in (24.0, 30000 / 1001)]
    made = {
        "xml": [write_xmeml(cut, who)[0] for cut in cuts for who in ("premiere", "resolve")],
        "fcpxml": [write_fcpxml(cut, version)[0] for cut in cuts for version in ("1.8", "1.13")],
        "markers": [write_markers_edl(cut)[0] for cut in cuts],
        "edl": [write_edl(cuts[0])[0]],  # the reader takes no rate, and lists tell none
    }[name]
    folder = Path(os.environ.get("IDOLSYNC_SHARED", "shared")) / "corpus" / "interchange"
    real = sorted(folder.glob(_REAL[name])) if name in _REAL else []
    files = [*sorted(FOUND.glob(f"*.{name}")), *real]
    return [text.encode() for text in made] + [
        data for file in files if len(data := file.read_bytes()) < _LARGEST
    ]


def rich_cut(rate: float) -> Any:
    """Return a short cut with one of everything that the formats carry."""

    def span(start: float, frames: float) -> Any:
        return TR(RT(start, rate), RT(frames, rate))

    timeline = S.Timeline("アイドル <&>", global_start_time=RT(round(rate) * 3600, rate))
    settings = {"rate": "24" if rate == 24 else "30000/1001"}
    timeline.metadata["idolsync"] = {"plan_id": "3fa9c0ffee00", "settings": settings}
    shots = []
    for place in range(7):
        media = S.ExternalReference(f"file:///media/take%20{place}.mov", span(0, 400))
        shot = S.Clip(f"S00{place} é", media, span(100 + place, 10))
        shot.metadata["idolsync"] = {"shot_id": f"S00{place}", "reason": {"beats": [1, 2.5]}}
        shot.markers.append(S.Marker("lip", span(103 + place, place % 3), "CYAN"))
        shots.append(shot)
    for shot, speed in zip(shots, (2.0, -1.0, 0.5), strict=False):
        shot.effects.append(S.LinearTimeWarp("", time_scalar=speed))
    shots[3].effects.append(S.FreezeFrame(""))
    shots[4].enabled = False
    shots[5].media_reference = S.ImageSequenceReference(
        "file:///media/exr/", "cg_", ".exr", 1001, 1, rate, 4, available_range=span(0, 400)
    )
    shots[6].media_reference = S.MissingReference()
    picture, above, sound = (S.Track(n, kind=k) for n, k in _TRACKS)
    picture.extend(shots)
    picture.insert(6, S.Transition("fade", "SMPTE_Dissolve", RT(2, rate), RT(3, rate)))
    nested = S.Stack("nest", [S.Track("in", [shots[0].clone()])], span(0, 9))
    generator = S.GeneratorReference("title", "Text", parameters={"text": "Hi"})
    above.extend([S.Gap(source_range=span(0, 5)), nested, S.Clip("t", generator, span(0, 8))])
    sound.append(S.Clip("song", S.ExternalReference("song.wav"), span(0, 70)))
    timeline.tracks.extend([picture, above, sound])
    for place in range(0, 60, 12):
        marker = S.Marker(f"{place}.1", span(place, 12 * (place % 24 == 0)), "RED")
        marker.metadata["idolsync"] = {"kind": "section", "bar": place}
        timeline.tracks.markers.append(marker)
    return timeline


_TRACKS = (("V1", "Video"), ("V2", "Video"), ("A1", "Audio"))
