"""Between OTIO's adapters and this library: its error type and its folders."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import IdolsyncError, brief


class AdapterError(IdolsyncError, otio.exceptions.OTIOError):  # type: ignore[misc]
    """What an adapter of ours raises: one sentence, and one of OTIO's own errors."""


class IdolsyncWarning(UserWarning):
    """What a person should know of a conversion that succeeded."""


@contextlib.contextmanager
def otio_errors(adapter: str, given: dict[str, Any]) -> Iterator[None]:
    """Turn our errors into OTIO's, and refuse arguments that the adapter does not know.

    Raises:
        AdapterError: With the library's sentence.
    """
    if given:
        raise AdapterError(f"adapter {adapter} knows no argument {', '.join(sorted(given))}")
    try:
        yield
    except AdapterError:
        raise
    except IdolsyncError as error:
        raise AdapterError(str(error)) from error


def tell(sentences: Iterable[str]) -> None:
    """Warn of each sentence, so that nothing is dropped in silence.

    Without a place in the code: it would be a line of OTIO's, the same for every conversion, of
    which Python shows each sentence but once.
    """
    for sentence in sentences:
        warnings.warn_explicit(brief(sentence), IdolsyncWarning, "otio_idolsync", 1)


def folder(media_root: str | None) -> Path:
    """Return the folder against which relative media paths resolve."""
    return Path(media_root).expanduser().absolute() if media_root else Path.cwd()


def texts(value: Any) -> tuple[str, ...]:
    """Return an argument that may be given once or as a list, as texts."""
    if value is None:
        return ()
    if isinstance(value, str | int | float):
        return (str(value),)
    return tuple(str(v) for v in value)


def whole(value: Any, name: str) -> int | None:
    """Return a whole number given as a number or a text; None where none was given.

    Raises:
        AdapterError: It is something else.
    """
    if value is None or isinstance(value, int):
        return value
    try:
        return int(str(value))
    except ValueError as error:
        raise AdapterError(f"argument {name} = {value!r} is no whole number") from error


def truth(value: Any, name: str) -> bool | None:
    """Return yes or no given as such or as a text; None where none was given.

    Raises:
        AdapterError: It is something else.
    """
    known = {"true": True, "1": True, "false": False, "0": False}
    if value is None:
        return None
    if str(value).lower() not in known:
        raise AdapterError(f"argument {name} = {value!r} is neither true nor false")
    return known[str(value).lower()]


def mapped(value: Any) -> tuple[tuple[str, str], ...]:
    """Return path prefixes given as ``OLD=NEW``, once or as a list.

    Raises:
        AdapterError: There is no ``=``, or nothing before it.
    """
    pairs = []
    for text in texts(value):
        old, sign, new = text.partition("=")
        if not sign or not old:
            raise AdapterError(f"argument map = {text!r} should be OLD=NEW, two path beginnings")
        pairs.append((old, new))
    return tuple(pairs)
