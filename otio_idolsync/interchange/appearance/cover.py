"""Say whether an item hides what lies beneath it: full-frame, opaque, and mixed with nothing.

What changes over time is taken at its fullest: a fade at the ends of a clip, or a slow zoom into
it, leaves it the picture at its place. A source that is fitted with bars at two sides is the
picture, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.look import Look
from otio_idolsync.interchange.appearance.kept import (
    FCPXML,
    XMEML,
    adjustments,
    as_mapping,
    listed,
    number_in,
)
from otio_idolsync.interchange.appearance.looks import look_of

_NEARLY = Fraction(49, 50)
_WIDE = Fraction(9, 16)
_NORMAL = frozenset(("", "0", "1", "normal"))
Size = tuple[int, int]


def hides(item: otio.core.Item, sequence: Size | None) -> bool:
    """Return whether an item hides what lies beneath.

    Args:
        item: A clip or a nested composition.
        sequence: The size that the timeline was cut at, where it is known.
    """
    if not len(item.effects) and not (FCPXML in item.metadata or XMEML in item.metadata):
        return True
    if _blended(item):
        return False
    look, _said = look_of(item, sequence)
    opacity = max((look.opacity, *(value / 100 for value in _keys(item, "opacity"))))
    if opacity < _NEARLY or any(look.crop):
        return False
    return _fills(look, item, sequence)


def is_invisible(item: otio.core.Item) -> bool:
    """Return whether an item's opacity is 0 throughout, by which OpenShot switches a clip off."""
    if not len(item.effects) and FCPXML not in item.metadata:
        return False
    look, _said = look_of(item, None)
    return look.opacity == 0 and not any(_keys(item, "opacity"))


def _blended(item: Any) -> bool:
    mode = as_mapping(item.metadata.get(XMEML)).get("compositemode")
    blend = adjustments(item).get("adjust-blend")
    modes = (mode, blend.get("mode") if blend is not None else None)
    return any(str(one or "").strip().lower() not in _NORMAL for one in modes)


def _keys(item: Any, wanted: str) -> Iterator[Fraction]:
    """Yield the values of a parameter's keyframes, in per cent."""
    for effect in item.effects:
        for parameter in listed(as_mapping(effect.metadata.get(XMEML)).get("parameter")):
            given = as_mapping(parameter)
            key = str(given.get("parameterid") or given.get("name") or "").strip().lower()
            if key == wanted:
                for one in listed(given.get("keyframe")):
                    yield number_in(as_mapping(one).get("value"))
    for element in adjustments(item).values():
        for param in element.iter("param"):
            name = str(param.get("name") or "").strip().lower()
            if name == wanted or (wanted == "opacity" and name == "amount"):
                for key in param.iter("keyframe"):
                    yield 100 * number_in(str(key.get("value") or "").split(" ")[0])


def _fills(look: Look, item: Any, sequence: Size | None) -> bool:
    """Return whether a picture reaches over the frame in one direction, and lies in its middle."""
    zoomed = max(_keys(item, "scale"), default=None)
    across, down = look.scale if zoomed is None else (zoomed / 100, zoomed / 100)
    if look.native is not None:
        size = _source_size(item)
        if size and sequence and min(sequence) > 0:
            across, down = (
                scale * Fraction(own, whole)
                for scale, own, whole in zip((across, down), size, sequence, strict=True)
            )
    if max(across, down) < _NEARLY:
        return False
    right = look.right + look.right_by_height * _WIDE
    beside = abs(right) - max(Fraction(0), across - 1) / 2
    above = abs(look.down) - max(Fraction(0), down - 1) / 2
    return max(beside, above) <= 1 - _NEARLY and look.degrees % 180 == 0


def _source_size(item: Any) -> Size | None:
    reference = getattr(item, "media_reference", None)
    found = as_mapping(reference.metadata.get(XMEML)) if reference is not None else {}
    for key in ("media", "video", "samplecharacteristics"):
        found = as_mapping(found.get(key))
    size = int(number_in(found.get("width"))), int(number_in(found.get("height")))
    return size if min(size) > 0 else None
