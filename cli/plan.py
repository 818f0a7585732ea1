"""``idolsync plan``: cut a song, cast shots into the slots, write the timeline and its sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from otio_idolsync.analysis.listening import named_files
from otio_idolsync.planning.options import PlanOptions

from . import NEEDS_A_PERSON
from .options import Terminal, output_option, takes, terminal


@click.command("plan")
@click.argument("song", type=click.Path(readable=False, path_type=Path))
@click.argument("shots", type=click.Path(readable=False, path_type=Path), required=False)
@output_option("CUT.otio")
@takes(PlanOptions)
@click.option("--relative", is_flag=True, help="Write media paths relative to CUT.otio.")
@terminal
def command(
    song: Path,
    shots: Path | None,
    output: Path,
    force: bool,
    relative: bool,
    terminal: Terminal,
    **settings: Any,
) -> int:
    """Plan the cut of SONG with the clips in the folder SHOTS."""
    from otio_idolsync.cut.files import sheet_path, write_sheet_files
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.planning.plan import plan
    from otio_idolsync.report.summary import plan_summary, plan_to_json

    if output.suffix.lower() != ".otio":
        raise click.UsageError(f"output {output.name!r} must end in .otio")
    inputs = [song, *named_files(settings)]
    check_outputs(output, sheet_path(output), force=force, inputs=inputs)
    relative_to = output.absolute().parent if relative else None
    planned = plan(song, shots, relative_to=relative_to, progress=terminal.progress, **settings)
    terminal.close()
    write_sheet_files(planned.sheet, output)
    terminal.warn(planned.warnings)
    terminal.note(planned.notes)
    if terminal.json:
        terminal.answer("", plan_to_json(planned, output))
    else:
        terminal.say(plan_summary(planned, output))
    return NEEDS_A_PERSON if planned.placeholders else 0
