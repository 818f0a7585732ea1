"""What hardly can be meant is said, with the clip and by how much; what can be is not."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest

from otio_idolsync.cut.doubts import doubts_of
from otio_idolsync.timebase import Clock

S, RT, TR = otio.schema, otio.opentime.RationalTime, otio.opentime.TimeRange
CLOCK = Clock(Fraction(25))


def span(start: float, frames: float, rate: float = 25) -> otio.opentime.TimeRange:
    return TR(RT(start, rate), RT(frames, rate))


def clip(
    name: str,
    start: float = 0,
    frames: float = 50,
    media: otio.opentime.TimeRange | None = None,
    url: str = "a.mov",
    speed: float = 1.0,
) -> otio.schema.Clip:
    made = S.Clip(name, S.ExternalReference(url, media or span(0, 100)), span(start, frames))
    if speed != 1:
        made.effects.append(S.LinearTimeWarp("", time_scalar=speed))
    return made


def doubts(*items: otio.core.Item) -> tuple[str, ...]:
    timeline = S.Timeline("t")
    timeline.tracks.append(S.Track("V1", items, kind="Video"))
    return doubts_of(timeline, CLOCK)


def gap(seconds: float) -> otio.schema.Gap:
    return S.Gap(source_range=span(0, 25 * seconds))


def test_a_timecode_that_was_added_to_a_clips_place_is_named() -> None:
    shot = clip("A01", 21 * 90000, 50, span(21 * 90000, 100))
    assert doubts(clip("first"), gap(21 * 3600), shot) == (
        "clip 'A01' on V1 begins 21:00:00:00 after what lies before it; the timecode of its "
        "source, 21:00:00:00, was probably added to its place",
    )


def test_a_long_gap_alone_is_told_and_a_pause_is_not() -> None:
    assert doubts(gap(3600), clip("late")) == (
        "clip 'late' on V1 begins 01:00:00:00 after what lies before it",
    )
    assert not doubts(clip("first"), gap(300), clip("later"))


def test_a_clip_that_reaches_beyond_its_media_is_named_with_its_frames() -> None:
    assert doubts(clip("A01", 60, 52)) == (
        "clip 'A01' reaches 12 frames past the end of its media",
    )
    assert doubts(clip("A02", -10, 50)) == ("clip 'A02' begins 10 frames before its media",)
    assert doubts(clip("fast", 50, 50, speed=2.0)) == (
        "clip 'fast' reaches 25 frames past the end of its media",
    )


def test_many_such_clips_are_one_sentence() -> None:
    (said,) = doubts(*(clip(f"A{n}", 60, 42 + n) for n in range(9)))
    assert said.startswith("9 clips reach past the end of their media: 'A0' by 2 frames, 'A1' by 3")
    assert said.endswith("'A5' by 7 frames and 3 more")


@pytest.mark.parametrize(
    "fine",
    [
        clip("to the last frame", 50, 50),
        clip("a frame of the media more", 61, 49.5, span(0, 44, 10)),
        clip("a still", 216000, 50, span(0, 5), "a.png"),
        clip("slow", 80, 50, speed=0.4),
        clip("backwards", 0, 50, speed=-2.0),
        clip("frozen on its last frame", 99, 50, speed=0.0),
        S.Clip("missing", S.MissingReference("", span(0, 5)), span(99, 50)),
        S.Clip("no range", S.ExternalReference("a.mov"), span(99, 50)),
    ],
    ids=lambda fine: fine.name,
)
def test_what_can_be_meant_is_not_spoken_of(fine: otio.schema.Clip) -> None:
    assert not doubts(fine.deepcopy())
