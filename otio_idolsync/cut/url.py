"""The one reader and writer of media addresses: URLs, and paths as people and editors write them.

A bare path may be percent-encoded or not. Ours are, where they are relative; an editor's absolute
path (Resolve's) is not. So a relative path is decoded first, an absolute one taken as it stands
first, and the other reading counts where only that names a file.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, unquote

from otio_idolsync.cut.numbered import spared

WINDOWS = os.name == "nt"
CACHED = 1 << 16
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)  # one letter is a drive
_DRIVE = re.compile(r"/?([A-Za-z])(?::|%3[Aa])([/\\].*)", re.DOTALL)
_HERE = ("", ".", "?", "localhost", "127.0.0.1", "[::1]")


class Address(NamedTuple):
    """The parts of a media address.

    Attributes:
        scheme: "" for a bare path, else in small letters: ``file``, ``https``.
        host: The machine on whose share it lies, "" for this one.
        path: What follows, encoded or not, as it stands.
    """

    scheme: str
    host: str
    path: str

    @property
    def is_file(self) -> bool:
        """Whether it is a path or the URL of one, also on another machine."""
        return self.scheme in ("", "file")

    @property
    def is_relative(self) -> bool:
        """Whether it depends on the folder that it is read from."""
        absolute = self.host or self.path.startswith(("/", "\\")) or _DRIVE.match(self.path)
        return not (self.scheme or absolute)


def address_in(url: str) -> Address:
    """Return the parts of a URL or path.

    Careless writers leave # and ? of a file name bare: in the URL of a file they are part of it.
    """
    found = _URL.match(url)
    scheme, rest = (found[1].lower(), found[2]) if found else ("", url)
    if scheme == "imagesequence":  # GStreamer's, with its rate and range behind a ?
        scheme, rest = "file", rest.partition("?")[0]
    slashes = ("//", "\\\\") if WINDOWS else ("\\\\",)
    if scheme == "file" and rest.startswith("//"):
        rest = rest[2:]
        if _DRIVE.match(rest):  # file://C:/a.mov, with a slash too few, and file:///C:/a.mov
            return Address(scheme, "", rest)
        host, slash, path = rest.partition("/")
        if host.lower() not in _HERE:
            return Address(scheme, _decoded(host), slash + path)
        rest = slash + path
    if scheme in ("", "file") and rest.startswith(slashes):
        host, _, path = rest[2:].replace("\\", "/").partition("/")
        if host.lower() not in _HERE:
            return Address(scheme, host, f"/{path}")
        rest = _plain_drive(f"/{path}")
    return Address(scheme, "", rest)


def readings(url: str) -> list[str]:
    """Return the paths that a URL or path may mean, best first; none for any other address."""
    address = address_in(url)
    if not address.is_file:
        return []
    whole = f"//{address.host}{address.path}" if address.host else address.path
    decoded = _decoded(whole)
    if address.is_relative:
        slashed = [text.replace("\\", "/") for text in (decoded, whole)]
        found = [*slashed, whole]
    else:
        found = [decoded, whole] if address.scheme else [whole, decoded]
    return list(dict.fromkeys(map(_plain_drive, found)))


@functools.lru_cache(maxsize=CACHED)
def path_in(url: str) -> str:
    """Return the path that a URL or path means, with forward slashes; another address as it is."""
    found = readings(url)
    return found[0].replace("\\", "/") if found else url


@functools.lru_cache(maxsize=CACHED)
def name_in(url: str) -> str:
    """Return the name of the file that a URL or a path of any system ends in."""
    return PurePosixPath(path_in(url) if address_in(url).is_file else _decoded(url)).name


def share_of(url: str) -> str:
    """Return the machine on whose share a path or URL lies, "" for this one.

    Windows opens such a path over the network and logs in there with the user's name, so that a
    file which merely names one must not have it opened.
    """
    return address_in(url).host


def local_path(url: str) -> Path | None:
    """Return the path in a URL or path; None where it is not of this machine."""
    found = readings(url)
    return Path(found[0]) if found and not share_of(url) else None


def url_of(path: PurePath | str, relative_to: PurePath | None = None) -> str:
    """Return the URL of a path: that of a file, or where it is relative the encoded path.

    Args:
        path: As the system has it, or with forward slashes.
        relative_to: Folder to which an absolute path is made relative.
    """
    if relative_to is not None:
        path = Path(os.path.relpath(path, relative_to))
    text = path.as_posix() if isinstance(path, PurePath) else path
    drive = _DRIVE.fullmatch(text)
    if drive:
        return f"file:///{drive[1]}:{_encoded(drive[2].replace(chr(92), '/'))}"
    # On other systems than Windows, a path object with two slashes is one of this machine.
    if (WINDOWS or path is text) and (share := share_of(f"file:{text}")):
        return f"file://{share}{_encoded(text[2 + len(share) :])}"
    return f"file://{_encoded(text)}" if text.startswith("/") else _encoded(text)


def _encoded(path: str) -> str:
    return quote(path, safe="/", errors="surrogateescape")


def _decoded(text: str) -> str:
    """Return a decoded URL; bytes that are no UTF-8 stay themselves, as file names hold them."""
    return unquote(spared(text), errors="surrogateescape")


def _plain_drive(path: str) -> str:
    drive = _DRIVE.fullmatch(path)
    return f"{drive[1]}:{drive[2]}" if drive else path
