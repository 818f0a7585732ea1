"""What each editor and format cannot carry: the one list behind ``export``'s printout and the docs.

An entry says how it is known. No commercial editor was run: *seen* is what stands in files that an
editor exported, *read* is what somebody states, *measured* was run here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.interchange.appearance.kept import adjustments, changes_something

Known = Literal["measured", "seen", "read", "unknown"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that does not get through.

    Attributes:
        feature: What a timeline must hold for it to matter, a key of :data:`FEATURES`.
        sentence: What happens to it.
        known: How that is known.
        source: Where that was measured, seen or read.
    """

    feature: str
    sentence: str
    known: Known
    source: str


FEATURES = {
    "metadata": "metadata under the key idolsync",
    "names": "clips named otherwise than their files",
    "markers": "timeline markers",
    "colors": "coloured markers",
    "beyond_premiere": "markers in pink, magenta or black",
    "shared_frames": "several markers on one frame",
    "freeze": "freeze frames",
    "retimed": "clips at another speed",
    "disabled": "clips that are switched off",
    "nested": "nested timelines",
    "no_file": "clips without a file",
    "generators": "generators",
    "tracks": "tracks that are locked, switched off or have names of their own",
    "transitions": "transitions",
    "audio_transitions": "transitions on audio tracks",
    "adjusted": "clips with adjustments of Final Cut's",
    "clips": "clips",
    "faces": "several media references a clip",
    "unknown_objects": "objects of a schema that OpenTimelineIO does not know",
}
"""Everything that a printout can speak of, in words."""

_FACTS_RESOLVE = "xmeml files that Resolve exported"
_OWN = "our own round trips"
_OPENSHOT = "OpenShot 2.6.1, run on our output"
_UNPROVEN = (
    "bars, reasons and handles ride in our own block, which this editor may drop; ids also stand "
    "in texts that it keeps"
)

_SLUG = Loss("generators", "one that no editor made shows as a black slug", "measured", _OWN)

_ADJUSTED = Loss(
    "adjusted",
    "crops, places, blends, colours and levels that were set there have no form here: they come "
    "back from our own carrier only",
    "measured",
    _OWN,
)

LOSSES: dict[str, tuple[Loss, ...]] = {
    "premiere": (
        _SLUG,
        _ADJUSTED,
        Loss("metadata", _UNPROVEN, "unknown", "no Premiere could be run"),
        Loss(
            "beyond_premiere",
            "Premiere shows pink and magenta as purple, black as white; they come back as long as "
            "nobody picks another colour there",
            "seen",
            "the eight colours in files that Premiere exported",
        ),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            _OWN,
        ),
    ),
    "resolve": (
        _SLUG,
        _ADJUSTED,
        Loss(
            "metadata",
            "Resolve's own exports hold no comments, labels or ids: what comes back from it is "
            "recognised by name, file and ranges",
            "seen",
            _FACTS_RESOLVE,
        ),
        Loss(
            "names",
            "Resolve's own exports name a clip after its file",
            "seen",
            _FACTS_RESOLVE,
        ),
        Loss(
            "freeze",
            "Resolve takes no freeze frames from FCP 7 XML",
            "read",
            "Resolve's manual, version 18.6",
        ),
        Loss(
            "audio_transitions",
            "Resolve takes no audio transitions from FCP 7 XML",
            "read",
            "Resolve's manual, version 18.6",
        ),
        Loss(
            "shared_frames",
            "Resolve may keep one marker a frame; --markers makes them fewer",
            "read",
            "the documentation of pydavinci, a wrapper of Resolve's scripting",
        ),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            _OWN,
        ),
    ),
    "fcp": (
        Loss(
            "tracks",
            "FCPXML has lanes and no tracks: these come back from our own carrier only",
            "seen",
            "the FCPXML DTD",
        ),
        Loss("generators", "one that no editor made shows as a placeholder", "measured", _OWN),
        Loss(
            "markers",
            "FCPXML has no markers of a timeline: each rides on the clip beneath it and is lifted "
            "back when read",
            "seen",
            "the FCPXML DTD and files that Final Cut exported",
        ),
        Loss(
            "colors",
            "FCPXML has no marker colours: they come back from our own carrier only",
            "seen",
            "the FCPXML DTD",
        ),
        Loss("metadata", _UNPROVEN, "unknown", "no Final Cut could be run"),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            _OWN,
        ),
    ),
    "openshot": (
        _ADJUSTED,
        Loss("markers", "it reads none", "measured", _OPENSHOT),
        Loss("transitions", "it reads none: clips meet in a cut", "measured", _OPENSHOT),
        Loss(
            "retimed",
            "they play at their own speed there, from a wrong frame on",
            "measured",
            _OPENSHOT,
        ),
        Loss("freeze", "they play there", "measured", _OPENSHOT),
        Loss("disabled", "they come in switched on", "measured", _OPENSHOT),
        Loss(
            "nested",
            "their clips come in several times, at their places inside the nested timeline",
            "measured",
            _OPENSHOT,
        ),
        Loss("no_file", "it leaves them out", "measured", _OPENSHOT),
        Loss("metadata", "it keeps a clip's name, file and ranges alone", "measured", _OPENSHOT),
    ),
    "otio": (
        Loss(
            "metadata",
            "whether Resolve or Premiere keep foreign metadata of a .otio file is not known",
            "unknown",
            "neither could be run",
        ),
        Loss(
            "unknown_objects",
            "Resolve refuses a .otio file that holds an object it does not know",
            "read",
            "users' reports",
        ),
    ),
    "markers-edl": (
        Loss("clips", "a marker list holds no picture and no sound", "measured", _OWN),
    ),
    "edl": (
        replace(_ADJUSTED, sentence="an EDL holds none of what was set there"),
        Loss(
            "transitions",
            "OpenShot 2.6.1 cannot read an EDL with a dissolve in it, the stock adapter none that "
            "begins with one",
            "measured",
            "both, run on our output",
        ),
        Loss(
            "names",
            "a clip's name stands in a comment; FROM CLIP NAME is its file, by which editors link",
            "measured",
            _OWN,
        ),
    ),
}
"""By editor: what it or its format does not carry, beyond what the writer itself reports."""


def losses_of(timeline: otio.schema.Timeline, editor: str) -> list[str]:
    """Return a sentence for each thing in this timeline that an editor cannot carry."""
    held = features_of(timeline)
    return [
        f"{FEATURES[loss.feature]} ({held[loss.feature]}): {loss.sentence}"
        for loss in LOSSES[editor]
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
        held["names"] += bool(url) and item.name != unquote(url.replace("\\", "/").split("/")[-1])
