"""Stereo as Premiere wants it: two tracks, a channel each; ours are read back as the one they are.

Only pairs that our writer made are joined, and only while both halves still say the same: a pair
of the editor's own stays two tracks, so that nothing of either half is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.xmeml import foreign

MARK = "pair"


def one_of_pairs(tracks: list[Any]) -> list[Any]:
    """Return the audio track elements without the second halves of pairs that our writer made."""
    out: list[Any] = []
    for index, track in enumerate(tracks):
        first = tracks[index - 1] if index else None
        doubles = (
            first is not None
            and first.get(MARK) == "1"
            and track.get(MARK) == "2"
            and _said(first) == _said(track)
        )
        if not doubles:
            out.append(track)
    return out


def _said(track: Any) -> list[tuple[Any, ...]]:
    tags = ("name", "start", "end", "in", "out", "enabled")
    return [
        (item.tag, *(item.findtext(tag) for tag in tags))
        for item in track
        if item.tag in ("clipitem", "generatoritem", "transitionitem")
    ]


def is_further_half(tracks: Sequence[otio.schema.Track], index: int) -> bool:
    """Return whether a sound track repeats the one before it, as the other channel of a pair.

    Premiere writes a stereo track as two; who takes a clip for its whole sound hears one of them.
    """
    place = _exploded(tracks[index])
    if not index or place < 1 or _exploded(tracks[index - 1]) != place - 1:
        return False
    return _placed(tracks[index - 1]) == _placed(tracks[index])


def _exploded(track: otio.schema.Track) -> int:
    kept = track.metadata.get(foreign.KEY)
    text = str(kept.get("@currentExplodedTrackIndex", "")) if hasattr(kept, "get") else ""
    return int(text) if text.isdecimal() and len(text) < 4 else -1


def _placed(track: otio.schema.Track) -> list[str]:
    return [
        f"{type(item).__name__} {item.name} {getattr(item, 'source_range', item.duration())}"
        for item in track
    ]
