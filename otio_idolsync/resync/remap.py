"""Rewrite media prefixes in an edit whose media was moved: ``--map OLD=NEW``."""

from __future__ import annotations

from collections.abc import Sequence

import opentimelineio as otio

from otio_idolsync.errors import UsageError
from otio_idolsync.resync.flatten import file_path


def remap(timeline: otio.schema.Timeline, mapping: Sequence[str]) -> None:
    """Rewrite the media paths of a timeline in place.

    Args:
        timeline: An edit just read, nobody else's.
        mapping: ``OLD=NEW`` each; the first whose OLD is a whole leading part of a path counts.

    Raises:
        UsageError: A mapping without ``=``.
    """
    pairs = [_pair(text) for text in mapping]
    if not pairs:
        return
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference):
                reference.target_url = _rewritten(reference.target_url or "", pairs)
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                base = _rewritten(reference.target_url_base or "", pairs)
                reference.target_url_base = base.rstrip("/") + "/"


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old or not new:
        raise UsageError(f"--map {text!r} is not understood; write --map /old/folder=/new/folder")
    return file_path(old).rstrip("/"), file_path(new).rstrip("/")


def _rewritten(url: str, pairs: Sequence[tuple[str, str]]) -> str:
    path = file_path(url)
    for old, new in pairs:
        if path == old or path.startswith(old + "/"):
            return str(otio.url_utils.url_from_filepath(new + path[len(old) :]))
    return url
