"""An editor's XML is parsed within limits, and nothing else is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange import xml_file
from otio_idolsync.interchange.xml_file import parse_xml


def test_a_document_is_read_with_its_doctype_and_without_comments() -> None:
    root = parse_xml(
        b'<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="5"><!-- x --><a/></xmeml>'
    )
    assert root.tag == "xmeml"
    assert [child.tag for child in root] == ["a"]


def test_entities_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    for entity in ('"ha"', f'SYSTEM "file://{secret}"'):
        text = f"<!DOCTYPE x [<!ENTITY s {entity}>]><x>&s;</x>"
        with pytest.raises(InterchangeError, match="declares entities"):
            parse_xml(text.encode())


def test_another_dtd_is_never_fetched(tmp_path: Path) -> None:
    text = f'<!DOCTYPE x SYSTEM "file://{tmp_path}/none.dtd"><x/>'
    assert parse_xml(text.encode()).tag == "x"


@pytest.mark.parametrize(
    "text", [b"", b"<a>", b"<a></b>", b"\xff\xfe\x00", b"hello", b"<a>\x00</a>"]
)
def test_what_is_no_xml_is_one_sentence(text: bytes) -> None:
    with pytest.raises(InterchangeError, match="is no well-formed XML"):
        parse_xml(text)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InterchangeError, match="257 levels: more than any timeline needs"):
        parse_xml(b"<a>" * 5000 + b"</a>" * 5000)


def test_too_many_of_a_kind_and_too_large_files_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(xml_file, "MAX_OF_A_KIND", 10)
    with pytest.raises(InterchangeError, match="11 <a>: more than any timeline needs"):
        parse_xml(b"<x>" + b"<a/>" * 11 + b"</x>")
    monkeypatch.setattr(xml_file, "MAX_BYTES", 10)
    path = tmp_path / "big.xml"
    path.write_text("<x>too large</x>")
    with pytest.raises(InterchangeError, match=r"big\.xml has 16 bytes; at most 10 are read"):
        parse_xml(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match=r"none\.xml cannot be read: No such file"):
        parse_xml(tmp_path / "none.xml")
