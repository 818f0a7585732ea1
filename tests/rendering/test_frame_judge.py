"""The outside judge reads every frame's number back: 16 odd kinds of media, 6 ordinary rates."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from otio_idolsync import render


@pytest.mark.parametrize("rate", ["30000/1001"])
def test_no_frame_is_wrong_over_sixteen_odd_kinds_of_media(shared, tmp_path, rate):
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        pytest.skip("the judge needs ffmpeg and ffprobe on PATH")
    tools = shared / "tools" / "frames"
    media = tmp_path / "media"
    # as many clips as there are kinds, and more cuts, so that each kind is shown
    settings = "--clips 22 --seconds 4 --song 24 --cuts 32 --size 320x180 --fps".split()
    maker = [sys.executable, tools / "make_media.py", "--out", media, *settings, rate]
    made = subprocess.run(maker, capture_output=True, text=True, check=True)
    timeline = made.stdout.split("wrote ")[-1].strip()
    movie, verdict = tmp_path / "movie.mp4", tmp_path / "verdict.json"
    report = render(timeline, movie, size="320x180", cache=tmp_path / "cache", audio_codec="alac")
    judge = [sys.executable, tools / "verify_frames.py", movie, timeline, "--json", verdict]
    subprocess.run([*judge, "--quiet"], capture_output=True, check=False)
    found = json.loads(verdict.read_text())
    assert found["pass"], found["bad"][:5]
    assert found["wrong"] == 0
    assert found["frames"] == found["frames_wanted"] == report.frames
    assert found["audio"]["bit_exact"]
