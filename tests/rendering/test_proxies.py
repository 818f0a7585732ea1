"""A cut over proxies is the cut over its media, smaller."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync import export, render, resync
from otio_idolsync.cli import main
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import OutputError, RenderError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.proxies import write_proxies

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
LARGE = (320, 180)


@pytest.fixture
def large(project):
    """Shots of three kinds of clips of one size, in a cut of that size."""
    block = {"schema": "idolsync.timeline/1", "settings": {"size": list(LARGE)}}
    project.timeline.metadata["idolsync"] = block
    timecode = {"rate": "30000/1001", "timecode": "01:00:00;00"}
    for name, made in (("a.mp4", {}), ("b.mov", timecode), ("c.ts", {"rate": 25})):
        project.shot(project.media(name, frames=60, size=LARGE, **made), 7, 12)
    project.picture[1].media_reference.available_range = None
    return project


def offline(project, **options):
    output = project.folder / "offline.otio"
    done = write_proxies(project.save(), output, cache=project.folder / "cache", **options)
    return output, {source.name: proxy for source, proxy in done.made}


def test_a_proxy_has_its_sources_frames_and_timecode_at_half_its_size(large):
    _, made = offline(large)
    assert [path.name for path in made.values()] == ["a_Proxy.mov", "b_Proxy.mov", "c_Proxy.mov"]
    for name, proxy in made.items():
        source, small = probe(large.folder / name), probe(proxy)
        assert (small.rate, small.frames) == (source.rate, source.frames)
        assert small.start_frame == source.start_frame
        assert (small.width, small.height) == (160, 90)
        assert large.coded.numbers(proxy) == list(range(60))


def test_a_proxys_sound_lies_where_its_sources_does(project):
    clip = project.folder / project.media("a.mp4")
    samples = project.song(1.0)
    joined = [find_ffmpeg()[0], "-v", "error", "-i", clip, "-itsoffset", "0.25", "-i",
              project.folder / "song.wav", "-c:v", "copy", "-c:a", "pcm_s16le"]  # fmt: skip
    subprocess.run([*joined, project.folder / "heard.mov"], check=True)
    project.shot("heard.mov", 0, 12)
    _, made = offline(project)
    with av.open(str(made["heard.mov"])) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    heard = np.concatenate(blocks, axis=1).reshape(-1, 2)
    assert not heard[:11025].any()
    assert np.array_equal(heard[11025:], samples)


def test_the_cut_over_proxies_shows_the_same_frames_at_the_same_places(large):
    large.picture[0].effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    output, _ = offline(large)
    movies = []
    for cut in (large.save(), output):
        movie = large.folder / f"{cut.stem}.mp4"
        render(cut, movie, cache=large.folder / "cache")
        movies.append(movie)
    assert [probe(movie).width for movie in movies] == [320, 160]
    assert large.coded.numbers(movies[0]) == large.coded.numbers(movies[1])


def test_resync_finds_the_media_again(large):
    for index, clip in enumerate(large.picture):
        clip.metadata["idolsync"] = {"schema": "idolsync.clip/1", "shot_id": f"S00{index}"}
    large.song(2.0)
    output, made = offline(large)
    edited = large.folder / "edited.xml"
    export(output, edited, "resolve")
    assert all(path.name in edited.read_text() for path in made.values())
    done = resync(edited, large.folder / "cut.otio", output=large.folder / "next.otio")
    assert {report.change for report in done.comparison.shots} == {"kept"}
    found = [clip.media_reference.target_url for clip in done.timeline.video_tracks()[0]]
    assert found == ["a.mp4", "b.mov", "c.ts"]


def test_media_of_one_name_have_proxies_of_their_own(project):
    for folder, frames in (("one", 10), ("two", 20)):
        project.shot(project.media(f"{folder}/a.mp4", frames=frames), 0, 8)
    output, _ = offline(project)
    urls = [clip.media_reference.target_url for clip in read_timeline(output).find_clips()]
    assert urls == ["offline.proxies/a_Proxy.mov", "offline.proxies/2/a_Proxy.mov"]
    assert [probe(project.folder / url).frames for url in urls] == [10, 20]


def test_stills_and_image_sequences_get_smaller_too(project):
    picture = Image.fromarray(project.coded.picture(5, LARGE))
    picture.save(project.folder / "still.png")
    (project.folder / "run").mkdir()
    for number in range(3):
        picture.convert("P").save(project.folder / "run" / f"r.{number:04d}.png")
    project.shot("still.png", 0, 6)
    clip = project.shot(None, 0, 3)
    span = TR(RT(0, 24), RT(3, 24))
    clip.media_reference = otio.schema.ImageSequenceReference(
        "run/", "r.", ".png", 0, rate=24, frame_zero_padding=4, available_range=span
    )
    output, made = offline(project)
    small = [probe(path) for path in (made["still.png"], *made["run"].iterdir())]
    assert [(info.width, info.height) for info in small] == [(160, 90)] * 4
    movie = project.folder / "small.mp4"
    report = render(output, movie, cache=project.folder / "cache")
    assert (report.frames, project.coded.numbers(movie)) == (9, [5] * 9)


def test_all_missing_media_are_named_and_nothing_is_written(project):
    for name in ("gone.mov", "lost.mov"):
        project.shot(name, 0, 4)
    with pytest.raises(RenderError, match=r"2 media cannot be used .*gone.mov.*lost.mov"):
        offline(project)
    assert {path.name for path in project.folder.iterdir()} <= {"cut.otio", "cache"}


def test_a_proxy_that_somebody_else_made_is_not_replaced(project):
    project.shot(project.media("a.mp4", frames=8), 0, 4)
    folder = project.folder / "offline.proxies"
    folder.mkdir()
    (folder / "a_Proxy.mov").write_text("made by a camera")
    with pytest.raises(OutputError, match=r"a_Proxy.mov was not written by idolsync"):
        offline(project)


def test_the_command_says_what_it_wrote(project, capsys):
    project.shot(project.media("a.mp4", frames=8, size=LARGE), 0, 4)
    output = project.folder / "small.otio"
    with pytest.raises(SystemExit) as ended:
        main(["proxies", str(project.save()), "-o", str(output), "--scale", "1/4", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    (made,) = told["proxies"]
    assert made["proxy"] == str(project.folder / "small.proxies" / "a_Proxy.mov")
    assert probe(made["proxy"]).seconds == Fraction(1, 3)
    assert probe(made["proxy"]).width == 80
