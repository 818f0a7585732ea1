"""Stereo as Premiere wants it: two tracks, a channel each; ours are read back as the one they are.

Only pairs that our writer made are joined, and only while both halves still say the same: a pair
of the editor's own stays two tracks, so that nothing of either half is lost.
"""

from __future__ import annotations

from typing import Any

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
