"""Refuse a timeline that is not built as OpenTimelineIO means it, or has times that none has."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import TimelineError
from otio_idolsync.timebase import LONGEST_SECONDS

FASTEST = 1_000_000
"""Times its own speed: what is faster is no speed that somebody set."""

_ITEMS = (
    otio.schema.Clip,
    otio.schema.Gap,
    otio.schema.Transition,
    otio.schema.Stack,
    otio.schema.Track,
)


def checked_timeline(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """Return a timeline if it is built as OpenTimelineIO means it; on others it may crash.

    What stands in metadata is not looked at: there every number is legal.

    Raises:
        TimelineError: Something stands where something else belongs, nothing tells how long an
            item lasts, or a time or speed is none.
    """
    if not isinstance(timeline.tracks, otio.schema.Stack):
        raise TimelineError(f"timeline {timeline.name!r} has no tracks")
    _check([timeline.global_start_time], timeline)
    for track in timeline.tracks:
        _expect(track, (otio.schema.Track,), "a track")
    _check_composition(timeline.tracks)
    return timeline


def _check_composition(composition: Any) -> None:
    _check_item(composition)
    for item in composition:
        _expect(item, _ITEMS, "a clip, gap, transition or nested sequence")
        if isinstance(item, otio.core.Composition):
            _check_composition(item)
        elif isinstance(item, otio.schema.Transition):
            _check([item.in_offset, item.out_offset], item)
        else:
            _check_item(item)
        _lasts(item)


def _expect(thing: Any, kinds: tuple[type, ...], wanted: str) -> None:
    if not isinstance(thing, kinds):
        raise TimelineError(f"it has a {_named(thing)} where {wanted} belongs")


def _named(thing: Any) -> str:
    return f"{type(thing).__name__} {str(getattr(thing, 'name', ''))!r}"


def _lasts(item: Any) -> None:
    try:
        _check([item.duration()], item)
    except (otio.exceptions.OTIOError, NotImplementedError) as error:
        raise TimelineError(
            f"{_named(item)} does not say how long it lasts; give it a range"
        ) from error


def _check_item(item: Any) -> None:
    _check(_ends(item.source_range), item)
    for marker in _each(item.markers):
        _check(_ends(marker.marked_range), marker)
    for effect in _each(item.effects):
        _check_speed(effect, item)
    if isinstance(item, otio.schema.Clip):
        for media in item.media_references().values():
            _check(_ends(media.available_range), item, "media of ")


def _ends(span: Any) -> tuple[Any, ...]:
    return (span.start_time, span.duration) if span else ()


def _each(container: Any) -> Iterator[Any]:
    return itertools.islice(container, len(container))


def _check(times: Any, owner: Any, part: str = "") -> None:
    for time in times:
        if time is None or _is_time(time.value, time.rate):
            continue
        raise TimelineError(
            f"{part}{_named(owner)} has the time {time.value:g} at the rate {time.rate:g}, which "
            "no timeline has; mend it where it was made"
        )


def _is_time(value: float, rate: float) -> bool:
    # A comparison with NaN is false.
    return 0 < rate < math.inf and abs(value) <= LONGEST_SECONDS * rate


def _check_speed(effect: Any, item: Any) -> None:
    speed = getattr(effect, "time_scalar", None)
    if speed is not None and not abs(speed) <= FASTEST:
        raise TimelineError(
            f"{_named(item)} plays at {speed:g} times its speed, which is no speed; mend it where "
            "it was made"
        )
