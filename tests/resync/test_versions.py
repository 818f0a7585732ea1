"""The plan changed since the export too: plan then, plan now and edit become one cut."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otio_idolsync.cut.files import write_sheet_files, write_timeline_files
from otio_idolsync.cut.model import Mark, Shot, SyncSheet
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.cut.read import read_sheet
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.run import ResyncReport, resync

from .conftest import Desk
from .simulator import (
    DIALECTS,
    PLAN_ID,
    RATE,
    WITH_IDS,
    Editing,
    Hand,
    Piece,
    a_plan,
    opened,
    timeline_in_dialect,
)

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
FEW = settings(
    max_examples=8, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
OTHER_ID = "77aa00112233"
Script = Sequence[tuple[str, int, float]]


# ------------------------------------------------------------------------------------ the plan now


def recast(sheet: SyncSheet, k: int, media: int, source: int = 40, **changes: Any) -> SyncSheet:
    """A new take in a slot."""
    shots = list(sheet.shots)
    url = f"file:///takes/take_{media:03d}.mov"
    shot = replace(shots[k], media=replace(shots[k].media, url=url), source_in=Fraction(source))
    shots[k] = replace(shot, **changes)
    return renewed(sheet, shots)


def renewed(sheet: SyncSheet, shots: Sequence[Shot], **changes: Any) -> SyncSheet:
    """The sheet of changed shots, laid end to end, as another version of the plan."""
    laid, at = [], 0
    for shot in shots:
        block = dict(shot.metadata)
        block["song_range"] = {"start_sample": at * 2000, "samples": shot.frames * 2000}
        laid.append(replace(shot, first_frame=at, metadata=block))
        at += shot.frames
    metadata = {**sheet.metadata, "plan_id": OTHER_ID, **changes}
    return replace(sheet, shots=tuple(laid), metadata=metadata)


def with_section(sheet: SyncSheet, k: int, lengths: Sequence[int]) -> SyncSheet:
    """A new version of the song: a section before shot k, with shots of its own."""
    number = int(sheet.metadata["next_shot"])
    new = []
    for n, frames in enumerate(lengths):
        shot = recast(sheet, k, 500 + n).shots[k]
        block = {"shot_id": f"S{number + n:03d}", "role": "broll", "schema": "idolsync.clip/1"}
        name = f"{block['shot_id']} bridge · take_{500 + n:03d}"
        new.append(
            replace(shot, shot_id=block["shot_id"], name=name, frames=frames, metadata=block)
        )
    samples = sheet.spine.samples + sum(lengths) * 2000
    song = {"sha256": "ef" * 32, "sample_rate": 48000, "samples": samples}
    made = renewed(
        sheet, [*sheet.shots[:k], *new, *sheet.shots[k:]],
        song=song, next_shot=number + len(lengths),
    )  # fmt: skip
    spine = replace(sheet.spine, sha256="ef" * 32, samples=samples, name="song v2.wav")
    edge = sheet.shots[k].first_frame
    marks = [
        replace(mark, frame=mark.frame + sum(lengths)) if mark.frame >= edge else mark
        for mark in sheet.marks
    ]
    return replace(made, spine=spine, marks=tuple(marks))


def with_lips(sheet: SyncSheet, k: int, **params: Any) -> SyncSheet:
    shots = list(sheet.shots)
    block = {**shots[k].metadata, "lipsync": {"provider": "musetalk", "params": params}}
    shots[k] = replace(shots[k], metadata=block)
    return renewed(sheet, shots)


def merged(
    desk: Desk,
    now: SyncSheet,
    edit: Callable[[Editing], None] | None = None,
    dialect: str = "premiere",
    timeline: Callable[[otio.schema.Timeline], None] | None = None,
    **options: Any,
) -> ResyncReport:
    """Edit the exported plan, and bring the edit together with the plan as it is now."""
    editing = opened(desk.sheet)
    if edit:
        edit(editing)
    made = timeline_in_dialect(desk.sheet, editing, dialect)
    if timeline:
        timeline(made)
    path, plan = desk.folder / "edited.otio", desk.folder / "now.otio"
    otio.adapters.write_to_file(made, str(path))
    write_sheet_files(now, plan)
    return resync(path, plan, base=options.pop("base", desk.plan), **options)


def change(k: int, **by: int) -> Callable[[Editing], None]:
    def edit(editing: Editing) -> None:
        piece = editing.pieces[k]
        editing.pieces[k] = replace(piece, **{n: getattr(piece, n) + v for n, v in by.items()})

    return edit


def roll(k: int, by: int) -> Callable[[Editing], None]:
    def edit(editing: Editing) -> None:
        change(k, frames=by)(editing)
        change(k + 1, first=by, source=by, frames=-by)(editing)

    return edit


def rolled(sheet: SyncSheet, k: int, by: int) -> SyncSheet:
    shots = list(sheet.shots)
    two = shots[k + 1]
    shots[k] = replace(shots[k], frames=shots[k].frames + by)
    shots[k + 1] = replace(two, frames=two.frames - by, source_in=two.source_in + by)
    return renewed(sheet, shots)


def lies(sheet: SyncSheet) -> list[tuple[Any, ...]]:
    return [
        (s.shot_id, s.first_frame, s.frames, s.media.url, s.source_in)
        for s in sheet.shots if s.media.url
    ]  # fmt: skip


def is_whole(sheet: SyncSheet) -> bool:
    """Whether V1 has no hole, no overlap and is as long as the song."""
    ends = [0, *(s.first_frame + s.frames for s in sheet.shots)]
    starts = [s.first_frame for s in sheet.shots]
    return ends[:-1] == starts and ends[-1] * 2000 == sheet.spine.samples


# ------------------------------------------------------------------------------------- properties


def scripted(sheet: SyncSheet, script: Script) -> Editing:
    """The plan after edits of named shots, each made by a hand of its own seed."""
    editing = opened(sheet)
    for kind, shot, seed in script:
        editing.sort()
        [k] = [k for k, piece in enumerate(editing.pieces) if piece.shot == shot]
        hand = Hand(random.Random(seed), editing)
        getattr(hand, f"_{kind}")(k, editing.pieces[k])
    editing.sort()
    return editing


def scripts(seed: int) -> tuple[Script, Script]:
    """Two scripts of edits, each edit four shots or more from any other."""
    rng = random.Random(seed)
    spots = rng.sample(range(3, 37, 5), 6)
    kinds = [kind for kind in Hand.KINDS if kind not in ("copy", "move_to_end")]
    made = [(rng.choice(kinds), spot, rng.random()) for spot in spots]
    cut = rng.randrange(1, 6)
    return made[:cut], made[cut:]


def edited_file(desk: Desk, script: Script, dialect: str) -> Path:
    path = desk.folder / "edited.otio"
    timeline = timeline_in_dialect(desk.sheet, scripted(desk.sheet, script), dialect)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def plan_after(desk: Desk, script: Script) -> Path:
    """A newer plan: what re-sync makes of another editor's work."""
    done = resync(edited_file(desk, script, "native"), desk.plan)
    path = desk.folder / "now.otio"
    write_timeline_files(done.timeline, done.sheet, path)
    return path


