"""A render makes lip-sync shots sing, generates only what changed, and says what it could not."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image, ImageDraw

from otio_idolsync.errors import LipsyncError
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.media.outputs import write_text
from otio_idolsync.rendering import sing as singing
from otio_idolsync.rendering.render import render

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
MOUTH = {"x": 0.5, "y": 0.7, "width": 0.2}


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, rate, 0, "NONE", ""))
        out.writeframes(samples.tobytes())


def movie_of(project, cache: Path | None = None, **settings):
    output = project.folder / "final.mp4"
    cache = cache or project.folder / "cache"
    return render(project.save(), output, size=project.size, cache=cache, **settings), output


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for tests to which it is all one who made the shots before they begin."""
    return tmp_path_factory.mktemp("sung")


def mouths(movie: Path, first: int, frames: int) -> np.ndarray:
    """Return the middle of the face in each frame, float [shape=(frames, h, w)]."""
    with av.open(str(movie)) as container:
        pictures = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    return np.array([p[50:78, 55:105] for p in pictures[first : first + frames]], float)


@pytest.fixture
def singer(project):
    """A drawn face as a lip-sync shot between two other shots, under a song with a voice."""
    face = Image.new("RGB", (160, 90), (230, 200, 190))
    draw = ImageDraw.Draw(face)
    draw.line((70, 63, 90, 63), fill=(150, 60, 60), width=2)
    face.save(project.folder / "face.png")
    project.shot(project.media("a.mp4", frames=60), 0, 12, shot_id="S001")
    block = {
        "schema": "idolsync.clip/1",
        "shot_id": "S002",
        "role": "lipsync",
        "handles": {"head": 100, "tail": 100},
        "lipsync": {"provider": "puppet", "params": {"mouth": MOUTH, "phrases": [[0.0, 3.0]]}},
    }
    still = project.shot("face.png", 100, 24, **block)
    still.media_reference.available_range = TR(RT(0, 24), RT(2073600, 24))
    project.shot("a.mp4", 20, 36, shot_id="S003")
    samples = project.song(3.0)
    t = np.arange(len(samples)) / 44100
    voice = 9000 * np.sin(2 * np.pi * 330 * t) * (np.sin(2 * np.pi * 2 * t) > 0)
    voiced = np.repeat(voice[:, None], 2, axis=1).astype("<i2")
    write_wav(project.folder / "song.wav", voiced, 44100)
    return project


def test_a_face_sings_where_the_song_does(singer) -> None:
    report, movie = movie_of(singer)
    assert [s.action for s in report.shots] == ["encoded", "regenerated", "encoded"]
    assert not report.needs_a_person
    shown = mouths(movie, 12, 24)
    moved = np.abs(np.diff(shown, axis=0)).mean(axis=(1, 2))
    assert moved.max() > 3
    assert report.frames == 72


def test_what_was_generated_is_not_generated_again(singer, sung: Path) -> None:
    movie_of(singer, sung)
    report, _ = movie_of(singer, sung)
    assert {s.action for s in report.shots} == {"reused"}


def test_another_place_in_the_song_is_generated_anew_and_undo_is_free(singer, sung: Path) -> None:
    movie_of(singer, sung)
    first = singer.picture[0]
    first.source_range = TR(RT(0, 24), RT(20, 24))
    report, _ = movie_of(singer, sung)
    assert [s.action for s in report.shots if s.shot_id == "S002"] == ["regenerated"]
    first.source_range = TR(RT(0, 24), RT(12, 24))
    report, _ = movie_of(singer, sung)
    assert {s.action for s in report.shots} == {"reused"}


def test_the_timeline_that_is_rendered_is_not_changed(singer) -> None:
    path = singer.save()
    before = path.read_bytes()
    timeline = otio.adapters.read_from_file(str(path))
    text = otio.adapters.write_to_string(timeline, "otio_json")
    render(timeline, singer.folder / "final.mp4", media_root=singer.folder)
    assert otio.adapters.write_to_string(timeline, "otio_json") == text
    assert path.read_bytes() == before


