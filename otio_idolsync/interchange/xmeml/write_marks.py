"""Write markers: name, comment, span and colour for people and editors, the rest in our block."""

from __future__ import annotations

from typing import Any

from otio_idolsync.interchange.xmeml.carrier import block_xml
from otio_idolsync.interchange.xmeml.colors import color_xml, is_known
from otio_idolsync.interchange.xmeml.foreign import KEY, children_xml, dictionary
from otio_idolsync.interchange.xmeml.forms import Form, Grid
from otio_idolsync.interchange.xmeml.values import Count, holds, nearest, text_xml

POINT = -1
"""The ``out`` of a marker that lasts no time."""

RIDES = "rides"
"""In our block of a timeline's marker, where some ride on the song: which of them it is."""

_PARTS = ("name", "comment", "in", "out", "color", "pproColor", "metadata")


def marker_xml(
    marker: Form, grid: Grid, origin: Count = 0, extra: dict[str, Any] | None = None
) -> str:
    """Return a ``<marker>``.

    Args:
        marker: The marker's form.
        grid: The sequence's frames.
        origin: The frame of the marker's own clock from which ``in`` counts (the media's first).
        extra: More entries for our block.
    """
    spanned = marker["marked_range"]
    exact_start = grid.frames(spanned["start_time"])
    exact_length = grid.frames(spanned["duration"])
    first = nearest(exact_start - origin)
    length = nearest(exact_start + exact_length - origin) - first
    block = dict(extra or {})
    metadata = marker.get("metadata") or {}
    if metadata:
        block["m"] = metadata
    name, comment = marker.get("name") or "", marker.get("comment") or ""
    for key, text in (("n", name), ("comment", comment)):
        if not holds(text):
            block[key] = text
    color = marker.get("color")
    if not is_known(color):
        block["color"] = color
    out = first + length if length > 0 else POINT
    if not _plain(spanned, grid, first + origin, length) or (length > 0 and out == POINT):
        start, duration = spanned["start_time"], spanned["duration"]
        block["s"] = [start["value"], start["rate"], duration["value"], duration["rate"]]
    return (
        f"<marker><comment>{text_xml(comment)}</comment><name>{text_xml(name)}</name>"
        f"<in>{first}</in><out>{out}</out>{color_xml(color)}"
        f"{children_xml(dictionary(metadata.get(KEY)), _PARTS)}{block_xml(block)}</marker>\n"
    )


def _plain(spanned: Form, grid: Grid, first: Count, length: int) -> bool:
    start, duration = spanned["start_time"], spanned["duration"]
    return bool(
        start["rate"] == duration["rate"] == grid.otio_rate
        and start["value"] == float(first)
        and duration["value"] == length
    )
