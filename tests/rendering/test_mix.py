"""Sound beside the song lies on its samples, at its level, and the song alone stays as it is."""

from __future__ import annotations

import re
import wave

import av
import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.errors import RenderError
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATE = 44100


@pytest.fixture
def mixed(project):
    """A project of two seconds with a song."""
    project.shot(project.media("a.mp4"), 0, 48)
    project.samples = project.song(2.0).astype(int)
    return project


def heard(project, codec="alac") -> tuple[np.ndarray, object]:
    movie = project.folder / "movie.mp4"
    report = render(
        project.save(), movie, size="160x90", cache=project.folder / "cache", audio_codec=codec
    )
    with av.open(str(movie)) as container:
        blocks = [f.to_ndarray() for f in container.decode(audio=0)]
    samples = np.concatenate(blocks, axis=-1).reshape(2, -1).T.astype(int)
    # A mix is kept finer than 16 bits.
    return (samples / 65536 if blocks[0].dtype == np.int32 else samples), report


def voice(project, seconds=1.0, rate=RATE, channels=2, level=2000, name="voice.wav"):
    samples = np.random.default_rng(9).integers(-level, level, (int(seconds * rate), channels))
    write_samples(project.folder / name, samples, rate)
    return samples.astype(int)


def write_samples(path, samples, rate=RATE):
    with wave.open(str(path), "wb") as out:
        out.setparams((samples.shape[1], 2, rate, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())


def on_track(project, *items):
    track = otio.schema.Track("A2", kind=otio.schema.TrackKind.Audio)
    track.extend(items)
    project.timeline.tracks.append(track)
    return track


def sounding(start, frames, name="voice.wav", rate=RATE, seconds=1.0):
    available = TR(RT(0, rate), RT(int(seconds * rate), rate))
    reference = otio.schema.ExternalReference(name, available)
    return otio.schema.Clip(name, reference, TR(RT(start, 24), RT(frames, 24)))


def gap(frames):
    return otio.schema.Gap(source_range=TR(RT(0, 24), RT(frames, 24)))


def levelled(clip):
    kept = {"fcp_xml": {"parameter": {"parameterid": "level", "name": "Level", "value": "0.5"}}}
    clip.effects.append(otio.schema.Effect("Audio Levels", "audiolevels", metadata=kept))
    return clip


def test_a_second_track_lies_under_the_song_on_its_sample(mixed):
    other = voice(mixed)
    on_track(mixed, gap(6), sounding(12, 12))
    got, report = heard(mixed)
    wanted = mixed.samples.copy()
    wanted[RATE // 4 : RATE // 4 + RATE // 2] += other[RATE // 2 :]
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= 1
    assert not report.audio.bit_exact
    assert any("not bit-exact" in said for said in report.warnings)


def test_a_mono_voice_is_as_loud_on_both_sides(mixed):
    other = voice(mixed, channels=1)
    on_track(mixed, sounding(0, 24))
    wanted = mixed.samples.copy()
    wanted[:RATE] += other
    assert np.abs(heard(mixed)[0] - wanted).max() <= 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"fcp_xml": {"parameter": {"parameterid": "level", "name": "Level", "value": "0.5"}}},
        {"idolsync": {"gain_db": -6.0206}},
    ],
)
def test_gain_is_applied(mixed, metadata):
    other = voice(mixed)
    clip = sounding(0, 24)
    clip.effects.append(otio.schema.Effect("Audio Levels", "audiolevels", metadata=metadata))
    on_track(mixed, clip)
    wanted = mixed.samples.astype(float)
    wanted[:RATE] += other * 0.5
    assert np.abs(heard(mixed)[0] - wanted).max() <= 1.1


def test_final_cuts_volume_and_fades_are_applied(mixed):
    other = voice(mixed)
    clip = sounding(0, 24)
    clip.metadata["fcpx_xml"] = {
        "xml": '<asset-clip><adjust-volume amount="-6.0206dB"><param name="amount">'
        '<fadeIn duration="1/4s"/><fadeOut duration="1/2s"/></param></adjust-volume></asset-clip>'
    }
    on_track(mixed, clip)
    k = np.arange(RATE)
    envelope = np.minimum(np.minimum(k / (RATE / 4), 1), (RATE - k) / (RATE / 2))[:, None] * 0.5
    wanted = mixed.samples.astype(float)
    wanted[:RATE] += other * envelope
    assert np.abs(heard(mixed)[0] - wanted).max() <= 2


def test_a_crossfade_of_one_sound_with_itself_changes_nothing(mixed):
    other = voice(mixed, seconds=2.0)
    fade = otio.schema.Transition("fade", "SMPTE_Dissolve", RT(6, 24), RT(6, 24))
    on_track(mixed, sounding(0, 24, seconds=2.0), fade, sounding(24, 24, seconds=2.0))
    wanted = mixed.samples + other
    assert np.abs(heard(mixed)[0] - wanted).max() <= 2


def test_a_cut_song_is_heard_whole(mixed):
    whole = mixed.sound[0]
    second = whole.deepcopy()
    whole.source_range = TR(RT(0, 24), RT(24, 24))
    second.source_range = TR(RT(24, 24), RT(24, 24))
    mixed.sound.append(second)
    assert np.array_equal(heard(mixed)[0], mixed.samples)


