"""How likely readings are: from activations that are known by construction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from otio_idolsync.analysis.tracker.decode import Heard, read_beats
from otio_idolsync.analysis.tracker.rank import Judgement, judge

FPS = 50
SECONDS = 60.0


def heard(
    bpm: float,
    height: float = 0.9,
    between: float = 0.02,
    down: float = 0.8,
    seconds: float = SECONDS,
) -> Heard:
    """Return what a network would answer: beats, half-beats and each fourth beat so high."""
    time = np.arange(int(seconds * FPS)) / FPS
    beat, downbeat = np.full(len(time), 0.02), np.full(len(time), 0.01)
    for index, at in enumerate(np.arange(0.4, seconds - 1, 30 / bpm)):
        pulse = np.exp(-0.5 * ((time - at) / 0.02) ** 2)
        np.maximum(beat, pulse * (between if index % 2 else height), out=beat)
        np.maximum(downbeat, pulse * (0.1 if index % 8 else down), out=downbeat)
    return Heard.of(beat.astype(np.float32), downbeat.astype(np.float32), FPS)


def judged(sound: Heard) -> Judgement:
    return judge(read_beats(sound), sound)


def rank(judgement: Judgement, relation: str) -> int:
    return [other.relation for other in judgement.others].index(relation)


def test_all_that_may_be_meant_adds_up_to_no_more_than_one() -> None:
    found = judged(heard(120))
    beats = [other.score for other in found.others if other.relation != "other bars"]
    bars = [other.score for other in found.others if other.relation == "other bars"]
    assert beats == sorted(beats, reverse=True)
    assert bars == sorted(bars, reverse=True)
    assert found.beats + sum(beats) <= 1 + 1e-9
    assert found.bars + sum(bars) <= found.beats + 1e-9


@pytest.mark.parametrize(("bpm", "usual"), [(75, "double tempo"), (165, "half tempo")])
def test_the_octave_nearer_to_usual_tempi_comes_first(bpm: float, usual: str) -> None:
    assert rank(judged(heard(bpm)), usual) == 0


def test_the_louder_the_half_beats_the_likelier_is_double_tempo() -> None:
    faint, loud = (judged(heard(75, between=height)).others[0] for height in (0.02, 0.35))
    assert faint.relation == loud.relation == "double tempo"
    assert loud.score > 2 * faint.score


def test_where_the_chords_change_off_the_beat_the_off_beat_is_offered_first() -> None:
    plain = heard(120)
    beats = read_beats(plain)[0].frames
    change = np.zeros(len(plain.beat))
    change[(beats[:-1] + beats[1:]) // 2] = 10.0
    found = judged(replace(plain, change=change))
    assert rank(found, "on the off-beat") == 0


def test_two_halves_of_the_tempo_are_told_apart() -> None:
    said = [other.relation for other in judged(heard(165)).others]
    assert "half tempo" in said
    assert "half tempo, from another beat" in said


def test_half_beats_nearly_as_strong_make_it_less_sure() -> None:
    assert judged(heard(90, between=0.6)).beats < judged(heard(90)).beats - 0.1


def test_faint_beats_make_it_less_sure() -> None:
    assert judged(heard(120, height=0.35, down=0.3)).beats < judged(heard(120)).beats - 0.1


def test_three_seconds_make_it_less_sure() -> None:
    assert judged(heard(120, seconds=4)).beats < judged(heard(120)).beats - 0.05


def test_bars_that_nothing_tells_are_not_sure_and_others_are_offered() -> None:
    plain, vague = judged(heard(120)), judged(heard(120, down=0.1))
    assert vague.bars < 0.6 < plain.bars
    assert [other.relation for other in vague.others[3:]] == ["other bars"] * 3
