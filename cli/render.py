"""``idolsync render``: conform a timeline to a movie, frame for frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from otio_idolsync.rendering.options import RenderOptions

from . import NEEDS_A_PERSON
from .options import Terminal, output_option, takes, terminal


@click.command("render")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@output_option("FINAL.mp4")
@takes(RenderOptions)
@terminal
def command(
    cut: Path,
    output: Path,
    force: bool,
    dry_run: bool,
    sequence: str | None,
    terminal: Terminal,
    **settings: Any,
) -> int:
    """Render CUT to the movie FINAL.mp4."""
    from otio_idolsync.cut.files import has_sheet_beside, sheet_path, write_sheet_beside
    from otio_idolsync.errors import OutputError
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.rendering.memory import one_heap
    from otio_idolsync.rendering.render import render
    from otio_idolsync.report.summary import render_summary

    one_heap()
    sheets = () if has_sheet_beside(cut, output, sequence) else (sheet_path(output),)
    try:
        check_outputs(output, *sheets, force=force)
    except OutputError as error:
        if not dry_run:
            raise
        terminal.warn([f"the render itself would stop: {error}"])
    report = render(
        cut, output, dry_run=dry_run, sequence=sequence, progress=terminal.progress, **settings
    )
    terminal.close()
    data = report.to_json()
    terminal.warn(report.warnings)
    if not dry_run:
        terminal.warn(write_sheet_beside(cut, output, report.left_out, sequence))
    if terminal.json:
        terminal.answer("", data)
    elif dry_run:
        terminal.answer(render_summary(report, output, dry_run))
    else:
        terminal.say(render_summary(report, output, dry_run))
    return NEEDS_A_PERSON if report.needs_a_person else 0
