"""FCPXML's times, which are rational seconds, and the frames of one sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.timebase import (
    LONGEST_SECONDS,
    Clock,
    RationalTimeLike,
    exact_seconds,
    media_rate,
)

_TIME = re.compile(r"\s*(-?\d{1,24})(?:/(\d{1,18})|(\.\d{1,18}))?s?\s*", re.ASCII)
_FINEST_TICK = 2**31 - 1
_MOST_FRAMES = 10**9


@lru_cache(maxsize=65536)
def seconds_of(text: str) -> Fraction:
    """Return a time such as ``1001/30000s``, ``5s`` or Resolve's unreduced ``3600/1s``.

    Raises:
        InterchangeError: It is no number of seconds, or one that no timeline can hold.
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise InterchangeError(f"time {text[:40]!r} is no rational number of seconds")
    whole, ticks, decimals = found.groups()
    if ticks is not None and not int(ticks):
        raise InterchangeError(f"time {text[:40]!r} divides by zero")
    time = Fraction(whole + decimals) if decimals else Fraction(int(whole), int(ticks or 1))
    if abs(time) > LONGEST_SECONDS:
        raise InterchangeError(f"time {text[:40]!r} is longer than any timeline")
    return time


def length_of(element: Any, name: str = "duration") -> Fraction | None:
    """Return an attribute that must not be negative, in seconds; None where it is absent.

    Raises:
        InterchangeError: It is no time, or a negative one.
    """
    text = element.get(name)
    if text is None:
        return None
    time = seconds_of(text)
    if time < 0:
        raise InterchangeError(f"{name} {text!r} of a <{element.tag}> is negative")
    return time


def time_text(seconds: Fraction) -> str:
    """Return exact seconds as FCPXML writes them."""
    if seconds.denominator > _FINEST_TICK:
        seconds = seconds.limit_denominator(_FINEST_TICK)
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames of one sequence, at its exact rate.

    Attributes:
        rate: Frames per second.
        otio_rate: The same as OTIO writes it.
        clock: Rounds to frames.
        ticks: Numerator and denominator of a frame's duration, as Final Cut writes them.
    """

    rate: Fraction
    otio_rate: float
    clock: Clock
    ticks: tuple[int, int]

    @staticmethod
    def at(rate: Fraction) -> Grid:
        """Return the grid of a frame rate."""
        return _grid_at(rate)

    def count(self, text: str) -> int | None:
        """Return a time in frames where it is a whole number of them; whole numbers are fast."""
        top, _slash, bottom = text.removesuffix("s").partition("/")
        if len(text) < 40 and top.isdecimal() and top.isascii():
            if not bottom:
                bottom = "1"
            if bottom.isdecimal() and bottom.isascii():
                length, ticks = self.ticks
                under = int(bottom) * length
                if under:
                    frames, rest = divmod(int(top) * ticks, under)
                    return frames if not rest and frames < _MOST_FRAMES else None
        return None

    def whole(self, text: str) -> int:
        """Return the number of frames nearest to a time."""
        frames = self.count(text)
        return self.clock.frame_at(seconds_of(text)) if frames is None else frames

    def nearest(self, seconds: Fraction) -> int:
        """Return the frame nearest to a time."""
        return self.clock.frame_at(seconds)

    def text(self, frames: int) -> str:
        """Return the start of a frame, or a number of frames, as FCPXML writes it."""
        length, ticks = self.ticks
        return f"{frames * length}/{ticks}s" if frames else "0s"

    def time(self, frames: float) -> otio.opentime.RationalTime:
        """Return a number of frames as OTIO's time."""
        return otio.opentime.RationalTime(frames, self.otio_rate)

    def span(self, start: float, frames: float) -> otio.opentime.TimeRange:
        """Return a range of frames as OTIO's."""
        return otio.opentime.TimeRange(self.time(start), self.time(frames))

    def frames(self, time: RationalTimeLike) -> int:
        """Return the nearest whole number of frames to OTIO's time."""
        value = time.value
        if time.rate == self.otio_rate and value == int(value):
            return int(value)
        return self.clock.frame_at(exact_seconds(time))

    def exact(self, time: RationalTimeLike) -> Fraction | int:
        """Return OTIO's time in frames, with fractions of a frame; whole numbers are fast."""
        value = time.value
        if time.rate == self.otio_rate and value == int(value):
            return int(value)
        return exact_seconds(time) * self.rate


def rate_of_duration(frame_duration: Fraction) -> Fraction:
    """Return the rate of a frame's duration; 23.976-like ones exact.

    Raises:
        InterchangeError: No frame lasts so long or so short.
    """
    if not Fraction(1, 1000) <= frame_duration <= 10:
        raise InterchangeError(f"frameDuration {time_text(frame_duration)} is no frame's duration")
    return media_rate(1 / frame_duration)


@lru_cache(maxsize=256)
def _grid_at(rate: Fraction) -> Grid:
    length = 1 / rate
    by = 100 if length.numerator == 1 else 1
    ticks = (length.numerator * by, length.denominator * by)
    return Grid(rate, float(rate), Clock(rate, False, 0), ticks)


@lru_cache(maxsize=4096)
def exact_rate(rate: float) -> Fraction:
    """Return any clock rate as an exact fraction, as the time base has it."""
    return media_rate(rate)
