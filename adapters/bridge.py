"""Between OTIO's adapters and this library: its error type and its folders."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import IdolsyncError


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
    """Warn of each sentence, so that nothing is dropped in silence."""
    for sentence in sentences:
        warnings.warn(sentence, IdolsyncWarning, stacklevel=3)


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
