"""Options that several commands share, and the terminal that their library calls report to."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from otio_idolsync.analysis.listening import listening_options
from otio_idolsync.errors import brief

Command = Callable[..., Any]


@dataclass(slots=True)
class Terminal:
    """Where answers, warnings and progress go: answers to stdout, all else to stderr."""

    json: bool
    quiet: bool
    verbose: bool
    _bar: Any = field(default=None, repr=False)
    _stage: str = ""

    def answer(self, text: str, data: dict[str, Any] | None = None) -> None:
        """Print a command's answer: the text, or with ``--json`` the object."""
        if self.json:
            print(json.dumps(data, indent=1, ensure_ascii=False))
        else:
            print("\n".join(map(brief, text.split("\n"))))

    def say(self, text: str) -> None:
        """Tell what was done."""
        if not self.quiet and not self.json:
            print(text, file=sys.stderr)

    def warn(self, warnings: Iterable[str]) -> None:
        """Name what a person should know, once what is alike; not silenced by ``--quiet``."""
        from otio_idolsync.cut.remark import SHOWN, grouped

        for warning in grouped(warnings, None if self.verbose else SHOWN):
            print(f"Warning: {brief(warning)}", file=sys.stderr)

    def note(self, notes: Iterable[str]) -> None:
        """Tell what only ``--verbose`` asks for."""
        if self.verbose:
            for line in notes:
                print(brief(line), file=sys.stderr)

    def progress(self, stage: str, share: float) -> None:
        """Show how far a stage is, on a terminal, once it has taken two seconds."""
        if self.quiet or not sys.stderr.isatty():
            return
        from tqdm import tqdm

        if stage != self._stage:
            self.close()
            form = "{desc:<20} {percentage:3.0f}% |{bar}| {elapsed} of {remaining} left"
            self._bar = tqdm(total=1.0, desc=stage, delay=2, leave=False, bar_format=form)
            self._stage = stage
        self._bar.update(share - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar, self._stage = None, ""


def terminal(command: Command) -> Command:
    """Give a command ``--json``, ``-q`` and ``-v``, and pass it a :class:`Terminal`."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        shown = Terminal(as_json, quiet, verbose)
        try:
            return command(*args, terminal=shown, **kwargs)
        finally:
            shown.close()

    return wrapped


def output_option(example: str, required: bool = True) -> Callable[[Command], Command]:
    """Return the options ``-o`` and ``--force``."""

    def decorate(command: Command) -> Command:
        command = click.option(
            "--force", is_flag=True, help="Replace an output that idolsync did not write."
        )(command)
        return click.option(
            "-o", "--output", type=click.Path(readable=False, path_type=Path), required=required,
            metavar=example, help=f"File to write{'' if required else ' (optional)'}.",
        )(command)  # fmt: skip

    return decorate


cache_option = click.option(
    "--cache",
    type=click.Path(readable=False, path_type=Path, file_okay=False),
    help="Cache folder [default: $IDOLSYNC_CACHE or the user's cache].",
)
_FILE = click.Path(readable=False, path_type=Path)
audio_stream_option = click.option(
    "--audio-stream",
    type=int,
    metavar="N",
    help="Sound stream of the song's file, from 0 [default: the plan's, else the default one].",
)


def listening_option(command: Command) -> Command:
    """Give a command all that `Listening` says of how to hear a song, as ``listening``."""

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> Any:
        asked = {option.name: given.pop(option.name) for option in listening_options()}
        listening = {name: value for name, value in asked.items() if value is not None}
        return command(*args, listening=listening, **given)

    for option in reversed(listening_options()):
        text = option.text
        kind = int if option.is_whole else _FILE if text.names_file else str
        wrapped = click.option(option.flag, type=kind, metavar=text.metavar, help=text.help)(
            wrapped
        )
    return wrapped


sequence_option = click.option(
    "--sequence", metavar="NAME", help="The sequence that is meant, where a file holds several."
)


def _mapped(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    pairs = [value.partition("=") for value in values]
    for old, sign, _new in pairs:
        if not sign or not old:
            raise click.BadParameter("write OLD=NEW, two path beginnings")
    return tuple((old, new) for old, _sign, new in pairs)


map_option = click.option(
    "--map",
    "media_map",
    multiple=True,
    callback=_mapped,
    metavar="OLD=NEW",
    help="Look for media under NEW instead of OLD; may be repeated.",
)
remote_option = click.option(
    "--allow-remote", is_flag=True, help="Use media on the web or on another machine's share."
)
