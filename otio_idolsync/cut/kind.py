"""Tell what form a timeline's file has by what is in it, however much stands before that."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from otio_idolsync.cut.bundle import CONTENT

SHEET_SUFFIX = ".idolsync"
BUNDLE_SUFFIX, BUNDLE_FILE = ".fcpxmld", "Info.fcpxml"
BUNDLES = ("otiod", "otioz")
BEGINNINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    *((letter + b"\0", "utf-16-le") for letter in (b"<", b"{")),
    *((b"\0" + letter, "utf-16-be") for letter in (b"<", b"{")),
)
"""What a text begins with that is not in UTF-8 without a mark, and its encoding."""

_ZIP = b"PK\3\4"
_FIRST_READ, _MOST_READ = 1 << 16, 1 << 26
_BEFORE_ROOT = re.compile(
    r"(?>\s++|<\?.*?\?>|<!--.*?-->"
    r"|<!DOCTYPE(?>[^\[>\"']++|\"[^\"]*+\"|'[^']*+'|\[[^\]]*+\])*+>)*+",
    re.DOTALL,
)
_ROOT = re.compile(r"<(xmeml|fcpxml)[\s>/]")
_EVENT = re.compile(r"^\s*(TITLE:|FCM:|\d{3,}\s+\S+\s+[AVBN])", re.MULTILINE)
_SHEET = re.compile(r'\{[^{}\[\]]*"schema"\s*:\s*"idolsync\.sync/')


def kind_of(source: Path) -> str:
    """Return ``otio``, ``otiod``, ``otioz``, ``sync``, ``xmeml``, ``fcpxml`` or ``edl``, else "".

    Raises:
        OSError: It cannot be read.
    """
    if source.is_dir():
        if (source / CONTENT).is_file():
            return "otiod"
        bundle = source.suffix.lower() == BUNDLE_SUFFIX or (source / BUNDLE_FILE).exists()
        return "fcpxml" if bundle else ""
    if source.suffix == SHEET_SUFFIX:
        return "sync"
    with source.open("rb") as stream:
        raw = stream.read(_FIRST_READ)
        while True:
            kind = kind_in(raw)
            if kind or _is_binary(raw) or len(raw) > _MOST_READ:
                return kind
            more = stream.read(len(raw))
            if not more:
                return ""
            raw += more


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, or in another Unicode that its first bytes tell.

    Raises:
        UnicodeDecodeError: It is none.
    """
    return data.decode(_encoding(data))


def _encoding(data: bytes) -> str:
    return next((name for begin, name in BEGINNINGS if data.startswith(begin)), "utf-8")


def _is_binary(raw: bytes) -> bool:
    return b"\0" in raw and _encoding(raw) == "utf-8"


def kind_in(raw: bytes) -> str:
    """Return what :func:`kind_of` does, of a file's first bytes; "" also where more are needed."""
    if raw.startswith(_ZIP):
        return "otioz"
    text = raw.decode(_encoding(raw), errors="replace")
    before = _BEFORE_ROOT.match(text)
    body = text[before.end() :] if before else text
    if body.startswith("{"):
        return "sync" if _SHEET.match(body) else "otio"
    if body.startswith(("<!", "<?")):
        return ""  # what stands before the root has not ended yet
    if not body.startswith("<"):
        return "edl" if _EVENT.search(body) else ""
    root = _ROOT.search(body)
    return root[1] if root else ""
