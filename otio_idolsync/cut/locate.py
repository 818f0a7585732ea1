"""Find the file that a media reference means: URLs, relative paths, moved folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from otio_idolsync.cut.url import address_in, path_in, readings, share_of
from otio_idolsync.errors import MediaError
from otio_idolsync.media.files import is_there
from otio_idolsync.media.remote import SCHEMES


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
        scheme = address_in(url).scheme
        if self.fetch and scheme in SCHEMES:
            return self.fetch(url)
        found = readings(url)
        if not found:
            allow = "; --allow-remote fetches it" if scheme in SCHEMES else ""
            raise MediaError(
                f"media {url!r} is an address ({scheme}); only local files are used{allow}"
            )
        share = share_of(url)
        if share and not self.fetch and not any(map(self._mapped, found)):
            raise MediaError(
                f"media {url!r} lies on another machine ({share}); --allow-remote opens it there, "
                "--map OLD=NEW finds a copy here"
            )
        for candidate in found:
            path = self._placed(candidate)
            if is_there(path):
                return path
        return self._placed(found[0])

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
            prefix = path_in(old) if old.startswith("file:") else old.replace("\\", "/")
            prefix = prefix.rstrip("/")
            if plain == prefix or plain.startswith(prefix + "/"):
                return new.rstrip("/\\") + plain[len(prefix) :]
        return None
