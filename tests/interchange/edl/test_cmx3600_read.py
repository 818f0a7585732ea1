"""EDLs as editors write them are read at any rate, and our own come back as they were."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.cmx3600_read import read_edl
from otio_idolsync.timebase import Clock

from .test_cmx3600 import RATES, clip, dissolve, gap, timeline

S = otio.schema
HEAD = "TITLE: cut\nFCM: NON-DROP FRAME\n\n"


def rows(held: otio.schema.Timeline, track: int = 0) -> list[tuple[Any, ...]]:
    """Each item of a track: what it is, its frames, and a clip's in-point and speed."""
    found: list[tuple[Any, ...]] = []
    for item in held.tracks[track]:
        if isinstance(item, S.Transition):
            found.append(("transition", item.in_offset.value, item.out_offset.value))
        elif isinstance(item, S.Gap):
            found.append(("gap", item.duration().value))
        else:
            shown = item.source_range
            speeds = [getattr(effect, "time_scalar", None) for effect in item.effects]
            found.append((item.name, shown.start_time.value, shown.duration.value, *speeds))
    return found


def read(text: str, rate: float | str = 24, title: str = HEAD) -> otio.schema.Timeline:
    return read_edl(title + text, Clock.at(rate))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_we_write_comes_back_at_every_rate(data: st.DataObject) -> None:
    clock = Clock.at(data.draw(st.sampled_from(RATES)))
    items: list[otio.core.Composable] = []
    for number in range(data.draw(st.integers(1, 6))):
        last = items[-1] if items else None
        if isinstance(last, S.Clip) and data.draw(st.booleans()):
            half = data.draw(st.integers(1, 5))
            items.append(dissolve(clock, half, half + data.draw(st.integers(0, 1))))
        elif last and data.draw(st.booleans()):
            items.append(gap(clock, data.draw(st.integers(1, 30))))
        start, frames = data.draw(st.integers(100, 80_000)), data.draw(st.integers(20, 400))
        speed = data.draw(st.sampled_from([None, None, 0.5, 2.0, -1.0, -0.5, 1.37, 0]))
        items.append(clip(clock, number, start, frames, speed))
    for item in items:
        item.name = f"A {item.name[1:4].lstrip('0') or 0}.mov" if isinstance(item, S.Clip) else ""
    held = timeline(clock, *items)
    back = read_edl(write_edl(held)[0], clock)
    assert back.global_start_time.value == clock.start_frame
    near = [(a, b) for a, b in zip(rows(held), rows(back), strict=True) if a != b]
    for wanted, got in near:  # a slowed or sped up source is rounded where a dissolve cuts it
        assert wanted[0] == got[0] and wanted[2:] == got[2:] and abs(wanted[1] - got[1]) <= 1


def test_a_list_counts_in_the_frames_of_the_cut_it_was_made_from() -> None:
    list_ = "001  AX V C 00:00:01:24 00:00:02:24 01:00:00:00 01:00:01:00\n"
    assert rows(read(list_, 25)) == [("AX", 49, 25)]
    assert rows(read(list_, 30)) == [("AX", 54, 30)]
    with pytest.raises(InterchangeError, match=r"line 4: .*no timecode at 24 frames"):
        read("001  AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:24\n", 24)


def test_without_a_rate_the_least_that_fits_is_taken() -> None:
    found = read_edl(HEAD + "1 AX V C 00:00:01:48 00:00:02:00 00:00:00:00 00:00:00:12\n")
    assert found.global_start_time.rate == 50


def test_a_shot_missing_at_the_start_leaves_its_place_empty() -> None:
    found = read("001  AX V C 00:00:00:00 00:00:01:00 01:00:02:00 01:00:03:00\n")
    assert rows(found) == [("gap", 48), ("AX", 0, 24)]


def test_a_list_without_drop_frame_starts_where_its_plan_with_it_starts() -> None:
    list_ = "001  AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
    assert rows(read(list_, "29.97")) == [("AX", 0, 30)]
    assert rows(read(list_, "29.97", "FCM: DROP FRAME\n")) == [("AX", 0, 30)]


