"""Where a human laid the song: found by identity, by ear or by name, or said not to be there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.cut.files import write_timeline_files
from otio_idolsync.errors import TimelineError
from otio_idolsync.report.check import check
from otio_idolsync.resync.adopt.run import AdoptReport, adopt
from otio_idolsync.resync.run import resync

from .hand import RT, Laid, bounce, cut_at, gap, samples_of, saved, sound, steady, timeline, track
from .hand import SOUND_RATE as RATE

WHOLE = 960


@pytest.fixture
def adopting(uneven: Path, tmp_path: Path) -> Callable[..., AdoptReport]:
    """Adopt a cut of two shots with some sound tracks."""

    def go(*sounds: otio.schema.Track, name: str = "hand", **options: object) -> AdoptReport:
        made = timeline(track(cut_at(0, 480, WHOLE)), *sounds)
        grid = steady(tmp_path, 80)
        return adopt(saved(made, tmp_path / f"{name}.otio"), uneven, grid=grid, **options)  # type: ignore[arg-type]

    return go


def lies(done: AdoptReport) -> list[tuple[int, int, int]]:
    return [(piece.record, piece.frames, piece.song) for piece in done.song.spine.pieces]


Adopting = Callable[..., AdoptReport]


def test_the_song_is_found_by_identity_beside_other_sounds(
    adopting: Adopting,
    uneven: Path,
    beat_song: Path,
    tmp_path: Path,
) -> None:
    renamed = tmp_path / "final mix v3.wav"
    renamed.write_bytes(uneven.read_bytes())
    done = adopting(sound(beat_song, 500), sound(renamed, WHOLE, name="A2"))
    assert (done.song.found_by, done.song.spine.offset_frames) == ("identity", 0)
    marked = [t.name for t in done.timeline.audio_tracks() if "idolsync" in t[0].metadata]
    assert marked == ["A2"]


def test_both_channels_of_a_song_are_one_song(adopting: Adopting, uneven: Path) -> None:
    done = adopting(sound(uneven, WHOLE), sound(uneven, WHOLE, name="A2"))
    assert lies(done) == [(0, WHOLE, 0)]
    assert not done.needs_a_person


def test_a_mix_with_a_leader_is_known_by_ear_and_adopted_where_the_music_is(
    adopting: Adopting,
    uneven: Path,
    tmp_path: Path,
) -> None:
    mix = bounce(tmp_path / "mix.wav", np.zeros(2 * RATE), samples_of(uneven))
    done = adopting(sound(mix, WHOLE, start=36))
    assert done.song.found_by == "sound"
    assert lies(done) == [(12, 948, 0)]
    assert "'mix.wav' is the song with 2.000 s before it" in done.warnings
    block = done.timeline.audio_tracks()[0][0].metadata["idolsync"]
    (heard,) = block["heard"]
    assert heard["start"] == pytest.approx(2, abs=0.02)
    cut = tmp_path / "cut.otio"
    write_timeline_files(done.timeline, done.sheet, cut)
    assert done.sheet.spine.url == uneven.as_uri()
    assert not [found for found in check(cut).findings if found.kind == "spine"]
    back = resync(tmp_path / "hand.otio", cut)
    assert back.spine.ok
    assert [shot.changes for shot in back.comparison.shots] == [["kept"], ["kept"]]


def test_a_song_bounced_in_two_files_is_found_in_both(
    adopting: Adopting,
    uneven: Path,
    tmp_path: Path,
) -> None:
    whole = samples_of(uneven)
    one = bounce(tmp_path / "verse.wav", whole[: 20 * RATE])
    two = bounce(tmp_path / "outro.wav", whole[30 * RATE :])
    music = sound(one, 480)
    music.append(sound(two, 240)[0])
    done = adopting(music)
    assert [(a, c) for a, _b, c in lies(done)] == [(0, 0), (480, 720)]
    assert "'verse.wav' is the song up to its second 20.000" in done.warnings


def test_a_take_that_recorded_the_playback_is_not_the_song(
    adopting: Adopting,
    uneven: Path,
    tmp_path: Path,
) -> None:
    whole = bounce(tmp_path / "bounce.wav", samples_of(uneven))
    take = bounce(tmp_path / "take.wav", np.zeros(RATE), samples_of(uneven)[: 15 * RATE])
    done = adopting(sound(whole, WHOLE), sound(take, 360, at=40, name="A2"))
    assert lies(done) == [(0, WHOLE, 0)]


def test_another_song_is_refused_by_its_name(
    adopting: Adopting,
    uneven: Path,
    beat_song: Path,
) -> None:
    with pytest.raises(
        TimelineError,
        match=r"'uneven\.wav' is on no sound track of 'my cut', which holds 'beat song\.wav'; give",
    ):
        adopting(sound(beat_song, 500))


def test_a_song_that_is_not_there_is_taken_by_its_name_and_asked_about(
    adopting: Adopting, tmp_path: Path
) -> None:
    done = adopting(sound("file:///elsewhere/Uneven.mp3", WHOLE))
    assert done.song.found_by == "name"
    assert done.doubts == ("'Uneven.mp3' cannot be opened; it was taken for the song by its name",)
    with pytest.raises(TimelineError, match=r"cannot be opened .* \(--map OLD=NEW finds moved"):
        adopting(sound("file:///elsewhere/mix.mp3", WHOLE))


def test_moved_media_are_found_under_their_new_place(
    adopting: Adopting,
    uneven: Path,
) -> None:
    url = f"file:///elsewhere/{uneven.name}"
    moved = [("/elsewhere", str(uneven.parent))]
    assert adopting(sound(url, WHOLE), media_map=moved).song.found_by == "identity"


def test_a_cut_without_sound_gets_the_song_under_its_first_frame(adopting: Adopting) -> None:
    done = adopting()
    assert (done.song.found_by, done.song.spine.offset_frames) == ("nothing", 0)
    assert done.needs_a_person
    (music,) = done.timeline.audio_tracks()
    assert (music.name, music[0].source_range.duration.value) == ("A1", WHOLE)


def test_a_song_in_a_compound_clip_is_found_there(adopting: Adopting, uneven: Path) -> None:
    nest = otio.schema.Stack("music")
    nest.append(sound(uneven, WHOLE))
    outer = otio.schema.Track("A1", kind="Audio")
    outer.extend([gap(24), nest])
    done = adopting(outer)
    assert lies(done) == [(24, WHOLE, 0)]
    inner = done.timeline.audio_tracks()[0][1][0][0]
    assert inner.metadata["idolsync"]["schema"] == "idolsync.song/1"


def test_a_song_that_only_a_picture_compound_holds_is_laid_where_it_is_heard(
    uneven: Path,
    tmp_path: Path,
) -> None:
    nest = otio.schema.Stack("all of it")
    nest.extend([track(cut_at(0, 480, WHOLE)), sound(uneven, WHOLE)])
    picture = track([Laid(0, 48)])
    picture.append(nest)
    edit = saved(timeline(picture), tmp_path / "hand.otio")
    done = adopt(edit, uneven, grid=steady(tmp_path, 80))
    assert lies(done) == [(48, WHOLE, 0)]
    assert "compound clip 'all of it' on a picture track alone" in done.doubts[0]
    silence, music = done.timeline.audio_tracks()[0]
    assert (silence.duration().value, music.duration().value) == (48, WHOLE)
    assert [shot.frame for shot in done.shots] == [0, 48, 528]


def test_a_song_that_is_switched_off_or_sounds_twice_is_asked_about(
    adopting: Adopting,
    uneven: Path,
) -> None:
    off = sound(uneven, WHOLE)
    off[0].enabled = False
    said = "the song is switched off; switch it on, or the movie is silent"
    assert adopting(off).doubts == (said,)
    twice = adopting(sound(uneven, WHOLE), sound(uneven, 400, at=300, name="A2"))
    assert "two stretches of the song sound at once at 01:00:12:12" in twice.doubts[0]


def test_of_several_sequences_the_one_with_the_song_is_adopted(
    uneven: Path,
    beat_song: Path,
    tmp_path: Path,
) -> None:
    held = otio.schema.SerializableCollection("project")
    picture = track([Laid(0, WHOLE)])
    for name, song in (("teaser", beat_song), ("main", uneven), ("main 2", uneven)):
        held.append(timeline(picture.deepcopy(), sound(song, 500), name=name))
    path = tmp_path / "project.otio"
    grid = steady(tmp_path, 80)
    otio.adapters.write_to_file(held, str(path))
    with pytest.raises(TimelineError, match=r"2 sequences of .* 'main', 'main 2'; name one"):
        adopt(path, uneven, grid=grid)
    assert adopt(path, uneven, grid=grid, sequence="main 2").timeline.name == "main 2"
    with pytest.raises(TimelineError, match=r"'uneven\.wav' is on no sound track of 'teaser'"):
        adopt(path, uneven, grid=grid, sequence="teaser")
    del held[2]
    otio.adapters.write_to_file(held, str(path))
    done = adopt(path, uneven, grid=grid)
    assert "the file holds 2 sequences; 'main' holds the song and was adopted" in done.warnings


def test_an_edl_says_no_song_and_no_rate_and_is_adopted_with_both_said(
    uneven: Path,
    tmp_path: Path,
) -> None:
    edl = tmp_path / "hand.edl"
    edl.write_text(
        "TITLE: hand\nFCM: NON-DROP FRAME\n\n"
        "001  A V C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:02:00\n* FROM CLIP NAME: A.MOV\n"
        "002  B V C 00:00:01:00 00:00:04:00 01:00:02:00 01:00:05:00\n* FROM CLIP NAME: B.MOV\n"
    )
    done = adopt(edl, uneven, grid=steady(tmp_path, 80))
    assert done.song.found_by == "nothing"
    assert len(done.shots) == 2
    assert any("an EDL names no rate" in said for said in done.warnings)


def test_relative_media_hold_where_the_cut_is_written(
    uneven: Path,
    tmp_path: Path,
) -> None:
    edits = tmp_path / "edits"
    edits.mkdir()
    (edits / "song.wav").write_bytes(uneven.read_bytes())
    made = timeline(track([Laid(0, WHOLE)]), sound("song.wav", WHOLE))
    made.video_tracks()[0][0].media_reference.target_url = "take.mov"
    edit = saved(made, edits / "hand.otio")
    done = adopt(edit, uneven, grid=steady(tmp_path, 80), output=tmp_path / "cut.otio")
    urls = [c.media_reference.target_url for c in done.timeline.find_clips()]
    assert urls == ["edits/take.mov", "edits/song.wav"]
    assert done.timeline.video_tracks()[0][0].source_range.start_time == RT(100, 24)
