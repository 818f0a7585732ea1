"""A Final Cut file in which one clip is broken says so, and the other shots are what they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from otio_idolsync.cut.read import read_cut, read_timeline
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.resync.run import ResyncReport, resync

from .conftest import Desk

Break = Callable[[Any], None]


def edited(desk: Desk, fault: Break, at: int) -> ResyncReport:
    root = etree.fromstring(write_fcpxml(read_timeline(desk.plan))[0].encode())
    fault(root.findall(".//spine/*")[at])
    path = desk.folder / "broken.fcpxml"
    path.write_bytes(etree.tostring(root))
    return resync(path, desk.plan)


def without_duration(clip: Any) -> None:
    del clip.attrib["duration"]


def of_an_unknown_kind(clip: Any) -> None:
    clip.tag = "clip-of-next-year"


def in_a_storyline_of_its_own(clip: Any) -> None:
    line = etree.Element("spine")
    clip.getparent().replace(clip, line)
    line.append(clip)


def far_too_long(clip: Any) -> None:
    clip.set("duration", "7777s")


def a_compound_clip_of_nothing(clip: Any) -> None:
    clip.tag = "ref-clip"
    clip.set("ref", "r99")


@pytest.mark.parametrize("at", [0, 3, -1])
@pytest.mark.parametrize("fault", [without_duration, of_an_unknown_kind, in_a_storyline_of_its_own])
def test_what_the_file_still_tells_of_a_broken_clip_is_read(
    desk: Desk, fault: Break, at: int
) -> None:
    done = edited(desk, fault, at)
    assert {shot.change for shot in done.comparison.shots} == {"kept"}
    assert not done.needs_a_person


@pytest.mark.parametrize("at", [0, 3])
def test_a_clip_that_reaches_over_the_next_ends_there_and_is_named(desk: Desk, at: int) -> None:
    done = edited(desk, far_too_long, at)
    assert {shot.change for shot in done.comparison.shots} == {"kept"}
    (said,) = done.conflicts
    assert (said.kind, done.needs_a_person) == ("file", True)
    frames = done.comparison.before.items[at].frames
    assert f"begins {frames} frames after it: it is taken to end there" in said.text


def test_a_compound_clip_that_refers_to_nothing_is_named(desk: Desk) -> None:
    done = edited(desk, a_compound_clip_of_nothing, 3)
    assert done.needs_a_person
    said = [conflict.text for conflict in done.conflicts if conflict.kind == "file"]
    assert len(said) == 1
    assert "refers to 'r99', which is none of the file" in said[0]
    assert said[0] not in done.losses


def test_a_cut_within_a_compound_clip_that_is_gone_is_no_cut_with_all_shots_deleted(
    desk: Desk,
) -> None:
    root = etree.fromstring(write_fcpxml(read_timeline(desk.plan))[0].encode())
    spine = root.find(".//spine")
    length = root.find(".//sequence").get("duration")
    offset = spine[0].get("offset")
    spine[:] = [etree.Element("ref-clip", ref="r99", offset=offset, duration=length, name="all")]
    path = desk.folder / "hollow.fcpxml"
    path.write_bytes(etree.tostring(root))
    done = resync(path, desk.plan)
    assert done.needs_a_person
    assert any("compound clip 'all' refers to 'r99'" in each.text for each in done.conflicts)


def test_what_a_reader_doubts_is_of_the_file_and_not_of_the_cut(desk: Desk) -> None:
    edited(desk, far_too_long, 2)
    held = read_cut(desk.folder / "broken.fcpxml")
    assert len(held.doubts) == 1
    assert held.doubts[0] in held.notes
    assert held.doubts[0].startswith(str(desk.folder / "broken.fcpxml"))
    assert "doubts" not in held.timeline().metadata["fcpx_xml"]
