"""Odd names, odd values and odd places: one sentence, and nothing of the user's is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

Run = Callable[..., Any]


def refused(ran: Any, sentence: str, status: int) -> None:
    assert ran.status == status, ran
    assert ran.err.startswith("Error: "), ran.err
    assert sentence in ran.err
    assert "Traceback" not in ran.err


@pytest.fixture
def song(beat_song: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(beat_song, tmp_path / "song.wav"))


@pytest.mark.parametrize(
    ("options", "sentence", "status"),
    [
        (("--seed", "9" * 20), "seed 99999999999999999999 must lie between 0", 2),
        (("--lead", "500f"), "lead 500f is more than 2 s", 2),
        (("--pin", "00:00:03:00"), "pin 00:00:03:00 lies outside the song, which lasts", 2),
        (("--pin", "900s"), "01:00:00:00 to 01:00:", 2),
    ],
)
def test_values_that_no_plan_can_have_are_one_sentence(
    run: Run, song: Path, tmp_path: Path, options: tuple[str, ...], sentence: str, status: int
) -> None:
    refused(run("plan", song, "-o", tmp_path / "c.otio", *options), sentence, status)
    assert not (tmp_path / "c.otio").exists()


@pytest.mark.parametrize(
    ("size", "picture"),
    [("64X64", [64, 64]), ("16384x16", [16384, 16]), ("9:16", [1080, 1920]), ("63x64", [64, 64])],
)
def test_plan_render_and_adapter_read_a_size_alike(
    run: Run, song: Path, tmp_path: Path, size: str, picture: list[int]
) -> None:
    cut = tmp_path / "c.otio"
    planned = run("plan", song, "-o", cut, "--size", size)
    rendered = run("render", cut, "-o", tmp_path / "f.mp4", "--size", size, "--dry-run")
    assert (planned.status, rendered.status) == (3, 3)
    odd = "size 63x64 is odd; the picture is 64x64"
    assert (odd in planned.err, odd in rendered.err) == (size == "63x64", size == "63x64")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = otio.adapters.read_from_file(str(song), size=size)
    for timeline in (otio.adapters.read_from_file(str(cut)), read):
        assert list(timeline.metadata["idolsync"]["settings"]["size"]) == picture


@pytest.mark.parametrize("name", ["cut.xml", "cut.mp4", "cut", "cut.idolsync"])
def test_a_plan_is_written_as_otio_only(run: Run, song: Path, tmp_path: Path, name: str) -> None:
    refused(run("plan", song, "-o", tmp_path / name), "must end in .otio", 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["song.wav"]


def test_force_never_replaces_the_song(run: Run, song: Path, tmp_path: Path) -> None:
    before = song.read_bytes()
    own = "already an input or another output"
    refused(run("analyze", song, "-o", song, "--force"), own, 1)
    refused(run("analyze", song, "--click", song, "--force"), own, 1)
    link = tmp_path / "link.wav"
    link.symlink_to(song)
    refused(run("analyze", song, "--click", link, "--force"), own, 1)
    assert song.read_bytes() == before


def test_two_outputs_of_one_command_need_two_names(run: Run, song: Path, tmp_path: Path) -> None:
    both = tmp_path / "x.wav"
    refused(run("analyze", song, "-o", both, "--click", both), "another output", 1)
    refused(run("analyze", song, "--click", tmp_path / "x.mp3"), "must end in .wav", 2)


def test_a_shot_id_may_be_typed_in_small_letters(run: Run, song: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.otio"
    assert run("plan", song, "-o", cut).status == 3
    assert "S001" in run("explain", cut, "--shot", "s001").out
    refused(run("explain", cut, "--at", "9999f"), "which has frames 0 to", 1)
    refused(run("explain", song), "is of no form that is known here; give .otio", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_utf8_go_the_whole_way(run: Run, song: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/s\xffng.wav"))
    shutil.move(song, odd)
    cut = Path(os.fsdecode(os.fsencode(tmp_path) + b"/c\xfft.otio"))
    planned = run("plan", odd, "-o", cut, "--json")
    assert planned.status == 3, planned.err
    assert json.loads(planned.out)["shots"]
    assert run("analyze", odd, "-o", tmp_path / "a.json").status == 0
    assert json.loads((tmp_path / "a.json").read_text())["song"]["path"].endswith("s\ufffdng.wav")
    assert run("explain", cut).status == 0
    assert run("render", cut, "-o", tmp_path / "f.mp4", "--size", "64x64").status == 3
    assert run("plan", odd, "-o", cut).status == 3, "an output of ours is known again"


@pytest.mark.filterwarnings("ignore::otio_idolsync.adapters.bridge.IdolsyncWarning")
def test_an_adapters_wrong_argument_is_otios_own_error(song: Path, tmp_path: Path) -> None:
    for given, said in (({"seed": "x"}, "seed = 'x' is no whole"), ({"drop_frame": 7}, "neither")):
        with pytest.raises(otio.exceptions.OTIOError, match=said):
            otio.adapters.read_from_file(str(song), **given)
    timeline = otio.adapters.read_from_file(
        str(song), fps="29.97", drop_frame="false", seed="3", cache=str(tmp_path)
    )
    assert timeline.global_start_time.value == 108000
    for given, said in (({"jobs": "x"}, "jobs = 'x' is no whole"), ({"map": "/a"}, "OLD=NEW")):
        with pytest.raises(otio.exceptions.OTIOError, match=said):
            otio.adapters.write_to_file(timeline, str(tmp_path / "f.mp4"), **given)
    assert not (tmp_path / "f.mp4").exists()


@pytest.mark.filterwarnings("ignore::otio_idolsync.adapters.bridge.IdolsyncWarning")
def test_the_conform_adapter_maps_media_as_render_does(song: Path, tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(song), size="64x64")
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(song, moved / song.name)
    movie = tmp_path / "final.mp4"
    otio.adapters.write_to_file(timeline, str(movie), map=f"{tmp_path}={moved}")
    assert movie.stat().st_size > 0


@pytest.fixture
def sung(run: Run, song: Path, tmp_path: Path, make_clip: Callable[..., Path]) -> Path:
    """A cut of two clips and one face that sings in the first shot and was not generated yet."""
    (tmp_path / "shots").mkdir()
    for name in ("a.mov", "b.mov"):
        make_clip(tmp_path / "shots" / name, frames=400)
    cut = tmp_path / "cut.otio"
    assert run("plan", song, tmp_path / "shots", "-o", cut, "--size", "64x64").status == 0
    timeline = otio.adapters.read_from_file(str(cut))
    clip = timeline.video_tracks()[0][0]
    clip.metadata["idolsync"]["role"] = "lipsync"
    clip.metadata["idolsync"]["lipsync"] = {"provider": "puppet", "params": {}}
    otio.adapters.write_to_file(timeline, str(tmp_path / "sung.otio"))
    return tmp_path / "sung.otio"


def test_a_face_that_cannot_sing_is_named_and_shown_as_it_is(
    run: Run, sung: Path, tmp_path: Path
) -> None:
    ran = run("render", sung, "-o", tmp_path / "f.mp4", "--json")
    assert ran.status == 3, ran.err
    (said,) = [w for w in json.loads(ran.out)["warnings"] if w.startswith("S001 shows a face")]
    assert "mouth" in said
    assert (tmp_path / "f.mp4").exists()


def test_force_never_replaces_a_source(run: Run, sung: Path, tmp_path: Path) -> None:
    source = tmp_path / "shots" / "a.mov"
    before = source.read_bytes()
    ran = run("render", sung, "-o", source, "--force")
    refused(ran, "is one of the timeline's media", 1)
    assert source.read_bytes() == before


def test_a_defect_is_one_sentence_too_and_verbose_tells_all(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("beat")

    monkeypatch.setattr("otio_idolsync.cut.read.read_cut", broken)
    plain = run("explain", tmp_path / "c.otio", "--json")
    refused(plain, "unexpected key error ('beat'); this is a defect of idolsync", 1)
    assert json.loads(plain.out)["status"] == 1
    assert "Traceback" in run("explain", tmp_path / "c.otio", "--verbose").err


def test_names_that_the_terminal_lacks_are_shown_escaped(song: Path, tmp_path: Path) -> None:
    named = song.rename(tmp_path / "s\N{MULTIPLE MUSICAL NOTES}.wav")
    argv = [Path(sys.executable).with_name("idolsync"), "analyze", named]
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(argv, capture_output=True, text=True, env=plain, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("s\\U0001f3b6.wav")


def test_a_movie_may_take_the_name_of_a_cut_that_was_planned_elsewhere(
    run: Run, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = tmp_path / "cut.otio"
    assert run("plan", song, "-o", cut, "--size", "64x64").status == 3
    monkeypatch.setenv("IDOLSYNC_CACHE", str(tmp_path / "another"))
    assert run("render", cut, "-o", tmp_path / "cut.mp4").status == 3
    beside = tmp_path / "cut.idolsync"
    beside.write_text(beside.read_text().replace("S001", "S991"))
    refused(run("render", cut, "-o", tmp_path / "cut.mp4"), "is not what idolsync last wrote", 1)
    refused(run("render", tmp_path, "-o", tmp_path / "x.mp4"), "is a folder; name a file", 1)


def test_moved_sources_are_found_by_the_path_that_the_error_shows(
    run: Run, sung: Path, tmp_path: Path
) -> None:
    there = (tmp_path / "shots").rename(tmp_path / "moved shots")
    ran = run("render", sung, "-o", tmp_path / "f.mp4")
    refused(ran, "--map OLD=NEW finds moved media", 1)
    assert str(tmp_path / "shots" / "a.mov") in ran.err
    mapped = f"{tmp_path / 'shots'}={there}"
    assert run("render", sung, "-o", tmp_path / "f.mp4", "--map", mapped).status == 3


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "CUT"),
        ("check", "CUT"),
        ("export", "CUT", "-o", "OUT.xml", "--for", "premiere"),
        ("render", "CUT", "-o", "OUT.mp4"),
        ("proxies", "CUT", "-o", "OUT.otio"),
        ("resync", "CUT", "--plan", "CUT", "-o", "OUT.otio"),
        ("plan", "SONG", "--keep", "CUT", "-o", "OUT.otio"),
        ("analyze", "SONG", "--grid", "CUT", "-o", "OUT.json"),
    ],
    ids=lambda command: command[0],
)
def test_a_cut_that_is_nested_too_deep_is_one_sentence_for_every_command(
    run: Run, song: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    cut = tmp_path / "cut.otio"
    cut.write_text('{"OTIO_SCHEMA": "Timeline.1", "metadata": ' + "[" * 50_000 + "]" * 50_000 + "}")
    there = {"CUT": cut, "SONG": song}
    argv = [there.get(word, str(tmp_path / word) if "OUT" in word else word) for word in command]
    refused(run(*argv), f"{cut} ", 1)
    assert "nested deeper than 256 levels" in run(*argv).err
    assert not list(tmp_path.glob("OUT*"))


def test_a_full_disk_names_the_click_track_and_leaves_nothing(
    run: Run, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("otio_idolsync.analysis.click.decode_blocks", full)
    ran = run("analyze", song, "--click", tmp_path / "click.wav")
    refused(ran, f"{tmp_path / 'click.wav'} cannot be written: No space left", 1)
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".wav"] == ["song.wav"]
