"""The next timeline: the human's cut, and all that the plan knew of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest

from otio_idolsync.cut.otio_form import sheet_of
from otio_idolsync.errors import UsageError

from .conftest import Desk
from .simulator import DIALECTS, RATE, Editing, Hand, Piece, opened, timeline_in_dialect

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def video(timeline: otio.schema.Timeline) -> otio.schema.Track:
    return timeline.video_tracks()[0]


def marker(name: str, frame: int) -> otio.schema.Marker:
    return otio.schema.Marker(name, TR(RT(frame, RATE), RT(0, RATE)), "PINK")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_unedited_trip_gives_the_plan_back(desk: Desk, dialect: str) -> None:
    assert desk.back(dialect=dialect).sheet == desk.sheet


@pytest.mark.parametrize("dialect", ["native", "premiere", "resolve"])
def test_the_humans_cut_wins_frame_for_frame(desk: Desk, dialect: str) -> None:
    import random

    def edit(editing: Editing) -> None:
        hand = Hand(random.Random(3), editing)
        for kind in ("roll", "slip", "lift", "ripple_tail", "split", "replace", "swap", "insert"):
            hand.edit(kind)

    wanted = opened(desk.sheet)
    edit(wanted)
    planned = {shot.shot_id: shot for shot in desk.sheet.shots}
    made = [s for s in desk.back(edit, dialect=dialect).sheet.shots if s.shot_id]
    pieces = sorted(wanted.pieces, key=lambda p: p.first)
    assert [(s.first_frame, s.frames, s.source_in) for s in made] == [
        (p.first, p.frames, p.source) for p in pieces
    ]
    for shot, piece in zip(made, pieces, strict=True):
        block = shot.metadata
        assert block["song_range"]["start_sample"] == piece.first * 2000
        if piece.shot >= 0 and piece.media < 900:
            known = planned[block.get("parent", block["shot_id"])]
            assert block["role"] == known.metadata["role"]
            assert block["reason"]["text"] == known.metadata["reason"]["text"]
            room = block["handles"]["head"] + shot.frames + block["handles"]["tail"]
            old = known.metadata["handles"]
            assert block.get("parent") or room == old["head"] + known.frames + old["tail"]


def test_the_earlier_half_of_a_split_keeps_the_id(desk: Desk) -> None:
    def split(editing: Editing) -> None:
        p = editing.pieces[5]
        editing.pieces[5] = replace(p, frames=8)
        rest = replace(p, first=p.first + 8, source=p.source + 8, frames=p.frames - 8)
        editing.pieces.append(rest)

    for dialect in DIALECTS:
        done = desk.back(split, dialect=dialect)
        one, two = done.sheet.shots[5:7]
        assert (one.shot_id, two.shot_id) == ("S006", "S041")
        assert two.metadata["parent"] == "S006"
        assert done.sheet.metadata["next_shot"] == 42
        rows = {row["shot_id"]: row for row in done.to_json()["shots"]}
        assert rows["S006"]["change"] == rows["S041"]["change"] == "split"
        assert len(rows["S006"]["after"]) == 2


def test_both_halves_of_a_replaced_shot_show_the_humans_clip(desk: Desk) -> None:
    k = desk.first("lipsync")

    def edit(editing: Editing) -> None:
        whole = replace(editing.pieces[k], media=901, source=10)
        editing.pieces[k] = replace(whole, frames=8)
        rest = replace(whole, first=whole.first + 8, source=18, frames=whole.frames - 8)
        editing.pieces.insert(k + 1, rest)

    done = desk.back(edit)
    halves = [r for r in done.comparison.shots if r.shot_id == desk.sheet.shots[k].shot_id]
    halves += [r for r in done.comparison.shots if r.parent == halves[0].shot_id]
    assert [r.changes for r in halves] == [["split", "replaced"]] * 2
    first, second = done.sheet.shots[k : k + 2]
    assert "901" in first.media.url and "901" in second.media.url
    assert (first.source_in, second.source_in) == (10, 18)
    assert "lipsync" not in second.metadata


def test_through_edits_that_were_joined_are_merged(desk: Desk) -> None:
    from otio_idolsync.cut.files import write_sheet_files

    shots = list(desk.sheet.shots)
    one, two = shots[8], shots[9]
    shots[9] = replace(two, media=one.media, source_in=one.source_in + one.frames)
    desk.sheet = replace(desk.sheet, shots=tuple(shots))
    write_sheet_files(desk.sheet, desk.plan)

    def join(editing: Editing) -> None:
        p = editing.pieces[8]
        editing.pieces[8] = replace(p, frames=p.frames + editing.pieces[9].frames)
        del editing.pieces[9]

    done = desk.back(join, dialect="resolve")
    rows = {row["shot_id"]: row for row in done.to_json()["shots"]}
    assert rows["S009"]["change"] == rows["S010"]["change"] == "merged"
    assert rows["S009"]["changes"] == ["merged"]


def test_a_compound_clip_is_opened(desk: Desk) -> None:
    def nest(timeline: otio.schema.Timeline) -> None:
        track = video(timeline)
        inside = [track[k].deepcopy() for k in (4, 5, 6)]
        stack = otio.schema.Stack("together")
        inner = otio.schema.Track("inside", kind="Video")
        inner.extend(inside)
        stack.append(inner)
        stack.source_range = TR(RT(0, RATE), inner.duration())
        del track[4:7]
        track.insert(4, stack)

    for dialect in ("premiere", "resolve"):
        done = desk.back(timeline=nest, dialect=dialect)
        assert {r.change for r in done.comparison.shots} == {"kept"}
        assert done.comparison.shots[5].items[0].compound == "together"
        assert done.sheet == desk.sheet


def test_upper_tracks_titles_and_extra_sound_pass_through(desk: Desk) -> None:
    def add(timeline: otio.schema.Timeline) -> None:
        upper = otio.schema.Track("V2", kind="Video")
        upper.append(otio.schema.Gap(duration=RT(50, RATE)))
        upper.append(
            otio.schema.Clip("title", otio.schema.MissingReference(), TR(RT(0, RATE), RT(24, RATE)))
        )
        noise = otio.schema.Track("A2", kind="Audio")
        reference = otio.schema.ExternalReference("file:///boom.wav")
        noise.append(otio.schema.Clip("boom", reference, TR(RT(0, RATE), RT(24, RATE))))
        timeline.tracks.extend([upper, noise])

    done = desk.back(timeline=add, dialect="premiere")
    names = [[c.name for c in track.find_clips()] for track in done.timeline.tracks]
    assert names[1:] == [["title"], ["song.wav"], ["boom"]]
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert any("V2" in loss for loss in done.losses)


def test_effects_and_transitions_stay_and_are_reported(desk: Desk) -> None:
    def add(timeline: otio.schema.Timeline) -> None:
        track = video(timeline)
        track[3].effects.append(otio.schema.Effect("blur", "Gaussian Blur"))
        track.insert(
            8, otio.schema.Transition("dissolve", "SMPTE_Dissolve", RT(4, RATE), RT(4, RATE))
        )

    done = desk.back(timeline=add)
    made = video(done.timeline)
    assert [e.name for e in made[3].effects] == ["blur"]
    assert isinstance(made[8], otio.schema.Transition)
    rows = done.to_json()["shots"]
    assert rows[3]["added"] == ["blur"]
    assert {row["change"] for row in rows} == {"kept"}


def test_own_markers_are_kept_apart_and_commands_understood(desk: Desk) -> None:
    third = desk.sheet.shots[2]

    def mark(timeline: otio.schema.Timeline) -> None:
        timeline.tracks.markers.extend(
            [marker("Pin", third.first_frame), marker("more smoke here", 70)]
        )
        clip = video(timeline)[6]
        clip.markers.append(marker("regen: wrong mouth", int(clip.source_range.start_time.value)))

    done = desk.back(timeline=mark, dialect="premiere")
    told = [(i.kind, i.shot_id) for i in done.instructions]
    assert told == [("pin", "S003"), ("regen", "S007")]
    assert done.sheet.shot("S003").metadata["instructions"] == ["pin"]
    assert done.sheet.marks[: len(desk.sheet.marks)] == desk.sheet.marks
    own = [m.name for m in done.sheet.marks[len(desk.sheet.marks) :]]
    assert own == ["Pin", "more smoke here"]


def test_a_name_of_the_humans_own_stays(desk: Desk) -> None:
    def rename(timeline: otio.schema.Timeline) -> None:
        video(timeline)[3].name = "the good one"

    made = desk.back(timeline=rename).sheet
    assert made.shots[3].name == "the good one"
    assert made.shots[3].shot_id == "S004"


def roll(k: int, by: int) -> Callable[[Editing], None]:
    def edit(editing: Editing) -> None:
        one, two = editing.pieces[k], editing.pieces[k + 1]
        editing.pieces[k] = replace(one, frames=one.frames + by)
        editing.pieces[k + 1] = replace(
            two, first=two.first + by, source=two.source + by, frames=two.frames - by
        )

    return edit


def test_snapping_moves_only_cuts_that_nearly_hit(desk: Desk) -> None:
    cuts = [shot.first_frame for shot in desk.sheet.shots]
    done = desk.back(snap="beats", within="2f")
    assert done.snapped
    moved = dict(done.snapped)
    for cut, shot in zip(cuts[1:], done.sheet.shots[1:], strict=True):
        beat = min(range(0, cut + 24, 12), key=lambda frame: abs(frame - cut))
        near = 0 < abs(beat - cut) <= 2
        assert shot.first_frame == moved.get(cut, cut)
        assert cut not in moved or (near and moved[cut] == beat)
        room = shot.metadata["handles"]
        assert room["head"] >= 0
        assert room["tail"] >= 0
    ends = [s.first_frame + s.frames for s in done.sheet.shots]
    assert ends[:-1] == [s.first_frame for s in done.sheet.shots[1:]]


def test_the_grid_distance_is_told_in_frames_and_milliseconds(desk: Desk) -> None:
    report = desk.back(roll(10, 3)).to_json()["shots"][11]
    cut = desk.sheet.shots[11].first_frame + 3
    beat = min(range(0, cut + 24, 12), key=lambda frame: (abs(frame - cut), frame))
    assert report["off_grid_frames"] == cut - beat
    assert report["off_grid_ms"] == pytest.approx((cut - beat) / RATE * 1000, abs=0.1)
    assert report["off_downbeat_frames"] % 1 == 0


def test_an_unknown_snap_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="snap 'bars'"):
        desk.back(snap="bars")


def test_survival_counts_the_cuts_that_were_left_alone(desk: Desk) -> None:
    summary = desk.back(roll(10, 3)).to_json()["summary"]
    assert summary["survival"] == round(38 / 39, 4)
    assert summary["survival_by_reason"] == {"beat": round(38 / 39, 4)}

    def ripple(editing: Editing) -> None:
        gone = editing.pieces.pop(1)
        editing.shift_after(gone.first, -gone.frames)

    assert desk.back(ripple).to_json()["summary"]["survival"] == round(38 / 39, 4)


def test_renamed_roots_and_proxies_are_the_same_media(desk: Desk) -> None:
    def proxies(timeline: otio.schema.Timeline) -> None:
        for clip in video(timeline):
            name = clip.media_reference.target_url.rsplit("/", 1)[1][:-4]
            clip.media_reference.target_url = f"file:///D:/proxies/{name}_Proxy.mp4"
            clip.name = f"{name}_Proxy.mp4"

    done = desk.back(timeline=proxies, dialect="resolve")
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert done.sheet == desk.sheet

    def moved(timeline: otio.schema.Timeline) -> None:
        for clip in video(timeline):
            reference = clip.media_reference
            reference.target_url = reference.target_url.replace("/takes", "/mnt/nas")

    done = desk.back(timeline=moved, dialect="resolve", mapping=["/mnt/nas=/takes"])
    assert "path" in done.comparison.shots[0].evidence
    assert "path" not in desk.back(timeline=moved, dialect="resolve").comparison.shots[0].evidence


def test_a_tie_is_a_conflict_and_never_a_guess(desk: Desk) -> None:
    from otio_idolsync.cut.files import write_sheet_files

    shots = list(desk.sheet.shots)
    for k in (5, 20):
        shots[k] = replace(shots[k], media=shots[12].media, source_in=Fraction(9), frames=30)
        shots[k].metadata["role"] = "broll"
    at = 0
    for k, shot in enumerate(shots):
        shots[k] = replace(shot, first_frame=at)
        at += shot.frames
    desk.sheet = replace(desk.sheet, shots=tuple(shots))
    write_sheet_files(desk.sheet, desk.plan)

    def edit(editing: Editing) -> None:
        end = max(p.end for p in editing.pieces)
        editing.pieces[5] = replace(editing.pieces[5], first=end + 300)
        del editing.pieces[20]

    done = desk.back(edit, dialect="resolve")
    assert done.needs_a_person
    assert {"S006", "S021"} == set(done.conflicts[0].shots)
    assert not desk.back(edit, dialect="premiere").conflicts


def test_a_gap_is_not_a_shot(desk: Desk) -> None:
    def lift(editing: Editing) -> None:
        del editing.pieces[4]

    made = desk.back(lift).timeline
    assert isinstance(video(made)[4], otio.schema.Gap)
    again = sheet_of(made)[0]
    assert again.shots[5] == replace(desk.sheet.shots[5], metadata=again.shots[5].metadata)


def test_what_is_added_gets_a_new_id(desk: Desk) -> None:
    def add(editing: Editing) -> None:
        end = max(p.end for p in editing.pieces)
        editing.pieces.append(Piece(-1, 950, 10, end, 20))

    done = desk.back(add)
    added = done.sheet.shots[-1]
    assert added.shot_id == "S041"
    assert added.metadata["role"] == "broll"
    assert done.to_json()["shots"][-1]["change"] == "added"


def test_the_editors_file_is_left_as_it_was(desk: Desk) -> None:
    editing = opened(desk.sheet)
    before = timeline_in_dialect(desk.sheet, editing, "premiere").to_json_string()
    desk.back(dialect="premiere")
    after = otio.adapters.read_from_file(str(desk.folder / "edited.otio")).to_json_string()
    assert after == before
