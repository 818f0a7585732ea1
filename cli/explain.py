"""``idolsync explain``: why each cut of a planned timeline is where it is."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Terminal, terminal


@click.command("explain")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT.otio")
@click.option("--at", metavar="TIME", help="Only the shot on screen then: 8.3s, 199f, bar12 …")
@click.option("--shot", "shot_id", metavar="ID", help="Only this shot: S012.")
@terminal
def command(cut: Path, at: str | None, shot_id: str | None, terminal: Terminal) -> None:
    """Say why each cut of CUT.otio is where it is, and what it beat."""
    from otio_idolsync.cut.files import read_sheet
    from otio_idolsync.report.explain import explain_text, explained

    if at and shot_id:
        raise click.UsageError("--at and --shot exclude each other")
    rows = explained(read_sheet(cut), at=at, shot_id=shot_id)
    terminal.answer(explain_text(rows, whole=not (at or shot_id)), {"shots": rows})
