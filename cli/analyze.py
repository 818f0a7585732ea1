"""``idolsync analyze``: beats, bars, energy, events, sections and sung phrases of a song."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .options import (
    Terminal,
    backend_option,
    cache_option,
    grid_option,
    output_option,
    terminal,
)


@click.command("analyze")
@click.argument("song", type=click.Path(readable=False, path_type=Path))
@output_option("F.json", required=False)
@backend_option
@grid_option
@click.option("--tap", type=click.Path(readable=False, path_type=Path), metavar="FILE",
              help="Your taps, a second a line or labels: they choose the reading.")  # fmt: skip
@click.option("--tempo-scale", metavar="2|1/2", help="Double or halve the beats.")
@click.option("--shift", metavar="1b|-12ms|half-beat", help="Move the grid.")
@click.option("--meter", metavar="3/4|6/8|5", help="Beats a bar, instead of those found.")
@click.option("--alternative", type=int, metavar="N",
              help="Take the N-th of the other readings that analyze lists.")  # fmt: skip
@click.option("--bar-phase", type=int, help="Beats by which the downbeats move.")
@click.option("--vocals", type=click.Path(readable=False, path_type=Path),
              metavar="STEM|demucs[:MODEL]",
              help="The vocal stem, or its separator: phrases are where it sounds.")  # fmt: skip
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
    terminal: Terminal,
    tempo_scale: str | None,
    grid: Path | None,
    tap: Path | None,
    vocals: Path | None,
    **settings: Any,
) -> None:
    """Analyse SONG and write what was found."""
    from otio_idolsync.analysis.analyze import analyze
    from otio_idolsync.analysis.repair import parse_tempo_scale
    from otio_idolsync.media.outputs import check_outputs, write_text

    if click_track and click_track.suffix.lower() != ".wav":
        raise click.UsageError(f"click track {click_track.name!r} must end in .wav")
    inputs = [song, *(p for p in (grid, tap, vocals) if p)]
    check_outputs(*(p for p in (output, click_track) if p), force=force, inputs=inputs)
    scale = parse_tempo_scale(tempo_scale) if tempo_scale else None
    settings |= {"tempo_scale": scale, "grid": grid, "tap": tap, "vocals": vocals}
    found = analyze(song, progress=terminal.progress, **settings)
    terminal.close()
    data = found.to_json()
    if output:
        write_text(output, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        terminal.say(f"wrote {output}")
    if click_track:
        from otio_idolsync.analysis.click import write_click
        from otio_idolsync.media.song import open_song

        write_click(open_song(song), found, click_track)
        terminal.say(f"wrote {click_track}")
    terminal.warn(found.warnings)
    if output is None or terminal.json:
        from otio_idolsync.report.summary import analysis_summary

        terminal.answer(analysis_summary(found), data)
