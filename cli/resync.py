"""``idolsync resync``: recognise an edited timeline's shots, say what changed, merge."""

from __future__ import annotations

from pathlib import Path

import click

from . import NEEDS_A_PERSON
from .options import Terminal, output_option, terminal


@click.command("resync")
@click.argument("edited", type=click.Path(readable=False, path_type=Path))
@click.option("--plan", "plan_file", type=click.Path(readable=False, path_type=Path), required=True,
              metavar="CUT.otio", help="The exported timeline, or a later version.")  # fmt: skip
@click.option("--base", type=click.Path(readable=False, path_type=Path), metavar="THEN.otio",
              help="The exported version, where the plan has changed since.")  # fmt: skip
@output_option("NEXT.otio")
@click.option("--snap", type=click.Choice(["beats", "downbeats"]),
              help="Move cuts that nearly hit one onto it.")  # fmt: skip
@click.option("--within", metavar="2f", help="Greatest distance of a snap [default: 2f].")
@click.option("--map", "mapping", multiple=True, metavar="OLD=NEW",
              help="Media that the edit has under OLD is the plan's under NEW.")  # fmt: skip
@click.option("--sequence", metavar="NAME", help="The sequence to compare [default: best match].")
@click.option("--mend-sync", is_flag=True, help="Slip performance takes back into sync.")
@click.option("--relock", is_flag=True, help="Take the edited song for the new spine.")
@terminal
def command(
    edited: Path,
    plan_file: Path,
    base: Path | None,
    output: Path,
    force: bool,
    snap: str | None,
    within: str | None,
    mapping: tuple[str, ...],
    sequence: str | None,
    mend_sync: bool,
    relock: bool,
    terminal: Terminal,
) -> int:
    """Bring EDITED, an editor's export, together with the plan it was made from."""
    from otio_idolsync.cut.files import sheet_path, write_timeline_files
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.resync.run import resync
    from otio_idolsync.resync.summary import resync_text

    if output.suffix.lower() != ".otio":
        raise click.UsageError(f"output {output.name!r} must end in .otio")
    inputs = [path for path in (edited, plan_file, base) if path]
    check_outputs(output, sheet_path(output), force=force, inputs=inputs)
    done = resync(
        edited, plan_file, base=base, snap=snap, within=within, mapping=mapping,
        sequence=sequence, mend_sync=mend_sync, relock=relock, output=output,
    )  # fmt: skip
    write_timeline_files(done.timeline, done.sheet, output)
    terminal.answer("" if terminal.json else resync_text(done, terminal.verbose), done.to_json())
    terminal.say(f"wrote {output} and its sync sheet")
    return NEEDS_A_PERSON if done.needs_a_person else 0
