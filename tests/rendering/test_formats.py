"""Other codecs, drafts, ranges, burn-ins and reframes show the same frames; dry runs say why."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync import render
from otio_idolsync.errors import UsageError
from otio_idolsync.media.ffmpeg import run_graph
from otio_idolsync.rendering.burn_in import burned

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def rendered(project, name="movie.mp4", **options):
    movie = project.folder / name
    options = {"size": project.size, "cache": project.folder / "cache"} | options
    return movie, render(project.save(), movie, **options)


def two_shots(project):
    clip = project.media("a.mp4", frames=60)
    project.shot(clip, 10, 20, shot_id="S001")
    project.shot(clip, 40, 1, shot_id="S002")
    project.shot(clip, 3, 15, shot_id="S003")
    return [*range(10, 30), 40, *range(3, 18)]


@pytest.mark.parametrize(
    ("codec", "name", "pixels"),
    [
        ("hevc", "m.mp4", "yuv420p"),
        ("hevc", "m.mkv", "yuv420p"),
        ("prores", "m.mov", "yuv422p10le"),
        ("ffv1", "m.mkv", "yuv420p"),
    ],
)
def test_every_codec_shows_every_frame_in_its_colours(project, codec, name, pixels):
    wanted = two_shots(project)
    project.song()
    movie, _report = rendered(project, name, video_codec=codec)
    assert project.coded.numbers(movie) == wanted
    with av.open(str(movie)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert context.pix_fmt == pixels
        assert context.codec.canonical_name == codec
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert stream.average_rate == 24
        if codec == "hevc" and name.endswith("mp4"):
            assert context.codec_tag == "hvc1"
    assert {shot.action for shot in rendered(project, name, video_codec=codec)[1].shots} == {
        "reused"
    }


def test_the_lossless_intermediate_is_the_picture_that_was_made(project):
    project.shot(project.media("a.mp4"), 0, 5)
    first, _ = rendered(project, "a.mkv", video_codec="ffv1")
    (project.folder / "b").mkdir()
    intermediate = otio.schema.ExternalReference("a.mkv", TR(RT(0, 24), RT(5, 24)))
    project.picture[0].media_reference = intermediate
    second, _ = rendered(project, "b/b.mkv", video_codec="ffv1")
    with av.open(str(first)) as one, av.open(str(second)) as two:
        for left, right in zip(one.decode(video=0), two.decode(video=0), strict=True):
            assert np.array_equal(left.to_ndarray(), right.to_ndarray())


@pytest.mark.parametrize(
    ("options", "name", "sentence"),
    [
        ({"video_codec": "prores"}, "m.mp4", "end the output in .mov"),
        ({"video_codec": "ffv1"}, "m.mov", "end the output in .mkv"),
        ({"video_codec": "av2"}, "m.mp4", "none of h264"),
        ({"video_codec": "hevc", "draft": True}, "m.mp4", "a draft is H.264"),
        ({"loudness": "-14"}, "m.mp4", "write for example -14LUFS"),
        ({"loudness": "3LUFS"}, "m.mp4", "outside -40 to -5"),
        ({"burn_in": "logo"}, "m.mp4", "burn-in 'logo'"),
        ({"start": "12.3"}, "m.mp4", "has no unit"),
        ({"start": "bar3"}, "m.mp4", "no grid"),
        ({"start": "30f", "end": "30f"}, "m.mp4", "nothing lies"),
        ({"start": "900f"}, "m.mp4", "nothing lies"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_sentence(project, options, name, sentence):
    two_shots(project)
    with pytest.raises(UsageError, match=sentence):
        rendered(project, name, **options)
    assert not (project.folder / name).exists()


def test_a_draft_is_half_as_large_and_shows_the_same_frames(project):
    wanted = two_shots(project)
    movie, _ = rendered(project, size="320x180", draft=True)
    with av.open(str(movie)) as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height) == (160, 90)
    assert project.coded.numbers(movie) == wanted


def test_a_range_has_its_frames_and_its_samples(project):
    wanted = two_shots(project)
    song = project.song()
    movie, report = rendered(project, "m.mov", start="7f", end="25f", audio_codec="pcm")
    assert report.frames == 18
    assert project.coded.numbers(movie) == wanted[7:25]
    assert not report.audio.bit_exact
    # a tie goes to the later sample: 12862.5
    begin, end = (int(Fraction(frame, 24) * 44100 + Fraction(1, 2)) for frame in (7, 25))
    assert np.array_equal(sound_of(movie), song[begin:end])


def test_loudness_is_brought_to_what_is_asked_and_never_over_full_scale(project):
    two_shots(project)
    song = project.song(3.0).astype(float)
    movie, report = rendered(project, "m.mov", loudness="-30LUFS", audio_codec="pcm")
    assert not report.audio.bit_exact
    (said,) = [warning for warning in report.warnings if "LUFS" in warning]
    gain_db = float(said.split("changed by ")[1].split(" dB")[0])
    assert gain_db < -5
    assert np.abs(sound_of(movie) - song * 10 ** (gain_db / 20)).max() < 0.01 * song.max() + 1
    _movie, report = rendered(project, "loud.mov", loudness="-5LUFS", audio_codec="pcm")
    assert any("its peaks would need a limiter" in warning for warning in report.warnings)
    assert np.abs(sound_of(_movie).astype(int)).max() < 32767
    movie, report = rendered(project, "as it is.mov", audio_codec="pcm")
    assert report.audio.bit_exact
    assert np.array_equal(sound_of(movie), song)


def test_otioconvert_takes_the_same_arguments(project):
    wanted = two_shots(project)
    movie = project.folder / "m.mov"
    arguments = {"video_codec": "prores", "start": "2f", "end": "9f", "size": "160x90"}
    arguments |= {"media_root": str(project.folder), "cache": str(project.folder / "c")}
    with pytest.warns(UserWarning, match="no sound"):
        otio.adapters.write_to_file(
            project.timeline, str(movie), adapter_name="idolsync_conform", **arguments
        )
    assert project.coded.numbers(movie) == wanted[2:9]


def test_a_range_to_the_end_keeps_the_whole_end_of_the_song(project):
    two_shots(project)
    song = project.song(3.0)
    movie, report = rendered(project, "m.mov", start="0.5s", audio_codec="pcm")
    assert report.frames == 24
    assert np.array_equal(sound_of(movie), song[22050:])


def sound_of(movie: Path) -> np.ndarray:
    graph = ffmpeg.input(str(movie)).audio.output("pipe:", format="s16le", ac=2, ar=44100)
    return np.frombuffer(run_graph(graph, "decode"), "<i2").reshape(-1, 2)


def test_a_range_is_found_by_bars(project):
    wanted = two_shots(project)
    grid = {"beats": [k / 2 for k in range(4)], "beat_numbers": [1, 2, 1, 2]}
    project.timeline.metadata["idolsync"] = {"schema": "idolsync.timeline/1", "grid": grid}
    movie, _ = rendered(project, start="bar1.2", end="bar2")
    assert project.coded.numbers(movie) == wanted[12:24]


def test_a_burn_in_runs_with_the_timeline_and_leaves_the_rest_alone(project):
    wanted = two_shots(project)
    plain, _ = rendered(project, size="640x360")
    movie, report = rendered(project, "b.mp4", size="640x360", burn_in="timecode,shot")
    assert {shot.action for shot in report.shots} == {"encoded"}
    assert project.coded.numbers(movie) == wanted
    with av.open(str(plain)) as one, av.open(str(movie)) as two:
        pairs = list(zip(one.decode(video=0), two.decode(video=0), strict=True))
    strips = []
    for left, right in pairs:
        before, after = (f.to_ndarray(format="gray").astype(int) for f in (left, right))
        assert np.abs(before - after)[:290].mean() < 1
        strips.append(after[310:350, 30:300])
        assert strips[-1].max() > 200
    changes = [np.abs(a - b).mean() for a, b in itertools.pairwise(strips)]
    assert min(changes) > 0.3


def test_a_frame_that_stays_on_screen_gets_a_new_text_each_time():
    frame = av.VideoFrame(320, 180, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([90]) * plane.buffer_size)
    made = [f.to_ndarray() for f in burned([frame, frame], ["00:01", "00:02"])]
    assert not np.array_equal(made[0], made[1])
    assert (frame.to_ndarray() == 90).all()


@pytest.mark.parametrize("size", ["90x160", "100x100", "160x90"])
def test_filled_reframes_have_no_bars_and_show_the_middle(project, size):
    project.shot(project.media("a.mp4", size=(320, 180)), 0, 3)
    width, height = map(int, size.split("x"))
    movie, _ = rendered(project, size=size, fit="fill")
    with av.open(str(movie)) as container:
        for frame in container.decode(video=0):
            gray = frame.to_ndarray(format="gray")
            assert gray.shape == (height, width)
            # the coded clip is grey above and below its bars, wherever it is cut
            for edge in (gray[:4], gray[-4:], gray[: height // 4, :4], gray[: height // 4, -4:]):
                assert 75 < edge.mean() < 105


def why(report) -> list[str]:
    return [shot.why for shot in report.shots]


def test_a_dry_run_says_what_changed_of_each_shot(project):
    two_shots(project)
    assert set(why(rendered(project, dry_run=True)[1])) == {"it was never made for this cut"}
    rendered(project)
    assert why(rendered(project, dry_run=True)[1]) == ["", "", ""]
    project.picture[0].source_range = TR(RT(12, 24), RT(20, 24))
    project.picture[2].source_range = TR(RT(3, 24), RT(14, 24))
    said = why(rendered(project, dry_run=True)[1])
    assert said == [
        "its in-point is 0.500 s (was 0.417 s)", "", "its length is 14 frames (was 15)",
    ]  # fmt: skip
    assert "the picture is 320x180 (was 160x90)" in why(
        rendered(project, dry_run=True, size="320x180")[1]
    )


def test_a_dry_run_names_other_media_content_and_lost_objects(project):
    two_shots(project)
    _movie, report = rendered(project)
    project.media("a.mp4", frames=60, options={"crf": "30"})
    assert set(why(rendered(project, dry_run=True)[1])) == {"the content of its media changed"}
    rendered(project)
    (project.folder / "cache" / "shots").rename(project.folder / "gone")
    assert set(why(rendered(project, dry_run=True)[1])) == {
        "its file in the cache is gone or damaged"
    }
    assert report.to_json()["shots"][0]["why"] == "it was never made for this cut"


@pytest.mark.parametrize("name", ["p_%04d.png", "p_{:04d}.png", "p_####.png", "p_[0007-0030].png"])
def test_a_path_with_a_place_for_a_number_plays_as_a_sequence(project, name):
    for number in range(7, 31):
        path = project.folder / f"p_{number:04d}.png"
        Image.fromarray(project.coded.picture(number)).save(path)
    project.shot(name, 3, 12)
    project.song(0.5)
    movie, _report = rendered(project)
    assert project.coded.numbers(movie) == list(range(10, 22))
