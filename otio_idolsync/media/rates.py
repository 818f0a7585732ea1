"""Tell a clip's frame rate from when its frames are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from otio_idolsync.timebase import media_rate

STILL_RATE = Fraction(24)
_CLOSE = Fraction(3, 1000)
_USUAL_RATES = tuple(
    media_rate(rate) for rate in (23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 100, 119.88, 120)
)


@dataclass(frozen=True, slots=True)
class Span:
    """When the frames of a file are shown.

    Attributes:
        shown: Seconds after the first frame, rising.
        end: Seconds at which the last one ends.
        tick: How coarse the file's clock is, in seconds.
        claimed: Rates that the headers claim.
    """

    shown: list[Fraction]
    end: Fraction
    tick: Fraction
    claimed: tuple[Fraction, ...]


def rate_of(span: Span) -> Fraction:
    """Return the constant rate that explains every time stamp, else the average."""
    count = len(span.shown)
    known = (*span.claimed, *_USUAL_RATES)
    fitting = (rate for rate in known if count > 1 and plays_evenly(span.shown, rate, span.tick))
    found = next(fitting, None)
    if found and span.tick > Fraction(1, 1000):  # so coarse that 29.97 and 30 may both explain it
        return min(found, *fitting, found, key=lambda rate: _worst(span.shown, rate))
    if found:
        return found
    if count == 1:
        return span.claimed[0] if span.claimed else STILL_RATE
    average = count / span.end
    nearest = min(_USUAL_RATES, key=lambda rate: abs(rate - average))
    close = abs(nearest - average) <= nearest * _CLOSE
    return nearest if close else min(max(media_rate(average), Fraction(1)), Fraction(240))


def plays_evenly(shown: Sequence[Fraction], rate: Fraction, tick: Fraction) -> bool:
    """Tell whether frames shown at these seconds are those of a constant rate.

    Args:
        shown: Seconds after the first frame, rising.
        rate: Frames per second.
        tick: How coarse the file's clock is, in seconds.
    """
    slack = (max(tick, Fraction(1, 1000)) + Fraction(1, 100000)) * rate
    most, unit = slack.numerator, slack.denominator
    up, down = rate.numerator, rate.denominator
    # |at × rate - k| <= slack in whole numbers: fractions would take most of the time of a probe.
    return all(
        abs(at.numerator * up - k * down * at.denominator) * unit <= most * down * at.denominator
        for k, at in enumerate(shown)
    )


def _worst(shown: Sequence[Fraction], rate: Fraction) -> Fraction:
    """Return by how many seconds frames are off those of a constant rate at most."""
    return max(abs(at - k / rate) for k, at in enumerate(shown))


def whole_frames(span: Span, rate: Fraction) -> int:
    """Return how many whole frames at ``rate`` can be shown, never more than there are."""
    steady = plays_evenly(span.shown, rate, span.tick)
    return len(span.shown) if steady else max(1, math.floor(span.end * rate + Fraction(1, 100)))
