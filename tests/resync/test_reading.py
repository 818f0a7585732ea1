"""Edited files are read by what they are; what cannot be understood is one sentence."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.cli import main
from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.cut.read import read_cut, read_timeline
from otio_idolsync.errors import IdolsyncError, InterchangeError, TimelineError, UsageError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.resync import diff
from otio_idolsync.resync.run import resync
from otio_idolsync.timebase import Clock

from .conftest import Desk
from .simulator import RATE, Hand, a_plan, opened, timeline_in_dialect

WRITERS: dict[str, Callable[[otio.schema.Timeline], str]] = {
    "premiere.xml": lambda timeline: write_xmeml(timeline, "premiere")[0],
    "resolve.xml": lambda timeline: write_xmeml(timeline, "resolve")[0],
    "plain.xml": lambda timeline: write_xmeml(timeline, "plain")[0],
    "plan.otio": lambda timeline: timeline.to_json_string(),
    **{
        f"{version}.fcpxml": lambda timeline, version=version: write_fcpxml(timeline, version)[0]
        for version in ("1.8", "1.9", "1.10", "1.11", "1.12", "1.13")
    },
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_we_write_comes_back_as_the_plan(desk: Desk, name: str) -> None:
    path = desk.folder / name
    path.write_text(WRITERS[name](read_timeline(desk.plan)), encoding="utf-8")
    done = resync(path, desk.plan)
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert not any(r.stale for r in done.comparison.shots)
    assert not done.needs_a_person
    assert done.sheet == desk.sheet


def test_the_sync_sheet_comes_back_as_the_plan(desk: Desk) -> None:
    assert resync(desk.plan.with_suffix(".idolsync"), desk.plan).sheet == desk.sheet


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "50"])
def test_an_edl_comes_back_as_the_plan_at_any_rate(tmp_path: Path, rate: str) -> None:
    sheet = a_plan(random.Random(7), 12)
    clocked = {"rate": rate, "drop_frame": rate == "29.97", "size": [1280, 720]}
    metadata = dict(sheet.metadata) | {"settings": clocked}
    ten_hours = [replace(s, media=replace(s.media, start_frame=864_000)) for s in sheet.shots]
    sheet = replace(sheet, clock=Clock.at(rate), metadata=metadata, shots=tuple(ten_hours))
    write_sheet_files(sheet, tmp_path / "cut.otio")
    path = tmp_path / "cut.edl"
    path.write_text(write_edl(read_timeline(tmp_path / "cut.otio"))[0], encoding="utf-8")
    done = resync(path, tmp_path / "cut.otio")
    assert {r.change for r in done.comparison.shots} == {"kept"}
    places = [(shot.shot_id, shot.first_frame, shot.frames) for shot in sheet.shots]
    assert [(shot.shot_id, shot.first_frame, shot.frames) for shot in done.sheet.shots] == places
    assert any("carries no sound" in loss for loss in done.losses)


def test_the_suffix_does_not_matter(desk: Desk) -> None:
    path = desk.folder / "edited.txt"
    path.write_text(WRITERS["premiere.xml"](read_timeline(desk.plan)), encoding="utf-8")
    assert {r.change for r in resync(path, desk.plan).comparison.shots} == {"kept"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"metadata":',
            '"metadata": {"deep": ' + "[" * 50_000 + "]" * 50_000 + '}, "was":',
            "deeper",
        ),
        ('"value": 0.0', '"value": 1e300', "has the time 1e\\+300 at the rate"),
        ('"value": 0.0', '"value": NaN', "has the time nan at the rate"),
    ],
    ids=["depth", "1e300", "NaN"],
)
def test_an_edit_that_is_out_of_bounds_is_refused_once_and_for_all(
    desk: Desk, old: str, new: str, said: str
) -> None:
    edited = desk.folder / "edited.otio"
    text = json.dumps(json.loads(desk.plan.read_text()))
    edited.write_text(text.replace(old, new, 1))
    for one, other in ((edited, desk.plan), (desk.plan, edited)):
        with pytest.raises(TimelineError, match=said):
            resync(one, other)


def jump(track: otio.schema.Track, k: int) -> None:
    """Cut ten frames out of the middle of a clip; what follows moves up."""
    clip, after = track[k], track[k].deepcopy()
    span = clip.source_range
    half, gone = (otio.opentime.RationalTime(n, RATE) for n in (span.duration.value // 2, 10))
    clip.source_range = otio.opentime.TimeRange(span.start_time, half)
    rest = otio.opentime.TimeRange(span.start_time + half + gone, span.duration - half - gone)
    after.source_range = rest
    track.insert(k + 1, after)


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "bare"])
@pytest.mark.parametrize("name", [*WRITERS, "cut.edl"])
def test_a_jump_cut_is_a_split_in_every_format(desk: Desk, name: str, ids: bool) -> None:
    k, timeline = desk.first("broll"), read_timeline(desk.plan)
    jump(timeline.video_tracks()[0], k)
    for clip in () if ids else timeline.find_clips():
        clip.metadata.clear()
        clip.name = clip.media_reference.target_url.rsplit("/", 1)[-1]
    path = desk.folder / name
    write = WRITERS.get(name, lambda timeline: write_edl(timeline)[0])
    path.write_text(write(timeline), encoding="utf-8")
    done = resync(path, desk.plan)
    changed = [r for r in done.comparison.shots if r.changes not in (["kept"], ["moved"])]
    assert [(r.change, r.parent) for r in changed] == [
        ("split", None),
        ("split", desk.sheet.shots[k].shot_id),
    ]
    assert not done.conflicts
    assert [edit.kind for edit in done.comparison.edits] == ["ripple"]


def test_a_jump_cut_of_a_still_is_a_split(desk: Desk) -> None:
    k, timeline = desk.first("broll"), read_timeline(desk.plan)
    still = otio.schema.ExternalReference("file:///takes/poster.png")
    timeline.video_tracks()[0][k].media_reference = still
    otio.adapters.write_to_file(timeline, str(desk.plan))
    jump(timeline.video_tracks()[0], k)
    timeline.video_tracks()[0][k + 1].metadata.clear()
    path = desk.folder / "edited.otio"
    otio.adapters.write_to_file(timeline, str(path))
    found = [r.change for r in resync(path, desk.plan).comparison.shots]
    assert found.count("split") == 2
    assert set(found) == {"kept", "moved", "split"}


def test_a_jump_cut_without_ids_is_no_trim_and_copy(shared: Path) -> None:
    cases = shared / "cases" / "interchange"
    done = resync(cases / "F2_jump_cut_no_ids.xml", cases / "plan_cut.otio")
    split = {r.shot_id: r.parent for r in done.comparison.shots if r.change == "split"}
    # S015 was divided, too, with nothing cut out.
    assert split == {"S011": None, "S021": "S011", "S015": None, "S022": "S015"}
    assert not done.conflicts


FCP_FAR = """<fcpxml version="1.10"><resources>
<format id="r1" frameDuration="1/24s" width="1280" height="720"/>
<asset id="a1" name="take" src="file:///takes/take_001.mov" start="75600s" duration="12s"
 hasVideo="1" format="r1"/></resources><project name="cut"><sequence format="r1" tcStart="0s">
