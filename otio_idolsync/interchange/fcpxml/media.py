"""Which medium a clip shows: through clips in clips, picked angles and picked auditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml.kept import STORY, is_anchored
from otio_idolsync.interchange.fcpxml.resources import (
    Asset,
    picture_generator,
    reference_of,
    start_default,
)
from otio_idolsync.interchange.fcpxml.scope import Scope
from otio_idolsync.interchange.fcpxml.times import length_of, seconds_of

GENERATORS = frozenset(("title", "caption", "live-drawing"))


@dataclass(slots=True, eq=False)
class Shown:
    """What a clip shows.

    Attributes:
        asset: Its medium; None for a generator, or where there is none.
        reference: The same as OTIO's media reference, made for this clip alone.
        shift: Media time minus the clip's local time, in seconds.
        audio: Whether only its sound is used.
    """

    asset: Asset | None
    reference: Any
    shift: Fraction = Fraction(0)
    audio: bool = False


def shown_by(element: Any, scope: Scope) -> Shown:
    """Return what a clip shows.

    Raises:
        InterchangeError: It refers to a resource that holds itself.
    """
    if element.tag == "mc-clip":
        return _angle(element, scope)
    if element.tag in ("clip", "sync-clip", "audition", "gap"):
        with scope.document.within():
            return _inner(element, scope)
    if element.tag == "ref-clip":
        return Shown(None, otio.schema.MissingReference())
    return _plain_item(element, scope)


def _plain_item(element: Any, scope: Scope) -> Shown:
    """Return what a title, a caption or a use of a resource shows."""
    if element.tag in ("caption", "live-drawing"):
        return Shown(None, picture_generator(None, element))
    resource = scope.document.resources.of(element, "asset", "effect")
    if resource is None and element.tag != "title":
        missing = otio.schema.MissingReference(name=element.get("ref", ""))
        return Shown(None, missing, audio=element.tag == "audio")
    if element.tag == "title" or resource.tag == "effect":
        return Shown(None, picture_generator(resource, element), audio=element.tag == "audio")
    asset = scope.document.resources.asset(resource.get("id"))
    sound = element.tag == "audio" or element.get("srcEnable") == "audio" or not asset.has_video
    return Shown(asset, reference_of(asset, scope.grid), audio=sound)


def local_start(element: Any, shown: Shown) -> Fraction:
    """Return the local time at which a clip begins, in seconds."""
    return start_default(element, shown.asset if element.tag == "asset-clip" else None)


def duration_of(element: Any, scope: Scope) -> Fraction:
    """Return a clip's duration in seconds; what is left of its medium where it has none."""
    given = length_of(element)
    if given is not None:
        return given
    resource = scope.document.resources.get(element.get("ref"))
    if resource is None or resource.tag not in ("asset", "media"):
        return Fraction(0)
    sequence = resource.find("sequence") if resource.tag == "media" else resource
    whole = (length_of(sequence) if sequence is not None else None) or Fraction(0)
    first = sequence.get("start", "0s") if sequence is not None else "0s"
    if resource.tag == "media" or "start" not in element.attrib:
        return whole
    left = whole - seconds_of(element.get("start")) + seconds_of(first)
    return left if 0 < left < whole else whole


def story_in(element: Any) -> list[Any]:
    """Return what lies in a clip (not what is connected to it), a storyline opened."""
    inner: list[Any] = []
    for child in element:
        if child.tag in STORY and not is_anchored(child):
            inner.extend(child if child.tag == "spine" else (child,))
    return inner


def _inner(element: Any, scope: Scope) -> Shown:
    inner = [child for child in story_in(element) if child.tag in STORY]
    first = next((c for c in inner if c.tag != "gap"), inner[0] if inner else None)
    if first is None and element.tag == "gap":
        first = next((child for child in element if child.tag in STORY), None)
    if first is None:
        return Shown(None, otio.schema.MissingReference())
    if element.tag == "audition":
        return shown_by(first, scope)
    return _within(first, scope, element.tag == "gap")


def _within(child: Any, scope: Scope, audio: bool = False) -> Shown:
    """Return what a clip's content shows, in the time of the clip that holds it."""
    shown = shown_by(child, scope)
    offset = seconds_of(child.get("offset", "0s"))
    shift = shown.shift + local_start(child, shown) - offset
    return replace(shown, shift=shift, audio=shown.audio or (audio and child.tag == "audio"))


def _angle(element: Any, scope: Scope) -> Shown:
    resource = scope.document.resources.of(element, "media")
    multicam = resource.find("multicam") if resource is not None else None
    if multicam is None:
        return Shown(None, otio.schema.MissingReference())
    wanted = {s.get("srcEnable", "all"): s.get("angleID") for s in element.iterfind("mc-source")}
    sound = "video" not in wanted and "all" not in wanted and "audio" in wanted
    picked = wanted.get("video") or wanted.get("all") or wanted.get("audio")
    angles = multicam.findall("mc-angle")
    angle = next((a for a in angles if a.get("angleID") == picked), angles[0] if angles else None)
    if angle is None:
        return Shown(None, otio.schema.MissingReference())
    with scope.document.within(resource.get("id")):
        child = _at(angle, seconds_of(element.get("start", "0s")))
        if child is None:
            return Shown(None, otio.schema.MissingReference())
        shown = _within(child, scope)
    return replace(shown, audio=shown.audio or sound)


def _at(angle: Iterable[Any], time: Fraction) -> Any:
    """Return the clip of an angle that is seen at a time, else the next, else the last."""
    clips = [c for c in angle if c.tag in STORY and c.tag != "gap"]
    for clip in clips:
        if seconds_of(clip.get("offset", "0s")) + (length_of(clip) or 0) > time:
            return clip
    return clips[-1] if clips else None