@FEW
@given(seed=st.integers(0, 2**32 - 1), dialect=st.sampled_from(DIALECTS))
def test_a_plan_that_has_not_changed_changes_nothing(desk: Desk, seed: int, dialect: str) -> None:
    rng, editing = random.Random(seed), opened(desk.sheet)
    hand = Hand(rng, editing)
    for _ in range(rng.randrange(1, 12)):
        hand.edit(rng.choice(Hand.KINDS))
    path = desk.folder / "edited.otio"
    otio.adapters.write_to_file(timeline_in_dialect(desk.sheet, editing, dialect), str(path))
    plain, three = resync(path, desk.plan), resync(path, desk.plan, base=desk.plan)
    assert three.sheet == plain.sheet
    told = three.to_json()
    assert told.pop("plan_changes") == {"shots": [], "edits": [], "timeline": []}
    assert told.pop("base")["plan_id"] == PLAN_ID
    assert told == plain.to_json()


@FEW
@given(seed=st.integers(0, 2**32 - 1), dialect=st.sampled_from(DIALECTS))
def test_an_edit_that_changed_nothing_gives_the_plan_of_now(
    desk: Desk, seed: int, dialect: str
) -> None:
    script, _ = scripts(seed)
    now = plan_after(desk, script)
    done = resync(edited_file(desk, (), dialect), now, base=desk.plan)
    assert done.sheet == read_sheet(now)
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert not done.conflicts


