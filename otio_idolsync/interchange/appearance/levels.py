"""Find how loud a piece of sound is: an editor's level filter, Final Cut's volume, ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.interchange.appearance.kept import (
    HEARD,
    Filter,
    Unread,
    adjustments,
    as_mapping,
    changes_something,
    filter_of,
    gain_of_decibels,
    inner_parts,
    is_keyed,
    number_in,
)

_LEVELS = frozenset(("audiolevels", "audio levels", "gain", "volume"))
_PANS = frozenset(("audiopan", "audio pan"))


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a piece of sound is.

    Attributes:
        gain: What its samples are multiplied by.
        fade_in: Seconds over which it comes up.
        fade_out: Seconds over which it goes down.
    """

    gain: Fraction = Fraction(1)
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)


def level_of(clip: otio.core.Item) -> tuple[Level, list[str]]:
    """Return how loud a clip sounds, and a sentence for what of it is left out.

    xmeml's level is a factor, FCPXML's volume counts in decibels; an effect of our own says
    ``gain_db`` under the key ``idolsync``.
    """
    level, unread = Level(), Unread()
    for effect in clip.effects:
        filter_ = filter_of(effect)
        ours = as_mapping(effect.metadata.get(KEY))
        if not filter_.on or hasattr(effect, "time_scalar"):
            continue
        if "gain_db" in ours:
            gain = gain_of_decibels(number_in(ours["gain_db"]))
            level = replace(level, gain=level.gain * gain)
        elif filter_.kind in _LEVELS:
            level = _filtered(level, filter_, unread)
        elif not _is_centred(filter_):
            unread.sentences.append(f"audio effect {filter_.name!r} is not rendered")
    found = adjustments(clip)
    for tag in sorted(found.keys() & HEARD - {"adjust-volume"}):
        if changes_something(found[tag]):
            unread.effect(tag)
    for tag, name in inner_parts(clip):
        if tag in HEARD:
            unread.effect(f"{name} inside it")
    volume = found.get("adjust-volume")
    return (level if volume is None else _adjusted(level, volume, unread)), unread.sentences


def _filtered(level: Level, filter_: Filter, unread: Unread) -> Level:
    for name in filter_.keyed:
        unread.keyed(name)
    if "level" not in filter_.values:
        return level
    return replace(level, gain=level.gain * max(Fraction(0), filter_.number("level", 1)))


def _is_centred(filter_: Filter) -> bool:
    return filter_.kind in _PANS and not filter_.keyed and not filter_.number("pan")


def _adjusted(level: Level, volume: Any, unread: Unread) -> Level:
    gain = level.gain
    if is_keyed(volume):
        unread.keyed("the volume")
    else:
        gain *= gain_of_decibels(number_in(volume.get("amount")))
    return Level(gain, _fade(volume, "fadeIn"), _fade(volume, "fadeOut"))


def _fade(volume: Any, tag: str) -> Fraction:
    """Return how long a fade lasts, in exact seconds."""
    found = next(volume.iter(tag), None)
    text = str(found.get("duration", "0s")).removesuffix("s") if found is not None else "0"
    try:
        return max(Fraction(0), Fraction(text))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)
