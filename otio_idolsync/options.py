"""How an option is written: once, for the command, the adapter, the function and its docstring.

A record is a `TypedDict` whose fields carry an `Option`. A function takes it as keywords, so that a
type checker and an editor see each of them; what it is called elsewhere, what it takes where it is
left out and what it does stands in the record alone.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from otio_idolsync.errors import UsageError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Record = TypeVar("_Record")
# The line of a docstring in whose place the options are listed.
_PLACE = re.compile(r"^ +\*\*\w+: .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Option:
    """What an option says of itself.

    Attributes:
        help: What it does; of a switch that turns something off, what that does.
        metavar: What is written after it on the command line.
        default: What it is where it is left out.
        argument: Its name in the adapter, where that is not the keyword; "" where there is none.
        flag: On the command line, where that is not ``--argument``; "" where there is none.
        names_file: Whether it names a file that is read; what is a `Path` alone names a folder.
        within: Least and most that it may be.
        read: What makes a value of what stands on the command line, where the type doesn't say it.
    """

    help: str
    metavar: str | None = None
    default: Any = None
    argument: str | None = None
    flag: str | None = None
    names_file: bool = False
    within: tuple[int, int] | None = None
    read: Callable[[str], Any] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: a keyword, its type, and what it says of itself."""

    name: str
    hint: Any
    option: Option

    @property
    def argument(self) -> str:
        """Its name in the adapter; "" where there is none."""
        given = self.option.argument
        return self.name if given is None else given

    @property
    def flag(self) -> str:
        """The option on the command line; "" where there is none."""
        given = self.option.flag
        return f"--{self.argument.replace('_', '-')}" if given is None else given

    @property
    def types(self) -> frozenset[Any]:
        """What it may be, beside None."""
        is_union = get_origin(self.hint) in (Union, UnionType)
        return frozenset(get_args(self.hint) if is_union else [self.hint]) - {NoneType}

    @property
    def choices(self) -> tuple[str, ...]:
        """The words of which it is one; empty where it may be others."""
        return get_args(self.hint) if get_origin(self.hint) is Literal else ()

    @property
    def is_several(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(self.hint) is Sequence

    @property
    def is_pairs(self) -> bool:
        """Whether each time it is an old and a new text."""
        return bool(self.hint == Sequence[tuple[str, str]])

    @property
    def said(self) -> str:
        """What it does, as the docstring of a function says it."""
        told = self.option.help
        return f"If False: {told[0].lower()}{told[1:]}" if self.option.default is True else told


CacheFolder = Annotated[
    Path | None, Option("Cache folder [default: $IDOLSYNC_CACHE or the user's cache].")
]


@functools.cache
def fields_of(record: type) -> tuple[Field, ...]:
    """Return all options of a record, in its order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(Field(name, *get_args(hint)) for name, hint in hints.items())


def part_of(given: Mapping[str, Any], record: type[_Record]) -> _Record:
    """Return those of the options given that belong to a record."""
    names = record.__annotations__
    return {name: given[name] for name in names if name in given}  # type: ignore[return-value]


def takes(record: type) -> Callable[[_Function], _Function]:
    """Spell a record out in a function's signature and docstring, and hold callers to it.

    The function gets all options, those that are left out with their defaults.
    """
    fields = fields_of(record)

    def spelled_out(function: _Function) -> _Function:
        kind = inspect.Parameter.KEYWORD_ONLY
        more = [
            inspect.Parameter(f.name, kind, default=f.option.default, annotation=f.hint)
            for f in fields
        ]
        signature = with_parameters(function, more)

        @functools.wraps(function)
        def checked(*args: Any, **named: Any) -> Any:
            given = signature.bind(*args, **named)
            given.apply_defaults()
            for field in fields:
                _check(field, given.arguments[field.name])
            return function(*given.args, **given.kwargs)

        listed = "".join(f"        {f.name}: {f.said}\n" for f in fields)
        checked.__doc__ = _PLACE.sub(lambda _: listed, function.__doc__ or "", count=1)
        checked.__signature__ = signature  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return spelled_out


def with_parameters(
    function: Callable[..., Any], more: Sequence[inspect.Parameter]
) -> inspect.Signature:
    """Return the signature of a function in which parameters take the place of its ``**rest``."""
    written = inspect.signature(function)
    own = [p for p in written.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    return written.replace(parameters=[*own, *more])


def _check(field: Field, value: Any) -> None:
    if field.choices and value not in field.choices:
        name, known = field.name.replace("_", " "), ", ".join(field.choices)
        raise UsageError(f"{name} {value!r} is none of {known}")
