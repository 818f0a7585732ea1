"""The command ``idolsync``: parse, call the library, print the answer."""

from __future__ import annotations

import difflib
import importlib
import io
import json
import sys
import traceback
from collections.abc import Iterable

import click

from otio_idolsync import __version__
from otio_idolsync.errors import IdolsyncError, UsageError, brief, in_words

COMMANDS = (
    "analyze", "plan", "explain", "export", "resync", "adopt", "snap", "render", "proxies",
    "check", "cache", "shot", "doctor", "demo",
)  # fmt: skip
NEEDS_A_PERSON = 3


class CommandGroup(click.Group):
    """Commands by module name, imported when they are named, so that ``--help`` stays instant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named first; of a misspelt one, say which was meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(
                f"no command is called {args[0]}{_meant(args[0], COMMANDS)}", ctx
            )
        return super().resolve_command(ctx, args)

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
        _fail(_usage(error), 2, args)
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
        said = in_words(f"{type(error).__name__} ({error})")
        hint = "please report it with what --verbose shows"
        _fail(f"unexpected {said}; this is a defect of idolsync, {hint}", 1, args)
    sys.exit(status if isinstance(status, int) else 0)


def _usage(error: click.UsageError) -> str:
    """Return what is wrong with the words of a command line, and where help is."""
    command = error.ctx.command if error.ctx else idolsync
    said = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        known = [one for p in command.params for one in (*p.opts, *p.secondary_opts)]
        name = error.option_name
        said = f"no option is called {name}{_meant(name, [k for k in known if k[:2] == '--'])}"
    return f"{said}; see {error.ctx.command_path if error.ctx else 'idolsync'} --help"


def _meant(name: str, known: Iterable[str]) -> str:
    """Return the question whether something known was meant, "" where nothing is like it."""
    bare = {one.lstrip("-"): one for one in known}
    alike = difflib.get_close_matches(name.lstrip("-").lower(), bare, n=1)
    return f" (did you mean {bare[alike[0]]}?)" if alike else ""


def _fail(sentence: str, status: int, args: list[str]) -> None:
    sentence = brief(sentence)
    print(f"Error: {' '.join(sentence.split())}", file=sys.stderr)
    if "--json" in args:
        print(json.dumps({"error": sentence, "status": status}))
    sys.exit(status)
