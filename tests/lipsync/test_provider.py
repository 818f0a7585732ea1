"""Providers of other packages: found by name, run apart, their work checked before it counts."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.provider import (
    LipsyncJob,
    face_digest,
    find_provider,
    generated_size,
    inputs_sha256,
    providers,
)
from otio_idolsync.lipsync.run import run_job
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.media.outputs import file_digest

MakeJob = Callable[..., LipsyncJob]
FACE = "f" * 64

THEIRS = """
import os, sys, time
from otio_idolsync.lipsync.movie import face_pictures, write_movie
class Theirs:
    version = "3"
    def model_digest(self, job):
        return "weights"
    def generate(self, job, output, progress=None):
        mode = job.params.get("mode")
        if mode == "hang":
            open(job.params["note"], "w").write("started")
            time.sleep(600)
        if mode == "raise":
            raise ValueError("no face here")
        if mode == "die":
            os._exit(7)
        if mode == "abort":
            sys.stderr.write("CUDA out of memory\\n"); sys.stderr.flush(); os.abort()
        if mode == "nothing":
            return
        print('["done", 1]'); os.write(1, b'["error", "not a message"]\\n')
        count = job.frames + job.params.get("more", 0)
        size = (job.width * job.params.get("scale", 1), job.height * job.params.get("scale", 1))
        rate = job.rate * job.params.get("speed", 1)
        pictures = face_pictures(job.face, 0 * job.rate, count, job.rate, size)
        write_movie(pictures, output, rate, size)
class Broken:
    def __init__(self):
        raise RuntimeError("no GPU")
"""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package, as installed: providers "theirs" and "broken"."""
    site = tmp_path / "site"
    info = site / "their_lips-3.0.dist-info"
    info.mkdir(parents=True)
    (site / "their_lips.py").write_text(THEIRS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-lips\nVersion: 3.0\n")
    (info / "entry_points.txt").write_text(
        "[otio_idolsync.lipsync]\ntheirs = their_lips:Theirs\nbroken = their_lips:Broken\n"
        "puppet = their_lips:Broken\n"
    )
    monkeypatch.syspath_prepend(str(site))


@pytest.mark.usefixtures("theirs")
def test_installed_providers_are_found_and_ours_cannot_be_shadowed() -> None:
    assert {"puppet", "command", "theirs", "broken"} <= set(providers())
    assert find_provider("theirs").make().version == "3"
    assert type(find_provider("puppet").make()).__name__ == "Puppet"
    with pytest.raises(LipsyncError, match=r"broken \(their-lips 3.0\) cannot be loaded: no GPU"):
        find_provider("broken").make()


def test_an_unknown_provider_is_named_with_those_there_are() -> None:
    with pytest.raises(LipsyncError, match="'sora' is not installed; choose one of command, pupp"):
        find_provider("sora")


@pytest.mark.usefixtures("theirs")
def test_what_a_provider_prints_is_no_message(make_job: MakeJob, tmp_path: Path) -> None:
    run_job(make_job(params={}), tmp_path / "out.mov", "theirs")
    assert (tmp_path / "out.mov").exists()


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"mode": "raise"}, "theirs failed: no face here"),
        ({"mode": "die"}, "theirs failed: exit status 7"),
        ({"mode": "abort"}, "theirs failed: CUDA out of memory"),
        ({"mode": "nothing"}, "theirs wrote no movie that can be read"),
        ({"more": 1}, "theirs wrote 13 frames where 12 were asked for"),
        ({"more": -3}, "theirs wrote 9 frames where 12 were asked for"),
        ({"scale": 2}, "theirs wrote 640x360 pixels where 320x180 was asked for"),
        ({"speed": 2}, "theirs did not write 24 frames per second"),
    ],
)
def test_bad_work_is_named_and_leaves_the_old_shot(
    make_job: MakeJob, tmp_path: Path, params: dict, said: str
) -> None:
    old = tmp_path / "media" / "S001.mov"
    old.parent.mkdir()
    old.write_bytes(b"the old version")
    with pytest.raises(LipsyncError, match=said):
        run_job(make_job(params=params), old, "theirs")
    assert old.read_bytes() == b"the old version"
    assert [p.name for p in old.parent.iterdir()] == ["S001.mov"]


