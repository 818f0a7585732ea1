"""``idolsync check`` as a script sees it: a table or one JSON object, and the right status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import opentimelineio as otio
import pytest

from otio_idolsync.schemas import load_schema

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def cut(
    tmp_path_factory: pytest.TempPathFactory, beat_song: Path, make_clip: Callable[..., Path]
) -> Path:
    from otio_idolsync.cut.files import write_sheet_files
    from otio_idolsync.planning.plan import plan

    folder = tmp_path_factory.mktemp("check")
    for number in range(3):
        make_clip(folder / "shots" / f"A{number}.mp4", frames=400)
    planned = plan(beat_song, folder / "shots", size="64x36")
    write_sheet_files(planned.sheet, folder / "cut.otio")
    return folder / "cut.otio"


def test_a_clean_cut_and_movie_exit_with_0(run: Run, cut: Path, tmp_path: Path) -> None:
    movie = tmp_path / "final.mp4"
    assert run("render", cut, "-o", movie).status == 0
    ran = run("check", cut, movie, "--json")
    assert ran.status == 0, ran
    data = json.loads(ran.out)
    jsonschema.validate(data, load_schema("check"))
    assert data["ok"]
    assert data["measured"]["movie"]["frames"] == 24 * 24


def test_findings_exit_with_3_and_are_a_table(run: Run, cut: Path) -> None:
    lost = f"{cut.parent / 'shots'}={cut.parent / 'nowhere'}"
    ran = run("check", cut, "--map", lost)
    assert ran.status == 3
    rows = [line for line in ran.out.splitlines() if line.startswith("media")]
    findings = json.loads(run("check", cut, "--map", lost, "--json").out)["findings"]
    assert len(rows) == len({finding["text"] for finding in findings}) < len(findings)
    assert rows[0].split()[2] == "shots"
    assert "(S001, " in rows[0], "what is alike is one row"
    assert all(any(finding["shot_id"] in row for row in rows) for finding in findings)
    assert ran.err == ""


def test_errors_exit_with_1(run: Run, cut: Path, tmp_path: Path) -> None:
    ran = run("check", tmp_path / "none.otio", "--json")
    assert (ran.status, json.loads(ran.out)["status"]) == (1, 1)
    (tmp_path / "broken.mp4").write_bytes(b"")
    ran = run("check", cut, tmp_path / "broken.mp4")
    assert ran.status == 1
    assert ran.err.count("Error: ") == 1
    assert "broken.mp4" in ran.err


def test_what_a_render_left_out_is_found_beside_the_movie(run: Run, cut: Path) -> None:
    timeline = otio.adapters.read_from_file(str(cut))
    clips = list(timeline.video_tracks()[0])[:2]
    for clip in clips:
        clip.effects.append(otio.schema.Effect(effect_name="Glint"))
    timeline.tracks.effects.append(otio.schema.Effect(name="Film grain"))
    for name, tracks in (("whole", timeline.tracks), ("silent", timeline.tracks[:1])):
        made = otio.schema.Timeline(name, global_start_time=timeline.global_start_time)
        made.metadata["idolsync"] = timeline.metadata["idolsync"]
        made.tracks.effects.extend([e.deepcopy() for e in timeline.tracks.effects])
        made.tracks.extend([track.deepcopy() for track in tracks])
        edited, movie = cut.with_name(f"{name}.otio"), cut.with_name(f"{name}.mp4")
        otio.adapters.write_to_file(made, str(edited))
        report = json.loads(run("render", edited, "-o", movie, "--json").out)
        sheet = json.loads(movie.with_suffix(".idolsync").read_text())
        jsonschema.validate(sheet, load_schema("sync"))
        assert sheet["left_out"] == report["left_out"]
        assert len(sheet["left_out"]) == 3
        ran = run("check", edited, movie, "--json")
        found = [f for f in json.loads(ran.out)["findings"] if f["kind"] == "left_out"]
        assert ran.status == 3
        assert [f["shot_id"] for f in found] == ["S001", "S002", ""]
        assert found[2]["text"] == "effect 'Film grain' on the whole timeline is not rendered"
        assert "Glint" in found[0]["text"]
        assert "frame" not in found[2]
        assert found[1]["frame"] == clips[0].duration().value
        rows = run("check", edited, movie).out.splitlines()
        assert any(row.startswith("left_out  2 shots") and "(S001, S002)" in row for row in rows)
        assert run("render", edited, "-o", movie).status == 3, "its own sheet is replaced"


def test_a_movie_that_lacks_nothing_says_so_beside_it(run: Run, cut: Path) -> None:
    movie = cut.with_name("plain.mp4")
    assert run("render", cut, "-o", movie).status == 0
    assert json.loads(movie.with_suffix(".idolsync").read_text())["left_out"] == []
    assert run("check", movie.with_suffix(".idolsync"), movie).status == 0
