"""Cuts near a beat are moved onto it: together, within handles, and every cut is answered for."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync import snap
from otio_idolsync.cli import main
from otio_idolsync.cut.blocks import plain
from otio_idolsync.cut.model import Mark
from otio_idolsync.cut.otio_form import bare_sheet_of, marker_of
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.resync.snap.moves import Row
from otio_idolsync.resync.snap.timeline import snap_timeline
from otio_idolsync.schemas import load_schema
from otio_idolsync.timebase import Clock

from .conftest import Desk
from .hand import RT, TR, Laid, clip, cut_at, gap, places, saved, sound, timeline, track

WHOLE = 288


def ours(made: otio.schema.Timeline, lead: int = 0) -> otio.schema.Timeline:
    """A cut of ours with a beat every 12 frames, bars of four, and ids on its clips."""
    count = WHOLE // 12 + 8
    made.metadata["idolsync"] = {
        "schema": "idolsync.timeline/1",
        "plan_id": "3fa9c0ffee11",
        "song": {"sha256": "cd" * 32, "sample_rate": 48000, "samples": WHOLE * 2000},
        "grid": {
            "beats": [k / 2 for k in range(count)],
            "beat_numbers": [k % 4 + 1 for k in range(count)],
            "bars": [k // 4 + 1 for k in range(count)],
        },
        "settings": {"rate": "24", "drop_frame": False, "size": [640, 360], "lead": lead},
        "next_shot": 90,
    }
    clips = [c for one in made.video_tracks() for c in one.find_clips()]
    for number, one in enumerate(clips, 1):
        own = plain(one.metadata.get("idolsync")) or {}
        one.metadata["idolsync"] = {
            "schema": "idolsync.clip/1",
            "shot_id": f"S{number:03d}",
            "role": "broll",
            "reason": {"anchor": "beat", "text": "planned", "beats": 4, "alternatives": [1]},
        } | own
    return made


def snapped(
    made: otio.schema.Timeline, to: str = "beats", within: int = 3
) -> tuple[otio.schema.Timeline, list[Row]]:
    copied = made.deepcopy()
    return copied, snap_timeline(copied, bare_sheet_of(copied, silent=True), to, within)


def told(rows: Sequence[Row]) -> list[tuple[str, int, int | None, str]]:
    return [(row.track, row.frame, row.to, row.action) for row in rows]


def why(rows: Sequence[Row], frame: int, name: str = "V1") -> str:
    return next(row.why for row in rows if (row.track, row.frame) == (name, frame))


def test_every_cut_is_answered_for_and_only_near_ones_move() -> None:
    made = ours(timeline(track(cut_at(0, 48, 98, 149, 190, WHOLE))))
    after, rows = snapped(made)
    assert told(rows) == [
        ("V1", 48, 48, "already_there"),
        ("V1", 98, 96, "moved"),
        ("V1", 149, 144, "too_far"),
        ("V1", 190, 192, "moved"),
    ]
    assert [row.why for row in rows] == [
        "on the downbeat of bar 2",
        "2 frames after bar 3; 2 frames earlier",
        "5 frames after bar 4",
        "2 frames before bar 5; 2 frames later",
    ]
    assert places(after) == [
        [("a", 0, 48), ("b", 48, 96), ("c", 96, 149), ("d", 149, 192), ("e", 192, WHOLE)]
    ]
    starts = [c.source_range.start_time.value for c in after.video_tracks()[0]]
    assert starts == [100, 100, 98, 100, 102]


def test_downbeats_alone_are_targets_where_that_is_asked() -> None:
    made = ours(timeline(track(cut_at(0, 61, 94, WHOLE))))
    assert [row[3] for row in told(snapped(made)[1])] == ["moved", "moved"]
    assert told(snapped(made, "downbeats")[1]) == [
        ("V1", 61, 48, "too_far"), ("V1", 94, 96, "moved"),
    ]  # fmt: skip


def test_cuts_of_several_tracks_at_one_frame_move_together() -> None:
    tracks = [track([Laid(0, 98), Laid(194, WHOLE)], until=WHOLE), track([Laid(98, 194)], "V2")]
    after, rows = snapped(ours(timeline(*tracks)))
    assert told(rows) == [
        ("V1", 98, 96, "moved"), ("V2", 98, 96, "moved"),
        ("V1", 194, 192, "moved"), ("V2", 194, 192, "moved"),
    ]  # fmt: skip
    assert places(after) == [[("take", 0, 96), ("take", 192, WHOLE)], [("take", 96, 192)]]


def test_where_one_track_is_stuck_no_other_moves() -> None:
    tracks = [track([Laid(0, 98)], until=WHOLE), track([Laid(98, WHOLE, start=1)], "V2")]
    made = ours(timeline(*tracks))
    after, rows = snapped(made)
    assert places(after) == places(made)
    assert [row.action for row in rows] == ["blocked", "blocked"]
    assert why(rows, 98, "V2") == "S002 has 1 frame to spare before it, and 2 are needed"
    assert why(rows, 98) == (
        "moves with the cut on V2, where S002 has 1 frame to spare before it, and 2 are needed"
    )


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (Laid(0, 94, 0, media=95), Laid(94, WHOLE), "S001 has 1 frame to spare after it, and 2"),
        (Laid(0, 94, media=None), Laid(94, WHOLE), "nothing says how long the media of S001 is"),
        (Laid(0, 98), Laid(98, WHOLE, 0), "S002 has 0 frames to spare before it, and 2 are"),
    ],
)
def test_a_roll_stays_within_the_media(left: Laid, right: Laid, said: str) -> None:
    _after, rows = snapped(ours(timeline(track([left, right]))))
    assert rows[0].action == "blocked"
    assert rows[0].why.startswith(said)


def test_a_roll_stays_within_the_handles_that_a_shot_was_generated_or_planned_with() -> None:
    made = timeline(track(cut_at(0, 98, WHOLE)))
    made.video_tracks()[0][1].metadata["idolsync"] = {"handles": {"head": 1, "tail": 9}}
    _after, rows = snapped(ours(made))
    assert rows[0].why == "S002 has 1 frame to spare before it, and 2 are needed"


@pytest.mark.parametrize("reference", ["still", "slate"])
def test_what_shows_one_picture_can_be_made_longer(reference: str) -> None:
    made = timeline(track(cut_at(0, 94, WHOLE)))
    kinds = {
        "still": otio.schema.ExternalReference("file:///pictures/card.PNG"),
        "slate": otio.schema.GeneratorReference("slate", "slate"),
    }
    made.video_tracks()[0][0].media_reference = kinds[reference]
    assert snapped(ours(made))[1][0].action == "moved"


def test_no_cut_is_moved_through_a_transition_or_beside_a_retimed_clip() -> None:
    picture = track(cut_at(0, 50, 98, 146, WHOLE))
    picture[2].effects.append(otio.schema.LinearTimeWarp("slow", time_scalar=0.5))
    picture.insert(1, otio.schema.Transition("Cross", "SMPTE_Dissolve", RT(6, 24), RT(6, 24)))
    made = ours(timeline(picture))
    after, rows = snapped(made)
    assert [row.action for row in rows] == ["blocked"] * 3
    assert why(rows, 50) == "the transition Cross lies over it"
    assert why(rows, 98) == why(rows, 146) == "S003 is retimed"
    assert places(after) == places(made)


def test_a_clip_keeps_what_lies_under_a_transition() -> None:
    picture = track(cut_at(0, 95, 100, WHOLE))
    picture.insert(2, otio.schema.Transition("Cross", "SMPTE_Dissolve", RT(5, 24), RT(6, 24)))
    _after, rows = snapped(ours(timeline(picture)))
    assert why(rows, 95) == (
        "it would overlap S002, which lasts 5 frames, some of them under a transition"
    )


def test_a_neighbour_that_is_too_short_is_named() -> None:
    made = ours(timeline(track(cut_at(0, 98, 100, WHOLE))))
    after, rows = snapped(made, within=4)
    assert told(rows) == [("V1", 98, 96, "moved"), ("V1", 100, 96, "blocked")]
    assert why(rows, 100) == "it would overlap S002, which lasts 4 frames"
    assert places(after)[0][1] == ("b", 96, 100)


def test_of_two_cuts_that_want_one_beat_the_nearer_gets_it() -> None:
    after, rows = snapped(ours(timeline(track(cut_at(0, 93, 95, WHOLE)))))
    assert told(rows) == [("V1", 93, 96, "blocked"), ("V1", 95, 96, "moved")]
    assert why(rows, 93) == "it would overlap S002, which lasts 3 frames"
    assert places(after)[0][1] == ("b", 93, 96)


def test_cuts_beside_gaps_move_and_a_gap_may_close() -> None:
    picture = track([Laid(0, 46), Laid(97, 142, name="b"), Laid(146, WHOLE, name="c")])
    after, rows = snapped(ours(timeline(picture)))
    assert told(rows) == [
        ("V1", 46, 48, "moved"), ("V1", 97, 96, "moved"), ("V1", 142, 144, "moved"),
        ("V1", 146, 144, "moved"),
    ]  # fmt: skip
    assert places(after) == [[("take", 0, 48), ("b", 96, 144), ("c", 144, WHOLE)]]
    assert [type(one).__name__ for one in after.video_tracks()[0]] == [
        "Clip",
        "Gap",
        "Clip",
        "Clip",
    ]


def test_a_clip_is_not_moved_over_another_behind_a_gap() -> None:
    picture = track([Laid(0, 97), Laid(99, WHOLE, name="b")])
    picture[0].metadata["idolsync"] = {"reason": {"anchor": "beat", "text": ""}}
    made = ours(timeline(picture))
    made.tracks.markers.append(
        marker_of(Clock.at(24), Mark("pin", 97, 0, "RED", "", {"kind": "pin"}))
    )
    _after, rows = snapped(made)
    assert why(rows, 97) == "it is pinned"
    assert why(rows, 99) == "it would overlap S001"


def test_no_hole_arises_where_another_track_only_covers_a_part() -> None:
    tracks = [track([Laid(0, 98)], until=WHOLE), track([Laid(97, WHOLE)], "V2")]
    made = ours(timeline(*tracks))
    made.video_tracks()[1][1].metadata["idolsync"]["reason"]["anchor"] = "pin"
    after, rows = snapped(made)
    assert why(rows, 97, "V2") == "S002 is pinned there"
    assert why(rows, 98) == "it would leave a hole in the picture"
    assert places(after) == places(made)


def test_no_clip_is_made_to_overlap_one_of_another_track() -> None:
    tracks = [track([Laid(0, 94)], until=WHOLE), track([Laid(95, WHOLE, 0)], "V2")]
    after, rows = snapped(ours(timeline(*tracks)), within=2)
    assert why(rows, 94) == "it would overlap S002 on V2"
    assert places(after)[0] == [("take", 0, 94)]


def test_a_clip_over_a_longer_one_may_move_its_ends() -> None:
    tracks = [track([Laid(0, WHOLE, 0)]), track([Laid(50, 98)], "V2", until=WHOLE)]
    after, rows = snapped(ours(timeline(*tracks)))
    assert told(rows) == [("V2", 50, 48, "moved"), ("V2", 98, 96, "moved")]
    assert places(after)[1] == [("take", 48, 96)]


def test_pins_stay_however_they_are_set() -> None:
    for kind in ("reason", "instruction", "marker on the clip", "marker"):
        made = timeline(track(cut_at(0, 98, WHOLE)))
        picture = made.video_tracks()[0]
        if kind == "reason":
            picture[1].metadata["idolsync"] = {"reason": {"anchor": "pin", "text": ""}}
        elif kind == "instruction":
            picture[0].metadata["idolsync"] = {"instructions": ["pin"]}
        else:
            mark = otio.schema.Marker("pin", TR(RT(110, 24), RT(0, 24)))
            (made.tracks if kind == "marker" else picture[1]).markers.append(mark)
        _after, rows = snapped(ours(made))
        assert (rows[0].action, "pinned" in rows[0].why) == ("blocked", True), kind


def test_a_pinned_cut_that_is_on_its_beat_is_there() -> None:
    made = timeline(track(cut_at(0, 96, WHOLE)))
    made.video_tracks()[0][1].metadata["idolsync"] = {"reason": {"anchor": "pin", "text": ""}}
    assert snapped(ours(made))[1][0].action == "already_there"


def test_what_is_said_of_moved_shots_is_brought_up_to_date() -> None:
    made = timeline(track(cut_at(0, 48, 98, 192, WHOLE)))
    for one in made.video_tracks()[0]:
        one.metadata["idolsync"] = {"handles": {"head": 20, "tail": 30}}
    after, _rows = snapped(ours(made))
    first, left, right, last = (plain(c.metadata["idolsync"]) for c in after.video_tracks()[0])
    assert first["reason"]["text"] == last["reason"]["text"] == "planned"
    assert left["handles"] == {"head": 20, "tail": 32}
    assert right["handles"] == {"head": 18, "tail": 30}
    assert left["song_range"] == {"start_sample": 96000, "samples": 96000}
    assert right["song_range"] == {"start_sample": 192000, "samples": 192000}
    assert left["reason"] == {"anchor": "beat", "text": "planned", "beats": 4, "alternatives": [1]}
    assert right["reason"] == {
        "anchor": "downbeat",
        "text": "on the downbeat of bar 3, moved 2 frames earlier by a snap",
        "at": 4.0,
        "beats": 8,
        "alternatives": [],
    }
    assert left["edited"] == right["edited"] == ["trimmed"]
    assert "edited" not in first


def test_the_grid_is_met_where_the_song_was_moved_to() -> None:
    made = ours(timeline(track(cut_at(0, 53, WHOLE))))
    block = plain(made.metadata["idolsync"])
    block["song"]["pieces"] = [{"record": 6, "frames": 280, "song": 0}]
    block["song"]["relocked"] = True
    block["grid"]["beats"] = [0.25 + k / 2 for k in range(20)]
    block["grid"]["beat_numbers"], block["grid"]["bars"] = (
        block["grid"][name][:20] for name in ("beat_numbers", "bars")
    )
    made.metadata["idolsync"] = block
    after, rows = snapped(made)
    assert told(rows) == [("V1", 53, 54, "moved")]
    assert plain(after.video_tracks()[0][1].metadata["idolsync"])["song_range"] == {
        "start_sample": 96000, "samples": 232 * 2000,
    }  # fmt: skip


def test_a_plan_with_a_lead_is_snapped_to_where_its_cuts_belong() -> None:
    made = ours(timeline(track(cut_at(0, 97, WHOLE))), lead=1)
    assert told(snapped(made)[1]) == [("V1", 97, 95, "moved")]


def test_cuts_inside_a_compound_clip_move_inside_it() -> None:
    stack = otio.schema.Stack("verse", source_range=TR(RT(24, 24), RT(96, 24)))
    inner = [Laid(0, 74, 50, "a"), Laid(74, 130, 100, "b")]
    stack.append(track(inner, "inner"))
    outer = track(cut_at(0, 48))
    outer.extend([stack, clip(Laid(144, WHOLE))])
    after, rows = snapped(ours(timeline(outer)))
    assert told(rows) == [
        ("V1", 48, 48, "already_there"), ("V1", 98, 96, "moved"),
        ("V1", 144, 144, "already_there"),
    ]  # fmt: skip
    assert [row.compound for row in rows] == ["", "verse", ""]
    held = after.video_tracks()[0][1]
    assert held.source_range == stack.source_range
    assert [c.duration().value for c in held[0]] == [72, 58]
    assert rows[1].to_json()["compound"] == "verse"


A_CUT_INSIDE = "a cut in compound clip 'verse' lies on the way"


@pytest.mark.parametrize(
    ("inner", "start", "said"),
    [
        ([Laid(0, 200, 50)], 46, ""),
        ([Laid(0, 26, 50, "a"), Laid(26, 200, 50, "b")], 46, A_CUT_INSIDE),
        ([Laid(0, 75, 50, "a"), Laid(75, 200, 50, "b")], 44, A_CUT_INSIDE),
        ([Laid(0, 75, 50)], 44, "'verse' has 1 frame to spare after it, and 2 are needed"),
    ],
)
def test_a_compound_clip_is_rolled_within_what_it_holds(
    inner: list[Laid], start: int, said: str
) -> None:
    stack = otio.schema.Stack("verse", source_range=TR(RT(24, 24), RT(50, 24)))
    stack.append(track(inner, "inner"))
    outer = track(cut_at(0, start))
    outer.extend([stack, clip(Laid(start + 50, WHOLE))])
    after, rows = snapped(ours(timeline(outer)))
    whole = [row for row in rows if not row.compound]
    blocked = [row.why for row in whole if row.action == "blocked"]
    assert blocked == ([said] if said else [])
    if not said:
        assert [row.action for row in whole] == ["moved", "already_there"]
        assert after.video_tracks()[0][1].source_range == TR(RT(26, 24), RT(48, 24))


def test_media_and_items_at_other_rates_move_by_the_same_time() -> None:
    picture = track(cut_at(0, 48))
    picture.extend([clip(Laid(0, 50, 100), 25.0), clip(Laid(96, WHOLE))])
    made = timeline(picture)
    made.global_start_time = RT(86400, 24)
    picture[0].source_range = TR(RT(100, 24), RT(46, 24))
    after, rows = snapped(ours(made))
    assert told(rows) == [("V1", 46, 48, "moved"), ("V1", 94, 96, "moved")]
    middle = after.video_tracks()[0][1].source_range
    assert (middle.start_time.rate, middle.duration.rate) == (25, 25)
    assert middle.start_time.value == pytest.approx(100 + 2 * 25 / 24)
    assert middle.duration.value == pytest.approx(50)


def test_gaps_that_are_an_editors_rounding_are_no_cuts() -> None:
    picture = track(cut_at(0, 98))
    picture.append(otio.schema.Gap(duration=RT(1e-8, 24)))
    picture.append(clip(Laid(98, WHOLE)))
    after, rows = snapped(ours(timeline(picture)))
    assert told(rows) == [("V1", 98, 96, "moved")]
    assert [round(one.duration().value) for one in after.video_tracks()[0]] == [96, 0, 192]


def test_a_track_with_a_range_of_its_own_is_snapped_where_it_is_seen() -> None:
    picture = track(cut_at(0, 30, 122, 400))
    picture.source_range = TR(RT(24, 24), RT(240, 24))
    after, rows = snapped(ours(timeline(picture)))
    assert told(rows) == [("V1", 6, 0, "too_far"), ("V1", 98, 96, "moved")]
    assert [c.duration().value for c in after.video_tracks()[0]] == [30, 90, 280]


layouts = st.lists(
    st.lists(st.tuples(st.integers(3, 40), st.booleans()), min_size=1, max_size=8),
    min_size=1,
    max_size=4,
)


def laid(layout: Sequence[Sequence[tuple[int, bool]]]) -> otio.schema.Timeline:
    tracks = []
    for number, row in enumerate(layout):
        made = otio.schema.Track(f"V{number + 1}", kind="Video")
        for k, (frames, shown) in enumerate(row):
            made.append(clip(Laid(0, frames, 20, f"m{number}_{k}", 70)) if shown else gap(frames))
        tracks.append(made)
    tracks[0].append(clip(Laid(0, 20, 20, "last", 70)))
    return ours(timeline(*tracks))


def frames_of(rows: list[list[tuple[str, int, int]]]) -> list[dict[int, str]]:
    """What each track shows at each frame."""
    return [{at: name for name, a, b in row for at in range(a, b)} for row in rows]


def pairs(tracks: list[dict[int, str]]) -> set[tuple[int, str, str]]:
    """The frames at which two tracks show something, and what."""
    return {(at, a[at], b[at]) for a, b in itertools.combinations(tracks, 2) for at in a.keys() & b}


@settings(max_examples=60)
@given(layouts, st.sampled_from([2, 5]))
def test_no_layout_gets_a_hole_or_an_overlap_or_loses_a_cut(layout: Any, within: int) -> None:
    made = laid(layout)
    before = places(made)
    after, rows = snapped(made, within=within)
    now = places(after)
    assert [[one[0] for one in row] for row in now] == [[one[0] for one in row] for row in before]
    was, is_now = frames_of(before), frames_of(now)
    frames = {at for one in was for at in one}
    assert frames <= {at for one in is_now for at in one}
    beside, met = pairs(was), {one[1:] for one in pairs(was)}
    doubled = {at for at, *_ in beside}
    assert [one for one in pairs(is_now) if one[1:] not in met and one[0] not in doubled] == []
    assert all(end - first >= 1 for row in now for _, first, end in row)
    end = max(frames) + 1
    edges = {
        (f"V{n + 1}", frame)
        for n, row in enumerate(before)
        for _, *ends in row
        for frame in ends
        if 0 < frame < end
    }
    assert {(row.track, row.frame) for row in rows} == edges
    for one in after.find_clips():
        assert one.source_range.start_time.value >= 0
        assert one.source_range.end_time_exclusive().value <= 70


def test_a_cut_without_a_grid_says_what_makes_one(tmp_path: Path) -> None:
    path = saved(timeline(track(cut_at(0, 98, WHOLE))), tmp_path / "hand.otio")
    with pytest.raises(TimelineError, match=r"'my cut' has no beat grid to snap to; idolsync"):
        snap(path, "beats")
    with pytest.raises(UsageError, match="--within -1f must not be negative"):
        snap(path, "beats", within="-1f")
    with pytest.raises(UsageError, match="snap 'bars' is none of beats, downbeats"):
        snap(saved(ours(read_timeline(path)), path), "bars")  # type: ignore[arg-type]


def test_a_timeline_in_memory_is_left_alone() -> None:
    made = ours(timeline(track(cut_at(0, 98, WHOLE)), sound("song.wav", WHOLE)))
    before = places(made)
    done = snap(made, "beats")
    assert places(made) == before
    assert [shot.first_frame for shot in done.sheet.shots] == [0, 96]


def test_a_resync_snaps_every_track_by_the_same_rules(desk: Desk) -> None:
    def spread(made: otio.schema.Timeline) -> None:
        picture = made.video_tracks()[0]
        clips, upper = list(picture), otio.schema.Track("V2", kind="Video")
        lower = otio.schema.Track("V1", kind="Video")
        for number, one in enumerate(clips):
            shown, empty = (lower, upper) if number % 2 else (upper, lower)
            empty.append(otio.schema.Gap(duration=one.duration()))
            shown.append(one.deepcopy())
        made.tracks[list(made.tracks).index(picture)] = lower
        made.tracks.insert(1, upper)

    alone = desk.back(snap="beats", within="2f")
    done = desk.back(timeline=spread, snap="beats", within="2f")
    assert done.snapped == alone.snapped != ()
    assert [(s.first_frame, s.frames) for s in done.sheet.shots] == [
        (s.first_frame, s.frames) for s in alone.sheet.shots
    ]
    ends = [s.first_frame + s.frames for s in done.sheet.shots]
    assert ends[:-1] == [s.first_frame for s in done.sheet.shots[1:]]


def run(*argv: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in argv])
    return int(stop.value.code or 0)


def test_the_command_writes_the_next_cut_and_ends_with_3_where_one_is_blocked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    free = ours(timeline(track(cut_at(0, 98, WHOLE)), sound("song.wav", WHOLE)))
    stuck = ours(timeline(track([Laid(0, 98), Laid(98, WHOLE, 0)]), sound("song.wav", WHOLE)))
    cut, out = saved(free, tmp_path / "cut.otio"), tmp_path / "next.otio"
    asked = ("snap", cut, "--to", "beats")
    assert run(*asked, "-o", out, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "V1  01:00:04:02  S002  moved  2 frames after bar 3; 2 frames earlier" in said
    assert "1 cut: 1 moved, 0 already there, 0 too far, 0 blocked" in said
    assert list(tmp_path.glob("next*")) == []
    assert run(*asked, "-o", out, "--json") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), load_schema("snap"))
    assert places(read_timeline(out))[0][1] == ("b", 96, WHOLE)
    jsonschema.validate(json.loads(out.with_suffix(".idolsync").read_text()), load_schema("sync"))
    assert run("snap", saved(stuck, cut), "--to", "beats", "-o", out) == 3
    assert run("snap", cut, "--to", "beats", "--within", "1f", "-o", out) == 0
    assert run("snap", cut, "--to", "beats") == 2
    assert run("snap", cut, "--to", "beats", "-o", cut) == 1
