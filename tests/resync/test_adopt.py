"""A human's cut becomes one of ours, and stays frame for frame what it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import opentimelineio as otio
import pytest

from otio_idolsync import adopt, export, resync
from otio_idolsync.cli import main
from otio_idolsync.cut.blocks import plain
from otio_idolsync.cut.files import write_timeline_files
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import PlanError, TimelineError
from otio_idolsync.planning.plan import plan
from otio_idolsync.report.check import check
from otio_idolsync.report.explain import explained
from otio_idolsync.resync.adopt.run import AdoptReport
from otio_idolsync.schemas import load_schema

from .hand import RT, TR, Laid, clip, cut_at, gap, saved, sound, steady, timeline, track

WHOLE = 576
Adopting = Callable[..., AdoptReport]


@pytest.fixture
def adopting(beat_song: Path, tmp_path: Path) -> Adopting:
    """Adopt a timeline that is cut to the song of 24 s, with a beat every 12 frames."""
    grid = steady(tmp_path)

    def go(made: otio.schema.Timeline, **options: Any) -> AdoptReport:
        path = saved(made, tmp_path / "hand.otio")
        return adopt(path, beat_song, grid=options.pop("grid", grid), **options)

    return go


def blocks(done: AdoptReport) -> list[dict[str, Any]]:
    clips = [c for one in done.timeline.video_tracks() for c in one.find_clips()]
    return [plain(one.metadata["idolsync"]) for one in clips]


def bare(made: otio.schema.Timeline) -> str:
    """The timeline as text without what an adoption adds."""
    copied = made.deepcopy()
    copied.global_start_time = None
    copied.tracks.markers[:] = [m.deepcopy() for m in copied.tracks.markers if not m.metadata]
    copied.metadata.pop("idolsync", None)
    for one in copied.find_clips():
        one.metadata.pop("idolsync", None)
    return otio.adapters.write_to_string(copied, "otio_json")


def test_clips_tracks_and_ranges_stay_exactly_as_they_were(
    adopting: Adopting, beat_song: Path
) -> None:
    v1, v2 = track(cut_at(0, 50, 96), until=WHOLE), track([Laid(90, WHOLE, 7)], "upper")
    v1[0].effects.append(otio.schema.LinearTimeWarp("slow", time_scalar=0.5))
    v1.insert(1, otio.schema.Transition("", "SMPTE_Dissolve", RT(6, 24), RT(6, 24)))
    v2.metadata["editor"] = {"locked": True}
    made = timeline(sound(beat_song, WHOLE), v1, v2)
    made.tracks.markers.append(otio.schema.Marker("mine", TR(RT(30, 24), RT(1, 24))))
    done = adopting(made)
    assert bare(done.timeline) == bare(made)
    assert done.timeline.global_start_time == RT(86400, 24)
    assert not done.needs_a_person


def test_the_block_is_what_a_plan_writes(adopting: Adopting, beat_song: Path) -> None:
    done = adopting(timeline(track(cut_at(0, 96, WHOLE)), sound(beat_song, WHOLE)))
    block = plain(done.timeline.metadata["idolsync"])
    jsonschema.validate(block, load_schema("timeline"))
    assert block["next_shot"] == 3
    assert "pieces" not in block["song"]
    for one in blocks(done):
        jsonschema.validate(one, load_schema("clip"))
    kinds = {m.metadata["idolsync"]["kind"] for m in done.timeline.tracks.markers}
    assert {"beat", "downbeat"} <= kinds
    jsonschema.validate(done.to_json(), load_schema("adopt"))
    song = done.timeline.audio_tracks()[0][0].metadata["idolsync"]
    assert song["schema"] == "idolsync.song/1"
    assert done.sheet.shots[1].shot_id == "S002"


def test_a_reason_says_what_the_human_did(adopting: Adopting, beat_song: Path) -> None:
    cuts = (0, 48, 94, 168, 205, WHOLE)
    done = adopting(timeline(track(cut_at(*cuts)), sound(beat_song, WHOLE)))
    said = [one["reason"]["text"].partition(", where")[0] for one in blocks(done)]
    assert said == [
        "starts the film",
        "on the downbeat of bar 2",
        "2 frames before bar 3",
        "on the third beat of bar 4",
        "1 frame after the second beat of bar 5",
    ]
    anchors = [one["reason"]["anchor"] for one in blocks(done)]
    assert (anchors[0], anchors[2], anchors[4]) == ("start", "editor", "editor")
    assert [shot.off_grid_frames for shot in done.shots] == [None, 0, -2, 0, 1]
    assert [one["reason"]["beats"] for one in blocks(done)][:3] == [4, 4, 6]


def test_song_ranges_are_what_is_seen(adopting: Adopting, beat_song: Path) -> None:
    below, above = track([Laid(0, WHOLE)]), track([Laid(100, 200)], "V2")
    done = adopting(timeline(below, above, track([Laid(0, 40)], "V0"), sound(beat_song, WHOLE)))
    ranges = {one["shot_id"]: one["song_range"] for one in blocks(done)}
    at = {shot.shot_id: (shot.track, shot.frame) for shot in done.shots}
    rate = 22050

    def samples(first: int, end: int) -> dict[str, int]:
        start, stop = (int(frame * rate / 24 + 0.5) for frame in (first, end))
        return {"start_sample": start, "samples": stop - start}

    assert {at[name]: said for name, said in ranges.items()} == {
        ("V0", 0): samples(0, 40),
        ("V1", 40): samples(40, WHOLE),
        ("V2", 100): samples(100, 200),
    }


def test_what_is_covered_or_switched_off_has_an_id_and_says_so(
    adopting: Adopting, beat_song: Path
) -> None:
    lower, upper = track([Laid(0, 96, name="lower")]), track([Laid(0, WHOLE)], "V2")
    upper[0].name = "upper"
    off = track([Laid(120, 140)], "V3")
    off[1].enabled = False
    title = otio.schema.Track("V4", kind="Video")
    card = otio.schema.GeneratorReference("Lower third", "Text")
    title.extend([gap(30), otio.schema.Clip("title", card, TR(RT(0, 24), RT(60, 24)))])
    done = adopting(timeline(lower, upper, off, title, sound(beat_song, WHOLE)))
    text = {one["shot_id"]: one["reason"]["text"] for one in blocks(done)}
    by_track = {shot.track: text[shot.shot_id] for shot in done.shots}
    assert by_track["V1"].startswith("never seen under what lies above; ")
    assert by_track["V3"].startswith("switched off; ")
    assert by_track["V4"].startswith("laid over the picture; ")
    assert {one["role"] for one in blocks(done)} == {"broll"}


def test_clips_in_compounds_get_ids_where_they_lie(adopting: Adopting, beat_song: Path) -> None:
    outer = track(cut_at(0, 96))
    stack = otio.schema.Stack("verse", source_range=TR(RT(24, 24), RT(96, 24)))
    stack.append(track([Laid(0, 24, name="gone"), Laid(24, 80), Laid(80, 120)], "inner"))
    outer.extend([stack, clip(Laid(192, WHOLE))])
    done = adopting(timeline(outer, sound(beat_song, WHOLE)))
    inner = [plain(c.metadata["idolsync"]) for c in done.timeline.video_tracks()[0][1][0]]
    assert next(one["reason"]["text"] for one in inner) == "on no frame of the film"
    assert inner[0]["song_range"]["samples"] == 0
    assert [(shot.shot_id, shot.frame) for shot in done.shots] == [
        ("S001", 0), ("S002", 96), ("S003", 152), ("S004", 192),
    ]  # fmt: skip
    assert len({one["shot_id"] for one in blocks(done)}) == 5


@pytest.mark.parametrize(
    ("laid", "speed", "handles"),
    [
        (Laid(0, WHOLE, 100, media=1000), 1, (100, 1000 - 100 - WHOLE)),
        (Laid(0, WHOLE, 100, media=1000), 0.5, (200, 2 * (1000 - 100 - WHOLE // 2))),
        (Laid(0, WHOLE, 100, media=1000), -1, (1000 - 100 - WHOLE, 100)),
        (Laid(0, WHOLE, 100, media=None), 1, (0, 0)),
    ],
)
def test_handles_are_what_the_media_has_at_the_speed_of_the_clip(
    adopting: Adopting, beat_song: Path, laid: Laid, speed: float, handles: tuple[int, int]
) -> None:
    picture = track([laid])
    if speed != 1:
        picture[0].effects.append(otio.schema.LinearTimeWarp("", time_scalar=speed))
    (block,) = blocks(adopting(timeline(picture, sound(beat_song, WHOLE))))
    assert (block["handles"]["head"], block["handles"]["tail"]) == handles


def test_a_leader_and_cut_music_are_followed(adopting: Adopting, beat_song: Path) -> None:
    picture = track(cut_at(0, 72, 120, 300, 400, 480))
    song = sound(beat_song, 192, at=72)
    song.append(sound(beat_song, 216, start=240)[0])
    done = adopting(timeline(picture, song))
    assert [(p.record, p.frames, p.song) for p in done.song.spine.pieces] == [
        (72, 192, 0), (264, 216, 240),
    ]  # fmt: skip
    assert [one["reason"]["text"].partition(", where")[0] for one in blocks(done)] == [
        "starts the film",
        "on the downbeat of bar 1",
        "on the downbeat of bar 2",
        "on the fourth beat of bar 6",
        "4 frames after the fourth beat of bar 8",
    ]
    rate = 22050
    assert [one["song_range"]["start_sample"] for one in blocks(done)] == [
        0, 0, 48 * rate // 24, int(276 * rate / 24 + 0.5), 376 * rate // 24,
    ]  # fmt: skip
    assert blocks(done)[0]["song_range"]["samples"] == 0
    assert done.shots[0].off_grid_frames is None
    block = plain(done.timeline.metadata["idolsync"])
    assert block["song"]["relocked"] is True
    assert block["grid"]["beats"][0] == 3.0


def test_other_rates_count_as_their_editors_do(
    adopting: Adopting, beat_song: Path, tmp_path: Path
) -> None:
    rate = 30000 / 1001
    made = timeline(track([Laid(0, 719)], rate=rate), sound(beat_song, 719, rate=rate))
    done = adopting(made)
    settings = plain(done.timeline.metadata["idolsync"])["settings"]
    assert (settings["rate"], settings["drop_frame"]) == ("30000/1001", True)
    assert done.timeline.global_start_time.value == 107892
    for key, value in (
        ("fcp_xml", {"timecode": {"displayformat": "NDF"}}), ("fcpx_xml", {"tcFormat": "NDF"}),
    ):  # fmt: skip
        made.metadata.clear()
        made.metadata[key] = value
        done = adopting(made)
        assert not done.sheet.clock.drop_frame
        assert done.timeline.global_start_time.value == 108000


def test_a_clip_at_another_rate_lies_at_its_exact_place(
    adopting: Adopting, beat_song: Path
) -> None:
    made = timeline(track(cut_at(0, 48)), sound(beat_song, WHOLE))
    made.global_start_time = RT(86400, 24)
    made.video_tracks()[0].extend([clip(Laid(0, 50, 100), 25.0), clip(Laid(96, WHOLE))])
    done = adopting(made)
    assert [shot.frame for shot in done.shots] == [0, 48, 96]
    assert bare(done.timeline) == bare(made)


@pytest.mark.parametrize(
    ("metadata", "size"),
    [
        ({"fcpx_xml": {"size": [720, 1280]}}, (720, 1280)),
        ({"idolsync": {"settings": {"rate": "24", "size": [640, 360]}}}, (640, 360)),
        ({}, (64, 36)),
    ],
)
def test_the_size_is_what_the_edit_says_else_its_largest_source(
    adopting: Adopting,
    beat_song: Path,
    make_clip: Callable[..., Path],
    tmp_path: Path,
    metadata: dict[str, Any],
    size: tuple[int, int],
) -> None:
    made = timeline(track([Laid(0, WHOLE)]), sound(beat_song, WHOLE))
    own = make_clip(tmp_path / "own.mp4")
    made.video_tracks()[0][0].media_reference.target_url = own.as_uri()
    for key, value in metadata.items():
        made.metadata[key] = value
    assert adopting(made).sheet.size == size


def test_a_size_that_nothing_tells_is_said_to_be_taken(adopting: Adopting, beat_song: Path) -> None:
    done = adopting(timeline(track([Laid(0, WHOLE)]), sound(beat_song, WHOLE)))
    assert "nothing tells the picture's size; 1920x1080 was taken" in done.warnings


def test_a_cut_of_ours_keeps_its_ids_and_is_said_to_be_one(
    adopting: Adopting, beat_song: Path, tmp_path: Path
) -> None:
    first = adopting(timeline(track(cut_at(0, 96, 200, WHOLE)), sound(beat_song, WHOLE)))
    made = first.timeline.deepcopy()
    picture = made.video_tracks()[0]
    copied = picture[0].deepcopy()
    copied.source_range = TR(RT(10, 24), RT(24, 24))
    picture.append(copied)
    done = adopting(made)
    assert [shot.shot_id for shot in done.shots] == ["S001", "S002", "S003", "S004"]
    assert blocks(done)[3]["parent"] == "S001"
    assert done.needs_a_person
    assert done.doubts[0].startswith("hand.otio is a cut of ours already (plan ")
    assert ": 3 of 4 shots keep their ids" in done.doubts[0]
    assert len(done.timeline.tracks.markers) == len(first.timeline.tracks.markers)


def test_a_plan_that_is_adopted_keeps_what_is_still_true(
    adopting: Adopting, beat_song: Path, tmp_path: Path
) -> None:
    planned = plan(beat_song, grid=steady(tmp_path), pins=["8.3s"])
    cut = planned.timeline
    before = [plain(c.metadata["idolsync"]) for c in cut.video_tracks()[0]]
    done = adopting(cut)
    assert blocks(done) == before
    settings = plain(done.timeline.metadata["idolsync"])["settings"]
    assert settings["pins"] == [8.3]
    assert settings["pacing"] == "pop"


def test_everything_that_takes_a_plan_takes_an_adopted_cut(
    adopting: Adopting, beat_song: Path, tmp_path: Path
) -> None:
    tracks = [track(cut_at(0, 96, 192), until=WHOLE), track([Laid(192, WHOLE)], "V2")]
    made = timeline(*tracks, sound(beat_song, WHOLE, name="music"))
    cut, edit = tmp_path / "cut.otio", saved(made, tmp_path / "hand.otio")
    done = adopting(made)
    write_timeline_files(done.timeline, done.sheet, cut)
    assert check(cut).measured["shots"] == 3
    assert next(row["text"] for row in explained(done.timeline)) == "starts the film"
    for editor, name in (("premiere", "cut.xml"), ("fcp", "cut.fcpxml"), ("otio", "out.otio")):
        export(cut, tmp_path / name, editor)  # type: ignore[arg-type]
        back = resync(tmp_path / name, cut)
        assert [shot.changes for shot in back.comparison.shots] == [["kept"]] * 3
        assert not back.needs_a_person
    back = resync(edit, cut)
    assert (back.spine.ok, back.needs_a_person) == (True, False)
    kept = plan(beat_song, keep=cut, grid=steady(tmp_path))
    assert [(s.shot_id, s.first_frame, s.frames) for s in kept.sheet.shots] == [
        ("S001", 0, 96), ("S002", 96, 96), ("S003", 192, 384),
    ]  # fmt: skip


def test_a_plan_keeps_no_cut_whose_song_lies_elsewhere(
    adopting: Adopting, beat_song: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.otio"
    done = adopting(timeline(track(cut_at(0, 48, WHOLE)), sound(beat_song, 528, start=48)))
    write_timeline_files(done.timeline, done.sheet, cut)
    with pytest.raises(PlanError, match="its frame 48 plays at frame 0, for 528 frames; a plan"):
        plan(beat_song, keep=cut, grid=steady(tmp_path))


def test_a_timeline_in_memory_is_left_alone(beat_song: Path, tmp_path: Path) -> None:
    made = timeline(track([Laid(0, WHOLE)]), sound(beat_song, WHOLE))
    done = adopt(made, beat_song, grid=steady(tmp_path))
    assert not made.metadata
    assert not made.video_tracks()[0][0].metadata
    assert done.timeline.metadata["idolsync"]["next_shot"] == 2


def test_an_edit_without_a_picture_is_refused(adopting: Adopting, beat_song: Path) -> None:
    with pytest.raises(TimelineError, match="'my cut' has no clip on any picture track"):
        adopting(timeline(track([]), sound(beat_song, WHOLE)))


def run(*argv: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in argv])
    return int(stop.value.code or 0)


def test_the_command_writes_a_cut_and_its_sheet(
    beat_song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = timeline(track(cut_at(0, 94, WHOLE)), sound(beat_song, WHOLE))
    edit, out, grid = saved(made, tmp_path / "hand.otio"), tmp_path / "cut.otio", steady(tmp_path)
    asked = ("adopt", edit, beat_song, "--grid", grid)
    assert run(*asked, "-o", out, "--dry-run") == 0
    assert "S002  V1  01:00:03:22  2 frames before bar 3" in capsys.readouterr().out
    assert run(*asked, "--dry-run", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, load_schema("adopt"))
    assert list(tmp_path.glob("cut*")) == []
    assert run(*asked) == 2
    assert "only --dry-run does without" in capsys.readouterr().err
    assert run(*asked, "-o", out) == 0
    jsonschema.validate(json.loads(out.with_suffix(".idolsync").read_text()), load_schema("sync"))
    written = read_timeline(out)
    assert written.metadata["idolsync"]["plan_id"] == report["plan_id"]
    assert run(*asked, "-o", tmp_path / "cut.xml") == 2
    assert run(*asked, "-o", edit) == 1
