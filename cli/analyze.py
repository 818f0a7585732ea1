"""``idolsync analyze``: beats, bars, energy, events, sections and sung phrases of a song."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from otio_idolsync.analysis.listening import Listening, named_files

from .options import Terminal, cache_option, output_option, takes, terminal


@click.command("analyze")
@click.argument("song", type=click.Path(readable=False, path_type=Path))
@output_option("F.json", required=False)
@takes(Listening)
@click.option("--click", "click_track", type=click.Path(readable=False, path_type=Path),
              metavar="CLICK.wav",
              help="Also write the song with a click on each beat.")  # fmt: skip
@cache_option
@terminal
def command(
    song: Path,
    output: Path | None,
    force: bool,
    click_track: Path | None,
    cache: Path | None,
    terminal: Terminal,
    **listening: Any,
) -> None:
    """Analyse SONG and write what was found."""
    from otio_idolsync.analysis.analyze import analyze
    from otio_idolsync.media.outputs import check_outputs, write_text

    if click_track and click_track.suffix.lower() != ".wav":
        raise click.UsageError(f"click track {click_track.name!r} must end in .wav")
    inputs = [song, *named_files(listening)]
    check_outputs(*(p for p in (output, click_track) if p), force=force, inputs=inputs)
    found = analyze(song, cache=cache, progress=terminal.progress, **listening)
    terminal.close()
    data = found.to_json()
    if output:
        write_text(output, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        terminal.say(f"wrote {output}")
    if click_track:
        from otio_idolsync.analysis.click import write_click
        from otio_idolsync.media.song import open_song

        write_click(open_song(song, found.song.audio_stream), found, click_track)
        terminal.say(f"wrote {click_track}")
    terminal.warn(found.warnings)
    if output is None or terminal.json:
        from otio_idolsync.report.summary import analysis_summary

        terminal.answer(analysis_summary(found), data)