def test_a_timeline_of_ours_shows_what_was_generated(singer, sung: Path) -> None:
    from otio_idolsync.cut.read import read_timeline
    from otio_idolsync.media.outputs import file_digest, remember

    path = singer.save()
    remember(path, file_digest(path))
    settings = {"size": singer.size, "cache": sung}
    render(path, singer.folder / "one.mp4", **settings)
    assert (singer.folder / "cut.media" / "S002.mov").exists()
    clip = read_timeline(path).video_tracks()[0][1]
    block = clip.metadata["idolsync"]
    made = block["lipsync"]["generated_for"]
    assert clip.media_reference.target_url == "cut.media/S002.mov"
    assert clip.media_references()["face"].target_url == "face.png"
    head = int(clip.source_range.start_time.value)
    assert (head, block["handles"]["head"]) == (12, 12)
    assert made["start_sample"] == 0
    assert made["samples"] == round(48 * 44100 / 24)
    report = render(path, singer.folder / "two.mp4", **settings)
    assert {s.action for s in report.shots} == {"reused"}
    one, two = (mouths(singer.folder / n, 12, 24) for n in ("one.mp4", "two.mp4"))
    assert np.array_equal(one, two)


def test_a_timeline_of_somebody_else_is_left_alone_and_that_is_said(singer) -> None:
    path = singer.save()
    before = path.read_bytes()
    report = render(path, singer.folder / "one.mp4", size=singer.size)
    assert path.read_bytes() == before
    assert any("is no .otio of idolsync's and stays as it is" in w for w in report.warnings)


@pytest.mark.parametrize("name", ["cut.xml", "named.otio"])
def test_an_edit_of_another_form_is_left_alone_whatever_its_name(singer, name) -> None:
    path = singer.folder / name
    write_text(path, write_xmeml(singer.timeline, "premiere")[0])
    before = path.read_bytes()
    report = render(path, singer.folder / "one.mp4", size=singer.size)
    assert path.read_bytes() == before
    assert f"{path} is no .otio of idolsync's and stays as it is" in " ".join(report.warnings)


def test_a_provider_that_fails_leaves_the_face_and_needs_a_person(singer, monkeypatch) -> None:
    def fails(*_args, **_kwargs) -> None:
        raise LipsyncError("the provider hung")

    monkeypatch.setattr(singing, "run_job", fails)
    report, movie = movie_of(singer)
    assert report.needs_a_person
    assert any("S002 shows a face that does not sing: the provider hung" in w
               for w in report.warnings)  # fmt: skip
    assert np.abs(np.diff(mouths(movie, 12, 24), axis=0)).max() < 12
    assert not list((singer.folder / "cache" / "lipsync").rglob("*.mov"))


def test_an_unknown_provider_is_named(singer, sung: Path) -> None:
    singer.picture[1].metadata["idolsync"]["lipsync"]["provider"] = "oracle"
    report, _ = movie_of(singer, sung)
    assert report.needs_a_person
    assert any("lip-sync provider 'oracle' is not installed" in w for w in report.warnings)


def test_nothing_sings_to_a_song_that_was_moved(singer, sung: Path) -> None:
    singer.sound.insert(0, otio.schema.Gap(source_range=TR(RT(0, 24), RT(6, 24))))
    report, _ = movie_of(singer, sung)
    assert report.needs_a_person
    assert any("the song lies 6 frames late" in w for w in report.warnings)


def test_the_last_shot_sings_though_the_song_does_not_last_whole_frames(singer, sung: Path) -> None:
    singer.sound.clear()
    singer.song(3.02)
    del singer.picture[2]
    singer.picture[1].source_range = TR(RT(100, 24), RT(61, 24))
    report, _ = movie_of(singer, sung)
    assert (report.frames, report.unsung) == (73, ())
    assert report.shots[-1].action == "regenerated"


def test_a_dry_run_generates_nothing(singer) -> None:
    report, movie = movie_of(singer, dry_run=True)
    assert not movie.exists()
    assert not (singer.folder / "cache" / "lipsync").exists()
    assert any("S002 would be generated: it was never generated" in w for w in report.warnings)
