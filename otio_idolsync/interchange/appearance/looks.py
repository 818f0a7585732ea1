"""Find where and how strongly an item's picture is laid into the frame.

xmeml's Basic Motion counts its scale from the source's own pixels and its centre in sizes of the
sequence, downwards. FCPXML's adjust-transform counts from the fitted picture and in hundredths of
the frame's height, upwards, and turns the other way. Values that stay are used;
keyframes are named.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.look import Fit, Look
from otio_idolsync.interchange.appearance.kept import (
    HEARD,
    XMEML,
    Filter,
    Unread,
    adjustments,
    as_mapping,
    changes_something,
    filter_of,
    inner_parts,
    is_keyed,
    is_ramp,
    number_in,
    pair_in,
)

_CONFORM: dict[str, Fit] = {"fit": "fit", "fill": "fill", "none": "crop"}
_SEEN = frozenset(("adjust-conform", "adjust-transform", "adjust-blend"))
_ANCHOR = frozenset(("centeroffset", "anchor"))


def look_of(item: otio.core.Item, sequence: tuple[int, int] | None) -> tuple[Look, list[str]]:
    """Return how an item is laid into the frame, and a sentence for what of it is left out.

    Args:
        item: A clip or a nested composition.
        sequence: The sequence's size, where it is known.
    """
    look, unread = Look(), Unread()
    for effect in item.effects:
        if getattr(effect, "time_scalar", None) is not None:
            if is_ramp(effect):
                unread.ramp()
            continue
        filter_ = filter_of(effect)
        if not filter_.on:
            continue
        if filter_.kind in ("basic", "basic motion"):
            look = _basic_motion(look, filter_, sequence or (0, 0), unread)
        elif filter_.kind == "opacity":
            look = _opacity(look, filter_, unread)
        elif filter_.kind == "crop":
            look = _crop(look, filter_, unread)
        elif not _changes_nothing(filter_):
            unread.effect(filter_.name)
    mode = str(as_mapping(item.metadata.get(XMEML)).get("compositemode") or "normal")
    if mode.lower() != "normal":
        unread.effect(f"blend mode {mode}")
    for tag, name in inner_parts(item):
        if tag not in HEARD:
            unread.effect(f"{name} inside it")
    return _adjusted(look, adjustments(item), unread), unread.sentences


def notes_of(item: otio.core.Item) -> list[str]:
    """Return what of an item's look is worth knowing, though nothing of it is left out."""
    conform = adjustments(item).get("adjust-colorConform")
    if conform is None or changes_something(conform):
        return []
    return ["adjust-colorConform asks for no conversion; its colours are converted as tagged"]


def _basic_motion(look: Look, filter_: Filter, sequence: tuple[int, int], unread: Unread) -> Look:
    for name in filter_.keyed:
        unread.keyed(name)
    if "scale" in filter_.values:
        scale = max(Fraction(0), filter_.number("scale", 100) / 100)
        look = replace(look, scale=(scale, scale), native=sequence)
    center = as_mapping(filter_.values.get("center"))
    for name in _ANCHOR & filter_.values.keys():
        if any(number_in(part) for part in as_mapping(filter_.values[name]).values()):
            unread.effect("Anchor Point")
    return replace(
        look,
        right=number_in(center.get("horiz")),
        down=number_in(center.get("vert")),
        degrees=filter_.number("rotation") % 360,
    )


def _opacity(look: Look, filter_: Filter, unread: Unread) -> Look:
    for name in filter_.keyed:
        unread.keyed(name)
    if "opacity" not in filter_.values:
        return look
    return replace(look, opacity=_share(filter_.number("opacity", 100) / 100))


def _crop(look: Look, filter_: Filter, unread: Unread) -> Look:
    for name in filter_.keyed:
        unread.keyed(name)
    if filter_.number("edgefeather"):
        unread.effect("edge feather of a crop")
    left, top, right, bottom = (
        _share(filter_.number(side) / 100) for side in ("left", "top", "right", "bottom")
    )
    return replace(look, crop=(left, top, right, bottom))


def _changes_nothing(filter_: Filter) -> bool:
    """Tell whether it is one that editors write on every clip, with nothing set."""
    values = filter_.values.values()
    return (
        filter_.kind == "distort"
        and not filter_.keyed
        and not any(number_in(value) for value in values)
    )


def _adjusted(look: Look, found: dict[str, Any], unread: Unread) -> Look:
    if (conform := found.get("adjust-conform")) is not None:
        look = replace(look, fit=_CONFORM.get(conform.get("type", "fit")))
    if (transform := found.get("adjust-transform")) is not None:
        look = _transformed(look, transform, unread)
    if (blend := found.get("adjust-blend")) is not None:
        if is_keyed(blend):
            unread.keyed("opacity")
        else:
            look = replace(look, opacity=_share(number_in(blend.get("amount"), 1)))
        if blend.get("mode", "0") not in ("0", ""):
            unread.effect(f"blend mode {blend.get('mode')}")
    for tag in sorted(found.keys() - _SEEN - HEARD):
        if changes_something(found[tag]):
            unread.effect(tag)
    return look


def _transformed(look: Look, transform: Any, unread: Unread) -> Look:
    if is_keyed(transform):
        unread.keyed("position, scale or rotation")
    if any(pair_in(transform.get("anchor"))):
        unread.effect("anchor of adjust-transform")
    if transform.get("tracking"):
        unread.effect("tracking of adjust-transform")
    right, up = pair_in(transform.get("position"))
    across, down = pair_in(transform.get("scale"), "1 1")
    if across < 0 or down < 0:
        unread.effect("mirroring by a negative scale")
    return replace(
        look,
        scale=(abs(across), abs(down)),
        right_by_height=right / 100,
        down=-up / 100,
        degrees=-number_in(transform.get("rotation")) % 360,
    )


def _share(value: Fraction) -> Fraction:
    return min(Fraction(1), max(Fraction(0), value))
