"""Cuts edited by real editors come back as the edits that were made.

Needs GStreamer Editing Services or OpenShot from the distribution; ``$IDOLSYNC_GES_PYTHON`` names
a Python that has ``gi``, OpenTimelineIO, ``otio-xges-adapter`` and ``otio-fcp-adapter``.
``.ci/run`` installs them all.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import ffmpeg
import pytest

from otio_idolsync import render
from otio_idolsync.cut.files import write_sheet_files, write_timeline_files
from otio_idolsync.cut.model import Shot
from otio_idolsync.cut.read import read_sheet, read_timeline
from otio_idolsync.interchange.export import export
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.media.ffmpeg import run_graph
from otio_idolsync.planning.plan import plan
from otio_idolsync.resync.run import ResyncReport, resync

pytestmark = pytest.mark.editors
DRIVERS = Path(__file__).parent / "drivers"
OPENSHOT = Path("/usr/lib/python3/dist-packages/openshot_qt")
GES_PYTHON = os.environ.get("IDOLSYNC_GES_PYTHON", "")
RATE = 24
Edits = list[dict[str, object]]


@pytest.fixture(scope="module")
def cut(
    tmp_path_factory: pytest.TempPathFactory,
    long_song: Path,
    make_clip: Callable[..., Path],
) -> Path:
    folder = tmp_path_factory.mktemp("edited")
    for number in range(8):
        make_clip(folder / "takes" / f"take_{number}.mp4", frames=240)
    path = folder / "cut.otio"
    planned = plan(long_song, folder / "takes", beats_per_cut="3-4", cache=folder / "cache")
    write_sheet_files(planned.sheet, path)
    path.with_suffix(".xml").write_text(
        write_xmeml(read_timeline(path), "premiere")[0], encoding="utf-8"
    )
    return path


def drive(python: str, driver: str, *argv: object) -> None:
    command = [python, DRIVERS / driver, *argv]
    done = subprocess.run(
        [str(arg) for arg in command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-800:]


def in_ges(cut: Path, edits: Edits, form: str) -> ResyncReport:
    """Edit in GES what ``form`` carries there and back: ``otio`` or ``xml``."""
    if not GES_PYTHON:
        pytest.skip("set $IDOLSYNC_GES_PYTHON to a Python with gi and otio-xges-adapter")
    script, edited = cut.with_name("ges.json"), cut.with_name(f"ges.{form}")
    script.write_text(json.dumps(edits))
    drive(GES_PYTHON, "ges_edit.py", cut.with_suffix(f".{form}"), script, edited)
    return resync(edited, cut)


def in_openshot(cut: Path, edits: Edits, rate: str = "24") -> ResyncReport:
    if not OPENSHOT.is_dir():
        pytest.skip("needs OpenShot: apt install openshot-qt")
    script, edited = cut.with_name("openshot.json"), cut.with_name("openshot.xml")
    script.write_text(json.dumps(edits))
    given, takes = cut.with_suffix(".xml"), cut.parent / "takes"
    drive("/usr/bin/python3", "openshot_edit.py", given, script, edited, takes, rate)
    return resync(edited, cut)


def changed(done: ResyncReport) -> dict[str, list[str]]:
    return {r.shot_id: r.changes for r in done.comparison.shots if r.changes != ["kept"]}


def edits_of(done: ResyncReport) -> list[tuple[str, str, int]]:
    return [(e.kind, e.shots[0], e.frames) for e in done.comparison.edits]


def out(shot: Shot) -> int:
    return shot.first_frame + shot.frames


def another(shots: tuple[Shot, ...], k: int) -> str:
    """The path of a take that shot ``k`` does not show."""
    url = next(s.media.url for s in shots if s.media.url != shots[k].media.url)
    return url.removeprefix("file://")


@pytest.mark.parametrize("form", ["otio", "xml"])
def test_edits_made_in_gstreamer_editing_services_are_named(cut: Path, form: str) -> None:
    shots = read_sheet(cut).shots
    name = [shot.name for shot in shots]
    done = in_ges(cut, [
        {"do": "trim", "clip": name[1], "edge": "end", "to": out(shots[1]) - 6},
        {"do": "trim", "clip": name[3], "edge": "start", "to": shots[3].first_frame + 5},
        {"do": "roll", "clip": name[5], "edge": "end", "to": out(shots[5]) - 4},
        {"do": "delete", "clip": name[8]},
        {"do": "move", "clip": name[10], "to": out(shots[-1]) + 48},
        {"do": "split", "clip": name[11], "at": shots[11].first_frame + 12},
        {"do": "replace", "clip": name[13], "path": another(shots, 13)},
        {"do": "slip", "clip": name[15], "by": 7},
        {"do": "over", "path": another(shots, 0), "at": 30, "frames": 40},
        {"do": "marker", "at": shots[2].first_frame + 3, "text": "pin"},
    ], form)  # fmt: skip
    over, new = (f"S{len(shots) + n:03d}" for n in (1, 2))
    assert changed(done) == {
        "S001": ["trimmed"], over: ["added"],  # what lies over it hides its end
        "S002": ["trimmed"], "S004": ["trimmed"], "S006": ["trimmed"], "S007": ["trimmed"],
        "S009": ["deleted"], "S011": ["moved"], "S012": ["split"], new: ["split"],
        "S014": ["replaced"], "S016": ["slipped"],
    }  # fmt: skip
    assert [e[:2] for e in edits_of(done)] == [("roll", "S006"), ("reorder", "S011")]
    assert [(i.kind, i.shot_id) for i in done.instructions] == [("pin", "S003")]
    assert len(done.timeline.video_tracks()) == 2, "what lies over the cut passes through"
    assert done.spine.ok
    assert not done.conflicts


@pytest.mark.parametrize("form", ["otio", "xml"])
def test_ripples_made_in_gstreamer_editing_services_are_one_edit_each(cut: Path, form: str) -> None:
    shots = read_sheet(cut).shots
    gone, tail = shots[4], out(shots[9]) - shots[4].frames - 5
    done = in_ges(cut, [
        {"do": "delete", "clip": gone.name},
        {"do": "ripple", "clip": shots[5].name, "to": gone.first_frame},
        {"do": "ripple", "clip": shots[9].name, "edge": "end", "to": tail},
    ], form)  # fmt: skip
    said = changed(done)
    assert said["S005"] == ["deleted"]
    assert said["S010"] == ["trimmed", "moved"]
    assert {s[0] for i, s in said.items() if i not in ("S005", "S010")} == {"moved"}
    assert edits_of(done) == [("ripple", "S005", -gone.frames), ("ripple", "S010", -5)]
    assert done.spine.ok


def test_edits_made_in_openshot_are_named(cut: Path) -> None:
    shots = read_sheet(cut).shots
    name = [shot.name for shot in shots]
    done = in_openshot(cut, [
        {"do": "trim", "clip": name[1], "tail": 6 / RATE},
        {"do": "trim", "clip": name[3], "head": 12 / RATE},
        {"do": "delete", "clip": name[5]},
        {"do": "move", "clip": name[7], "to": 60.0},
        {"do": "replace", "clip": name[9], "path": another(shots, 9)},
        {"do": "slip", "clip": name[11], "by": -5 / RATE},
        {"do": "split", "clip": name[13], "at": 10 / RATE},
        {"do": "copy", "clip": name[15], "to": 80.0},
    ])  # fmt: skip
    piece, copy = (f"S{len(shots) + n:03d}" for n in (1, 2))
    assert changed(done) == {
        "S002": ["trimmed"], "S004": ["trimmed"], "S006": ["deleted"], "S008": ["moved"],
        "S010": ["replaced"], "S012": ["slipped"], "S014": ["split"], piece: ["split"],
        copy: ["added"],
    }  # fmt: skip
    assert done.comparison.shots[-1].copy_of == "S016"


@pytest.fixture(scope="module")
def sounding(tmp_path_factory: pytest.TempPathFactory, long_song: Path) -> Path:
    """A cut at 29.97 of takes that have a sound of their own."""
    folder = tmp_path_factory.mktemp("sounding")
    (folder / "takes").mkdir()
    for number in range(3):
        picture = ffmpeg.input("color=gray:s=64x64:r=30000/1001:d=9", f="lavfi")
        sound = ffmpeg.input(f"sine=f={300 + 100 * number}:d=9", f="lavfi")
        take = folder / "takes" / f"take_{number}.mp4"
        run_graph(ffmpeg.output(picture, sound, str(take), preset="ultrafast"), "make a take")
    path, song = folder / "cut.otio", shutil.copy(long_song, folder / "song.wav")
    planned = plan(
        song, folder / "takes", fps="29.97", size="64x64", beats_per_cut="8",
        cache=folder / "cache",
    )  # fmt: skip
    write_sheet_files(planned.sheet, path)
    export(path, path.with_suffix(".xml"), "openshot")
    return path


def test_takes_with_sound_come_back_from_openshot_at_2997_and_are_rendered(sounding: Path) -> None:
    shots = read_sheet(sounding).shots
    done = in_openshot(sounding, [{"do": "hide", "clip": shots[2].name}], "30000/1001")
    assert changed(done) == {"S003": ["disabled"]}
    assert done.spine.ok
    assert done.spine.pieces[0].song == 0
    song, own = done.timeline.audio_tracks()
    assert [clip.source_range.start_time.value for clip in own.find_clips()] == [
        float(shot.source_in) for shot in shots
    ]
    takes = {shot.media.url for shot in shots}
    assert {clip.media_reference.target_url for clip in own.find_clips()} == takes
    path = sounding.with_name("next.otio")
    write_timeline_files(done.timeline, done.sheet, path)
    movie = sounding.with_name("next.mp4")
    report = render(path, movie, draft=True, end="30f", cache=sounding.parent / "cache")
    assert not report.left_out
    assert len(song) == 1
