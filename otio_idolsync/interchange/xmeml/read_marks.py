"""Read markers of sequences and clips."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import (
    block_of,
    exact_times,
    may_be_typed,
    put_metadata,
    texts,
)
from otio_idolsync.interchange.xmeml.colors import color_of
from otio_idolsync.interchange.xmeml.document import Scope
from otio_idolsync.interchange.xmeml.values import Count, Parts, frames, nearest
from otio_idolsync.timebase import exact_seconds

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange
_PARTS = ("name", "comment", "in", "out", "color", "pproColor", "metadata", "@id")


def marker_of(
    scope: Scope, element: Any, origin: Count = 0
) -> tuple[otio.schema.Marker, dict[str, Any]]:
    """Return a marker and its block.

    Args:
        scope: The sequence.
        element: The ``<marker>``.
        origin: The frame of the marker's owner at which ``in`` 0 lies (the media's first).

    Raises:
        InterchangeError: It has no time.
    """
    parts = Parts(element)
    block = block_of(parts)
    first, out = frames(parts, "in"), frames(parts, "out")
    if first is None:
        raise InterchangeError(f"marker {parts.findtext('name')!r} has no <in>")
    length = 0 if out is None or out <= first or out == -1 else out - first
    rate = scope.otio_rate
    spanned = _TR(_RT(float(first + origin), rate), _RT(float(length), rate))
    exact = exact_times(block)
    if exact and _agrees(scope, exact, first + origin, length, out):
        spanned = exact
    name, comment = texts(block, "n"), texts(block, "comment")
    marker = otio.schema.Marker(
        (parts.findtext("name") or "") if name is None else name,
        spanned,
        texts(block, "color") or color_of(parts),
    )
    said = (parts.findtext("comment") or "") if comment is None else comment
    if said:
        marker.comment = said
    put_metadata(marker, block.get("m"), may_be_typed(block))
    if not block and len(element) > 4 and (kept := foreign.kept(element, _PARTS)):
        marker.metadata[foreign.KEY] = kept
    return marker, block


def _agrees(scope: Scope, exact: Any, first: Count, length: int, out: int | None) -> bool:
    start = exact_seconds(exact.start_time) * scope.rate
    end = start + exact_seconds(exact.duration) * scope.rate
    spans = max(0, nearest(end - first) - nearest(start - first))
    # A span that ends one frame before the media looks like a point.
    hidden = out == -1 and not length
    return nearest(start - first) == 0 and (hidden or spans == length)
