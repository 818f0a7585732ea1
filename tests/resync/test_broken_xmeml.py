"""An xmeml file in which one item is broken says so, and the other shots are what they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.cut.read import read_timeline
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml
from otio_idolsync.resync.run import ResyncReport, resync

from .conftest import Desk

Break = Callable[[Any], None]


def edited(desk: Desk, fault: Break) -> ResyncReport:
    root = etree.fromstring(write_xmeml(read_timeline(desk.plan))[0].encode())
    fault(root.findall(".//video/track/clipitem")[3])
    path = desk.folder / "broken.xml"
    path.write_bytes(etree.tostring(root))
    return resync(path, desk.plan)


def nests_nothing(item: Any) -> None:
    item.replace(item.find("file"), etree.Element("sequence", id="sequence-77"))


def of_an_unknown_kind(item: Any) -> None:
    item.tag = "clipofnextyear"


def empty(item: Any) -> None:
    item[:] = []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (nests_nothing, "refers to sequence 'sequence-77', which is none of the file"),
        (of_an_unknown_kind, "is a <clipofnextyear>, which is not known, and left out"),
        (empty, "item 'clipitem-4' is empty"),
    ],
)
def test_an_item_of_which_nobody_knows_what_it_shows_is_named(
    desk: Desk, fault: Break, sentence: str
) -> None:
    done = edited(desk, fault)
    assert done.needs_a_person
    (said,) = (conflict.text for conflict in done.conflicts if conflict.kind == "file")
    assert sentence in said
    others = {shot.change for n, shot in enumerate(done.comparison.shots) if n != 3}
    assert others == {"kept"}


def test_an_in_point_that_is_missing_follows_from_the_out_point(desk: Desk) -> None:
    done = edited(desk, lambda item: item.remove(item.find("in")))
    assert {shot.change for shot in done.comparison.shots} == {"kept"}
    assert not done.needs_a_person


def test_doubts_about_a_file_are_written_into_no_other(desk: Desk) -> None:
    edited(desk, empty)
    timeline = read_xmeml(desk.folder / "broken.xml")
    assert isinstance(timeline, otio.schema.Timeline)
    assert list(timeline.metadata["fcp_xml"]["doubts"]) == ["item 'clipitem-4' is empty"]
    assert "<doubts" not in write_xmeml(timeline)[0]
