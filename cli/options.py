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

from otio_idolsync.errors import brief
from otio_idolsync.options import Field, fields_of
from otio_idolsync.rendering.options import RenderOptions

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


def checked_cut(
    output: Path | None, dry_run: bool, force: bool, inputs: Iterable[Path]
) -> Path | None:
    """Return the cut that a command may write; None for a dry run."""
    from otio_idolsync.cut.files import sheet_path
    from otio_idolsync.media.outputs import check_outputs

    if output is None and not dry_run:
        raise click.UsageError("missing option '-o' / '--output'; only --dry-run does without")
    if output is not None and output.suffix.lower() != ".otio":
        raise click.UsageError(f"output {output.name!r} must end in .otio")
    if output is None or dry_run:
        return None
    check_outputs(output, sheet_path(output), force=force, inputs=inputs)
    return output


def takes(record: type) -> Callable[[Command], Command]:
    """Return what gives a command all options of a record that it has a flag for."""

    def decorate(command: Command) -> Command:
        for taken in reversed(fields_of(record)):
            command = _option(taken)(command) if taken.flag else command
        return command

    return decorate


def _option(taken: Field) -> Callable[[Command], Command]:
    said = taken.option
    how: dict[str, Any] = {"help": said.help, "metavar": said.metavar}
    if taken.types == {bool}:
        switch = {"flag_value": False} if said.default is True else {"is_flag": True}
        how |= {**switch, "default": said.default}
    elif taken.is_several:
        how |= {"multiple": True, "callback": _mapped if taken.is_pairs else None}
    else:
        shown = said.default not in (None, "")
        how |= {"type": _type(taken), "default": said.default, "show_default": shown}
    return click.option(taken.flag, taken.name, **how)


def _type(taken: Field) -> Any:
    """Return how the command line reads what stands after an option."""
    if taken.choices:
        return click.Choice(taken.choices)
    if taken.option.within:
        return click.IntRange(*taken.option.within)
    if taken.option.names_file or taken.types == {Path}:
        return click.Path(readable=False, path_type=Path, file_okay=taken.option.names_file)
    return taken.option.read or (int if taken.types == {int} else str)


def _mapped(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    pairs = [value.partition("=") for value in values]
    for old, sign, _new in pairs:
        if not sign or not old:
            raise click.BadParameter("write OLD=NEW, two path beginnings")
    return tuple((old, new) for old, _sign, new in pairs)


_RENDER = {taken.name: _option(taken) for taken in fields_of(RenderOptions) if taken.flag}
cache_option, audio_stream_option = _RENDER["cache"], _RENDER["audio_stream"]
map_option, remote_option = _RENDER["media_map"], _RENDER["allow_remote"]
sequence_option = _RENDER["sequence"]
