"""The songs that the network learns from: their truth is exact, and follows from the seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

RATE = 24000


@pytest.fixture
def made(training: Path) -> SimpleNamespace:
    import augment
    import compose
    import perform
    import score
    import songs
    import styles

    return SimpleNamespace(
        augment=augment, compose=compose, perform=perform, score=score, songs=songs, styles=styles
    )


def test_the_same_seed_writes_the_same_song(made: SimpleNamespace) -> None:
    first, second = made.compose.compose(7), made.compose.compose(7)
    assert first.hits == second.hits
    assert np.array_equal(first.beats, second.beats)


def test_a_machine_plays_its_kick_exactly_on_the_beats(made: SimpleNamespace) -> None:
    house = next(s for s in made.styles.STYLES if s.name == "house")
    four = replace(house, grooves=made.styles.HOUSE[:1], live=0.0)
    found = 0
    for seed in range(12):
        song = made.compose.compose(seed, style=four)
        kicks = [h.start for h in song.hits if h.part == "kick" and song.beats[0] <= h.start]
        for start in kicks:
            found += np.abs(song.beats - start).min() < 1e-9
    assert found > 300


def test_a_click_on_each_beat_sounds_on_each_beat(made: SimpleNamespace) -> None:
    song = made.compose.compose(3)
    song.hits = [made.score.Hit("kick", "d:kick", 0.0, t, 0.1, 1.0) for t in song.beats]
    buses = made.perform._buses(song, None, np.random.default_rng(0), 40 * RATE)
    for beat in song.beats:
        first = round(beat * RATE)
        before = buses["kick"][max(0, first - 20) : first]
        after = buses["kick"][first : first + 200]
        assert np.abs(after).max() > 0.1 + np.abs(before).max(initial=0.0)


@pytest.mark.parametrize("name", ["rock", "waltz", "6/8", "5/4", "7/8", "swing"])
def test_numbers_count_each_bar_of_a_style(made: SimpleNamespace, name: str) -> None:
    style = next(s for s in made.styles.STYLES if s.name == name)
    song = made.compose.compose(1, style=style)
    assert len(song.beats) == len(song.numbers) > 20
    assert np.all(np.diff(song.beats) > 0.15)
    starts = np.flatnonzero(song.numbers == 1)
    assert set(np.diff(starts)) == {style.beats}
    assert set(np.diff(song.numbers)) <= {1, 1 - style.beats}


def test_patterns_fill_whole_bars(made: SimpleNamespace) -> None:
    for style in made.styles.STYLES:
        for groove in style.grooves:
            for pattern in groove:
                assert len(pattern) % (style.beats * style.steps) == 0, (style.name, pattern)


def test_a_shuffled_style_has_three_steps_where_it_had_four(made: SimpleNamespace) -> None:
    rock = next(s for s in made.styles.STYLES if s.name == "rock")
    swung = made.styles.shuffled(rock)
    assert swung.steps == 3
    assert swung.grooves[0] == ("x.....x.....", "...x.....x..", "x.xx.xx.xx.x")
    song = made.compose.compose(2, style=swung)
    assert {h.part for h in song.hits} >= {"chords"}


def test_stretched_songs_keep_their_beats(made: SimpleNamespace) -> None:
    bands = np.full((1001, 192), -5.5, np.float16)
    beats = np.arange(0.4, 39.0, 0.52)
    for beat in beats:
        bands[round(beat * 25), :144] = 0.0
    numbers = np.arange(len(beats)) % 4 + 1
    song = made.songs.Example("clicks", bands, beats, numbers)
    for factor in (0.85, 1.0, 1.2):
        attacks, _ = made.augment._excerpt(song.bands, 0.0, factor)
        truth = made.augment.targets(song, 0.0, factor, made.augment.FRAMES).reshape(-1, 2)
        loud = attacks.mean(axis=1) > -2.5
        on = np.flatnonzero(truth[:, 0] > 0.5)
        near = loud[np.clip(on[:, None] + np.arange(-2, 3), 0, len(loud) - 1)].any(axis=1)
        assert near.mean() > 0.97, factor
        assert truth[:, 1].sum() < truth[:, 0].sum()
