"""The picture size that a timeline was cut at: ours, else the one that an editor's file says."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from otio_idolsync.media.size import LARGEST_SIDE, SMALLEST_SIDE

_FCPXML = ("fcpx_xml", "size")
_XMEML = ("fcp_xml", "media", "video", "format", "samplecharacteristics")


def size_of(timeline: otio.schema.Timeline, settings: dict[str, Any]) -> tuple[int, int] | None:
    """Return width and height in pixels, None where nothing says them.

    xmeml has them in the sequence's format, FCPXML in the resource that the sequence names.

    Args:
        timeline: Any timeline.
        settings: The ``settings`` of our own block.
    """
    held = timeline.metadata
    sides = (_in(held, *_XMEML, side) for side in ("width", "height"))
    said = (settings.get("size"), _in(held, *_FCPXML), tuple(sides))
    return next((size for size in map(_size, said) if size), None)


def _in(held: Any, *keys: str) -> Any:
    for key in keys:
        held = held.get(key) if hasattr(held, "get") else None
    return held


def _size(said: Any) -> tuple[int, int] | None:
    try:
        width, height = (int(float(side)) for side in said)
    except (TypeError, ValueError, OverflowError):
        return None
    fits = all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height))
    return (width, height) if fits else None
