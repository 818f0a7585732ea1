"""``idolsync cache``: what the cache holds, and shrinking it."""

from __future__ import annotations

from pathlib import Path

import click

from .options import Terminal, cache_option, terminal


@click.group("cache")
def command() -> None:
    """Look at the cache of finished shots, songs and analyses, or shrink it."""


@command.command("stats")
@cache_option
@terminal
def stats_command(cache: Path | None, terminal: Terminal) -> None:
    """Say what the cache holds."""
    from otio_idolsync.media.cache import cache_folder
    from otio_idolsync.rendering.cleaning import stats
    from otio_idolsync.report.summary import cache_summary

    data = stats(cache_folder(cache))
    terminal.answer(cache_summary(data), data)


@command.command("gc")
@click.option("--max-size", required=True, metavar="5GB", help="What may be left: 5GB, 500MB, 0.")
@cache_option
@terminal
def gc_command(max_size: str, cache: Path | None, terminal: Terminal) -> None:
    """Remove what was used longest ago; never what a running render uses."""
    from otio_idolsync.media.cache import cache_folder
    from otio_idolsync.rendering.cleaning import clean, parse_bytes
    from otio_idolsync.report.summary import human_bytes

    done = clean(cache_folder(cache), parse_bytes(max_size))
    text = f"removed {done.removed} objects, {human_bytes(done.freed)}; "
    text += f"{human_bytes(done.left)} are left"
    if done.in_use:
        text += f"; {done.in_use} stayed because a render uses them"
    terminal.answer(text, done.to_json())
