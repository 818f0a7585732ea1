"""Measure each cut against the beats, and say in words where it lies among them."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from otio_idolsync.errors import UsageError
from otio_idolsync.planning.spoken import ordinal, plural
from otio_idolsync.timebase import Clock

TARGETS = ("beats", "downbeats")


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat on the timeline.

    Attributes:
        frame: The timeline frame at which a cut on it falls.
        seconds: Its exact place on the timeline, the lead taken off.
        downbeat: Whether it begins a bar.
        bar: Its bar's number, 0 for the pickup.
        number: Its place in the bar, from 1.
    """

    frame: int
    seconds: Fraction
    downbeat: bool
    bar: int = 0
    number: int = 1

    @property
    def name(self) -> str:
        """What a musician calls it: ``bar 17``, or ``the third beat of bar 12``."""
        bar = f"bar {self.bar}" if self.bar else "the pickup"
        return bar if self.downbeat else f"the {ordinal(self.number)} beat of {bar}"


def beats_of(block: dict[str, Any], clock: Clock) -> tuple[Beat, ...]:
    """Return the beats of a plan's metadata, less the lead that its cuts have."""
    grid = block.get("grid") or {}
    lead = int((block.get("settings") or {}).get("lead", 0))
    numbers = grid.get("beat_numbers") or []
    early = clock.seconds_at(lead)
    bars = grid.get("bars") or itertools.accumulate(number == 1 for number in numbers)
    return tuple(
        Beat(
            clock.frame_at(time) - lead,
            Fraction(time) - early if lead else Fraction(time),
            number == 1,
            int(bar),
            int(number),
        )
        for time, number, bar in zip(grid.get("beats") or [], numbers, bars, strict=False)
    )


def bearing(frame: int, beats: Sequence[Beat]) -> str:
    """Return where a cut lies among the beats: ``2 frames before bar 17``, "" without a beat."""
    beat = nearest(frame, beats)
    if beat is None:
        return ""
    if frame == beat.frame:
        return f"on the downbeat of {beat.name}" if beat.downbeat else f"on {beat.name}"
    side = "before" if frame < beat.frame else "after"
    return f"{plural(abs(frame - beat.frame), 'frame')} {side} {beat.name}"


def off_grid(
    frame: int, beats: Sequence[Beat], downbeats: Sequence[Beat], clock: Clock
) -> dict[str, float]:
    """Return how late a cut is after its nearest beat and downbeat, in frames and milliseconds."""
    found: dict[str, float] = {}
    for name, chosen in (("", beats), ("downbeat_", downbeats)):
        beat = nearest(frame, chosen)
        if beat is not None:
            found[f"{name}frames"] = frame - beat.frame
            found[f"{name}ms"] = round(float(1000 * (clock.seconds_at(frame) - beat.seconds)), 1)
    return found


def nearest(frame: int, beats: Sequence[Beat]) -> Beat | None:
    """Return the beat nearest to a frame; of two equally near ones the earlier."""
    at = bisect_left(beats, frame, key=lambda beat: beat.frame)
    around = beats[max(0, at - 1) : at + 1]
    return min(around, key=lambda beat: abs(beat.frame - frame)) if around else None


def snap_targets(kind: str, beats: Sequence[Beat]) -> list[Beat]:
    """Return the beats that cuts are to be moved onto.

    Raises:
        UsageError: No such kind.
    """
    if kind not in TARGETS:
        raise UsageError(f"snap {kind!r} is none of {', '.join(TARGETS)}")
    return [beat for beat in beats if kind == "beats" or beat.downbeat]
