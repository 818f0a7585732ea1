"""Clips at other speeds lie where they lie, also in compound clips that trim them."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from otio_idolsync.resync.flatten import flatten
from otio_idolsync.timebase import Clock

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def span(start, frames):
    return TR(RT(start, 24), RT(frames, 24))


@pytest.mark.parametrize(
    ("scalar", "source"),
    [(1.0, 105), (2.0, 110), (0.5, 102.5), (-1.0, 115), (-2.0, 130), (0.0, 100)],
)
def test_a_trimmed_compound_clip_shows_the_frames_of_a_retimed_clip(scalar, source):
    reference = otio.schema.ExternalReference("a.mov", span(0, 960))
    clip = otio.schema.Clip("a", reference, span(100, 40))
    clip.effects.append(otio.schema.LinearTimeWarp("", time_scalar=scalar))
    inner = otio.schema.Track("inner", children=[clip])
    compound = otio.schema.Stack("together", source_range=span(5, 20), children=[inner])
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(otio.schema.Track("V1", children=[compound]))
    (item,) = flatten(timeline, clock=Clock.at(24)).items
    assert (item.first, item.frames, item.source) == (0, 20, source)
