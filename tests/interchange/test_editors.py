"""Real editors take our xmeml with every clip.

Needs GStreamer Editing Services or OpenShot from the distribution, as ``tests/resync`` does for
cuts that are edited there: ``$IDOLSYNC_GES_PYTHON`` names a Python that has them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.interchange.xmeml import read_xmeml

pytestmark = pytest.mark.editors
DRIVERS = Path(__file__).parents[1] / "resync" / "drivers"
OPENSHOT = Path("/usr/lib/python3/dist-packages/openshot_qt")
GES_PYTHON = os.environ.get("IDOLSYNC_GES_PYTHON", "")
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
S = otio.schema
PLAIN = ("one.mp4", "two.mp4", "three.mp4", "four.mp4")
ODD = ("two words.mp4", "100% R&B #1.mp4", "Zoë ☂.mp4", "a+b;c,d='e'.mp4")
Shown = list[tuple[str, float, float, float]]


def span(start: float, frames: float) -> Any:
    return TR(RT(start, 24), RT(frames, 24))


@pytest.fixture
def cut(tmp_path: Path, make_clip: Callable[..., Path]) -> Callable[..., Any]:
    """A maker of cuts of four clips, one of them without a name, under markers and a dissolve."""

    def make(names: tuple[str, ...]) -> Any:
        timeline = S.Timeline("cut ☂", global_start_time=RT(86400, 24))
        track = S.Track("V1", kind="Video")
        for number, name in enumerate(names):
            file = make_clip(tmp_path / "takes" / name, frames=96)
            reference = S.ExternalReference(file.as_uri(), span(0, 96))
            shown = f"S00{number + 1} chorus · {name}" if number else ""
            track.append(S.Clip(shown, reference, span(10 + number, 40)))
        track.insert(2, S.Transition("", "SMPTE_Dissolve", RT(4, 24), RT(4, 24)))
        timeline.tracks.append(track)
        timeline.tracks.markers.append(S.Marker("12", span(24, 0)))
        return timeline

    return make


def through(python: str, driver: str, given: Path, *more: object) -> Any:
    """Let an editor read a file and write it again, without an edit."""
    edits, out = given.with_name("none.json"), given.with_name("back.xml")
    edits.write_text("[]")
    command = [python, DRIVERS / driver, given, edits, out, *more]
    done = subprocess.run(
        [str(arg) for arg in command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-800:]
    return read_xmeml(out)


def openshot(given: Path) -> Any:
    if not OPENSHOT.is_dir():
        pytest.skip("needs OpenShot: apt install openshot-qt")
    return through("/usr/bin/python3", "openshot_edit.py", given, given.parent / "takes")


def shown(timeline: Any) -> Shown:
    """Name, source start, length and place of each clip on picture tracks."""
    found = []
    for track in timeline.video_tracks():
        for clip in track.find_clips():
            source, at = clip.source_range, clip.range_in_parent().start_time
            found.append((clip.name, source.start_time.value, source.duration.value, at.value))
    return found


def wanted(names: tuple[str, ...]) -> Shown:
    titles = [names[0], *(f"S00{k + 1} chorus · {name}" for k, name in enumerate(names) if k)]
    return [(title, 10.0 + k, 40.0, 40.0 * k) for k, title in enumerate(titles)]


@pytest.mark.parametrize("names", [PLAIN, ODD])
def test_openshot_loads_every_clip_of_what_is_written_for_it(
    cut: Any, names: tuple[str, ...], tmp_path: Path
) -> None:
    otio_idolsync.export(cut(names), tmp_path / "cut.xml", "openshot")
    assert shown(openshot(tmp_path / "cut.xml")) == wanted(names)


@pytest.mark.parametrize("names", [PLAIN, ODD])
def test_openshot_loads_every_clip_of_an_edl(
    cut: Any, names: tuple[str, ...], tmp_path: Path
) -> None:
    timeline = cut(names)
    del timeline.tracks[0][2]  # it cannot read a list with a dissolve
    otio_idolsync.export(timeline, tmp_path / "cut.edl", "edl")
    # it names clips after their files, and takes the list's timecode for the place
    expected = [
        (n, at, frames, 86400 + to)
        for n, (_, at, frames, to) in zip(names, wanted(names), strict=True)
    ]
    assert shown(openshot(tmp_path / "cut.edl")) == expected


@pytest.mark.parametrize("editor", ["premiere", "resolve"])
def test_openshot_loads_what_is_written_for_others_where_names_need_no_escapes(
    cut: Any, editor: str, tmp_path: Path
) -> None:
    timeline = cut(PLAIN)
    del timeline.tracks[0][2]  # it takes the -1 under a transition for a time
    otio_idolsync.export(timeline, tmp_path / "cut.xml", editor)
    assert shown(openshot(tmp_path / "cut.xml")) == wanted(PLAIN)


@pytest.mark.parametrize("names", [PLAIN, ODD])
def test_ges_loads_every_clip(cut: Any, names: tuple[str, ...], tmp_path: Path) -> None:
    if not GES_PYTHON:
        pytest.skip("set $IDOLSYNC_GES_PYTHON to a Python with gi and otio-xges-adapter")
    # of Resolve's dialect its adapter cannot read the blank duration, which Resolve likes best
    otio_idolsync.export(cut(names), tmp_path / "cut.xml", "premiere")
    found = shown(through(GES_PYTHON, "ges_edit.py", tmp_path / "cut.xml"))
    assert [row[2:] for row in found] == [row[2:] for row in wanted(names)]
