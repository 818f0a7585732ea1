"""Find the file that a media reference means: URLs, relative paths, moved folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from otio_idolsync.cut.numbered import spared
from otio_idolsync.errors import MediaError
from otio_idolsync.media.files import is_there
from otio_idolsync.media.remote import SCHEMES

WINDOWS = os.name == "nt"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)  # one letter is a drive
_DRIVE = re.compile(r"/?([A-Za-z])(?::|%3[Aa])([/\\].*)", re.DOTALL)
_HERE = ("", ".", "?", "localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Locator:
    """Where media are looked for.

    Attributes:
        folder: What relative paths are relative to.
        media_map: (old, new) path prefixes, tried in order.
        fetch: Brings what a web address names, where the user has allowed that.
    """

    folder: Path
    media_map: Sequence[tuple[str, str]] = ()
    fetch: Callable[[str], Path] | None = None

    def find(self, url: str) -> Path:
        """Return the absolute path that a ``target_url`` names; the file may be missing.

        Raises:
            MediaError: It is no local file, or cannot be fetched.
        """
        if self.fetch and _parts(url)[0] in SCHEMES:
            return self.fetch(url)
        readings = _readings(url)
        share = share_of(url)
        if share and not self.fetch and not any(map(self._mapped, readings)):
            raise MediaError(
                f"media {url!r} lies on another machine ({share}); --allow-remote opens it there, "
                "--map OLD=NEW finds a copy here"
            )
        for candidate in readings:
            path = self._placed(candidate)
            if is_there(path):
                return path
        return self._placed(readings[0])

    def _placed(self, name: str) -> Path:
        """Return where a name lies, mapped as it stands or else as the path that it comes to."""
        mapped = self._mapped(name)
        path = Path(mapped if mapped is not None else name)
        if path.is_absolute():
            return path
        whole = (self.folder / path).absolute()
        for meant in (str(whole), os.path.normpath(whole)) if mapped is None else ():
            if (again := self._mapped(meant)) is not None:
                return (self.folder / again).absolute()
        return whole

    def _mapped(self, name: str) -> str | None:
        """Return a name with its first mapped prefix replaced; None where none applies."""
        plain = name.replace("\\", "/")
        for old, new in self.media_map:
            prefix = (_readings(old)[0] if old.startswith("file:") else old).replace("\\", "/")
            prefix = prefix.rstrip("/")
            if plain == prefix or plain.startswith(prefix + "/"):
                return new.rstrip("/\\") + plain[len(prefix) :]
        return None


def share_of(url: str) -> str:
    """Return the machine on whose share a path or URL lies, "" for this one.

    Windows opens such a path over the network and logs in there with the user's name, so that a
    file which merely names one must not have it opened.
    """
    return _parts(url)[1]


def local_path(url: str) -> Path | None:
    """Return the path in a URL or path, decoded; None where it is not of this machine."""
    scheme, host, _ = _parts(url)
    return None if host or scheme not in ("", "file") else Path(_readings(url)[0 if scheme else 1])


def _parts(url: str) -> tuple[str, str, str]:
    """Return scheme, machine and path of a URL or path, the last two "" for this machine."""
    found = _URL.match(url)
    scheme, rest = (found[1].lower(), found[2]) if found else ("", url)
    if scheme == "imagesequence":  # GStreamer's, with its rate and range behind a ?
        scheme, rest = "file", rest.partition("?")[0]
    slashes = ("//", "\\\\") if WINDOWS else ("\\\\",)
    if scheme == "file" and rest.startswith("//"):
        rest = rest[2:]
        if _DRIVE.match(rest):  # file://C:/a.mov, with a slash too few, and file:///C:/a.mov
            return scheme, "", rest
        host, slash, path = rest.partition("/")
        if host.lower() not in _HERE:
            return scheme, _unquoted(host), slash + path
        rest = slash + path
    if scheme in ("", "file") and rest.startswith(slashes):
        host, _, path = rest[2:].replace("\\", "/").partition("/")
        if host.lower() not in _HERE:
            return scheme, host, f"/{path}"
        rest = _without_slash(f"/{path}")
    return scheme, "", rest


def _readings(url: str) -> list[str]:
    """Return the path that a URL means, best first: a bare path may or may not be encoded."""
    scheme, host, path = _parts(url)
    if scheme not in ("", "file"):
        allow = "; --allow-remote fetches it" if scheme in SCHEMES else ""
        raise MediaError(
            f"media {url!r} is an address ({scheme}); only local files are used{allow}"
        )
    whole = f"//{host}{path}" if host else path
    decoded = [_unquoted(whole), whole]
    return [_without_slash(name) for name in decoded] if scheme else decoded[::-1]


def _unquoted(text: str) -> str:
    """Return a decoded URL; bytes that are no UTF-8 stay themselves, as file names hold them."""
    return unquote(spared(text), errors="surrogateescape")


def _without_slash(path: str) -> str:
    drive = _DRIVE.fullmatch(path)
    return f"{drive[1]}:{drive[2]}" if drive else path
