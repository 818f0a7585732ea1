"""``idolsync adopt``: make any human's cut and its song a cut of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from otio_idolsync.analysis.listening import named_files
from otio_idolsync.resync.adopt.options import AdoptOptions

from . import NEEDS_A_PERSON
from .options import Terminal, checked_cut, output_option, takes, terminal


@click.command("adopt")
@click.argument("edit", type=click.Path(readable=False, path_type=Path))
@click.argument("song", type=click.Path(readable=False, path_type=Path))
@output_option("CUT.otio", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@takes(AdoptOptions)
@terminal
def command(
    edit: Path,
    song: Path,
    output: Path | None,
    force: bool,
    dry_run: bool,
    terminal: Terminal,
    **settings: Any,
) -> int:
    """Take EDIT, a timeline that a human cut to SONG, for a cut of ours."""
    from otio_idolsync.cut.files import write_timeline_files
    from otio_idolsync.resync.adopt.run import adopt
    from otio_idolsync.resync.adopt.summary import adopt_text

    target = checked_cut(output, dry_run, force, [edit, song, *named_files(settings)])
    done = adopt(edit, song, output=target, progress=terminal.progress, **settings)
    terminal.close()
    if target and not dry_run:
        write_timeline_files(done.timeline, done.sheet, target)
    terminal.warn((*done.doubts, *done.warnings))
    terminal.answer(adopt_text(done), done.to_json())
    terminal.say(f"wrote {target} and its sync sheet" if not dry_run else "nothing was written")
    return NEEDS_A_PERSON if done.needs_a_person else 0
