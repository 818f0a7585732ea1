"""``idolsync render``: conform a timeline to a movie, frame for frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import NEEDS_A_PERSON
from .options import (
    Terminal,
    audio_stream_option,
    cache_option,
    map_option,
    output_option,
    remote_option,
    sequence_option,
    terminal,
)


@click.command("render")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@output_option("FINAL.mp4")
@click.option("--size", metavar="WxH|SHAPE",
              help="Size or shape (9:16, 1:1, 4:5, 16:9) [default: the timeline's].")  # fmt: skip
@click.option("--fit", type=click.Choice(["fit", "fill", "crop"]), default="fit",
              show_default=True, help="Letterbox, fill the frame, or crop.")  # fmt: skip
@click.option("--hdr", type=click.Choice(["tonemap", "clip"]), default="tonemap",
              show_default=True,
              help="HLG and PQ: tone-map bright light (BT.2390), or cut it off.")  # fmt: skip
@click.option("--no-deinterlace", "deinterlace", flag_value=False, default=True,
              help="Keep the two fields of interlaced media as they are.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="Shots encoded at a time.")
@click.option("--audio-codec", type=click.Choice(["aac", "alac", "pcm"]), default="aac",
              show_default=True, help="How the song is written.")  # fmt: skip
@click.option("--loudness", metavar="LUFS",
              help="Bring the sound to -14LUFS or so [default: as it is].")  # fmt: skip
@click.option("--video-codec", type=click.Choice(["h264", "hevc", "prores", "ffv1"]),
              default="h264", show_default=True,
              help="How the picture is written: prores in .mov, ffv1 in .mkv.")  # fmt: skip
@click.option("--draft", is_flag=True, help="Half as large and fast, to be looked at once.")
@click.option("--from", "start", metavar="TIME", help="Begin here: 8.3s, 199f, bar33 …")
@click.option("--to", "end", metavar="TIME", help="End here.")
@click.option("--burn-in", default="", metavar="PARTS",
              help="Write over the picture: timecode, shot, or timecode,shot.")  # fmt: skip
@click.option("--handles", metavar="FRAMES",
              help="Also each shot alone, with so many frames (12f) around it.")  # fmt: skip
@click.option("--missing", type=click.Choice(["error", "slate"]), default="error",
              show_default=True, help="What a missing file becomes.")  # fmt: skip
@sequence_option
@audio_stream_option
@map_option
@remote_option
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--write-jobs", type=click.Path(readable=False, path_type=Path, file_okay=False),
              metavar="DIR",
              help="With --dry-run: a job file for each shot to be made.")  # fmt: skip
@cache_option
@terminal
def command(
    cut: Path,
    output: Path,
    force: bool,
    dry_run: bool,
    handles: str | None,
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
    from otio_idolsync.timebase import parse_frames

    one_heap()
    sheets = () if has_sheet_beside(cut, output, sequence) else (sheet_path(output),)
    try:
        check_outputs(output, *sheets, force=force)
    except OutputError as error:
        if not dry_run:
            raise
        terminal.warn([f"the render itself would stop: {error}"])
    frames = parse_frames(handles) if handles else 0
    report = render(
        cut, output, dry_run=dry_run, handles=frames, sequence=sequence,
        progress=terminal.progress, **settings,
    )  # fmt: skip
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
