"""A timeline's form is known by what is in it, however much stands before that."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from otio_idolsync.cut.kind import kind_of
from otio_idolsync.cut.read import read_timeline

XMEML = "<xmeml version='4'><sequence/></xmeml>"
FCPXML = "<fcpxml version='1.10'><resources/></fcpxml>"
NATIVE = '{"OTIO_SCHEMA": "Timeline.1"}'
SHEET = '{\n"schema": "idolsync.sync/1",\n"name": ""}'
EVENTS = (
    "TITLE: cut\nFCM: NON-DROP FRAME\n001  A01 V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"
)
DOCTYPE = '<!DOCTYPE xmeml SYSTEM "a > b.dtd" [\n<!-- no > rules -->\n]>'
LONG = 200_000


def kind(tmp_path: Path, data: str | bytes, name: str = "cut.txt") -> str:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return kind_of(path)


@pytest.mark.parametrize(
    ("content", "form"),
    [(XMEML, "xmeml"), (FCPXML, "fcpxml"), (NATIVE, "otio"), (SHEET, "sync"), (EVENTS, "edl")],
    ids=["xmeml", "fcpxml", "otio", "sync", "edl"],
)
@pytest.mark.parametrize("before", ["", " \r\n\t" * LONG], ids=["at once", "behind blanks"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_form_is_known_in_any_unicode(
    tmp_path: Path, content: str, form: str, before: str, encoding: str
) -> None:
    assert kind(tmp_path, (before + content).encode(encoding)) == form


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("content", "form"), [(XMEML, "xmeml"), (NATIVE, "otio")])
def test_utf16_is_known_without_its_mark(
    tmp_path: Path, content: str, form: str, encoding: str
) -> None:
    assert kind(tmp_path, content.encode(encoding)) == form


@pytest.mark.parametrize(("content", "form"), [(XMEML, "xmeml"), (FCPXML, "fcpxml")])
@pytest.mark.parametrize(
    "before",
    [
        f"<!-- {'a long remark, ' * LONG} -->\n",
        "<!-- <fcpxml> and <xmeml> are other forms -->",
        f"<?note {'?' * LONG}?>" * 2,
        f"{DOCTYPE}\n<!-- b -->\n",
    ],
    ids=["long comment", "names in a comment", "instructions", "rules"],
)
def test_a_root_is_found_behind_whatever_xml_allows_there(
    tmp_path: Path, content: str, form: str, before: str
) -> None:
    assert kind(tmp_path, f'<?xml version="1.0"?>\n{before}{content}') == form


def test_events_are_found_behind_many_remarks(tmp_path: Path) -> None:
    assert kind(tmp_path, "* a remark on <xmeml>\n" * LONG + EVENTS) == "edl"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain words",
        b"\0\1" * LONG,
        b"<html><body>TITLE: x</body></html>",
        b"<!-- no end" * 9,
    ],
    ids=["nothing", "words", "bytes", "another root", "no root"],
)
def test_what_is_no_timeline_is_none(tmp_path: Path, content: bytes) -> None:
    assert kind(tmp_path, content) == ""


def test_what_never_ends_does_not_take_for_ever(tmp_path: Path) -> None:
    began = time.process_time()
    for piece in ("<!-- ", "<?", " ", "<!DOCTYPE [", "<!DOCTYPE '", "{", "T"):
        kind(tmp_path, piece * (3_000_000 // len(piece)))
    assert time.process_time() - began < 5


def test_a_folder_is_a_bundle_or_nothing(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == ""
    (tmp_path / "cut.fcpxmld").mkdir()
    assert kind_of(tmp_path / "cut.fcpxmld") == "fcpxml"


def test_a_native_timeline_in_utf16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    tracks = '{"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": []}'
    text = f'{{"OTIO_SCHEMA": "Timeline.1", "name": "Lied ü", "tracks": {tracks}}}'
    path.write_text(text, encoding="utf-16")
    assert read_timeline(path).name == "Lied ü"
