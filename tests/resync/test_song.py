"""The song as spine: found where it was moved or cut, and what stops fitting it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.analysis.matcher import envelope_lag
from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.media.song import decode_song, open_song
from otio_idolsync.resync.relock import sheet_through

from .conftest import Desk
from .simulator import DIALECTS, RATE, Editing, a_plan

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def song_of(timeline: otio.schema.Timeline) -> otio.schema.Clip:
    return timeline.audio_tracks()[0][0]


def pieces(*stretches: tuple[int, int]) -> Callable[[otio.schema.Timeline], None]:
    """Replace the song by stretches of it, one after the other."""

    def edit(timeline: otio.schema.Timeline) -> None:
        track = timeline.audio_tracks()[0]
        whole = track[0].deepcopy()
        del track[:]
        for first, frames in stretches:
            piece = whole.deepcopy()
            piece.source_range = TR(RT(first, RATE), RT(frames, RATE))
            track.append(piece)

    return edit


def total(desk: Desk) -> int:
    return desk.sheet.shots[-1].first_frame + desk.sheet.shots[-1].frames


def changes(done) -> dict[str, list[str]]:
    return {r.shot_id: r.changes for r in done.comparison.shots}


def role_of(report) -> str:
    return report.pairing.shot.block["role"]


def song_lies(done) -> int:
    """By how many frames the song lies late in the next timeline."""
    song = next(iter(done.timeline.audio_tracks()[0].find_clips()))
    return round((song.trimmed_range_in_parent().start_time - song.source_range.start_time).value)


def by_id(done, shot_id: str):
    return next(r for r in done.comparison.shots if r.shot_id == shot_id)


@pytest.mark.parametrize("offset", [6, -6])
def test_a_nudged_song_breaks_the_spine_by_that_many_frames(desk: Desk, offset: int) -> None:
    def nudge(timeline: otio.schema.Timeline) -> None:
        song = song_of(timeline)
        if offset > 0:
            timeline.audio_tracks()[0].insert(0, otio.schema.Gap(duration=RT(offset, RATE)))
        else:
            pieces((-offset, total(desk) + offset))(timeline)
        assert song is not None

    done = desk.back(timeline=nudge)
    assert not done.spine.ok
    assert done.spine.offset_frames == offset
    assert done.needs_a_person
    assert set(map(tuple, changes(done).values())) == {("moved",)}, "other music is under each"
    assert {r.out_of_sync for r in done.comparison.shots} == {None, offset}
    assert all(r.stale for r in done.comparison.shots if role_of(r) == "lipsync")
    assert song_lies(done) == offset, "the song lies where the editor left it"


def test_razor_cuts_that_move_nothing_leave_the_spine_whole(desk: Desk) -> None:
    done = desk.back(timeline=pieces((0, 100), (100, 300), (400, total(desk) - 400)))
    assert done.spine.ok
    assert len(done.spine.pieces) == 1


@pytest.mark.parametrize("lacks", [0, 1, 2])
def test_the_song_is_heard_under_its_last_frame_though_that_is_none_of_a1(
    tmp_path: Path, lacks: int
) -> None:
    sheet = a_plan(random.Random(7), 40)
    half = {"samples": sheet.spine.samples - 1000}  # of a frame
    block = sheet.metadata | {"song": sheet.metadata["song"] | half}
    shots = list(sheet.shots)
    for role, k in (("lipsync", 39), ("lipsync", 30)):
        shots[k] = replace(shots[k], metadata=shots[k].metadata | {"role": role})
    sheet = replace(sheet, spine=replace(sheet.spine, **half), metadata=block, shots=tuple(shots))
    write_sheet_files(sheet, tmp_path / "cut.otio")
    desk = Desk(tmp_path, sheet)
    frames = total(desk) - 1
    assert song_of(read_timeline(desk.plan)).duration().value == frames
    at = sheet.shots[20].first_frame
    for relock in (False, True):
        done = desk.back(timeline=pieces((0, at), (at, frames - at - lacks)), relock=relock)
        assert done.spine.ok
        assert not by_id(done, "S040").stale
    edit, _, at, length = radio_edit(desk)
    for relock in (False, True):
        cut = pieces((0, at), (at + length, frames - at - length - lacks))
        done = desk.back(edit, cut, relock=relock)
        assert [r.shot_id for r in done.comparison.shots if r.stale] == []
        song = sheet_through(desk.sheet, done.spine, relock)
        *_, last = timeline_of(song).audio_tracks()[0]
        assert last.trimmed_range().end_time_exclusive().value == frames, "no more than its media"


def test_a_retimed_and_a_looped_song_are_told_apart(desk: Desk) -> None:
    def retime(timeline: otio.schema.Timeline) -> None:
        song_of(timeline).effects.append(otio.schema.LinearTimeWarp("speed", time_scalar=1.1))

    assert "retimed" in desk.back(timeline=retime).spine.why
    looped = desk.back(timeline=pieces((0, 400), (200, total(desk) - 200)))
    assert "looped" in looped.spine.why
    assert len(looped.spine.pieces) == 2


def test_an_edit_without_the_song_needs_a_person(desk: Desk) -> None:
    done = desk.back(timeline=lambda timeline: timeline.audio_tracks()[0].clear())
    assert not done.spine.ok
    assert "not in the edit" in done.spine.why


def radio_edit(desk: Desk) -> tuple[Callable[[Editing], None], Callable, int, int]:
    """Take shots 10 to 14 and the music under them out."""
    gone, after = desk.sheet.shots[10], desk.sheet.shots[15]
    length = after.first_frame - gone.first_frame

    def edit(editing: Editing) -> None:
        del editing.pieces[10:15]
        editing.shift_after(gone.first_frame, -length)

    cut = pieces((0, gone.first_frame), (after.first_frame, total(desk) - after.first_frame))
    return edit, cut, gone.first_frame, length


def test_shots_that_follow_a_radio_edit_keep_their_song_position(desk: Desk) -> None:
    edit, cut, at, length = radio_edit(desk)
    done = desk.back(edit, cut)
    said = changes(done)
    assert [p.to_json() for p in done.spine.pieces][1]["song"] == at + length
    assert {said[f"S{n:03d}"][0] for n in range(11, 16)} == {"deleted"}
    assert {said[f"S{n:03d}"][0] for n in range(16, 41)} == {"kept"}
    assert not any(r.stale for r in done.comparison.shots)
    assert done.spine.ok
    assert not done.needs_a_person
    assert "the picture with it" in done.spine.why


def cut_together(
    desk: Desk, low: int, high: int, leader: int = 0
) -> tuple[Callable[[Editing], None], Callable[[otio.schema.Timeline], None]]:
    """Leave shots ``low`` to ``high`` and the music under them, behind a leader."""
    first = desk.sheet.shots[low].first_frame
    last = desk.sheet.shots[high - 1]
    by = leader - first

    def edit(editing: Editing) -> None:
        editing.pieces = [replace(p, first=p.first + by) for p in editing.pieces[low:high]]

    def music(timeline: otio.schema.Timeline) -> None:
        pieces((first, last.first_frame + last.frames - first))(timeline)
        if leader:
            timeline.audio_tracks()[0].insert(0, otio.schema.Gap(duration=RT(leader, RATE)))

    return edit, music


@pytest.mark.parametrize("dialect", DIALECTS[:-1])
@pytest.mark.parametrize(
    ("low", "high", "leader"), [(4, 40, 0), (0, 40, 48), (0, 33, 0), (3, 36, 100)]
)
def test_what_is_cut_off_or_pushed_along_with_its_music_has_not_moved(
    desk: Desk, dialect: str, low: int, high: int, leader: int
) -> None:
    done = desk.back(*cut_together(desk, low, high, leader), dialect)
    wanted = ["kept" if low <= n < high else "deleted" for n in range(40)]
    assert [changes(done)[f"S{n + 1:03d}"] for n in range(40)] == [[one] for one in wanted]
    assert not any(r.stale or r.out_of_sync for r in done.comparison.shots)
    assert done.spine.ok
    assert not done.needs_a_person
    assert song_lies(done) == leader - desk.sheet.shots[low].first_frame


def test_a_song_that_is_cut_by_another_length_than_its_picture_needs_a_person(desk: Desk) -> None:
    edit, _ = cut_together(desk, 4, 40)
    first = desk.sheet.shots[4].first_frame - 1
    done = desk.back(edit, pieces((first, total(desk) - first)))
    assert not done.spine.ok
    assert done.needs_a_person
    assert {changes(done)[f"S{n:03d}"][0] for n in range(5, 41)} == {"moved"}
    assert {r.out_of_sync for r in done.comparison.shots} == {None, 1}


def test_relocking_carries_beats_bars_and_markers_through_a_radio_edit(desk: Desk) -> None:
    edit, cut, at, length = radio_edit(desk)
    done = desk.back(edit, cut, relock=True)
    assert not done.needs_a_person
    grid, planned = done.sheet.metadata["grid"], desk.sheet.metadata["grid"]
    song = dict(zip(planned["beats"], planned["bars"], strict=True))
    for time, bar in zip(grid["beats"], grid["bars"], strict=True):
        assert song[time if time * RATE < at else time + length / RATE] == bar
    assert grid["beats"] == sorted(grid["beats"])
    for mark in done.sheet.marks:
        assert mark.metadata["time"] in grid["beats"]
    assert len(done.timeline.audio_tracks()[0]) == 2
    last = done.sheet.shots[-1].metadata["song_range"]
    assert last == desk.sheet.shots[-1].metadata["song_range"]


def trim(k: int, head: int = 0, tail: int = 0) -> Callable[[Editing], None]:
    """Roll both edges of a piece into its neighbours, so that its frames stay on their samples."""

    def edit(editing: Editing) -> None:
        p = editing.pieces[k]
        editing.pieces[k] = replace(
            p, first=p.first + head, source=p.source + head, frames=p.frames - head + tail
        )
        before, after = editing.pieces[k - 1], editing.pieces[k + 1]
        editing.pieces[k - 1] = replace(before, frames=before.frames + head)
        editing.pieces[k + 1] = replace(
            after, first=after.first + tail, source=after.source + tail, frames=after.frames - tail
        )

    return edit


def change(k: int, **fields: int) -> Callable[[Editing], None]:
    def edit(editing: Editing) -> None:
        editing.pieces[k] = replace(
            editing.pieces[k],
            **{name: getattr(editing.pieces[k], name) + by for name, by in fields.items()},
        )

    return edit


@pytest.mark.parametrize(
    ("edit", "stale"),
    [
        (lambda k: trim(k, 3, -2), False),
        (lambda k: trim(k, -5, 5), False),
        (lambda k: trim(k, -6, 0), True),
        (lambda k: trim(k, 0, 6), True),
        (lambda k: change(k, source=1), True),
        (lambda k: change(k, speed=1), True),
    ],
)
def test_a_lipsync_shot_is_fresh_only_on_its_own_samples(
    desk: Desk, edit: Callable[[int], Callable[[Editing], None]], stale: bool
) -> None:
    k = desk.first("lipsync")
    report = by_id(desk.back(edit(k)), f"S{k + 1:03d}")
    assert report.stale is stale, report.why
    if stale:
        piece = report.items[0]
        assert report.regenerate == {
            "start_sample": piece.first * 2000,
            "samples": piece.frames * 2000,
        }


def test_what_is_carried_along_by_a_ripple_is_stale_only_if_it_sings(desk: Desk) -> None:
    def ripple(editing: Editing) -> None:
        gone = editing.pieces.pop(1)
        editing.shift_after(gone.first, -gone.frames)

    done = desk.back(ripple)
    for report, shot in zip(done.comparison.shots[2:], desk.sheet.shots[2:], strict=False):
        assert report.stale is (shot.metadata["role"] == "lipsync")
        assert report.changes == ["moved"]


def test_lips_made_for_another_song_are_stale(desk: Desk) -> None:
    k = desk.first("lipsync")
    made_for = {"song_sha256": "00" * 32, "start_sample": 0, "samples": 10}
    desk.sheet.shots[k].metadata["lipsync"]["generated_for"] = made_for
    from otio_idolsync.cut.files import write_sheet_files

    write_sheet_files(desk.sheet, desk.plan)
    assert "another song" in by_id(desk.back(), f"S{k + 1:03d}").why


@pytest.mark.parametrize("by", [-3, 4])
def test_a_slipped_take_is_out_of_sync_by_the_slip_and_can_be_mended(desk: Desk, by: int) -> None:
    k = desk.first("performance")
    shot_id = f"S{k + 1:03d}"
    report = by_id(desk.back(change(k, source=by)), shot_id)
    assert report.out_of_sync == by
    mended = desk.back(change(k, source=by), mend_sync=True)
    assert mended.mended == (shot_id,)
    assert mended.sheet.shot(shot_id).source_in == desk.sheet.shots[k].source_in


def test_a_take_that_stays_on_its_song_position_is_in_sync(desk: Desk) -> None:
    k = desk.first("performance")
    assert by_id(desk.back(trim(k, 3, 2)), f"S{k + 1:03d}").out_of_sync == 0
    assert by_id(desk.back(), "S001").out_of_sync in (None, 0)


def test_a_take_whose_media_is_too_short_is_named_instead_of_mended(desk: Desk) -> None:
    k = desk.first("performance")

    def late(editing: Editing) -> None:
        end = max(p.end for p in editing.pieces)
        editing.pieces[k] = replace(editing.pieces[k], first=end + 500)

    done = desk.back(late, mend_sync=True)
    assert not done.mended
    assert any("cannot be slipped" in loss for loss in done.losses)


def test_the_same_song_encoded_anew_is_told_from_another_song(
    beat_song: Path, tmp_path: Path
) -> None:
    import wave

    own = open_song(beat_song)
    sound = decode_song(own, 22050)[:, 0]
    rng = np.random.default_rng(1)
    for name, samples in {
        "late.wav": np.concatenate([np.zeros(2205, np.float32), 0.5 * sound]),
        "other.wav": rng.standard_normal(len(sound)).astype(np.float32) * 0.1,
    }.items():
        noisy = samples + 1e-3 * rng.standard_normal(len(samples))
        with wave.open(str(tmp_path / name), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(22050)
            out.writeframes((np.clip(noisy, -1, 1) * 32000).astype("<i2").tobytes())
    late, other = open_song(tmp_path / "late.wav"), open_song(tmp_path / "other.wav")
    assert envelope_lag(own, own) == 0
    assert envelope_lag(own, late) == pytest.approx(0.1, abs=0.005)
    assert envelope_lag(own, other) is None