@pytest.mark.usefixtures("theirs")
def test_a_provider_that_hangs_is_ended(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(params={"mode": "hang", "note": str(tmp_path / "note")})
    with pytest.raises(LipsyncError, match="theirs was not done after 3 s and was ended"):
        run_job(job, tmp_path / "out.mov", "theirs", timeout=3)
    assert not (tmp_path / "out.mov").exists()


@pytest.mark.usefixtures("theirs")
def test_a_render_that_is_stopped_stops_its_provider(make_job: MakeJob, tmp_path: Path) -> None:
    stop, note = threading.Event(), tmp_path / "note"
    job = make_job(params={"mode": "hang", "note": str(note)})

    def later() -> None:
        while not note.exists():
            time.sleep(0.02)
        stop.set()

    threading.Thread(target=later, daemon=True).start()
    with pytest.raises(LipsyncError, match="theirs was stopped"):
        run_job(job, tmp_path / "out.mov", "theirs", timeout=60, stop=stop)


def test_a_job_survives_the_way_to_its_worker(make_job: MakeJob) -> None:
    job = make_job(rate=Fraction(24000, 1001), seed=9)
    assert LipsyncJob.from_json(json.loads(json.dumps(job.to_json()))) == job
    sequence = ImageSequence(Path("/in/a"), "x.", ".png", 7, 3, 4)
    face = dataclasses.replace(job.face, kind="sequence", sequence=sequence)
    numbered = dataclasses.replace(job, face=face)
    assert LipsyncJob.from_json(json.loads(json.dumps(numbered.to_json()))) == numbered


def test_everything_that_decides_pixels_is_in_the_key(make_job: MakeJob) -> None:
    job = make_job()
    song = dataclasses.replace(job.song, sha256="9" * 64)
    others = [
        dataclasses.replace(job, seed=1),
        dataclasses.replace(job, params={**job.params, "sway": 0.5}),
        dataclasses.replace(job, start_sample=job.start_sample + 1),
        dataclasses.replace(job, frames=13, samples=13000),
        dataclasses.replace(job, width=640, height=360),
        dataclasses.replace(job, song=song),
    ]
    keys = {inputs_sha256(j, "puppet", FACE) for j in (job, *others)}
    keys.add(inputs_sha256(job, "puppet", "e" * 64))
    assert len(keys) == len(others) + 2


def test_a_moved_face_or_song_has_the_same_key(make_job: MakeJob) -> None:
    job = make_job()
    face = dataclasses.replace(job.face, path=Path("/elsewhere/face.png"))
    song = dataclasses.replace(job.song, path=Path("/elsewhere/song.wav"))
    moved = dataclasses.replace(job, face=face, song=song)
    assert inputs_sha256(moved, "puppet", FACE) == inputs_sha256(job, "puppet", FACE)


def test_an_image_sequence_is_hashed_whole(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"x.{number}.png").write_bytes(bytes([number]))
    named = ImageSequence(tmp_path, "x.", ".png", 0, 3, 1)
    face = MediaInfo(named.path_of(0), "sequence", Fraction(24), 3, 0, 64, 36, named)
    before = face_digest(face, file_digest)
    (tmp_path / "x.2.png").write_bytes(b"other")
    assert face_digest(face, file_digest) != before


@pytest.mark.parametrize(
    ("face", "timeline", "wanted"),
    [
        ((1280, 720), (1280, 720), (1280, 720)),
        ((1280, 720), (1080, 1920), (3414, 1920)),
        ((4000, 3000), (1280, 720), (1280, 960)),
        ((333, 501), (640, 360), (640, 964)),
    ],
)
def test_what_is_generated_keeps_the_faces_shape(
    face: tuple[int, int], timeline: tuple[int, int], wanted: tuple[int, int]
) -> None:
    info = MediaInfo(Path("/f.png"), "still", Fraction(24), 24, 0, *face)
    assert generated_size(info, *timeline) == wanted


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frames": 0}, "0 frames cannot be generated"),
        ({"width": 321}, "321x180 must be even"),
        ({"samples": 5000}, "12 frames at 24 last 12000.0 song samples, not 5000"),
        ({"face_start_frame": -4}, "has no picture 4 frames before its first"),
    ],
)
def test_an_impossible_job_is_named(make_job: MakeJob, change: dict, said: str) -> None:
    with pytest.raises(LipsyncError, match=said):
        dataclasses.replace(make_job(), **change)
