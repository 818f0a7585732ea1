"""``idolsync explain``: why each cut of a planned timeline is where it is."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Terminal, sequence_option, terminal


@click.command("explain")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@click.option("--at", metavar="TIME", help="Only the shot on screen then: 8.3s, 199f, bar12 …")
@click.option("--shot", "shot_id", metavar="ID", help="Only this shot: S012.")
@sequence_option
@terminal
def command(
    cut: Path, at: str | None, shot_id: str | None, sequence: str | None, terminal: Terminal
) -> None:
    """Say why each cut of CUT is where it is, and what it beat."""
    from otio_idolsync.cut.read import read_cut
    from otio_idolsync.report.explain import explain_text, explained

    if at and shot_id:
        raise click.UsageError("--at and --shot exclude each other")
    held = read_cut(cut)
    terminal.warn(held.notes)
    rows = explained(held.timeline(sequence), at=at, shot_id=shot_id)
    terminal.answer(explain_text(rows, whole=not (at or shot_id)), {"shots": rows})
