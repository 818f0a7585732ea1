"""Whether what an editor had put on a clip still fits it: its identity and its ranges."""

from __future__ import annotations

import hashlib
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.kept import KEY

_LEAVES = frozenset("asset-clip video title caption ref-clip gap live-drawing".split())
_TIMED = ("keyframe", "timept", "mute", "fadeIn", "fadeOut", "audio-channel-source")
_RANGED = ("audioStart", "audioDuration")


def identity_of(item: Any) -> str:
    """Return what an item shows, as text: its media, or a nested item's whole content."""
    filters = [e.name for e in item.effects if KEY in e.metadata]
    if isinstance(item, otio.schema.Clip | light.Clip):
        return f"{_media_of(item.media_reference)}|{filters}"
    if isinstance(item, otio.core.Composition | light.Composition):
        inner = "\n".join(_content_of(child) for child in item)
        return f"{hashlib.sha256(inner.encode('utf-8', 'replace')).hexdigest()[:16]}|{filters}"
    return ""


def ranges_of(item: Any) -> str:
    """Return which part of its media an item shows and how fast, as text."""
    span = item.source_range
    speeds = [s for e in item.effects if (s := getattr(e, "time_scalar", None)) is not None]
    if span is None:
        return f"whole {speeds}"
    start, length = span.start_time, span.duration
    return f"{start.value:g}+{length.value:g}@{length.rate:.3f} {speeds}"


def stands(item: Any, kept: Any, element: Any) -> bool:
    """Return whether kept XML may be written back for an item as it is now."""
    if kept.get("identity") != identity_of(item):
        return False
    return kept.get("ranges") == ranges_of(item) or is_timeless(element)


def is_timeless(element: Any) -> bool:
    """Return whether nothing in a clip's kept XML counts in the clip's own time."""
    if element.tag not in _LEAVES or any(name in element.attrib for name in _RANGED):
        return False
    return not any(True for _ in element.iter(*_TIMED, "conform-rate"))


def _content_of(item: Any) -> str:
    if isinstance(item, otio.schema.Transition | light.Transition):
        return f"transition {item.in_offset.value:g} {item.out_offset.value:g}"
    return f"{item.name}|{identity_of(item)}|{ranges_of(item)}"


def _media_of(reference: Any) -> str:
    if hasattr(reference, "generator_kind"):
        return f"generator {reference.generator_kind}"
    if hasattr(reference, "target_url_base"):
        return f"{reference.target_url_base}{reference.name_prefix}"
    return str(getattr(reference, "target_url", "") or "")
