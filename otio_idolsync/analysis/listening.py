"""How a song is listened to: each option once, for both commands, the adapter and the library.

``analyze`` and ``plan`` take the same ones. What an option is called, what it takes and what it
does stands in `Listening` alone: the command line, the adapter and the docstrings are made of it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict, TypeVar, get_args, get_type_hints

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PLACE = "        listening: "


@dataclass(frozen=True, slots=True)
class OptionText:
    """What an option of `Listening` says of itself.

    Attributes:
        metavar: What is written after it on the command line.
        help: What it does.
        names_file: Whether it names a file that is read.
    """

    metavar: str
    help: str
    names_file: bool = False


class Listening(TypedDict, total=False):
    """How a song is listened to; what is left out is as the song is heard."""

    audio_stream: Annotated[
        int | None,
        OptionText("N", "Sound stream of SONG, from 0 [default: the default one, else the first]."),
    ]
    backend: Annotated[
        str, OptionText("NAME", "Beat tracker; doctor lists them [default: idolsync].")
    ]
    grid: Annotated[
        Path | str | None,
        OptionText("FILE", ".beats, Audacity labels, MIDI, marked .otio or analysis to use.", True),
    ]
    tap: Annotated[
        Path | str | None,
        OptionText("FILE", "Your taps, a second a line or labels: they choose the reading.", True),
    ]
    alternative: Annotated[
        int | None, OptionText("N", "Take the N-th of the other readings that analyze lists.")
    ]
    tempo_scale: Annotated[str | float | None, OptionText("2|1/2", "Double or halve the beats.")]
    shift: Annotated[
        str | None, OptionText("1b|-12ms|half-beat", "Move the grid later, or earlier.")
    ]
    meter: Annotated[
        str | int | None, OptionText("3/4|6/8|5", "Beats a bar, instead of those found.")
    ]
    bar_phase: Annotated[int | None, OptionText("N", "Beats by which the downbeats move.")]
    vocals: Annotated[
        Path | str | None,
        OptionText(
            "STEM|demucs[:MODEL]",
            "The vocal stem, or its separator: phrases are where it sounds.",
            True,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of `Listening`.

    Attributes:
        name: As a keyword of ``analyze`` and ``plan``.
        is_whole: Whether it takes a whole number and nothing else.
        text: What it says of itself.
        hint: Its type.
    """

    name: str
    is_whole: bool
    text: OptionText
    hint: Any

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return f"--{self.name.replace('_', '-')}"


@functools.cache
def listening_options() -> tuple[Option, ...]:
    """Return all options of `Listening`, in its order."""
    hints = get_type_hints(Listening, include_extras=True)
    found = []
    for name, hint in hints.items():
        plain, text = get_args(hint)
        kinds = set(get_args(plain)) - {type(None)}
        found.append(Option(name, kinds == {int}, text, plain))
    return tuple(found)


def named_files(listening: Listening) -> list[Path]:
    """Return the files that are read besides the song."""
    given: dict[str, Any] = {**listening}
    named = (given.get(option.name) for option in listening_options() if option.text.names_file)
    return [Path(name) for name in named if name]


def takes_listening(function: _Function) -> _Function:
    """Spell the options out in a function's signature and docstring, and hold callers to them."""
    written = inspect.signature(function)
    own = [p for p in written.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    more = [
        inspect.Parameter(o.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=o.hint)
        for o in listening_options()
    ]
    spelled = written.replace(parameters=[*own, *more])

    @functools.wraps(function)
    def checked(*args: Any, **named: Any) -> Any:
        spelled.bind(*args, **named)
        return function(*args, **named)

    said = "".join(f"        {o.name}: {o.text.help}\n" for o in listening_options())
    head, mark, tail = (function.__doc__ or "").partition(_PLACE)
    checked.__doc__ = head + said + tail.partition("\n")[2] if mark else function.__doc__
    checked.__signature__ = spelled  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]