@FEW
@given(seed=st.integers(0, 2**32 - 1), dialect=st.sampled_from(WITH_IDS))
def test_edits_of_both_sides_that_do_not_meet_are_all_made(
    desk: Desk, seed: int, dialect: str
) -> None:
    one, two = scripts(seed)
    truth = [
        (p.first, p.frames, p.media, p.source, p.enabled)
        for p in scripted(desk.sheet, [*one, *two]).pieces
    ]
    for in_plan, by_hand in ((one, two), (two, one)):
        now = plan_after(desk, in_plan)
        done = resync(edited_file(desk, by_hand, dialect), now, base=desk.plan)
        assert not done.conflicts
        assert truth == [
            (s.first_frame, s.frames, int(s.media.url[-7:-4]), s.source_in, s.enabled)
            for s in done.sheet.shots if s.media.url
        ]  # fmt: skip
        ids = [s.shot_id for s in done.sheet.shots if s.shot_id]
        assert len(set(ids)) == len(ids)


@FEW
@given(by_hand=st.integers(3, 35), in_plan=st.integers(3, 35))
def test_a_conflict_is_listed_where_both_moved_one_cut_and_nowhere_else(
    desk: Desk, by_hand: int, in_plan: int
) -> None:
    done = merged(desk, rolled(desk.sheet, in_plan, 3), roll(by_hand, 5))
    assert [c.kind for c in done.conflicts] == ["cut"] * (by_hand == in_plan)
    cuts = [shot.first_frame for shot in desk.sheet.shots]
    cuts[in_plan + 1] += 3
    cuts[by_hand + 1] = desk.sheet.shots[by_hand + 1].first_frame + 5
    assert [shot.first_frame for shot in done.sheet.shots] == cuts
    assert is_whole(done.sheet)
    assert done.needs_a_person is (by_hand == in_plan)


def test_the_same_change_on_both_sides_is_no_conflict(desk: Desk) -> None:
    done = merged(desk, rolled(desk.sheet, 8, 4), roll(8, 4))
    assert not done.conflicts
    assert {r.change for r in done.comparison.shots} == {"kept"}


# ---------------------------------------------------------------------------------------- stories


@pytest.mark.parametrize("dialect", DIALECTS)
def test_new_takes_keep_the_trims_of_the_editor(desk: Desk, dialect: str) -> None:
    now = recast(recast(desk.sheet, 8, 500), 9, 501, source=60)
    done = merged(desk, now, roll(8, 5), dialect)
    one, two = done.sheet.shots[8:10]
    assert one.media.url.endswith("take_500.mov")
    assert (one.source_in, one.frames) == (40, desk.sheet.shots[8].frames + 5)
    assert two.media.url.endswith("take_501.mov")
    assert (two.source_in, two.first_frame) == (65, desk.sheet.shots[9].first_frame + 5)
    assert is_whole(done.sheet)
    assert not done.conflicts
    rows = done.to_json()["plan_changes"]["shots"]
    assert [(r["shot_id"], r["properties"]) for r in rows] == [
        ("S009", ["media"]), ("S010", ["media"]),
    ]  # fmt: skip


def test_a_new_take_under_a_slipped_shot_is_a_conflict_that_the_human_wins(desk: Desk) -> None:
    done = merged(desk, recast(desk.sheet, 8, 500), change(8, source=4))
    [conflict] = done.conflicts
    assert (conflict.kind, conflict.shots, conflict.winner) == ("source", ("S009",), "edit")
    assert "slipped by +4" in conflict.edit
    assert "take_500" in conflict.plan
    assert done.sheet.shots[8].source_in == desk.sheet.shots[8].source_in + 4
    assert done.sheet.shots[8].media.url == desk.sheet.shots[8].media.url
    assert done.sheet.shots[8].metadata["role"] == desk.sheet.shots[8].metadata["role"]
    assert done.sheet.shots[8].metadata["edited"] == ["slipped"]


def test_two_other_takes_for_one_shot_are_a_conflict(desk: Desk) -> None:
    def cast(editing: Editing) -> None:
        editing.pieces[8] = replace(editing.pieces[8], media=900, source=7)

    done = merged(desk, recast(desk.sheet, 8, 500), cast)
    [conflict] = done.conflicts
    assert (conflict.kind, conflict.edit, conflict.plan) == (
        "media", "take_900.mov", "take_500.mov",
    )  # fmt: skip
    assert done.sheet.shots[8].media.url.endswith("take_900.mov")
    done = merged(desk, recast(desk.sheet, 8, 900, source=7), cast)
    assert not done.conflicts


