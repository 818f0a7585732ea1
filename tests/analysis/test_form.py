"""Energy, events and sections of songs whose form is known, and of real ones."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.model import Analysis


def bar_of(song, seconds: float) -> float:
    return (seconds - song.band.lead_in) / (song.band.gap * song.band.meter)


@pytest.fixture(scope="module")
def analysis(drop_song) -> Analysis:
    return analyze(drop_song.path)


def test_drops_start_where_the_full_band_comes_in(analysis: Analysis, drop_song) -> None:
    drops = [round(bar_of(drop_song, e.start), 1) for e in analysis.events if e.kind == "drop"]
    assert {32.0, 56.0} <= set(drops) <= {8.0, 32.0, 56.0}


def test_the_rise_before_a_drop_is_a_build_that_ends_on_it(analysis: Analysis, drop_song) -> None:
    builds = [e for e in analysis.events if e.kind == "build"]
    assert [round(bar_of(drop_song, e.start)) for e in builds] == [24]
    assert builds[0].end in [e.start for e in analysis.events if e.kind == "drop"]


def test_the_quiet_part_between_two_drops_is_a_break(analysis: Analysis, drop_song) -> None:
    breaks = [e for e in analysis.events if e.kind == "break"]
    spans = [(round(bar_of(drop_song, e.start)), round(bar_of(drop_song, e.end))) for e in breaks]
    assert spans == [(48, 56)]


def test_sections_are_the_parts_of_the_form(analysis: Analysis, drop_song) -> None:
    starts = [round(bar_of(drop_song, s.start)) for s in analysis.sections]
    assert starts == [0, 8, 24, 32, 48, 56, 72]
    letters = [s.label for s in analysis.sections]
    assert letters[3] == letters[5]
    assert letters[1] != letters[3] != letters[4]
    names = [s.name for s in analysis.sections]
    assert (names[0], names[3], names[5], names[6]) == ("intro", "chorus", "chorus", "outro")


def test_energy_is_high_in_the_drop_and_low_in_the_break(analysis: Analysis, drop_song) -> None:
    levels = [analysis.energy.between(a, b) for a, b in drop_song.band.parts]
    assert min(levels[3], levels[5]) > 0.85
    assert max(levels[0], levels[4], levels[6]) < 0.4
    assert analysis.energy.values.min() >= 0
    assert analysis.energy.values.max() <= 1


def test_a_song_of_constant_energy_has_no_break_and_at_most_one_event(record, part) -> None:
    events = analyze(record([part(32, "kshb")], bpm=126).path).events
    assert len(events) <= 1


def check_form(analysis: Analysis) -> None:
    """Assert what holds for every song."""
    grid, duration = analysis.grid, analysis.song.duration
    sections = analysis.sections
    assert sections[0].start == 0
    assert sections[-1].end == pytest.approx(duration, abs=1e-6)
    for a, b in itertools.pairwise(sections):
        assert a.end == b.start
        assert b.start in grid.downbeats
    beat = np.median(np.diff(grid.beats))
    marks = [e for e in analysis.events if e.kind in ("drop", "peak")]
    assert len(marks) <= 8
    for a, b in itertools.pairwise(marks):
        assert b.start - a.start >= 15.5 * beat
    for event in analysis.events:
        assert 0 <= event.start < event.end <= duration + 1e-6
        assert event.end - event.start >= 0.9 * beat
        assert event.start in grid.downbeats
        assert 0 <= event.strength <= 1
        if event.kind == "build":
            assert event.end in [e.start for e in marks]
    for phrase in analysis.vocals:
        assert 0 <= phrase.start < phrase.end <= duration + 0.05
        assert 0 <= phrase.confidence <= 1


def test_the_form_of_a_made_song_is_sound(analysis: Analysis) -> None:
    check_form(analysis)
    assert len(analysis.events) >= 3


@pytest.mark.parametrize("name", ["chaos_god", "on_the_run"])
def test_the_form_of_a_real_song_is_sound(name: str, shared: Path) -> None:
    analysis = analyze(shared / "corpus" / "songs" / f"{name}.ogg")
    check_form(analysis)
    assert 2 <= len([e for e in analysis.events if e.kind in ("drop", "peak")]) <= 8
    assert 5 <= len(analysis.sections) <= 30
    assert "chorus" in {s.name for s in analysis.sections}
