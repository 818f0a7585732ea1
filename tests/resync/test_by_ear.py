"""A song under another name: bounced, cut out, behind a leader, too fast; heard, and heard once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.analysis.matcher import heard_in
from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.model import Spine
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import TimelineError
from otio_idolsync.media.song import open_song
from otio_idolsync.resync.run import ResyncReport, resync

from .hand import SOUND_RATE as RATE
from .hand import bounce, samples_of
from .simulator import a_plan


@pytest.mark.parametrize("lead", [0.5, 9.25])
def test_a_song_is_heard_behind_a_leader_of_any_length(
    uneven: Path, tmp_path: Path, lead: float
) -> None:
    other = bounce(tmp_path / "mix.wav", np.zeros(int(lead * RATE)), samples_of(uneven))
    (heard,) = heard_in(open_song(uneven), open_song(other))
    assert heard.start == pytest.approx(lead, abs=0.02)
    assert heard.end == pytest.approx(lead + 40, abs=0.02)
    assert heard.offset == pytest.approx(-lead, abs=0.002)


def test_the_parts_of_a_bounced_radio_edit_are_heard_in_their_places(
    uneven: Path, tmp_path: Path
) -> None:
    sound = samples_of(uneven)
    other = bounce(tmp_path / "radio.wav", sound[: 12 * RATE], sound[20 * RATE :])
    one, two = heard_in(open_song(uneven), open_song(other))
    assert one.end == two.start == pytest.approx(12, abs=0.1)
    assert [one.offset, two.offset] == pytest.approx([0, 8], abs=0.002)


def test_a_pulled_down_song_is_heard_with_its_drift(uneven: Path, tmp_path: Path) -> None:
    sound = samples_of(uneven)
    at = np.arange(0, len(sound) - 1, 1000 / 1001)
    other = bounce(tmp_path / "slow.wav", np.interp(at, np.arange(len(sound)), sound))
    (heard,) = heard_in(open_song(uneven), open_song(other))
    assert heard.drift_ppm == pytest.approx(-999, abs=60)
    assert heard.end == pytest.approx(40.04, abs=0.05)


def test_another_song_at_the_same_tempo_is_not_heard(uneven: Path, beat_song: Path) -> None:
    assert heard_in(open_song(uneven), open_song(beat_song)) == ()
    assert heard_in(open_song(beat_song), open_song(uneven)) == ()


@pytest.fixture
def back(uneven: Path, tmp_path: Path) -> Callable[[Path, int], ResyncReport]:
    """Take an edit back whose song is another file, so many frames in."""
    cut, song = tmp_path / "cut.otio", open_song(uneven)
    spine = Spine(uneven.as_uri(), uneven.name, song.sha256, song.sample_rate, song.samples)
    sheet = a_plan(random.Random(4), 20, special=False)
    block = sheet.metadata | {"song": spine.to_json()}
    write_sheet_files(replace(sheet, spine=spine, metadata=block), cut)

    def taken(sound: Path, start: int = 0) -> ResyncReport:
        edit = read_timeline(cut)
        clip = edit.audio_tracks()[0][0]
        clip.metadata.clear()
        clip.name = "sound"
        clip.media_reference = otio.schema.ExternalReference(sound.as_uri())
        rt = otio.opentime.RationalTime
        clip.source_range = otio.opentime.TimeRange(rt(start, 24), rt(960, 24))
        otio.adapters.write_to_file(edit, str(tmp_path / "edit.otio"))
        return resync(tmp_path / "edit.otio", cut)

    return taken


def files_of(done: ResyncReport) -> list[str]:
    clips = [c for track in done.timeline.audio_tracks() for c in track.find_clips()]
    return [Path(clip.media_reference.target_url).name for clip in clips]


def test_a_song_bounced_under_another_name_sounds_once(
    back: Callable[..., ResyncReport], uneven: Path, tmp_path: Path
) -> None:
    done = back(bounce(tmp_path / "final mix.wav", samples_of(uneven)))
    assert done.spine.ok
    assert [loss for loss in done.losses if "'final mix.wav' is the song encoded anew" in loss]
    assert files_of(done) == ["uneven.wav"]


def test_a_leader_inside_the_sound_file_is_no_move_of_the_song(
    back: Callable[..., ResyncReport], uneven: Path, tmp_path: Path
) -> None:
    mix = bounce(tmp_path / "mix.wav", np.zeros(2 * RATE), samples_of(uneven))
    done = back(mix, start=48)
    assert (done.spine.ok, done.spine.offset_frames) == (True, 0)
    assert "'mix.wav' is the song with 2.000 s before it" in done.losses
    late = back(mix, start=36)
    assert (late.spine.ok, late.spine.offset_frames) == (False, 12)


def test_another_song_is_named(
    back: Callable[..., ResyncReport], beat_song: Path, tmp_path: Path
) -> None:
    with pytest.raises(TimelineError, match=r"another song \('beat song\.wav'\) than the plan"):
        back(beat_song)
