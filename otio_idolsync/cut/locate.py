"""Find the file that a media reference means: URLs, relative paths, moved folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from otio_idolsync.errors import MediaError
from otio_idolsync.media.remote import SCHEMES
from otio_idolsync.media.song import is_there

_DRIVE = re.compile(r"^/?([A-Za-z]:[/\\].*)$", re.DOTALL)


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
        if self.fetch and urlsplit(url).scheme in SCHEMES:
            return self.fetch(url)
        for candidate in _readings(url):
            path = self._placed(candidate)
            if is_there(path):
                return path
        return self._placed(_readings(url)[0])

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
            prefix = old.replace("\\", "/").rstrip("/")
            if plain == prefix or plain.startswith(prefix + "/"):
                return new.rstrip("/\\") + plain[len(prefix) :]
        return None


def _readings(url: str) -> list[str]:
    """Return the path that a URL means, best first: a bare path may or may not be encoded."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        host = "" if parts.netloc in ("", "localhost") else f"//{unquote(parts.netloc)}"
        # Careless writers leave # and ? of a file name bare.
        rest = url.split("//", 1)[1] if "//" in url else url.split(":", 1)[1]
        path = "/" + rest.split("/", 1)[1] if "//" in url and "/" in rest else rest
        decoded = [_unquoted(path), path]
        return [_without_slash(host + name) for name in decoded]
    if len(parts.scheme) > 1:
        allow = "; --allow-remote fetches it" if parts.scheme in SCHEMES else ""
        raise MediaError(
            f"media {url!r} is an address ({parts.scheme}); only local files are used{allow}"
        )
    return [url, _unquoted(url)]


def _unquoted(text: str) -> str:
    """Return a decoded URL; bytes that are no UTF-8 stay themselves, as file names hold them."""
    return unquote(text, errors="surrogateescape")


def _without_slash(path: str) -> str:
    drive = _DRIVE.match(path)
    return drive[1] if drive else path