def test_fades_from_and_to_black_lie_beside_a_gap() -> None:
    found = read(
        "001  BL V C     00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00\n"
        "001  A  V D 012 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00\n"
        "* TO CLIP NAME: a.mov\n"
        "002  A  V C     00:00:12:00 00:00:12:00 01:00:02:00 01:00:02:00\n"
        "002  BL V D 010 00:00:00:00 00:00:01:00 01:00:02:00 01:00:03:00\n"
        "003  B  V C     00:00:00:00 00:00:01:00 01:00:03:00 01:00:04:00\n"
        "* FROM CLIP NAME: b.mov\n"
    )
    assert rows(found) == [
        ("transition", 0, 12),
        ("a.mov", 240, 58),
        ("transition", 10, 0),
        ("gap", 14),
        ("b.mov", 0, 24),
    ]


def test_a_dissolve_is_cut_in_its_middle_with_its_first_row_or_without() -> None:
    first = "001  A V C     00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
    out = "002  A V C     00:00:01:00 00:00:01:00 01:00:01:00 01:00:01:00\n"
    into = (
        "002  B V D 010 00:00:05:00 00:00:06:00 01:00:01:00 01:00:02:00\nM2 B 048.0 00:00:05:00\n"
    )
    want = [("A", 0, 29), ("transition", 5, 5), ("B", 130, 19, 2.0)]
    assert rows(read(first + out + into)) == rows(read(first + into)) == want


def test_a_wipe_is_no_dissolve() -> None:
    first = "001  A V C     00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
    found = read(first + "002  B V W001 010 00:00:05:00 00:00:06:00 01:00:01:00 01:00:02:00\n")
    assert found.tracks[0][1].transition_type == "SMPTE_Wipe"


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ("001  AX V C 9 64 01:00:00:00 01:00:02:07", 9),  # frames in place of source time
        ("000001  A_LONG_REEL.NEW-01 V C 00:00:01:00 00:00:03:07 01:00:00:00 01:00:02:07", 24),
        ("1 V C 00:00:01:00 00:00:03:07 01:00:00:00 01:00:02:07", 24),  # no reel
        ("001  MY TAPE AA/V C 00:00:01:00 00:00:03:07 01:00:00:00 01:00:02:07", 24),
        ("001  AX B C 00:00:01:50 00:00:03:07 01:00:00:00 01:00:02:07", 44),  # source at 60
        ("001  AX V K B 00:00:01:00 00:00:03:07 01:00:00:00 01:00:02:07", 24),
    ],
)
def test_rows_of_many_kinds_are_read(row: str, start: int) -> None:
    found = read(f"=== a heading ===\r\n\n{row}\r\n*ASC_SOP: nonsense\n")
    (clip,) = found.video_tracks()[0]
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (start, 55)
    assert list(clip.metadata["cmx_3600"]["comments"]) == ["*ASC_SOP: nonsense"]


def test_keys_lie_above_and_sound_on_tracks_of_its_own() -> None:
    time = "00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"
    found = read(f"1 A V K B {time}\n1 B V K {time}\n2 C A2 C {time}\n3 D AA C {time}\n")
    assert [(t.name, t.kind, t[0].name) for t in found.tracks] == [
        ("V1", "Video", "A"), ("V2", "Video", "B"), ("A1", "Audio", "D"), ("A2", "Audio", "C"),
        ("A3", "Audio", "D"),
    ]  # fmt: skip


def test_files_names_and_locators_are_kept() -> None:
    found = read(
        "001  R1 V C 00:00:10:00 00:00:11:00 01:00:00:00 01:00:01:00\n"
        "* FROM CLIP NAME: x_[0001-0096].png\n* LOC: 01:00:00:12 GREEN  check 1\n"
        "002  AX V C 00:00:10:00 00:00:11:00 01:00:01:00 01:00:02:00\n"
        "* FROM CLIP NAME: é.mov\n* FROM FILE: C:\\m\\é.mov\n"
    )
    images, file = found.find_clips()
    assert images.media_reference.name_prefix == "x_"
    assert images.metadata["cmx_3600"]["reel"] == "R1"
    (mark,) = images.markers
    assert (mark.name, mark.color, mark.marked_range.start_time.value) == ("check 1", "GREEN", 252)
    assert file.media_reference.target_url == "C:\\m\\é.mov"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("TITLE: x\n", "no event"),
        ("1 1 V C 01:00:00:00 01:00:00:01 01:00:00:00 01:00:00:01\nx |C:a |M:b |D:1", "markers"),
        ("1 A V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n" * 120, "over each other"),
    ],
)
def test_what_is_no_cut_list_is_refused(text: str, said: str) -> None:
    with pytest.raises(InterchangeError, match=said):
        read_edl(text, Clock(Fraction(24)))
