"""Say which part of its source a track item uses, and how fast it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.forms import Form, Placed, kind_of
from otio_idolsync.interchange.xmeml.speed import RAMP_IN, Point, retimed
from otio_idolsync.interchange.xmeml.values import Count, nearest, whole
from otio_idolsync.interchange.xmeml.write_media import File


@dataclass(slots=True)
class Source:
    """Where a clip's material begins and how fast it runs, in frames of the sequence.

    Attributes:
        offset: Source frames from the media's first to the first frame that the item uses;
            backwards, from the media's end.
        scalar: Its speed.
        first: What ``in`` says.
        span: How many frames ``out`` lies behind it.
        keys: The graph of its speed, where it has one.
    """

    offset: Count
    scalar: float
    first: int
    span: int
    keys: tuple[Point, ...] = ()


def source_of(
    placed: Placed, start: Count, origin: Count, file: File | None, stands: bool = True
) -> Source:
    """Return what a placed item uses of its source, handles under transitions included.

    Args:
        placed: The item.
        start: Where its source range starts, in frames of the sequence.
        origin: Where its media do.
        file: Its media.
        stands: Whether it is as it was read, so that a kept ramp still fits.
    """
    scalar, warps = 1.0, list(filter(is_warp, placed.form.get("effects") or ()))
    for effect in warps:
        scalar *= effect.get("time_scalar", 1.0)
    scalar = scalar if math.isfinite(scalar) else 1.0
    ahead, behind = placed.head or 0, placed.tail or 0
    span = placed.end - placed.start + ahead + behind
    if not warps:
        offset = whole(start - origin - ahead)
        return Source(offset, scalar, nearest(offset), span)
    if stands and (ramp := _kept_ramp(warps)) is not None:
        return Source(ramp - ahead, scalar, ramp - ahead, span)
    speed = Fraction(scalar).limit_denominator(1_000_000)
    low = start - origin - (ahead if speed > 0 else behind) * abs(speed)
    found = retimed(Fraction(low), speed, span, file.frames if file else None)
    return Source(whole(found.offset), scalar, found.first, span, found.keys)


def is_warp(effect: Form) -> bool:
    """Return whether an effect changes the speed."""
    return kind_of(effect) in ("LinearTimeWarp", "FreezeFrame")


def kept_of(effect: Form) -> Form:
    """Return what an editor had said of an effect."""
    return foreign.dictionary((effect.get("metadata") or {}).get(foreign.KEY))


def _kept_ramp(warps: list[Form]) -> int | None:
    first = kept_of(warps[0]).get(RAMP_IN) if len(warps) == 1 else None
    return first if type(first) is int else None
