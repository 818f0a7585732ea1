"""The WAV of the song: one for all exports of it in a folder, from the right stream and sample."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import export
from otio_idolsync.errors import MediaError, OutputError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import decode_song, open_song

S = otio.schema
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATE = 48000


def ffmpeg(*words: object) -> None:
    subprocess.run([find_ffmpeg()[0], "-v", "error", "-y", *map(str, words)], check=True)


def sound(path: Path, seed: int, *options: str) -> Path:
    """Two seconds of noise: another song for each seed, equal to itself each time."""
    rows = np.random.default_rng(seed).normal(0, 5000, 2 * RATE).astype("<i2")
    raw = path.with_suffix(".raw")
    raw.write_bytes(rows.tobytes())
    ffmpeg("-f", "s16le", "-ar", RATE, "-ac", "1", "-i", raw, *options, path)
    raw.unlink()
    return path


def timeline_of(song: Path, *more: Path) -> otio.schema.Timeline:
    """A shot over a song, and other sound on tracks below it."""
    made = S.Timeline("the cut", global_start_time=RT(86400, 24))
    made.metadata["idolsync"] = {"schema": "idolsync.timeline/1", "song": {"sha256": ""}}
    picture = S.Track("V1", kind="Video")
    file = S.ExternalReference("file:///m/a.mov", TR(RT(0, 24), RT(240, 24)))
    picture.append(S.Clip("S001", file, TR(RT(0, 24), RT(48, 24))))
    made.tracks.append(picture)
    for number, path in enumerate((song, *more), 1):
        track = S.Track(f"A{number}", kind="Audio")
        file = S.ExternalReference(path.as_uri(), TR(RT(0, RATE), RT(2 * RATE, RATE)))
        track.append(S.Clip(path.name, file, TR(RT(0, 24), RT(48, 24))))
        made.tracks.append(track)
    return made


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return sound(tmp_path / "song.flac", 1)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.wav"))


def test_exports_of_one_song_into_one_folder_share_its_wav(song: Path, out: Path) -> None:
    cut = timeline_of(song)
    first = export(cut, out / "premiere.xml", "premiere")
    before = (out / "premiere.song.wav").stat()
    for editor, name in (("resolve", "resolve.xml"), ("fcp", "cut.fcpxml"), ("otio", "cut.otio")):
        report = export(cut, out / name, editor)
        assert report.shared == (out / "premiere.song.wav",)
        assert report.files[:2] == (out / name, out / "premiere.song.wav")
        assert "premiere.song.wav" in (out / name).read_text()
    assert names(out) == ["premiere.song.wav"]
    assert first.shared == ()
    assert (out / "premiere.song.wav").stat().st_mtime_ns == before.st_mtime_ns


def test_a_shared_wav_is_known_by_its_bytes_wherever_it_was_moved(song: Path, out: Path) -> None:
    export(timeline_of(song), out / "a.xml", "premiere")
    (out / "a.song.wav").rename(out / "the mix.song.wav")
    report = export(timeline_of(song), out / "b.xml", "premiere")
    assert report.shared == (out / "the mix.song.wav",)
    assert "the%20mix.song.wav" in (out / "b.xml").read_text()


def test_a_wav_that_was_changed_is_not_shared(song: Path, out: Path) -> None:
    export(timeline_of(song), out / "a.xml", "premiere")
    wav = out / "a.song.wav"
    wav.write_bytes(wav.read_bytes()[:-2] + b"xx")
    assert export(timeline_of(song), out / "b.xml", "premiere").shared == ()
    assert names(out) == ["a.song.wav", "b.song.wav"]
    with pytest.raises(OutputError, match=r"a\.song\.wav exists and is not what idolsync last"):
        export(timeline_of(sound(song, 2)), out / "a.xml", "premiere")


def test_another_song_gets_a_wav_of_its_own(song: Path, out: Path) -> None:
    other = sound(song.with_name("other.flac"), 2)
    export(timeline_of(song), out / "a.xml", "premiere")
    export(timeline_of(other), out / "b.xml", "premiere")
    assert names(out) == ["a.song.wav", "b.song.wav"]


def test_a_new_song_replaces_its_own_wav_but_takes_none_from_another_export(
    song: Path, out: Path
) -> None:
    cut = timeline_of(song)
    export(cut, out / "a.xml", "premiere")
    sound(song, 2)
    export(cut, out / "a.xml", "premiere")
    assert names(out) == ["a.song.wav"]
    export(cut, out / "b.xml", "premiere")
    shown = (out / "a.song.wav").read_bytes()
    sound(song, 3)
    report = export(cut, out / "a.xml", "premiere")
    assert report.files[1] == out / "a.2.song.wav"
    assert (out / "a.song.wav").read_bytes() == shown
    assert export(cut, out / "a.xml", "premiere").shared == (out / "a.2.song.wav",)


def test_without_our_notes_the_song_is_written_again(song: Path, out: Path) -> None:
    export(timeline_of(song), out / "a.xml", "premiere")
    for note in (cache_folder() / "written").glob("*.json"):
        note.unlink()
    assert export(timeline_of(song), out / "b.xml", "premiere").shared == ()
    assert names(out) == ["a.song.wav", "b.song.wav"]


def test_only_the_song_gets_the_songs_name(song: Path, out: Path) -> None:
    """A re-sync takes what is called so for the song."""
    wav, voice = sound(song.with_name("s.wav"), 1), sound(song.with_name("voice.flac"), 5)
    export(timeline_of(wav, voice), out / "a.xml", "premiere")
    assert names(out) == ["a.song2.wav"]
    export(timeline_of(song, voice), out / "b.xml", "premiere")
    assert names(out) == ["a.song2.wav", "b.song.wav"]


def test_the_song_of_a_video_is_a_wav_from_its_first_sample(song: Path, out: Path) -> None:
    """Its sound begins later than its picture; a shot's own sound from it stays where it is."""
    late = song.with_name("late.mp4")
    picture = ("-f", "lavfi", "-i", "color=gray:s=64x36:d=3")
    ffmpeg(*picture, "-itsoffset", "0.5", "-i", song, "-c:v", "mpeg4", "-c:a", "aac", late)
    cut = timeline_of(late, late)
    report = export(cut, out / "cut.otio", "otio")
    assert report.files[1] == out / "cut.song.wav"
    wav, own = decode_song(open_song(report.files[1])), decode_song(open_song(late))
    assert wav.shape == own.shape
    assert np.abs(wav - own).max() < 1e-4
    back = otio.adapters.read_from_file(str(out / "cut.otio"))
    urls = [next(iter(t.find_clips())).media_reference.target_url for t in back.audio_tracks()]
    assert urls == [report.files[1].as_uri(), late.as_uri()]


def test_the_wav_is_of_the_stream_that_the_plan_heard(song: Path, out: Path) -> None:
    both, other = song.with_name("both.mka"), sound(song.with_name("other.flac"), 2)
    ffmpeg("-i", other, "-i", song, "-map", "0", "-map", "1", "-c", "copy", both)
    own = decode_song(open_song(song))
    cut = timeline_of(both)
    assert export(cut, out / "rule.xml", "premiere").warnings == (
        "both.mka has 2 sound streams: stream 0 is heard, counted from 0; "
        "--audio-stream N takes another one",
    )
    asked = export(cut, out / "asked.xml", "premiere", audio_stream=1)
    cut.metadata["idolsync"]["song"]["audio_stream"] = 1
    noted = export(cut, out / "noted.xml", "premiere")
    assert noted.shared == asked.files[1:] == (out / "asked.song.wav",)
    assert np.array_equal(decode_song(open_song(out / "asked.song.wav")), own)
    assert asked.warnings == noted.warnings == ()
    with pytest.raises(MediaError, match="there is no stream 7"):
        export(cut, out / "seven.xml", "premiere", audio_stream=7)
    assert not (out / "seven.xml").exists()
