"""Exact time: rates, frames, timecode, and the only place in this package that rounds time.

Seconds count from the first decoded sample of the locked song. Frames are 0-based and carry no
start timecode; a frame's number is found from the *absolute* time, never from a duration, so
nothing drifts at 24000/1001 however long the song is.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from otio_idolsync.errors import UsageError

_NTSC_NOMINALS = (24, 30, 48, 60, 120)
_MOMENT = re.compile(
    r"(?P<seconds>-?\d+(\.\d+)?)s"
    r"|(?P<frame>\d+)f"
    r"|bar(?P<bar>\d+)(\.(?P<beat>[1-9]\d*))?"
    r"|(?P<timecode>\d\d:\d\d:\d\d[:;]\d\d)"
)
# Exact timeline frames: an int where they are whole, which Python adds up ten times as fast.
Frames = int | Fraction
LONGEST_SECONDS = 10**8  # three years: no timeline or medium lasts so long, or starts so late
MOMENT_FORMS = "8.3s, 199f, 01:00:08:07, bar12 or bar12.3"


class RationalTimeLike(Protocol):
    """Anything with OTIO's ``RationalTime`` fields."""

    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def rate(self) -> float: ...  # noqa: D102


def parse_rate(value: str | float | Fraction) -> Fraction:
    """Return a frame rate as an exact fraction of frames per second.

    23.976, 23.98, 29.97, 59.94 and their kin snap to n × 1000/1001: no camera records 23.976 flat.

    Raises:
        UsageError: The value is no number, or not between 1 and 240 frames per second.
    """
    try:
        rate = Fraction(value.strip() if isinstance(value, str) else value)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
        raise UsageError(
            f"frame rate {value!r} is not a number; write 24, 29.97 or 30000/1001"
        ) from error
    if not 1 <= rate <= 240:
        raise UsageError(f"frame rate {value} is outside 1 to 240 frames per second")
    return media_rate(rate)


def asked_rate(value: str | float | Fraction) -> Fraction:
    """Return the frame rate that a person asked for, exact.

    Nobody shoots 23, 29 or 59 frames per second: what is meant is 23.976, 29.97 or 59.94, and the
    cut would drift by a frame a second. Written as a fraction, 23/1, they are taken as they are.

    Raises:
        UsageError: As :func:`parse_rate`, or such a rate cut short.
    """
    rate = parse_rate(value)
    nominal = math.floor(rate) + 1
    exact = isinstance(value, Fraction) or "/" in str(value)
    if exact or nominal not in _NTSC_NOMINALS or rate == Fraction(nominal * 1000, 1001):
        return rate
    meant = f"{nominal * 1000 / 1001:.3f}".rstrip("0")
    raise UsageError(
        f"frame rate {value}: was {meant} meant? Write {meant}, or {rate.numerator}/"
        f"{rate.denominator} for {float(rate):g} exactly"
    )


def exact_seconds(time: RationalTimeLike) -> Fraction:
    """Return an OTIO time in seconds, exactly, with 23.976-like float rates made exact.

    Raises:
        UsageError: The value is no number, or the rate is not above 0.
    """
    count = time.value
    try:
        whole = int(count)
        if whole == count:  # nearly always, and four times as fast
            rate = media_rate(time.rate)
            return Fraction(whole * rate.denominator, rate.numerator)
        value = Fraction(count).limit_denominator(1_000_000)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"time {count} at rate {time.rate:g} is not a number") from error
    return value / media_rate(time.rate)


def whole_frames(frames: Frames) -> int:
    """Return the nearest whole number of frames; a tie goes to the later frame."""
    if isinstance(frames, int):
        return frames
    return math.floor(frames + Fraction(1, 2))


def whole_samples(samples: float | Fraction) -> int:
    """Return the nearest whole number of samples; a tie goes to the later one."""
    return math.floor(Fraction(samples) + Fraction(1, 2))


def frame_showing(position: Frames) -> int:
    """Return the frame that is on screen at a position: the last that begins at it or before."""
    return math.floor(position)


def frame_from(position: Frames) -> int:
    """Return the first frame that begins at a position or after it."""
    return math.ceil(position)


def nominal_of(rate: Fraction) -> int:
    """Return the whole number that a rate is called by: 24 of 23.976, 30 of 29.97."""
    return math.ceil(rate)


