"""A movie is as large as the edit says, whatever the size of what lies in it."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from otio_idolsync.cut.locate import Locator
from otio_idolsync.interchange.fcpxml import read_fcpxml
from otio_idolsync.interchange.xmeml import read_xmeml
from otio_idolsync.rendering.conform import conform

RATE = "<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>"


def xmeml(source: Path, size: str) -> otio.schema.Timeline:
    shown = (
        f"<clipitem id='c'><name>a</name>{RATE}<start>0</start><end>10</end><in>0</in><out>10</out>"
        f"<file id='f'><name>a</name><pathurl>{source.as_uri()}</pathurl></file></clipitem>"
    )
    sides = "<width>{}</width><height>{}</height>".format(*size.split("x")) if size else ""
    look = f"<format><samplecharacteristics>{RATE}{sides}</samplecharacteristics></format>"
    return read_xmeml(
        f"<xmeml version='4'><sequence><name>s</name>{RATE}<media><video>{look}<track>{shown}"
        "</track></video></media></sequence></xmeml>"
    )


def fcpxml(source: Path, size: str) -> otio.schema.Timeline:
    sides = 'width="{}" height="{}"'.format(*size.split("x")) if size else ""
    asset = f'<asset id="r2" name="a" src="{source.as_uri()}" duration="2s" hasVideo="1"/>'
    return read_fcpxml(
        f'<fcpxml version="1.10"><resources><format id="r1" frameDuration="1/24s" {sides}/>{asset}'
        '</resources><project name="p"><sequence format="r1"><spine><asset-clip ref="r2" '
        'offset="0s" duration="10/24s"/></spine></sequence></project></fcpxml>'
    )


@pytest.mark.parametrize("edit", [xmeml, fcpxml])
@pytest.mark.parametrize(
    ("size", "asked", "shown"),
    [
        ("96x54", None, (96, 54)),
        ("54x96", None, (54, 96)),
        ("96x53", None, (96, 54)),
        ("96x54", (64, 64), (64, 64)),
        ("", None, (160, 90)),
    ],
)
def test_the_edits_own_size_counts_unless_another_is_asked_for(
    tmp_path: Path, coded, edit, size, asked, shown
):
    source = coded.clip(tmp_path / "a.mov", frames=12)
    plan = conform(edit(source, size), Locator(tmp_path), asked)
    assert (plan.output.width, plan.output.height) == shown
    assert any("96x53 is odd" in said for said in plan.warnings) == (size == "96x53")


@pytest.mark.parametrize("edit", [xmeml, fcpxml])
def test_what_was_planned_counts_before_the_editors_size(tmp_path: Path, coded, edit):
    timeline = edit(coded.clip(tmp_path / "a.mov", frames=12), "96x54")
    timeline.metadata["idolsync"] = {"settings": {"rate": "24", "size": [64, 36]}}
    plan = conform(timeline, Locator(tmp_path))
    assert (plan.output.width, plan.output.height) == (64, 36)


def test_an_empty_first_track_is_not_v1(tmp_path: Path, coded):
    timeline = xmeml(coded.clip(tmp_path / "a.mov", frames=12), "96x54")
    timeline.tracks.insert(0, otio.schema.Track("V1", kind="Video"))
    plan = conform(timeline, Locator(tmp_path))
    assert [(job.shot_id, job.frames) for job in plan.jobs] == [("a", 10)]
