"""Mouth cues: they follow the voice and only the voice, the same for every range of a song."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.cues import Cues, cues_of
from otio_idolsync.lipsync.shapes import SHAPES
from otio_idolsync.lipsync.voice import voice_curve
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.schemas import load_schema

SUNG = ((2.0, 4.0), (6.0, 8.0))


def test_cues_fulfil_their_schema_and_come_back_as_they_were(song: Song) -> None:
    cues = cues_of(song)
    data = json.loads(json.dumps(cues.to_json()))
    jsonschema.validate(data, load_schema("cues"))
    again = Cues.from_json(data)
    assert again.to_json() == data


def test_mouth_is_shut_where_nobody_sings(song: Song) -> None:
    cues = cues_of(song, phrases=SUNG)
    at = cues.start + np.arange(len(cues.openness)) * cues.hop
    outside = np.all([(at < a - 0.1) | (at > b + 0.1) for a, b in SUNG], axis=0)
    assert not cues.openness[outside].any()
    assert all(v.shape == "X" for v in cues.visemes if v.start > 4.1 and v.end < 5.9)
    assert cues.visemes[0].shape == "X"
    assert cues.visemes[0].end == pytest.approx(2.0, abs=0.1)


def test_phrases_that_were_given_are_not_listened_for(
    song: Song, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(_sound: object) -> None:
        raise AssertionError("listened")

    voice_curve.cache_clear()
    monkeypatch.setattr("otio_idolsync.lipsync.voice.listen_for_voice", listen)
    assert cues_of(song, phrases=SUNG).openness.any()
    with pytest.raises(AssertionError, match="listened"):
        cues_of(song)


def test_open_vowels_are_wide_and_dark_ones_round(song: Song) -> None:
    cues = cues_of(song, phrases=SUNG)

    def shapes(first: float, last: float) -> set[str]:
        return {v.shape for v in cues.visemes if v.start < last and v.end > first}

    assert "D" in shapes(2.1, 2.4)
    assert "D" not in shapes(2.6, 2.9)
    assert shapes(2.65, 2.85) <= {"E", "F"}


def test_an_instrument_at_the_sides_moves_no_mouth(song: Song) -> None:
    assert not cues_of(song, 0, song.sample_rate).openness.any()


@settings(max_examples=25, deadline=None)
@given(start=st.integers(-30000, 260000), samples=st.integers(1, 90000))
def test_any_range_has_the_cues_of_the_whole_song(song: Song, start: int, samples: int) -> None:
    whole, part = cues_of(song), cues_of(song, start, samples)
    assert part.start <= start / song.sample_rate
    assert part.start + len(part.openness) * part.hop >= (start + samples) / song.sample_rate - 1e-9
    first = round(part.start / part.hop)
    for k, value in enumerate(part.openness):
        inside = 0 <= first + k < len(whole.openness)
        assert value == (whole.openness[first + k] if inside else 0)


@settings(max_examples=25, deadline=None)
@given(start=st.integers(-30000, 260000), samples=st.integers(1, 90000))
def test_visemes_cover_a_range_without_gaps(song: Song, start: int, samples: int) -> None:
    cues = cues_of(song, start, samples)
    assert cues.visemes[0].start == pytest.approx(cues.start)
    for before, after in zip(cues.visemes, cues.visemes[1:], strict=False):
        assert before.end == after.start
        assert before.shape != after.shape
    assert {v.shape for v in cues.visemes} <= set(SHAPES)


def test_a_silent_song_has_a_mouth_at_rest(tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * 8000 * 2))
    cues = cues_of(open_song(path), phrases=[(0.0, 2.0)])
    assert not cues.openness.any()


def test_mouth_follows_the_sample_singer_and_not_a_shifted_song(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    projects = Path(__file__).parents[2] / "sample_projects"
    monkeypatch.syspath_prepend(str(projects))
    from make.lips import lips  # what the mouths of the sample's takes were drawn with

    truth = json.loads((projects / "neon_stage" / "truth.json").read_text())
    phrases = [(p["start"], p["end"]) for p in truth["phrases"]]
    cues = cues_of(open_song(projects / "neon_stage" / "song.mp3"), phrases=phrases)
    frames = np.arange(0.02, 54, 1 / 24)
    inside = np.any([(frames >= a) & (frames < b) for a, b in phrases], axis=0)
    seen = np.interp(frames, np.arange(len(cues.openness)) * cues.hop, cues.openness)[inside]
    drawn_at = lips()
    drawn = np.array([drawn_at(second)[1] for second in frames])[inside]
    matched = np.corrcoef(seen, drawn)[0, 1]
    shifted = [np.corrcoef(np.roll(seen, k), drawn)[0, 1] for k in range(40, 400, 20)]
    assert matched > 0.55
    assert matched - np.mean(shifted) > 0.4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "idolsync.cues/2"}, "schema 'idolsync.cues/2' is not idolsync.cues/1"),
        ({"hop": 0}, "hop or openness is wrong"),
        ({"openness": "wide"}, "is missing or no number"),
        ({"visemes": [{"start": 0, "end": 1, "shape": "Q"}]}, "shape 'Q' is none of A, B"),
        ({"visemes": [{"start": 0, "shape": "A"}]}, "'end' is missing"),
    ],
)
def test_wrong_cues_are_named(song: Song, change: dict, said: str) -> None:
    data = cues_of(song, 0, 24000).to_json() | change
    with pytest.raises(LipsyncError, match=said):
        Cues.from_json(data)
