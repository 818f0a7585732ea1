"""The whole of ``analyze``: formats, bad songs, cache, repairs, given grids, backends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis import backends as backends_module
from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.backends import BackendEntry, TrackedBeats, backends, find_backend
from otio_idolsync.analysis.click import write_click
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.analysis.sound import hear
from otio_idolsync.errors import AnalysisError, UsageError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import decode_song, open_song

RATE = 44100


def run_ffmpeg(*words: str) -> None:
    subprocess.run([find_ffmpeg()[0], "-nostdin", "-v", "error", "-y", *words], check=True)


@pytest.fixture
def band_song(record, part):
    """Eight bars of the whole band."""
    return record([part(8, "kshbp")], bpm=122)


@pytest.fixture
def short_song(record, part):
    """Four bars, where what counts is the file and not the music."""
    return record([part(4, "kshbp")], bpm=122)


def same_but(a: Analysis, b: Analysis) -> None:
    """Assert that two analyses agree on the music, whatever file it came from."""
    assert len(a.grid.beats) == len(b.grid.beats)
    assert np.abs(a.grid.beats - b.grid.beats).max() < 0.002
    assert np.array_equal(a.grid.numbers, b.grid.numbers)
    assert [e.kind for e in a.events] == [e.kind for e in b.events]
    assert [s.label for s in a.sections] == [s.label for s in b.sections]
    for x, y in zip(a.events, b.events, strict=True):
        assert x.start == pytest.approx(y.start, abs=0.002)
        assert x.strength == pytest.approx(y.strength, abs=0.02)
    assert np.abs(a.energy.values - b.energy.values).max() < 0.02


def test_a_song_twenty_decibels_quieter_is_the_same_music(
    drop_song, tmp_path: Path, save_song
) -> None:
    loud = analyze(drop_song.path)
    quiet = analyze(save_song(tmp_path / "quiet.wav", drop_song.samples / 10, width=3))
    assert loud.song.sha256 != quiet.song.sha256
    same_but(loud, quiet)


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "opus", "flac", "aiff"])
def test_an_encoded_song_has_the_beats_of_the_original(
    suffix: str, band_song, tmp_path: Path
) -> None:
    path = tmp_path / f"song.{suffix}"
    run_ffmpeg("-i", str(band_song.path), str(path))
    original, coded = analyze(band_song.path).grid.beats, analyze(path).grid.beats
    nearest = np.abs(coded[None] - band_song.band.beats[:, None]).min(axis=1)
    assert nearest.max() < 0.005
    assert abs(len(original) - len(coded)) <= 1


@pytest.mark.parametrize(
    "options",
    [("-ar", "8000", "-ac", "1"), ("-ar", "192000"), ("-ac", "6")],
    ids=["8 kHz mono", "192 kHz", "5.1"],
)
def test_any_rate_and_layout_has_the_same_beats(
    options: tuple[str, ...], band_song, tmp_path: Path
) -> None:
    path = tmp_path / "song.wav"
    run_ffmpeg("-i", str(band_song.path), *options, str(path))
    found = analyze(path).grid.beats
    assert np.abs(found[None] - band_song.band.beats[:, None]).min(axis=1).max() < 0.006


def test_a_song_in_opposite_phase_is_not_silent(band_song, tmp_path: Path, save_song) -> None:
    mono = band_song.samples.mean(axis=1)
    found = analyze(save_song(tmp_path / "phase.wav", np.stack([mono, -mono], 1))).grid.beats
    assert np.abs(found[None] - band_song.band.beats[:, None]).min(axis=1).max() < 0.005


@pytest.mark.parametrize(
    "harm",
    [
        lambda x: np.clip(8 * x, -0.9, 0.9),
        lambda x: x * [1.0, 0.0],
        lambda x: x * np.minimum(1, np.arange(len(x)) / (10 * RATE))[:, None],
        lambda x: x[: 4 * RATE],
    ],
    ids=["clipped", "one side silent", "faded in", "four seconds"],
)
def test_harmed_sound_keeps_its_beats(
    harm: Callable[[np.ndarray], np.ndarray], band_song, tmp_path: Path, save_song
) -> None:
    harmed = harm(band_song.samples)
    found = analyze(save_song(tmp_path / "harmed.wav", harmed)).grid.beats
    beats = band_song.band.beats[band_song.band.beats < len(harmed) / RATE - 0.5]
    assert np.abs(found[None] - beats[:, None]).min(axis=1).max() < 0.012


def test_a_song_on_one_side_of_the_stereo_is_heard_as_mono(
    drop_song, tmp_path: Path, save_song
) -> None:
    middle = drop_song.samples.mean(axis=1, keepdims=True)[: 12 * RATE]
    mono, left = (
        hear(open_song(save_song(tmp_path / f"{k}.wav", middle * side)))
        for k, side in enumerate(([1, 1], [1, 0]))
    )
    assert np.abs(left.stereo - mono.stereo).max() < 1e-3
    assert np.abs(left.mono - mono.mono).max() < 1e-3


def test_what_has_hardly_a_beat_is_never_called_sure(tmp_path: Path, save_song) -> None:
    rng = np.random.default_rng(3)
    sound = np.zeros(40 * RATE)
    for start in np.cumsum(rng.uniform(0.15, 1.4, 45)) * RATE:
        note = np.arange(min(RATE, max(0, len(sound) - int(start))))
        tone = np.sin(2 * np.pi * rng.choice([220, 262, 330, 392]) * note / RATE)
        sound[int(start) : int(start) + len(note)] += 0.2 * np.exp(-note / 8000) * tone
    analysis = analyze(save_song(tmp_path / "free.wav", sound))
    assert analysis.confidence is not None
    assert analysis.confidence.beats < 0.65
    assert analysis.warnings


def test_another_reading_and_another_metre_can_be_chosen(drop_song) -> None:
    plain = analyze(drop_song.path)
    assert len(plain.alternatives) == 6
    for some in (plain.alternatives[:3], plain.alternatives[3:]):
        assert [o.score for o in some] == sorted((o.score for o in some), reverse=True)
    away = [abs(o.tempo_bpm / plain.grid.tempo_bpm - 1) for o in plain.alternatives]
    index = int(np.argmax(away)) + 1
    other = analyze(drop_song.path, alternative=index)
    assert other.grid.tempo_bpm == pytest.approx(plain.alternatives[index - 1].tempo_bpm, rel=0.02)
    assert analyze(drop_song.path, meter="3/4").grid.numbers.max() == 3
    with pytest.raises(UsageError, match="alternative 99 is not there"):
        analyze(drop_song.path, alternative=99)


def test_a_silent_song_is_refused_in_one_sentence(tmp_path: Path, save_song) -> None:
    path = save_song(tmp_path / "silent.wav", np.zeros(5 * RATE))
    with pytest.raises(AnalysisError, match=r"silent\.wav is silent") as refusal:
        analyze(path)
    assert "\n" not in str(refusal.value)


def drone(seconds: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 110 * np.arange(int(seconds * RATE)) / RATE)


@pytest.mark.parametrize(
    "sound",
    [
        drone(20),
        drone(1),
        0.1 * np.random.default_rng(0).standard_normal(20 * RATE),
        np.concatenate([np.zeros(RATE), [0.9] * 20, np.zeros(9 * RATE)]),
    ],
    ids=["drone", "one second", "noise", "one click"],
)
def test_where_nothing_beats_the_grid_is_steady_and_says_so(
    sound: np.ndarray, tmp_path: Path, save_song
) -> None:
    analysis = analyze(save_song(tmp_path / "song.wav", sound))
    assert analysis.grid.tempo_bpm == pytest.approx(120)
    assert analysis.grid.confidence.max() == 0
    assert "no beat was found; the grid is a steady 120 BPM" in analysis.warnings[0]
    assert analysis.events == (), "without a beat there are no bars to hang them on"
    assert "--grid" in analysis.warnings[0]
    assert analysis.sections[-1].end == pytest.approx(analysis.song.duration, abs=1e-6)


def test_an_uncertain_bar_phase_names_the_remedy(record, part) -> None:
    warnings = analyze(record([part(24, "k")], bpm=120, meter=3).path).warnings
    assert any("--bar-phase" in warning for warning in warnings)


def test_the_second_run_reads_the_cache_and_not_librosa(short_song, tmp_path: Path) -> None:
    first = analyze(short_song.path, cache=tmp_path / "cache")
    code = (
        "import sys, json; from pathlib import Path; from otio_idolsync import analyze\n"
        f"a = analyze({str(short_song.path)!r}, cache=Path({str(tmp_path / 'cache')!r}))\n"
        "print(json.dumps([a.to_json(), 'librosa' in sys.modules, 'scipy' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    second, heavy, scipy = json.loads(done.stdout)
    assert not heavy
    assert not scipy
    assert second == first.to_json()


def test_a_cached_analysis_names_the_file_given_now(short_song, tmp_path: Path) -> None:
    analyze(short_song.path)
    copy = tmp_path / "renamed.wav"
    copy.write_bytes(short_song.path.read_bytes())
    assert analyze(copy).song.path == str(copy)


def test_damaged_cache_files_are_made_again(short_song, tmp_path: Path) -> None:
    first = analyze(short_song.path, cache=tmp_path)
    for text in ("", "{", "[]", '{"schema": "idolsync.analysis/1"}'):
        for kept in (tmp_path / "analysis").iterdir():
            kept.write_text(text)
        assert analyze(short_song.path, cache=tmp_path).to_json() == first.to_json()
    (kept,) = (tmp_path / "analysis").glob("*.json")
    assert json.loads(kept.read_text())["schema"] == "idolsync.analysis/1"


def test_a_cache_that_cannot_be_written_only_costs_time(short_song, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    found = analyze(short_song.path, cache=blocked)
    assert np.array_equal(found.grid.beats, analyze(short_song.path).grid.beats)


def test_repairs_change_the_grid_and_what_stands_on_it(drop_song) -> None:
    plain = analyze(drop_song.path)
    halved = analyze(drop_song.path, tempo_scale="1/2")
    assert halved.grid.tempo_bpm == pytest.approx(plain.grid.tempo_bpm / 2, rel=0.01)
    moved = analyze(drop_song.path, bar_phase=1)
    gap = drop_song.band.gap
    assert moved.grid.downbeats[1] - plain.grid.downbeats[1] == pytest.approx(gap, abs=0.03)
    for analysis in (halved, moved):
        for event in analysis.events:
            assert event.start in analysis.grid.downbeats
        for section in analysis.sections[1:]:
            assert section.start in analysis.grid.downbeats
    assert np.array_equal(moved.energy.values, plain.energy.values)


def test_a_beats_file_is_the_grid(drop_song, tmp_path: Path) -> None:
    times = 0.31 + 0.6 * np.arange(200)
    grid = tmp_path / "hand.beats"
    grid.write_text("".join(f"{t:.4f}\t{k % 3 + 1}\n" for k, t in enumerate(times)))
    analysis = analyze(drop_song.path, grid=grid)
    inside = times[times < analysis.song.duration]
    assert np.abs(analysis.grid.beats[None] - inside[:, None]).min(axis=1).max() < 1e-6
    assert analysis.grid.numbers.max() == 3
    assert analysis.backends["beats"] == "grid file"


def test_a_grid_in_milliseconds_is_refused(drop_song, tmp_path: Path) -> None:
    grid = tmp_path / "ms.beats"
    grid.write_text("".join(f"{500 * k} {k % 4 + 1}\n" for k in range(300)))
    with pytest.raises(AnalysisError, match="so are its times in seconds"):
        analyze(drop_song.path, grid=grid)


def test_an_own_analysis_is_used_whole(drop_song, tmp_path: Path) -> None:
    data = analyze(drop_song.path).to_json()
    data["events"] = [{"kind": "peak", "start": 10.0, "end": 12.0, "strength": 0.7}]
    data["song"]["path"] = "/elsewhere/song.wav"
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(data))
    analysis = analyze(drop_song.path, grid=path)
    assert [e.start for e in analysis.events] == [10.0]
    assert analysis.song.path == str(drop_song.path)
    assert analysis.warnings == ()


def test_another_songs_analysis_gives_its_grid_and_a_warning(
    drop_song, band_song, tmp_path: Path
) -> None:
    other = analyze(band_song.path)
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other.to_json()))
    analysis = analyze(drop_song.path, grid=path)
    assert "was made for another file" in analysis.warnings[0]
    assert analysis.grid.tempo_bpm == pytest.approx(122, abs=0.1)
    assert analysis.sections[-1].end == pytest.approx(analysis.song.duration, abs=1e-6)


def test_an_unknown_backend_is_refused_with_those_there_are(short_song) -> None:
    with pytest.raises(UsageError, match=r"'nope' is not installed; choose one of .*librosa"):
        analyze(short_song.path, backend="nope")


class Metronome:
    """A backend that hears 100 BPM in bars of three."""

    sample_rate = 16000

    def track(self, samples: np.ndarray, rate: int) -> TrackedBeats:
        assert rate == 16000
        beats = np.arange(0, len(samples) / rate, 0.6)
        return TrackedBeats(beats, np.arange(len(beats)) % 3 + 1)


def test_a_backend_from_another_package_sets_beats_and_bars(
    short_song, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = BackendEntry("metronome", "1.2", lambda: Metronome)
    monkeypatch.setattr(backends_module, "backends", lambda: {"metronome": entry})
    analysis = analyze(short_song.path, backend="metronome", cache=tmp_path)
    assert np.allclose(np.diff(analysis.grid.beats), 0.6)
    assert analysis.grid.numbers[:4].tolist() == [1, 2, 3, 1]
    assert analysis.backends["beats"] == "metronome 1.2"


def test_a_broken_backend_is_named(short_song, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise ImportError("no module named torch")

    entry = BackendEntry("broken", "0.1", load)
    monkeypatch.setattr(backends_module, "backends", lambda: {"broken": entry})
    with pytest.raises(AnalysisError, match=r"broken 0\.1 cannot be loaded: no module named torch"):
        analyze(short_song.path, backend="broken")


def test_our_backend_is_always_there() -> None:
    assert "librosa" in backends()
    assert find_backend("librosa").version[0].isdigit()


def test_librosa_finds_the_same_tempo(short_song) -> None:
    analysis = analyze(short_song.path, backend="librosa")
    assert analysis.backends["beats"].startswith("librosa ")
    assert analysis.grid.tempo_bpm == pytest.approx(122, abs=1)


def test_progress_rises_from_nothing_to_all(short_song, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    analyze(
        short_song.path, cache=tmp_path, progress=lambda stage, done: told.append((stage, done))
    )
    fractions = [done for _, done in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert len({stage for stage, _ in told}) >= 4


def test_clicks_start_on_the_beats_and_downbeats_click_higher(band_song, tmp_path: Path) -> None:
    analysis, song = analyze(band_song.path), open_song(band_song.path)
    write_click(song, analysis, tmp_path / "click.wav")
    clicked = open_song(tmp_path / "click.wav")
    assert (clicked.samples, clicked.sample_rate) == (song.samples, song.sample_rate)
    clicks = (decode_song(clicked) - 0.5 * decode_song(song))[:, 0]
    grid = analysis.grid
    for index in range(4, 12):
        at = round(grid.beats[index] * RATE)
        assert np.abs(clicks[at - 200 : at - 1]).max() < 0.001
        assert np.abs(clicks[at : at + 3]).max() > 0.2
        crossings = np.count_nonzero(np.diff(np.sign(clicks[at : at + RATE // 50])))
        assert (crossings > 60) == (grid.numbers[index] == 1)
