"""One reading of a media address, and one writing: every form means the same file everywhere."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.url import address_in, local_path, name_in, path_in, readings, url_of
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.export import absolute_url
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.page import ADDRESSES
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml
from otio_idolsync.planning.build import url_of as planned_url
from otio_idolsync.resync.flatten import media_key

FORMS = [
    ("file:///a/b.mov", "/a/b.mov"),
    ("file://localhost/a/b.mov", "/a/b.mov"),
    ("FILE://LOCALHOST/a/b.mov", "/a/b.mov"),
    ("file://127.0.0.1/a/b.mov", "/a/b.mov"),
    ("file:/a/b.mov", "/a/b.mov"),
    ("/a/b.mov", "/a/b.mov"),
    ("file:///a/b%20c.mov", "/a/b c.mov"),
    ("file:///a/b c.mov", "/a/b c.mov"),
    ("file:///a/%E6%AD%8C.mov", "/a/歌.mov"),
    ("/a/歌.mov", "/a/歌.mov"),
    ("file:///a/take%20%231%3F.mov", "/a/take #1?.mov"),
    ("file:///a/take #1?.mov", "/a/take #1?.mov"),
    ("/a/take #1?.mov", "/a/take #1?.mov"),
    ("file:///a/50%2525.mov", "/a/50%25.mov"),
    ("/a/50%25.mov", "/a/50%25.mov"),
    ("/a/100%.mov", "/a/100%.mov"),
    ("shots/b%20c.mov", "shots/b c.mov"),
    ("shots/b c.mov", "shots/b c.mov"),
    ("shots\\b c.mov", "shots/b c.mov"),
    ("./shots/b.mov", "./shots/b.mov"),
    ("file:///C:/x/b.mov", "C:/x/b.mov"),
    ("file://C:/x/b.mov", "C:/x/b.mov"),
    ("file://localhost/C%3a/x/b.mov", "C:/x/b.mov"),
    ("C:\\x\\b.mov", "C:/x/b.mov"),
    ("\\\\?\\C:\\x\\b.mov", "C:/x/b.mov"),
    ("file://host/share/b%20c.mov", "//host/share/b c.mov"),
    ("\\\\host\\share\\b c.mov", "//host/share/b c.mov"),
    ("file:///a/img.%04d.png", "/a/img.%04d.png"),
    ("file:///a/img.%2504d.png", "/a/img.%04d.png"),
    ("/a/img.####.png", "/a/img.####.png"),
    ("file:///a/img.%23%23%23%23.png", "/a/img.####.png"),
    ("/a/img.{:04d}.png", "/a/img.{:04d}.png"),
    ("file:///a/img.%7B:04d%7D.png", "/a/img.{:04d}.png"),
]


@pytest.mark.parametrize(("url", "path"), FORMS)
def test_each_form_means_one_file(url: str, path: str) -> None:
    assert path_in(url) == path
    assert name_in(url) == path.rsplit("/", 1)[1]
    assert address_in(url).is_relative == path.startswith(("shots", "./"))


@pytest.mark.parametrize(("url", "path"), FORMS)
def test_what_is_read_and_written_is_the_same_file(url: str, path: str) -> None:
    written = url_of(path_in(url))
    assert path_in(written) == path
    assert url_of(path_in(written)) == written
    assert written.isascii()


@pytest.mark.parametrize(("url", "path"), [form for form in FORMS if form[1].startswith("/a/")])
def test_every_module_means_that_file(url: str, path: str, tmp_path: Path) -> None:
    assert str(Locator(tmp_path).find(url)) == path
    assert str(local_path(url)) == path
    assert path_in(absolute_url(url, tmp_path)) == path
    assert path_in(planned_url(Path(path))) == path
    if not ("%04d" in path or "#" in path or "{:" in path):
        assert media_key(url) == name_in(url).casefold()
    shown = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(24, 24)
    )
    timeline = otio.schema.Timeline("t", global_start_time=otio.opentime.RationalTime(0, 24))
    timeline.tracks.append(otio.schema.Track("V1", kind="Video"))
    clip = otio.schema.Clip("clip", otio.schema.ExternalReference(url, shown), shown)
    timeline.tracks[0].append(clip)
    for read, write in (
        (read_xmeml, lambda held: write_xmeml(held, "premiere")[0]),
        (read_fcpxml, lambda held: write_fcpxml(held)[0]),
    ):
        back = next(iter(read(write(timeline)).find_clips())).media_reference
        again = getattr(back, "target_url", None)
        if again is not None:  # numbered names come back as a sequence
            assert path_in(again) == path, (write, again)
    if name_in(url) == " ".join(name_in(url).split()):
        assert f"FROM CLIP NAME: {name_in(url)}" in write_edl(timeline)[0]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/a/b c#1?%.mov", "file:///a/b%20c%231%3F%25.mov"),
        ("C:/x/b c.mov", "file:///C:/x/b%20c.mov"),
        ("C:\\x\\b.mov", "file:///C:/x/b.mov"),
        ("//host/share/b.mov", "file://host/share/b.mov"),
        ("shots/b c.mov", "shots/b%20c.mov"),
        (Path("/a/b.mov"), "file:///a/b.mov"),
        (PureWindowsPath("C:\\x\\b c.mov"), "file:///C:/x/b%20c.mov"),
    ],
)
def test_a_path_is_written_in_one_way(path: Path | str, url: str) -> None:
    assert url_of(path) == url


def test_a_path_is_written_relative_to_a_folder() -> None:
    assert url_of(Path("/a/shots/b c.mov"), Path("/a/cuts")) == "../shots/b%20c.mov"


@pytest.mark.parametrize("name", ["take%201.mov", "take 1.mov"])
def test_the_reading_that_names_a_file_counts(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    for url in ("take%201.mov", f"{tmp_path}/take%201.mov"):
        assert Locator(tmp_path).find(url) == tmp_path / name
        assert path_in(absolute_url(url, tmp_path)) == str(tmp_path / name)


def test_of_two_files_a_relative_path_means_the_decoded_an_absolute_one_the_bare(
    tmp_path: Path,
) -> None:
    for name in ("take%201.mov", "take 1.mov"):
        (tmp_path / name).touch()
    assert Locator(tmp_path).find("take%201.mov").name == "take 1.mov"
    assert Locator(tmp_path).find(f"{tmp_path}/take%201.mov").name == "take%201.mov"


@given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1))
def test_any_name_comes_back(name: str) -> None:
    for path in (f"/a/{name}", f"sub/{name}"):
        if name not in (".", "..") and "\\" not in name:
            assert readings(url_of(path))[0] == path


def test_bytes_that_are_no_utf8_come_back() -> None:
    path = os.fsdecode(b"/a/b\xff.mov")
    assert url_of(path) == Path(path).as_uri() == "file:///a/b%FF.mov"
    assert path_in(url_of(path)) == path


@pytest.mark.parametrize("url", ["https://x.org/a%20b.mov", "s3://bucket/a%20b.mov"])
def test_another_address_stays_what_it_is(url: str, tmp_path: Path) -> None:
    assert (path_in(url), readings(url), local_path(url)) == (url, [], None)
    assert name_in(url) == "a b.mov"
    assert absolute_url(url, tmp_path) == url


def test_the_table_of_the_page_is_true() -> None:
    assert len(ADDRESSES) > 10
    for form, meaning in ADDRESSES:
        assert path_in(form.replace("`", "")) == meaning, form
