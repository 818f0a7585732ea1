"""The sync sheet, the native timeline and the files of both say the same cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from otio_idolsync.cut.files import sheet_path, write_sheet_files
from otio_idolsync.cut.model import Mark, MediaRef, SequenceName, Shot, Spine, SyncSheet
from otio_idolsync.cut.otio_form import sheet_of, timeline_of
from otio_idolsync.cut.read import read_sheet, read_timeline
from otio_idolsync.cut.sheet_json import sheet_from_json, sheet_from_text, sheet_to_json
from otio_idolsync.errors import OutputError, TimelineError
from otio_idolsync.timebase import Clock

RATES = ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]


def a_sheet(rate: str = "24") -> SyncSheet:
    clock = Clock.at(rate)
    timecoded = MediaRef("external", "file:///takes/A%20B.mov", Fraction(25), 90000, 250)
    name = SequenceName("spark.", ".png", 1001, 4)
    sequence = MediaRef("sequence", "file:///fx/", clock.rate, 0, 96, name)
    face = MediaRef("external", "file:///faces/rin.png", Fraction(24), 0, 2073600)
    slate = MediaRef("slate", "", clock.rate, 0, 2073600)

    def block(shot_id: str, role: str) -> dict[str, object]:
        return {
            "schema": "idolsync.clip/1",
            "shot_id": shot_id,
            "role": role,
            "reason": {"text": f"bar {shot_id}", "at": 0.5, "alternatives": []},
        }

    rows = [(timecoded, 24, 7, "broll"), (sequence, 30, 0, "broll"), (face, 20, 0, "lipsync"),
            (slate, 40, 0, "placeholder")]  # fmt: skip
    shots, at = [], 0
    for number, (media, frames, source_in, role) in enumerate(rows, 1):
        shot_id = f"S{number:03d}"
        shots.append(
            Shot(shot_id, f"{shot_id} 歌 · x", at, frames, media, Fraction(source_in),
                 block(shot_id, role), face if role == "lipsync" else None)
        )  # fmt: skip
        at += frames
    marks = (
        Mark("1", 0, 0, "GREEN", "beat 1 of bar 1", {"kind": "downbeat", "time": 0.0}),
        Mark("verse", 24, 50, "RED", "verse", {"kind": "section", "time": 1.0}),
    )
    spine = Spine("file:///song.wav", "song.wav", "ab" * 32, 44100, 44100 * 5 - 17)
    settings = {"rate": str(clock.rate), "drop_frame": clock.drop_frame, "size": [1280, 720]}
    metadata = {
        "schema": "idolsync.timeline/1",
        "plan_id": "0123456789ab",
        "song": {"sha256": "ab" * 32, "sample_rate": 44100, "samples": 44100 * 5 - 17},
        "grid": {"beats": [0.0, 0.5], "beat_numbers": [1, 2], "bars": [1, 1]},
        "settings": settings,
        "next_shot": 5,
    }
    return SyncSheet("cut", clock, (1280, 720), spine, tuple(shots), marks, metadata)


@pytest.mark.parametrize("rate", RATES)
def test_a_sheet_survives_otio_and_back(rate: str) -> None:
    sheet = a_sheet(rate)
    timeline = timeline_of(sheet)
    assert sheet_of(timeline) == (sheet, ())


@pytest.mark.parametrize("rate", RATES)
def test_a_sheet_survives_json_and_back(rate: str) -> None:
    sheet = a_sheet(rate)
    assert sheet_from_json(json.loads(json.dumps(sheet_to_json(sheet)))) == sheet


@pytest.mark.parametrize("rate", RATES)
def test_a_sheet_survives_the_disk(rate: str, tmp_path: Path) -> None:
    sheet, output = a_sheet(rate), tmp_path / "cut.otio"
    write_sheet_files(sheet, output)
    assert read_sheet(output) == sheet
    assert read_sheet(output.with_suffix(".idolsync")) == sheet


def test_a_start_timecode_of_ten_hours_survives() -> None:
    sheet = replace(a_sheet(), clock=Clock(Fraction(24), begin=24 * 36000))
    assert sheet_to_json(sheet)["start_timecode"] == "10:00:00:00"
    assert sheet_from_json(sheet_to_json(sheet)) == sheet
    assert sheet_of(timeline_of(sheet))[0] == sheet


def test_the_native_timeline_starts_at_one_hour_and_holds_the_song_whole() -> None:
    timeline = timeline_of(a_sheet("29.97"))
    assert timeline.global_start_time == otio.opentime.RationalTime(107892, 30000 / 1001)
    (song,) = timeline.audio_tracks()[0]
    assert song.source_range.start_time.value == 0
    assert song.media_reference.available_range.duration.value == 44100 * 5 - 17
    assert song.source_range.duration.value == 149


def test_source_ranges_count_from_the_medias_timecode_in_whole_timeline_frames() -> None:
    timeline = timeline_of(a_sheet("23.976"))
    clip = timeline.video_tracks()[0][0]
    reference = clip.media_reference
    assert reference.available_range.start_time == otio.opentime.RationalTime(90000, 25)
    offset = clip.source_range.start_time - reference.available_range.start_time
    assert offset.to_seconds() * 24000 / 1001 == pytest.approx(7)
    assert reference.available_range.contains(clip.source_range)


def test_a_lipsync_shot_shows_its_face_until_it_is_generated() -> None:
    clip = timeline_of(a_sheet()).video_tracks()[0][2]
    assert clip.media_reference.target_url == "file:///faces/rin.png"
    assert clip.media_references()["face"].target_url == "file:///faces/rin.png"


def test_markers_are_old_enough_for_every_reader() -> None:
    text = otio.adapters.write_to_string(timeline_of(a_sheet()), "otio_json")
    assert '"Marker.2"' in text
    assert '"Marker.3"' not in text


def test_events_come_in_time_order_with_one_cut_a_shot() -> None:
    events = sheet_to_json(a_sheet())["events"]
    assert [e["frame"] for e in events] == sorted(e["frame"] for e in events)
    cuts = [e for e in events if e["type"] == "cut"]
    assert [c["frame"] for c in cuts] == [0, 24, 54, 74]
    assert (cuts[0]["source_in"], cuts[0]["source_out"]) == (7, 31)
    assert cuts[0]["timecode"] == "01:00:00:00"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema": "idolsync.sync/2"}, "version 2 is newer than version 1"),
        ({"schema": "idolsync.analysis/1"}, "is not idolsync.sync/1"),
        ({"rate": "0"}, "missing or wrong field: frame rate"),
        ({"events": [{}]}, "missing or wrong field: 'type'"),
        ({"metadata": {"schema": "idolsync.timeline/7"}}, "timeline version 7 is newer"),
        ({"start_timecode": "noon"}, "missing or wrong field"),
    ],
)
def test_a_wrong_sheet_is_refused_in_one_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(TimelineError, match=sentence):
        sheet_from_json(sheet_to_json(a_sheet()) | change)


def test_a_sheet_whose_cuts_do_not_join_is_refused() -> None:
    data = sheet_to_json(a_sheet())
    next(e for e in data["events"] if e.get("shot_id") == "S002")["frames"] = 29
    with pytest.raises(TimelineError, match="S003 starts at frame 54 and lasts 20"):
        sheet_from_json(data)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 3}', "not json"])
def test_what_is_no_sheet_is_refused(text: str) -> None:
    with pytest.raises(TimelineError):
        sheet_from_text(text)


def test_what_a_sheet_cannot_carry_is_named() -> None:
    timeline = timeline_of(a_sheet())
    timeline.tracks.insert(1, otio.schema.Track("V2", kind="Video"))
    timeline.video_tracks()[0][0].effects.append(otio.schema.LinearTimeWarp("fast", time_scalar=2))
    fade = otio.schema.Transition("fade", "SMPTE_Dissolve", otio.opentime.RationalTime(2, 24),
                                  otio.opentime.RationalTime(2, 24))  # fmt: skip
    timeline.video_tracks()[0].insert(1, fade)
    _, losses = sheet_of(timeline)
    assert any("V2" in loss for loss in losses)
    assert any("fast" in loss for loss in losses)
    assert any("fade" in loss for loss in losses)


def test_foreign_metadata_of_a_newer_version_is_refused_by_number() -> None:
    timeline = timeline_of(a_sheet())
    timeline.video_tracks()[0][0].metadata["idolsync"] = {"schema": "idolsync.clip/9"}
    with pytest.raises(TimelineError, match="clip version 9 is newer than version 1"):
        sheet_of(timeline)


@pytest.mark.parametrize("text", ["", "{}", '{"OTIO_SCHEMA": "Clip.2"}', "\x00\x01"])
def test_a_file_that_is_no_timeline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.otio"
    path.write_text(text)
    with pytest.raises(TimelineError, match=r"x\.otio"):
        read_timeline(path)


def test_an_output_that_would_be_its_own_sheet_is_refused() -> None:
    with pytest.raises(TimelineError, match="own sync sheet"):
        sheet_path(Path("cut.idolsync"))


def test_an_editors_export_over_our_file_is_never_eaten(tmp_path: Path) -> None:
    from otio_idolsync.media.outputs import check_outputs

    output = tmp_path / "cut.otio"
    write_sheet_files(a_sheet(), output)
    check_outputs(output)
    output.write_text("an editor's own export")
    with pytest.raises(OutputError, match="use --force to replace it"):
        check_outputs(output)
    check_outputs(output, force=True)


def test_outputs_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path) -> None:
    from otio_idolsync.media.outputs import check_outputs

    with pytest.raises(OutputError, match="is a folder"):
        check_outputs(tmp_path)
    with pytest.raises(OutputError, match="does not exist; make it first"):
        check_outputs(tmp_path / "no" / "cut.otio")


def test_a_failed_write_leaves_the_old_file_and_no_scraps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otio_idolsync.media.outputs import write_text

    output = tmp_path / "cut.otio"
    write_text(output, "old")
    full: Callable[..., None] = lambda *_a, **_k: (_ for _ in ()).throw(  # noqa: E731
        OSError(28, "No space left on device")
    )
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_text(output, "new")
    assert output.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["cut.otio"]
