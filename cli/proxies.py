"""``idolsync proxies``: small copies of a cut's media to edit with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import (
    Terminal,
    cache_option,
    map_option,
    output_option,
    remote_option,
    sequence_option,
    terminal,
)


@click.command("proxies")
@click.argument("cut", type=click.Path(readable=False, path_type=Path), metavar="CUT")
@output_option("OFFLINE.otio")
@click.option("--scale", type=click.Choice(["1/2", "1/4", "1/8"]), default="1/2",
              show_default=True, help="Their size, of that of the media.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="Proxies made at a time.")
@sequence_option
@map_option
@remote_option
@cache_option
@terminal
def command(
    cut: Path, output: Path, force: bool, scale: str, terminal: Terminal, **settings: Any
) -> None:
    """Write proxies of CUT's media, and the cut over them."""
    from fractions import Fraction

    from otio_idolsync.cut.remark import Remark
    from otio_idolsync.media.outputs import check_outputs
    from otio_idolsync.rendering.memory import one_heap
    from otio_idolsync.rendering.proxies import write_proxies

    one_heap()
    check_outputs(output, force=force, inputs=[cut])
    done = write_proxies(cut, output, Fraction(scale), progress=terminal.progress, **settings)
    terminal.close()
    terminal.warn(done.choices)
    said = "no proxy: it cannot be written in its own format; the cut shows it as it is"
    terminal.warn(
        Remark(str(media), said, f"{media} has {said}", "files") for media in done.as_they_are
    )
    if terminal.json:
        terminal.answer("", {"cut": str(output), **done.to_json()})
    terminal.say(f"wrote {output} and {done.folder}: {len(done.made)} proxies")
