"""Markers as FCPXML has them: on clips, without colours; a timeline's own ride on clips.

A timeline's marker says in its note which it is and where it belongs. On a clip of the song it
lies where that clip has it. On a clip of the picture that was trimmed, moved or split, the song
was not: the marker goes back to its frame. Only a marker that an editor moved on its clip goes
where it was put.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio
from lxml import etree

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.carrier import (
    metadata_of,
    note_with,
    object_of,
    split_note,
    xml_text,
)
from otio_idolsync.interchange.fcpxml.kept import KEY, parted
from otio_idolsync.interchange.fcpxml.times import Grid, length_of, seconds_of
from otio_idolsync.interchange.song_marks import Rider, heard

_COLORS = otio.schema.MarkerColor
_EXTRA = ("completed", "posterOffset")


@dataclass(slots=True)
class Lifted:
    """A timeline's marker that was found on a clip.

    Attributes:
        marker: As OTIO has it.
        number: Which of the timeline's it was on writing; the same on both halves of a split.
        track: The track whose it is; None for the timeline's own.
        moved: Whether an editor has moved it on its clip.
    """

    marker: Any
    number: int
    track: int | None
    moved: bool


def color_of(element: Any) -> str:
    """Return the colour that Final Cut shows a marker in."""
    if element.tag == "chapter-marker":
        return str(_COLORS.ORANGE)
    completed = element.get("completed")
    if completed is None:
        return str(_COLORS.BLUE)
    return str(_COLORS.GREEN if completed == "1" else _COLORS.RED)


def read_marker(
    element: Any, grid: Grid, frame: int, stands: bool = True
) -> tuple[Any, dict[str, Any]]:
    """Return a marker at a frame, and our block of its note.

    A marker of one frame is a point, unless its note says that it lasts one.

    Args:
        element: The marker.
        grid: The frames that it is told in.
        frame: Where it lies.
        stands: Whether it lies where it was written, so that an exact time of its note holds.
    """
    text = element.get("start")
    if text is None:
        raise InterchangeError(f"marker {element.get('value', '')!r} has no start")
    words, block = split_note(element.get("note"))
    frames = grid.count(element.get("duration", "0s"))
    if frames is None:
        frames = grid.nearest(length_of(element) or Fraction(0))
    if frames == 1:
        frames = 1 if block.get("frames") == 1 else 0
    span = grid.span(frame, frames)
    exact = block.get("exact")
    if stands and isinstance(exact, list) and len(exact) == 2 and exact[0] == text:
        exact_span = object_of(exact[1])
        span = exact_span if isinstance(exact_span, otio.opentime.TimeRange) else span
    metadata = metadata_of(block.get("metadata"))
    extra = {name: element.get(name) for name in _EXTRA if name in element.attrib}
    if element.tag != "marker" or extra:
        metadata[KEY] = {"tag": element.tag, **extra}
    made = otio.schema.Marker(
        str(block.get("name", element.get("value", ""))),
        span,
        str(block.get("color", color_of(element))),
        metadata,
    )
    made.comment = words
    return made, block


def lifted_of(element: Any, block: dict[str, Any], grid: Grid, here: int) -> Lifted | None:
    """Return a timeline's marker that rides on a clip; None where it is the clip's own.

    Args:
        element: The marker.
        block: Our block of its note.
        grid: The timeline's frames.
        here: The timeline's frame at which it stands now.
    """
    number, at = block.get("rides"), block.get("at")
    if not isinstance(number, int) or not isinstance(at, int):
        return None
    moved = block.get("local") != local_key(seconds_of(element.get("start", "")))
    marker, block = read_marker(element, grid, here if moved else at)
    track = block.get("track")
    return Lifted(marker, number, track if isinstance(track, int) else None, moved)


def rider_of(
    element: Any, block: dict[str, Any], grid: Grid, at: int, since: int, item: Any
) -> Rider | None:
    """Return a timeline's marker that rides on a clip of the song; None where it is none.

    Args:
        element: The marker.
        block: Our block of its note.
        grid: The timeline's frames.
        at: The clip's first frame on the timeline.
        since: Frames from there to the marker.
        item: The clip.
    """
    number, frame = block.get("rides"), at + since
    if "song" not in block or not isinstance(number, int) or number < 0:
        return None
    span = item.source_range
    if 0 <= since < grid.frames(span.duration):
        marker, _block = read_marker(element, grid, frame, frame == block.get("at"))
        return Rider(number, frame, marker)
    marker, _block = read_marker(element, grid, grid.frames(span.start_time) + since, stands=False)
    return Rider(number, frame, marker, item)


def local_key(local: Fraction) -> str:
    """Return a marker's time on its clip in a form that no editor's reduction changes."""
    return f"{local.numerator}/{local.denominator}"


def without_doubles(found: list[Lifted], riders: list[Rider]) -> list[Lifted]:
    """Return each of a timeline's markers once: a moved one rather than its twin.

    Those that this package wrote (numbered from 0) come first, in their order.

    Args:
        found: Those on clips of the picture.
        riders: Those on clips of the song; they lie where they were found.
    """
    best: dict[int, Lifted] = {}
    for each in found:
        known = best.get(each.number)
        if each.number >= 0 and (known is None or (each.moved and not known.moved)):
            best[each.number] = each
    sung = [Lifted(each.marker, each.number, None, True) for each in heard(riders)]
    ours = sorted([*best.values(), *sung], key=lambda each: each.number)
    return ours + [each for each in found if each.number < 0]


def add_marker(
    parent: Any, marker: Any, grid: Grid, local: Fraction, text: str, ride: dict[str, Any]
) -> None:
    """Write a marker on a clip.

    Args:
        parent: The clip.
        marker: As OTIO has it.
        grid: The timeline's frames.
        local: Its time on the clip, in seconds.
        text: The same as FCPXML has it.
        ride: What tells a timeline's marker from the clip's own; empty for those.
    """
    metadata, kept = parted(marker.metadata)
    tag = "chapter-marker" if kept.get("tag") == "chapter-marker" else "marker"
    span = marker.marked_range
    frames = grid.frames(span.duration)
    name = xml_text(marker.name)
    where = {"start": text, "duration": grid.text(max(frames, 1)), "value": name}
    extra = "posterOffset" if tag == "chapter-marker" else "completed"
    block = dict(ride)
    if ride:
        block["local"] = local_key(local)
    if name != marker.name:
        block["name"] = marker.name
    if frames == 1:
        block["frames"] = 1
    if _is_off_grid(span, grid):
        block["exact"] = [text, light.range_form(span)]
    if metadata:
        block["metadata"] = metadata
    if extra in kept:
        where[extra] = str(kept[extra])
    made = etree.SubElement(parent, tag, where)
    if marker.color != color_of(made):
        block["color"] = marker.color or ""
    note = note_with(marker.comment, block)
    if note:
        made.set("note", note)


def _is_off_grid(span: Any, grid: Grid) -> bool:
    for time in (span.start_time, span.duration):
        if time.rate != grid.otio_rate or time.value != int(time.value):
            return True
    return False
