"""A clip that plays backwards keeps its frames through every format, without our own blocks too."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml
from otio_idolsync.interchange.xmeml.dialects import DIALECTS

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
S = otio.schema
RATE = 24.0
_BLOCK = re.compile(r"<metadata><key>otio-idolsync</key>.*?</metadata>", re.DOTALL)
_NOTE = re.compile(r"<note>.*?</note>", re.DOTALL)


def span(start: float, frames: float) -> Any:
    return TR(RT(start, RATE), RT(frames, RATE))


def cut(scalar: float, start: float, dissolves: bool = False, first: int = 0) -> Any:
    """A clip between two others, with a dissolve on both sides where one is asked for."""
    timeline = S.Timeline("cut", global_start_time=RT(86400, RATE))
    track = S.Track("V1", kind="Video")
    for name, effects in (("a", []), ("b", [S.LinearTimeWarp("", time_scalar=scalar)]), ("c", [])):
        reference = S.ExternalReference(f"file:///m/{name}.mov", span(first, 400))
        begin = first + (start if effects else 100)
        track.append(S.Clip(name, reference, span(begin, 40), effects=effects))
        if dissolves and name != "c":
            track.append(S.Transition("", "SMPTE_Dissolve", RT(4, RATE), RT(6, RATE)))
    timeline.tracks.append(track)
    return timeline


def ways() -> list[tuple[str, Any]]:
    def xmeml(dialect: str) -> Any:
        return lambda timeline: read_xmeml(_BLOCK.sub("", write_xmeml(timeline, dialect)[0]))

    made = [(f"xmeml {name}", xmeml(name)) for name in DIALECTS]
    made.append(("fcpxml", lambda t: read_fcpxml(_NOTE.sub("", write_fcpxml(t)[0]))))
    return made


@pytest.mark.parametrize("dissolves", [False, True])
@pytest.mark.parametrize("scalar", [-1.0, -2.0, -0.5, -1.25, 0.5, 2.0])
@pytest.mark.parametrize(("way", "round_trip"), ways())
def test_a_retimed_clip_keeps_its_frames_without_our_blocks(
    way: str, round_trip: Any, scalar: float, dissolves: bool
) -> None:
    timeline = round_trip(cut(scalar, 50, dissolves, first=1000))
    clip = next(c for c in timeline.find_clips() if c.name == "b")
    origin = clip.available_range().start_time.value if clip.available_range() else 0
    assert clip.source_range.duration.value == 40
    assert [e.time_scalar for e in clip.effects] == [scalar]
    assert clip.source_range.start_time.value - origin == pytest.approx(50, abs=1e-6)


@pytest.mark.parametrize("start", [0, Fraction(17, 2), 340])
def test_a_reverse_at_the_edge_of_its_media_stays_inside(start: float) -> None:
    for way, round_trip in ways():
        timeline = round_trip(cut(-1.0, float(start)))
        clip = next(c for c in timeline.find_clips() if c.name == "b")
        assert abs(clip.source_range.start_time.value - start) <= 0.5, way