def test_switched_off_sound_leaves_the_song_bit_exact(mixed):
    voice(mixed)
    off = sounding(0, 24)
    off.enabled = False
    on_track(mixed, off)
    muted = on_track(mixed, sounding(0, 24))
    muted.enabled = False
    got, report = heard(mixed)
    assert report.audio.bit_exact
    assert np.array_equal(got, mixed.samples)


def test_missing_extra_sound_is_an_error_that_names_it(mixed):
    on_track(mixed, sounding(0, 24, "gone.wav"))
    with pytest.raises(RenderError, match=r"gone\.wav"):
        heard(mixed)


def test_only_the_sound_is_made_again_when_a_level_changes(mixed):
    voice(mixed)
    clip = sounding(0, 24)
    on_track(mixed, clip)
    heard(mixed)
    levelled(clip)
    _got, report = heard(mixed)
    assert [shot.action for shot in report.shots] == ["reused"]


def nest_of(*items, name="chorus", start=0, frames=24):
    stack = otio.schema.Stack(name, source_range=TR(RT(start, 24), RT(frames, 24)))
    inner = otio.schema.Track("inner", kind=otio.schema.TrackKind.Audio)
    inner.extend(items)
    stack.append(inner)
    return stack


def test_the_sound_of_a_nested_sequence_lies_on_its_sample(mixed):
    said = voice(mixed)
    nest = nest_of(gap(6), levelled(sounding(0, 12)), gap(12), start=10, frames=6)
    on_track(mixed, gap(10), nest)
    got, report = heard(mixed)
    wanted = mixed.samples.astype(float)
    # the nest's frames 10 to 16 hold the voice's frames 4 to 10
    wanted[18375 : 18375 + 11025] += 0.5 * said[7350 : 7350 + 11025]
    assert np.abs(got[: len(wanted)] - wanted).max() <= 1
    assert report.left_out == ()


def test_a_nested_sequence_that_is_only_seen_is_named(mixed):
    voice(mixed)
    stack = nest_of(sounding(0, 24))
    picture = otio.schema.Track("V", kind=otio.schema.TrackKind.Video)
    picture.append(mixed.picture[0].deepcopy())
    stack.insert(0, picture)
    mixed.picture.append(stack)
    _got, report = heard(mixed)
    assert any("'chorus' is not heard" in said for said in report.left_out)
    assert report.needs_a_person


def test_retimed_sound_keeps_its_place_and_its_changed_pitch_is_named(mixed):
    t = np.arange(RATE) / RATE
    tone = np.repeat((4000 * np.sin(2 * np.pi * 440 * t))[:, None], 2, axis=1)
    write_samples(mixed.folder / "voice.wav", tone)
    fast = sounding(0, 12)
    fast.effects.append(otio.schema.LinearTimeWarp("fast", time_scalar=2.0))
    on_track(mixed, gap(12), fast)
    got, report = heard(mixed)
    added = got[: len(mixed.samples), 0] - mixed.samples[:, 0]
    assert np.abs(added[:22050]).max() <= 1
    assert np.abs(added[44100:]).max() <= 1
    peak = np.argmax(np.abs(np.fft.rfft(added[22050:44100]))) * RATE / 22050
    assert peak == pytest.approx(880, abs=3)
    assert any("2 times its speed; its pitch follows" in said for said in report.warnings)


def test_sound_that_cannot_be_played_as_asked_needs_a_person(mixed):
    voice(mixed)
    back = sounding(0, 12)
    back.effects.append(otio.schema.LinearTimeWarp("back", time_scalar=-1.0))
    echo = sounding(0, 12)
    echo.effects.append(otio.schema.Effect("Echo", "echo"))
    on_track(mixed, back, echo)
    _got, report = heard(mixed)
    assert [said for said in report.left_out if "plays backwards: it is not heard" in said]
    assert [said for said in report.left_out if "'Echo' is not rendered" in said]
    assert report.needs_a_person
    assert report.to_json()["left_out"] == list(report.left_out)


def test_lost_sounds_are_named_together_with_lost_pictures(mixed):
    mixed.shot("gone.mov", 0, 6)
    (mixed.folder / "empty.wav").touch()
    on_track(mixed, sounding(0, 6, "lost.wav"), sounding(0, 6, "empty.wav"))
    (mixed.folder / "song.wav").unlink()
    with pytest.raises(RenderError) as caught:
        heard(mixed)
    for name in ("gone.mov", "lost.wav", "empty.wav is empty", "song.wav"):
        assert name in str(caught.value)
    movie = mixed.folder / "movie.mp4"
    report = render(mixed.save(), movie, size="160x90", missing="slate")
    assert report.audio.codec == "none"
    assert report.needs_a_person
    assert len([said for said in report.left_out if "is not heard" in said]) == 3


def test_a_song_that_premiere_wrote_as_two_channels_is_heard_once(mixed):
    url = mixed.sound[0].media_reference.target_url
    mixed.sound[0].media_reference.target_url = (mixed.folder / url).as_uri()
    written = re.sub("<metadata>.*?</metadata>", "", write_xmeml(mixed.timeline, "premiere")[0])
    sound = read_xmeml(re.sub(r' pair="\d"', "", written)).audio_tracks()
    assert len(sound) == 2
    del mixed.timeline.tracks[1]
    mixed.timeline.tracks.extend(track.clone() for track in sound)
    alone, report = heard(mixed)
    assert np.array_equal(alone, mixed.samples)
    assert not report.left_out
