"""``idolsync demo``: the whole way on the sample project that ships with the package."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Terminal, terminal

SIZE, FPS = "1280x720", "24"


@click.command("demo")
@click.argument("folder", type=click.Path(readable=False, path_type=Path), default="idolsync-demo")
@click.option("--force", is_flag=True, help="Replace outputs that idolsync did not write.")
@terminal
def command(folder: Path, force: bool, terminal: Terminal) -> None:
    """Plan and render the sample project into FOLDER [default: idolsync-demo]."""
    from otio_idolsync.cut.files import write_sheet_files
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.planning.plan import plan
    from otio_idolsync.rendering.render import render
    from otio_idolsync.report.summary import plan_summary, render_summary
    from otio_idolsync.sample_projects import copy_sample

    sample = copy_sample(folder)
    cut, movie = sample.folder / "cut.otio", sample.folder / "final.mp4"
    sheet = cut.with_suffix(".idolsync")
    check_outputs(cut, sheet, movie, force=force)
    planned = plan(
        sample.song, sample.shots, fps=FPS, size=SIZE, relative_to=sample.folder,
        progress=terminal.progress,
    )  # fmt: skip
    write_sheet_files(planned.sheet, cut)
    report = render(cut, movie, progress=terminal.progress)
    terminal.close()
    terminal.warn([*planned.warnings, *report.warnings])
    terminal.say(plan_summary(planned, cut))
    terminal.say(render_summary(report, movie, dry_run=False))
    files = {"movie": str(movie), "timeline": str(cut), "sheet": str(sheet)}
    terminal.answer(
        f"Now open {movie} in any player, and {cut} in an editor that reads OTIO.\n"
        f"Why each cut is where it is: idolsync explain {cut}",
        files,
    )
