"""Write a timeline, or a collection of timelines and clips, as xmeml for one editor."""

from __future__ import annotations

from typing import Any

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.pause import collector_held
from otio_idolsync.interchange.song_marks import MarkersOn, is_on_song
from otio_idolsync.interchange.xmeml.dialects import dialect_of
from otio_idolsync.interchange.xmeml.forms import (
    Form,
    Grid,
    Placed,
    form_of,
    grid_of,
    kind_of,
    lane_of,
    media_of,
)
from otio_idolsync.interchange.xmeml.write_item import Desk, clip_xml
from otio_idolsync.interchange.xmeml.write_media import Files
from otio_idolsync.interchange.xmeml.write_sequence import note_media, timeline_xml

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'


@collector_held()
def write_xmeml(
    timeline: Any, dialect: str = "premiere", markers_on: MarkersOn = "picture"
) -> tuple[str, tuple[str, ...]]:
    """Return a timeline as xmeml, and a sentence for each thing the editor will not show.

    Args:
        timeline: A ``Timeline``, or a ``SerializableCollection`` of timelines and clips.
        dialect: ``premiere``, ``resolve`` or ``plain`` (what the simplest readers take).
        markers_on: Where the timeline's markers lie: ``picture``, on the sequence, or ``song``, on
            the song's clips (where none lies, on the sequence).

    Raises:
        InterchangeError: It is neither, or holds times that no editor can show.
        UsageError: Another carrier of markers.
    """
    profile, on_song = dialect_of(dialect), is_on_song(markers_on)
    try:
        form = form_of(timeline)
    except (AttributeError, ValueError) as error:
        raise InterchangeError(f"{type(timeline).__name__} is nothing to write as xmeml") from error
    kind = kind_of(form)
    if kind not in ("Timeline", "SerializableCollection"):
        raise InterchangeError(f"a {kind} cannot be written as xmeml; put it in a Timeline")
    files = Files(profile)
    losses: list[str] = []
    children = [form] if kind == "Timeline" else _children(form, losses)
    parts = []
    _note(files, children)
    desk: Desk | None = None
    for child in children:
        grid = _grid(child, losses)
        if grid is None:
            continue
        if desk is None:
            desk = Desk(profile, grid, files, on_song, losses=losses)
        else:
            desk = _next(desk, grid)
        if kind_of(child) == "Timeline":
            parts.append(timeline_xml(desk, child))
        else:
            parts.append(_bin_clip_xml(desk, child))
    if desk and desk.relative:
        names = list(dict.fromkeys(desk.relative))
        losses.append(
            f"{len(names)} media paths are relative, which editors do not find, {names[0]!r} first"
        )
    text = f'{_HEAD}<xmeml version="{profile.version}">\n{"".join(parts)}</xmeml>\n'
    return text, tuple(dict.fromkeys(losses))


def _note(files: Files, children: list[Form]) -> None:
    for child in children:
        if kind_of(child) == "Timeline":
            note_media(files, child["tracks"])
        elif kind_of(child) == "Clip":
            files.note(media_of(child), "video")


def _children(collection: Form, losses: list[str]) -> list[Form]:
    """Return the timelines and clips of a collection and of those inside it."""
    if collection.get("metadata") or collection.get("name") not in ("", "sequences", "clips"):
        losses.append(
            f"the name and metadata of collection {collection.get('name', '')!r} are left out"
        )
    found: list[Form] = []
    for child in collection.get("children") or ():
        if kind_of(child) == "SerializableCollection":
            found += _children(child, losses)
        elif kind_of(child) in ("Stack", "Track"):
            stack = child if kind_of(child) == "Stack" else {"children": [child]}
            found.append({"OTIO_SCHEMA": "Timeline.1", "name": child.get("name"), "tracks": stack})
        else:
            found.append(child)
    return found


def _grid(child: Form, losses: list[str]) -> Grid | None:
    if kind_of(child) == "Timeline":
        return grid_of(child)
    if kind_of(child) == "Clip":
        track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [child]}
        return grid_of({"tracks": {"children": [track]}})
    losses.append(f"{kind_of(child)} {child.get('name', '')!r} of the collection is left out")
    return None


def _next(desk: Desk, grid: Grid) -> Desk:
    desk.grid, desk.plan, desk.size = grid, {}, None
    return desk


def _bin_clip_xml(desk: Desk, clip: Form) -> str:
    track = {"children": [clip]}
    placed: Placed = lane_of(track, desk.grid).placed[0]
    placed.id = desk.item_id()
    text = clip_xml(desk, placed, None)
    return "<clip" + text.strip().removeprefix("<clipitem").removesuffix("clipitem>") + "clip>\n"
