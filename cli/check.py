"""``idolsync check``: what is wrong with a cut, and with the movie made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import NEEDS_A_PERSON
from .options import (
    Terminal,
    audio_stream_option,
    map_option,
    remote_option,
    sequence_option,
    terminal,
)


@click.command("check")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@click.argument(
    "movie", type=click.Path(readable=False, path_type=Path), required=False, metavar="[FINAL.mp4]"
)
@sequence_option
@audio_stream_option
@map_option
@remote_option
@terminal
def command(cut: Path, movie: Path | None, terminal: Terminal, **settings: Any) -> int:
    """Check CUT, and the movie made of it, against the song."""
    from otio_idolsync.cut.remark import SHOWN
    from otio_idolsync.report.check import check, check_text

    report = check(cut, movie, progress=terminal.progress, **settings)
    terminal.close()
    terminal.warn(report.warnings)
    most = None if terminal.verbose else SHOWN
    terminal.answer(check_text(report, most), report.to_json())
    return 0 if report.ok else NEEDS_A_PERSON
