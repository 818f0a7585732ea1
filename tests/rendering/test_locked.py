"""A render knows the song that a cut was made to, and takes no other for it."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest

from otio_idolsync import render
from otio_idolsync.errors import RenderError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.song import open_song


@pytest.fixture
def cut(project):
    """A project of four seconds of uneven noise, and a timeline that says so."""
    project.shot(project.media("a.mp4"), 0, 24)
    project.song(4.0)
    rng = np.random.default_rng(8)
    loud = np.repeat(rng.uniform(0.01, 1, 56), 3150)[:, None]
    project.samples = 8000 * loud * rng.standard_normal((len(loud), 2)).clip(-3, 3)
    project.write_sound(project.samples)
    song = open_song(project.folder / "song.wav")
    block = {"sha256": song.sha256, "sample_rate": 44100, "samples": song.samples}
    project.timeline.metadata["idolsync"] = {"schema": "idolsync.timeline/1", "song": block}
    return project


def report_of(project):
    movie, cache = project.folder / "movie.mp4", project.folder / "cache"
    return render(project.save(), movie, size=project.size, cache=cache)


def sheet_of(project) -> None:
    """Let the sync sheet say where the locked song lies."""
    project.write_sound(project.samples, "own.wav")
    song = dict(project.timeline.metadata["idolsync"]["song"]) | {"path": "own.wav"}
    (project.folder / "cut.idolsync").write_text(json.dumps({"song": song}))


def test_the_locked_song_is_known_under_any_name(cut):
    (cut.folder / "song.wav").rename(cut.folder / "final mix.wav")
    cut.sound[0].media_reference.target_url = "final mix.wav"
    assert report_of(cut).warnings == ()


def test_another_song_stops_the_render(cut):
    sheet_of(cut)
    cut.write_sound(np.random.default_rng(1).normal(0, 5000, (4 * 44100, 2)))
    with pytest.raises(RenderError, match=r"song\.wav is another song than the one .* re-sync"):
        report_of(cut)
    assert not (cut.folder / "movie.mp4").exists()


def test_the_locked_song_encoded_anew_is_a_warning(cut):
    sheet_of(cut)
    cut.write_sound(np.concatenate([np.zeros((441, 2)), 0.9 * cut.samples]))
    report = report_of(cut)
    said = "song.wav is the locked song encoded anew, +10.0 ms late; nothing is stale by it"
    assert report.warnings == (said,)
    assert not report.needs_a_person


def test_a_song_that_was_cut_off_needs_a_person(cut):
    sheet_of(cut)
    cut.write_sound(cut.samples[:-44100])
    report = report_of(cut)
    assert len(report.left_out) == 1
    assert "encoded anew, +0.0 ms late and 1.0 s shorter" in report.left_out[0]
    assert report.needs_a_person


def test_without_the_locked_file_length_decides(cut):
    cut.write_sound(0.9 * cut.samples)
    report = report_of(cut)
    assert "not there to compare by ear; it is as long" in report.warnings[0]
    assert not report.needs_a_person
    cut.write_sound(cut.samples[:-44100])
    with pytest.raises(RenderError, match=r"it lasts 3\.0 s, not 4\.0; put the locked song back"):
        report_of(cut)


def test_a_jingle_beside_the_song_is_not_taken_for_it(cut):
    cut.write_sound(cut.samples[:4410], "jingle.wav")
    jingle = cut.sound[0].deepcopy()
    jingle.media_reference.target_url = "jingle.wav"
    cut.sound.append(jingle)
    assert not [said for said in report_of(cut).warnings if "locked" in said]


def test_which_song_a_file_holds_is_found_out_once(cut, monkeypatch):
    os.utime(cut.folder / "song.wav", (1e9, 1e9))
    time.sleep(0.06)  # so that its change time is past, too
    report_of(cut)
    media = KnownMedia(cut.folder / "cache")
    monkeypatch.setattr("otio_idolsync.media.known.open_song", None)
    known = cut.timeline.metadata["idolsync"]["song"]["sha256"]
    assert media.song(cut.folder / "song.wav").sha256 == known
