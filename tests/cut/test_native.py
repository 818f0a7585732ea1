"""Native timelines of newer and of other programs: read, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.cut.native import (
    nearest_color,
    read_native,
    read_native_noted,
    timelines_in,
)
from otio_idolsync.cut.otio_form import sheet_of
from otio_idolsync.cut.read import read_cut, read_timeline
from otio_idolsync.errors import TimelineError


def time(value: float, rate: float = 24) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def spanned(start: float, length: float) -> dict[str, Any]:
    both = {"start_time": time(start), "duration": time(length)}
    return {"OTIO_SCHEMA": "TimeRange.1"} | both


def color(name: str, r: float, g: float, b: float, a: float = 1.0) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "Color.1", "name": name, "r": r, "g": g, "b": b, "a": a}


def marker(shade: Any, version: int = 3, **more: Any) -> dict[str, Any]:
    held = {"OTIO_SCHEMA": f"Marker.{version}", "name": "m", "marked_range": spanned(5, 0)}
    return held | {"color": shade} | more


def clip(**more: Any) -> dict[str, Any]:
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "/bare/path a.mov"}
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": "c",
        "source_range": spanned(0, 10),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    } | more


def timeline(*children: Any, version: int = 1, **more: Any) -> str:
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V1", "children": list(children)}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]} | more
    return json.dumps({"OTIO_SCHEMA": f"Timeline.{version}", "name": "t", "tracks": stack})


def first_marker(text: str) -> otio.schema.Marker:
    read = read_native(text)
    return read.tracks.markers[0].clone()


@pytest.mark.parametrize(
    ("shade", "name"),
    [
        (color("Red", 1, 0, 0), "RED"),
        (color("PINK", 1, 0, 1), "PINK"),
        (color("", 0.1, 0.9, 0.95), "CYAN"),
        (color("Salmon", 0.98, 0.5, 0.05), "ORANGE"),
        (None, "GREEN"),
        ("BLUE", "BLUE"),
        (color("odd", "x", 0, 0), "GREEN"),  # type: ignore[arg-type]
    ],
)
def test_a_newer_markers_colour_becomes_the_nearest_name(shade: Any, name: str) -> None:
    assert first_marker(timeline(clip(), markers=[marker(shade)])).color == name


def test_a_colour_that_no_name_stands_for_is_kept_exactly() -> None:
    read = first_marker(timeline(markers=[marker(color("Salmon", 0.98, 0.5, 0.45, 0.5))]))
    kept = dict(read.metadata["otio"]["color"])
    assert kept == {"name": "Salmon", "r": 0.98, "g": 0.5, "b": 0.45, "a": 0.5}
    assert not first_marker(timeline(markers=[marker(color("Red", 1, 0, 0))])).metadata


def test_other_metadata_of_a_newer_marker_stays() -> None:
    mine = {"idolsync": {"kind": "beat"}, "otio": {"x": 1}}
    read = first_marker(timeline(markers=[marker(color("", 0.3, 0.3, 0.3), metadata=mine)]))
    assert read.metadata["idolsync"]["kind"] == "beat"
    assert set(read.metadata["otio"].keys()) == {"x", "color"}


@given(*[st.floats(0, 1)] * 3)
def test_every_colour_has_a_name_that_otio_knows(r: float, g: float, b: float) -> None:
    assert getattr(otio.schema.MarkerColor, nearest_color(r, g, b))


def test_a_newer_version_with_all_it_needs_is_read_and_named() -> None:
    read = read_native_noted(timeline(clip(OTIO_SCHEMA="Clip.7"), clip(), version=3))
    assert len(read.object.tracks[0]) == 2
    assert read.notes == (
        "1 object is of Clip version 7 and read as version 2",
        "1 object is of Timeline version 3 and read as version 1",
    )


def test_a_newer_version_that_lacks_what_we_need_is_refused_by_number() -> None:
    with pytest.raises(TimelineError, match="Timeline version 9 is newer than version 1"):
        read_native('{"OTIO_SCHEMA": "Timeline.9", "name": "t"}')


FOREIGN = {"OTIO_SCHEMA": "Zork.4", "name": "z", "deep": [1, {"a": 2}]}


def test_foreign_objects_in_metadata_stay_as_they_are() -> None:
    read = read_native(timeline(clip(metadata={"w": FOREIGN})))
    written = json.loads(otio.adapters.write_to_string(read, "otio_json"))
    assert written["tracks"]["children"][0]["children"][0]["metadata"]["w"] == FOREIGN


@pytest.mark.parametrize(
    "text",
    [
        timeline(clip(), FOREIGN | {"source_range": spanned(0, 7)}),
        timeline(clip(effects=[FOREIGN])),
        timeline(clip(markers=[FOREIGN])),
        timeline(clip(media_references={"DEFAULT_MEDIA": FOREIGN})),
        timeline(clip(OTIO_SCHEMA="Clip.1", media_reference=FOREIGN)),
    ],
    ids=["child", "effect", "marker", "media", "old media"],
)
def test_foreign_objects_that_otio_refuses_are_kept_in_metadata(text: str) -> None:
    read = read_native_noted(text)
    assert read.notes == ("objects of Zork.4 are kept as metadata (1)",)
    again = otio.adapters.write_to_string(read.object, "otio_json", indent=-1)
    assert '"Zork.4":{"deep":[1,{"a":2}]' in again


def test_an_old_clip_with_a_newer_clips_fields_crashes_nothing() -> None:
    read = read_native(timeline(clip(OTIO_SCHEMA="Clip.1")))
    assert read.tracks[0][0].media_reference.target_url == "/bare/path a.mov"


def test_a_foreign_child_keeps_its_place_in_the_track() -> None:
    read = read_native(timeline(clip(), FOREIGN | {"source_range": spanned(0, 7)}, clip()))
    assert [item.duration().value for item in read.tracks[0]] == [10, 7, 10]


@pytest.mark.parametrize("media", [[clip()], {"name": "no schema"}, 3, "x", {}])
def test_an_old_clip_with_broken_media_crashes_nothing(media: Any) -> None:
    read = read_native(timeline(clip(OTIO_SCHEMA="Clip.1", media_reference=media)))
    assert isinstance(read.tracks[0][0].media_reference, otio.schema.MissingReference)


NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (timeline(clip(source_range=None)), "Clip 'c' does not say how long it lasts"),
        (timeline(clip(source_range=spanned(0, NAN))), "Clip 'c' has the time nan at the rate 24"),
        (timeline(clip(source_range={**spanned(0, 1), "duration": time(1, 0)})), "at the rate 0"),
        (timeline().replace('"Track.1"', '"Stack.1"'), "has a Stack 'V1' where a track belongs"),
        (timeline({"OTIO_SCHEMA": "Item.1", "name": "i"}), "has a Item 'i' where a clip"),
        ('{"OTIO_SCHEMA": "Timeline.1", "name": "t", "tracks": null}', "'t' has no tracks"),
    ],
)
def test_a_timeline_that_would_crash_later_is_refused_in_a_sentence(
    text: str, sentence: str
) -> None:
    with pytest.raises(TimelineError, match=sentence):
        timelines_in(read_native(text))


def test_a_clip_without_any_media_is_missing_in_the_sheet() -> None:
    held = otio.schema.Timeline("t")
    for kind in ("Video", "Audio"):
        track = otio.schema.Track(kind, kind=kind)
        track.append(read_native(json.dumps(clip(media_references={}))))
        held.tracks.append(track)
    assert sheet_of(held)[0].shots[0].media.kind == "missing"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 200_000, "nested deeper|no JSON"),
        ("[]", "no OpenTimelineIO object"),
        ("3", "no OpenTimelineIO object"),
        ('{"a": 1}', "no OpenTimelineIO object"),
        ('{"OTIO_SCHEMA": "Timeline.1", "tracks": 3}', "no OpenTimelineIO file"),
    ],
)
def test_what_is_no_native_timeline_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(TimelineError, match=sentence):
        read_native(text)


def test_a_collection_with_one_timeline_is_that_timeline() -> None:
    inside = otio.schema.Timeline("only")
    assert read_timeline(otio.schema.SerializableCollection("c", [inside])).name == "only"
    with pytest.raises(TimelineError, match=r"2 sequences \('only', 'two'\); save"):
        read_timeline(
            otio.schema.SerializableCollection("c", [inside, otio.schema.Timeline("two")])
        )
    with pytest.raises(TimelineError, match="without a timeline"):
        read_timeline(otio.schema.SerializableCollection("c"))
    with pytest.raises(TimelineError, match="holds a Clip 'x', not a timeline"):
        read_timeline(otio.schema.Clip("x"))


def test_files_say_where_what_is_wrong_stands(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_bytes(b"\xff\xfe{\x00")
    with pytest.raises(TimelineError, match=r"cut\.otio cannot be read"):
        read_timeline(path)
    path.write_text("\ufeff" + timeline(clip(OTIO_SCHEMA="Clip.3")), encoding="utf-8")
    held = read_cut(path)
    read = held.timeline()
    assert read.tracks[0][0].media_reference.target_url == "/bare/path a.mov"
    assert held.notes == (f"{path}: 1 object is of Clip version 3 and read as version 2",)


def test_every_real_native_timeline_reads_and_sheets_or_says_why_not(shared: Path) -> None:
    files = sorted((shared / "corpus" / "interchange" / "otio").glob("*.otio"))
    assert len(files) >= 16
    for file in files:
        timeline = read_timeline(file)
        assert list(timeline.find_clips())
        try:
            sheet, _losses = sheet_of(timeline)
        except TimelineError as error:
            assert "\n" not in str(error)
        else:
            assert sheet.shots
