"""Place a track's items on whole frames, and say what its transitions make of their neighbours."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.place import along, window_of
from otio_idolsync.interchange.appearance.transitions import shown_of
from otio_idolsync.rendering.model import Ramp
from otio_idolsync.timebase import Clock, exact_seconds, frame_from, frame_showing, whole_frames


@dataclass(frozen=True, slots=True)
class Window:
    """Which moments of a composition a shot's frames show.

    Attributes:
        start: Where its frame 0 is, in frames of the composition.
        step: How far one frame goes; 0 stands still, negative is backwards.
        frames: How many there are.
        base: Frame of the movie that its frame 0 is, for slates.
    """

    start: Fraction
    step: Fraction
    frames: int
    base: int

    def position(self, frame: int) -> Fraction:
        """Return where a frame is in the composition."""
        return self.start + frame * self.step

    def within(self, low: Fraction | int, high: Fraction | int) -> tuple[int, int]:
        """Return the first frame in [``low``, ``high``) and the one after the last."""
        if self.step == 0:
            return (0, self.frames) if low <= self.start < high else (0, 0)
        if self.step > 0:
            first = frame_from((low - self.start) / self.step)
            end = frame_from((high - self.start) / self.step)
        else:
            first = frame_showing((self.start - high) / -self.step) + 1
            end = frame_showing((self.start - low) / -self.step) + 1
        first, end = max(0, first), min(self.frames, end)
        return (first, end) if first < end else (0, 0)

    def part(self, first: int, end: int, origin: Fraction | int = 0) -> Window:
        """Return some of its frames, counted in the composition from ``origin`` on."""
        start = self.position(first) - origin
        return Window(start, self.step, end - first, self.base + first)

    def backwards(self, length: int) -> Window:
        """Return the same moments of something that plays backwards and is so long."""
        step = abs(self.step) or Fraction(1)
        return replace(self, start=length - step - self.start, step=-self.step)

    def at_speed(self, speed: Fraction, origin: Fraction) -> Window:
        """Return its moments in what is shown from ``origin`` on at a speed, 0 or more."""
        return replace(self, start=origin + speed * self.start, step=self.step * speed)


@dataclass(frozen=True, slots=True)
class Join:
    """A transition on whole frames of its track.

    Attributes:
        first: Its first frame.
        end: The frame after its last.
        color: What it dips to; None where one side goes straight into the other.
    """

    first: int
    end: int
    color: tuple[int, int, int] | None = None

    @property
    def middle(self) -> Fraction:
        """Where a dip is all colour."""
        return self.first + Fraction(self.end - self.first, 2)

    @property
    def left_end(self) -> Fraction:
        """Up to where the item before it is seen."""
        return self.middle if self.color else Fraction(self.end)

    @property
    def right_first(self) -> Fraction:
        """From where the item behind it is seen."""
        return self.middle if self.color else Fraction(self.first)

    def ramp(self, window: Window, low: Fraction, high: Fraction, side: int) -> Iterator[Ramp]:
        """Yield how a side's weight runs over the frames of a window.

        Args:
            window: The layer's frames, in frames of the track.
            low: Where it begins to count.
            high: Where it ends.
            side: 1 for what comes up, -1 for what goes down.
        """
        first, end = window.within(low, high)
        if first == end:
            return
        # Seen in the middle of each frame, so that both directions are alike.
        rate = Fraction(1 if self.color is None else 2, self.end - self.first)
        begin = low if side > 0 else high
        weight = (window.position(first) + Fraction(1, 2) - begin) * rate * side
        yield Ramp(first, end - first, weight, window.step * rate * side)


@dataclass(frozen=True, slots=True)
class Placed:
    """An item on whole frames of its track, and the transitions on both sides."""

    item: Any
    first: int
    end: int
    before: Join | None = None
    behind: Join | None = None
    place: int = 0

    @property
    def seen_first(self) -> Fraction:
        """The first frame at which anything of it is seen."""
        return self.before.right_first if self.before else Fraction(self.first)

    @property
    def seen_end(self) -> Fraction:
        """The frame after the last at which anything of it is seen."""
        return self.behind.left_end if self.behind else Fraction(self.end)


@dataclass(frozen=True, slots=True)
class Placing:
    """A track's items and transitions, in order.

    Attributes:
        items: Those that last a frame or longer.
        joins: Those that do.
        origin: The track's frame that it begins at.
        end: The frame after its last.
        left_out: What of its transitions is not as it was asked for, each with their frames.
    """

    items: tuple[Placed, ...]
    joins: tuple[Join, ...]
    origin: int
    end: int
    left_out: tuple[tuple[int, int, str], ...]

    def left_out_in(self, window: Window) -> Iterator[str]:
        """Yield what of the transitions that a window may show is not as it was asked for."""
        low, high = _reach(window)
        yield from (said for first, end, said in self.left_out if first <= high + 1 and low <= end)

    def near(self, window: Window) -> Iterator[Placed]:
        """Yield the items that a window may show."""
        low, high = _reach(window)
        # A transition reaches no further than its neighbours do.
        index = max(0, bisect.bisect_right(self.items, low, key=lambda p: Fraction(p.first)) - 2)
        for place in range(index, len(self.items)):
            placed = self.items[place]
            if placed.first > high and placed.seen_first > high:
                break
            yield placed

    def joins_near(self, window: Window) -> Iterator[Join]:
        """Yield the transitions that a window may show."""
        low, high = _reach(window)
        index = max(0, bisect.bisect_right(self.joins, low, key=lambda j: Fraction(j.first)) - 1)
        rest = (self.joins[place] for place in range(index, len(self.joins)))
        yield from itertools.takewhile(lambda join: join.first <= high, rest)


def _reach(window: Window) -> tuple[Fraction, Fraction]:
    ends = (window.position(0), window.position(max(0, window.frames - 1)))
    return min(ends), max(ends)


def placing_of(track: Any, clock: Clock) -> Placing:
    """Return where a track's items are, each on whole frames found from its absolute time."""
    items: list[Placed] = []
    cuts: list[tuple[Any, Fraction, int]] = []
    end = 0
    for place, one in enumerate(along(track, clock.rate)):
        first, end = whole_frames(one.first), whole_frames(one.end)
        if isinstance(one.item, otio.schema.Transition):
            cuts.append((one.item, Fraction(one.first) / clock.rate, len(items)))
        elif end > first:
            items.append(Placed(one.item, first, end, place=place))
    start, last = window_of(track, clock.rate)
    origin, end = whole_frames(start), end if last is None else min(end, whole_frames(last))
    joins, left_out = _join(items, cuts, clock)
    return Placing(tuple(items), tuple(joins), origin, end, tuple(left_out))


