"""The commands as scripts use them: answers on stdout, one sentence on stderr, the right status."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import opentimelineio as otio
import pytest

from otio_idolsync.schemas import load_schema

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> Path:
    folder = tmp_path_factory.mktemp("shots")
    for number, rate in enumerate(("24", "25", "30000/1001", "30", "24"), 1):
        make_clip(folder / f"A{number:02d}.mp4", frames=400, rate=rate)
    return folder


def refused(ran: Any, sentence: str, status: int = 1) -> None:
    lines = ran.err.strip().splitlines()
    assert ran.status == status, ran
    assert len([x for x in lines if x.startswith("Error: ")]) == 1, ran.err
    assert sentence in lines[-1]
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_help_lists_every_command(run: Run) -> None:
    ran = run("--help")
    assert ran.status == 0
    for name in ("analyze", "plan", "explain", "render", "doctor", "demo"):
        assert name in ran.out
        assert run(name, "--help").status == 0


def test_analyze_writes_what_its_schema_says(run: Run, beat_song: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.json"
    ran = run("analyze", beat_song, "-o", output, "--json")
    assert ran.status == 0, ran.err
    data = json.loads(output.read_text())
    jsonschema.validate(data, load_schema("analysis"))
    assert json.loads(ran.out) == data
    assert data["tempo_bpm"] == pytest.approx(120, abs=1)


def test_analyze_answers_people_on_stdout(run: Run, beat_song: Path) -> None:
    assert "BPM" in run("analyze", beat_song).out


def test_a_click_track_is_as_long_as_the_song(run: Run, beat_song: Path, tmp_path: Path) -> None:
    output = tmp_path / "click.wav"
    assert run("analyze", beat_song, "--click", output).status == 0
    with wave.open(str(output)) as click, wave.open(str(beat_song)) as song:
        assert click.getnframes() == song.getnframes()
        assert click.getframerate() == song.getframerate()


def test_the_grid_can_be_repaired_from_the_command_line(run: Run, beat_song: Path) -> None:
    plain = json.loads(run("analyze", beat_song, "--json").out)
    twice = json.loads(run("analyze", beat_song, "--json", "--tempo-scale", "2").out)
    assert len(twice["beats"]) == pytest.approx(2 * len(plain["beats"]), abs=3)
    later = json.loads(run("analyze", beat_song, "--json", "--bar-phase", "1").out)
    assert later["downbeats"] != plain["downbeats"]


def test_a_plan_is_a_timeline_a_sheet_and_their_metadata(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    ran = run("plan", beat_song, shots, "-o", output, "--fps", "29.97", "--json")
    assert ran.status == 0, ran.err
    timeline = otio.adapters.read_from_file(str(output))
    block = json.loads(json.dumps(timeline.metadata["idolsync"], default=_plain))
    jsonschema.validate(block, load_schema("timeline"))
    assert block["plan_id"] == json.loads(ran.out)["plan_id"]
    clips = list(timeline.video_tracks()[0])
    for clip in clips:
        jsonschema.validate(
            json.loads(json.dumps(clip.metadata["idolsync"], default=_plain)), load_schema("clip")
        )
    for marker in timeline.tracks.markers:
        jsonschema.validate(
            json.loads(json.dumps(marker.metadata["idolsync"], default=_plain)),
            load_schema("marker"),
        )
    assert sum(c.duration().value for c in clips) == math.ceil(24 * 30000 / 1001)
    sheet = json.loads(output.with_suffix(".idolsync").read_text())
    jsonschema.validate(sheet, load_schema("sync"))
    assert sheet["start_timecode"] == "01:00:00;00"
    cuts = [e for e in sheet["events"] if e["type"] == "cut"]
    assert [c["shot_id"] for c in cuts] == [f"S{i:03d}" for i in range(1, len(clips) + 1)]


def _plain(value: object) -> object:
    return dict(value) if hasattr(value, "items") else list(value)  # type: ignore[call-overload]


def test_the_same_plan_twice_is_the_same_file(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    for name in ("one.otio", "two.otio"):
        assert run("plan", beat_song, shots, "-o", tmp_path / name, "--seed", 4).status == 0
    assert (tmp_path / "one.otio").read_text() == (tmp_path / "two.otio").read_text()
    assert run("plan", beat_song, shots, "-o", tmp_path / "three.otio", "--seed", 5).status == 0
    assert (tmp_path / "three.otio").read_text() != (tmp_path / "two.otio").read_text()


def test_a_plan_can_be_carried_away_with_its_folder(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    assert run("plan", beat_song, shots, "-o", output, "--relative").status == 0
    timeline = otio.adapters.read_from_file(str(output))
    urls = {c.media_reference.target_url for c in timeline.find_clips()}
    assert urls
    assert not any(url.startswith(("file:", "/")) for url in urls)
    for url in urls:
        assert (tmp_path / otio.url_utils.filepath_from_url(url)).exists()


def test_pins_are_cuts_whatever_their_form(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    pins = ["--pin", "10.0s", "--pin", "500f", "--pin", "01:00:12:17", "--pin", "bar9"]
    assert run("plan", beat_song, shots, "-o", output, *pins).status == 0
    sheet = json.loads(output.with_suffix(".idolsync").read_text())
    frames = {e["frame"] for e in sheet["events"] if e["type"] == "cut"}
    bar9 = next(e["frame"] for e in sheet["events"] if e["type"] == "marker" and e["name"] == "9")
    assert {240, 305, 500, bar9} <= frames
    assert sum(e["type"] == "marker" and e["name"] == "pin" for e in sheet["events"]) == 4


def test_a_lead_puts_each_cut_before_its_beat(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    frames = {}
    for lead in ("0f", "2f"):
        output = tmp_path / f"{lead}.otio"
        assert run("plan", beat_song, shots, "-o", output, "--lead", lead).status == 0
        sheet = json.loads(output.with_suffix(".idolsync").read_text())
        frames[lead] = [e["frame"] for e in sheet["events"] if e["type"] == "cut"]
    assert frames["2f"][1:] == [f - 2 for f in frames["0f"][1:]]


def test_a_plan_without_shots_needs_a_person(run: Run, beat_song: Path, tmp_path: Path) -> None:
    ran = run("plan", beat_song, "-o", tmp_path / "cut.otio")
    assert ran.status == 3
    assert "placeholder" in ran.err
    timeline = otio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    kinds = {type(c.media_reference).__name__ for c in timeline.video_tracks()[0]}
    assert kinds == {"GeneratorReference"}


def test_explain_says_why_and_what_lost(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    run("plan", beat_song, shots, "-o", output)
    whole = run("explain", output)
    assert whole.status == 0
    assert "bar" in whole.out
    rows = json.loads(run("explain", output, "--json").out)["shots"]
    assert all(row["text"] for row in rows)
    lost = [other for row in rows for other in row["alternatives"]]
    assert all(0 < other["worse_percent"] <= 100 for other in lost if other["cost"] > 0.2)
    assert f"bar {lost[0]['beat']} ({lost[0]['worse_percent']} % worse: " in whole.out
    one = json.loads(run("explain", output, "--json", "--shot", "S002").out)["shots"]
    assert [row["shot_id"] for row in one] == ["S002"]
    assert run("explain", output, "--at", "bar5").out.count("01:00:") == 1
    refused(run("explain", output, "--shot", "S999"), "there is no shot 'S999'")
    refused(run("explain", output, "--at", "5"), "it has no unit", 2)


def test_an_editors_file_under_our_name_is_not_replaced(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    assert run("plan", beat_song, shots, "-o", output).status == 0
    assert run("plan", beat_song, shots, "-o", output, "--seed", 2).status == 0
    output.write_text("somebody's edit")
    refused(run("plan", beat_song, shots, "-o", output), "use --force")
    assert output.read_text() == "somebody's edit"
    assert run("plan", beat_song, shots, "-o", output, "--force").status == 0


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    folder = tmp_path / "bad"
    (folder / "none").mkdir(parents=True)
    (folder / "text.wav").write_text("this is no sound")
    (folder / "empty.wav").write_bytes(b"")
    with wave.open(str(folder / "silent.wav"), "wb") as silent:
        silent.setparams((2, 2, 44100, 0, "NONE", ""))
        silent.writeframes(bytes(4 * 44100 * 20))
    return folder


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("text.wav", "text.wav"),
        ("empty.wav", "is empty"),
        ("missing.wav", "does not exist"),
        ("silent.wav", "silent"),
        ("none", "is a folder"),
    ],
)
def test_a_song_that_is_none_is_one_sentence(
    run: Run, bad: Path, shots: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    refused(run("plan", bad / name, shots, "-o", tmp_path / "x.otio"), sentence)
    assert not (tmp_path / "x.otio").exists()
    assert not (tmp_path / "x.idolsync").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence", "status"),
    [
        (["--fps", "0"], "frame rate 0 is outside", 2),
        (["--fps", "abc"], "is not a number", 2),
        (["--size", "12"], "size '12' is not understood", 2),
        (["--size", "19200x1080"], "size 19200x1080 is outside 16 to 16384 pixels a side", 2),
        (["--beats-per-cut", "8-4"], "beats per cut '8-4'", 2),
        (["--pin", "12.3"], "it has no unit", 2),
        (["--pin", "bar999"], "the song has no bar999", 2),
        (["--lead", "2"], "write for example 1f", 2),
        (["--backend", "oracle"], "beat backend 'oracle'", 2),
        (["--pacing", "frantic"], "frantic", 2),
        (["--energy-policy", "sleep"], "energy-policy", 2),
        (["--grid", "nowhere.beats"], "nowhere.beats", 1),
        (["--nonsense"], "--nonsense", 2),
    ],
)
def test_wrong_arguments_are_one_sentence(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path, arguments: list[str], sentence: str,
    status: int,
) -> None:  # fmt: skip
    refused(run("plan", beat_song, shots, "-o", tmp_path / "x.otio", *arguments), sentence, status)
    assert not (tmp_path / "x.otio").exists()


def test_landscape_shots_in_an_upright_picture_are_said_to_be_black(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    ran = run("plan", beat_song, shots, "-o", tmp_path / "tall.otio", "--size", "9:16")
    [said] = [line for line in ran.err.splitlines() if "black" in line]
    assert said.startswith("Warning: 68 % of the picture is black in ")
    assert "another shape than 1080x1920; render --fit fill covers it" in said


def test_a_failure_with_json_is_an_object(run: Run, tmp_path: Path) -> None:
    ran = run("plan", "nowhere.wav", "-o", tmp_path / "x.otio", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["status"] == 1
    assert "does not exist" in json.loads(ran.out)["error"]


def test_an_output_folder_that_is_not_there_is_named_first(run: Run, tmp_path: Path) -> None:
    ran = run("plan", "nowhere.wav", "-o", tmp_path / "no" / "x.otio")
    refused(ran, "does not exist; make it first")


def test_doctor_finds_what_the_main_job_needs(run: Run) -> None:
    ran = run("doctor", "--json")
    findings = {f["part"]: f for f in json.loads(ran.out)["findings"]}
    assert ran.status == 0
    for part in (
        "ffmpeg",
        "librosa",
        "libx264",
        "idolsync_fcpxml",
        "beats: librosa",
        "vocals",
        "lip-sync: puppet",
    ):
        assert findings[part]["ok"], findings[part]
    assert "MIT" in findings["vocals"]["detail"]


def test_doctor_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from otio_idolsync.media.ffmpeg import find_ffmpeg

    find_ffmpeg.cache_clear()
    monkeypatch.setenv("FFMPEG", "/no/such/ffmpeg")
    ran = run("doctor")
    find_ffmpeg.cache_clear()
    assert ran.status == 3
    assert "MISS  ffmpeg" in ran.out
    assert "/no/such/ffmpeg" in ran.out


def test_otioconvert_makes_the_timeline_that_plan_makes(
    run: Run, beat_song: Path, shots: Path, tmp_path: Path
) -> None:
    output = tmp_path / "cut.otio"
    convert = Path(sys.executable).with_name("otioconvert")
    argv = [convert, "-i", beat_song, "-o", output, "-a", f"shots={shots}", "-a", "fps=25"]
    ran = subprocess.run(argv, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert ran.returncode == 0, ran.stderr
    timeline = otio.adapters.read_from_file(str(output))
    assert timeline.global_start_time.rate == 25
    planned = run("plan", beat_song, shots, "-o", tmp_path / "p.otio", "--fps", "25", "--json")
    assert timeline.metadata["idolsync"]["plan_id"] == json.loads(planned.out)["plan_id"]
    sheet = tmp_path / "cut.idolsync"
    otio.adapters.write_to_file(timeline, str(sheet))
    again = otio.adapters.read_from_file(str(sheet))
    assert again.is_equivalent_to(timeline)


def test_otioconvert_ends_in_our_sentence_and_as_a_module_without_a_traceback(
    tmp_path: Path,
) -> None:
    said = f"song {tmp_path / 'x.wav'} does not exist; check the path"
    script = Path(sys.executable).with_name("otioconvert")
    module = [sys.executable, "-P", "-m", "opentimelineio.console.otioconvert"]
    for program, last in ([script], f"bridge.AdapterError: {said}"), (module, f"ERROR: {said}"):
        argv = [*program, "-i", tmp_path / "x.wav", "-o", tmp_path / "x.otio"]
        ran = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        assert ran.stderr.splitlines()[-1].endswith(last)
        assert ("Traceback" in ran.stderr) == (program == [script])


def test_adapters_raise_otios_own_error_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(otio.exceptions.OTIOError, match="knows no argument speed"):
        otio.adapters.read_from_file("x.wav", speed=3)
    with pytest.raises(otio.exceptions.OTIOError, match=r"x\.wav does not exist"):
        otio.adapters.read_from_file(str(tmp_path / "x.wav"))
    with pytest.raises(otio.exceptions.OTIOError, match="the sync sheet is no JSON"):
        otio.adapters.read_from_string("nonsense", "idolsync_sync")
