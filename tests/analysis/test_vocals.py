"""Sung phrases: found where a voice is, absent where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.model import Phrase
from otio_idolsync.analysis.speech import CHUNK_SECONDS, centre, speech_odds
from otio_idolsync.errors import AnalysisError
from otio_idolsync.media.song import decode_song, open_song


@pytest.fixture
def sung_song(record, part):
    """A band that plays alone, with a singer, and alone again."""
    return record([part(12, "kshbp"), part(16, "kshbpv"), part(12, "kshbp")], bpm=112)


def sung_share(phrases: tuple[Phrase, ...], start: float, end: float) -> float:
    return sum(max(0.0, min(p.end, end) - max(p.start, start)) for p in phrases) / (end - start)


def test_a_voice_over_a_band_is_found_and_the_band_alone_is_not(sung_song) -> None:
    found = analyze(sung_song.path)
    before, voice, after = (sung_share(found.vocals, *span) for span in sung_song.band.parts)
    assert voice > 0.4
    assert max(before, after) < 0.15
    assert found.vocal_activity is not None
    before, voice, after = (found.vocal_activity.between(*span) for span in sung_song.band.parts)
    assert voice > 2 * max(before, after)


def test_an_instrumental_has_next_to_no_phrases(drop_song) -> None:
    analysis = analyze(drop_song.path)
    assert sung_share(analysis.vocals, 0, analysis.song.duration) < 0.05


def chart(path: Path) -> list[tuple[float, float]]:
    """Return the syllables of an UltraStar chart in seconds."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = dict(line[1:].split(":", 1) for line in lines if line.startswith("#"))
    beat, gap = 60 / (float(head["BPM"].replace(",", ".")) * 4), float(head["GAP"]) / 1000
    notes = [line.split(" ")[1:3] for line in lines if line[:2] in (": ", "* ")]
    return [(gap + int(a) * beat, gap + (int(a) + int(n)) * beat) for a, n in notes]


def agreement(phrases: tuple[Phrase, ...], songs: Path, seconds: float) -> tuple[float, float]:
    """Return which share of what was found is sung, and which share of what is sung was found."""
    times = np.arange(0, seconds, 0.05)
    sung, found = np.zeros(len(times), bool), np.zeros(len(times), bool)
    for start, end in chart(songs / "on_the_run.ultrastar.txt"):
        sung |= (times >= start - 0.2) & (times < end + 0.2)
    for phrase in phrases:
        found |= (times >= phrase.start) & (times < phrase.end)
    both = (found & sung).sum()
    return both / max(1, found.sum()), both / sung.sum()


def test_phrases_agree_with_a_charted_song(shared: Path) -> None:
    songs = shared / "corpus" / "songs"
    analysis = analyze(songs / "on_the_run.ogg")
    right, complete = agreement(analysis.vocals, songs, analysis.song.duration)
    assert right > 0.85
    assert complete > 0.85


def test_phrases_of_a_mono_mix_agree_with_its_chart(
    shared: Path, tmp_path: Path, save_song
) -> None:
    songs = shared / "corpus" / "songs"
    sound = decode_song(open_song(songs / "on_the_run.ogg"), 24000)[: 90 * 24000]
    mono = save_song(tmp_path / "mono.wav", sound.mean(axis=1), 24000)
    right, complete = agreement(analyze(mono).vocals, songs, 90)
    assert right > 0.85
    assert complete > 0.75


def test_a_phrase_that_no_network_hears_has_little_confidence(sung_song) -> None:
    assert max(p.confidence for p in analyze(sung_song.path).vocals) <= 0.4


def test_the_centre_of_a_mono_song_is_the_song() -> None:
    mono = np.random.default_rng(1).standard_normal(768 * 20).astype(np.float32)
    assert np.allclose(centre(np.stack([mono, mono], axis=1)), mono, atol=1e-5)


def test_the_centre_holds_nothing_of_a_sound_at_the_side() -> None:
    left = np.random.default_rng(1).standard_normal(768 * 20).astype(np.float32)
    assert np.abs(centre(np.stack([left, 0 * left], axis=1))).max() < 1e-5


def test_speech_of_a_long_song_is_that_of_its_pieces_joined() -> None:
    noise = np.random.default_rng(2).standard_normal((24000 * 40, 2)).astype(np.float32) * 0.1
    whole, part = speech_odds(noise), speech_odds(noise[: 24000 * 36])
    assert len(whole) == 40 / CHUNK_SECONDS
    assert np.allclose(whole[: len(part) - 4], part[:-4], atol=1e-3)


def stem_of(part, record, spans: slice = slice(None)) -> Path:
    """Return the same song with everyone but the singer silent."""
    return record([part(12, ""), part(16, "v"), part(12, "")][spans], bpm=112).path


def test_a_stem_says_where_is_sung(sung_song, record, part) -> None:
    analysis = analyze(sung_song.path, vocals=stem_of(part, record))
    before, voice, after = (sung_share(analysis.vocals, *span) for span in sung_song.band.parts)
    assert voice > 0.7
    assert max(before, after) < 0.02
    assert analysis.backends["vocals"].startswith("stem ")
    assert analysis.vocal_activity is None


def test_a_silent_stem_means_that_nobody_sings(sung_song, tmp_path: Path, save_song) -> None:
    silence = save_song(tmp_path / "silence.wav", 0 * sung_song.samples, 44100)
    assert analyze(sung_song.path, vocals=silence).vocals == ()


def test_a_stem_of_another_length_is_refused(sung_song, record, part) -> None:
    with pytest.raises(AnalysisError, match="export the stem over the whole song"):
        analyze(sung_song.path, vocals=stem_of(part, record, slice(1, 2)))
