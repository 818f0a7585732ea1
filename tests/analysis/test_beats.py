"""Beats and bars against songs whose truth is known to the sample, and against real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.model import BeatGrid

Record = Callable[..., object]


def errors(grid: BeatGrid, beats: np.ndarray) -> np.ndarray:
    """Return each true beat's distance from the nearest found one, in seconds, signed."""
    nearest = np.abs(grid.beats[:, None] - beats[None]).argmin(axis=0)
    return grid.beats[nearest] - beats


@pytest.mark.parametrize("bpm", [72, 93.7, 120, 140, 165])
def test_beats_of_drums_are_within_five_milliseconds(bpm: float, record, part) -> None:
    song = record([part(int(bpm / 10) + 2, "kshb")], bpm=bpm)
    grid = analyze(song.path).grid
    off = errors(grid, song.band.beats)
    assert np.abs(off).max() < 0.005
    assert abs(np.median(off)) < 0.0035
    octave = np.log2(grid.tempo_bpm / bpm)
    assert octave == pytest.approx(round(octave), abs=0.002)


@pytest.mark.parametrize("bpm", [84, 104, 128])
def test_downbeats_are_where_chords_and_kicks_change(bpm: float, record, part) -> None:
    song = record([part(4, "kbp"), part(8, "kshbp")], bpm=bpm, lead_in=1.3)
    analysis = analyze(song.path)
    grid = analysis.grid
    found = grid.downbeats
    nearest = np.abs(found[:, None] - song.band.beats[::4][None]).min(axis=0)
    assert nearest.max() < 0.02
    assert grid.numbers.max() == 4
    assert not any("bar" in warning for warning in analysis.warnings)


def test_a_waltz_has_three_beats_a_bar(record, part) -> None:
    song = record([part(24, "kshbp")], bpm=138, meter=3)
    grid = analyze(song.path).grid
    assert grid.numbers.max() == 3
    assert np.abs(errors(grid, song.band.beats)).max() < 0.02
    first = int(np.abs(grid.beats - song.band.beats[0]).argmin())
    assert grid.numbers[first : first + 6].tolist() == [1, 2, 3, 1, 2, 3]


def test_a_band_that_speeds_up_is_followed(tmp_path: Path, save_song, drum_hits) -> None:
    gaps = np.linspace(60 / 112, 60 / 124, 120)
    beats = 0.5 + np.concatenate([[0], np.cumsum(gaps)])
    grid = analyze(save_song(tmp_path / "live.wav", drum_hits(beats))).grid
    assert np.abs(errors(grid, beats)).max() < 0.012


def test_the_grid_covers_silence_at_both_ends(record, part, tmp_path: Path, save_song) -> None:
    song = record([part(8, "kshb")], bpm=125, lead_in=6.0)
    longer = np.concatenate([song.samples, np.zeros((5 * 44100, 2))])
    analysis = analyze(save_song(tmp_path / "long.wav", longer))
    grid, duration = analysis.grid, analysis.song.duration
    gap = 60 / 125
    assert 0 <= grid.beats[0] < gap + 0.01
    assert duration - gap - 0.01 <= grid.beats[-1] < duration
    assert np.all(np.diff(grid.beats) > 0.9 * gap)
    assert np.abs(errors(grid, song.band.beats)).max() < 0.005


def test_a_steady_recording_keeps_its_tempo(shared: Path) -> None:
    analysis = analyze(shared / "corpus" / "songs" / "chaos_god.ogg")
    assert analysis.grid.tempo_bpm == pytest.approx(170, abs=0.2)
    assert analysis.grid.beats[-1] < analysis.song.duration
