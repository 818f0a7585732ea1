"""The command ``idolsync``: parse, call the library, print the answer."""

from __future__ import annotations

import importlib
import io
import json
import sys
import traceback

import click

from otio_idolsync import __version__
from otio_idolsync.errors import IdolsyncError, UsageError, brief

COMMANDS = (
    "analyze", "plan", "explain", "export", "resync", "render", "proxies", "check", "cache",
    "shot", "doctor", "demo",
)  # fmt: skip
NEEDS_A_PERSON = 3


class CommandGroup(click.Group):
    """Commands by module name, imported when they are named, so that ``--help`` stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{cmd_name}", __package__)
        return module.command  # type: ignore[no-any-return]


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="idolsync")
def idolsync() -> None:
    """Cut picture to a locked song, explain each cut, and render it frame for frame."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit with the status that scripts rely on."""
    args = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped; it must not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = idolsync.main(args, prog_name="idolsync", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "idolsync"
        hint = f"; see {command} --help"
        _fail(f"{error.format_message().rstrip('.')}{hint}", 2, args)
    except click.ClickException as error:
        _fail(error.format_message(), 1, args)
    except UsageError as error:
        _fail(str(error), 2, args)
    except IdolsyncError as error:
        _fail(str(error), 1, args)
    except (KeyboardInterrupt, click.Abort) as error:
        said = str(error.__cause__ or error) or "finished work is kept"
        _fail(f"interrupted; {said} in the cache", 130, args)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to say
        sys.exit(1)
    except Exception as error:
        if {"-v", "--verbose"} & set(args):
            traceback.print_exc()
        if isinstance(error, OSError) and error.filename:
            _fail(f"{error.filename} cannot be used: {error.strerror or error}", 1, args)
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        hint = "please report it with what --verbose shows"
        _fail(f"unexpected {said}; this is a defect of idolsync, {hint}", 1, args)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(sentence: str, status: int, args: list[str]) -> None:
    sentence = brief(sentence)
    print(f"Error: {' '.join(sentence.split())}", file=sys.stderr)
    if "--json" in args:
        print(json.dumps({"error": sentence, "status": status}))
    sys.exit(status)
