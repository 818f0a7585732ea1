"""Which lip-sync shots must be generated, and exactly which range."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.provider import face_digest, generated_size, inputs_sha256
from otio_idolsync.lipsync.run import run_job
from otio_idolsync.lipsync.stale import HANDLE_FRAMES, GeneratedFor, shot_job, stale_range
from otio_idolsync.media.outputs import file_digest
from otio_idolsync.media.probe import probe
from otio_idolsync.media.song import Song
from otio_idolsync.timebase import Clock

SONG = "a" * 64
RATE = 44100
CLOCK = Clock(Fraction(24000, 1001))
LONG = 10_000_000


def block(head: int = 10, tail: int = 10, made: GeneratedFor | None = None) -> dict[str, Any]:
    lipsync: dict[str, Any] = {"provider": "puppet", "params": {}}
    if made:
        lipsync["generated_for"] = made.to_json()
    return {"shot_id": "S012", "handles": {"head": head, "tail": tail}, "lipsync": lipsync}


def generated(first: int, frames: int, clock: Clock = CLOCK) -> GeneratedFor:
    start, end = (clock.sample_at(f, RATE) for f in (first, first + frames))
    return GeneratedFor(SONG, start, end - start, "k" * 64)


def judged(clip: dict[str, Any], first: int, frames: int, **more: Any):
    fields = {"song_samples": LONG} | more
    return stale_range(clip, SONG, RATE, CLOCK, first, frames, **fields)


def test_a_shot_that_was_never_generated_is_generated_with_its_handles() -> None:
    found = judged(block(), 100, 48)
    assert found
    assert found.why == "it was never generated"
    assert (found.frames, found.head, found.tail) == (68, 10, 10)
    assert found.start_sample == CLOCK.sample_at(90, RATE)
    assert found.start_sample + found.samples == CLOCK.sample_at(158, RATE)


def test_a_trim_within_the_handles_is_fresh() -> None:
    clip = block(made=generated(90, 68))
    assert judged(clip, 100, 48, source_in=10) is None
    assert judged(clip, 95, 60, source_in=5) is None
    assert judged(clip, 90, 68, source_in=0) is None


def test_a_trim_beyond_the_handles_is_stale() -> None:
    found = judged(block(made=generated(90, 68)), 89, 60, source_in=0)
    assert found
    assert found.why == "it shows more than was generated"


def test_a_slipped_shot_says_by_how_much() -> None:
    clip = block(made=generated(90, 68))
    late = judged(clip, 100, 48, source_in=7)
    early = judged(clip, 100, 48, source_in=11)
    assert late
    assert late.why == "its lips are 3 frames late"
    assert early
    assert early.why == "its lips are 1 frames early"


def test_another_song_or_other_inputs_make_it_stale() -> None:
    clip = block(made=generated(90, 68))
    other = stale_range(clip, "b" * 64, RATE, CLOCK, 100, 48)
    assert other
    assert "another song" in other.why
    assert judged(clip, 100, 48, inputs_sha256="k" * 64) is None
    changed = judged(clip, 100, 48, inputs_sha256="l" * 64)
    assert changed
    assert "have changed" in changed.why


def test_handles_stay_within_the_song_and_a_still_has_no_hours_of_them() -> None:
    first = judged(block(head=10**6, tail=10**6), 3, 20)
    assert first
    assert (first.head, first.tail) == (3, HANDLE_FRAMES)
    samples = CLOCK.sample_at(125, RATE)
    last = judged(block(), 100, 20, song_samples=samples)
    assert last
    assert last.tail == 5


@given(
    rate=st.sampled_from(["23.976", "24", "25", "29.97", "59.94"]),
    first=st.integers(0, 9000),
    frames=st.integers(1, 300),
    head=st.integers(0, 20),
    tail=st.integers(0, 20),
    data=st.data(),
)
def test_what_was_generated_serves_every_trim_of_it(
    rate: str, first: int, frames: int, head: int, tail: int, data: st.DataObject
) -> None:
    clock = Clock.at(rate)
    found = stale_range(block(head, tail), SONG, RATE, clock, first, frames)
    assert found
    made = GeneratedFor(SONG, found.start_sample, found.samples, "")
    begin = first - found.head
    into = data.draw(st.integers(0, found.frames - 1))
    length = data.draw(st.integers(1, found.frames - into))
    clip = block(head, tail, made)
    assert stale_range(clip, SONG, RATE, clock, begin + into, length, source_in=into) is None
    more = stale_range(clip, SONG, RATE, clock, begin + into, found.frames - into + 1)
    assert more


def test_a_filmed_face_has_no_more_handles_than_frames() -> None:
    found = judged(block(), 100, 48, face_room=(4, 0))
    assert found
    assert (found.head, found.tail, found.frames) == (4, 0, 52)


def test_a_stale_shot_is_generated_and_then_fresh(song: Song, face: Path, tmp_path: Path) -> None:
    clip, clock = block(), Clock.at("23.976")
    clip["lipsync"]["params"] = {"mouth": {"x": 0.5, "y": 0.6, "width": 0.1}}

    def found(**more: Any):
        facts = {"song_samples": song.samples} | more
        return stale_range(clip, song.sha256, song.sample_rate, clock, 50, 6, **facts)

    wanted = found()
    assert wanted
    info = probe(face)
    size = generated_size(info, 160, 90)
    name, job = shot_job(clip, wanted, info, 0, song, clock.rate, size)
    key = inputs_sha256(job, name, face_digest(info, file_digest))
    run_job(job, tmp_path / "S012.mov", name)
    made = probe(tmp_path / "S012.mov")
    assert (made.frames, made.rate) == (wanted.frames, clock.rate)
    clip["lipsync"]["generated_for"] = GeneratedFor.of_job(job, key).to_json()
    clip["handles"] = {"head": wanted.head, "tail": wanted.tail}
    assert found(source_in=wanted.head, inputs_sha256=key) is None


def test_a_damaged_block_is_named() -> None:
    clip = block()
    clip["lipsync"]["generated_for"] = {"start_sample": 3}
    with pytest.raises(LipsyncError, match="S012: generated_for in its metadata is damaged"):
        judged(clip, 0, 10)
