"""A clip at another speed shows the same frames after a trip through an editor's format."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

_OURS = re.compile(r"<metadata><key>otio-idolsync</key>.*?</metadata>|<note>.*?</note>", re.DOTALL)


@pytest.mark.parametrize("scalar", [-1.0, -2.0, -0.5])
def test_a_reverse_read_back_renders_the_frames_of_the_native_timeline(project, scalar):
    url = project.media("a.mp4", frames=120)
    project.shot(url, 7, 20)
    project.shot(url, 15, 40).effects.append(otio.schema.LinearTimeWarp("", time_scalar=scalar))
    for clip in project.picture:
        clip.media_reference.target_url = (project.folder / url).as_uri()
        clip.media_reference.available_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(120, 24)
        )
    options = {"size": project.size, "cache": project.folder / "cache"}
    native = project.folder / "native.mp4"
    render(project.save(), native, **options)
    wanted = project.coded.numbers(native)
    assert wanted[:20] == [*range(7, 27)]
    assert wanted[20:] == [15 + int(k * -scalar) for k in range(40)][::-1]
    for way in ("premiere", "resolve", "fcpxml"):
        if way == "fcpxml":
            timeline = read_fcpxml(_OURS.sub("", write_fcpxml(project.timeline)[0]))
        else:
            timeline = read_xmeml(_OURS.sub("", write_xmeml(project.timeline, way)[0]))
        for clip in timeline.find_clips():
            there = Path(unquote(urlsplit(clip.media_reference.target_url).path))
            assert there == project.folder / url
        project.timeline = timeline
        movie = project.folder / f"{way}.mp4"
        report = render(project.save(f"{way}.otio"), movie, **options)
        assert project.coded.numbers(movie) == wanted, way
        assert not [said for said in report.warnings if "backwards" in said]


def test_a_speed_ramp_is_rendered_at_its_mean_speed_and_named(project):
    url = project.media("a.mp4", frames=120)
    warp = otio.schema.LinearTimeWarp("speed ramp", 2.0, {"fcpx_xml": {"ramp": True}})
    project.shot(url, 7, 20).effects.append(warp)
    movie = project.folder / "movie.mp4"
    options = {"size": project.size, "cache": project.folder / "cache"}
    report = render(project.save(), movie, **options)
    assert project.coded.numbers(movie) == [*range(7, 47, 2)]
    assert [said for said in report.left_out if "mean speed" in said]
