"""``idolsync plan``: cut a song, cast shots into the slots, write the timeline and its sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import NEEDS_A_PERSON
from .options import (
    Terminal,
    cache_option,
    listening_option,
    output_option,
    terminal,
)

if TYPE_CHECKING:
    from otio_idolsync.analysis.listening import Listening


@click.command("plan")
@click.argument("song", type=click.Path(readable=False, path_type=Path))
@click.argument("shots", type=click.Path(readable=False, path_type=Path), required=False)
@output_option("CUT.otio")
@click.option("--keep", type=click.Path(readable=False, path_type=Path), metavar="EDITED.otio",
              help="Leave its edited and pinned shots as they are.")  # fmt: skip
@click.option("--fps", default="24", show_default=True, help="Rate: 24, 23.976, 30000/1001 …")
@click.option("--size", default="1920x1080", show_default=True, metavar="WxH|SHAPE",
              help="Picture size, or its shape: 9:16, 1:1, 4:5, 16:9.")  # fmt: skip
@click.option("--beats-per-cut", default="4-8", show_default=True, metavar="LO-HI",
              help="Beats a shot lasts that is no hold.")  # fmt: skip
@click.option("--energy-policy", type=click.Choice(["hold", "drive", "none"]), default="hold",
              show_default=True, help="At peaks hold longer, or cut faster.")  # fmt: skip
@click.option("--pacing", default="pop", show_default=True, metavar="NAME|FILE",
              help="Pacing profile: ballad, pop, dance, hype, or a TOML file.")  # fmt: skip
@click.option("--pin", "pins", multiple=True, metavar="TIME", help="Cut here; may be repeated.")
@click.option("--lead", default="0f", show_default=True, help="Cut this far before each beat.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another casting.")
@listening_option
@click.option("--drop-frame/--non-drop-frame", default=None,
              help="Timecode counting [default: drop-frame at 29.97 and 59.94].")  # fmt: skip
@click.option("--relative", is_flag=True, help="Write media paths relative to CUT.otio.")
@cache_option
@terminal
def command(
    song: Path,
    shots: Path | None,
    output: Path,
    force: bool,
    relative: bool,
    listening: Listening,
    terminal: Terminal,
    **settings: Any,
) -> int:
    """Plan the cut of SONG with the clips in the folder SHOTS."""
    from otio_idolsync.analysis.listening import named_files
    from otio_idolsync.cut.files import sheet_path, write_sheet_files
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.planning.plan import plan
    from otio_idolsync.report.summary import plan_summary, plan_to_json

    if output.suffix.lower() != ".otio":
        raise click.UsageError(f"output {output.name!r} must end in .otio")
    inputs = [song, *named_files(listening)]
    check_outputs(output, sheet_path(output), force=force, inputs=inputs)
    relative_to = output.absolute().parent if relative else None
    planned = plan(
        song, shots, relative_to=relative_to, progress=terminal.progress, **listening, **settings
    )
    terminal.close()
    write_sheet_files(planned.sheet, output)
    terminal.warn(planned.warnings)
    terminal.note(planned.notes)
    if terminal.json:
        terminal.answer("", plan_to_json(planned, output))
    else:
        terminal.say(plan_summary(planned, output))
    return NEEDS_A_PERSON if planned.placeholders else 0
