"""``idolsync snap``: move cuts that lie near the grid onto it, track by track."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import NEEDS_A_PERSON
from .options import Terminal, checked_cut, output_option, sequence_option, terminal


@click.command("snap")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@click.option("--to", type=click.Choice(["beats", "downbeats"]), required=True,
              help="What to move cuts onto.")  # fmt: skip
@click.option("--within", default="3f", show_default=True, help="Greatest distance of a move.")
@output_option("NEXT.otio", required=False)
@sequence_option
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and write nothing.")
@terminal
def command(
    cut: Path, output: Path | None, force: bool, dry_run: bool, terminal: Terminal, **settings: Any
) -> int:
    """Move the cuts of CUT that lie near its beats onto them, as rolls within the handles."""
    from otio_idolsync.cut.files import write_timeline_files
    from otio_idolsync.resync.snap.run import snap, snap_text

    target = checked_cut(output, dry_run, force, [cut])
    done = snap(cut, output=target, **settings)
    if target and not dry_run:
        write_timeline_files(done.timeline, done.sheet, target)
    terminal.note(done.losses)
    terminal.answer(snap_text(done), done.to_json())
    terminal.say(f"wrote {target} and its sync sheet" if not dry_run else "nothing was written")
    return NEEDS_A_PERSON if done.needs_a_person else 0
