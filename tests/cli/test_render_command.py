"""``idolsync render`` and the whole way from a song to a movie, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import jsonschema
import opentimelineio as otio
import pytest

from otio_idolsync.schemas import load_schema

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def cut(
    tmp_path_factory: pytest.TempPathFactory, beat_song: Path, make_clip: Callable[..., Path]
) -> Path:
    from otio_idolsync.cut.files import write_sheet_files
    from otio_idolsync.planning.plan import plan

    folder = tmp_path_factory.mktemp("render")
    for number in range(3):
        make_clip(folder / "shots" / f"A{number}.mp4", frames=400)
    planned = plan(beat_song, folder / "shots", size="64x36")
    write_sheet_files(planned.sheet, folder / "cut.otio")
    return folder / "cut.otio"


def test_a_render_is_a_movie_a_sheet_and_a_report(run: Run, cut: Path, tmp_path: Path) -> None:
    movie = tmp_path / "final.mp4"
    status, out, err = run("render", cut, "-o", movie, "--json")
    assert status == 0, err
    report = json.loads(out)
    jsonschema.validate(report, load_schema("render"))
    assert report["frames"] == 24 * 24
    with av.open(str(movie)) as container:
        assert container.streams.video[0].frames == 24 * 24
        assert container.streams.audio[0].codec_context.name == "aac"
    sheet, planned = (json.loads(p.with_suffix(".idolsync").read_text()) for p in (movie, cut))
    assert sheet == planned | {"left_out": []}


def test_a_second_render_encodes_nothing(run: Run, cut: Path, tmp_path: Path) -> None:
    arguments = ("render", cut, "-o", tmp_path / "final.mp4", "--json", "--cache", tmp_path / "c")
    run(*arguments)
    status, out, err = run(*arguments)
    assert status == 0, err
    assert {s["action"] for s in json.loads(out)["shots"]} == {"reused"}


def test_stems_with_handles_come_beside_the_movie(run: Run, cut: Path, tmp_path: Path) -> None:
    arguments = ("render", cut, "-o", tmp_path / "final.mp4", "--to", "2f", "--json")
    status, _out, err = run(*arguments, "--handles", "3")
    assert status == 2
    assert "no number of frames" in err
    status, out, err = run(*arguments, "--handles", "3f")
    assert status == 0, err
    report = json.loads(out)
    jsonschema.validate(report, load_schema("render"))
    folder = Path(report["stems"]["folder"])
    assert folder == tmp_path / "final.handles"
    listed = json.loads((folder / "stems.json").read_text())
    jsonschema.validate(listed, load_schema("stems"))
    assert [stem["file"] for stem in listed["stems"]] == ["S001.mov"]


def test_a_dry_run_writes_nothing(run: Run, cut: Path, tmp_path: Path) -> None:
    movie = tmp_path / "final.mp4"
    status, out, _ = run("render", cut, "-o", movie, "--dry-run")
    assert status == 0
    assert "would write" in out
    assert not movie.exists()


def test_a_range_a_draft_and_a_codec_are_asked_for_by_name(
    run: Run, cut: Path, tmp_path: Path
) -> None:
    movie = tmp_path / "part.mp4"
    options = ("--from", "bar3", "--to", "bar5", "--size", "128x72", "--draft", "--burn-in", "shot")
    status, _, err = run("render", cut, "-o", movie, *options)
    assert status == 0, err
    with av.open(str(movie)) as container:
        stream = container.streams.video[0]
        assert stream.frames == pytest.approx(4 * 24, abs=2)  # two bars at 120 BPM
        assert (stream.codec_context.width, stream.codec_context.height) == (64, 36)
    status, _, err = run(
        "render", cut, "-o", tmp_path / "m.mov", "--video-codec", "prores", "--to", "1s"
    )
    assert status == 0, err
    status, _, err = run("render", cut, "-o", movie, "--video-codec", "prores")
    assert status == 2
    assert "end the output in .mov" in err


def test_a_dry_run_says_why_and_writes_jobs(run: Run, cut: Path, tmp_path: Path) -> None:
    jobs, cache = tmp_path / "jobs", tmp_path / "cache"
    options = ("--cache", cache, "--dry-run", "--write-jobs", jobs)
    status, out, err = run("render", cut, "-o", tmp_path / "m.mp4", *options)
    assert status == 0, err
    assert "S001: it was never made for this cut" in out
    first = sorted(jobs.iterdir())[0]
    assert json.loads(run("shot", first, "--json")[1])["action"] == "encoded"
    assert json.loads(run("shot", first, "--json")[1])["action"] == "reused"


def test_a_movie_that_somebody_else_put_there_is_not_replaced(
    run: Run, cut: Path, tmp_path: Path
) -> None:
    movie = tmp_path / "final.mp4"
    assert run("render", cut, "-o", movie)[0] == 0
    assert run("render", cut, "-o", movie, "--audio-codec", "alac")[0] == 0
    movie.write_bytes(b"an editor's master")
    status, _, err = run("render", cut, "-o", movie)
    assert status == 1
    assert "use --force" in err
    assert movie.read_bytes() == b"an editor's master"
    status, out, err = run("render", cut, "-o", movie, "--dry-run")
    assert (status, "would write" in out) == (0, True)
    assert "Warning: the render itself would stop" in err
    assert "use --force" in err


def test_a_lost_source_is_named_or_becomes_a_slate(run: Run, cut: Path, tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(cut))
    clip = timeline.video_tracks()[0][1]
    lost = otio.schema.ExternalReference("nowhere/lost.mov", clip.available_range())
    clip.media_reference = lost
    broken = tmp_path / "broken.otio"
    otio.adapters.write_to_file(timeline, str(broken))
    movie = tmp_path / "final.mp4"
    status, _, err = run("render", broken, "-o", movie)
    assert status == 1
    assert "lost.mov" in err
    assert not movie.exists()
    assert not movie.with_suffix(".idolsync").exists()
    status, out, err = run("render", broken, "-o", movie, "--missing", "slate", "--json")
    assert status == 3, err
    assert [s["action"] for s in json.loads(out)["shots"]].count("slate") == 1
    moved = cut.parent / "shots" / "A0.mp4"
    found = f"{tmp_path}/nowhere/lost.mov={moved}"
    status, _, err = run("render", broken, "-o", movie, "--map", found)
    assert status == 0, err


def test_a_plan_without_shots_can_be_watched(run: Run, beat_song: Path, tmp_path: Path) -> None:
    cut, movie = tmp_path / "cut.otio", tmp_path / "slates.mp4"
    assert run("plan", beat_song, "-o", cut, "--size", "320x180")[0] == 3
    assert run("render", cut, "-o", movie)[0] == 3
    with av.open(str(movie)) as container:
        pictures = {f.to_ndarray(format="gray").tobytes() for f in container.decode(video=0)}
    assert len(pictures) > 540  # the timecode runs in every frame


@pytest.mark.parametrize(
    ("arguments", "sentence", "status"),
    [
        (["--size", "12"], "size", 2),
        (["--map", "nonsense"], "write OLD=NEW", 2),
        (["--fit", "squash"], "squash", 2),
        (["--jobs", "0"], "jobs", 2),
    ],
)
def test_wrong_arguments_are_one_sentence(
    run: Run, cut: Path, tmp_path: Path, arguments: list[str], sentence: str, status: int
) -> None:
    ended, _, err = run("render", cut, "-o", tmp_path / "x.mp4", *arguments)
    assert ended == status
    assert sentence in err
    assert err.count("Error: ") == 1
    assert not (tmp_path / "x.mp4").exists()


def test_what_is_no_timeline_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.otio").write_text("no timeline")
    status, _, err = run("render", tmp_path / "x.otio", "-o", tmp_path / "x.mp4")
    assert status == 1
    assert "x.otio" in err
    assert "Traceback" not in err


def test_an_interrupt_says_what_is_kept(
    run: Run, cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("3 of 9 shots are kept")

    monkeypatch.setattr("otio_idolsync.rendering.render.render", interrupted)
    status, _, err = run("render", cut, "-o", tmp_path / "x.mp4")
    assert status == 130
    assert err.strip() == "Error: interrupted; 3 of 9 shots are kept in the cache"


def test_otioconvert_conforms_a_timeline(cut: Path, tmp_path: Path) -> None:
    movie = tmp_path / "final.mp4"
    convert = Path(sys.executable).with_name("otioconvert")
    argv = [convert, "-i", cut, "-o", movie]
    ran = subprocess.run(argv, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert ran.returncode == 0, ran.stderr
    with av.open(str(movie)) as container:
        assert container.streams.video[0].frames == 24 * 24
