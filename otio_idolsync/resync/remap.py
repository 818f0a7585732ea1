"""Rewrite media paths: of an edit whose media was moved, and where the next cut lies elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.url import address_in, local_path, path_in, readings, url_of
from otio_idolsync.errors import UsageError


def remap(timeline: otio.schema.Timeline, mapping: Sequence[str]) -> None:
    """Rewrite the media paths of a timeline in place.

    Args:
        timeline: An edit just read, nobody else's.
        mapping: ``OLD=NEW`` each; the first whose OLD is a whole leading part of a path counts.

    Raises:
        UsageError: A mapping without ``=``.
    """
    pairs = [_pair(text) for text in mapping]
    if pairs:
        _rewrite(timeline, lambda url: _rewritten(url, pairs))


def settle_relative(timeline: otio.schema.Timeline, folders: Sequence[Path], output: Path) -> None:
    """Rewrite relative media paths in place, so that they hold in the folder of an output.

    Args:
        timeline: Nobody else's.
        folders: Where relative paths may start: the first that has the file, else the first. An
            editor that writes no folders leaves a bare name.
        output: The file that the timeline is written to.
    """
    to = output.absolute().parent

    def settled(url: str) -> str:
        if not url or not address_in(url).is_relative:
            return url
        places = [folder.absolute() / path for folder in folders for path in readings(url)]
        found = next((place for place in places if place.exists()), places[0])
        return url_of(found, to)

    _rewrite(timeline, settled)


def media_folders(timeline: otio.schema.Timeline) -> list[Path]:
    """Return the folders of a timeline's media, where it says them whole."""
    found = []
    for clip in timeline.find_clips():
        path = local_path(getattr(clip.media_reference, "target_url", None) or "")
        if path is not None and path.is_absolute():
            found.append(path.parent)
    return list(dict.fromkeys(found))


def _rewrite(timeline: otio.schema.Timeline, rewritten: Callable[[str], str]) -> None:
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference):
                reference.target_url = rewritten(reference.target_url or "")
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                base = rewritten(reference.target_url_base or "")
                reference.target_url_base = base.rstrip("/") + "/" if base else base


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old or not new:
        raise UsageError(f"--map {text!r} is not understood; write --map /old/folder=/new/folder")
    return path_in(old).rstrip("/"), path_in(new).rstrip("/")


def _rewritten(url: str, pairs: Sequence[tuple[str, str]]) -> str:
    path = path_in(url)
    for old, new in pairs:
        if path == old or path.startswith(old + "/"):
            return url_of(new + path[len(old) :])
    return url
