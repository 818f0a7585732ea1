"""Taps by hand: they choose the reading, and the beats stay the tracker's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.errors import AnalysisError, UsageError

Tap = Callable[..., Analysis]


@pytest.fixture
def song(record, part):
    """Half a minute at 122 BPM."""
    return record([part(15, "kshbp")], bpm=122)


@pytest.fixture
def tap(song, tmp_path: Path) -> Tap:
    """Analyse the song with somebody's taps on ``beats`` from 4 to 26 s."""

    def tapped(beats: NDArray[np.float64], places: NDArray[np.int64] | None = None) -> Analysis:
        rng = np.random.default_rng(3)
        lines = []
        for index, beat in enumerate(beats):
            if 4 <= beat < 26 and rng.random() > 0.1:
                text = "" if places is None else str(places[index])
                late = beat + 0.03 + rng.uniform(-0.06, 0.06)
                lines += [f"{late:.3f} {text}"] * (2 if rng.random() < 0.05 else 1)
        path = tmp_path / "hand.taps"
        path.write_text("\n".join(lines))
        return analyze(song.path, tap=path)

    return tapped


def apart(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Return how far the worst of the true beats is from the nearest found."""
    return float(np.abs(found[None] - truth[:, None]).min(axis=1).max())


@pytest.mark.parametrize(
    "reading", [(0, 1), (0, 2), (1, 2), (0.5, 1), (0, 0.5)],
    ids=["as found", "half", "the other half", "off the beat", "double"],
)  # fmt: skip
def test_taps_choose_the_reading_and_leave_its_precision(
    reading: tuple[float, float], tap: Tap, song
) -> None:
    first, step = reading
    truth = np.interp(np.arange(first, 59, step), np.arange(len(song.band.beats)), song.band.beats)
    found = tap(truth)
    assert apart(found.grid.beats, truth[(truth > 4.5) & (truth < 25.5)]) < 0.012
    assert found.grid.tempo_bpm == pytest.approx(122 / step, rel=0.01)
    assert "taps of hand.taps: the" in found.backends["taps"]
    assert not any("fit no steady beat" in warning for warning in found.warnings)


@pytest.mark.parametrize(("meter", "phase"), [(4, 2), (3, 1)])
def test_labelled_taps_set_the_bars(meter: int, phase: int, tap: Tap, song) -> None:
    beats = song.band.beats
    found = tap(beats, (np.arange(len(beats)) - phase) % meter + 1)
    truth = beats[phase::meter]
    assert apart(found.grid.downbeats, truth[(truth > 4.5) & (truth < 25.5)]) < 0.012
    assert found.warnings == ()


def test_a_tap_a_bar_sets_the_bars_alone(tap: Tap, song) -> None:
    truth = song.band.beats[1::4]
    found = tap(truth)
    assert found.grid.tempo_bpm == pytest.approx(122, rel=0.01)
    assert apart(found.grid.downbeats, truth[(truth > 4.5) & (truth < 25.5)]) < 0.012


def test_taps_that_fit_no_reading_lead_a_path_of_their_own(tap: Tap) -> None:
    truth = np.arange(0.3, 30, 0.61)
    found = tap(truth)
    assert "a new path along them" in found.backends["taps"]
    assert found.grid.tempo_bpm == pytest.approx(60 / 0.61, rel=0.02)
    assert "not sure which beat each bar starts" in found.warnings[0]


def test_taps_at_random_are_no_reason_to_trust_the_grid(tap: Tap) -> None:
    found = tap(np.sort(np.random.default_rng(1).uniform(0, 30, 60)))
    assert "fit no steady beat" in found.warnings[0]


def test_too_few_taps_are_refused(song, tmp_path: Path) -> None:
    path = tmp_path / "few.taps"
    path.write_text("1.0\n1.5\n2.0\n9999\n")
    with pytest.raises(AnalysisError, match=r"few\.taps has 3 taps within the 30\.. s"):
        analyze(song.path, tap=path)


@pytest.mark.parametrize("other", [{"grid": "x.beats"}, {"alternative": 1}])
def test_taps_beside_another_choice_are_refused(other: dict[str, object], song) -> None:
    with pytest.raises(UsageError, match="taps choose a reading"):
        analyze(song.path, tap="x.taps", **other)