<spine><asset-clip ref="a1" name="near" offset="0s" start="75600s" duration="2s"/>
<asset-clip ref="a1" name="far" offset="75602s" start="75602s" duration="2s"/>
<asset-clip ref="a1" name="long" offset="75604s" start="75611s" duration="2s"/>
</spine></sequence></project></fcpxml>"""


def test_clips_that_hardly_lie_where_they_were_meant_are_said_by_every_command(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk.folder / "far.fcpxml"
    path.write_text(FCP_FAR)
    timeline = read_cut(path).timeline()
    song = read_timeline(desk.plan).audio_tracks()[0]
    timeline.tracks.append(song.deepcopy())
    cut = desk.folder / "far.otio"
    otio.adapters.write_to_file(timeline, str(cut))
    out = desk.folder / "out"
    far = (
        "clip 'far' on V1 begins 21:00:00:00 after what lies before it; the timecode of its source"
    )
    long = "clip 'long' reaches 24 frames past the end of its media"
    assert {far, long} <= {loss.split(",")[0] for loss in resync(path, cut).losses}
    for argv, said in (
        (("export", cut, "-o", f"{out}.xml", "--for", "premiere"), (far, long)),
        (("check", cut), (far, long)),
        (("render", cut, "-o", f"{out}.mp4", "--dry-run", "--missing", "slate"), (far,)),
    ):
        with pytest.raises(SystemExit):
            main([str(word) for word in argv])
        warned = capsys.readouterr().err
        assert all(f"Warning: {sentence}" in warned for sentence in said), argv


def test_the_own_sound_of_takes_is_linked_to_them_where_a_title_stands_for_the_path(
    desk: Desk,
) -> None:
    def with_sound(timeline: otio.schema.Timeline) -> None:
        own = timeline.video_tracks()[0].deepcopy()
        own.kind = "Audio"
        for clip in own:
            title = otio.schema.ExternalReference("S001 A · first use of the file")
            clip.media_reference = title
            clip.metadata.clear()
        timeline.tracks.append(own)

    done = desk.back(timeline=with_sound)
    _song, own = done.timeline.audio_tracks()
    assert [
        (clip.media_reference.target_url, clip.source_range.start_time.value)
        for clip in own.find_clips()
    ] == [(shot.media.url, float(shot.source_in)) for shot in desk.sheet.shots]


def test_a_shot_whose_opacity_is_0_is_switched_off(desk: Desk) -> None:
    def hide(timeline: otio.schema.Timeline) -> None:
        key = {"when": "1.0", "value": "0.0"}
        opacity = {"parameterid": "opacity", "value": "100", "keyframe": key}
        effect = otio.schema.Effect("Opacity", "opacity")
        effect.metadata["fcp_xml"] = {"parameter": opacity}
        timeline.video_tracks()[0][3].effects.append(effect)

    done = desk.back(timeline=hide)
    changed = {r.shot_id: r.changes for r in done.comparison.shots if r.changes != ["kept"]}
    assert changed == {"S004": ["disabled"]}


def test_a_bare_name_is_looked_for_where_the_plans_media_lie(desk: Desk, tmp_path: Path) -> None:
    takes = tmp_path / "takes"
    takes.mkdir()
    (takes / "new one.mov").touch()
    sheet = desk.sheet
    shown = [
        replace(s, media=replace(s.media, url=(takes / s.media.url.rsplit("/", 1)[1]).as_uri()))
        for s in sheet.shots
    ]
    write_sheet_files(replace(sheet, shots=tuple(shown)), desk.plan)
    timeline = read_timeline(desk.plan)
    clip = timeline.video_tracks()[0][5]
    clip.metadata.clear()
    clip.name = "new one.mov"
    clip.media_reference = otio.schema.ExternalReference("new one.mov")
    edited = tmp_path / "edited.otio"
    otio.adapters.write_to_file(timeline, str(edited))
    done = resync(edited, desk.plan, output=tmp_path / "next.otio")
    found = done.timeline.video_tracks()[0][5].media_reference.target_url
    assert found == "takes/new%20one.mov"


def other_rate(timeline: otio.schema.Timeline) -> None:
    for clip in timeline.find_clips():
        shown = clip.source_range
        clip.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(shown.start_time.value, 25),
            otio.opentime.RationalTime(shown.duration.value, 25),
        )
    timeline.global_start_time = None


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda t: t.video_tracks()[0].clear(), "no clip on any picture track"),
        (other_rate, "25 frames per second"),
        (lambda t: t.audio_tracks()[0][0].metadata.update(
            {"idolsync": {"sha256": "ee" * 32}}), "another song"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_understood_is_refused(
    desk: Desk, edit: Callable[[otio.schema.Timeline], None], said: str
) -> None:
    before = desk.plan.read_bytes()
    with pytest.raises(TimelineError, match=said):
        desk.back(timeline=edit, dialect="premiere")
    assert desk.plan.read_bytes() == before


def test_the_wrong_plan_is_refused(desk: Desk) -> None:
    def strangers(timeline: otio.schema.Timeline) -> None:
        for n, clip in enumerate(timeline.video_tracks()[0]):
            clip.media_reference.target_url = f"file:///else/b{n}.mxf"
            clip.name = f"b{n}.mxf"

    with pytest.raises(TimelineError, match="no shot of"):
        desk.back(timeline=strangers, dialect="resolve")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, TimelineError),
        ("", TimelineError),
        ("hello", TimelineError),
        ("{broken", TimelineError),
        ("<xmeml version='5'><sequence>", InterchangeError),
        ("<xmeml version='5'/>", InterchangeError),
        ("<fcpxml version='1.9'><broken", InterchangeError),
    ],
)
def test_a_file_that_is_no_timeline_is_one_sentence(
    desk: Desk, content: str | None, error: type[IdolsyncError]
) -> None:
    path = desk.folder / "edited.any"
    if content is not None:
        path.write_text(content)
    with pytest.raises(error):
        resync(path, desk.plan)


def test_bad_options_are_usage_errors(desk: Desk) -> None:
    for options in ({"mapping": ["nonsense"]}, {"snap": "beats", "within": "2"}):
        with pytest.raises(UsageError):
            desk.back(**options)
    with pytest.raises(UsageError, match="add --snap beats"):
        desk.back(within="3f")


def test_of_several_sequences_the_best_match_is_compared_and_named(desk: Desk) -> None:
    stranger = a_plan(random.Random(99), 5)
    for number, shot in enumerate(stranger.shots):
        stranger = replace(
            stranger,
            shots=tuple(
                replace(s, media=replace(s.media, url=f"file:///x/{number}.mov"))
                if s is shot
                else s
                for s in stranger.shots
            ),
        )
    one = timeline_in_dialect(stranger, opened(a_plan(random.Random(99), 5)), "resolve")
    one.name = "assembly"
    two = timeline_in_dialect(desk.sheet, opened(desk.sheet), "resolve")
    both = otio.schema.SerializableCollection("project", [one, two])
    path = desk.folder / "project.otio"
    otio.adapters.write_to_file(both, str(path))
    done = resync(path, desk.plan)
    assert done.sequence == two.name
    assert any(two.name in loss for loss in done.losses)
    assert resync(path, desk.plan, sequence=two.name).losses == ()
    with pytest.raises(TimelineError, match="there are assembly"):
        resync(path, desk.plan, sequence="final")


def test_ids_of_another_plan_are_not_trusted(desk: Desk) -> None:
    other = replace(desk.sheet, metadata=desk.sheet.metadata | {"plan_id": "000011112222"})
    shots = [
        replace(s, metadata=s.metadata | {"shot_id": f"S{40 - n:03d}"})
        for n, s in enumerate(other.shots)
    ]
    path = desk.folder / "edited.otio"
    otio.adapters.write_to_file(timeline_of(replace(other, shots=tuple(shots))), str(path))
    done = resync(path, desk.plan)
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert any("ids of plan 0000, not of cut.otio (3fa9)" in loss for loss in done.losses)


def test_a_newer_metadata_version_is_refused_by_number(desk: Desk) -> None:
    def newer(timeline: otio.schema.Timeline) -> None:
        timeline.metadata["idolsync"] = {"schema": "idolsync.timeline/2"}

    with pytest.raises(TimelineError, match="version 2 is newer"):
        desk.back(timeline=newer)


def test_a_folder_is_no_edit_unless_it_is_a_bundle(desk: Desk) -> None:
    with pytest.raises(TimelineError, match="is a folder; name a file in it"):
        resync(desk.folder, desk.plan)


@pytest.mark.parametrize("output", ["cut.otio", "edited.otio", "then.otio", "next.xml", "next"])
def test_neither_an_input_nor_another_format_is_ever_written(
    desk: Desk, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desk.plan.read_bytes()
    for name in ("edited.otio", "then.otio"):
        (desk.folder / name).write_bytes(before)
    files = {path: path.read_bytes() for path in desk.folder.iterdir()}
    given = [str(desk.folder / name) for name in ("edited.otio", "cut.otio", "then.otio", output)]
    edited, plan, base, target = given
    with pytest.raises(SystemExit) as ended:
        main(["resync", edited, "--plan", plan, "--base", base, "-o", target, "--force"])
    assert ended.value.code in (1, 2)
    assert capsys.readouterr().err.startswith("Error: ")
    assert {path: path.read_bytes() for path in desk.folder.iterdir()} == files


# ------------------------------------------------------------------------------- the public names


def test_the_package_is_the_function_it_is_named_after(desk: Desk) -> None:
    done = otio_idolsync.resync(desk.plan, desk.plan)
    assert done.to_json()["summary"]["survival"] == 1
    assert otio_idolsync.resync.diff is diff is otio_idolsync.diff
    with pytest.raises(AttributeError, match="nonsense"):
        _ = otio_idolsync.resync.nonsense


def test_diff_compares_any_two_timelines() -> None:
    sheet = a_plan(random.Random(4), 30)
    editing = opened(sheet)
    assert Hand(random.Random(4), editing).edit("ripple_delete")
    a, b = (timeline_in_dialect(sheet, e, "resolve") for e in (opened(sheet), editing))
    found = diff(a, b)
    (gone,) = (r.shot_id for r in found.shots if r.change == "deleted")
    assert gone == f"C{editing.done[0][1][0] + 1:03d}"
    assert [e.kind for e in found.edits] == ["ripple"]
    assert set(found.to_json()) == {"shots", "edits", "conflicts", "tracks"}


# ---------------------------------------------------------------------------------- the command


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(arg) for arg in args])
    return int(ended.value.code or 0)


def test_the_command_writes_the_next_cut_and_its_sheet(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = desk.folder / "edited.xml", desk.folder / "next.otio"
    editing = opened(desk.sheet)
    Hand(random.Random(1), editing).edit("ripple_delete")
    edited = timeline_in_dialect(desk.sheet, editing, "premiere")
    path.write_text(WRITERS["premiere.xml"](edited), encoding="utf-8")
    assert run("resync", path, "--plan", desk.plan, "-o", out) == 0
    shown = capsys.readouterr().out
    assert "ripple by" in shown
    assert "spine: ok" in shown
    assert len(read_timeline(out).video_tracks()[0]) == 39
    assert out.with_suffix(".idolsync").exists()
    assert run("resync", path, "--plan", desk.plan, "-o", out, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "idolsync.resync/1"


def test_the_report_fulfils_its_schema(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema

    from otio_idolsync.schemas import load_schema

    editing = opened(desk.sheet)
    hand = Hand(random.Random(5), editing)
    for kind in Hand.KINDS:
        hand.edit(kind)
    path = desk.folder / "edited.otio"
    otio.adapters.write_to_file(timeline_in_dialect(desk.sheet, editing, "premiere"), str(path))
    out = desk.folder / "next.otio"
    run("resync", path, "--plan", desk.plan, "-o", out, "--json", "--snap", "beats")
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, load_schema("resync"))
    sheet = json.loads(out.with_suffix(".idolsync").read_text())
    jsonschema.validate(sheet, load_schema("sync"))
    for clip in read_timeline(out).video_tracks()[0].find_clips():
        jsonschema.validate(json.loads(json.dumps(_plain(clip))), load_schema("clip"))


def _plain(clip: otio.schema.Clip) -> object:
    from otio_idolsync.cut.blocks import plain

    return plain(clip.metadata["idolsync"])


def test_a_broken_spine_needs_a_person_and_a_stranger_is_an_error(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timeline = read_timeline(desk.plan)
    song = timeline.audio_tracks()[0][0]
    song.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(6, RATE), song.source_range.duration
    )
    path, out = desk.folder / "edited.otio", desk.folder / "next.otio"
    otio.adapters.write_to_file(timeline, str(path))
    assert run("resync", path, "--plan", desk.plan, "-o", out) == 3
    missing = desk.folder / "gone.xml"
    lost = desk.folder / "lost.otio"
    capsys.readouterr()
    assert run("resync", missing, "--plan", desk.plan, "-o", lost) == 1
    assert capsys.readouterr().err.count("Error:") == 1
    assert not lost.exists()
    own = desk.folder / "own.otio"
    own.write_text("the human's")
    assert run("resync", path, "--plan", desk.plan, "-o", own) == 1
    assert own.read_text() == "the human's"
