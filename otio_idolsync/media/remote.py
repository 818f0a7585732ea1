"""Fetch media from the web into the cache, where the user has allowed it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from otio_idolsync.errors import MediaError, reason
from otio_idolsync.media.cache import mark_used, written_beside

SCHEMES = ("http", "https")
TIMEOUT_SECONDS = 30
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_ASKED = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class Remote:
    """Media of the web: each is fetched once, and again when its server says it has changed."""

    def __init__(self, root: Path) -> None:
        """Take the cache folder."""
        self._root = root
        self._fetched: dict[str, Path] = {}

    def fetch(self, url: str) -> Path:
        """Return the local copy of what a URL names; asked for once.

        Raises:
            MediaError: It cannot be had, or ended early.
            OutputError: The cache cannot be written.
        """
        if url not in self._fetched:
            try:
                self._fetched[url] = self._copy(url)
            except (OSError, ValueError) as error:
                inner = getattr(error, "reason", None)
                why = reason(inner if isinstance(inner, Exception) else error)
                raise MediaError(f"media {url} cannot be fetched: {why}") from error
        return self._fetched[url]

    def _copy(self, url: str) -> Path:
        key = hashlib.sha256(url.encode()).hexdigest()
        suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix
        suffix = suffix if _SUFFIX.fullmatch(suffix) and suffix != ".json" else ""
        target = self._root / "remote" / key[:2] / f"{key}{suffix or '.media'}"
        note = target.with_suffix(".json")
        asked = urllib.request.Request(url)
        if target.is_file():
            for name, value in _noted(note).items():
                asked.add_header(_ASKED[name], value)
        try:
            with _web().open(asked, timeout=TIMEOUT_SECONDS) as answer:
                _save(answer, target, url)
                said = {name: answer.headers[name] for name in _ASKED if answer.headers[name]}
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
            mark_used(note)
            return target
        with written_beside(note) as temporary:
            temporary.write_text(json.dumps(said), encoding="utf-8")
        return target


def _web() -> urllib.request.OpenerDirector:
    """Return an opener that knows HTTP and nothing else, wherever it is redirected to."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _save(answer: Any, target: Path, url: str) -> None:
    with written_beside(target) as temporary:
        with temporary.open("wb") as file:
            shutil.copyfileobj(answer, file)
            size = file.tell()
        told = answer.headers["Content-Length"]
        if told is not None and told.isdigit() and int(told) != size:
            raise MediaError(f"media {url} ended after {size} of {told} bytes; try again")


def _noted(note: Path) -> dict[str, str]:
    """Return what the server said of the copy that is there."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        data = json.loads(note.read_text(encoding="utf-8"))
        return {name: str(data[name]) for name in _ASKED if name in data}
    return {}
