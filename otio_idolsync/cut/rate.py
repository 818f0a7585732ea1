"""The one rule that tells a timeline's frame rate, whatever form the timeline is held in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from otio_idolsync.timebase import parse_rate

_SLOWEST, _FASTEST = 1, 240


def rate_of(
    settings: Mapping[str, Any], start: float | None, tracks: Iterable[Iterable[float]]
) -> Fraction | None:
    """Return frames per second: our settings', else the start time's, else the commonest of V1.

    Args:
        settings: Of our own block; empty where there is none.
        start: The rate of the start time, None without one.
        tracks: Of each track, pictures first, the rates in which its items say how long they last;
            a clip without a range of its own says it in that of its media.

    Returns:
        None where nothing tells. Of rates that are as common the first one counts, and a track
        without any (of samples alone, or empty) leaves it to the next.

    Raises:
        UsageError: The settings or the start time say one that is none.
    """
    if "rate" in settings:
        return parse_rate(settings["rate"])
    if start is not None:
        return parse_rate(start)
    for rates in tracks:
        frames = Counter(rate for rate in rates if _SLOWEST <= rate <= _FASTEST)
        if frames:
            return parse_rate(frames.most_common(1)[0][0])
    return None
