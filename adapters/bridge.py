"""Between OTIO's adapters and this library: its error type and its folders."""

from __future__ import annotations

import contextlib
import functools
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import opentimelineio as otio

from otio_idolsync.errors import IdolsyncError, brief
from otio_idolsync.options import Field, fields_of, with_parameters

_Function = TypeVar("_Function", bound=Callable[..., Any])


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


def takes(adapter: str, record: type) -> Callable[[_Function], _Function]:
    """Give an adapter's function the options of a record as arguments, all else is refused.

    It gets those that were given, by the library's names and of its types; our errors leave it as
    OTIO's.
    """
    fields = {field.argument: field for field in fields_of(record) if field.argument}

    def spelled_out(function: _Function) -> _Function:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        more = [
            inspect.Parameter(name, kind, default=f.option.default) for name, f in fields.items()
        ]
        signature = with_parameters(function, more)

        @functools.wraps(function)
        def called(*args: Any, **given: Any) -> Any:
            unknown = {name: given[name] for name in given if name not in signature.parameters}
            with otio_errors(adapter, unknown):
                asked = {name: given.pop(name) for name in fields if name in given}
                read = {
                    fields[k].name: _read(fields[k], v) for k, v in asked.items() if v is not None
                }
                return function(*args, **given, **read)

        called.__signature__ = signature  # type: ignore[attr-defined]
        return called  # type: ignore[return-value]

    return spelled_out


def _read(field: Field, value: Any) -> Any:
    """Return an argument that may be a text, as the library takes it."""
    if field.types == {bool}:
        return truth(value, field.argument)
    if field.types == {int}:
        return whole(value, field.argument)
    if field.types == {Path}:
        return Path(value).expanduser() if value else None
    if field.is_several:
        return mapped(value) if field.is_pairs else texts(value)
    return str(value) if field.types == {str} else value


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
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
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
