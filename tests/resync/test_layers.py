"""Shots on many tracks: recognised wherever they lie, and measured by what is seen of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.resync.run import resync
from otio_idolsync.timebase import Clock

from .conftest import Desk
from .simulator import DIALECTS, RATE, WITH_IDS, a_plan

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
FORMS = DIALECTS[:-1]  # an EDL has one picture track
Lay = Callable[[otio.schema.Timeline], None]


def gap(frames: float) -> otio.schema.Gap:
    return otio.schema.Gap(duration=RT(frames, RATE))


def track_of(name: str, *items: otio.core.Item, kind: str = "Video") -> otio.schema.Track:
    track = otio.schema.Track(name, kind=kind)
    track.extend(list(items))
    return track


def laid(name: str, *rows: tuple[int, otio.core.Item]) -> otio.schema.Track:
    """A track with items at their frames."""
    track, at = track_of(name), 0
    for first, item in sorted(rows, key=lambda row: row[0]):
        if first > at:
            track.append(gap(first - at))
        track.append(item)
        at = first + round(item.duration().value)
    return track


def take(name: str, frames: int, start: int = 0) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(f"/new/{name}.mov", TR(RT(0, RATE), RT(2000, RATE)))
    return otio.schema.Clip(f"{name}.mov", media, TR(RT(start, RATE), RT(frames, RATE)))


def picture(timeline: otio.schema.Timeline) -> list[tuple[int, otio.schema.Clip]]:
    """The clips of V1 with their frames, taken out of the timeline; the track itself goes."""
    [track] = timeline.video_tracks()
    rows = [(round(c.trimmed_range_in_parent().start_time.value), c.deepcopy())
            for c in track.find_clips()]  # fmt: skip
    timeline.tracks.remove(track)
    return rows


def put(timeline: otio.schema.Timeline, *tracks: otio.schema.Track) -> None:
    for number, track in enumerate(tracks):
        timeline.tracks.insert(number, track)


def spread(tracks: int, seed: int | None = None) -> Lay:
    def lay(timeline: otio.schema.Timeline) -> None:
        rows, rng = picture(timeline), random.Random(seed)
        homes = [n % tracks if seed is None else rng.randrange(tracks) for n in range(len(rows))]
        put(timeline, *(
            laid(f"V{k + 1}", *(row for row, home in zip(rows, homes, strict=True) if home == k))
            for k in range(tracks)
        ))  # fmt: skip

    return lay


def nested(depth: int) -> Lay:
    """Shots 5 to 11 in a nest of nests, each with a leader that is cut off."""

    def lay(timeline: otio.schema.Timeline) -> None:
        rows = picture(timeline)
        inside: otio.core.Item = track_of("in", *(clip for _, clip in rows[5:12]))
        frames = round(inside.duration().value)
        for level in range(depth):
            stack = otio.schema.Stack(f"nest {level}")
            stack.append(track_of("in", take("leader", 10), inside))
            stack.source_range = TR(RT(10, RATE), RT(frames, RATE))
            inside = stack
        below = laid("V1", *rows[:5], *rows[12:])
        put(timeline, below, laid("V2", (rows[5][0], inside)))

    return lay


def beside(*others: tuple[str, Callable[[list[Any]], Sequence[tuple[int, otio.core.Item]]]],
           below: bool = False) -> Lay:  # fmt: skip
    """V1 as it was, and tracks of other things above it or below."""

    def lay(timeline: otio.schema.Timeline) -> None:
        rows = picture(timeline)
        more = [laid(name, *make(rows)) for name, make in others]
        own = laid("V1", *rows)
        put(timeline, *([*more, own] if below else [own, *more]))

    return lay


def fx(kind: str, **values: float) -> otio.schema.Effect:
    rows = [{"parameterid": key, "name": key, "value": str(v)} for key, v in values.items()]
    effect = otio.schema.Effect(kind, kind)
    effect.metadata["fcp_xml"] = {"effectid": kind, "parameter": rows}
    return effect


def over(rows: list[Any], low: int, high: int, *effects: otio.schema.Effect) -> otio.core.Item:
    first, last = rows[low][0], rows[high]
    clip = take("pickup", last[0] + round(last[1].duration().value) - first)
    clip.effects.extend(effects)
    return clip


def adjustment(rows: list[Any]) -> otio.schema.Clip:
    end = rows[-1][0] + rows[-1][1].duration().value
    return otio.schema.Clip("Adjustment Layer", otio.schema.MissingReference(),
                            TR(RT(0, RATE), RT(end, RATE)))  # fmt: skip


def title(frames: int) -> otio.schema.Clip:
    text = otio.schema.GeneratorReference("Lower third", "Text")
    return otio.schema.Clip("Lower third", text, TR(RT(0, RATE), RT(frames, RATE)))


def alternatives(rows: list[Any]) -> list[tuple[int, otio.core.Item]]:
    """A second take under some shots, one of them switched off."""
    found = []
    for n in (3, 8, 20):
        clip = take(f"alternative_{n}", round(rows[n][1].duration().value))
        clip.enabled = n != 8
        found.append((rows[n][0], clip))
    return found


def said(done: Any) -> dict[str, list[str]]:
    return {r.shot_id: r.changes for r in done.comparison.shots if r.changes != ["kept"]}


SAME = {
    "two tracks": spread(2),
    "fourteen tracks": spread(14, 3),
    "a nest of nests": nested(3),
    "a title over all": beside(("V2", lambda rows: [(40, title(400))])),
    "an adjustment layer over everything": beside(("FX", lambda rows: [(0, adjustment(rows))])),
    "a small picture": beside(
        ("V2", lambda rows: [(rows[4][0], over(rows, 4, 6, fx("basic", scale=40)))])
    ),
    "a picture at half opacity": beside(
        ("V2", lambda rows: [(rows[4][0], over(rows, 4, 30, fx("opacity", opacity=50)))])
    ),
}


@pytest.mark.parametrize("dialect", FORMS)
@pytest.mark.parametrize("layout", list(SAME))
def test_every_planned_shot_is_kept_however_it_is_laid_out(
    desk: Desk, layout: str, dialect: str
) -> None:
    done = desk.back(timeline=SAME[layout], dialect=dialect)
    reports = [r for r in done.comparison.shots if r.pairing]
    assert [r.changes for r in reports] == [["kept"]] * 40
    assert not any(r.stale or r.out_of_sync for r in reports)
    assert done.to_json()["summary"]["survival"] == 1
    assert not done.needs_a_person
    shots = [s for s in done.sheet.shots if s.shot_id]
    assert [(s.first_frame, s.frames) for s in shots] == [
        (s.first_frame, s.frames) for s in desk.sheet.shots
    ]


def test_shots_stay_on_the_tracks_where_the_human_put_them(desk: Desk) -> None:
    done = desk.back(timeline=spread(3))
    tracks = done.timeline.video_tracks()
    assert [len(list(t.find_clips())) for t in tracks] == [14, 13, 13]
    rows = {row["shot_id"]: row.get("track") for row in done.to_json()["shots"]}
    assert [rows[f"S{n:03d}"] for n in range(1, 7)] == [None, "V2", "V3"] * 2
    assert [shot.track for shot in done.sheet.shots[:4]] == [0, 1, 2, 0]


@pytest.mark.parametrize("dialect", FORMS)
def test_alternatives_below_are_told_as_covered_and_change_nothing(
    desk: Desk, dialect: str
) -> None:
    done = desk.back(timeline=beside(("V0", alternatives), below=True), dialect=dialect)
    planned = {r.shot_id: r.changes for r in done.comparison.shots if r.pairing}
    assert set(map(tuple, planned.values())) == {("kept",)}
    assert [r.changes for r in done.comparison.shots if not r.pairing] == [
        ["covered", "added"], ["added"], ["covered", "added"]
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", FORMS)
def test_a_shot_under_another_take_is_covered_and_not_deleted(desk: Desk, dialect: str) -> None:
    lay = beside(("V2", lambda rows: [(rows[6][0], over(rows, 6, 6))]))
    done = desk.back(timeline=lay, dialect=dialect)
    assert {k: v for k, v in said(done).items() if k != "S041"} == {"S007": ["covered"]}
    assert not done.needs_a_person
    assert done.sheet.shots[6].name == "pickup.mov", "the sheet has what is seen"


def test_one_new_clip_over_many_shots_is_asked_about(desk: Desk) -> None:
    done = desk.back(timeline=beside(("grain", lambda rows: [(rows[3][0], over(rows, 3, 20))])))
    assert [c.kind for c in done.conflicts] == ["covered"]
    assert "if it is an overlay" in done.conflicts[0].text


def test_a_shot_that_is_hidden_in_part_lists_what_is_seen(desk: Desk) -> None:
    seventh = desk.sheet.shots[6]
    inner = seventh.first_frame + 5
    done = desk.back(timeline=beside(("V2", lambda rows: [(inner, take("cutaway", 8))])))
    row = next(r for r in done.to_json()["shots"] if r["shot_id"] == "S007")
    end = seventh.first_frame + seventh.frames
    assert row["seen"] == [[seventh.first_frame, inner], [inner + 8, end]]
    assert row["change"] == "kept"


def test_what_lies_on_under_the_next_shot_is_no_trim(desk: Desk) -> None:
    """A checkerboard: each shot lasts on under the next one, which lies on the other track."""

    def lay(timeline: otio.schema.Timeline) -> None:
        rows = picture(timeline)
        for n, (_, clip) in enumerate(rows[:-1]):
            if n % 2 == 0:
                shown = clip.source_range
                clip.source_range = TR(shown.start_time, shown.duration + RT(6, RATE))
        put(timeline, laid("V1", *rows[::2]), laid("V2", *rows[1::2]))

    done = desk.back(timeline=lay)
    assert said(done) == {}
    assert desk.sheet.shots[0].frames == done.sheet.shots[0].frames
    first = next(iter(done.timeline.video_tracks()[0].find_clips()))
    assert first.duration().value == desk.sheet.shots[0].frames + 6, "the track is as it was"


def test_a_clip_shorter_than_a_frame_is_named_and_lies_on_no_frame(desk: Desk) -> None:
    def lay(timeline: otio.schema.Timeline) -> None:
        sliver = take("sliver", 1)
        sliver.source_range = TR(RT(0, RATE), RT(0.4, RATE))
        [track] = timeline.video_tracks()
        track[5].source_range = TR(track[5].source_range.start_time,
                                   track[5].source_range.duration - RT(0.4, RATE))  # fmt: skip
        track.insert(6, sliver)

    done = desk.back(timeline=lay)
    assert said(done) == {}
    assert any("sliver.mov" in loss and "too short" in loss for loss in done.losses)


def test_a_tracks_own_range_is_what_is_shown(desk: Desk) -> None:
    def lay(timeline: otio.schema.Timeline) -> None:
        [track] = timeline.video_tracks()
        frames = sum(shot.frames for shot in desk.sheet.shots[:10])
        track.source_range = TR(RT(0, RATE), RT(frames, RATE))

    done = desk.back(timeline=lay)
    assert list(said(done).values()) == [["deleted"]] * 30
    assert len([s for s in done.sheet.shots if s.shot_id]) == 10


def test_a_switched_off_track_shows_nothing(desk: Desk) -> None:
    def lay(timeline: otio.schema.Timeline) -> None:
        spread(2)(timeline)
        timeline.video_tracks()[1].enabled = False

    done = desk.back(timeline=lay)
    assert set(map(tuple, said(done).values())) == {("disabled",)}
    assert len(said(done)) == 20
    assert [t.enabled for t in done.timeline.video_tracks()] == [True, False]


def test_shots_are_found_by_id_on_any_track_when_their_names_are_gone(desk: Desk) -> None:
    def lay(timeline: otio.schema.Timeline) -> None:
        spread(4, 1)(timeline)
        for clip in timeline.video_tracks()[2].find_clips():
            clip.name = "renamed"

    for dialect in WITH_IDS:
        done = desk.back(timeline=lay, dialect=dialect)
        assert set(map(tuple, said(done).values())) <= {("kept",)}


RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")


@pytest.mark.parametrize("form", ["native", "premiere", "fcp"])
@pytest.mark.parametrize("rate", RATES)
def test_shots_on_many_tracks_come_back_from_real_files_at_every_rate(
    tmp_path: Path, rate: str, form: str
) -> None:
    planned = a_plan(random.Random(5), 24)
    settings = planned.metadata["settings"] | {"rate": rate, "drop_frame": False}
    sheet = replace(
        planned, clock=Clock.at(rate, False), metadata=planned.metadata | {"settings": settings}
    )
    write_sheet_files(sheet, tmp_path / "cut.otio")
    timeline = timeline_of(sheet)
    lay_out(timeline, 3, sheet.clock.otio_rate)
    path = tmp_path / "edited.xml"
    if form == "native":
        otio.adapters.write_to_file(timeline, str(path), "otio_json")
    elif form == "premiere":
        path.write_text(write_xmeml(timeline, "premiere")[0], encoding="utf-8")
    else:
        path.write_text(write_fcpxml(timeline)[0], encoding="utf-8")
    done = resync(path, tmp_path / "cut.otio")
    assert {tuple(r.changes) for r in done.comparison.shots} == {("kept",)}
    assert len([t for t in done.timeline.video_tracks() if any(t.find_clips())]) == 3
    assert not done.needs_a_person


def lay_out(timeline: otio.schema.Timeline, tracks: int, rate: float) -> None:
    """Lay the clips of V1 on so many tracks in turn, gaps between them."""
    [own] = timeline.video_tracks()
    clips = [clip.deepcopy() for clip in own]
    timeline.tracks.remove(own)
    for number in range(tracks):
        track = track_of(f"V{number + 1}")
        for n, clip in enumerate(clips):
            length = clip.duration()
            track.append(clip.deepcopy() if n % tracks == number
                         else otio.schema.Gap(duration=RT(length.value, rate)))  # fmt: skip
        timeline.tracks.insert(number, track)


def test_whole_tracks_that_a_format_dropped_need_a_person(tmp_path: Path) -> None:
    sheet = a_plan(random.Random(5), 24)
    write_sheet_files(sheet, tmp_path / "flat.otio")
    timeline = timeline_of(sheet)
    lay_out(timeline, 2, RATE)
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    timeline.tracks.remove(timeline.video_tracks()[1])
    otio.adapters.write_to_file(timeline, str(tmp_path / "edited.otio"))
    done = resync(tmp_path / "edited.otio", tmp_path / "cut.otio")
    assert done.needs_a_person
    assert "nothing of V2 is in the edit" in done.unaccounted
