"""``idolsync export``: write a timeline for an editor, and say what gets lost on the way."""

from __future__ import annotations

from pathlib import Path

import click

from otio_idolsync.interchange.editors import EDITORS

from .options import Terminal, audio_stream_option, output_option, sequence_option, terminal


@click.command("export")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@output_option("OUT")
@click.option("--for", "editor", required=True, metavar="EDITOR",
              help=f"One of {', '.join(EDITORS)}.")  # fmt: skip
@click.option("--markers", type=click.Choice(["beats", "downbeats", "sections"]),
              help="Thin the beat markers [default: all of them].")  # fmt: skip
@click.option("--markers-on", type=click.Choice(["song", "picture"]),
              help="Lay markers on the song's own clips, with which they move, or on the picture: "
              "in FCPXML the clips beneath, in xmeml the sequence "
              "[default: song for fcp, picture for the others].")  # fmt: skip
@click.option("--version", "version", metavar="1.N", help="FCPXML version, for fcp.")
@sequence_option
@audio_stream_option
@terminal
def command(
    cut: Path,
    output: Path,
    force: bool,
    editor: str,
    markers: str | None,
    markers_on: str | None,
    version: str | None,
    sequence: str | None,
    audio_stream: int | None,
    terminal: Terminal,
) -> None:
    """Write CUT for EDITOR, with the song as a WAV beside it where the editor needs one."""
    from otio_idolsync.interchange.export import export
    from otio_idolsync.report.exported import export_text

    report = export(
        cut,
        output,
        editor,  # type: ignore[arg-type]
        markers=markers,  # type: ignore[arg-type]
        markers_on=markers_on,  # type: ignore[arg-type]
        version=version,
        sequence=sequence,
        audio_stream=audio_stream,
        force=force,
        progress=terminal.progress,
    )
    terminal.close()
    terminal.warn(report.warnings)
    done = dict.fromkeys(report.shared, "uses")
    terminal.say("\n".join(f"{done.get(path, 'wrote')} {path}" for path in report.files))
    terminal.answer(export_text(report), report.to_json())
