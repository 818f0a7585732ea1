"""Read one clip, gap, title or compound clip of a storyline as OTIO's item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml.carrier import metadata_of, object_of, split_note
from otio_idolsync.interchange.fcpxml.kept import (
    KEY,
    MARKERS,
    OWN_MD,
    STORY,
    is_anchored,
    is_tag,
    stripped,
    text_of,
    without_tags,
)
from otio_idolsync.interchange.fcpxml.marks import lifted_of, read_marker, rider_of
from otio_idolsync.interchange.fcpxml.media import Shown, local_start, shown_by
from otio_idolsync.interchange.fcpxml.resources import references_in
from otio_idolsync.interchange.fcpxml.scope import Scope
from otio_idolsync.interchange.fcpxml.speed import Timing, effect_of, timing_of
from otio_idolsync.interchange.fcpxml.standing import identity_of, ranges_of
from otio_idolsync.interchange.fcpxml.times import Grid, seconds_of
from otio_idolsync.interchange.metadata import put

_OWN = frozenset("ref lane offset name start duration enabled".split())
_OWN_TIMEPT = {"time", "value", "interp"}
_FILTERS = ("filter-video", "filter-video-mask", "filter-audio")
_NESTED = frozenset(("ref-clip", "sync-clip"))


@dataclass(slots=True, eq=False)
class Made:
    """An item that was read.

    Attributes:
        item: OTIO's clip, gap or stack.
        element: Whose connected clips it has (of an audition: the picked clip).
        timing: Its local time.
        kind: ``Video``, ``Audio`` or ``Caption``.
        block: What this package had written of it.
    """

    item: Any
    element: Any
    timing: Timing
    kind: str
    block: dict[str, Any]


ReadStack = Callable[[Any, Scope], tuple[Any, Fraction]]


def read_item(element: Any, scope: Scope, at: int, frames: int, nested: ReadStack) -> Made:
    """Return an item that lies on the timeline.

    Args:
        element: A gap or any kind of clip.
        scope: Its sequence.
        at: The sequence's frame at which it begins.
        frames: How long it is.
        nested: Reads what a compound or sync clip holds.

    Raises:
        InterchangeError: It refers to what is not there, or to itself.
    """
    scope.document.count()
    if element.tag == "gap":
        return _gap(element, scope, at, frames)
    if element.tag == "audition":
        return _audition(element, scope, at, frames, nested)
    words, block = _note_of(element)
    if element.tag in _NESTED and not _is_hollow(element, scope):
        made = _stack(element, scope, frames, nested, block)
    else:
        made = _clip(element, scope, frames, block)
    item = made.item
    if element.get("enabled") == "0":
        item.enabled = False
    _add_markers(made, scope, at)
    _add_filters(element, scope, item)
    _keep(element, scope, item, words, made)
    return made


def _is_hollow(element: Any, scope: Scope) -> bool:
    """Return whether a compound clip refers to none, so that nobody knows what it shows."""
    if element.tag != "ref-clip":
        return False
    resource = scope.document.resources.of(element, "media")
    if resource is not None and resource.find("sequence") is not None:
        return False
    name, ref = element.get("name", ""), element.get("ref", "")
    scope.document.doubts.append(
        f"compound clip {name!r} refers to {ref!r}, which is none of the file: what lies in it is "
        "not known"
    )
    return True


def _note_of(element: Any) -> tuple[str, dict[str, Any]]:
    note = next(element.iterchildren("note"), None)
    return split_note(note.text if note is not None else None)


def _gap(element: Any, scope: Scope, at: int, frames: int) -> Made:
    words, block = _note_of(element)
    first = block.get("first")
    first = first if isinstance(first, int) else 0
    item = otio.schema.Gap(source_range=scope.grid.span(first, frames))
    start = seconds_of(element.get("start", "0s"))
    made = Made(item, element, Timing(start, Fraction(0)), "Video", block)
    name = str(block.get("name", element.get("name", "")))
    item.name = "" if name == "Gap" and "name" not in block else name
    if "metadata" in block:
        put(item.metadata, metadata_of(block["metadata"]))
    _add_private_effects(item, block)
    if element.get("enabled") == "0":
        item.enabled = False
    _add_markers(made, scope, at)
    _keep(element, scope, item, words, made)
    return made


def _audition(element: Any, scope: Scope, at: int, frames: int, nested: ReadStack) -> Made:
    picked = next((child for child in element if child.tag in STORY), None)
    if picked is None:
        missing = otio.schema.Clip("", None, scope.grid.span(0, frames))
        return Made(missing, element, Timing(Fraction(0), Fraction(0)), "Video", {})
    made = read_item(picked, scope, at, frames, nested)
    others = [text_of(child) for child in element if child is not picked]
    kept = dict(made.item.metadata.get(KEY, {}))
    kept |= {"identity": identity_of(made.item), "ranges": ranges_of(made.item)}
    made.item.metadata[KEY] = {**kept, "audition": others}
    for child in element:
        if child is not picked:
            scope.document.kept |= references_in(child)
    return made


def _clip(element: Any, scope: Scope, frames: int, block: dict[str, Any]) -> Made:
    grid = scope.grid
    shown = shown_by(element, scope)
    timing = _timing(element, local_start(element, shown), frames, grid)
    reference = shown.reference
    if shown.asset is not None and shown.asset.foreign:
        scope.document.kept.add(shown.asset.key)
    if "ref" in block:
        private = object_of(block["ref"])
        same_url = getattr(private, "target_url", "") == getattr(reference, "target_url", "")
        if isinstance(private, otio.core.MediaReference) and (same_url or shown.asset is None):
            reference = private
    if timing.start_frame is not None and not shown.shift:
        first: float = timing.start_frame
    else:
        first = _source_frames(timing.earliest(frames, grid) + shown.shift, scope, shown, timing)
    name = element.get("name")
    if name is None:
        name = shown.asset.name if shown.asset is not None else ""
    item = otio.schema.Clip(str(block.get("name", name)), reference, grid.span(first, frames))
    put(item.metadata, _metadata(block))
    _add_references(item, block)
    if not _add_private_effects(item, block, timing):
        effect = effect_of(timing, element)
        if effect is not None:
            item.effects.append(effect)
    kind = "Audio" if shown.audio else "Caption" if element.tag == "caption" else "Video"
    return Made(item, element, timing, kind, block)


def _stack(
    element: Any, scope: Scope, frames: int, nested: ReadStack, block: dict[str, Any]
) -> Made:
    grid = scope.grid
    stack, origin = nested(element, scope)
    if block.get("nested") == "Track" and len(stack) == 1:
        stack = stack.pop(0)
    start = seconds_of(element.get("start", "0s")) if "start" in element.attrib else origin
    timing = _timing(element, start, frames, grid)
    stack.name = str(block.get("name", element.get("name", "")))
    stack.source_range = grid.span(grid.nearest(timing.earliest(frames, grid) - origin), frames)
    put(stack.metadata, _metadata(block))
    if not _add_private_effects(stack, block, timing):
        effect = effect_of(timing, element)
        if effect is not None:
            stack.effects.append(effect)
    audio = element.get("srcEnable") == "audio"
    return Made(stack, element, timing, "Audio" if audio else "Video", block)


def _timing(element: Any, start: Fraction, frames: int, grid: Grid) -> Timing:
    if next(element.iterchildren("timeMap", "conform-rate"), None) is None:
        return Timing(start, start, start_frame=grid.count(element.get("start", "")))
    return timing_of(element, start, Fraction(frames) / grid.rate, grid)


def _source_frames(source: Fraction, scope: Scope, shown: Shown, timing: Timing) -> float:
    """Return where a clip begins in its medium, on a frame of the timeline or of the medium."""
    frames = source * scope.grid.rate
    plain = timing.local == timing.speed
    if frames.denominator == 1 or (
        plain and shown.asset is not None and shown.asset.on_grid(source)
    ):
        return float(frames)
    return scope.grid.nearest(source)


def _metadata(block: dict[str, Any]) -> dict[str, Any]:
    return metadata_of(block["metadata"]) if "metadata" in block else {}


def _add_references(item: Any, block: dict[str, Any]) -> None:
    others = block.get("references")
    if not isinstance(others, dict):
        return
    active = str(block.get("active", otio.schema.Clip.DEFAULT_MEDIA_KEY))
    made = {key: object_of(value) for key, value in others.items()}
    found = {k: v for k, v in made.items() if isinstance(v, otio.core.MediaReference)}
    item.set_media_references({**found, active: item.media_reference}, active)


def _add_private_effects(item: Any, block: dict[str, Any], timing: Timing | None = None) -> bool:
    """Add effects as they were written, unless an editor has changed the speed since."""
    values = block.get("effects")
    if not isinstance(values, list):
        return False
    effects = [made for value in values if isinstance(made := object_of(value), otio.schema.Effect)]
    speed = 1.0
    for effect in effects:
        speed *= getattr(effect, "time_scalar", 1.0)
    if timing is not None and abs(speed - float(timing.speed)) > 1e-6 * max(1.0, abs(speed)):
        return False
    item.effects.extend(effects)
    return True


def _add_markers(made: Made, scope: Scope, at: int) -> None:
    grid, timing = scope.grid, made.timing
    known = "metadata" in made.block
    begin = grid.frames(made.item.source_range.start_time)
    for element in made.element:
        if element.tag not in MARKERS or (known and is_tag(element.get("value"))):
            continue
        frames = timing.frames_to(element.get("start", "0s"), grid)
        block = split_note(element.get("note"))[1]
        rides = "rides" in block and not scope.loose
        if rides and (rider := rider_of(element, block, grid, at, frames, made.item)):
            scope.riders.append(rider)
        elif rides and (lifted := lifted_of(element, block, grid, at + frames)):
            scope.lifted.append(lifted)
        else:
            marker = read_marker(element, grid, begin + frames, "rides" not in block)[0]
            made.item.markers.append(marker)


def _add_filters(element: Any, scope: Scope, item: Any) -> None:
    for child in element:
        if child.tag in _FILTERS:
            target = child if child.tag != "filter-video-mask" else child.find("filter-video")
            ref = target.get("ref") if target is not None else None
            effect = scope.document.resources.get(ref)
            kind = effect.get("uid", "") if effect is not None else ""
            name = child.get("name") or (effect.get("name", "") if effect is not None else "")
            told = {"tag": child.tag, "uid": kind}
            if child.get("enabled") == "0":
                told["enabled"] = "0"
            item.effects.append(otio.schema.Effect(name, kind, metadata={KEY: told}))


def _keep(element: Any, scope: Scope, item: Any, words: str, made: Made) -> None:
    """Keep what an editor has put on a clip beside what OTIO can say of it."""
    tagged = "metadata" in made.block
    if tagged:
        words = without_tags(words)
    if not words and not _is_foreign(element, scope, tagged):
        return
    rest = stripped(element, tagged)
    kept: dict[str, Any] = {"xml": text_of(rest)}
    if words:
        kept["note"] = words
    keywords = [k.get("value", "") for k in element.iterfind("keyword")]
    roles = [element.get(name) for name in ("role", "audioRole", "videoRole")]
    if keywords:
        kept["keywords"] = keywords
    if any(roles):
        kept["roles"] = [role for role in roles if role]
    kept |= {"identity": identity_of(item), "ranges": ranges_of(item)}
    item.metadata[KEY] = kept
    scope.document.kept |= references_in(rest) - {element.get("ref")}
    if element.tag in ("mc-clip", "title", "video", "audio"):
        scope.document.kept.add(element.get("ref", ""))


def _is_foreign(element: Any, scope: Scope, tagged: bool) -> bool:
    if element.tag in ("clip", "sync-clip", "mc-clip", "title", "caption", "audio"):
        return True
    resource = scope.document.resources.get(element.get("ref"))
    if not _own_attributes(element, resource):
        return True
    return any(not _own_child(child, resource, tagged) for child in element)


def _own_attributes(element: Any, resource: Any) -> bool:
    for name, value in element.attrib.items():
        if name in _OWN:
            continue
        same_format = name == "format" and resource is not None and resource.get("format") == value
        own_role = name == "audioRole" and value == "music"
        own_source = name == "srcEnable" and element.tag != "mc-clip"
        if not (same_format or own_role or own_source):
            return False
    if element.tag == "asset-clip" and "srcEnable" not in element.attrib and resource is not None:
        return not (resource.get("hasVideo") == "1" and resource.get("hasAudio") == "1")
    return True


def _own_child(child: Any, resource: Any, tagged: bool) -> bool:
    tag = child.tag
    if tag in MARKERS or tag == "note" or is_anchored(child):
        return True
    if tag == "timeMap":
        plain = all(set(p.attrib) <= _OWN_TIMEPT and p.get("interp") == "linear" for p in child)
        return plain and not len(child.attrib) and len(child) == 2
    if tag == "conform-rate":
        plain = set(child.attrib) <= {"scaleEnabled", "srcFrameRate"}
        media = resource is not None and resource.tag == "asset"
        return bool(plain and media and child.get("scaleEnabled") == "0")
    if tag == "keyword":
        return tagged and is_tag(child.get("value"))
    if tag == "metadata":
        return all(md.get("key") == OWN_MD for md in child)
    return False
