"""Shots are recognised and their changes named, whatever the editor's file has lost."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.model import MediaRef
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.resync.run import resync

from .conftest import Desk
from .scoring import compared, edited, score
from .simulator import DIALECTS, RATE, WITH_IDS, Hand, a_plan, opened

MOVEMENTS = {
    "ripple_delete": "ripple", "ripple_tail": "ripple", "ripple_head": "ripple",
    "insert": "ripple", "jump": "ripple", "roll": "roll", "slide": "slide", "swap": "reorder",
    "move_to_end": "reorder",
}  # fmt: skip
SEEDS = range(40)
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_unedited_trip_keeps_every_shot(dialect: str) -> None:
    sheet = a_plan(random.Random(1), 60)
    found = compared(sheet, opened(sheet), dialect)
    assert {tuple(r.changes) for r in found.shots} == {("kept",)}
    assert not found.edits
    assert not found.conflicts


@pytest.mark.parametrize("kind", Hand.ALL)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_single_edit_is_named_and_nothing_else_is(dialect: str, kind: str) -> None:
    for seed in range(3):
        sheet, editing = edited(seed, 40, 1, (kind,))
        assert editing.done, "the simulator found nothing to edit"
        found = compared(sheet, editing, dialect)
        counts = score(sheet, editing, found, dialect)
        assert counts["right"] == 40, counts
        assert [e.kind for e in found.edits] == ([MOVEMENTS[kind]] if kind in MOVEMENTS else [])
        assert not found.conflicts


@pytest.mark.parametrize(
    ("kind", "name"),
    [("effect", "Gaussian Blur"), ("opacity", "Opacity"), ("dissolve", "dissolve")],
)
def test_what_was_put_on_a_shot_is_named_and_changes_nothing_else(kind: str, name: str) -> None:
    sheet, editing = edited(11, 40, 3, (kind,))
    found = compared(sheet, editing, "premiere")
    assert {r.change for r in found.shots} == {"kept"}
    touched = {f"S{who[0] + 1:03d}" for _kind, who in editing.done}
    assert {r.shot_id: r.added for r in found.shots if r.added} == dict.fromkeys(touched, (name,))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    shots=st.integers(40, 400),
    edits=st.integers(1, 60),
    dialect=st.sampled_from(WITH_IDS),
)
def test_any_script_of_edits_is_read_right_where_an_id_survives(
    seed: int, shots: int, edits: int, dialect: str
) -> None:
    sheet, editing = edited(seed, shots, edits)
    counts = score(sheet, editing, compared(sheet, editing, dialect), dialect)
    assert counts["identity"] + counts["allowed"] == shots, counts
    assert counts["right"] + counts["allowed"] >= 0.98 * shots, counts


@pytest.mark.parametrize(
    ("dialect", "seed", "shots", "edits", "rough"),
    [
        ("native", 1419, 119, 30, False),  # lifted, and another clip put in behind the gap
        ("native", 500024, 62, 51, True),  # joined, then parted elsewhere
        ("native", 720006, 112, 33, True),  # a run of contents that the ids belie
        ("native", 720025, 45, 43, True),  # split, one half replaced
        ("resolve", 500000, 204, 59, False),  # joined, and a copy of part of it elsewhere
        ("resolve", 500010, 79, 48, True),  # split, beside a deleted use of the file
        ("resolve", 610029, 138, 58, True),  # split, and its second half where another was
        ("resolve", 610047, 75, 49, True),  # moved across another use of the file
    ],
)
def test_scripts_that_were_once_misread_hold_no_silent_error(
    dialect: str, seed: int, shots: int, edits: int, rough: bool
) -> None:
    sheet, editing = edited(seed, shots, edits, rough=rough)
    counts = score(sheet, editing, compared(sheet, editing, dialect), dialect)
    assert not counts["wrong identity"] + counts["wrong change"], counts


@pytest.mark.parametrize("start", [0, 216000])
def test_a_still_is_the_same_picture_wherever_an_editor_begins_it(desk: Desk, start: int) -> None:
    k = desk.first("broll")
    shot = desk.sheet.shots[k]
    day = MediaRef("external", "file:///takes/poster.jpg", Fraction(RATE), 0, 86400 * RATE)
    still = replace(shot, media=day, source_in=Fraction(43200 * RATE))
    sheet = replace(desk.sheet, shots=(*desk.sheet.shots[:k], still, *desk.sheet.shots[k + 1 :]))
    write_sheet_files(sheet, desk.plan)
    made = timeline_of(sheet)
    clip = made.video_tracks()[0][k]
    clip.metadata.clear()
    clip.name = "poster.jpg"
    clip.source_range = TR(RT(start, RATE), RT(shot.frames - 4, RATE))
    made.video_tracks()[0].insert(k + 1, otio.schema.Gap(duration=RT(4, RATE)))
    path = desk.folder / "edited.otio"
    otio.adapters.write_to_file(made, str(path))
    done = resync(path, desk.plan)
    assert [r.changes for r in done.comparison.shots if r.changes != ["kept"]] == [["trimmed"]]
    assert done.sheet.shots[k].source_in == still.source_in


@pytest.mark.parametrize("dialect", DIALECTS)
def test_jump_cuts_among_other_edits_are_splits_and_no_copies(dialect: str) -> None:
    total: Counter[str] = Counter()
    for seed in range(8):
        sheet, editing = edited(seed, 60, 20, Hand.ALL)
        total += score(sheet, editing, compared(sheet, editing, dialect), dialect)
    assert total["right"] + total["allowed"] == total["shots"], total
    assert total["allowed"] <= 0.01 * total["shots"], total


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_shot_with_two_jumps_is_one_shot_in_three_pieces(dialect: str) -> None:
    sheet = a_plan(random.Random(7), 40)
    editing = opened(sheet)
    k, shot = next((k, p) for k, p in enumerate(editing.pieces) if k > 3 and p.frames > 30)
    thirds = [
        replace(shot, first=shot.first + n * 8, source=shot.source + n * 11, frames=8)
        for n in range(3)
    ]
    editing.pieces[k : k + 1] = thirds
    editing.shift_after(shot.end, 24 - shot.frames)
    found = compared(sheet, editing, dialect)
    pieces = [r for r in found.shots if sheet.shots[k].shot_id in (r.shot_id, r.parent)]
    assert [r.change for r in pieces] == ["split"] * 3
    assert len(found.shots) == 42, "nothing is a copy"
    assert not found.conflicts


def test_a_reordered_shot_has_moved_by_some_frames() -> None:
    for seed in (184, 199):  # a ripple brought all others to where these came to lie by chance
        sheet, editing = edited(seed, 60, 40, rough=True)
        found = compared(sheet, editing, "resolve")
        assert all(edit.frames for edit in found.edits)


@pytest.mark.parametrize("dialect", ["premiere", "resolve"])
def test_several_edits_of_one_shot_are_read_as_what_came_of_them(dialect: str) -> None:
    total: Counter[str] = Counter()
    for seed in range(15):
        rng = random.Random(seed)
        sheet, editing = edited(seed, rng.randrange(40, 160), rng.randrange(1, 61), rough=True)
        total += score(sheet, editing, compared(sheet, editing, dialect), dialect)
    shots = total["shots"]
    assert total["identity"] + total["allowed"] >= 0.995 * shots, total
    assert total["wrong identity"] + total["wrong change"] <= 0.005 * shots, total


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d not in WITH_IDS])
def test_names_paths_and_ranges_alone_identify_nearly_every_shot(dialect: str) -> None:
    total: Counter[str] = Counter()
    for seed in SEEDS:
        rng = random.Random(seed)
        sheet, editing = edited(seed, rng.randrange(40, 160), rng.randrange(1, 61))
        total += score(sheet, editing, compared(sheet, editing, dialect), dialect)
    shots = total["shots"]
    assert total["identity"] + total["allowed"] >= 0.995 * shots, total
    assert total["wrong identity"] <= 0.0005 * shots, total
    assert total["right"] + total["allowed"] >= 0.98 * shots, total


def test_names_that_a_program_gives_to_every_use_of_a_file_mislead_nobody(desk: Desk) -> None:
    """Kdenlive calls each use of a file by the name of its first use."""

    def rename(timeline: otio.schema.Timeline) -> None:
        first: dict[str, str] = {}
        for clip in timeline.video_tracks()[0].find_clips():
            clip.metadata.clear()
            url = clip.media_reference.target_url
            clip.name = first.setdefault(url, clip.name)

    def trim(timeline: otio.schema.Timeline) -> None:
        rename(timeline)
        track = timeline.video_tracks()[0]
        track[9].source_range = otio.opentime.TimeRange(
            track[9].source_range.start_time,
            track[9].source_range.duration - otio.opentime.RationalTime(4, 24),
        )

    done = desk.back(timeline=rename)
    assert {tuple(r.changes) for r in done.comparison.shots} == {("kept",)}
    assert not done.needs_a_person
    done = desk.back(timeline=trim)
    changed = {r.shot_id: r.changes for r in done.comparison.shots if r.changes != ["kept"]}
    assert changed.pop("S010") == ["trimmed"]
    assert set(map(tuple, changed.values())) == {("moved",)}
    assert len(changed) == 30


def test_an_id_on_a_clip_that_is_another_shot_in_all_else_is_doubted(desk: Desk) -> None:
    def swap_names(timeline: otio.schema.Timeline) -> None:
        one, two = timeline.video_tracks()[0][4], timeline.video_tracks()[0][21]
        assert one.media_reference.target_url != two.media_reference.target_url
        one.name, two.name = two.name, one.name
        one.metadata.clear()
        two.metadata.clear()

    done = desk.back(timeline=swap_names)
    assert {tuple(r.changes) for r in done.comparison.shots} == {("kept",)}
    assert done.needs_a_person
    assert any("bears the id of S022, but is S005" in c.text for c in done.conflicts)
