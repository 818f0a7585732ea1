"""A rendered movie has exactly the frames and samples that the timeline asks for."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.errors import (
    IdolsyncError,
    MediaError,
    OutputError,
    RenderError,
    SourceError,
    UsageError,
)
from otio_idolsync.media.ffmpeg import run_graph
from otio_idolsync.rendering.make import Maker
from otio_idolsync.rendering.render import RenderReport

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"]


def rendered(project, name="movie.mp4", cache="cache", **options) -> tuple[Path, RenderReport]:
    movie = project.folder / name
    options = {"size": project.size} | options
    return movie, render(project.save(), movie, cache=project.folder / cache, **options)


def actions(report: RenderReport) -> list[str]:
    return [shot.action for shot in report.shots]


def sound_of(movie: Path, rate: int = 44100, channels: int = 2) -> np.ndarray:
    graph = ffmpeg.input(str(movie)).audio.output("pipe:", format="s16le", ac=channels, ar=rate)
    return np.frombuffer(run_graph(graph, "decode"), "<i2").reshape(-1, channels)


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_is_right_and_the_clock_is_constant(project_at, rate):
    project = project_at(rate)
    first = project.media("a.mp4", frames=60, rate=rate)
    second = project.media("b.mov", frames=60, rate=rate, timecode="01:00:00:00")
    project.shot(first, 10, 21)
    project.shot(second, 30, 1)
    project.shot(second, 3, 40)
    project.song()
    movie, report = rendered(project)
    assert report.frames == 62
    wanted = [*range(10, 31), 30, *range(3, 43)]
    assert project.coded.numbers(movie) == wanted
    with av.open(str(movie)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == Fraction(rate)
        stamps = sorted(p.pts for p in container.demux(stream) if p.pts is not None)
        step = 1 / Fraction(rate) / stream.time_base
        assert stamps == [k * step for k in range(62)]


def test_gaps_and_disabled_clips_are_black(project):
    clip = project.media("a.mp4")
    project.shot(clip, 0, 5)
    project.picture.append(otio.schema.Gap(source_range=TR(RT(0, 24), RT(4, 24))))
    project.shot(clip, 20, 3).enabled = False
    project.shot(clip, 30, 5)
    movie, report = rendered(project)
    with av.open(str(movie)) as container:
        means = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert [mean < 2 for mean in means] == [False] * 5 + [True] * 7 + [False] * 5
    assert report.audio.codec == "none"
    assert "the timeline has no sound" in report.warnings[0]


def test_mixed_rates_fall_on_frames_found_from_absolute_time(project):
    clip = project.media("a.mp4", frames=90, rate=30)
    for k in range(5):
        shot = project.shot(clip, 0, 0)
        shot.source_range = TR(RT(10 * k, 30), RT(13, 30))
    _movie, report = rendered(project)
    assert report.frames == round(5 * 13 / 30 * 24)


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "alac"), ("mov", "alac"), ("mov", "pcm"), ("mkv", "pcm")]
)
def test_lossless_sound_is_the_song_sample_for_sample(project, suffix, codec):
    project.shot(project.media("a.mp4"), 0, 24)
    song = project.song(2.3)
    movie, report = rendered(project, f"movie.{suffix}", audio_codec=codec)
    assert report.audio.codec == codec
    assert report.audio.bit_exact
    assert np.array_equal(sound_of(movie), song)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_aac_neither_lags_nor_is_cut_to_the_frames(project, suffix):
    project.shot(project.media("a.mp4"), 0, 24)
    song = project.song(3.0)
    movie, report = rendered(project, f"movie.{suffix}")
    got = sound_of(movie)
    assert report.audio.codec == "aac"
    assert not report.audio.bit_exact
    assert len(song) <= len(got) <= len(song) + 2048
    for at in (8000, len(song) - 12000):
        piece = song[at : at + 4096, 0].astype(float)
        around = got[at - 2048 : at + 4096 + 2048, 0].astype(float)
        assert int(np.argmax(np.correlate(around, piece))) == 2048


def test_a_rate_that_aac_lacks_is_resampled_and_named(project):
    project.shot(project.media("a.mp4"), 0, 24)
    project.song(1.5, 192000)
    movie, report = rendered(project)
    assert any("192000 Hz" in warning and "48000 Hz" in warning for warning in report.warnings)
    with av.open(str(movie)) as container:
        assert container.streams.audio[0].codec_context.sample_rate == 48000


def test_a_song_that_starts_later_and_elsewhere_sounds_there(project):
    project.shot(project.media("a.mp4"), 0, 48)
    song = project.song(3.0)
    clip = project.sound[0]
    clip.source_range = TR(RT(12, 24), RT(24, 24))
    project.sound.insert(0, otio.schema.Gap(source_range=TR(RT(0, 24), RT(12, 24))))
    movie, report = rendered(project, audio_codec="alac")
    got = sound_of(movie)
    assert not report.audio.bit_exact
    assert len(got) == 22050 + 44100
    assert not got[:22050].any()
    assert np.array_equal(got[22050:], song[22050 : 22050 + 44100])


def test_other_sound_and_pictures_are_named_not_dropped_in_silence(project):
    clip = project.media("a.mp4")
    shot = project.shot(clip, 0, 24)
    shot.effects.append(otio.schema.Effect("soft", "Gaussian Blur"))
    project.song()
    above = otio.schema.Track("titles", kind=otio.schema.TrackKind.Video)
    above.append(shot.deepcopy())
    voices = otio.schema.Track("voices", kind=otio.schema.TrackKind.Audio)
    voices.append(project.sound[0].deepcopy())
    project.timeline.tracks.extend([above, voices])
    project.picture.append(otio.schema.Transition("fade", "SMPTE_Dissolve", RT(2, 24), RT(2, 24)))
    project.shot(clip, 0, 24)
    _movie, report = rendered(project)
    said = "\n".join(report.warnings)
    for name in ("soft", "transition"):
        assert name in said


def test_speed_and_freeze_are_rendered(project):
    clip = project.media("a.mp4", frames=60)
    project.shot(clip, 10, 12).effects.append(otio.schema.LinearTimeWarp("fast", time_scalar=2.0))
    project.shot(clip, 33, 4).effects.append(otio.schema.FreezeFrame())
    movie, report = rendered(project)
    assert project.coded.numbers(movie) == [*range(10, 34, 2), 33, 33, 33, 33]
    assert not [warning for warning in report.warnings if "rendered" in warning]


def test_an_unchanged_timeline_encodes_nothing_and_a_moved_shot_is_free(project, monkeypatch):
    clip = project.media("a.mp4")
    os.utime(project.folder / clip, (1e9, 1e9))
    time.sleep(0.06)  # so that its change time is past, too
    for start in (0, 10, 20):
        project.shot(clip, start, 8)
    _movie, first = rendered(project)
    monkeypatch.setattr("otio_idolsync.media.known.probe", None)
    _movie, again = rendered(project)
    assert (actions(first), actions(again)) == (["encoded"] * 3, ["reused"] * 3)
    moved = project.picture[2].deepcopy()
    del project.picture[2]
    moved.name = "another name"
    project.picture.insert(0, moved)
    movie, report = rendered(project)
    assert actions(report) == ["reused"] * 3
    assert project.coded.numbers(movie) == [*range(20, 28), *range(8), *range(10, 18)]


def test_only_a_changed_shot_is_encoded_again(project):
    clip = project.media("a.mp4")
    for start in (0, 10, 20):
        project.shot(clip, start, 8)
    rendered(project)
    project.picture[1].source_range = TR(RT(11, 24), RT(8, 24))
    movie, report = rendered(project)
    assert actions(report) == ["reused", "encoded", "reused"]
    assert project.coded.numbers(movie) == [*range(8), *range(11, 19), *range(20, 28)]


def test_media_replaced_under_the_same_name_is_noticed(project):
    project.shot(project.media("a.mp4", frames=30), 5, 8)
    rendered(project)
    project.media("b.mp4", frames=40, options={"crf": "30"})
    (project.folder / "b.mp4").replace(project.folder / "a.mp4")
    _movie, report = rendered(project)
    assert actions(report) == ["encoded"]


def test_a_source_rewritten_in_place_under_its_old_date_is_shown_as_it_is_now(project):
    path = project.folder / project.media("a.mp4", frames=30)
    before = path.stat()
    time.sleep(0.06)  # so that what is found in it is noted
    project.shot("a.mp4", 0, 8)
    rendered(project)
    other = project.coded.clip(project.folder / "b.mp4", frames=20, options={"crf": "40"})
    pictures = other.read_bytes()
    assert len(pictures) < before.st_size
    with path.open("r+b") as file:
        file.write(pictures.ljust(before.st_size, b"\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    now = path.stat()
    assert (now.st_size, now.st_mtime_ns, now.st_ino) == (
        before.st_size, before.st_mtime_ns, before.st_ino,
    )  # fmt: skip
    _movie, report = rendered(project)
    assert actions(report) == ["encoded"]


def test_media_that_change_during_the_render_are_refused(project, monkeypatch):
    clip = project.media("a.mp4", frames=30)
    project.shot(clip, 5, 8, shot_id="S001")
    made = Maker._encode

    def touched(self, *arguments):
        with (project.folder / "a.mp4").open("ab") as file:
            file.write(b"\0")
        return made(self, *arguments)

    monkeypatch.setattr(Maker, "_encode", touched)
    with pytest.raises(RenderError, match=r"S001: .*a\.mp4 was changed or removed"):
        rendered(project)
    assert not list((project.folder / "cache" / "shots").rglob("*.mp4"))


def test_media_that_vanish_before_they_are_read_are_named(project, monkeypatch):
    project.shot(project.media("a.mp4", frames=30), 5, 8)
    monkeypatch.setattr(
        "otio_idolsync.rendering.render.plan_soundtrack",
        lambda *_: (project.folder / "a.mp4").unlink(),
    )
    project.song()
    with pytest.raises(MediaError, match=r"a\.mp4 cannot be read: No such file"):
        rendered(project)


@pytest.mark.parametrize("damage", ["flip", "cut", "no sidecar"])
def test_a_damaged_object_is_made_again(project, damage):
    clip = project.media("a.mp4")
    project.shot(clip, 0, 12)
    project.shot(clip, 20, 12)
    rendered(project)
    victim = sorted((project.folder / "cache" / "shots").rglob("*.mp4"))[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 255
    if damage == "no sidecar":
        victim.with_suffix(".json").unlink()
    else:
        victim.write_bytes(data if damage == "flip" else data[:-100])
    movie, report = rendered(project)
    assert sorted(actions(report)) == ["encoded", "reused"]
    assert project.coded.numbers(movie) == [*range(12), *range(20, 32)]


def test_the_same_shot_twice_is_encoded_once(project):
    clip = project.media("a.mp4")
    project.shot(clip, 4, 6)
    project.shot(clip, 4, 6)
    movie, report = rendered(project)
    assert actions(report) == ["encoded", "reused"]
    assert project.coded.numbers(movie) == [*range(4, 10)] * 2


def test_no_frame_of_a_finished_shot_stays_in_memory(project):
    clip = project.media("a.mp4", frames=60)
    for start in range(6):
        project.shot(clip, start, 6)
    gc.collect()
    gc.disable()
    try:
        rendered(project, jobs=1)
        held = [thing for thing in gc.get_objects() if type(thing) is av.VideoFrame]
    finally:
        gc.enable()
    assert len(held) <= 1


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(project):
    clip = project.media("a.mp4")
    project.shot(clip, 0, 6)
    project.song()
    rendered(project)
    project.shot(clip, 7, 6)
    movie, report = rendered(project, "other.mp4", dry_run=True)
    assert actions(report) == ["reused", "encoded"]
    assert not movie.exists()
    assert len(list((project.folder / "cache" / "shots").rglob("*.mp4"))) == 1


def test_all_missing_media_are_named_at_once(project):
    project.shot("gone/first.mov", 0, 6)
    project.shot(project.media("here.mp4"), 0, 6)
    project.shot("gone/second clip.mov", 0, 6)
    (project.folder / "broken.mp4").write_bytes(b"no video at all")
    project.shot("broken.mp4", 0, 6)
    with pytest.raises(RenderError) as caught:
        rendered(project)
    for name in ("first.mov", "second clip.mov", "broken.mp4"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (project.folder / "movie.mp4").exists()


def test_missing_media_become_slates_when_asked(project):
    project.shot("gone.mov", 0, 6, shot_id="S001")
    project.shot(project.media("here.mp4"), 3, 6)
    movie, report = rendered(project, missing="slate")
    assert actions(report) == ["slate", "encoded"]
    assert report.slates == ("S001",)
    assert report.needs_a_person
    assert any("S001" in warning and "gone.mov" in warning for warning in report.warnings)
    assert len(list(av.open(str(movie)).decode(video=0))) == 12


def damaged_clip(project) -> str:
    """A clip that is sound at its first frames, and noise from its middle on."""
    name = project.media("torn.mp4", frames=120, gop=24, container={"movflags": "faststart"})
    path = project.folder / name
    data = path.read_bytes()
    middle = len(data) * 2 // 3
    path.write_bytes(data[:middle] + bytes(len(data) - middle))
    return name


def test_a_clip_that_is_damaged_in_its_middle_is_named_and_finished_shots_stay(project):
    clip = project.media("a.mp4")
    project.shot(clip, 0, 6, shot_id="S001")
    project.shot(damaged_clip(project), 10, 100, shot_id="S002")
    said = r"S002: .*torn\.mp4 is damaged \d\.\d\d s after its first frame .*--missing slate"
    with pytest.raises(SourceError, match=said):
        rendered(project, jobs=1)
    assert not (project.folder / "movie.mp4").exists()
    assert len(list((project.folder / "cache" / "shots").rglob("*.mp4"))) == 1


def test_a_clip_that_is_damaged_in_its_middle_becomes_a_slate_when_asked(project):
    clip = project.media("a.mp4")
    project.shot(clip, 0, 6, shot_id="S001")
    project.picture.append(otio.schema.Transition("", "SMPTE_Dissolve", RT(2, 24), RT(2, 24)))
    project.shot(damaged_clip(project), 10, 100, shot_id="S002")
    project.shot(clip, 20, 6, shot_id="S003")
    movie, report = rendered(project, missing="slate")
    assert report.slates == ("S002",)
    assert report.needs_a_person
    assert actions(report) == ["encoded", "slate", "encoded"]
    assert any("S002 is a slate" in said and "torn.mp4" in said for said in report.warnings)
    with av.open(str(movie)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 112
    assert [project.coded.number(frame) for frame in frames[106:]] == [*range(20, 26)]
    _movie, again = rendered(project, missing="slate")
    assert actions(again) == ["reused"] * 3
    assert again.slates == ("S002",)


def test_faulty_pictures_of_a_damaged_clip_are_named(project):
    path = project.folder / project.media("torn.mkv", frames=120, gop=24)
    data = bytearray(path.read_bytes())
    data[len(data) * 2 // 5 : len(data) * 3 // 5] = bytes(len(data) * 3 // 5 - len(data) * 2 // 5)
    path.write_bytes(data)
    project.shot("torn.mkv", 20, 70, shot_id="S001")
    _movie, report = rendered(project)
    assert "torn.mkv is damaged in places; pictures of it are faulty" in report.warnings


def test_placeholders_are_slates_and_no_error(project):
    project.shot(None, 0, 6, shot_id="S001", role="placeholder")
    _movie, report = rendered(project)
    assert report.needs_a_person
    assert report.to_json()["shots"][0]["action"] == "slate"


def test_a_source_that_is_too_short_is_named(project):
    project.shot(project.media("short.mp4", frames=20), 10, 24, shot_id="S007")
    with pytest.raises(RenderError, match=r"S007 wants 24 frames of .*short\.mp4.*only 10"):
        rendered(project)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"name": "movie.avi"}, UsageError, "must end in .mp4, .mov, .mkv"),
        ({"name": "no/such/folder/movie.mp4"}, OutputError, "does not exist"),
        ({"audio_codec": "pcm"}, UsageError, "PCM"),
        ({"audio_codec": "mp3"}, UsageError, "none of aac"),
        ({"fit": "stretch"}, UsageError, "none of fit"),
        ({"size": "big"}, UsageError, "write 1920x1080"),
        ({"size": "0x0"}, UsageError, "outside 16"),
        ({"jobs": 0}, UsageError, "must be 1 or more"),
    ],
)
def test_wrong_arguments_are_one_sentence(project, options, error, said):
    project.shot(project.media("a.mp4"), 0, 6)
    project.song()
    with pytest.raises(error, match=said):
        rendered(project, **options)


def test_a_lost_song_is_named(project):
    project.shot(project.media("a.mp4"), 0, 6)
    project.song()
    (project.folder / "song.wav").unlink()
    with pytest.raises(IdolsyncError, match=r"song\.wav does not exist"):
        rendered(project)


def test_a_song_that_is_none_is_named(project):
    project.shot(project.media("a.mp4"), 0, 6)
    project.song()
    (project.folder / "song.wav").write_bytes(b"RIFF and nothing else")
    with pytest.raises(RenderError, match=r"song\.wav cannot be read as sound"):
        rendered(project)


def test_odd_sizes_become_even_and_are_named(project):
    project.shot(project.media("a.mp4"), 0, 6)
    movie, report = rendered(project, size="161x91")
    assert any("162x92" in warning for warning in report.warnings)
    with av.open(str(movie)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (162, 92)


def test_the_movie_says_that_it_is_bt709(project):
    project.shot(project.media("a.mp4"), 0, 6)
    movie, _report = rendered(project)
    with av.open(str(movie)) as container:
        codec = container.streams.video[0].codec_context
        told = (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range)
    assert told == (1, 1, 1, 1)


def test_a_full_disk_is_one_sentence_and_keeps_finished_shots(project):
    clip = project.media("a.mp4", frames=60)
    project.shot(clip, 0, 2)
    project.song(20.0)
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from otio_idolsync import render\n"
        "from otio_idolsync.errors import OutputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    render(sys.argv[1], sys.argv[2], cache=Path(sys.argv[3]), size='160x90')\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    cache = project.folder / "cache"
    arguments = [project.save(), project.folder / "movie.mp4", cache]
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("\n") == 1
    assert "cannot be written: File too large" in done.stdout
    assert done.stderr == ""
    assert not (project.folder / "movie.mp4").exists()
    assert not list((cache / "tmp").iterdir())
    assert not list(project.folder.glob(".idolsync-*"))
    _movie, report = rendered(project)
    assert actions(report) == ["reused"]


def test_ctrl_c_stops_soon_and_leaves_nothing_half_written(project):
    clip = project.media("a.mp4", frames=900)
    for start in range(0, 800, 40):
        project.shot(clip, start, 40)

    begun = threading.Event()

    def interrupt(stage: str, _share: float) -> None:
        if stage == "encoding shots" and not begun.is_set():
            begun.set()
            os.kill(os.getpid(), signal.SIGINT)

    # a test run in the background of a shell inherits a SIGINT that is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt, match=r"^\d+ of 20 shots are kept$"):
            rendered(project, progress=interrupt, jobs=1, size="640x360")
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (project.folder / "movie.mp4").exists()
    assert not list((project.folder / "cache" / "tmp").iterdir())
    kept = len(list((project.folder / "cache" / "shots").rglob("*.mp4")))
    assert 1 <= kept < 20
    _movie, report = rendered(project, size="640x360")
    assert actions(report).count("reused") == kept
