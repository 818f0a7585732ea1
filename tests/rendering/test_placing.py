"""A window of a composition finds exactly the frames that lie in a range."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync.rendering.placing import Join, Window, placing_of
from otio_idolsync.timebase import Clock

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
STEPS = st.fractions(-4, 4, max_denominator=6)
STARTS = st.fractions(-20, 60, max_denominator=6)


@given(STARTS, STEPS, st.integers(1, 50), st.integers(-5, 60), st.integers(0, 40))
def test_within_finds_every_frame_of_a_range_and_no_other(start, step, frames, low, length):
    window = Window(start, step, frames, 0)
    inside = [k for k in range(frames) if low <= window.position(k) < low + length]
    first, end = window.within(low, low + length)
    assert list(range(first, end)) == inside


@given(st.integers(1, 40), st.integers(1, 6))
def test_backwards_shows_the_same_moments_from_the_last_to_the_first(length, step):
    count = length // step
    forward = Window(Fraction(0), Fraction(step), count, 0)
    back = forward.backwards(count * step)
    shown = [back.position(k) for k in range(count)]
    assert shown == [forward.position(k) for k in reversed(range(count))]


@given(
    st.integers(1, 30), st.sampled_from([Fraction(1), Fraction(2), Fraction(-1), Fraction(1, 2)])
)
def test_the_two_sides_of_a_dissolve_always_weigh_one(length, step):
    join = Join(10, 10 + length)
    start = Fraction(10) if step > 0 else Fraction(9 + length)
    window = Window(start, step, max(1, int(length / abs(step))), 0)
    low, high = Fraction(join.first), Fraction(join.end)
    [up], [down] = list(join.ramp(window, low, high, 1)), list(join.ramp(window, low, high, -1))
    assert (up.first, up.frames) == (down.first, down.frames)
    for k in range(up.frames):
        assert up.weight + k * up.step + down.weight + k * down.step == 1


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=8, max_size=8),
)
def test_transitions_never_meet_or_reach_beyond_their_neighbours(lengths, offsets):
    track = otio.schema.Track()
    for length, (before, behind) in zip(lengths, offsets, strict=False):
        track.append(otio.schema.Transition("", "SMPTE_Dissolve", RT(before, 24), RT(behind, 24)))
        track.append(otio.schema.Clip("", None, TR(RT(0, 24), RT(length, 24))))
    placing = placing_of(track, Clock.at(24))
    free = 0
    for join in placing.joins:
        assert free <= join.first < join.end <= sum(lengths)
        free = join.end
    for placed in placing.items:
        if placed.before and placed.behind:
            assert placed.before.end <= placed.behind.first
