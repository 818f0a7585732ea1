"""Beats that are markers of an OTIO timeline: ours, also after an editor moved them, or anyone's.

The file is read as plain JSON: markers are the same in every version of OpenTimelineIO, and only
their place, name and colour matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.analysis.labels import Label, placed_labels
from otio_idolsync.cut.blocks import KEY
from otio_idolsync.errors import AnalysisError, UsageError, reason
from otio_idolsync.timebase import exact_seconds, media_rate

_OURS = ("beat", "downbeat")
_DOWNBEAT_COLOR, _BEAT_COLOR = "GREEN", "BLUE"
_WANTED = (
    "name them as beats (12 the first beat of bar 12, 12.3 its third), or make beats blue and "
    "downbeats green"
)


@dataclass(frozen=True, slots=True)
class _Time:
    value: float
    rate: float


@dataclass(frozen=True, slots=True)
class _Marker:
    """A marker: song seconds, frame rate, name, colour, and our block where it is one of ours."""

    time: Fraction
    frame: Fraction
    name: str
    color: str
    block: dict[str, Any]


def marked_beats(held: dict[str, Any], source: Path) -> list[Label]:
    """Return the beats marked on a timeline as labels, in song seconds.

    Our own markers count, with their exact time where nobody moved them, and others that are named
    like them. Without ours: markers named like beats, else blue and green ones, else all of them.

    Args:
        held: The timeline as JSON.
        source: Its file, for messages.

    Raises:
        AnalysisError: It is no timeline, or nothing on it reads as a beat.
    """
    timeline = _timeline(held, source)
    try:
        markers = list(_markers(timeline))
        labels = _beats_of(markers)
    except (
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
        ArithmeticError,
        UsageError,
    ) as error:
        raise AnalysisError(
            f"file {source} is a damaged timeline: a marker or clip lacks a time ({reason(error)})"
        ) from error
    if len(labels) < 2:
        raise AnalysisError(
            f"file {source} has {len(markers)} markers and {len(labels)} of them read as beats; "
            f"{_WANTED}"
        )
    return labels


def _timeline(held: dict[str, Any], source: Path) -> dict[str, Any]:
    found = [held]
    if str(held.get("OTIO_SCHEMA")).startswith("SerializableCollection."):
        found = [child for child in held.get("children") or () if isinstance(child, dict)]
    timelines = [c for c in found if str(c.get("OTIO_SCHEMA")).startswith("Timeline.")]
    if len(timelines) != 1:
        raise AnalysisError(
            f"file {source} holds {len(timelines)} timelines; save the one that is marked"
        )
    return timelines[0]


def _markers(timeline: dict[str, Any]) -> Iterator[_Marker]:
    """Yield the timeline's markers and those of the song's clip, where they lie in the song."""
    stack = timeline["tracks"]
    at, clip = _song(stack)
    for marker in stack.get("markers") or ():
        yield _marker(marker, at)
    for marker in (clip or {}).get("markers") or ():
        yield _marker(marker, _media_start(clip or {}))


def _song(stack: dict[str, Any]) -> tuple[Fraction, dict[str, Any] | None]:
    """Return the timeline second at which the song's sample 0 lies, and its longest clip."""
    found: list[tuple[Fraction, Fraction, dict[str, Any]]] = []
    for track in stack.get("children") or ():
        if track.get("kind") != "Audio":
            continue
        at = Fraction(0)
        for item in track.get("children") or ():
            lasts = _seconds((item.get("source_range") or {}).get("duration"))
            if str(item.get("OTIO_SCHEMA")).startswith("Clip."):
                found.append((lasts, at, item))
            if not str(item.get("OTIO_SCHEMA")).startswith("Transition."):
                at += lasts
        if found:
            break
    if not found:
        return Fraction(0), None
    _, at, clip = max(found, key=lambda row: row[0])
    start = _seconds((clip.get("source_range") or {}).get("start_time"))
    return at - (start - _media_start(clip)), clip


def _media_start(clip: dict[str, Any]) -> Fraction:
    """Return the time at which the song's media begins, in the clip's own seconds."""
    media = clip.get("media_reference")
    if media is None:
        key = clip.get("active_media_reference_key") or "DEFAULT_MEDIA"
        media = (clip.get("media_references") or {}).get(key)
    return _seconds(((media or {}).get("available_range") or {}).get("start_time"))


def _marker(marker: dict[str, Any], origin: Fraction) -> _Marker:
    start = marker["marked_range"]["start_time"]
    color = marker.get("color") or ""
    block = (marker.get("metadata") or {}).get(KEY)
    return _Marker(
        _seconds(start) - origin,
        1 / media_rate(start["rate"]),
        str(marker.get("name") or ""),
        str(color.get("name") if isinstance(color, dict) else color).upper(),
        block if isinstance(block, dict) else {},
    )


def _seconds(time: dict[str, Any] | None) -> Fraction:
    return exact_seconds(_Time(time["value"], time["rate"])) if time else Fraction(0)


def _beats_of(markers: list[_Marker]) -> list[Label]:
    ours = [_own_label(m) for m in markers if m.block.get("kind") in _OURS]
    foreign = [m for m in markers if "kind" not in m.block]
    named = [Label(float(m.time), m.name) for m in foreign]
    placed = placed_labels(ours + named, bars=True)
    beats = {label.time: Label(label.time, f"0.{place}") for label, place in placed if place}
    if ours or len(beats) > 1:
        return list(beats.values())
    if any(m.color == _BEAT_COLOR for m in foreign):
        places = {_BEAT_COLOR: "", _DOWNBEAT_COLOR: "downbeat"}
        return [Label(float(m.time), places[m.color]) for m in foreign if m.color in places]
    return [Label(float(m.time)) for m in foreign]


def _own_label(marker: _Marker) -> Label:
    """Return one of our markers; its exact time where it still lies on that time's frame."""
    bar, beat = int(marker.block["bar"]), int(marker.block["beat"])
    exact = float(marker.block["time"])
    stayed = abs(exact - marker.time) <= marker.frame / 2 + Fraction(1, 10**6)
    return Label(exact if stayed else float(marker.time), f"{bar}.{beat}")
