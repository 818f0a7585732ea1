"""File names as text that every format can carry.

Names on disk are bytes. Python keeps bytes that are no UTF-8 as lone surrogates, which neither JSON
nor OpenTimelineIO can write; only URLs carry them exactly.
"""

from __future__ import annotations

import re
from pathlib import Path

# pathlib makes one slash of the two of an address; a drive's letter is no scheme
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", re.DOTALL)


def spoken_name(name: str) -> str:
    """Return a file name for people and files: bytes that are no UTF-8 become ``�``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def address_of(path: Path | str) -> str:
    """Return the address (URL) that was given where a path belongs, made absolute or not.

    "" for a path.
    """
    found = _ADDRESS.fullmatch(str(path).removeprefix(f"{Path.cwd()}/"))
    slashes = "///" if found and found[1].lower() == "file" else "//"
    return f"{found[1]}:{slashes}{found[2]}" if found else ""


def not_there(what: str, path: Path | str) -> str:
    """Return the sentence on a file that a user named and that is not there.

    Args:
        what: What it should be: "song".
        path: As the user wrote it.
    """
    url = address_of(path)
    if url.lower().startswith("file:"):
        return f"{what} {url} is an address (URL); give the path {url[7:]}"
    if url:
        return f"{what} {url} is an address (URL); download it and give the file's path"
    return f"{what} {Path(path).expanduser().absolute()} does not exist; check the path"
