"""Resolve's marker EDL: what it holds comes back equal, what it cannot hold is said."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.adapters.bridge import AdapterError, IdolsyncWarning
from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.interchange.markers_edl import (
    FROM_RESOLVE,
    TO_RESOLVE,
    read_markers_edl,
    write_markers_edl,
)
from otio_idolsync.timebase import Clock

RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange

# The shape in which Resolve exports a list, notes before the first bar, two spaces at line ends.
RESOLVE = """TITLE: ( no title )

001  001      V     C        01:00:18:06 01:00:18:07 01:00:18:06 01:00:18:07  
scratch on the face |C:ResolveColorYellow |M:Marker 1 |D:1

002  001      V     C        01:00:20:20 01:00:20:21 01:00:20:20 01:00:20:21  
 |C:ResolveColorMint |M:en l'état = é |D:36

003  001      V     C        01:01:44:10 01:01:44:11 01:01:44:10 01:01:44:11  
first line
second line |C:ResolveColorBlue |M:a | b |D:1
"""  # noqa: W291


def timeline(clock: Clock, *markers: otio.schema.Marker, name: str = "") -> otio.schema.Timeline:
    made = otio.schema.Timeline(name)
    made.global_start_time = RT(clock.start_frame, clock.otio_rate)
    made.tracks.markers.extend(markers)
    return made


def marker(
    clock: Clock, frame: int, frames: int = 0, name: str = "m", color: str = "BLUE", note: str = ""
) -> otio.schema.Marker:
    rate = clock.otio_rate
    made = otio.schema.Marker(name, TR(RT(frame, rate), RT(frames, rate)), color)
    made.comment = note
    return made


def told(held: otio.schema.Timeline) -> list[tuple[object, ...]]:
    return [
        (m.name, m.comment, m.color, *(getattr(m.marked_range, f).value for f in FIELDS))
        for m in held.tracks.markers
    ]


FIELDS = ("start_time", "duration")
TEXT = st.text(
    st.characters(exclude_characters="¦\n\r", exclude_categories=["Cs", "Cc"]), max_size=20
).map(lambda s: " ".join(s.split()))


@given(st.data())
def test_markers_come_back_equal_at_every_rate(data: st.DataObject) -> None:
    clock = Clock.at(data.draw(st.sampled_from(RATES)))
    frames = sorted(data.draw(st.lists(st.integers(0, 80_000), max_size=8)))
    held = timeline(
        clock,
        *(
            marker(
                clock,
                frame,
                data.draw(st.integers(0, 500).filter(lambda n: n != 1)),
                data.draw(TEXT),
                data.draw(st.sampled_from(sorted(TO_RESOLVE))),
                data.draw(TEXT),
            )
            for frame in frames
        ),
        name=data.draw(TEXT.filter(lambda s: s != "( no title )")),
    )
    text, _losses = write_markers_edl(held)
    back = read_markers_edl(text, clock.rate)
    assert told(back) == told(held)
    assert back.name == held.name
    assert back.global_start_time == held.global_start_time or not frames
    assert write_markers_edl(back)[0] == text


def test_a_list_in_resolves_shape_is_read_whole() -> None:
    read = read_markers_edl(RESOLVE, 24)
    assert read.name == ""
    assert read.global_start_time == RT(86400, 24)
    assert told(read) == [
        ("Marker 1", "scratch on the face", "YELLOW", 18 * 24 + 6, 0),
        ("en l'état = é", "", "GREEN", 20 * 24 + 20, 36),
        ("a | b", "first line\nsecond line", "BLUE", 104 * 24 + 10, 0),
    ]
    assert "ResolveColorMint" in write_markers_edl(read)[0]


def test_a_colour_that_somebody_changed_is_written_as_changed() -> None:
    read = read_markers_edl(RESOLVE, 24)
    read.tracks.markers[1].color = "RED"
    assert "ResolveColorRed |M:en" in write_markers_edl(read)[0]


def test_every_colour_of_resolve_has_one_of_ours() -> None:
    assert len(FROM_RESOLVE) == 16
    assert set(FROM_RESOLVE.values()) == set(TO_RESOLVE)
    for ours, theirs in TO_RESOLVE.items():
        assert FROM_RESOLVE[theirs] == ours


def test_drop_frame_timecode_is_written_and_read_right() -> None:
    clock = Clock.at("29.97")
    text, _ = write_markers_edl(timeline(clock, marker(clock, 1800), marker(clock, 17982)))
    assert "FCM: DROP FRAME" in text
    assert "01:01:00;02" in text
    assert "01:10:00;00" in text
    back = read_markers_edl(text)
    assert [m.marked_range.start_time.value for m in back.tracks.markers] == [1800, 17982]
    assert back.global_start_time == RT(107892, 30000 / 1001)


def test_a_timeline_that_starts_on_a_straight_hour_drops_nothing() -> None:
    straight = Clock(Fraction(30000, 1001))
    text, _ = write_markers_edl(timeline(straight, marker(straight, 1800)))
    assert "FCM: NON-DROP FRAME" in text
    assert "01:01:00:00" in text


@pytest.mark.parametrize(
    ("frames", "rate"), [("23", 24), ("24", 25), ("29", 30), ("49", 50), ("59", 60)]
)
def test_a_frame_number_proves_the_least_rate(frames: str, rate: int) -> None:
    event = (
        f"001  001      V     C        01:00:00:{frames} 01:00:01:00 01:00:00:{frames} 01:00:01:00"
    )
    read = read_markers_edl(f"TITLE: x\n\n{event}\n |C:ResolveColorRed |M:a |D:1\n")
    assert read.global_start_time.rate == rate


def test_what_the_list_cannot_carry_is_said() -> None:
    clock = Clock.at(24)
    short = marker(clock, 5, 1)
    noted = marker(clock, 5, note="2. take\nagain")
    noted.metadata["idolsync"] = {"schema": "idolsync.marker/1", "kind": "pin"}
    held = timeline(clock, short, noted)
    track = otio.schema.Track("V1")
    track.markers.append(marker(clock, 1))
    held.tracks.append(track)
    text, losses = write_markers_edl(held)
    said = "\n".join(losses)
    assert "- 2. take again |C:" in text
    for part in ("metadata (bar, beat", "one frame come back", "line breaks", "begin with a digit"):
        assert part in said
    assert "clips and tracks" in said
    assert "frame of an earlier one" in said
    assert write_markers_edl(timeline(clock, marker(clock, 5, 3)))[1] == []


def test_a_long_list_warns_of_programs_that_stop_at_999() -> None:
    clock = Clock.at(24)
    text, losses = write_markers_edl(timeline(clock, *(marker(clock, n) for n in range(1200))))
    assert "\n1200  001 " in text
    assert any("999" in loss for loss in losses)
    assert len(read_markers_edl(text).tracks.markers) == 1200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no marker EDL"),
        ("nonsense", "no marker EDL"),
        (
            "TITLE: x\n001  AX V C 01:00:00:00 01:00:00:01 01:00:00:00 01:00:00:01\n",
            "no marker EDL",
        ),
        (RESOLVE.replace("18:06", "18:77"), "no timecode at"),
        (RESOLVE.replace("01:00:18", "01:99:18"), "minutes and"),
    ],
)
def test_what_is_no_marker_list_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InterchangeError, match=sentence):
        read_markers_edl(text, 24)


@given(st.text() | st.lists(st.sampled_from([*RESOLVE.splitlines(), "|C:", "|D:1"])).map("\n".join))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        read_markers_edl(text, 24)
    except InterchangeError as error:
        assert str(error)


def test_a_list_made_to_be_slow_is_refused() -> None:
    event = RESOLVE.splitlines()[2]
    for bad in ("|C:" * 100_000 + "|D:1", " " * 300_000 + "|D:1", "|M:|D:\n" * 5000):
        with pytest.raises(InterchangeError):
            read_markers_edl(f"TITLE: x\n{event}\n{bad}\n")


def test_drop_frame_at_a_rate_without_it_is_refused() -> None:
    with pytest.raises(InterchangeError, match="only, not at 25"):
        read_markers_edl(RESOLVE.replace("01:00:18:06", "01:00:18;06"), 25)
    with pytest.raises(UsageError, match="not a number"):
        read_markers_edl(RESOLVE, "fast")


def test_a_timeline_without_a_rate_is_refused_in_a_sentence() -> None:
    with pytest.raises(InterchangeError, match="does not tell its frame rate"):
        write_markers_edl(otio.schema.Timeline("nothing"))


def test_the_adapter_reads_writes_and_warns() -> None:
    read = otio.adapters.read_from_string(RESOLVE, "idolsync_markers_edl", fps="25")
    assert read.global_start_time.rate == 25
    read.tracks.markers[0].metadata["idolsync"] = {"kind": "beat"}
    read.tracks.markers[2].comment = "one line"
    with pytest.warns(IdolsyncWarning, match="lose their metadata"):
        text = otio.adapters.write_to_string(read, "idolsync_markers_edl")
    assert "|M:Marker 1 |D:1" in text
    with pytest.raises(AdapterError, match="no argument nonsense"):
        otio.adapters.read_from_string(RESOLVE, "idolsync_markers_edl", nonsense=1)


def test_the_start_timecode_may_be_given() -> None:
    read = read_markers_edl(RESOLVE, 24, start="01:00:10:00")
    assert read.tracks.markers[0].marked_range.start_time.value == 8 * 24 + 6


def test_a_length_counted_to_the_markers_end_from_midnight_is_understood() -> None:
    """Seen in a list with Resolve's tags: 72 frames at 24, the end of the marker as a count."""
    event = "006  001 V C 01:27:06:16 01:27:06:17 01:27:06:16 01:27:06:17"
    read = read_markers_edl(f"TITLE: x\n{event}\nglue |C:ResolveColorRed |M:m |D:125512\n", 24)
    assert read.tracks.markers[0].marked_range.duration.value == 72
