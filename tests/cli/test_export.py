"""``idolsync export`` as scripts use it: losses on stdout, files told on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jsonschema
import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.cli import main
from otio_idolsync.schemas import load_schema


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def go(*argv: object) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in argv])
        shown = capfd.readouterr()
        return Ran(int(stop.value.code or 0), shown.out, shown.err)

    return go


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory, beat_song: Path) -> Path:
    path = tmp_path_factory.mktemp("export") / "cut.otio"
    with pytest.raises(SystemExit) as stop:
        main(["plan", str(beat_song), "-o", str(path), "-q"])
    assert stop.value.code == 3  # every shot is a slate
    return path


def test_a_plan_goes_to_every_editor(run: Run, cut: Path, tmp_path: Path) -> None:
    for editor in ("premiere", "resolve", "fcp", "markers-edl", "edl", "otio"):
        output = tmp_path / f"out.{editor}"
        ran = run("export", cut, "-o", output, "--for", editor, "--markers", "downbeats")
        assert ran.status == 0, ran.err
        assert f"wrote {output}" in ran.err
        assert f"What {editor} or its format does not carry" in ran.out
        assert output.stat().st_size


def test_losses_are_the_answer_and_json_is_alone_on_stdout(
    run: Run, cut: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.xml"
    ran = run("export", cut, "-o", output, "--for", "resolve", "--json")
    data = json.loads(ran.out)
    jsonschema.validate(data, load_schema("export"))
    assert data["files"] == [str(output), str(tmp_path / "out.markers.edl")]
    assert any(loss.startswith("metadata under the key idolsync") for loss in data["losses"])
    listed = otio.adapters.read_from_file(
        str(tmp_path / "out.markers.edl"), "idolsync_markers_edl", rate=24
    )
    held = otio.adapters.read_from_file(str(cut))
    assert len(listed.tracks.markers) == len(held.tracks.markers) >= 48  # beats in 24 s at 120 BPM
    assert listed.global_start_time == held.global_start_time


@pytest.mark.parametrize(
    ("argv", "status", "sentence"),
    [
        (("--for", "avid"), 2, "editor 'avid' is none of premiere"),
        ((), 2, "Missing option '--for'"),
        (("--for", "edl", "--markers", "none"), 2, "Invalid value for '--markers'"),
        (("--for", "fcp", "--version", "3"), 1, "version '3' is not written"),
        (("--for", "fcp", "--markers-on", "clips"), 2, "Invalid value for '--markers-on'"),
        (
            ("--for", "edl", "--markers-on", "song"),
            2,
            "markers on 'song': what they lie on is a choice of FCPXML and xmeml, not of edl",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    argv: tuple[str, ...], status: int, sentence: str, run: Run, cut: Path, tmp_path: Path
) -> None:
    ran = run("export", cut, "-o", tmp_path / "o", *argv)
    assert (ran.status, ran.out) == (status, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("on", [None, "song", "picture"])
@pytest.mark.parametrize(("editor", "usual"), [("fcp", "song"), ("premiere", "picture")])
def test_markers_lie_on_the_song_or_the_picture_as_one_asks(
    editor: str, usual: str, on: str | None, run: Run, cut: Path, tmp_path: Path
) -> None:
    output = tmp_path / ("out.fcpxml" if editor == "fcp" else "out.xml")
    asked = ("--markers-on", on) if on else ()
    assert run("export", cut, "-o", output, "--for", editor, *asked).status == 0
    root = etree.parse(output)
    path = ".//asset-clip[@audioRole]/marker" if editor == "fcp" else ".//audio//clipitem/marker"
    held = otio.adapters.read_from_file(str(cut)).tracks.markers
    assert len(root.findall(path)) == (len(held) if (on or usual) == "song" else 0)
    adapter = "idolsync_fcpxml" if editor == "fcp" else "idolsync_premiere"
    back = otio.adapters.read_from_file(str(output), adapter).tracks.markers
    assert [(m.name, m.marked_range) for m in back] == [(m.name, m.marked_range) for m in held]


def test_a_file_that_is_no_timeline_is_one_sentence(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.otio"
    path.write_text("{")
    ran = run("export", path, "-o", tmp_path / "o", "--for", "edl")
    assert ran.status == 1
    assert ran.err.startswith(f"Error: timeline {path} cannot be read: it is no JSON")


def test_an_editors_own_export_under_our_name_is_kept(run: Run, cut: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.edl"
    assert run("export", cut, "-o", output, "--for", "edl").status == 0
    assert run("export", cut, "-o", output, "--for", "edl").status == 0
    output.write_text("an editor's")
    ran = run("export", cut, "-o", output, "--for", "edl")
    assert ran.status == 1
    assert "--force" in ran.err
    assert output.read_text() == "an editor's"
    assert run("export", cut, "-o", output, "--for", "edl", "--force").status == 0
