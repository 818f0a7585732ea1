"""Cuts edited by real editors come back as the edits that were made.

Needs GStreamer Editing Services or OpenShot from the distribution; ``$IDOLSYNC_GES_PYTHON`` names
a Python that has both ``gi`` and OpenTimelineIO with ``otio-xges-adapter``.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.resync.run import Resynced, resync
from otio_idolsync.timeline.files import read_sheet, read_timeline, write_sheet_files
from otio_idolsync.timeline.model import SyncSheet
from otio_idolsync.timeline.plan import plan

pytestmark = pytest.mark.editors
OPENSHOT = Path("/usr/lib/python3/dist-packages/openshot_qt")
GES_PYTHON = os.environ.get("IDOLSYNC_GES_PYTHON", "")


@pytest.fixture(scope="module")
def cut(
    tmp_path_factory: pytest.TempPathFactory,
    beat_song: Path,
    make_clip: Callable[..., Path],
) -> Path:
    folder = tmp_path_factory.mktemp("edited")
    for number in range(8):
        make_clip(folder / "takes" / f"take_{number}.mp4", frames=240)
    path = folder / "cut.otio"
    planned = plan(beat_song, folder / "takes", beats_per_cut="3-4", cache=folder / "cache")
    write_sheet_files(planned.sheet, path)
    return path


def changed(done: Resynced) -> dict[str, str]:
    rows = done.to_json()["shots"]
    return {row["shot_id"]: row["change"] for row in rows if row["change"] != "kept"}


def drive(*argv: object) -> None:
    command = [str(arg) for arg in argv]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-800:]


def script(sheet: SyncSheet) -> list[dict[str, object]]:
    shots = sheet.shots
    end = shots[-1].first_frame + shots[-1].frames

    def out(k: int) -> int:
        return shots[k].first_frame + shots[k].frames

    other = next(s for s in shots if s.media.url != shots[13].media.url).media.url
    return [
        {"op": "trim_end", "name": shots[1].name, "to": out(1) - 6},
        {"op": "trim_start", "name": shots[3].name, "to": shots[3].first_frame + 5},
        {"op": "roll_end", "name": shots[5].name, "to": out(5) - 4},
        {"op": "delete", "name": shots[8].name},
        {"op": "move", "name": shots[10].name, "to": end + 48},
        {"op": "split", "name": shots[11].name, "to": shots[11].first_frame + 12},
        {"op": "replace", "name": shots[13].name, "path": other.removeprefix("file://")},
        {"op": "add_marker", "to": 100, "comment": "pin"},
    ]


@pytest.mark.parametrize("form", ["otio", "xml"])
def test_edits_made_in_gstreamer_editing_services_are_named(
    cut: Path, shared: Path, form: str
) -> None:
    if not GES_PYTHON:
        pytest.skip("set $IDOLSYNC_GES_PYTHON to a Python with gi and otio-xges-adapter")
    sheet, edits = read_sheet(cut), cut.with_name("edits.json")
    edits.write_text(json.dumps(script(sheet)))
    edited = cut.with_name(f"edited.{form}")
    driver = shared / "tools" / "editors" / "ges_import.py"
    drive(GES_PYTHON, driver, cut, "--edits", edits, "--out", edited)
    done = resync(edited, cut)
    new = f"S{len(sheet.shots) + 1:03d}"
    assert changed(done) == {
        "S002": "trimmed", "S004": "trimmed", "S006": "trimmed", "S007": "trimmed",
        "S009": "deleted", "S011": "moved", "S012": "split", new: "split", "S014": "replaced",
    }  # fmt: skip
    assert [(e.kind, e.shots[0]) for e in done.comparison.edits] == [
        ("roll", "S006"), ("reorder", "S011")
    ]  # fmt: skip
    assert [i.kind for i in done.instructions] == ["pin"]
    assert done.spine.ok
    assert not done.conflicts


def test_edits_made_in_openshot_are_named(cut: Path, shared: Path) -> None:
    if not OPENSHOT.is_dir():
        pytest.skip("needs openshot-qt")
    sheet, edits = read_sheet(cut), cut.with_name("openshot.json")
    names = [shot.name for shot in sheet.shots]
    made = [
        {"op": "trim", "title": names[1], "tail": 0.25},
        {"op": "trim", "title": names[3], "head": 0.5},
        {"op": "delete", "title": names[5]},
        {"op": "move", "title": names[7], "to": 60.0},
        {"op": "replace", "title": names[9], "path": str(cut.parent / "takes" / "take_0.mp4")},
    ]
    if sheet.shots[9].media.url.endswith("take_0.mp4"):
        made[-1]["path"] = str(cut.parent / "takes" / "take_1.mp4")
    edits.write_text(json.dumps(made))
    given, edited = cut.with_name("given.xml"), cut.with_name("openshot.xml")
    given.write_text(write_xmeml(read_timeline(cut), "premiere")[0], encoding="utf-8")
    driver = shared / "tools" / "editors" / "roundtrip_openshot.py"
    drive(
        "/usr/bin/python3", driver, given, edited, "--edits", edits, "--media", cut.parent / "takes"
    )
    assert changed(resync(edited, cut)) == {
        "S002": "trimmed", "S004": "trimmed", "S006": "deleted", "S008": "moved",
        "S010": "replaced",
    }  # fmt: skip
