"""The song is heard from its first decoded sample, and from the stream that the plan heard."""

from __future__ import annotations

import subprocess

import av
import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import plan, render
from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.cut.song_file import song_file_of
from otio_idolsync.errors import MediaError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import decode_song, open_song
from otio_idolsync.rendering.soundtrack import stored_sound
from otio_idolsync.report.check import check

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def ffmpeg(*words) -> None:
    subprocess.run([find_ffmpeg()[0], "-v", "error", "-y", *map(str, words)], check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, beat_song):
    """A song whose sound starts .5 s after its picture, in three kinds of file, and two in one."""
    made = tmp_path_factory.mktemp("late")
    for name in ("late.mp4", "late.ts", "late.mkv"):
        picture = ("-f", "lavfi", "-i", "color=gray:s=64x36:d=6", "-itsoffset", "0.5")
        codecs = ("-c:v", "mpeg4", "-c:a", "aac", "-t", "6")
        ffmpeg(*picture, "-i", beat_song, *codecs, made / name)
    both = ("-f", "lavfi", "-i", "anoisesrc=d=6:a=0.1:r=22050", "-i", beat_song, "-t", "6")
    maps = ("-map", "0", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1", "default")
    ffmpeg(*both, *maps, "-c:a", "flac", made / "two.mka")
    return made


def cut_of(song, to, **asked):
    write_sheet_files(plan(song, size="64x36", **asked).sheet, to)
    return to


def heard(movie) -> np.ndarray:
    """A movie's sound from its first picture on."""
    with av.open(str(movie)) as container:
        sound, picture = container.streams.audio[0], container.streams.video[0]
        late = sound.start_time * sound.time_base - picture.start_time * picture.time_base
    samples = decode_song(open_song(movie)).mean(axis=1)
    return np.pad(samples, (round(late * sound.codec_context.sample_rate), 0))


def rendered(cut, **how) -> np.ndarray:
    movie = cut.with_suffix(".mov")
    render(cut, movie, audio_codec="pcm", cache=cut.parent / "cache", **how)
    return heard(movie)


@pytest.mark.parametrize("name", ["late.mp4", "late.ts", "late.mkv"])
def test_a_song_that_starts_late_in_its_file_is_heard_on_its_cuts(name, folder, tmp_path):
    cut = cut_of(folder / name, tmp_path / "cut.otio")
    own = decode_song(open_song(folder / name)).mean(axis=1)
    got = rendered(cut)
    assert len(got) == len(own)
    assert np.abs(got - own).max() < 1e-3
    report = check(cut, cut.with_suffix(".mov"))
    assert not [f for f in report.findings if f.kind != "placeholder"]


def test_a_range_of_a_late_song_begins_at_its_own_second(folder, tmp_path):
    got = rendered(cut_of(folder / "late.mp4", tmp_path / "cut.otio"), start="2.0s", end="3.0s")
    own = decode_song(open_song(folder / "late.mp4")).mean(axis=1)
    assert np.abs(got[:20000] - own[2 * 22050 :][:20000]).max() < 1e-3


def test_the_own_sound_of_a_shot_stays_beside_its_picture(folder, tmp_path):
    """The same file is the song on A1 and a camera's sound on A2, where the picture starts it."""
    song = folder / "late.mp4"
    cut = cut_of(song, tmp_path / "cut.otio")
    timeline = read_timeline(cut)
    camera = timeline.audio_tracks()[0][0].deepcopy()
    del camera.metadata["idolsync"]
    second = otio.schema.Track("A2", kind="Audio")
    second.append(camera)
    timeline.tracks.append(second)
    otio.adapters.write_to_file(timeline, str(cut))
    own = decode_song(open_song(song)).mean(axis=1)
    late = round(stored_sound(song).delay * 22050)
    assert late > 0.4 * 22050
    wanted = np.pad(own, (0, late)) + np.pad(own, (late, 0))
    whole = len(own) - 22050 // 24  # the camera's clip ends with the last whole frame
    assert np.abs(rendered(cut)[:whole] - wanted[:whole]).max() < 1e-3


def test_plan_and_render_hear_the_default_of_two_streams(folder, tmp_path):
    planned = plan(folder / "two.mka", size="64x36")
    assert any("two.mka has 2 sound streams: stream 1 is heard" in w for w in planned.warnings)
    cut = cut_of(folder / "two.mka", tmp_path / "cut.otio")
    own = decode_song(open_song(folder / "two.mka", 1)).mean(axis=1)
    assert np.array_equal(rendered(cut), own)
    assert song_file_of(read_timeline(cut)).noted == 1


def test_the_stream_of_the_plan_is_heard_by_all_later_commands(folder, tmp_path):
    cut = cut_of(folder / "two.mka", tmp_path / "cut.otio", audio_stream=0)
    own = decode_song(open_song(folder / "two.mka", 0)).mean(axis=1)
    assert np.array_equal(rendered(cut), own)
    report = check(cut, cut.with_suffix(".mov"))
    assert not [f for f in report.findings if f.kind != "placeholder"]
    assert not [w for w in report.warnings if "sound streams" in w]
    sheet = cut.with_suffix(".idolsync")
    assert song_file_of(read_timeline(sheet)).noted == 0


def test_a_choice_that_nobody_noted_is_named(project):
    project.shot(project.media("a.mp4"), 0, 24)
    project.song(2.0)
    song = project.folder / "song.wav"
    ffmpeg("-i", song, "-i", song, "-map", "0", "-map", "1", project.folder / "two.mka")
    project.sound[0].media_reference.target_url = "two.mka"
    movie = project.folder / "movie.mp4"
    report = render(project.save(), movie, size=project.size, cache=project.folder / "cache")
    assert report.warnings == ("two.mka has 2 sound streams: stream 0 is heard, counted from 0",)
    asked = {"size": project.size, "cache": project.folder / "cache"}
    assert render(project.save(), movie, audio_stream=1, **asked).warnings == ()
    with pytest.raises(MediaError, match="has sound streams 0 to 1; there is no stream 2"):
        render(project.save(), movie, audio_stream=2, **asked)
