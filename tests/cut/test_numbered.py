"""Numbered pictures are known by whatever stands in their path for the number."""

from __future__ import annotations

from pathlib import Path

import pytest

from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.numbered import Numbered, images_at, numbered_in
from otio_idolsync.cut.url import local_path

PATTERNS = {
    "ffmpeg": "cg_%04d.png",
    "Python": "cg_{:04d}.png",
    "Python with a name": "cg_{frame:04}.png",
    "Nuke": "cg_####.png",
    "RV": "cg_@@@@.png",
    "After Effects": "cg_[####].png",
    "Resolve": "cg_[0998-1002].png",
    "Houdini": "cg_$F4.png",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five pictures that go from four digits on, and others that are none of them."""
    for number in range(998, 1003):
        (tmp_path / f"cg_{number:04d}.png").touch()
    for other in ("cg_0997.jpg", "cg_997.png", "cg_00998.png", "xcg_0998.png", "cg_1004.png"):
        (tmp_path / other).touch()
    return tmp_path


@pytest.mark.parametrize("name", PATTERNS.values(), ids=PATTERNS)
def test_every_programs_way_to_say_a_number_names_the_same_pictures(
    folder: Path, name: str
) -> None:
    found = images_at(folder / name)
    assert found is not None
    assert (found.prefix, found.suffix, found.padding) == ("cg_", ".png", 4)
    assert (found.first, found.count) == (998, 5)
    assert [found.path_of(k).exists() for k in range(5)] == [True] * 5


@pytest.mark.parametrize("name", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize("url", ["{folder}/{name}", "file://{folder}/{name}", "{name}"])
def test_the_pattern_comes_through_a_url_whole(folder: Path, name: str, url: str) -> None:
    assert Locator(folder).find(url.format(folder=folder, name=name)) == folder / name


def test_an_encoded_pattern_and_gstreamers_scheme_are_understood() -> None:
    assert local_path("file:///m/cg_%2504d.png") == Path("/m/cg_%04d.png")
    url = "imagesequence:///m/cg_%2504d.png?start-index=998&framerate=25/1"
    assert local_path(url) == Path("/m/cg_%04d.png")
    assert local_path("file:///m/%4dy.png") == Path("/m/My.png")


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("a.%d.png", Numbered("a.", ".png", 1)),
        ("s[1-2]_%03d.exr", Numbered("s[1-2]_", ".exr", 3)),
        ("take_[001-120].dpx", Numbered("take_", ".dpx", 3, 1, 120)),
        ("take_[9-2].dpx", None),
        ("take #1.mov", None),
        ("100%.mov", None),
        ("{id}.png", None),
        ("cg_1001.png", None),
    ],
)
def test_names_with_and_without_a_place_for_a_number(name: str, numbers: Numbered | None) -> None:
    assert numbered_in(name) == numbers


def test_pictures_that_a_range_names_and_the_folder_lacks_are_missed(folder: Path) -> None:
    found = images_at(folder / "cg_[0998-1010].png")
    assert found is not None
    assert found.count == 13
    assert images_at(folder / "gone_%04d.png") is None
    assert images_at(folder / "no folder" / "cg_%04d.png") is None
