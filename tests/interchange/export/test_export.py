"""Export: the right files beside each other, the song on the right sample, losses said."""

from __future__ import annotations

import copy
import wave
from pathlib import Path

import av
import ffmpeg
import numpy as np
import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.errors import OutputError, UsageError
from otio_idolsync.interchange.editors import EDITORS
from otio_idolsync.interchange.export import absolute_url
from otio_idolsync.media.ffmpeg import run_graph
from otio_idolsync.media.outputs import write_text
from otio_idolsync.media.song import decode_song, open_song

S = otio.schema
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
COLORS = {"beat": "BLUE", "downbeat": "GREEN", "section": "RED", "drop": "YELLOW"}


@pytest.fixture(scope="session")
def ogg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A click track of 3 s at 44.1 kHz in an OGG: clicks at 0.5, 1.0, 1.5, 2.0 and 2.5 s."""
    folder = tmp_path_factory.mktemp("ogg")
    samples = np.zeros(3 * 44100, "<i2")
    for click in range(1, 6):
        samples[click * 22050 : click * 22050 + 200] = 20000
    with wave.open(str(folder / "click.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(44100)
        out.writeframes(samples.tobytes())
    graph = ffmpeg.input(str(folder / "click.wav")).output(
        str(folder / "my song.ogg"), acodec="libvorbis", **{"q:a": 6}
    )
    run_graph(graph, "make an OGG")
    return folder / "my song.ogg"


def marker(kind: str, frame: int, frames: int = 0) -> otio.schema.Marker:
    block = {"schema": "idolsync.marker/1", "kind": kind, "bar": 1, "beat": 1, "time": frame / 24}
    spanned = TR(RT(frame, 24), RT(frames, 24))
    return S.Marker(f"{kind} {frame}", spanned, COLORS[kind], {"idolsync": block})


@pytest.fixture
def cut(ogg: Path) -> otio.schema.Timeline:
    """Three shots over the song, with five markers."""
    made = S.Timeline("the cut", global_start_time=RT(86400, 24))
    made.metadata["idolsync"] = {
        "schema": "idolsync.timeline/1",
        "plan_id": "3fa9c0ffee12",
        "settings": {"rate": "24"},
    }
    picture, sound = S.Track("V1", kind="Video"), S.Track("A1", kind="Audio")
    for number in range(3):
        file = S.ExternalReference("shots/A%201.mov", TR(RT(0, 24), RT(240, 24)))
        clip = S.Clip(f"S{number + 1:03d} verse", file, TR(RT(10 * number, 24), RT(24, 24)))
        clip.metadata["idolsync"] = {"schema": "idolsync.clip/1", "shot_id": f"S{number + 1:03d}"}
        picture.append(clip)
    song = S.ExternalReference(ogg.as_uri(), TR(RT(0, 44100), RT(132300, 44100)))
    sound.append(S.Clip("my song.ogg", song, TR(RT(0, 24), RT(72, 24))))
    made.tracks.extend([picture, sound])
    kinds = (("section", 0, 48), ("downbeat", 0, 0), ("beat", 12, 0), ("beat", 24, 0))
    made.tracks.markers.extend([marker(*k) for k in kinds] + [marker("drop", 36)])
    return made


def reread(path: Path, editor: str) -> otio.schema.Timeline:
    adapters = {
        "premiere": "idolsync_premiere",
        "resolve": "idolsync_resolve",
        "fcp": "idolsync_fcpxml",
        "openshot": "idolsync_premiere",
        "markers-edl": "idolsync_markers_edl",
        "edl": "cmx_3600",
        "otio": "otio_json",
    }
    return otio.adapters.read_from_file(str(path), adapters[editor])


def song_of(timeline: otio.schema.Timeline) -> otio.schema.Clip:
    return copy.deepcopy(next(iter(timeline.audio_tracks()[0].find_clips())))


@pytest.mark.parametrize("editor", EDITORS)
def test_every_editor_gets_a_file_that_reads_back(
    editor: str, cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    before = otio.adapters.write_to_string(cut, "otio_json")
    output = tmp_path / "out.x"
    report = otio_idolsync.export(cut, output, editor)
    assert report.files[0] == output
    assert otio.adapters.write_to_string(cut, "otio_json") == before
    back = reread(output, editor)
    if editor == "markers-edl":
        assert len(back.tracks.markers) == 5
    else:
        clips = [c.duration().value for c in back.video_tracks()[0].find_clips()]
        assert clips == [24, 24, 24]
    assert (tmp_path / "out.song.wav").exists() == (EDITORS[editor].opens is not None)
    assert (tmp_path / "out.markers.edl").exists() == (editor == "resolve")
    assert sorted(tmp_path.iterdir()) == sorted(report.files)


@pytest.mark.parametrize("editor", sorted(name for name, one in EDITORS.items() if one.opens))
def test_the_exported_song_is_the_wav_from_its_first_sample_on(
    editor: str, cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    otio_idolsync.export(cut, tmp_path / "out.x", editor)
    song = song_of(reread(tmp_path / "out.x", editor))
    wav = tmp_path / "out.song.wav"
    assert song.media_reference.target_url in (wav.as_uri(), str(wav))
    assert song.source_range.start_time.to_seconds() == 0
    assert song.duration().to_seconds() == pytest.approx(3.0)
    if editor == "otio":
        assert song.media_reference.available_range == TR(RT(0, 48000), RT(144000, 48000))


def test_the_wav_sounds_sample_for_sample_as_the_song_does(
    cut: otio.schema.Timeline, ogg: Path, tmp_path: Path
) -> None:
    otio_idolsync.export(cut, tmp_path / "out.xml", "premiere")
    with av.open(str(tmp_path / "out.song.wav")) as read:
        codec = read.streams.audio[0].codec_context
        assert (codec.name, codec.sample_rate, codec.channels) == ("pcm_s24le", 48000, 1)
    found = decode_song(open_song(tmp_path / "out.song.wav"))[:, 0]
    wanted = decode_song(open_song(ogg), 48000)[:, 0]
    assert len(found) == len(wanted) == 144000
    assert np.abs(found - wanted).max() < 1e-4
    assert np.abs(found[24000:24200]).max() > 0.4  # the first click, at half a second
    assert np.abs(found[23000:23900]).max() < 0.1


def test_a_song_of_16_bits_keeps_them(cut: otio.schema.Timeline, ogg: Path, tmp_path: Path) -> None:
    flac = tmp_path / "s.flac"
    wav = str(ogg.with_name("click.wav"))
    run_graph(ffmpeg.input(wav).output(str(flac), sample_fmt="s16"), "make a FLAC")
    cut.audio_tracks()[0][0].media_reference.target_url = flac.as_uri()
    otio_idolsync.export(cut, tmp_path / "out.xml", "premiere")
    with wave.open(str(tmp_path / "out.song.wav"), "rb") as read:
        assert read.getsampwidth() == 2


def test_a_wav_song_is_used_as_it_is(cut: otio.schema.Timeline, ogg: Path, tmp_path: Path) -> None:
    cut.audio_tracks()[0][0].media_reference.target_url = ogg.with_name("click.wav").as_uri()
    report = otio_idolsync.export(cut, tmp_path / "out.xml", "premiere")
    assert report.files == (tmp_path / "out.xml",)


def test_a_song_that_is_gone_is_a_warning(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    cut.audio_tracks()[0][0].media_reference.target_url = "file:///gone/song.mp3"
    report = otio_idolsync.export(cut, tmp_path / "out.xml", "premiere")
    assert report.warnings == ("song /gone/song.mp3 does not exist, so no WAV of it was written",)


def test_a_songs_start_timecode_is_taken_off_with_the_wav(
    cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    song = cut.audio_tracks()[0][0]
    song.media_reference.available_range = TR(RT(3600 * 44100, 44100), RT(132300, 44100))
    song.source_range = TR(RT(3600 * 24 + 12, 24), RT(48, 24))
    otio_idolsync.export(cut, tmp_path / "out.otio", "otio")
    assert song_of(reread(tmp_path / "out.otio", "otio")).source_range == TR(RT(12, 24), RT(48, 24))


@pytest.mark.parametrize(
    ("density", "kept"),
    [
        (None, ["section 0", "downbeat 0", "beat 12", "beat 24", "drop 36"]),
        ("beats", ["section 0", "downbeat 0", "beat 12", "beat 24", "drop 36"]),
        ("downbeats", ["section 0", "downbeat 0", "drop 36"]),
        ("sections", ["section 0", "drop 36"]),
    ],
)
def test_density_thins_beats_and_nothing_else(
    density: str | None, kept: list[str], cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    cut.tracks.markers.append(S.Marker("mine", TR(RT(40, 24), RT(0, 24)), "RED"))
    otio_idolsync.export(cut, tmp_path / "m.edl", "markers-edl", markers=density)
    back = reread(tmp_path / "m.edl", "markers-edl")
    assert [m.name for m in back.tracks.markers] == [*kept, "mine"]


def test_relative_media_paths_become_absolute_urls_beside_the_timeline(
    cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    source = tmp_path / "a folder" / "cut.otio"
    source.parent.mkdir()
    otio.adapters.write_to_file(cut, str(source))
    otio_idolsync.export(source, tmp_path / "out.otio", "otio")
    back = reread(tmp_path / "out.otio", "otio")
    wanted = (source.parent / "shots" / "A 1.mov").as_uri()
    assert {c.media_reference.target_url for c in back.video_tracks()[0]} == {wanted}


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("file:///a/b%20c.mov", "file:///a/b%20c.mov"),
        ("/a/b c.mov", "file:///a/b%20c.mov"),
        ("/a/100%.mov", "file:///a/100%25.mov"),
        ("C:\\a\\b c.mov", "file:///C:/a/b%20c.mov"),
        ("x/b%20c.mov", "file:///folder/x/b%20c.mov"),
        ("https://host/a.mov", "https://host/a.mov"),
    ],
)
def test_media_paths_of_all_kinds_become_urls(url: str, absolute: str) -> None:
    assert absolute_url(url, Path("/folder")) == absolute


def test_a_bare_path_that_exists_is_read_as_it_is_written(tmp_path: Path) -> None:
    odd = tmp_path / "a%20b.mov"
    odd.touch()
    assert absolute_url("a%20b.mov", tmp_path) == odd.as_uri()


def test_losses_are_of_this_timeline_only(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    said = "\n".join(otio_idolsync.export(cut, tmp_path / "a.xml", "resolve").losses)
    assert "freeze" not in said
    assert "several markers on one frame (1)" in said
    cut.video_tracks()[0][0].effects.append(S.FreezeFrame())
    said = "\n".join(otio_idolsync.export(cut, tmp_path / "b.xml", "resolve").losses)
    assert "freeze frames (1): Resolve takes no freeze frames from FCP 7 XML" in said


def test_other_media_of_a_clip_come_back_from_our_own_block(
    cut: otio.schema.Timeline, tmp_path: Path
) -> None:
    face = S.ExternalReference("file:///m/face.mov", TR(RT(0, 24), RT(90, 24)))
    shot = cut.video_tracks()[0][0]
    active = shot.active_media_reference_key
    shot.set_media_references({active: shot.media_reference.clone(), "face": face}, active)
    for editor in ("premiere", "resolve", "fcp"):
        report = otio_idolsync.export(cut, tmp_path / editor, editor)
        assert any("several media references a clip (1)" in loss for loss in report.losses)
        back = reread(tmp_path / editor, editor)
        held = back.video_tracks()[0][0].media_references()
        assert held["face"].target_url == "file:///m/face.mov", editor


def test_an_editors_own_file_is_not_replaced(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    (tmp_path / "out.markers.edl").write_text("somebody's work")
    with pytest.raises(OutputError, match="not what idolsync last wrote"):
        otio_idolsync.export(cut, tmp_path / "out.xml", "resolve")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.markers.edl"]
    otio_idolsync.export(cut, tmp_path / "out.xml", "resolve", force=True)
    otio_idolsync.export(cut, tmp_path / "out.xml", "resolve")
    write_text(tmp_path / "out.xml", "ours, by another command")
    otio_idolsync.export(cut, tmp_path / "out.xml", "resolve")


def test_the_timeline_itself_is_never_the_output(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    write_text(path, otio.adapters.write_to_string(cut, "otio_json"))
    with pytest.raises(UsageError, match="is the timeline that is exported"):
        otio_idolsync.export(path, path, "otio", force=True)


def test_choices_that_do_not_exist_are_refused(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="editor 'avid' is none of premiere, resolve"):
        otio_idolsync.export(cut, tmp_path / "o", "avid")
    with pytest.raises(UsageError, match="markers 'some' is none of"):
        otio_idolsync.export(cut, tmp_path / "o", "edl", markers="some")
    with pytest.raises(UsageError, match="for fcp"):
        otio_idolsync.export(cut, tmp_path / "o", "edl", version="1.10")
    assert not list(tmp_path.iterdir())


def test_the_fcpxml_version_is_as_asked(cut: otio.schema.Timeline, tmp_path: Path) -> None:
    otio_idolsync.export(cut, tmp_path / "o.fcpxml", "fcp", version="1.9")
    assert '<fcpxml version="1.9"' in (tmp_path / "o.fcpxml").read_text()
