"""Parse an editor's XML without trusting it: no entities, no network, no other file, in bounds."""

from __future__ import annotations

import codecs
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree

from otio_idolsync.cut.kind import BEGINNINGS
from otio_idolsync.errors import InterchangeError

MAX_BYTES = 512 * 1024 * 1024
MAX_DEPTH = 256
MAX_OF_A_KIND = 1_000_000
MAX_PARTS = 10_000_000
"""Elements and attributes; the smallest take fifty times their bytes once they are parsed."""

_too_deep = etree.XPath("/*" * (MAX_DEPTH + 1))
_BLANKS = b" \t\r\n"
_DECLARED = re.compile(rb"<\?xml\s[^>]{0,99}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.ASCII)
_ENCODINGS = re.compile(
    r"ascii|(utf-(8|16|32)|iso8859-|cp|mac-|koi8-|shift_jis|euc_|gb|big5)[\w-]*", re.ASCII
)
_DECLARES = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?>\s++|<\?.*?\?>|<!--.*?-->)*+"
    rb"<!DOCTYPE(?>[^\[>\"']++|\"[^\"]*+\"|'[^']*+')*+\[\s*+[^\s\]]",
    re.DOTALL,
)
"""Its parts never give back what they took: blanks before the root would take for ever."""


def parse_xml(source: Path | bytes | str, name: str = "", blanks: bool = True) -> Any:
    """Return the root element of an XML document (an ``lxml`` element).

    Comments and processing instructions are left out. A DOCTYPE is allowed (editors write one),
    entities and other declarations inside it are not.

    Args:
        source: A file, its bytes, or its text (whatever encoding the text declares).
        name: What to call it in an error; a file's path by default.
        blanks: Whether to keep what only indents.

    Raises:
        InterchangeError: Missing, too large, too deep, not well-formed, or with entities.
    """
    shown = name or (str(source) if isinstance(source, Path) else "the XML text")
    data = source if isinstance(source, bytes) else _bytes_of(source, shown)
    _refuse_above(MAX_BYTES, len(data), "bytes", shown)
    try:
        data = _as_utf8(data)
        if _DECLARES.match(data):
            raise InterchangeError(
                f"{shown} declares entities or other rules of its own, which no editor writes; "
                "it is not read, for safety"
            )
        # In UTF-8 nothing begins an element but "<", and no attribute is without "=".
        elements = data.count(b"<") - data.count(b"</")
        _refuse_above(MAX_PARTS, elements + data.count(b"="), "elements and attributes", shown)
        root = etree.fromstring(data, _parser(blanks))
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        what = str(getattr(error, "msg", None) or error).splitlines()
        raise InterchangeError(f"{shown} is no well-formed XML: {''.join(what[:1])}") from error
    if next(root.iter(etree.Entity), None) is not None:
        raise InterchangeError(f"{shown} uses entities that it does not define")
    if _too_deep(root):
        raise InterchangeError(f"{shown} has more than {MAX_DEPTH} levels")
    if elements > MAX_OF_A_KIND:
        for tag, times in Counter(element.tag for element in root.iter()).most_common(1):
            _refuse_above(MAX_OF_A_KIND, times, f"<{tag}>", shown)
    return root


def _bytes_of(source: Path | str, shown: str) -> bytes:
    return _text_bytes(source, shown) if isinstance(source, str) else _file_bytes(source, shown)


def _text_bytes(text: str, shown: str) -> bytes:
    """Return a text without its declaration: that was true of the file it came from."""
    text = text.lstrip("\ufeff \t\r\n")
    try:
        return (text[text.find("?>") + 2 :] if text.startswith("<?xml ") else text).encode()
    except UnicodeEncodeError as error:
        raise InterchangeError(f"{shown} holds half a character: its encoding is broken") from error


def _file_bytes(path: Path, shown: str) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise InterchangeError(f"{shown} is no file")
        _refuse_above(MAX_BYTES, found.st_size, "bytes", shown)
        return path.read_bytes()
    except OSError as error:
        raise InterchangeError(f"{shown} cannot be read: {error.strerror or error}") from error


def _refuse_above(most: int, found: int, what: str, shown: str) -> None:
    if found > most:
        raise InterchangeError(
            f"{shown} has {found} {what}; at most {most} are read, more than any timeline needs"
        )


def _as_utf8(data: bytes) -> bytes:
    """Return a document in UTF-8, whatever it is in: the bounds are counted in that.

    Blanks before its declaration, which no parser takes, are left out.

    Raises:
        LookupError: No editor writes its encoding.
        ValueError: It is not in the encoding that it says.
    """
    encoding = next((known for begin, known in BEGINNINGS if data.startswith(begin)), "")
    if not encoding:
        data = data.lstrip(_BLANKS)
        declared = _DECLARED.match(data)
        encoding = declared[1].decode() if declared else "utf-8"
    codec = codecs.lookup(encoding).name
    if not _ENCODINGS.fullmatch(codec):
        raise LookupError(f"unknown encoding: {encoding}")
    data = data if codec in ("utf-8", "ascii") else data.decode(codec).encode()
    return data.lstrip(_BLANKS)


def _parser(blanks: bool) -> Any:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_blank_text=not blanks,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