def test_a_new_take_that_is_too_short_for_the_edit_is_a_conflict(desk: Desk) -> None:
    short = replace(desk.sheet.shots[8].media, frames=desk.sheet.shots[8].frames + 42)
    now = recast(desk.sheet, 8, 500)
    shots = list(now.shots)
    shots[8] = replace(shots[8], media=replace(short, url=shots[8].media.url))
    done = merged(desk, renewed(now, shots), roll(8, 5))
    assert [(c.kind, c.winner) for c in done.conflicts] == [("media", "edit")]
    assert done.sheet.shots[8].media.url == desk.sheet.shots[8].media.url


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d != "edl"])
def test_a_new_section_comes_in_while_shots_were_reordered_elsewhere(
    desk: Desk, dialect: str
) -> None:
    def swap(editing: Editing) -> None:
        one, two = editing.pieces[25], editing.pieces[26]
        editing.pieces[25] = replace(one, first=one.first + two.frames)
        editing.pieces[26] = replace(two, first=one.first)

    done = merged(desk, with_section(desk.sheet, 12, (48, 36, 60)), swap, dialect)
    ids = [shot.shot_id for shot in done.sheet.shots]
    planned = [shot.shot_id for shot in desk.sheet.shots]
    planned[25:27] = reversed(planned[25:27])
    assert ids == [*planned[:12], "S041", "S042", "S043", *planned[12:]]
    assert is_whole(done.sheet)
    assert done.sheet.spine.sha256 == "ef" * 32
    assert not done.conflicts
    assert [e.kind for e in done.comparison.edits] == ["reorder"]
    data = done.to_json()["plan_changes"]
    assert [(e["kind"], e["frames"]) for e in data["edits"]] == [("ripple", 144)]
    assert {c["property"] for c in data["timeline"]} >= {"song"}


def test_titles_sounds_and_own_markers_move_with_the_music(desk: Desk) -> None:
    late, early = desk.sheet.shots[20].first_frame, desk.sheet.shots[5].first_frame

    def add(timeline: otio.schema.Timeline) -> None:
        upper = otio.schema.Track("V2", kind="Video")
        for name, frame in (("early", early), ("late", late)):
            here = upper.duration().value if len(upper) else 0
            upper.append(otio.schema.Gap(duration=RT(frame - here, RATE)))
            nothing = otio.schema.MissingReference()
            upper.append(otio.schema.Clip(name, nothing, TR(RT(0, RATE), RT(24, RATE))))
        timeline.tracks.append(upper)
        for frame in (early, late):
            here = TR(RT(frame, RATE), RT(0, RATE))
            timeline.tracks.markers.append(otio.schema.Marker(f"pin: {frame}", here, "PINK"))

    done = merged(desk, with_section(desk.sheet, 12, (48, 36)), timeline=add)
    titles = [clip for clip in done.timeline.video_tracks()[1] if clip.name]
    starts = [clip.range_in_parent().start_time.value for clip in titles]
    assert starts == [early, late + 84]
    assert [(i.frame, i.shot_id) for i in done.instructions] == [
        (early, "S006"), (late + 84, "S021"),
    ]  # fmt: skip
    own = [mark for mark in done.sheet.marks if "kind" not in mark.metadata]
    assert [mark.frame for mark in own] == [early, late + 84]
    assert len(done.sheet.marks) == len(desk.sheet.marks) + 2


def test_a_roll_where_a_new_section_comes_in_gives_way_and_is_listed(desk: Desk) -> None:
    done = merged(desk, with_section(desk.sheet, 12, (48, 36)), roll(11, 5))
    assert [(c.kind, c.winner) for c in done.conflicts] == [("cut", "plan")]
    assert is_whole(done.sheet)
    assert done.sheet.shots[11].frames == desk.sheet.shots[11].frames


