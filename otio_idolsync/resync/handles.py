"""How far a clip can be rolled at its ends: what its media has before and after what is shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.place import frames_of, speed_of
from otio_idolsync.cut.url import path_in
from otio_idolsync.media.model import STILL_SECONDS
from otio_idolsync.resync.evidence import STILLS
from otio_idolsync.resync.flatten import reference_url
from otio_idolsync.timebase import Clock, Frames, frame_showing


def handles_of(item: Any, start: Frames, length: Frames, clock: Clock) -> tuple[int, int] | None:
    """Return the usable timeline frames before and after a clip, None where nothing tells.

    Args:
        item: A clip, or a compound clip.
        start: Where it starts in its source, timecode included, in timeline frames.
        length: How many timeline frames it lasts.
        clock: The timeline's frames.
    """
    speed: Frames = 1 if isinstance(item, otio.core.Composition) else speed_of(item)
    bounds = _bounds(item)
    endless = clock.frames_within(STILL_SECONDS)
    if bounds is None or speed == 0:
        return (endless, endless) if speed == 0 or _is_endless(item) else None
    pace = speed if speed > 0 else -speed
    before = start - frames_of(bounds.start_time, clock.rate)
    after = frames_of(bounds.duration, clock.rate) - before - length * pace
    if min(before, after) < 0 and _is_endless(item):
        return endless, endless
    head, tail = (max(0, frame_showing(Fraction(side) / pace)) for side in (before, after))
    return (head, tail) if speed > 0 else (tail, head)


def _bounds(item: Any) -> Any:
    if isinstance(item, otio.core.Composition):
        return item.available_range()
    return getattr(item.media_reference, "available_range", None)


def _is_endless(item: Any) -> bool:
    """Return whether an item shows one picture however long: a still, a title, a colour."""
    reference = getattr(item, "media_reference", None)
    if isinstance(reference, otio.schema.GeneratorReference):
        return True
    url = (
        ""
        if isinstance(reference, otio.schema.ImageSequenceReference)
        else reference_url(reference)
    )
    return PurePosixPath(path_in(url)).suffix.casefold() in STILLS
