"""An editor's XML is parsed within limits, and nothing else is opened."""

from __future__ import annotations

import os
import socket
import tracemalloc
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_blanks_before_the_declaration_are_passed(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f' \r\n\t<?xml version="1.0" encoding="{declared}"?><x>é</x>'
    assert parse_xml(text.encode(encoding)).text == "é"


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


@pytest.mark.parametrize(
    "rules",
    [
        "<!ATTLIST x y CDATA 'default'>",
        "<!ENTITY % remote SYSTEM 'http://127.0.0.1:9/x.dtd'> %remote;",
        "<!ELEMENT x ANY>",
    ],
)
@pytest.mark.parametrize(
    "head",
    ["<!DOCTYPE x [", "<!-- <x> --> <?x >?>\n<!DOCTYPE x SYSTEM 'a>b[' \n[ ", "<!DOCTYPE x["],
)
def test_rules_in_the_doctype_are_refused_before_they_are_parsed(
    monkeypatch: pytest.MonkeyPatch, head: str, rules: str
) -> None:
    monkeypatch.setattr(xml_file.etree, "fromstring", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(InterchangeError, match="rules of its own"):
        parse_xml(f"{head}{rules}]><x/>".encode())


def test_an_empty_doctype_and_the_word_entity_in_a_text_are_no_rules() -> None:
    assert parse_xml(b"<!DOCTYPE x [ ]><x><![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]>]]></x>").text


@pytest.mark.parametrize("head", [" \n", "<!-- a -->", "<?a b?>"])
def test_what_stands_before_the_root_is_passed_in_one_go(head: str) -> None:
    document = head * 5000 + "<x/>"  # going back over it would take longer than anyone waits
    assert parse_xml(document).tag == parse_xml(document.encode()).tag == "x"


@pytest.mark.parametrize("head", ["<!-- ", "<!DOCTYPE x 'a' ", '<!DOCTYPE x "a" [\''])
def test_a_beginning_without_an_end_is_refused_in_one_go(head: str) -> None:
    with pytest.raises(InterchangeError, match=r"no well-formed XML|rules of its own"):
        parse_xml((head * 5000 + "<x/>").encode())


@pytest.mark.parametrize("head", ["", "\ufeff", "\n ", "<?xml version='1.0' encoding='utf-16'?>\n"])
def test_a_text_is_read_whatever_its_declaration_says(head: str) -> None:
    assert parse_xml(f"{head}<x>アイドル<![CDATA[<?xml ?>]]></x>").text == "アイドル<?xml ?>"
    with pytest.raises(InterchangeError, match="holds half a character"):
        parse_xml(f"{head}<x>\ud800</x>")


def test_an_entity_of_a_dtd_that_is_not_read_is_refused() -> None:
    with pytest.raises(InterchangeError, match="uses entities that it does not define"):
        parse_xml(b"<!DOCTYPE x SYSTEM 'x.dtd'><x>a&foo;b</x>")


def test_deep_nesting_is_refused() -> None:
    assert parse_xml(b"<a>" * 256 + b"</a>" * 256).tag == "a"
    for depth, says in ((257, "more than 256 levels"), (50_000, "Excessive depth")):
        with pytest.raises(InterchangeError, match=says):
            parse_xml(b"<a>" * depth + b"</a>" * depth)


def test_too_many_of_a_kind_and_too_large_files_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(xml_file, "MAX_OF_A_KIND", 10)
    assert len(parse_xml(b"<x>" + b"<a/><b></b>" * 10 + b"</x>")) == 20
    with pytest.raises(InterchangeError, match="11 <a>; at most 10 are read"):
        parse_xml(b"<x>" + b"<a/>" * 11 + b"</x>")
    monkeypatch.setattr(xml_file, "MAX_BYTES", 10)
    path = tmp_path / "big.xml"
    path.write_text("<x>too large</x>")
    with pytest.raises(InterchangeError, match=r"big\.xml has 16 bytes; at most 10 are read"):
        parse_xml(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252"])
@pytest.mark.parametrize("part", ["<a/>", "<a b=''/>", "<a></a>"])
def test_more_parts_than_memory_should_hold_are_refused_before_they_are_parsed(
    monkeypatch: pytest.MonkeyPatch, encoding: str, part: str
) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><x>{part * 30}</x>"
    assert parse_xml(text.encode(encoding)).tag == "x"
    monkeypatch.setattr(xml_file, "MAX_PARTS", 30)
    monkeypatch.setattr(xml_file.etree, "fromstring", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(InterchangeError, match="elements and attributes; at most 30 are read"):
        parse_xml(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-7", "punycode", "zlib", "rot13", "none-such"])
def test_encodings_that_no_editor_writes_are_refused(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><x>é</x>"
    with pytest.raises(InterchangeError, match="no well-formed XML: unknown encoding: "):
        parse_xml(text.encode())


@pytest.mark.parametrize(
    "encoding", ["UTF-8", "utf8", "ISO-8859-1", "windows-1252", "macintosh", "Shift_JIS", "GB18030"]
)
def test_the_declared_encoding_is_used(encoding: str) -> None:
    word = "アイドル" if encoding in ("Shift_JIS", "GB18030") else "é"
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<x>{word}</x>'
    assert parse_xml(text.encode(encoding)).text == word


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "Info.fcpxml"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(InterchangeError, match="is no file"):
            parse_xml(path)


def test_nothing_that_a_document_names_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # whoever opened it would wait for ever
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        remote = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        for target in (remote, pipe.as_uri(), str(pipe)):
            text = f"""<?xml version="1.0"?><?xml-stylesheet href="{target}"?>
                <!DOCTYPE x PUBLIC "-//X//EN" "{target}">
                <x xmlns:xi="http://www.w3.org/2001/XInclude"
                xmlns:s="http://www.w3.org/2001/XMLSchema-instance"
                s:schemaLocation="x {target}"><xi:include href="{target}" parse="text"/></x>"""
            assert len(parse_xml(text.encode())) == 1
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as stream:
        stream.truncate(xml_file.MAX_BYTES + 1)
    tracemalloc.start()
    with pytest.raises(InterchangeError, match="536870913 bytes; at most 536870912 are read"):
        parse_xml(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match=r"none\.xml cannot be read: No such file"):
        parse_xml(tmp_path / "none.xml")