@functools.lru_cache(maxsize=256)
def media_rate(value: float | Fraction) -> Fraction:
    """Return any clock rate (frame rate, sample rate, time base) as an exact fraction.

    Raises:
        UsageError: The rate is no number above 0.
    """
    try:
        rate = Fraction(value)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"clock rate {value} is not a number") from error
    if rate <= 0:
        raise UsageError(f"clock rate {float(rate):g} is not above 0")
    ntsc = _nearest_ntsc(rate)
    if ntsc:
        return ntsc
    whole = Fraction(round(rate))
    return whole if abs(rate - whole) < Fraction(1, 10000) else rate.limit_denominator(100000)


def _nearest_ntsc(rate: Fraction) -> Fraction | None:
    for nominal in _NTSC_NOMINALS:
        ntsc = Fraction(nominal * 1000, 1001)
        if abs(rate - ntsc) < Fraction(1, 150):
            return ntsc
    return None


@dataclass(frozen=True, slots=True)
class Clock:
    """A timeline's frames: the exact rate and how its timecode counts.

    Attributes:
        rate: Frames per second.
        drop_frame: Whether timecode skips frame numbers (only at 30000/1001 and 60000/1001).
        begin: The timecode frame count of frame 0; one hour by default.
    """

    rate: Fraction
    drop_frame: bool = False
    begin: int | None = None

    def __post_init__(self) -> None:
        if self.drop_frame and not can_drop_frames(self.rate):
            raise UsageError(
                f"drop-frame timecode exists at 29.97 and 59.94 only, not at {float(self.rate):g}"
            )

    @classmethod
    def at(cls, rate: str | float | Fraction, drop_frame: bool | None = None) -> Clock:
        """Return the clock of a rate; drop-frame where that is the custom, unless told."""
        exact = parse_rate(rate)
        return cls(exact, can_drop_frames(exact) if drop_frame is None else drop_frame)

    def starting(self, timecode: str | None) -> Clock:
        """Return the same clock with frame 0 at a timecode; None leaves it where it is."""
        return self if timecode is None else replace(self, begin=self.count_at_timecode(timecode))

    @property
    def nominal(self) -> int:
        """Frame numbers in one second of timecode (24 at 23.976)."""
        return math.ceil(self.rate)

    @property
    def otio_rate(self) -> float:
        """The rate as OTIO writes it."""
        return float(self.rate)

    @property
    def start_frame(self) -> int:
        """The timecode frame count at which the timeline starts (``global_start_time``)."""
        if self.begin is not None:
            return self.begin
        return _count_at_timecode((1, 0, 0, 0), self.nominal, self.drop_frame)

    def frame_at(self, seconds: float | Fraction) -> int:
        """Return the frame nearest to ``seconds``; a tie goes to the later frame."""
        exact = seconds if isinstance(seconds, (float, Fraction)) else Fraction(seconds)
        (over, under), rate = exact.as_integer_ratio(), self.rate
        whole = under * rate.denominator
        return (2 * over * rate.numerator + whole) // (2 * whole)

    def frames_covering(self, seconds: float | Fraction) -> int:
        """Return the least number of frames that lasts at least ``seconds``."""
        return math.ceil(Fraction(seconds) * self.rate)

    def frames_within(self, seconds: float | Fraction) -> int:
        """Return the greatest number of whole frames that ``seconds`` can hold."""
        return math.floor(Fraction(seconds) * self.rate)

    def seconds_at(self, frame: int) -> Fraction:
        """Return when a frame starts, in exact seconds."""
        return Fraction(frame * self.rate.denominator, self.rate.numerator)

    def sample_at(self, frame: int, sample_rate: int) -> int:
        """Return the song sample nearest to the start of a frame."""
        rate = self.rate
        return (2 * frame * rate.denominator * sample_rate + rate.numerator) // (2 * rate.numerator)

    def timecode(self, frame: int) -> str:
        """Return the timecode of a 0-based frame, ``;`` before the frames where they drop."""
        count = self.start_frame + frame
        if self.drop_frame:
            count += _dropped_before(count, self.nominal)
        seconds, frames = divmod(count, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drop_frame else ":"
        return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"

    def frame_at_timecode(self, text: str) -> int:
        """Return the 0-based frame of a timecode such as ``01:00:08:07``."""
        return self.count_at_timecode(text) - self.start_frame

    def count_at_timecode(self, text: str) -> int:
        """Return the running frame count of a timecode, start timecode included."""
        hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", text))
        if minutes > 59 or seconds > 59 or frames >= self.nominal:
            raise UsageError(
                f"{text!r} is no timecode at {float(self.rate):g} frames per second: minutes and "
                f"seconds go to 59, frames to {self.nominal - 1}"
            )
        dropped = 2 * self.nominal // 30
        if self.drop_frame and seconds == 0 and minutes % 10 and frames < dropped:
            raise UsageError(f"timecode {text!r} is one of those that drop-frame counting skips")
        fields = (hours, minutes, seconds, frames)
        return _count_at_timecode(fields, self.nominal, self.drop_frame)

    def count_of_label(self, count: int, rate: Fraction) -> int:
        """Return the count whose timecode reads as ``count`` frames at another rate read.

        A label is what stands burned into media: 01:00:00:00 at 24 fps stays 01:00:00:00 on a
        timeline at 23.976, though it is another number of seconds.

        Raises:
            UsageError: Drop-frame counting skips that label.
        """
        seconds, frames = divmod(count, -(-rate.numerator // rate.denominator))
        minutes, seconds = divmod(seconds, 60)
        frames = min(self.nominal - 1, round(frames * self.rate / rate))
        label = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}:{frames:02d}"
        return self.count_at_timecode(label)


def can_drop_frames(rate: Fraction) -> bool:
    """Return whether drop-frame timecode is defined at this rate."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def _count_at_timecode(fields: tuple[int, int, int, int], nominal: int, drop: bool) -> int:
    hours, minutes, seconds, frames = fields
    minutes += 60 * hours
    dropped = (2 * nominal // 30) * (minutes - minutes // 10) if drop else 0
    return (minutes * 60 + seconds) * nominal + frames - dropped


def _dropped_before(count: int, nominal: int) -> int:
    """Frame numbers skipped before the frame with this running count."""
    per_minute = 2 * nominal // 30
    ten_minutes = 600 * nominal - 9 * per_minute
    tens, rest = divmod(count, ten_minutes)
    extra = max(0, (rest - per_minute) // (60 * nominal - per_minute)) if rest > per_minute else 0
    return tens * 9 * per_minute + extra * per_minute


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a user wrote it on the command line; exactly one form is set."""

    text: str
    seconds: float | None = None
    frame: int | None = None
    timecode: str | None = None
    bar: int | None = None
    beat: int = 1

    def on(self, clock: Clock, beats: Sequence[float], beat_numbers: Sequence[int]) -> Fraction:
        """Return the moment in exact seconds of the song.

        Args:
            clock: The timeline's clock, for frames and timecode.
            beats: Beat times in seconds.
            beat_numbers: Each beat's 1-based place in its bar; bar 0 holds the pickup.

        Raises:
            UsageError: The song has no such bar or beat.
        """
        if self.seconds is not None:
            return Fraction(self.seconds)
        if self.frame is not None:
            return clock.seconds_at(self.frame)
        if self.timecode is not None:
            return clock.seconds_at(clock.frame_at_timecode(self.timecode))
        if not len(beats):
            raise UsageError(
                f"{self.text} cannot be found: the timeline holds no grid, as only a planned cut "
                "does; give seconds"
            )
        bar = 0
        for seconds, number in zip(beats, beat_numbers, strict=True):
            bar += number == 1
            if bar == self.bar and number == self.beat:
                return Fraction(seconds)
        raise UsageError(f"the song has no {self.text}: its last bar is bar {bar}")


def parse_moment(text: str) -> Moment:
    """Return the moment that ``8.3s``, ``199f``, ``01:00:08:07`` or ``bar12.3`` names.

    Raises:
        UsageError: No unit (``12.3`` may be seconds or a beat), or nothing like a time.
    """
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        hint = "it has no unit; " if re.fullmatch(r"-?\d+(\.\d+)?", text.strip()) else ""
        raise UsageError(f"time {text!r} is not understood: {hint}write {MOMENT_FORMS}")
    seconds, frame, bar = found["seconds"], found["frame"], found["bar"]
    return Moment(
        text.strip(),
        seconds=float(seconds) if seconds else None,
        frame=int(frame) if frame else None,
        timecode=found["timecode"],
        bar=int(bar) if bar else None,
        beat=int(found["beat"] or 1),
    )


def parse_frames(text: str) -> int:
    """Return a whole number of frames written as ``2f``.

    Raises:
        UsageError: Another unit, or none.
    """
    found = re.fullmatch(r"(-?\d+)f", text.strip())
    if not found:
        raise UsageError(f"{text!r} is no number of frames; write for example 1f")
    return int(found[1])
