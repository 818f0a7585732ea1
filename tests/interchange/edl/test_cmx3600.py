"""The CMX 3600 EDL: an independent reader sees the same cut, and what is left out is said."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.cmx3600_read import read_edl
from otio_idolsync.timebase import Clock, exact_seconds

S = otio.schema
RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
EVENT = re.compile(r"(\d+)  (\S+) +V     (C       |D    \d{3}) (\S+) (\S+) (\S+) (\S+)")


def spanned(clock: Clock, start: int, frames: int) -> otio.opentime.TimeRange:
    return TR(RT(start, clock.otio_rate), RT(frames, clock.otio_rate))


def clip(
    clock: Clock, number: int = 0, start: int = 10, frames: int = 20, speed: float | None = None
) -> otio.schema.Clip:
    file = S.ExternalReference(f"file:///m/A%20{number}.mov", spanned(clock, 0, 90_000))
    made = S.Clip(f"S{number:03d} chorus", file, spanned(clock, start, frames))
    if speed == 0:
        made.effects.append(S.FreezeFrame("freeze"))
    elif speed:
        made.effects.append(S.LinearTimeWarp("speed", time_scalar=speed))
    return made


def timeline(clock: Clock, *items: otio.core.Composable) -> otio.schema.Timeline:
    made = S.Timeline("cut", global_start_time=RT(clock.start_frame, clock.otio_rate))
    track = S.Track("V1", kind="Video")
    track.extend(items)
    made.tracks.append(track)
    return made


def gap(clock: Clock, frames: int) -> otio.schema.Gap:
    return S.Gap(source_range=spanned(clock, 0, frames))


def dissolve(clock: Clock, head: int, tail: int) -> otio.schema.Transition:
    return S.Transition("", "SMPTE_Dissolve", RT(head, clock.otio_rate), RT(tail, clock.otio_rate))


def stock(text: str, clock: Clock) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(text, "cmx_3600", rate=clock.otio_rate)


def spans(held: otio.schema.Timeline, clock: Clock) -> list[tuple[int, int, int]]:
    """Record in, record out and source in of each clip of V1, in whole frames."""
    rows, at = [], Fraction(0)
    for item in held.video_tracks()[0]:
        if isinstance(item, S.Transition):
            continue
        first, at = clock.frame_at(at), at + exact_seconds(item.duration())
        if isinstance(item, S.Clip):
            begin = clock.frame_at(exact_seconds(item.source_range.start_time))
            rows.append((first, clock.frame_at(at), begin))
    return rows


@settings(deadline=None)
@given(st.data())
def test_the_stock_reader_sees_the_same_cut_at_every_rate(data: st.DataObject) -> None:
    clock = Clock.at(data.draw(st.sampled_from(RATES)))
    numbers = st.integers(0, 9)
    items: list[otio.core.Composable] = [clip(clock)]
    for _ in range(data.draw(st.integers(0, 6))):
        if data.draw(st.booleans()) and not isinstance(items[-1], S.Gap):
            items.append(gap(clock, data.draw(st.integers(1, 30))))
        items.append(
            clip(
                clock,
                data.draw(numbers),
                data.draw(st.integers(0, 80_000)),
                data.draw(st.integers(1, 400)),
            )
        )
    held = timeline(clock, *items)
    text, _ = write_edl(held)
    assert spans(stock(text, clock), clock) == spans(held, clock)


def test_record_time_has_no_hole_and_no_overlap_in_a_contiguous_cut() -> None:
    clock = Clock.at("29.97")
    text, _ = write_edl(timeline(clock, *(clip(clock, n, 5, 700) for n in range(9))))
    events = EVENT.findall(text)
    assert len(events) == 9
    assert "FCM: DROP FRAME" in text
    assert events[0][5] == "01:00:00;00"
    assert [e[6] for e in events[:-1]] == [e[5] for e in events[1:]]
    assert events[3][5] == "01:01:10;02"  # frame 2100, two numbers dropped


def test_files_are_named_for_the_editor_and_shots_for_us() -> None:
    clock = Clock.at(24)
    shot = clip(clock, 3)
    shot.metadata["idolsync"] = {"schema": "idolsync.clip/1", "shot_id": "S003"}
    held = timeline(clock, shot)
    held.metadata["idolsync"] = {"plan_id": "3fa9c0ffee12", "settings": {"rate": "24"}}
    text, losses = write_edl(held)
    assert "* FROM CLIP NAME: A 3.mov\n" in text
    assert "* FROM FILE: /m/A 3.mov\n" in text
    assert "* SHOT: S003@3fa9 S003 chorus\n" in text
    assert any("metadata" in loss for loss in losses)


def test_source_timecode_is_what_is_burned_into_the_media() -> None:
    clock = Clock.at("23.976")
    shot = clip(clock)
    shot.media_reference.available_range = TR(RT(86400 * 10, 24), RT(400, 24))  # 10:00:00:00
    ten_hours = Fraction(86400 * 10, 24) * clock.rate
    shot.source_range = TR(RT(float(ten_hours + 48), clock.otio_rate), RT(20, clock.otio_rate))
    text, losses = write_edl(timeline(clock, shot))
    assert EVENT.findall(text)[0][3:5] == ("10:00:02:00", "10:00:02:20")
    assert any("another rate" in loss for loss in losses)


def test_speed_and_freeze_are_told_as_motion() -> None:
    clock = Clock.at(25)
    text, _ = write_edl(timeline(clock, clip(clock, 0, 50, 20, 2.0), clip(clock, 1, 75, 20, 0)))
    first, second = EVENT.findall(text)
    assert first[3:5] == ("00:00:02:00", "00:00:03:15")
    assert "M2   AX       050.0                00:00:02:00" in text
    assert second[3:5] == ("00:00:03:00", "00:00:03:01")
    assert "* * FREEZE FRAME" in text
    read = stock(text, clock)
    assert [type(e).__name__ for c in read.find_clips() for e in c.effects] == [
        "LinearTimeWarp",
        "FreezeFrame",
    ]


def test_a_dissolve_begins_where_its_incoming_clip_does() -> None:
    clock = Clock.at(24)
    held = timeline(clock, clip(clock, 1), dissolve(clock, 4, 6), clip(clock, 2))
    text, _ = write_edl(held)
    out, left, right = EVENT.findall(text)
    assert out[5:7] == ("01:00:00:00", "01:00:00:16")
    assert left[3:7] == ("00:00:01:02", "00:00:01:02", "01:00:00:16", "01:00:00:16")
    assert right[2] == "D    010"
    assert right[3:7] == ("00:00:00:06", "00:00:01:06", "01:00:00:16", "01:00:01:16")
    assert "* FROM CLIP NAME: A 1.mov\n* TO CLIP NAME: A 2.mov" in text
    read = stock(text, clock)
    (seen,) = [i for i in read.tracks[0] if isinstance(i, S.Transition)]
    assert seen.duration().value == 10


def test_a_fade_at_either_end_goes_through_black() -> None:
    clock = Clock.at(24)
    held = timeline(clock, dissolve(clock, 0, 8), clip(clock), dissolve(clock, 5, 0))
    text, losses = write_edl(held)
    rows = [(e[1], e[2].strip()[:1], e[5], e[6]) for e in EVENT.findall(text)]
    assert rows == [
        ("BL", "C", "01:00:00:00", "01:00:00:00"),
        ("AX", "D", "01:00:00:00", "01:00:00:15"),
        ("AX", "C", "01:00:00:15", "01:00:00:15"),
        ("BL", "D", "01:00:00:15", "01:00:00:20"),
    ]
    assert losses == []


def test_a_dissolve_longer_than_its_clip_becomes_a_cut_and_is_said() -> None:
    clock = Clock.at(24)
    held = timeline(clock, clip(clock, 1), dissolve(clock, 4, 60), clip(clock, 2))
    text, losses = write_edl(held)
    assert "  D  " not in text
    assert any("become cuts" in loss for loss in losses)


def test_a_dissolve_from_before_the_media_becomes_a_cut_and_is_said() -> None:
    clock = Clock.at(24)
    held = timeline(clock, clip(clock, 1), dissolve(clock, 4, 6), clip(clock, 2, 3))
    text, losses = write_edl(held)
    assert EVENT.findall(text)[1][3:5] == ("00:00:00:03", "00:00:00:23")
    assert any("become cuts" in loss for loss in losses)


def test_speed_is_read_back_where_frames_drop() -> None:
    clock = Clock.at("29.97")
    text, losses = write_edl(timeline(clock, clip(clock, 1, 5000, 40, 1.5), clip(clock, 2)))
    assert losses == []
    assert "a tenth of a frame" in "".join(write_edl(timeline(clock, clip(clock, speed=1.234)))[1])
    read = stock(text, clock)
    assert [e.time_scalar for c in read.find_clips() for e in c.effects] == [
        pytest.approx(1.5, abs=0.01)
    ]


def test_what_an_edl_cannot_hold_is_said() -> None:
    clock = Clock.at(24)
    off, effect = clip(clock, 1), clip(clock, 2)
    off.enabled = False
    effect.effects.append(S.Effect("blur", "blur"))
    effect.metadata["cmx_3600"] = {"reel": "a reel name too long"}
    slate = S.Clip("slate", S.GeneratorReference("slate", "slate"), spanned(clock, 0, 20))
    nested = S.Stack("nest")
    inner = S.Track("inner")
    inner.append(clip(clock))
    nested.append(inner)
    held = timeline(clock, off, effect, slate, nested)
    upper, sound = S.Track("V2", kind="Video"), S.Track("A1", kind="Audio")
    upper.append(clip(clock))
    sound.append(clip(clock))
    held.tracks.extend([upper, sound])
    held.tracks.markers.append(S.Marker("12", spanned(clock, 0, 0)))
    text, losses = write_edl(held)
    said = "\n".join(losses)
    for part in ("above V1", "sound clips", "markers:", "disabled", "no change of speed", "nested"):
        assert part in said, said
    assert "slates" in said
    assert "reel names" in said
    assert [e[1] for e in EVENT.findall(text)] == ["AX", "BL", "AX"]


def test_sequences_missing_media_and_odd_names_are_written() -> None:
    clock = Clock.at(24)
    images = S.ImageSequenceReference(
        "file:///m/exr/", "cg_", ".exr", 1001, 1, 24, 4, available_range=spanned(clock, 0, 50)
    )
    held = timeline(
        clock,
        S.Clip("seq", images, spanned(clock, 0, 10)),
        S.Clip("샷\n2", S.MissingReference(), spanned(clock, 0, 10)),
        S.Clip("win", S.ExternalReference("file:///C:/a/b%20c.mov"), spanned(clock, 3, 10)),
    )
    text, _ = write_edl(held)
    for name in ("cg_[1001-1050].exr", "샷 2", "b c.mov"):
        assert f"* FROM CLIP NAME: {name}\n" in text
    assert "* FROM FILE: C:/a/b c.mov" in text


def test_more_than_999_events_are_numbered_on_and_said() -> None:
    clock = Clock.at(24)
    text, losses = write_edl(timeline(clock, *(clip(clock, n % 9) for n in range(1001))))
    assert "\n1001  AX " in text
    assert any("999" in loss for loss in losses)


def test_the_timeline_is_left_as_it_was() -> None:
    clock = Clock.at(24)
    held = timeline(clock, clip(clock, 1), dissolve(clock, 4, 6), clip(clock, 2))
    before = otio.adapters.write_to_string(held, "otio_json")
    write_edl(held)
    assert otio.adapters.write_to_string(held, "otio_json") == before


def test_a_timeline_without_a_picture_is_refused() -> None:
    with pytest.raises(InterchangeError, match="no picture on V1"):
        write_edl(S.Timeline("sound only"))


def test_real_edls_are_read_by_us_and_the_stock_reader_as_the_docs_say(shared: Path) -> None:
    folder = shared / "corpus" / "interchange" / "edl"
    files = sorted(folder.glob("*.edl"))
    assert len(files) >= 19

    def read(file: Path, **arguments: object) -> bool:
        try:
            otio.adapters.read_from_file(str(file), "cmx_3600", **arguments)
        except (otio.exceptions.OTIOError, ValueError, AttributeError):
            return False
        return True

    for file in files:
        assert list(read_edl(file.read_text(encoding="utf-8", errors="replace")).find_clips())
    plain = [file for file in files if read(file)]
    more = [f for f in files if f not in plain and read(f, rate=25, ignore_timecode_mismatch=True)]
    assert (len(plain), len(more)) == (16, 2)
