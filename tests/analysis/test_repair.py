"""Mending grids by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.analysis.grid import beats_per_bar, cover, steady
from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.analysis.repair import Repair, parse_meter, parse_shift, parse_tempo_scale
from otio_idolsync.errors import UsageError


def grid(count: int = 16, gap: float = 0.5, meter: int = 4, pickup: int = 0) -> BeatGrid:
    index = np.arange(count) - pickup
    return BeatGrid(np.arange(count) * gap, index % meter + 1, np.ones(count))


def test_doubling_puts_a_beat_halfway_and_keeps_the_first_downbeat() -> None:
    mended = Repair.of(tempo_scale=2).mend(grid(pickup=1))
    assert np.allclose(np.diff(mended.beats), 0.25)
    assert mended.tempo_bpm == pytest.approx(240)
    assert mended.downbeats[0] == 0.5
    assert beats_per_bar(mended) == 4


@pytest.mark.parametrize("pickup", [0, 1, 2, 3])
def test_halving_keeps_the_first_downbeat(pickup: int) -> None:
    mended = Repair.of(tempo_scale="1/2").mend(grid(pickup=pickup))
    assert np.allclose(np.diff(mended.beats), 1.0)
    assert mended.downbeats[0] == grid(pickup=pickup).downbeats[0]


def test_halving_undoes_doubling() -> None:
    before = grid(pickup=1)
    after = Repair.of(tempo_scale=0.5).mend(Repair.of(tempo_scale=2).mend(before))
    assert np.allclose(after.beats, before.beats)
    assert np.array_equal(after.numbers, before.numbers)


def test_a_beat_shift_moves_the_bars_and_not_the_beats() -> None:
    mended = Repair.of(shift="1b").mend(grid())
    assert np.array_equal(mended.beats, grid().beats)
    assert mended.downbeats[0] == 0.5
    assert Repair.of(shift="-1b").mend(grid()).downbeats[0] == 1.5


def test_a_time_shift_moves_each_beat_by_it() -> None:
    assert np.allclose(Repair.of(shift="-12ms").mend(grid()).beats, grid().beats - 0.012)
    assert np.allclose(Repair.of(shift="+12ms").mend(grid()).beats, grid().beats + 0.012)


def test_a_half_beat_shift_puts_beats_between_beats() -> None:
    mended = Repair.of(shift="half-beat").mend(grid())
    assert np.allclose(mended.beats, grid().beats + 0.25)
    assert np.array_equal(mended.numbers, grid().numbers)


def test_bar_phase_makes_bars_start_so_many_beats_later() -> None:
    assert Repair.of(bar_phase=3).mend(grid()).downbeats[0] == 1.5
    assert not Repair.of(bar_phase=0).needed


@pytest.mark.parametrize("text", ["1", "12", "1.5b", "ms", "beat", "", "1/2b", "nanms"])
def test_a_shift_without_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write 1b, -12ms or half-beat"):
        parse_shift(text)


@pytest.mark.parametrize("text", ["3", "0", "-2", "two", ""])
def test_a_tempo_scale_other_than_two_or_a_half_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write 2 or 1/2"):
        parse_tempo_scale(text)


def test_a_bar_phase_beyond_the_bar_is_refused() -> None:
    with pytest.raises(UsageError, match="the song has 3 beats a bar, so give 0 to 2"):
        Repair.of(bar_phase=3).mend(grid(meter=3))
    with pytest.raises(UsageError, match="negative"):
        Repair.of(bar_phase=-1)


@pytest.mark.parametrize(
    ("text", "beats"), [("3/4", 3), ("4/4", 4), ("6/8", 2), ("12/8", 4), ("7/8", 7), ("5", 5)]
)
def test_a_metre_is_its_beats_in_a_bar(text: str, beats: int) -> None:
    assert parse_meter(text) == beats


@pytest.mark.parametrize("text", ["", "0", "3/5", "waltz", "3/4/4", "-3", "99", "17/4"])
def test_a_metre_without_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="meter"):
        parse_meter(text)


def test_another_metre_counts_from_the_first_downbeat() -> None:
    mended = Repair.of(meter="3/4").mend(grid(pickup=1))
    assert mended.numbers.tolist()[:5] == [3, 1, 2, 3, 1]
    assert Repair.of(meter=3, bar_phase=1).mend(grid()).numbers.tolist()[:4] == [3, 1, 2, 3]


repairs = st.builds(
    Repair.of,
    tempo_scale=st.sampled_from([None, 2, 0.5]),
    shift=st.sampled_from([None, "1b", "-3b", "half-beat", "-half-beat", "-12ms", "900ms"]),
    bar_phase=st.sampled_from([None, 0, 1, 2]),
)


@given(
    repair=repairs,
    count=st.integers(8, 60),
    gap=st.floats(0.25, 1.2),
    meter=st.sampled_from([3, 4]),
    pickup=st.integers(0, 3),
    start=st.floats(-3, 20),
    rest=st.floats(2, 40),
)
def test_any_mended_grid_covers_its_song(
    repair: Repair, count: int, gap: float, meter: int, pickup: int, start: float, rest: float
) -> None:
    found = grid(count, gap, meter, pickup)
    found = BeatGrid(found.beats + start, found.numbers, found.confidence)
    duration = max(4 * gap, start) + rest
    covered = cover(repair.mend(found), duration)
    step = np.diff(covered.beats)
    assert np.all(step > 0)
    assert 0 <= covered.beats[0] <= step.max() + 1e-9
    assert covered.beats[-1] < duration <= covered.beats[-1] + step.max() + 1e-6
    follows = covered.numbers[1:] == covered.numbers[:-1] % meter + 1
    assert follows.all()


def test_continued_beats_have_no_confidence() -> None:
    found = grid(8)
    covered = cover(BeatGrid(found.beats + 3.2, found.numbers, found.confidence), 12.0)
    heard = (covered.beats >= 3.2) & (covered.beats < 7.0)
    assert covered.confidence[heard].min() == 1
    assert covered.confidence[~heard].max() == 0
    assert heard.sum() == 8


def test_a_steady_grid_has_its_tempo_and_no_confidence() -> None:
    found = steady(120, 10)
    assert found.tempo_bpm == 120
    assert len(found.beats) == 20
    assert found.confidence.max() == 0
