"""Songs on disk: one identity for one recording, exact lengths, clear refusals."""

from __future__ import annotations

import os
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otio_idolsync.errors import MediaError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import decode_blocks, decode_song, open_song, opened_sound
from otio_idolsync.media.workers import Workers

RATE = 44100
Convert = Callable[..., Path]


def run_ffmpeg(*words: str) -> None:
    subprocess.run([find_ffmpeg()[0], "-nostdin", "-v", "error", "-y", *words], check=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of two tones that start abruptly at half a second."""
    time = np.arange(3 * RATE) / RATE
    left = np.where(time >= 0.5, 0.5 * np.sin(2 * np.pi * 440 * time), 0)
    right = np.where(time >= 0.5, 0.4 * np.sin(2 * np.pi * 660 * time), 0)
    path = tmp_path_factory.mktemp("song") / "song.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.stack([left, right], 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def convert(original: Path, tmp_path: Path) -> Convert:
    def run(name: str, *options: str, source: Path | None = None) -> Path:
        run_ffmpeg("-i", str(source or original), *options, str(tmp_path / name))
        return tmp_path / name

    return run


def test_same_samples_in_wav_and_aiff_are_the_same_song(original: Path, convert: Convert) -> None:
    wav, aiff = open_song(original), open_song(convert("song.aiff"))
    assert wav.sha256 == aiff.sha256
    assert (wav.samples, wav.sample_rate, wav.channels) == (3 * RATE, RATE, 2)


@pytest.mark.skipif(os.name == "nt", reason="deaths have no names on this system")
def test_a_song_that_ends_its_decoder_is_one_sentence(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deadly(Workers):
        def call(self, task: str, *arguments: Any, patience: float) -> Any:
            return super().call("os:abort", patience=patience)

    workers = Deadly()
    monkeypatch.setattr("otio_idolsync.media.song.WORKERS", workers)
    said = rf"^song {original} cannot be read: its decoder died \(SIGABRT\); convert it to WAV"
    with pytest.raises(MediaError, match=said):
        open_song(original)
    with pytest.raises(MediaError, match=said), opened_sound(original):
        pass
    workers.close()


def test_a_title_in_an_old_encoding_hinders_nobody(convert: Convert) -> None:
    path = convert("song.mka", "-metadata", "title=caf\u00e9", "-c:a", "flac")
    path.write_bytes(path.read_bytes().replace("caf\u00e9".encode(), b"caf\xe9\xe9"))
    song = open_song(path)
    assert song.samples == 3 * RATE
    assert sum(len(block) for block in decode_blocks(song)) == 3 * RATE


def test_one_changed_sample_is_another_song(original: Path, tmp_path: Path) -> None:
    data = bytearray(original.read_bytes())
    data[-3] ^= 1
    changed = tmp_path / "changed.wav"
    changed.write_bytes(bytes(data))
    assert open_song(changed).sha256 != open_song(original).sha256


@pytest.mark.parametrize("suffix", ["mp3", "flac", "m4a", "ogg", "wav"])
def test_editing_metadata_keeps_the_identity(suffix: str, convert: Convert) -> None:
    plain = convert(f"plain.{suffix}")
    tagged = convert(
        f"tagged.{suffix}", "-c", "copy", "-metadata", "title=Other", "-metadata", "artist=X" * 500,
        source=plain,
    )  # fmt: skip
    assert plain.read_bytes() != tagged.read_bytes()
    assert open_song(plain).sha256 == open_song(tagged).sha256


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "ogg", "flac"])
def test_encoder_delay_is_not_part_of_the_song(suffix: str, convert: Convert) -> None:
    song = open_song(convert(f"song.{suffix}"))
    sound = np.abs(decode_song(song)[:, 0])
    assert int(np.argmax(sound > 0.1)) / song.sample_rate == pytest.approx(0.5, abs=0.003)
    assert 0 <= song.samples - 3 * RATE < 2048


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", ()),
        ("a.m4a", ()),
        ("a.opus", ()),
        ("a.ogg", ()),
        ("a.flac", ()),
        ("a.aiff", ()),
        ("a.wav", ("-c:a", "pcm_f32le")),
        ("low.wav", ("-ar", "8000", "-ac", "1")),
        ("high.wav", ("-ar", "192000")),
        ("six.wav", ("-ac", "6")),
    ],
)
def test_length_is_what_ffmpeg_decodes(
    name: str, options: tuple[str, ...], convert: Convert
) -> None:
    song = open_song(convert(name, *options))
    whole = decode_song(song)
    assert whole.shape == (song.samples, 2)
    blocks = np.concatenate(list(decode_blocks(song)))
    assert blocks.shape == whole.shape
    certain = song.samples - 1024  # builds of ffmpeg disagree on the padding of the last AAC frame
    assert np.abs(blocks - whole)[:certain].max() < 0.01


def test_mono_comes_back_as_two_equal_channels_at_its_level(convert: Convert) -> None:
    song = open_song(convert("mono.wav", "-af", "pan=mono|c0=c0"))
    sound = decode_song(song)
    assert song.channels == 1
    assert np.array_equal(sound[:, 0], sound[:, 1])
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)


def test_sound_of_a_video_is_a_song(convert: Convert) -> None:
    movie = convert(
        "movie.mp4", "-f", "lavfi", "-i", "color=size=64x64:duration=3", "-c:v", "mpeg4"
    )
    song = open_song(movie)
    assert song.channels == 2
    assert song.duration == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("name", ["late.mp4", "late.ts", "late.mkv"])
def test_second_0_is_the_first_decoded_sample_where_sound_starts_after_its_picture(
    name: str, original: Path, convert: Convert
) -> None:
    picture = ("-f", "lavfi", "-i", "color=size=64x64:duration=4", "-map", "1:v", "-map", "0:a")
    late = convert(name, *picture, "-c:v", "mpeg4", "-af", "asetpts=PTS+0.7/TB", "-c:a", "aac")
    song = open_song(late)
    whole, blocks = decode_song(song)[:, 0], np.concatenate(list(decode_blocks(song)))[:, 0]
    for sound in (whole, blocks):
        assert int(np.argmax(np.abs(sound) > 0.1)) / RATE == pytest.approx(0.5, abs=0.05)
    assert song.duration == pytest.approx(3, abs=0.1)


@pytest.fixture
def two_streams(original: Path, convert: Convert) -> Callable[..., Path]:
    """A maker of a file with the song at half level as stream 0, and the song as stream 1."""
    quiet = convert("quiet.wav", "-af", "volume=0.5")

    def make(name: str, *dispositions: str) -> Path:
        codec = ("-c:a", "flac", "-map", "0:a", "-map", "1:a")
        return convert(name, "-i", str(original), *codec, *dispositions, source=quiet)

    return make


def test_the_default_sound_stream_is_the_song_else_the_first(two_streams) -> None:
    first = two_streams("first.mka", "-disposition:a:0", "0", "-disposition:a:1", "0")
    default = two_streams("default.mka", "-disposition:a:0", "0", "-disposition:a:1", "default")
    heard = {path.name: np.abs(decode_song(open_song(path))).max() for path in (first, default)}
    assert heard["first.mka"] == pytest.approx(0.25, abs=0.01)
    assert heard["default.mka"] == pytest.approx(0.5, abs=0.01)
    assert (open_song(default).stream, open_song(default).streams) == (1, 2)
    assert open_song(default).choice == (
        "default.mka has 2 sound streams: stream 1 is heard, counted from 0; "
        "--audio-stream N takes another one"
    )


def test_a_stream_that_is_asked_for_is_the_song_everywhere(two_streams, original: Path) -> None:
    path = two_streams("both.mka")
    one, two = open_song(path, 0), open_song(path, 1)
    assert one.sha256 != two.sha256
    assert open_song(path).sha256 == one.sha256
    loud = [np.abs(next(iter(decode_blocks(song)))).max() for song in (one, two)]
    assert loud[0] == loud[1] == 0  # both begin with silence
    for song, level in ((one, 0.25), (two, 0.5)):
        assert np.abs(decode_song(song)).max() == pytest.approx(level, abs=0.01)
        assert max(np.abs(b).max() for b in decode_blocks(song)) == pytest.approx(level, abs=0.01)
    assert open_song(original).choice == ""
    with pytest.raises(
        MediaError, match=r"both\.mka has sound streams 0 to 1; there is no stream 2"
    ):
        open_song(path, 2)
    with pytest.raises(MediaError, match="has one sound stream, 0; there is no stream -1"):
        open_song(original, -1)


@pytest.mark.parametrize("junk", ["text", "zeros", "noise"])
def test_junk_before_an_mp3s_first_frame_is_passed_over(junk: str, convert: Convert) -> None:
    """Noise holds hundreds of things that look like frames: most of what is decoded is damaged."""
    path = convert("song.mp3")
    before = {
        "text": b"<html>404 not found</html>" * 200,
        "zeros": bytes(70000),
        "noise": np.random.default_rng(5).bytes(3_000_000),
    }[junk]
    path.write_bytes(before + path.read_bytes())
    song = open_song(path)
    sound = np.abs(decode_song(song)[:, 0])
    assert song.duration == pytest.approx(3, abs=0.2)
    assert int(np.argmax(sound > 0.1)) / RATE == pytest.approx(0.5, abs=0.1)


def test_samples_that_are_no_numbers_decode_as_silence(tmp_path: Path) -> None:
    bad = np.full(2 * RATE, 0.25, "<f4")
    bad[100:200], bad[300] = np.nan, np.inf
    raw = tmp_path / "bad.raw"
    raw.write_bytes(bad.tobytes())
    run_ffmpeg("-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", str(raw), "-c:a", "copy",
               str(tmp_path / "bad.wav"))  # fmt: skip
    sound = decode_song(open_song(tmp_path / "bad.wav"))
    assert np.isfinite(sound).all()
    assert np.all(sound[100:200] == 0)


def test_a_damaged_stretch_costs_only_itself(convert: Convert) -> None:
    path = convert("song.mp3")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    path.write_bytes(bytes(data))
    assert open_song(path).duration == pytest.approx(3, abs=0.2)


def test_a_truncated_file_is_as_long_as_what_is_left(original: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(original.read_bytes()[: 44 + 2 * RATE * 4])
    assert open_song(cut).duration == pytest.approx(2, abs=0.01)


def bad_text(path: Path) -> None:
    path.write_text("this is no sound\n" * 50)


def bad_noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(20000))


def bad_empty(path: Path) -> None:
    path.write_bytes(b"")


def bad_short(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(8000))


def bad_mute(path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "color=size=64x64:duration=2", "-c:v", "mpeg4", "-f", "mp4",
               str(path))  # fmt: skip


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bad_text, "cannot be read as sound"),
        (bad_noise, "cannot be read as sound|has no sound|holds"),
        (bad_empty, "is empty"),
        (bad_short, "holds 0.50 s of sound; at least 1 s"),
        (bad_mute, "has no sound"),
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
)
def test_what_is_no_song_is_refused_in_one_sentence(
    make: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.wav"
    make(path)
    with pytest.raises(MediaError, match=said) as refusal:
        open_song(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
