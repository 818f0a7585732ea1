"""A render makes what is seen in its range, in that order, and speaks of nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync.rendering import sing as singing
from otio_idolsync.rendering.render import render

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@pytest.fixture
def made(monkeypatch) -> list[int]:
    """The start samples of the shots that a stand-in was asked to make sing, in that order."""
    asked: list[int] = []

    def stand_in(job, output, provider="puppet", **_more) -> None:
        import av

        asked.append(job.start_sample)
        with av.open(str(output), "w", format="mov") as out:
            stream = out.add_stream("libx264", rate=job.rate, options={"g": "1"})
            stream.width, stream.height, stream.pix_fmt = job.width, job.height, "yuv420p"
            picture = np.full((job.height, job.width, 3), 90, np.uint8)
            for k in range(job.frames):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = k, 1 / job.rate
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))

    monkeypatch.setattr(singing, "run_job", stand_in)
    return asked


@pytest.fixture
def choir(project):
    """Six lip-sync shots of a face on V1, a second each, and room for more on V2."""
    Image.new("RGB", (160, 90), (230, 200, 190)).save(project.folder / "face.png")
    Image.new("RGBA", (160, 90), (230, 200, 190, 90)).save(project.folder / "ghost.png")
    Image.new("RGB", (90, 90), (230, 200, 190)).save(project.folder / "square.png")
    for number in range(6):
        singer(project, f"S00{number + 1}")
    project.song(6.0)
    project.over = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video)
    project.timeline.tracks.insert(1, project.over)
    return project


def singer(project, shot_id: str, face: str = "face.png"):
    puppet = {"provider": "puppet", "params": {"mouth": {"x": 0.5, "y": 0.7, "width": 0.2}}}
    block = {
        "schema": "idolsync.clip/1",
        "shot_id": shot_id,
        "role": "lipsync",
        "handles": {"head": 0, "tail": 0},
        "lipsync": puppet,
    }
    return project.shot(face, 0, 24, **block)


def lay_over(project, at: int, clip) -> None:
    if at:
        project.over.append(otio.schema.Gap(duration=RT(at, 24)))
    project.over.append(clip)


def movie_of(project, **settings):
    cache, target = project.folder / "cache", project.folder / "final.mp4"
    return render(project.save(), target, size="160x90", cache=cache, **settings)


def seconds(made: list[int]) -> list[float]:
    return [start / 44100 for start in made]


def test_a_range_makes_only_the_lips_that_are_seen_in_it_on_any_track(choir, made) -> None:
    over = singer(choir, "S007")
    choir.picture.remove(over)
    lay_over(choir, 60, over)  # over the later half of the third and the first of the fourth
    report = movie_of(choir, start="48f", end="72f")
    assert seconds(made) == [2, 2.5]
    assert [shot.action for shot in report.shots] == ["regenerated"]
    assert report.frames == 24
    [said] = report.warnings
    assert said.endswith("S003, S007 lie in the cache")
    movie_of(choir)
    assert seconds(made)[2:] == [0, 1, 3, 4, 5], "in the order in which they are seen"


@pytest.mark.parametrize(
    ("over", "unseen"), [("face.png", [1]), ("ghost.png", []), ("square.png", [])]
)
def test_lips_under_an_opaque_picture_all_the_time_are_not_made(
    choir, made, over: str, unseen: list[int]
) -> None:
    clip = choir.shot(over, 0, 40)
    choir.picture.remove(clip)
    lay_over(choir, 20, clip)  # all of the second shot, a part of the first and third
    movie_of(choir)
    assert seconds(made) == [k for k in range(6) if k not in unseen]


def test_a_shot_that_shows_new_lips_on_another_track_says_so(project, made) -> None:
    Image.new("RGB", (160, 90)).save(project.folder / "face.png")
    project.shot("face.png", 0, 48, shot_id="S001", role="broll")
    clip = singer(project, "S002")
    project.picture.remove(clip)
    project.song(2.0)
    project.over = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video)
    project.timeline.tracks.insert(1, project.over)
    lay_over(project, 12, clip)
    assert [(s.shot_id, s.action) for s in movie_of(project).shots] == [("S001", "regenerated")]


def test_stems_sing_though_something_lies_over_them(choir, made) -> None:
    clip = choir.shot("face.png", 0, 40)
    choir.picture.remove(clip)
    lay_over(choir, 20, clip)
    movie_of(choir, start="24f", end="48f", handles=2)
    assert seconds(made) == [1]


def test_a_range_is_not_stopped_or_judged_by_what_lies_outside(choir, made) -> None:
    choir.picture[0].media_reference.target_url = "gone.png"
    choir.picture[1].effects.append(otio.schema.Effect(effect_name="Glint"))
    noise = otio.schema.Clip(
        "boom", otio.schema.ExternalReference("gone.wav"), TR(RT(0, 24), RT(24, 24))
    )
    choir.timeline.tracks.append(otio.schema.Track("A2", [noise], kind="Audio"))
    report = movie_of(choir, start="72f", end="96f")
    assert (report.left_out, report.slates, report.unsung) == ((), (), ())
    assert seconds(made) == [3]
    assert any("Glint" in said for said in movie_of(choir, start="24f", end="48f").left_out)


def test_shots_that_fail_alike_are_one_warning(choir) -> None:
    for clip in choir.picture:
        clip.metadata["idolsync"]["lipsync"]["params"] = {}
    report = movie_of(choir, dry_run=True)
    [said] = [w for w in report.to_json()["warnings"] if "mouth" in w]
    assert said.startswith("6 shots: a face that does not sing is shown: the puppet does not know")
    assert said.endswith("(S001, S002, S003, S004, S005, S006)")
    assert len([w for w in report.warnings if "mouth" in w]) == 6


def test_a_range_is_as_large_as_the_whole_movie(project, tmp_path: Path) -> None:
    for size in (160, 320):
        Image.new("RGB", (size, size // 2)).save(tmp_path / f"{size}.png")
        project.shot(f"{size}.png", 0, 12)
    report = render(project.save(), tmp_path / "f.mp4", cache=tmp_path / "c", end="12f")
    import av

    with av.open(str(tmp_path / "f.mp4")) as movie:
        assert movie.streams.video[0].codec_context.width == 320
    assert report.frames == 12