def test_what_both_put_in_at_one_place_is_kept_and_listed(desk: Desk) -> None:
    edge = desk.sheet.shots[12].first_frame

    def insert(editing: Editing) -> None:
        editing.shift_after(edge, 20)
        editing.pieces.append(Piece(-1, 950, 10, edge, 20))

    done = merged(desk, with_section(desk.sheet, 12, (48, 36)), insert)
    assert [(c.kind, c.winner, c.frame) for c in done.conflicts] == [("added", "both", edge)]
    assert "take_950" in done.conflicts[0].edit
    assert "S041" in done.conflicts[0].plan
    ids = [shot.shot_id for shot in done.sheet.shots[11:16]]
    assert ids == ["S012", "S041", "S042", "S043", "S013"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_new_lipsync_settings_meet_a_slip(desk: Desk, dialect: str) -> None:
    k = desk.first("lipsync")
    done = merged(desk, with_lips(desk.sheet, k, blur=3), change(k, source=4), dialect)
    shot = done.sheet.shots[k]
    assert shot.metadata["lipsync"] == {"provider": "musetalk", "params": {"blur": 3}}
    assert shot.source_in == desk.sheet.shots[k].source_in + 4
    report = next(r for r in done.comparison.shots if r.shot_id == shot.shot_id)
    assert report.changes == ["slipped"]
    assert report.stale
    assert not done.conflicts


def test_new_lipsync_settings_of_a_shot_that_was_replaced_are_a_conflict(desk: Desk) -> None:
    k = desk.first("lipsync")

    def cast(editing: Editing) -> None:
        editing.pieces[k] = replace(editing.pieces[k], media=900)

    done = merged(desk, with_lips(desk.sheet, k, blur=3), cast)
    assert [(c.kind, c.winner) for c in done.conflicts] == [("lipsync", "edit")]
    assert done.sheet.shots[k].metadata["role"] == "broll"


def test_a_face_that_was_generated_meanwhile_is_no_new_take(desk: Desk) -> None:
    k = desk.first("lipsync")
    shots = list(desk.sheet.shots)
    shots[k] = replace(shots[k], face=shots[k].media)
    desk.sheet = replace(desk.sheet, shots=tuple(shots))
    write_sheet_files(desk.sheet, desk.plan)
    made = replace(shots[k].media, url="file:///cut.media/S.mov", frames=shots[k].frames + 10)
    shots[k] = replace(shots[k], media=made, source_in=Fraction(5))
    now = replace(desk.sheet, shots=tuple(shots))
    done = merged(desk, now, change(k, source=2))
    assert done.sheet.shots[k].media == made
    assert done.sheet.shots[k].source_in == 7
    assert done.sheet.shots[k].face == desk.sheet.shots[k].face
    assert not done.conflicts
    assert next(r for r in done.comparison.shots if r.stale).shot_id == shots[k].shot_id


def test_what_one_side_deleted_and_the_other_changed_is_kept_and_listed(desk: Desk) -> None:
    def lift(editing: Editing) -> None:
        del editing.pieces[8]

    done = merged(desk, recast(desk.sheet, 8, 500), lift)
    assert [(c.kind, c.shots, c.winner) for c in done.conflicts] == [
        ("deleted", ("S009",), "plan"),
    ]  # fmt: skip
    assert done.sheet.shots[8].media.url.endswith("take_500.mov")
    assert is_whole(done.sheet)

    shots = list(desk.sheet.shots)
    length = shots[7].frames + shots[8].frames
    shots[7:9] = [replace(shots[7], frames=length)]
    done = merged(desk, renewed(desk.sheet, shots), change(8, source=4))
    assert [(c.kind, c.shots, c.winner) for c in done.conflicts] == [
        ("deleted", ("S009",), "edit"),
    ]  # fmt: skip
    assert lies(done.sheet)[7:9] == [
        lies(desk.sheet)[7],
        (*lies(desk.sheet)[8][:4], desk.sheet.shots[8].source_in + 4),
    ]
    assert is_whole(done.sheet)


def test_a_plan_that_was_made_anew_may_number_its_shots_anew(desk: Desk) -> None:
    longer = with_section(desk.sheet, 12, (48, 36))
    shots = [
        replace(
            shot, shot_id=f"S{n:03d}", name=shot.name.replace(shot.shot_id, f"S{n:03d}"),
            metadata={**shot.metadata, "shot_id": f"S{n:03d}"},
        )
        for n, shot in enumerate(longer.shots, 1)
    ]  # fmt: skip
    now = renewed(longer, shots, next_shot=len(shots) + 1)
    done = merged(desk, now, roll(25, 5))
    ids = [shot.shot_id for shot in done.sheet.shots]
    assert ids == [f"S{n:03d}" for n in range(1, 43)]
    assert [shot.name for shot in done.sheet.shots] == [shot.name for shot in now.shots]
    assert {r.shot_id for r in done.comparison.shots if r.changes != ["kept"]} == {"S028", "S029"}
    was = {row["shot_id"]: row.get("was") for row in done.to_json()["plan_changes"]["shots"]}
    assert was["S028"] == "S026"
    assert not done.conflicts


def test_a_shot_that_only_the_edit_still_has_gets_an_id_of_its_own(desk: Desk) -> None:
    shots = list(desk.sheet.shots)
    length = shots[7].frames + shots[8].frames
    shots[7:9] = [replace(shots[7], frames=length)]
    shots = [
        replace(shot, shot_id=f"S{n:03d}", metadata={**shot.metadata, "shot_id": f"S{n:03d}"})
        for n, shot in enumerate(shots, 1)
    ]
    done = merged(desk, renewed(desk.sheet, shots, next_shot=40), change(8, source=4))
    kept = done.sheet.shots[8]
    assert (kept.shot_id, kept.metadata["parent"]) == ("S041", f"S009@{PLAN_ID[:4]}")
    assert kept.media.url == desk.sheet.shots[8].media.url
    ids = [shot.shot_id for shot in done.sheet.shots]
    assert len(set(ids)) == 40


def test_pieces_and_additions_of_the_edit_never_take_a_number_of_the_plan(desk: Desk) -> None:
    def split(editing: Editing) -> None:
        p = editing.pieces[25]
        editing.pieces[25] = replace(p, frames=8)
        rest = replace(p, first=p.first + 8, source=p.source + 8, frames=p.frames - 8)
        editing.pieces.append(rest)

    done = merged(desk, with_section(desk.sheet, 12, (48, 36)), split)
    piece = next(s for s in done.sheet.shots if s.metadata.get("parent"))
    assert (piece.shot_id, piece.metadata["parent"]) == ("S043", "S026")
    assert done.sheet.metadata["next_shot"] == 44


def test_grid_markers_and_settings_are_those_of_now(desk: Desk) -> None:
    marks = (*desk.sheet.marks[:4], Mark("drop", 200, 0, "YELLOW", "", {"kind": "drop"}))
    now = renewed(desk.sheet, desk.sheet.shots)
    now.metadata["settings"] = {**now.metadata["settings"], "pacing": "rock"}
    done = merged(desk, replace(now, marks=marks), roll(8, 5))
    assert done.sheet.marks == marks
    assert done.sheet.metadata["settings"]["pacing"] == "rock"
    told = done.to_json()["plan_changes"]["timeline"]
    assert {"property": "settings.pacing", "base": None, "plan": "rock"} in told


# ------------------------------------------------------------------------------------- which plan


def test_an_edit_of_an_older_version_names_the_option(desk: Desk) -> None:
    now = renewed(desk.sheet, desk.sheet.shots)
    write_sheet_files(now, desk.folder / "now.otio")
    made = timeline_in_dialect(desk.sheet, opened(desk.sheet), "finalcut")
    otio.adapters.write_to_file(made, str(desk.folder / "edited.otio"))
    done = resync(desk.folder / "edited.otio", desk.folder / "now.otio")
    assert any("ids of plan 3fa9, not of now.otio (77aa)" in note for note in done.notes)
    assert any("--base" in note for note in done.losses)


def test_a_base_that_the_edit_was_not_made_from_is_refused(desk: Desk) -> None:
    now = renewed(desk.sheet, desk.sheet.shots)
    old = desk.folder / "old.otio"
    write_sheet_files(desk.sheet, old)
    desk.sheet = now
    with pytest.raises(TimelineError, match="leave --base out"):
        merged(desk, now, dialect="native", base=old)


def test_a_base_of_another_rate_or_of_something_else_is_refused(desk: Desk) -> None:
    other = a_plan(random.Random(2), 20)
    shots = [recast(other, k, 500 + k).shots[k] for k in range(20)]
    strange = renewed(other, shots, song={"sha256": "00" * 32, "sample_rate": 48000})
    with pytest.raises(TimelineError, match="neither the song nor a shot in common"):
        merged(desk, strange)
    timeline = timeline_of(desk.sheet)
    timeline.metadata["idolsync"]["settings"]["rate"] = "25"
    path = desk.folder / "slow.otio"
    otio.adapters.write_to_file(timeline, str(path))
    with pytest.raises(TimelineError, match="its rate only"):
        merged(desk, desk.sheet, base=path)


def test_a_song_cut_by_the_editor_and_made_longer_by_the_plan_is_refused(desk: Desk) -> None:
    def radio_edit(timeline: otio.schema.Timeline) -> None:
        sound = timeline.audio_tracks()[0]
        whole = sound[0]
        rest = whole.deepcopy()
        half = RT(500, RATE)
        whole.source_range = TR(RT(0, RATE), half)
        rest.source_range = TR(RT(700, RATE), half)
        sound.append(rest)

    with pytest.raises(TimelineError, match="longer or shorter since its export"):
        merged(desk, with_section(desk.sheet, 12, (48,)), timeline=radio_edit)
