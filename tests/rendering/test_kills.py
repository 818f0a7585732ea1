"""A render that is killed, or shares its cache with another, loses nothing and makes no mistake."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otio_idolsync import render

SHOTS, FRAMES = 24, 12


@pytest.fixture
def cut(project) -> Path:
    """A timeline of two dozen shots of one clip."""
    clip = project.media("a.mp4", frames=SHOTS * FRAMES + 24, size=(320, 180))
    for k in range(SHOTS):
        project.shot(clip, 7 + k * FRAMES, FRAMES, shot_id=f"S{k:03}")
    project.song(SHOTS * FRAMES / 24)
    return project.save()


def started(cut: Path, movie: Path, cache: Path) -> subprocess.Popen[bytes]:
    code = "from otio_idolsync.cli import main; main()"
    argv = [sys.executable, "-P", "-c", code, "render", cut, "-o", movie, "--cache", cache]
    return subprocess.Popen(
        [str(word) for word in (*argv, "--size", "320x180", "--json")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finished(cache: Path) -> dict[Path, str]:
    """Every finished shot and what its file must hold."""
    notes = (cache / "shots").glob("*/*.json")
    return {note.with_suffix(".mp4"): json.loads(note.read_text())["sha256"] for note in notes}


@pytest.mark.skipif(sys.platform == "win32", reason="there a process is ended in other ways")
def test_a_killed_render_keeps_what_was_finished_and_ends_right(coded, cut):
    cache, movie = cut.parent / "cache", cut.parent / "movie.mp4"
    seen: dict[Path, str] = {}
    for more in (0, 3, 1):
        wanted = len(finished(cache)) + more
        process = started(cut, movie, cache)
        while process.poll() is None and len(finished(cache)) < wanted:
            time.sleep(0.005)
        time.sleep(0.03 * more)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
        assert not movie.exists()
        seen |= finished(cache)
        for path, digest in seen.items():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert 4 <= len(seen) < SHOTS
    report = render(cut, movie, cache=cache, size="320x180")
    reused = [shot.key for shot in report.shots if shot.action == "reused"]
    assert {path.stem for path in seen} == set(reused)
    assert coded.numbers(movie) == [*range(7, 7 + SHOTS * FRAMES)]
    assert not list((cache / "tmp").iterdir())


def test_two_renders_share_one_cache_at_once(coded, cut):
    cache = cut.parent / "cache"
    movies = [cut.parent / name for name in ("one.mp4", "two.mp4")]
    both = [started(cut, movie, cache) for movie in movies]
    for process in both:
        _, said = process.communicate()
        assert process.returncode == 0, said
    for movie in movies:
        assert coded.numbers(movie) == [*range(7, 7 + SHOTS * FRAMES)]
    assert len(finished(cache)) == SHOTS
    for path, digest in finished(cache).items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert not list((cache / "tmp").iterdir())
