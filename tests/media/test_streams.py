"""Of several video streams in a file one rule chooses, wherever the file is read."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.errors import MediaError
from otio_idolsync.library.scan import scan_shots
from otio_idolsync.lipsync.movie import face_pictures
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.render import render
from otio_idolsync.report.check import check

SMALL, LARGE = ("gray", "160x90"), ("red", "320x180")


def of_two(
    path: Path, first: tuple[str, str], second: tuple[str, str], marks: tuple[str, str]
) -> Path:
    """Write a file of two pictures, each a colour and a size, with a disposition for each."""
    pictures = [["-f", "lavfi", "-i", f"color={c}:s={s}:r=25:d=1"] for c, s in (first, second)]
    kept = ["-map", "0", "-map", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    said = ["-disposition:v:0", marks[0], "-disposition:v:1", marks[1]]
    argv = [find_ffmpeg()[0], "-v", "error", *pictures[0], *pictures[1], *kept, *said, str(path)]
    subprocess.run(argv, check=True)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(
    ("first", "second", "marks", "shown"),
    [
        (SMALL, LARGE, ("0", "default"), 1),
        (LARGE, SMALL, ("0", "default"), 1),
        (SMALL, LARGE, ("default", "0"), 0),
        (SMALL, LARGE, ("default", "default"), 1),
        (LARGE, SMALL, ("default", "default"), 0),
    ],
)
def test_the_default_picture_is_shown_and_else_the_largest(
    tmp_path, suffix, first, second, marks, shown
):
    info = probe(of_two(tmp_path / f"cam{suffix}", first, second, marks))
    color, size = (first, second)[shown]
    assert f"{info.width}x{info.height}" == size
    assert (info.stream, info.streams) == (shown, 2)
    assert info.choice == f"has 2 video streams: stream {shown} ({size}) is shown, counted from 0"
    seen = next(shot_frames(info, Fraction(0), 1, info.rate)).to_ndarray(format="rgb24")
    (face,) = face_pictures(info, Fraction(0), 1, info.rate, (info.width, info.height))
    for picture in (seen, face):
        red, green, _blue = (int(level) for level in picture[10, 10])
        assert (red - green > 100) == (color == "red")


def test_where_nothing_is_marked_the_largest_picture_is_shown(tmp_path):
    info = probe(of_two(tmp_path / "cam.ts", SMALL, LARGE, ("0", "0")))
    assert (info.width, info.height, info.stream) == (320, 180, 1)


def test_a_cover_is_no_choice(tmp_path, coded):
    clip = coded.clip(tmp_path / "clip.mp4", frames=5)
    cover, both = tmp_path / "cover.png", tmp_path / "both.mp4"
    argv = [find_ffmpeg()[0], "-v", "error", "-f", "lavfi", "-i", "color=red:s=640x640:d=0.04"]
    subprocess.run([*argv, "-frames:v", "1", str(cover)], check=True)
    inputs = ["-i", str(cover), "-i", str(clip), "-map", "0", "-map", "1", "-c", "copy"]
    marked = ["-disposition:v:0", "attached_pic", str(both)]
    subprocess.run([find_ffmpeg()[0], "-v", "error", *inputs, *marked], check=True)
    info = probe(both)
    assert (info.width, info.streams, info.choice) == (160, 1, "")


def test_the_choice_is_named_by_plan_render_and_check(tmp_path):
    shots = tmp_path / "shots"
    shots.mkdir()
    path = of_two(shots / "cam.mp4", SMALL, LARGE, ("0", "default"))
    said = "cam.mp4 has 2 video streams: stream 1 (320x180) is shown, counted from 0"
    assert said in scan_shots(shots).warnings
    timeline = otio.schema.Timeline("cut")
    time, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    media = otio.schema.ExternalReference(path.as_uri(), span(time(0, 25), time(25, 25)))
    clip = otio.schema.Clip("a", media, span(time(0, 25), time(10, 25)))
    timeline.tracks.append(otio.schema.Track("V1", [clip]))
    cut = tmp_path / "cut.otio"
    otio.adapters.write_to_file(timeline, str(cut))
    movie = tmp_path / "movie.mp4"
    report = render(cut, movie, cache=tmp_path / "cache")
    assert said in report.warnings
    assert report.left_out == ()
    seen = next(shot_frames(probe(movie), Fraction(0), 1, Fraction(25)))
    assert np.abs(seen.to_ndarray(format="rgb24")[90, 160].astype(int) - (255, 0, 0)).max() < 12
    assert said in check(cut, movie).warnings


def test_a_picture_put_together_from_tiles_is_named_and_not_its_first_corner_shown(tmp_path, tiles):
    """Phones write large HEIC pictures so."""
    path = tmp_path / "photo.heic"
    path.write_bytes(tiles.replace(b"ftypavif", b"ftypheic").replace(b"avifmif1", b"heicmif1"))
    with pytest.raises(MediaError, match=r"photo\.heic is put together from 4 tiles, which cannot"):
        probe(path)
