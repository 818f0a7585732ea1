"""Time is exact, rounds in one place, and reads what users write."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.errors import UsageError
from otio_idolsync.timebase import (
    Clock,
    asked_rate,
    exact_seconds,
    media_rate,
    parse_frames,
    parse_moment,
    parse_rate,
)

RATES = ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001)}


class Time:
    def __init__(self, value: float, rate: float) -> None:
        self.value, self.rate = value, rate


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("23", "23.976"), (29, "29.97"), ("59", "59.94"), (23.9, "23.976"), ("119.0", "119.88")],
)
def test_a_rate_cut_short_asks_for_the_one_that_is_meant(asked: str | float, meant: str) -> None:
    with pytest.raises(UsageError, match=f"{asked}: was {meant} meant") as told:
        asked_rate(asked)
    exactly = str(told.value).split(" or ")[1].split(" for ")[0]
    assert float(asked_rate(exactly)) == float(asked)


@pytest.mark.parametrize("asked", ["23.976", "24", "29.97", "59.94", "12", "47.952", 23.98])
def test_rates_that_are_used_are_not_asked_about(asked: str | float) -> None:
    assert asked_rate(asked) == parse_rate(asked)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("24", Fraction(24)),
        (24, Fraction(24)),
        (23.976, Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("24000/1001", Fraction(24000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_are_exact(text: str | float, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("bad", ["0", "-24", "fast", "", "1/0", "241", "nan", "inf", None])
def test_impossible_rates_are_refused_by_value(bad: str) -> None:
    with pytest.raises(UsageError, match="frame rate"):
        parse_rate(bad)


def test_a_media_rate_may_be_any_clock() -> None:
    assert media_rate(48000.0) == 48000
    assert media_rate(90000) == 90000
    assert media_rate(23.976) == Fraction(24000, 1001)


def test_an_otio_time_at_a_float_rate_is_exact() -> None:
    assert exact_seconds(Time(30000, 30000 / 1001)) == 1001


@pytest.mark.parametrize("rate", RATES)
def test_cuts_do_not_drift_over_twenty_minutes(rate: str) -> None:
    clock = Clock.at(rate)
    for beat in range(2400):
        seconds = Fraction(beat, 2)
        frame = clock.frame_at(seconds)
        assert abs(clock.seconds_at(frame) - seconds) <= 1 / (2 * clock.rate)


@given(st.integers(0, 10**7), st.sampled_from(RATES))
def test_a_frame_is_found_again_from_its_own_time(frame: int, rate: str) -> None:
    clock = Clock.at(rate)
    assert clock.frame_at(clock.seconds_at(frame)) == frame


@given(st.integers(0, 24 * 3600 * 24 - 1), st.sampled_from(RATES))
def test_timecode_reads_back_to_its_frame(frame: int, rate: str) -> None:
    clock = Clock.at(rate)
    if clock.start_frame + frame >= 23 * 3600 * clock.nominal:
        frame %= 1000
    assert clock.frame_at_timecode(clock.timecode(frame)) == frame


@pytest.mark.parametrize(
    ("rate", "start"), [("29.97", 107892), ("59.94", 215784), ("24", 86400), ("23.976", 86400)]
)
def test_the_first_hour_starts_where_editors_start_it(rate: str, start: int) -> None:
    assert Clock.at(rate).start_frame == start


def test_drop_frame_timecode_skips_two_numbers_a_minute_but_not_every_tenth() -> None:
    clock = Clock.at("29.97")
    assert clock.timecode(0) == "01:00:00;00"
    assert clock.timecode(1799) == "01:00:59;29"
    assert clock.timecode(1800) == "01:01:00;02"
    assert clock.timecode(17982) == "01:10:00;00"
    assert Clock.at("59.94").timecode(3600) == "01:01:00;04"


def test_a_tie_goes_to_the_later_frame() -> None:
    clock = Clock.at(24)
    assert clock.frame_at(Fraction(1, 48)) == 1
    assert clock.frame_at(Fraction(3, 48)) == 2


@given(st.floats(0, 1200), st.sampled_from(RATES))
def test_covering_and_within_differ_by_at_most_one_frame(seconds: float, rate: str) -> None:
    clock = Clock.at(rate)
    assert 0 <= clock.frames_covering(seconds) - clock.frames_within(seconds) <= 1
    assert clock.frames_covering(seconds) >= seconds * clock.rate
    assert clock.sample_at(clock.frames_within(seconds), 48000) <= math.ceil(seconds * 48000)


def test_drop_frame_is_refused_where_it_does_not_exist() -> None:
    with pytest.raises(UsageError, match=r"29\.97 and 59.94 only, not at 25"):
        Clock.at(25, drop_frame=True)


BEATS, NUMBERS = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0], [4, 1, 2, 3, 4, 1]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8.3s", Fraction(8.3)),
        ("199f", Fraction(199, 24)),
        ("01:00:08:07", Fraction(199, 24)),
        ("bar1", Fraction(1)),
        ("bar1.3", Fraction(2)),
        ("bar2", Fraction(3)),
        ("bar0.4", Fraction(1, 2)),
    ],
)
def test_moments_are_read(text: str, seconds: Fraction) -> None:
    assert parse_moment(text).on(Clock.at(24), BEATS, NUMBERS) == seconds


def test_a_bare_number_is_refused_as_ambiguous() -> None:
    with pytest.raises(UsageError, match=r"'12\.3' is not understood: it has no unit"):
        parse_moment("12.3")


@pytest.mark.parametrize("bad", ["", "8,3s", "12 f", "bar", "bar1.0", "1:00:08:07"])
def test_what_is_no_time_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="is not understood"):
        parse_moment(bad)


def test_a_bar_that_the_song_does_not_have_is_named() -> None:
    with pytest.raises(UsageError, match="the song has no bar9: its last bar is bar 2"):
        parse_moment("bar9").on(Clock.at(24), BEATS, NUMBERS)


@pytest.mark.parametrize("bad", ["01:00:00:24", "01:60:00:00"])
def test_timecode_outside_its_ranges_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="is no timecode at 24"):
        Clock.at(24).frame_at_timecode(bad)


def test_a_dropped_timecode_is_refused() -> None:
    with pytest.raises(UsageError, match="drop-frame counting skips"):
        Clock.at("29.97").frame_at_timecode("01:01:00;01")


def test_frames_need_their_unit() -> None:
    assert parse_frames("2f") == 2
    with pytest.raises(UsageError, match="write for example 1f"):
        parse_frames("2")


@pytest.mark.parametrize("rate", [0, -24, float("nan"), float("inf")])
def test_a_clock_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="clock rate"):
        media_rate(rate)
