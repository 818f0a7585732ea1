"""Read sequences: a timeline's, and the tracks of nested ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.song_marks import heard
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import (
    block_of,
    entries,
    object_of,
    put_metadata,
    texts,
)
from otio_idolsync.interchange.xmeml.document import Document, Scope, scope_of
from otio_idolsync.interchange.xmeml.pairs import one_of_pairs
from otio_idolsync.interchange.xmeml.read_marks import marker_of
from otio_idolsync.interchange.xmeml.read_track import lanes_of
from otio_idolsync.interchange.xmeml.values import flag, nearest, start_of, whole
from otio_idolsync.interchange.xmeml.write_marks import RIDES

DOUBTS = "doubts"
"""Where a timeline's metadata hold what its file says against itself; no file gets it back."""

_RT = otio.opentime.RationalTime
_PARTS = ("name", "media", "marker", "duration", "rate", "metadata", "@id")
_TRACK_PARTS = ("name", "clipitem", "generatoritem", "transitionitem", "enabled", "metadata", "@id")


def timeline_of(document: Document, element: Any) -> otio.schema.Timeline:
    """Return the timeline of a sequence.

    Raises:
        InterchangeError: Something in it cannot be understood.
    """
    element = document.whole(element)
    document.refuse_unfolding(element)
    scope = scope_of(document, element)
    block = block_of(element)
    name = texts(block, "n")
    timeline = otio.schema.Timeline((element.findtext("name") or "") if name is None else name)
    _put_start(scope, timeline, element, block)
    stack = timeline.tracks
    document.doubts.clear()
    with document.inside(element):
        restored: set[tuple[int, int]] = set()
        stack.extend(_tracks(scope, element, restored))
    if block:
        put_metadata(timeline, block.get("m"))
        _put_stack(stack, foreign.dictionary(block.get("stack")))
    else:
        _keep(timeline, element)
    _put_markers(scope, stack, element, restored)
    if document.doubts:
        kept = dict(timeline.metadata.get(foreign.KEY, {}))
        timeline.metadata[foreign.KEY] = kept | {DOUBTS: list(document.doubts)}
    return timeline


def _put_start(scope: Scope, timeline: Any, element: Any, block: dict[str, Any]) -> None:
    timecode = element.find("timecode")
    if timecode is None:
        return
    count, rate = start_of(timecode, scope.rate)
    start = count if rate == scope.rate else whole(count / rate * scope.rate)
    exact = block.get("start")
    if isinstance(exact, list) and len(exact) == 2 and all(type(n) is float for n in exact):
        value, own = exact
        if own > 0 and nearest(max(0.0, value * scope.otio_rate / own)) == start:
            timeline.global_start_time = _RT(value, own)
            return
    timeline.global_start_time = _RT(float(start), scope.otio_rate)


def _put_stack(stack: Any, values: dict[str, Any]) -> None:
    if isinstance(values.get("name"), str):
        stack.name = values["name"]
    put_metadata(stack, values.get("metadata"))
    if values.get("enabled") is False:
        stack.enabled = False
    if values.get("source_range"):
        stack.source_range = object_of(values["source_range"], otio.opentime.TimeRange)
    for form in entries(values, "effects"):
        stack.effects.append(object_of(form, otio.schema.Effect))


def _keep(timeline: Any, element: Any) -> None:
    kept = foreign.kept(element, _PARTS)
    timecode = kept.pop("timecode", None)
    if isinstance(timecode, dict):
        rest = {k: v for k, v in timecode.items() if k not in ("rate", "string", "frame")}
        kept |= {"timecode": rest} if rest else {}
    media = element.find("media")
    formats = {
        part.tag: values
        for part in (media if media is not None else ())
        if (values := foreign.kept(part, ("track",)))
    }
    if formats:
        kept["media"] = formats
    if kept:
        timeline.metadata[foreign.KEY] = kept


def _nested_stack(scope: Scope, element: Any) -> Any:
    stack = otio.schema.Stack()
    restored: set[tuple[int, int]] = set()
    stack.extend(_tracks(scope, element, restored))
    _put_markers(scope, stack, element, restored)
    return stack


def _tracks(scope: Scope, sequence: Any, restored: set[tuple[int, int]]) -> list[Any]:
    """Return a sequence's tracks in the order of the stack, video first unless a block says."""
    found: list[tuple[int, Any]] = []
    media = sequence.find("media")
    ordered = block_of(sequence).get("ordered") is True
    for kind in ("video", "audio"):
        inner = replace(scope, media=kind)
        part = media.find(kind) if media is not None else None
        elements = list(part.iterfind("track")) if part is not None else []
        for element in one_of_pairs(elements):
            block = block_of(element)
            index = block.get("i")
            place = index if type(index) is int else 0
            tracks, runs = lanes_of(inner, element, _nested_stack)
            restored |= {(place, run) for run in runs}
            for track in tracks:
                found.append((place, _described(track, element, block, kind)))
    if ordered:
        found.sort(key=lambda pair: pair[0])
    return [track for _, track in found]


def _described(track: Any, element: Any, block: dict[str, Any], kind: str) -> Any:
    name = texts(block, "n")
    shown = element.findtext("name") or element.get("MZ.TrackName") or ""
    track.name = shown if name is None else name
    track.kind = texts(block, "kind") or ("Audio" if kind == "audio" else "Video")
    if not flag(element, "enabled", True):
        track.enabled = False
    if block:
        put_metadata(track, block.get("m"))
        if isinstance(block.get("c"), str) and hasattr(track, "color"):
            track.color = block["c"]
        for form in entries(block, "e"):
            track.effects.append(object_of(form, otio.schema.Effect))
        if flag(element, "locked", False) and foreign.KEY not in track.metadata:
            track.metadata[foreign.KEY] = {"locked": "TRUE"}
        if block.get("wrapped") and len(track) == 1:
            return track.pop(0)
        return track
    kept = foreign.kept(element, _TRACK_PARTS)
    if not flag(element, "locked", False):
        kept.pop("locked", None)
    if kept:
        track.metadata[foreign.KEY] = kept
    return track


def _put_markers(scope: Scope, stack: Any, element: Any, restored: set[tuple[int, int]]) -> None:
    tracks = list(stack)
    ours = [(rider.number, rider.marker) for rider in heard(scope.riders or ())]
    others = []
    for child in element.iterfind("marker"):
        marker, block = marker_of(scope, child)
        gap, track = block.get("gap"), block.get("track")
        if isinstance(gap, list) and len(gap) == 2 and _pair(gap) in restored:
            continue
        if type(track) is int and 0 <= track < len(tracks):
            tracks[track].markers.append(marker)
        elif type(number := block.get(RIDES)) is int:
            ours.append((number, marker))
        else:
            others.append(marker)
    stack.markers.extend(marker for _, marker in sorted(ours, key=lambda pair: pair[0]))
    stack.markers.extend(others)


def _pair(values: list[Any]) -> tuple[int, int] | None:
    return (values[0], values[1]) if all(type(v) is int for v in values) else None
