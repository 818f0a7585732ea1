"""Media paths as editors write them and as OTIO holds them; image sequences by their names."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from otio_idolsync.cut import url as media
from otio_idolsync.cut.url import address_in, name_in

_LOCAL = "file://localhost/"
_DRIVE = re.compile(r"/?([A-Za-z])(?::|%3[aA])[/\\]")
_KEPT = "/%:@!$&'()*+,;=~[]?#"
_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
_DIGITS = "0123456789"
_WIDEST_NUMBER = 18
STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".psd", ".tga", ".webp")
FILM = (".exr", ".dpx", ".cin")
"""Picture formats of film scans and renders: with a duration they are always a sequence."""


@lru_cache(maxsize=1 << 16)
def pathurl_of(url: str) -> str:
    """Return a ``target_url`` as Premiere and Resolve write it: ``file://localhost/C%3a/...``.

    What is no local file, and a relative path, stay as they are.
    """
    address = address_in(url)
    foreign = address.scheme and not url.lower().startswith("file:")
    if foreign or address.is_relative or url.startswith(_LOCAL):
        return url
    if address.host:
        return url if address.scheme else media.url_of(media.path_in(url))
    kept = _KEPT if address.scheme else "/:"
    path = address.path.replace("\\", "/").lstrip("/")
    return _LOCAL + _escaped_drive(quote(path, safe=kept))


def bare_path_of(url: str) -> str:
    """Return a ``target_url`` as a local path, or as it is where it is none."""
    return media.path_in(url) if url.startswith("file://") else url


def url_of(pathurl: str) -> str:
    """Return an editor's path as OTIO holds it: ``file:///C:/...``."""
    pathurl = pathurl.strip()
    if not pathurl.startswith(_LOCAL):
        return pathurl
    rest = pathurl[len(_LOCAL) :]
    drive = _DRIVE.match(rest)
    return f"file:///{drive[1]}:/{rest[drive.end() :]}" if drive else f"file:///{rest}"


def _escaped_drive(path: str) -> str:
    drive = _DRIVE.match(path)
    return f"{drive[1]}%3a/{path[drive.end() :]}" if drive else path


def fingerprint(path: str) -> str:
    """Return a few characters by which a path is known again."""
    return f"{zlib.crc32(path.encode('utf-8', 'surrogatepass')):08x}"


def is_relative(url: str) -> bool:
    """Return whether a path depends on the folder that it is read from."""
    return address_in(url).is_relative


def file_name(url: str) -> str:
    """Return the file's name that a URL ends in, readable."""
    return name_in(url)


def is_still(url: str) -> bool:
    """Return whether a path names a single picture."""
    return url.lower().endswith(STILLS + FILM)


def is_film(name: str) -> bool:
    """Return whether a name is one picture of a film scan or render."""
    return name.lower().endswith(FILM)


@dataclass(slots=True)
class Numbering:
    """An image sequence's name: ``prefix``, a number of ``padding`` digits, ``suffix``."""

    prefix: str
    suffix: str
    first: int
    last: int
    padding: int

    @property
    def first_name(self) -> str:
        """The first picture's name."""
        return f"{self.prefix}{self.first:0{self.padding}d}{self.suffix}"

    @property
    def bracketed(self) -> str:
        """All pictures' name as Resolve writes it: ``cg_[1001-1400].exr``."""
        first, last = (f"{n:0{self.padding}d}" for n in (self.first, self.last))
        return f"{self.prefix}[{first}-{last}]{self.suffix}"


def bracketed(name: str) -> Numbering | None:
    """Return the numbering of ``cg_[1001-1400].exr``, or None."""
    prefix, bracket, rest = name.rpartition("[")
    inside, closed, suffix = rest.partition("]")
    found = _RANGE.fullmatch(inside) if bracket and closed and "]" not in suffix else None
    return _numbering(prefix, found[1], found[2], suffix) if found else None


def numbered(name: str) -> Numbering | None:
    """Return the numbering of ``cg_1001.exr``, or None."""
    stem, dot, suffix = name.rpartition(".")
    prefix = stem.rstrip(_DIGITS)
    digits = stem[len(prefix) :]
    if not digits or not suffix or len(digits) > _WIDEST_NUMBER:
        return None
    return _numbering(prefix, digits, digits, dot + suffix)


def _numbering(prefix: str, first: str, last: str, suffix: str) -> Numbering | None:
    if int(first) > 2**31 - 1:
        return None
    return Numbering(prefix, suffix, int(first), int(last), len(first))
