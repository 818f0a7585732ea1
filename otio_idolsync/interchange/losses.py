"""Count what of a timeline an editor cannot carry, for ``export``'s printout."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.url import name_in
from otio_idolsync.interchange.appearance.kept import adjustments, changes_something
from otio_idolsync.interchange.editors import EDITORS
from otio_idolsync.interchange.editors.model import FEATURES

"""By editor: what it or its format does not carry, beyond what the writer itself reports."""


def losses_of(timeline: otio.schema.Timeline, editor: str) -> list[str]:
    """Return a sentence for each thing in this timeline that an editor cannot carry."""
    held = features_of(timeline)
    return [
        f"{FEATURES[loss.feature]} ({held[loss.feature]}): {loss.sentence}"
        for loss in EDITORS[editor].losses
        if held[loss.feature]
    ]


def features_of(timeline: otio.schema.Timeline) -> Counter[str]:
    """Return how often a timeline holds each of :data:`FEATURES`."""
    held: Counter[str] = Counter()
    stack = timeline.tracks
    held["metadata"] += KEY in timeline.metadata
    _count_markers(stack.markers, held)
    held["markers"] = len(stack.markers)
    for track in timeline.tracks:
        held["tracks"] += _is_told(track)
        _count_markers(track.markers, held, placed=False)
        for item in track:
            _count_item(item, getattr(track, "kind", ""), held)
    return held


def _is_told(track: Any) -> bool:
    """Return whether a track says more than its place in the stack does."""
    kept = track.metadata.get("fcp_xml")
    locked = str(kept.get("locked", "")).upper() == "TRUE" if hasattr(kept, "get") else False
    plain = not track.name or re.fullmatch(r"[VA]\d+", track.name)
    return bool(locked or not plain or not getattr(track, "enabled", True))


def _count_markers(markers: Any, held: Counter[str], placed: bool = True) -> None:
    frames: Counter[float] = Counter()
    for marker in markers:
        held["metadata"] += KEY in marker.metadata
        held["colors"] += bool(marker.color)
        held["beyond_premiere"] += marker.color in ("PINK", "MAGENTA", "BLACK")
        frames[marker.marked_range.start_time.value] += 1
    if placed:
        held["shared_frames"] += sum(n - 1 for n in frames.values())


def _count_item(item: Any, kind: str, held: Counter[str]) -> None:
    if isinstance(item, otio.schema.Transition):
        audio = kind == otio.schema.TrackKind.Audio
        held["audio_transitions" if audio else "transitions"] += 1
        return
    if not isinstance(item, otio.core.Item):
        held["unknown_objects"] += 1
        return
    held["metadata"] += KEY in item.metadata
    _count_markers(item.markers, held, placed=False)
    for effect in item.effects:
        frozen = isinstance(effect, otio.schema.FreezeFrame)
        held["freeze"] += frozen
        held["retimed"] += isinstance(effect, otio.schema.LinearTimeWarp) and not frozen
        held["unknown_objects"] += not isinstance(effect, otio.schema.Effect)
    held["adjusted"] += any(map(changes_something, adjustments(item).values()))
    held["disabled"] += not item.enabled
    held["nested"] += isinstance(item, otio.core.Composition)
    if isinstance(item, otio.schema.Clip):
        held["clips"] += 1
        held["faces"] += len(item.media_references()) > 1
        url = str(getattr(item.media_reference, "target_url", None) or "")
        held["generators"] += isinstance(item.media_reference, otio.schema.GeneratorReference)
        sequence = isinstance(item.media_reference, otio.schema.ImageSequenceReference)
        held["no_file"] += not (url or sequence)
        held["names"] += bool(url) and item.name != name_in(url)
