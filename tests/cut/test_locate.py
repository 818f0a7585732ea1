"""A media URL finds its file, in whichever of its many spellings an editor wrote it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from otio_idolsync.cut import locate, url
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.url import local_path, share_of
from otio_idolsync.errors import MediaError
from otio_idolsync.media.files import existing_file


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("file://{folder}/my%20clip.mov", "my clip.mov"),
        ("file://localhost{folder}/my%20clip.mov", "my clip.mov"),
        ("file://LOCALHOST{folder}/my%20clip.mov", "my clip.mov"),
        ("file://127.0.0.1{folder}/my%20clip.mov", "my clip.mov"),
        ("file:{folder}/my%20clip.mov", "my clip.mov"),
        ("{folder}/my clip.mov", "my clip.mov"),
        ("my%20clip.mov", "my clip.mov"),
        ("my clip.mov", "my clip.mov"),
        ("./sub/../my clip.mov", "my clip.mov"),
        ("100%.mov", "100%.mov"),
        ("file://{folder}/take%20%231.mov", "take #1.mov"),
        ("file://{folder}/take #1.mov", "take #1.mov"),
        ("what?.mov", "what?.mov"),
        ("file://{folder}/caf%C3%A9.mov", "café.mov"),
    ],
)
def test_every_spelling_of_a_url_finds_the_file(tmp_path, url, name):
    (tmp_path / "sub").mkdir()
    (tmp_path / name).write_bytes(b"x")
    found = Locator(tmp_path).find(url.format(folder=tmp_path))
    assert found.samefile(tmp_path / name)


@pytest.mark.parametrize(
    ("url", "old"),
    [
        ("file://localhost/C%3A/Media/day%201/a.mov", "C:/Media"),
        ("file:///C:/Media/day%201/a.mov", "C:\\Media"),
        ("C:\\Media\\day 1\\a.mov", "C:\\Media\\"),
        ("file:///Volumes/Raid/day%201/a.mov", "/Volumes/Raid"),
        ("file://nas/share/day%201/a.mov", "//nas/share"),
        ("file://nas/share/day%201/a.mov", "file://nas/share/"),
        ("\\\\nas\\share\\day 1\\a.mov", "\\\\nas\\share"),
        ("file://C:/Media/day%201/a.mov", "C:/Media"),
        ("file://C:\\Media\\day 1\\a.mov", "C:/Media"),
        ("\\\\?\\C:\\Media\\day 1\\a.mov", "C:\\Media"),
    ],
)
def test_a_moved_folder_is_found_by_its_mapping(tmp_path, url, old):
    (tmp_path / "day 1").mkdir()
    (tmp_path / "day 1" / "a.mov").write_bytes(b"x")
    locator = Locator(Path("/nowhere"), [("/Volumes/Rai", "/wrong"), (old, str(tmp_path))])
    assert locator.find(url) == tmp_path / "day 1" / "a.mov"


@pytest.mark.parametrize("old", ["media", "./media", "{folder}/media", "{folder}"])
def test_a_relative_path_is_mapped_as_written_and_as_its_error_shows_it(tmp_path, old):
    (tmp_path / "raid" / "media").mkdir(parents=True)
    (tmp_path / "raid" / "media" / "a.mov").write_bytes(b"x")
    folder = tmp_path / "project"
    url = "./media/a.mov" if old.startswith(".") else "media/a.mov"
    new = tmp_path / "raid" / ("" if old == "{folder}" else "media")
    locator = Locator(folder, [(old.format(folder=folder), str(new))])
    assert locator.find(url) == tmp_path / "raid" / "media" / "a.mov"
    beside = Locator(folder / "cuts", [(str(folder / "media"), str(tmp_path / "raid" / "media"))])
    assert beside.find("../media/a.mov") == tmp_path / "raid" / "media" / "a.mov"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_bytes_that_are_no_utf8_are_found(tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xffd.mov"))
    odd.write_bytes(b"x")
    assert Locator(tmp_path).find(odd.as_uri()) == odd
    assert Locator(tmp_path).find("b%FFd.mov") == odd


def test_a_missing_file_is_named_as_it_was_meant(tmp_path):
    assert Locator(tmp_path).find("gone%20for%20good.mov").name in (
        "gone%20for%20good.mov",
        "gone for good.mov",
    )
    assert Locator(tmp_path).find("file:///a/b%20c.mov") == Path("/a/b c.mov")


@pytest.mark.parametrize("url", ["http://example.com/a.mov", "s3://bucket/a.mov", "pipe:0"])
def test_only_local_files_are_used(tmp_path, url):
    with pytest.raises(MediaError, match="only local files"):
        Locator(tmp_path).find(url)


SHARES = ["file://nas/share/a.mov", "file://10.0.0.7/a.mov", "\\\\nas\\share\\a.mov"]


@pytest.mark.parametrize("url", SHARES)
def test_a_share_of_another_machine_is_opened_only_where_that_is_allowed(
    tmp_path, url, monkeypatch
):
    asked = []
    monkeypatch.setattr(locate, "is_there", lambda path: asked.append(path) or True)
    with pytest.raises(
        MediaError, match=r"on another machine \((nas|10\.0\.0\.7)\); --allow-remote"
    ):
        Locator(tmp_path).find(url)
    assert not asked, "even a look is a login"
    allowed = Locator(tmp_path, fetch=lambda _: pytest.fail("it is no web address"))
    assert str(allowed.find(url)).startswith("//")
    assert local_path(url) is None


@pytest.mark.parametrize("address", ["//nas/share/a.mov", "file:////nas/share/a.mov"])
def test_two_slashes_are_a_share_on_windows_alone(address, monkeypatch):
    monkeypatch.setattr(url, "WINDOWS", False)
    assert share_of(address) == ""
    monkeypatch.setattr(url, "WINDOWS", True)
    assert share_of(address) == "nas"


def test_the_path_in_a_url_is_decoded():
    assert local_path("file:///a/b%20c.mov") == Path("/a/b c.mov")
    assert local_path("/a/b%20c.mov") == Path("/a/b%20c.mov"), "an editor's path is not encoded"
    assert local_path("b%20c.mov") == Path("b c.mov"), "a relative one is, as ours are"
    assert local_path("https://example.com/a.mov") is None


def test_what_is_out_of_reach_is_named_with_its_reason(tmp_path):
    path = Locator(tmp_path).find("x" * 300 + ".mov")
    with pytest.raises(MediaError, match=r"xx\.mov cannot be reached: .+; check the path$"):
        existing_file(path, "media")
