"""Beats and bars from activations that are known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from otio_idolsync.analysis.tracker.decode import Heard, Reading, read_beats
from otio_idolsync.analysis.tracker.rank import judge

FPS = 50


def heard(
    beats: np.ndarray,
    metre: int = 4,
    missing: float = 0.05,
    between: float = 0.2,
    silent: tuple[float, float] = (0.0, 0.0),
    seed: int = 0,
    least: float = 0.5,
) -> Heard:
    """Return what a network of moderate skill would answer to these beats."""
    rng = np.random.default_rng(seed)
    time = np.arange(int((beats[-1] + 1) * FPS)) / FPS
    beat, down = np.full(len(time), 0.02), np.full(len(time), 0.01)

    def rise(curve: np.ndarray, at: float, height: float) -> None:
        np.maximum(curve, height * np.exp(-0.5 * ((time - at) / 0.02) ** 2), out=curve)

    for index, at in enumerate(beats[:-1]):
        if rng.random() < missing or silent[0] <= at < silent[1]:
            continue
        rise(beat, at + rng.normal(0, 0.005), rng.uniform(least, 0.98))
        first = index % metre == 0
        rise(down, at, rng.uniform(0.4, 0.95) if first else rng.uniform(0.02, 0.3))
        if rng.random() < between:
            rise(beat, (at + beats[index + 1]) / 2, rng.uniform(0.1, 0.4))
    return Heard.of(beat.astype(np.float32), down.astype(np.float32), FPS)


def steady(bpm: float, seconds: float = 60.0, first: float = 0.4) -> np.ndarray:
    return first + np.arange(int(seconds * bpm / 60)) * 60 / bpm


def worst(reading: Reading, beats: np.ndarray) -> float:
    """Return the distance of the true beat farthest from any found, in seconds."""
    return float(np.abs(reading.frames[None] / 100 - beats[:, None]).min(axis=1).max())


def f_measure(reading: Reading, beats: np.ndarray) -> float:
    near = np.abs(reading.frames[None] / 100 - beats[:, None]).min(axis=1) <= 0.07
    return float(2 * near.sum() / (len(beats) + len(reading.frames)))


@pytest.mark.parametrize("bpm", [66, 93.7, 120, 147.3, 174, 181, 205])
def test_a_steady_pulse_is_followed_at_its_own_octave(bpm: float) -> None:
    beats = steady(bpm)
    first = read_beats(heard(beats))[0]
    assert worst(first, beats) < 0.03
    assert f_measure(first, beats) > 0.97


@pytest.mark.parametrize("metre", [3, 4, 5, 7])
def test_bars_have_the_beats_that_downbeats_tell(metre: int) -> None:
    beats = steady(120)
    first = read_beats(heard(beats, metre))[0]
    assert first.metre == metre
    start = int(np.abs(first.frames / 100 - beats[0]).argmin())
    assert first.numbers[start : start + metre].tolist() == list(range(1, metre + 1))


def test_a_pulse_goes_on_through_silence() -> None:
    beats = steady(128, 70)
    first = read_beats(heard(beats, silent=(25.0, 40.0)))[0]
    assert worst(first, beats) < 0.06
    assert (
        first.numbers[np.abs(first.frames / 100 - beats[-5]).argmin()] == (len(beats) - 5) % 4 + 1
    )


def test_a_band_that_drifts_is_followed() -> None:
    beats = 0.4 + np.cumsum(60 / np.linspace(110, 126, 120))
    assert worst(read_beats(heard(beats))[0], beats) < 0.03


def test_a_change_of_tempo_is_followed() -> None:
    slow = steady(96, 40)
    beats = np.concatenate([slow, slow[-1] + 60 / 140 * np.arange(1, 90)])
    first = read_beats(heard(beats))[0]
    assert f_measure(first, beats) > 0.95


@pytest.mark.parametrize(("ratio", "start"), [(4 / 3, 0.0), (4 / 3, 1 / 3), (2, 0.0), (2 / 3, 0.5)])
def test_a_beat_that_hides_behind_another_pulse_is_among_the_readings(
    ratio: float, start: float
) -> None:
    pulse = steady(120)
    gap = 0.5 * ratio
    beats = np.arange(pulse[0] + start * gap, pulse[-1], gap)
    readings = read_beats(heard(pulse))
    assert max(f_measure(reading, beats) for reading in readings) > 0.9


def test_no_two_readings_are_alike() -> None:
    readings = read_beats(heard(steady(120)))
    assert len(readings) > 8
    for index, reading in enumerate(readings):
        for other in readings[:index]:
            assert f_measure(reading, other.frames / 100) < 0.95


@pytest.mark.parametrize("seconds", [0.02, 0.5, 1.0])
def test_too_short_a_sound_has_no_reading(seconds: float) -> None:
    quiet = np.full(int(seconds * FPS), 0.02, np.float32)
    assert read_beats(Heard.of(quiet, quiet, FPS)) == []


def test_three_seconds_have_beats() -> None:
    beats = steady(120, 3.0, 0.2)
    assert worst(read_beats(heard(beats, missing=0))[0], beats) < 0.06


def _slipping() -> tuple[np.ndarray, Heard]:
    """Return the beats of a click, and what is heard: for 25 of 70 s only the off-beats."""
    beats = steady(126, 70)
    late = beats + 30 / 126 * (beats < 25)
    ramp = (beats >= 25) & (beats < 29)
    late[ramp] += np.linspace(30 / 126, 0, ramp.sum() + 2)[1:-1]
    return beats, heard(late, missing=0.3, between=0.0)


def test_a_song_that_was_cut_by_half_a_beat_is_followed() -> None:
    beats = steady(126, 70)
    beats[60:] -= 30 / 126
    first = read_beats(heard(beats, missing=0.0, between=0.0, least=0.8))[0]
    assert f_measure(first, beats) > 0.9


def test_a_song_to_a_click_does_not_slip_by_half_a_beat() -> None:
    beats, found = _slipping()
    readings = read_beats(found)
    assert f_measure(readings[0], beats) > 0.97
    assert np.ptp(np.diff(readings[0].frames)) <= 1
    off = beats + 30 / 126
    assert f_measure(readings[1], off) > 0.97
    assert any(worst(r, beats[beats < 24] + 30 / 126) < 0.04 for r in readings[2:]), "as it was"


def test_one_does_not_say_that_a_slipped_song_is_sure() -> None:
    beats, found = _slipping()
    sure = judge(read_beats(heard(beats)), heard(beats))
    slipped = judge(read_beats(found), found)
    assert slipped.beats < 0.7 < sure.beats
    assert slipped.others[0].relation == "on the off-beat"


@pytest.mark.parametrize("part", [0.0, 0.25, 1 / 3])
def test_a_bar_begun_anew_elsewhere_is_no_slip(part: float) -> None:
    beats = steady(126, 70)
    beats[60:] += part * 60 / 126
    first = read_beats(heard(beats, missing=0.0))[0]
    assert f_measure(first, beats) > 0.95
