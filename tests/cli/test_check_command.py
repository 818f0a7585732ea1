"""``idolsync check`` as a script sees it: a table or one JSON object, and the right status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
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