def _join(
    items: list[Placed], cuts: list[tuple[Any, Fraction, int]], clock: Clock
) -> tuple[list[Join], list[tuple[int, int, str]]]:
    """Put transitions beside the items that they join; none reaches beyond its neighbours."""
    joins: list[Join] = []
    left_out: list[tuple[int, int, str]] = []
    free = 0
    for transition, at, index in cuts:
        cut = clock.frame_at(at)
        before, behind = (exact_seconds(t) for t in (transition.in_offset, transition.out_offset))
        wanted = clock.frame_at(at - before), clock.frame_at(at + behind)
        left = items[index - 1] if index else None
        right = items[index] if index < len(items) else None
        low = max(free, left.first if left else cut)
        taken = bool((left and left.behind) or (right and right.before))
        first = cut if taken else min(max(wanted[0], low), max(cut, free))
        end = cut if taken else max(min(wanted[1], right.end if right else cut), first)
        name = str(transition.name or transition.transition_type or "unnamed")
        where = f"transition {name!r} at {clock.timecode(cut)}"
        if (left or right) and (first, end) != wanted:
            said = f"{where} reaches beyond its neighbours or into another; it is shortened"
            left_out.append((*wanted, said))
        if first == end:
            continue
        shown = shown_of(transition)
        if not shown.as_meant:
            left_out.append((first, end, f"{where} is rendered as a dissolve"))
        join = Join(first, end, shown.color)
        joins.append(join)
        free = end
        if left:
            items[index - 1] = replace(left, behind=join)
        if right:
            items[index] = replace(right, before=join)
    return joins, left_out
