"""``idolsync shot``: make one shot from a job file, on any machine that sees its media."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Terminal, cache_option, terminal


@click.command("shot", hidden=True)
@click.argument("job", type=click.Path(readable=False, path_type=Path), metavar="JOB.json")
@cache_option
@terminal
def command(job: Path, cache: Path | None, terminal: Terminal) -> None:
    """Make the object that JOB.json describes, unless it is in the cache."""
    from otio_idolsync.rendering.shot import run_command

    done, fresh = run_command(job, cache)
    data = {"key": done.key, "object": str(done.made), "action": "encoded" if fresh else "reused"}
    terminal.answer(str(done.made), data)
