"""``idolsync doctor``: what is installed and what is missing."""

from __future__ import annotations

import click

from .options import Terminal, terminal


@click.command("doctor")
@terminal
def command(terminal: Terminal) -> int:
    """Say what was found: ffmpeg, codecs, OTIO adapters, beat trackers, licences of models."""
    from otio_idolsync.report.doctor import doctor_text, examine

    findings = examine()
    data = {"ok": all(f.ok for f in findings), "findings": [f.to_json() for f in findings]}
    terminal.answer(doctor_text(findings), data)
    return 0 if all(f.ok or not f.needed for f in findings) else 3
