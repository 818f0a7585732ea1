"""Stems show each clip of V1 alone, with the frames around it that its media hold."""

from __future__ import annotations

import json

import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import OutputError, UsageError
from otio_idolsync.media.probe import probe

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@pytest.fixture
def cut(project):
    """Three shots of one clip of 60 frames, a dissolve between the last two, a gap, a layer."""
    clip = project.media("a clip.mp4", frames=60)
    project.shot(clip, 10, 20, shot_id="S001")
    project.shot(clip, 4, 12, shot_id="S002")
    project.picture.append(otio.schema.Transition("d", "SMPTE_Dissolve", RT(2, 24), RT(2, 24)))
    project.shot(clip, 40, 18, shot_id="S003")
    project.picture.append(otio.schema.Gap(source_range=TR(RT(0, 24), RT(5, 24))))
    return project


def rendered(project, name="movie.mov", **options):
    movie = project.folder / name
    options = {"size": project.size, "cache": project.folder / "cache", "handles": 8} | options
    return movie, render(project.save(), movie, **options)


def test_a_stem_holds_its_shot_and_what_its_media_has_around_it(cut):
    movie, report = rendered(cut)
    folder = movie.with_name("movie.handles")
    assert report.to_json()["stems"] == {"folder": str(folder), "count": 3}
    listed = json.loads((folder / "stems.json").read_text())
    assert [(s["shot_id"], s["head"], s["frames"], s["tail"]) for s in listed["stems"]] == [
        ("S001", 8, 20, 8), ("S002", 4, 12, 8), ("S003", 8, 18, 2),
    ]  # fmt: skip
    wanted = {"S001": range(2, 38), "S002": range(24), "S003": range(32, 60)}
    for stem in listed["stems"]:
        path = folder / stem["file"]
        assert cut.coded.numbers(path) == list(wanted[stem["shot_id"]])
        record = 86400 + stem["record"] - stem["head"]
        assert probe(path).start_frame == record
    assert listed["stems"][1]["timecode"] == "01:00:00:16"


def test_the_cut_of_stems_shows_the_movie(cut):
    movie, _ = rendered(cut, "movie.mkv", video_codec="ffv1")
    stems = movie.with_name("movie.handles") / "stems.otio"
    clips = list(read_timeline(stems).find_clips())
    assert [clip.media_reference.target_url for clip in clips] == [
        "S001.mkv", "S002.mkv", "S003.mkv",
    ]  # fmt: skip
    again = cut.folder / "again.mkv"
    report = render(stems, again, video_codec="ffv1", cache=cut.folder / "c", size=cut.size)
    assert report.frames == 55
    for name in ("S001", "S002", "S003"):
        assert (stems.with_name(f"{name}.mkv")).is_file()
    assert pixels(again) == pixels(movie)


def pixels(movie):
    import av

    with av.open(str(movie)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def test_speed_and_reverse_reach_as_far_as_their_media(project):
    clip = project.media("a.mp4", frames=60)
    fast = project.shot(clip, 10, 10, shot_id="S001")
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    back = project.shot(clip, 45, 10, shot_id="S002")
    back.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))
    movie, _ = rendered(project)
    folder = movie.with_name("movie.handles")
    # ten frames at double speed from frame 10: five fit before it
    assert project.coded.numbers(folder / "S001.mov") == list(range(0, 46, 2))
    # 54 down to 45; five frames are left above, which come first
    assert project.coded.numbers(folder / "S002.mov") == list(range(59, 36, -1))


def test_shots_of_one_name_have_files_of_their_own(project):
    clip = project.media("a.mp4")
    for start in (3, 9):
        project.shot(clip, start, 4, name="A/B: take")
    movie, _ = rendered(project, handles=2)
    listed = json.loads((movie.with_name("movie.handles") / "stems.json").read_text())
    assert [stem["file"] for stem in listed["stems"]] == ["A_B_take.mov", "A_B_take_2.mov"]


def test_a_dry_run_says_how_many_stems_there_would_be(cut):
    movie, report = rendered(cut, dry_run=True)
    folder = movie.with_name("movie.handles")
    assert (report.stems, folder.exists()) == ((str(folder), 3), False)


def test_a_range_has_the_stems_of_its_shots_and_a_slate_has_none(project):
    clip = project.media("a.mp4")
    for index in range(3):
        project.shot(clip, 8, 8, shot_id=f"S00{index}")
    project.shot(None, 0, 8, shot_id="S003", role="placeholder")
    movie, _ = rendered(project, start="9f")
    names = {path.name for path in movie.with_name("movie.handles").glob("*.mov")}
    assert names == {"S001.mov", "S002.mov"}


def test_a_file_of_somebody_else_is_not_replaced(cut):
    folder = cut.folder / "movie.handles"
    folder.mkdir()
    (folder / "S002.mov").write_text("graded by hand")
    with pytest.raises(OutputError, match=r"S002.mov was not written by idolsync"):
        rendered(cut)
    assert not (cut.folder / "movie.mov").exists()


def test_handles_that_make_no_sense_are_refused(cut):
    with pytest.raises(UsageError, match="handles of -3 frames"):
        rendered(cut, handles=-3)
