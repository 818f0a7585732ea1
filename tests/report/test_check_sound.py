"""Each fault of a movie's sound is found, and called by its name, once."""

from __future__ import annotations

import functools
import subprocess
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.report.check_sound import hear
from otio_idolsync.report.finding import Finding
from otio_idolsync.timebase import Clock

RATE, SECONDS = 24000, 16
CLOCK = Clock.at(24)
Samples = np.ndarray
Hear = Callable[..., list[Finding]]


@functools.cache
def played() -> Samples:
    """Sixteen seconds of chords and hits that never repeat, its sides unlike each other."""
    rng = np.random.default_rng(11)
    sound = 0.003 * rng.standard_normal((SECONDS * RATE, 2))
    time = np.arange(RATE // 4) / RATE
    for at in range(0, len(sound), RATE // 4):
        for _ in range(4):
            tone = 0.08 * np.sin(2 * np.pi * rng.uniform(110, 1500) * time + rng.uniform(0, 6))
            sound[at : at + len(time)] += tone[:, None] * rng.uniform(0.2, 1, 2)
        hit = 0.2 * rng.standard_normal(len(time)) * np.exp(-30 * time)
        sound[at : at + len(time)] += hit[:, None] * rng.uniform(0.5, 1, 2)
    return sound


def music() -> Samples:
    return played().copy()


def write(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((samples.shape[1], 2, RATE, 0, "NONE", ""))
        out.writeframes(np.round(samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    return open_song(write(tmp_path_factory.mktemp("song") / "song.wav", music()))


@pytest.fixture
def listen(song: Song, tmp_path: Path) -> Hear:
    """Write samples as a movie's sound, and say what a check hears in it."""

    def heard(samples: Samples, *coded: str, **how: object) -> list[Finding]:
        movie = write(tmp_path / "movie.wav", samples)
        if coded:
            argv = [
                find_ffmpeg()[0],
                "-y",
                "-v",
                "error",
                "-i",
                movie,
                *coded,
                tmp_path / "movie.mka",
            ]
            subprocess.run([str(word) for word in argv], check=True)
            movie = tmp_path / "movie.mka"
        pieces = how.pop("pieces", [SongPiece(0, SECONDS * 24, 0)])
        return hear(movie, song, pieces, CLOCK, **how)[1]

    return heard


def second(at: float) -> int:
    return round(at * RATE)


def muted(begin: float, end: float, *sides: int) -> Samples:
    sound = music()
    sound[second(begin) : second(end), list(sides or (0, 1))] = 0
    return sound


def placed(late: float, level: float) -> Samples:
    """The song, and the song again."""
    sound = music()
    sound[second(late) :] += level * music()[: -second(late)]
    return 0.6 * sound


def stretched(speed: float) -> Samples:
    at = np.arange(0, SECONDS * RATE - 1, speed)
    return np.stack([np.interp(at, np.arange(SECONDS * RATE), side) for side in music().T], 1)


def hum() -> Samples:
    time = np.arange(SECONDS * RATE) / RATE
    return 0.3 * np.sin(2 * np.pi * (200 + 40 * np.sin(time)) * time)[:, None].repeat(2, 1)


def replaced() -> Samples:
    sound = music()
    sound[second(6) : second(8)] = hum()[second(6) : second(8)]
    return sound


def stepped() -> Samples:
    sound = music()
    sound[second(9.3) :] *= 0.5
    return sound


FAULTS: dict[str, tuple[Callable[[], Samples], list[str]]] = {
    "as it is": (music, []),
    "hole": (lambda: muted(5, 5.1), ["the sound has a hole of 0.10 s at 5.00 s"]),
    "short hole": (lambda: muted(5, 5.04), ["the sound has a hole of 0.04 s at 5.00 s"]),
    "hole on one side": (
        lambda: muted(5, 5.1, 1),
        ["the right channel has a hole of 0.10 s at 5.00 s"],
    ),
    "two holes": (
        lambda: muted(5, 5.1) * (muted(7, 7.3) != 0),
        ["the sound has 2 holes of up to 0.30 s, at 5.00 s, 7.00 s"],
    ),
    "swapped": (lambda: music()[:, ::-1], ["left and right are swapped"]),
    "upside down": (
        lambda: -music(),
        ["the sound's polarity is inverted: it is the song upside down"],
    ),
    "right upside down": (
        lambda: music() * [1, -1],
        ["the polarity of the right channel is inverted"],
    ),
    "left upside down": (
        lambda: music() * [-1, 1],
        ["the polarity of the left channel is inverted"],
    ),
    "left silent": (lambda: music() * [0, 1], ["the left channel is silent"]),
    "right silent": (lambda: music() * [1, 0], ["the right channel is silent"]),
    "mono": (
        lambda: music().mean(axis=1, keepdims=True).repeat(2, 1),
        ["the sound is mono: both channels hold the same, the song's do not"],
    ),
    "one side quieter": (
        lambda: music() * [0.5, 1],
        ["the left channel is 6.0 dB too quiet against the other"],
    ),
    "heard twice": (
        lambda: placed(0.12, 0.5),
        ["the song is heard twice: again +120.0 ms later, -6."],
    ),
    "quieter": (lambda: 0.5 * music(), ["the sound is 6.0 dB quieter than the song"]),
    "quieter from somewhere on": (
        stepped,
        ["the level changes at 9.5 s: +0.0 dB against the song before, -6.0 dB after"],
    ),
    "fading": (
        lambda: music() * np.linspace(1, 0.2, SECONDS * RATE)[:, None],
        ["the level goes up and down: from"],
    ),
    "silent at the end": (
        lambda: muted(13, 16),
        ["the sound is silent from 13.00 s to its end"],
    ),
    "silent at first": (
        lambda: muted(0, 3),
        ["the sound begins only at 3.00 s; the song is heard before"],
    ),
    "cut off": (lambda: music()[: second(14)], ["the sound ends 1.96 s before the song does"]),
    "late": (
        lambda: np.pad(music(), ((second(0.03), 0), (0, 0))),
        ["the sound is 30.0 ms late throughout"],
    ),
    "very late": (
        lambda: np.pad(music(), ((second(3), 0), (0, 0))),
        ["the sound is 3000.0 ms late throughout"],
    ),
    "late and upside down": (
        lambda: -np.pad(music(), ((second(0.5), 0), (0, 0))),
        [
            "the sound is 500.0 ms late throughout",
            "the sound's polarity is inverted: it is the song upside down",
        ],
    ),
    "a piece cut out": (
        lambda: np.delete(music(), np.s_[second(8) : second(8.1)], axis=0),
        ["the sound jumps at 8.00 s: +0.0 ms late before it, -100.0 ms after"],
    ),
    "seconds cut out": (
        lambda: np.delete(music(), np.s_[second(6) : second(9)], axis=0),
        ["the sound jumps at 6.00 s: +0.0 ms late before it, -3000.0 ms after"],
    ),
    "drifting": (lambda: stretched(1.0005), ["the sound drifts: from -0.5 ms at the start to"]),
    "replaced": (replaced, ["from 6.00 to 8.00 s something else than the song is heard"]),
    "another song": (hum, ["another sound than the song is heard"]),
    "noise over it": (
        lambda: music() + 0.15 * np.random.default_rng(3).standard_normal((SECONDS * RATE, 2)),
        ["another sound lies over the song throughout"],
    ),
    "silence": (lambda: 0 * music(), ["the movie's sound is silent"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_sound_has_its_own_name(fault: str, listen: Hear) -> None:
    make, said = FAULTS[fault]
    found = [finding.text for finding in listen(make())]
    assert len(found) == len(said), found
    for text, beginning in zip(found, said, strict=True):
        assert text.startswith(beginning)


@pytest.mark.parametrize(
    "coded",
    [
        ("-c:a", "aac", "-b:a", "64k"),
        ("-c:a", "libopus", "-b:a", "48k"),
        ("-c:a", "libmp3lame", "-b:a", "64k"),
    ],
    ids=["aac", "opus", "mp3"],
)
def test_what_a_codec_does_is_no_fault(coded: tuple[str, ...], listen: Hear) -> None:
    texts = [finding.text for finding in listen(music(), *coded)]
    # Matroska does not say what an encoder puts before the first sample
    assert not [text for text in texts if "late throughout" not in text]
    (swap,) = [f.text for f in listen(music()[:, ::-1], *coded) if "late" not in f.text]
    assert swap == "left and right are swapped"


def test_a_hole_says_where_to_look(listen: Hear) -> None:
    (found,) = listen(muted(5, 5.1))
    assert found.kind == "sound"
    assert found.frame == 120
    assert found.facts["silent_s"] == [pytest.approx([5.0, 5.1], abs=0.011)]


def test_a_mono_song_can_be_upside_down_and_not_swapped(tmp_path: Path) -> None:
    mono = music().mean(axis=1, keepdims=True)
    own = open_song(write(tmp_path / "mono.wav", mono))
    pieces = [SongPiece(0, SECONDS * 24, 0)]
    for signs, said in (
        ([1, 1], []),
        ([-1, -1], ["the sound's polarity is inverted: it is the song upside down"]),
        ([1, -1], ["the polarity of the right channel is inverted"]),
    ):
        movie = write(tmp_path / "movie.wav", mono * signs)
        assert [f.text for f in hear(movie, own, pieces, CLOCK)[1]] == said


def test_fades_and_levels_that_the_timeline_plans_are_no_faults(song: Song, listen: Hear) -> None:
    """The song at half level, up over two seconds and down over four."""
    at = np.arange(SECONDS * RATE) / RATE
    shape = 0.5 * np.clip(at / 2, 0, 1) * np.clip((SECONDS - at) / 4, 0, 1)
    planned = SoundPiece(
        song.path, length=Fraction(SECONDS), gain=Fraction(1, 2), fade_in=Fraction(2),
        fade_out=Fraction(4),
    )  # fmt: skip
    movie = music() * shape[:, None]
    assert listen(movie, planned=[planned]) == []
    assert "level" in {finding.kind for finding in listen(movie)}


def test_other_sound_that_the_timeline_plans_is_no_fault(song: Song, listen: Hear) -> None:
    spoken = music()
    spoken[second(4) : second(7)] += 3 * hum()[second(4) : second(7)]
    voice = SoundPiece(Path("voice.wav"), record=Fraction(4), length=Fraction(3))
    assert listen(spoken, planned=[SoundPiece(song.path), voice]) == []
    (found,) = listen(spoken)
    assert "something else than the song" in found.text


def test_a_song_in_pieces_is_heard_where_they_lie(listen: Hear) -> None:
    """The second half comes first, with two seconds of silence between the halves."""
    pieces = [SongPiece(0, 8 * 24, 8 * 24), SongPiece(10 * 24, 8 * 24, 0)]
    own, silence = music(), np.zeros((second(2), 2))
    movie = np.concatenate([own[second(8) :], silence, own[: second(8)]])
    assert listen(movie, pieces=pieces) == []
    movie[second(12) : second(12.2)] = 0
    (found,) = listen(movie, pieces=pieces)
    assert found.text.startswith("the sound has a hole of ")
    assert found.facts["silent_s"] == [pytest.approx([12.0, 12.2], abs=0.021)]
