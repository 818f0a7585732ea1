"""Put tracks and timeline markers back as they were before FCPXML's spine and lanes."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml.carrier import metadata_of, object_of
from otio_idolsync.interchange.fcpxml.kept import KEY
from otio_idolsync.interchange.fcpxml.marks import Lifted
from otio_idolsync.interchange.fcpxml.times import Grid


def arranged(found: list[tuple[int, Any]], block: dict[str, Any]) -> list[Any]:
    """Return tracks in the order, and with the names, that they were written in."""
    written = block.get("tracks")
    if not isinstance(written, list) or not all(isinstance(t, dict) for t in written):
        return [_with_lane(lane, track) for lane, track in found]
    left = list(found)
    made = []
    for known in written:
        lane = known.get("lane")
        match = next((pair for pair in left if pair[0] == lane), None)
        if match is None:
            if known.get("empty"):
                made.append(_with_lane(lane, _named(otio.schema.Track(), known)))
            continue
        left.remove(match)
        track = match[1]
        if known.get("wrapped") and len(track) == 1:
            made.append(track.pop(0))
        else:
            made.append(_with_lane(lane, _named(track, known)))
    # A spine that only held the place of connected clips is no track of its own.
    had_spine = any(known.get("lane") == 0 for known in written)
    return made + [t for lane, t in left if lane or had_spine or len(t)]


def _named(track: Any, known: dict[str, Any]) -> Any:
    track.name = str(known.get("name", track.name))
    track.kind = str(known.get("kind", track.kind))
    track.enabled = known.get("enabled", True) is not False
    span = object_of(known.get("range"))
    if isinstance(span, otio.opentime.TimeRange):
        track.source_range = span
    track.metadata.update(metadata_of(known.get("metadata")))
    return track


def _with_lane(lane: Any, track: Any) -> Any:
    if isinstance(lane, int) and lane < 0 and track.kind == otio.schema.TrackKind.Video:
        track.metadata[KEY] = {"lane": lane}
    return track


def place_marker(stack: Any, found: Lifted, grid: Grid, shift: int = 0) -> None:
    """Put a lifted marker on a stack, or on the track of it whose it is.

    Args:
        stack: A timeline's tracks, or a nested stack.
        found: The marker.
        grid: The stack's frames.
        shift: By how many frames the song has moved since the marker was written.
    """
    marker = found.marker
    if shift:
        span = marker.marked_range
        start = max(0, grid.frames(span.start_time) + shift)
        marker.marked_range = otio.opentime.TimeRange(grid.time(start), span.duration)
    owner = stack
    if found.track is not None and 0 <= found.track < len(stack):
        owner = stack[found.track]
    owner.markers.append(marker)
