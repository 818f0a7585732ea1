"""Final Cut's and Resolve's own constructs, each in a small document."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

S = otio.schema
Make = Callable[..., str]
CLIP = '<asset-clip ref="a" name="{0}" offset="{1}s" start="{2}s" duration="{3}s">{4}</asset-clip>'


def clip(name: str, offset: int, start: int, duration: int, inside: str = "") -> str:
    return CLIP.format(name, offset, start, duration, inside)


def tracks(timeline: S.Timeline) -> dict[str, list[tuple[str, float, float]]]:
    """Each track's clips as (name, start, duration), in seconds."""
    return {
        track.name: [
            (
                item.name,
                item.trimmed_range_in_parent().start_time.to_seconds(),
                item.duration().to_seconds(),
            )
            for item in track
            if not isinstance(item, S.Gap | S.Transition)
        ]
        for track in timeline.tracks
    }


def test_connected_clips_become_tracks_by_lane_and_kind(document: Make) -> None:
    inside = (
        '<asset-clip ref="a" lane="1" name="over" offset="12s" start="3s" duration="2s"/>'
        '<asset-clip ref="a" lane="-1" name="under" offset="10s" start="3s" duration="1s"/>'
        '<asset-clip ref="s" lane="-2" name="sound" offset="11s" duration="5s"/>'
    )
    timeline = read_fcpxml(document(clip("main", 0, 10, 8, inside)))
    assert tracks(timeline) == {
        "V1": [("under", 0, 1)],
        "V2": [("main", 0, 8)],
        "V3": [("over", 2, 2)],
        "A1": [("sound", 1, 5)],
    }


def test_a_secondary_storyline_is_one_track_with_its_transition(document: Make) -> None:
    line = (
        '<spine lane="1" offset="11s">'
        + clip("x", 0, 0, 3)
        + '<transition name="Cross Dissolve" offset="5/2s" duration="1s"/>'
        + clip("y", 3, 10, 3)
        + "</spine>"
    )
    timeline = read_fcpxml(document(clip("main", 0, 10, 8, line)))
    assert tracks(timeline)["V2"] == [("x", 1, 3), ("y", 4, 3)]
    fade = timeline.tracks[1][2]
    assert (fade.in_offset.value, fade.out_offset.value) == (12, 12)


def test_a_clip_that_fades_in_over_nothing_is_cut_under_its_transition(document: Make) -> None:
    fade = '<transition name="Cross Dissolve" offset="0s" duration="1s"/>'
    late = '<asset-clip ref="a" name="x" offset="1/2s" start="1/2s" duration="3s"/>'
    made = read_fcpxml(document(fade + late))
    for timeline in (made, read_fcpxml(write_fcpxml(made)[0])):
        hole, dissolve, shot = timeline.tracks[0]
        assert (hole.duration().value, shot.duration().value) == (12, 72)
        assert (dissolve.in_offset.value, dissolve.out_offset.value) == (12, 12)


def test_captions_stay_out_of_every_storyline(document: Make) -> None:
    caption = '<caption lane="1" name="{0}" offset="{1}s" duration="{2}s" role="SRT"/>'
    inside = caption.format("a", 5, 0) + caption.format("b", 5, 2) + caption.format("c", 7, 1)
    timeline = read_fcpxml(document(clip("main", 0, 5, 8, inside)))
    captions = timeline.tracks[1]
    assert [(item.name, item.duration().value) for item in captions] == [
        ("a", 0), ("b", 48), ("c", 24),
    ]  # fmt: skip
    for tracks in (list(timeline.tracks), [captions]):
        alone = S.Timeline("t", tracks=[track.clone() for track in tracks])
        text, _losses = write_fcpxml(alone)
        lines = list(etree.fromstring(text.encode()).iter("spine"))
        assert not any(child.tag == "caption" for line in lines for child in line)
        back = read_fcpxml(text).tracks
        assert [len(track) for track in back] == [len(track) for track in tracks]


def test_clips_that_overlap_in_one_lane_get_a_track_each(document: Make) -> None:
    over = '<asset-clip ref="a" lane="1" name="{}" offset="{}s" duration="4s"/>'
    spine = clip("m", 0, 0, 8, over.format("one", 1)) + clip("n", 8, 0, 8)
    spine = spine.replace("</asset-clip>", over.format("two", 2) + "</asset-clip>", 1)
    found = tracks(read_fcpxml(document(spine)))
    assert found["V2"] == [("one", 1, 4)]
    assert found["V3"] == [("two", 2, 4)]


COMPOUND = (
    '<media id="c" name="C"><sequence format="r1" duration="20s" tcStart="3600s"><spine>'
    '<asset-clip ref="a" name="in" offset="3600s" start="5s" duration="20s">'
    '<marker start="6s" value="m"/></asset-clip></spine></sequence></media>'
)


def test_a_compound_clip_is_a_nested_stack(document: Make) -> None:
    spine = '<ref-clip ref="c" name="C" offset="0s" start="3604s" duration="3s"/>'
    timeline = read_fcpxml(document(spine, COMPOUND))
    stack = timeline.tracks[0][0]
    assert isinstance(stack, S.Stack)
    assert stack.source_range.start_time.to_seconds() == 4
    assert stack[0][0].source_range.start_time.to_seconds() == 5
    assert [m.name for m in stack[0][0].markers] == ["m"]


def test_a_sync_clip_is_a_nested_stack_of_its_picture(document: Make) -> None:
    spine = (
        '<sync-clip name="sync" offset="0s" start="7s" duration="3s">'
        '<asset-clip ref="a" name="in" offset="5s" start="5s" duration="9s">'
        '<asset-clip ref="s" lane="-1" name="snd" offset="5s" duration="9s"/></asset-clip>'
        '<sync-source sourceID="storyline"/></sync-clip>'
    )
    timeline = read_fcpxml(document(spine))
    stack = timeline.tracks[0][0]
    assert stack.source_range.start_time.to_seconds() == 2
    assert [(t.kind, len(t)) for t in stack] == [("Video", 1), ("Audio", 1)]
    assert "<sync-source" in write_fcpxml(timeline)[0]


MULTICAM = (
    '<asset id="b" name="B" start="0s" duration="100s" hasVideo="1" format="r1">'
    '<media-rep src="file:///m/b.mov"/></asset>'
    '<media id="c" name="MC"><multicam format="r1" tcStart="0s">'
    '<mc-angle name="1" angleID="one"><asset-clip ref="a" offset="0s" duration="90s"/></mc-angle>'
    '<mc-angle name="2" angleID="two"><gap offset="0s" duration="4s"/>'
    '<asset-clip ref="b" offset="4s" start="1s" duration="90s"/></mc-angle></multicam></media>'
)


def test_a_multicam_clip_shows_its_picked_angle(document: Make) -> None:
    spine = (
        '<mc-clip ref="c" name="MC" offset="0s" start="10s" duration="3s">'
        '<mc-source angleID="one" srcEnable="audio"/>'
        '<mc-source angleID="two" srcEnable="video"/></mc-clip>'
    )
    timeline = read_fcpxml(document(spine, MULTICAM))
    shown = timeline.tracks[0][0]
    assert shown.media_reference.target_url == "file:///m/b.mov"
    assert shown.source_range.start_time.to_seconds() == 7
    assert 'angleID="one" srcEnable="audio"' in write_fcpxml(timeline)[0]


def test_an_audition_shows_its_picked_clip_and_keeps_the_others(document: Make) -> None:
    pick = '<asset-clip ref="a" name="{}" start="{}s" duration="4s"/>'
    spine = f'<audition offset="0s">{pick.format("one", 2)}{pick.format("two", 9)}</audition>'
    timeline = read_fcpxml(document(spine))
    assert tracks(timeline)["V1"] == [("one", 0, 4)]
    text, losses = write_fcpxml(timeline)
    assert not losses
    assert tracks(read_fcpxml(text))["V1"] == [("one", 0, 4)]
    assert 'name="two"' in text


@pytest.mark.parametrize(
    ("points", "scalar", "source"),
    [
        ([("0s", "0s"), ("50s", "100s")], 2.0, 20),
        ([("0s", "0s"), ("200s", "100s")], 0.5, 5),
        ([("0s", "100s"), ("100s", "0s")], -1.0, 86),
        ([("0s", "100s"), ("200s", "0s")], -0.5, 93),
        ([("0s", "100s"), ("50s", "0s")], -2.0, 72),
        ([("0s", "7s"), ("100s", "7s")], 0.0, 7),
    ],
)
def test_a_time_map_is_a_speed(document: Make, points: Any, scalar: float, source: int) -> None:
    inside = "".join(f'<timept time="{t}" value="{v}" interp="linear"/>' for t, v in points)
    timeline = read_fcpxml(document(clip("x", 0, 10, 4, f"<timeMap>{inside}</timeMap>")))
    shown = timeline.tracks[0][0]
    assert [e.time_scalar for e in shown.effects] == [scalar]
    assert isinstance(shown.effects[0], S.FreezeFrame) == (scalar == 0)
    assert shown.source_range.start_time.to_seconds() == source
    assert shown.duration().to_seconds() == 4


def test_a_ramp_is_its_mean_speed_and_is_written_back_as_it_was(document: Make) -> None:
    inside = (
        '<timeMap><timept time="0s" value="0s"/><timept time="12s" value="12s"/>'
        '<timept time="20s" value="36s"/></timeMap>'
    )
    timeline = read_fcpxml(document(clip("x", 0, 10, 4, inside)))
    assert timeline.tracks[0][0].effects[0].time_scalar == 2.0
    text, losses = write_fcpxml(timeline)
    assert '<timept time="20s" value="36s"/>' in text
    assert not losses
    shown = timeline.tracks[0][0]
    half = otio.opentime.RationalTime(48, 24)
    shown.source_range = otio.opentime.TimeRange(shown.source_range.start_time, half)
    text, losses = write_fcpxml(timeline)
    assert "36s" not in text
    assert any("speed ramp" in sentence for sentence in losses)


@pytest.mark.parametrize(
    ("frame", "source", "speed"),
    [
        ("100/2400s", "25", Fraction(24, 25)),
        ("1001/24000s", "25", Fraction(24000, 25025)),
        ("100/3000s", "23.98", Fraction(1001, 1000)),
        ("100/2400s", "23.98", Fraction(1001, 1000)),
    ],
)
def test_conformed_media_play_frame_for_frame(
    document: Make, frame: str, source: str, speed: Fraction
) -> None:
    inside = f'<conform-rate srcFrameRate="{source}"/>'
    timeline = read_fcpxml(document(clip("x", 0, 10, 4, inside), frame=frame))
    assert timeline.tracks[0][0].effects[0].time_scalar == pytest.approx(float(speed))
    kept = inside.replace("<conform-rate", "<conform-rate scaleEnabled='0'")
    plain = read_fcpxml(document(clip("x", 0, 10, 4, kept), frame=frame))
    assert not plain.tracks[0][0].effects


def test_a_marker_in_a_conformed_clip_lies_where_final_cut_shows_it(document: Make) -> None:
    inside = '<conform-rate srcFrameRate="25"/><marker start="275/25s" value="m"/>'
    timeline = read_fcpxml(document(clip("x", 0, 10, 4, inside)))
    shown = timeline.tracks[0][0]
    since = shown.markers[0].marked_range.start_time - shown.source_range.start_time
    assert since.value == 25


def test_23_976_and_29_97_stay_exact(document: Make) -> None:
    for frame, rate in (("1001/24000s", 24000 / 1001), ("1001/30000s", 30000 / 1001)):
        spine = f'<gap offset="0s" duration="{frame}"/>'
        timeline = read_fcpxml(document(spine, frame=frame))
        assert timeline.tracks[0][0].duration() == otio.opentime.RationalTime(1, rate)


def test_resolves_unreduced_times_count_from_its_start(document: Make) -> None:
    spine = (
        '<asset-clip ref="a" name="x.mov" offset="3600/1s" start="0/1s" duration="48/24s"/>'
        '<gap offset="86448/24s" duration="1/1s"/>'
        '<clip name="still" offset="86472/24s" start="0/1s" duration="5/1s">'
        '<video ref="a" offset="0/1s" start="0/1s" duration="5/1s"/></clip>'
    )
    timeline = read_fcpxml(document(spine, start="3600/1s"))
    assert timeline.global_start_time.to_seconds() == 3600
    assert tracks(timeline)["V1"] == [("x.mov", 0, 2), ("still", 3, 5)]


def test_a_clip_of_sound_alone_is_on_an_audio_track(document: Make) -> None:
    inside = (
        '<clip lane="-1" name="snd" offset="2s" start="1s" duration="3s">'
        '<gap offset="0s" duration="50s"><audio ref="s" lane="-1" offset="0s" duration="50s"/>'
        "</gap></clip>"
    )
    timeline = read_fcpxml(document(clip("x", 0, 1, 9, inside)))
    assert tracks(timeline)["A1"] == [("snd", 1, 3)]
    assert timeline.tracks[1][1].source_range.start_time.to_seconds() == 1


def test_a_title_is_a_generator_and_keeps_its_words(document: Make) -> None:
    spine = (
        '<title ref="e" name="T" offset="0s" start="3600s" duration="2s"><text>'
        '<text-style ref="ts1">Hello</text-style></text><text-style-def id="ts1">'
        '<text-style font="Helvetica"/></text-style-def></title>'
    ) * 2
    timeline = read_fcpxml(document(spine))
    title = timeline.tracks[0][0]
    assert isinstance(title.media_reference, S.GeneratorReference)
    assert title.media_reference.parameters["text"] == "Hello"
    title.source_range = otio.opentime.TimeRange(
        title.source_range.start_time, otio.opentime.RationalTime(24, 24)
    )
    text, losses = write_fcpxml(timeline)
    assert text.count(">Hello<") == 2
    assert text.count('<text-style-def id="ts1">') == 1
    assert not losses


def test_markers_of_all_kinds_are_told_apart(document: Make) -> None:
    inside = (
        '<marker start="11s" duration="100/2400s" value="plain" note="words"/>'
        '<marker start="12s" value="to do" completed="0"/>'
        '<marker start="13s" value="done" completed="1"/>'
        '<chapter-marker start="14s" value="chapter" posterOffset="1s"/>'
        '<keyword start="10s" duration="3s" value="night"/><rating value="favorite"/>'
    )
    timeline = read_fcpxml(document(clip("x", 0, 10, 8, inside)))
    marks = timeline.tracks[0][0].markers
    assert [(m.name, m.color, m.comment) for m in marks] == [
        ("plain", "BLUE", "words"),
        ("to do", "RED", ""),
        ("done", "GREEN", ""),
        ("chapter", "ORANGE", ""),
    ]
    assert marks[0].marked_range.duration.value == 0
    text, losses = write_fcpxml(timeline)
    for kept in ('completed="1"', "<chapter-marker", 'posterOffset="1s"', "favorite", "night"):
        assert kept in text
    assert not losses


def test_a_transitions_markers_go_to_the_timeline(document: Make) -> None:
    fade = '<transition name="f" offset="3s" duration="2s"><marker start="3601s" value="m"/>'
    spine = clip("x", 0, 0, 4) + fade + "</transition>" + clip("y", 4, 9, 4)
    timeline = read_fcpxml(document(spine))
    assert [(m.name, m.marked_range.start_time.value) for m in timeline.tracks.markers] == [
        ("m", 96)
    ]
    again = read_fcpxml(write_fcpxml(timeline)[0])
    assert len(again.tracks.markers) == 1


def test_disabled_clips_and_missing_media_are_read(document: Make) -> None:
    spine = clip("x", 0, 0, 4).replace("<asset-clip", '<asset-clip enabled="0"')
    spine += '<asset-clip ref="gone" name="y" offset="4s" duration="2s"/>'
    timeline = read_fcpxml(document(spine))
    assert [c.enabled for c in timeline.tracks[0]] == [False, True]
    assert isinstance(timeline.tracks[0][1].media_reference, S.MissingReference)


def test_a_still_lasts_a_day(document: Make) -> None:
    still = (
        '<asset id="p" name="P" start="0s" duration="0s" hasVideo="1">'
        '<media-rep src="file:///m/p.png"/></asset>'
    )
    spine = '<video ref="p" name="P" offset="0s" start="3600s" duration="2s"/>'
    timeline = read_fcpxml(document(spine, still))
    available = timeline.tracks[0][0].media_reference.available_range
    assert available.duration.to_seconds() == 24 * 3600


def test_numbered_pictures_are_an_image_sequence(document: Make) -> None:
    pictures = (
        '<asset id="p" name="cg" start="0s" duration="4s" hasVideo="1" format="r1">'
        '<media-rep src="file:///m/cg.%5B0001-0096%5D.exr"/></asset>'
    )
    spine = '<asset-clip ref="p" name="cg" offset="0s" duration="2s"/>'
    reference = read_fcpxml(document(spine, pictures)).tracks[0][0].media_reference
    assert reference.target_url_for_image_number(1) == "file:///m/cg.0002.exr"
    assert (reference.start_frame, reference.rate) == (1, 24.0)


def test_several_projects_are_a_collection_and_none_is_its_clips(document: Make) -> None:
    text = document(clip("x", 0, 0, 4))
    begin, end = text.index("<project"), text.index("</project>") + len("</project>")
    both = text[:end] + text[begin:end].replace('"P"', '"Q"') + text[end:]
    projects = read_fcpxml(both)
    assert [t.name for t in projects] == ["P", "Q"]
    loose = text[:begin] + clip("loose", 0, 5, 3) + text[end:]
    found = read_fcpxml(loose)
    assert [(c.name, c.source_range.start_time.to_seconds()) for c in found] == [("loose", 5)]


def test_a_bundle_is_read_through_otio(document: Make, tmp_path: Path) -> None:
    bundle = tmp_path / "cut.fcpxmld"
    bundle.mkdir()
    (bundle / "Info.fcpxml").write_text(document(clip("x", 0, 0, 4)), encoding="utf-8")
    timeline = otio.adapters.read_from_file(str(bundle), adapter_name="idolsync_fcpxml")
    assert tracks(timeline)["V1"] == [("x", 0, 4)]


def test_formats_by_name_alone_have_a_rate(document: Make) -> None:
    text = document('<gap offset="0s" duration="1s"/>')
    for name, rate in (("FFVideoFormat1080p2398", 24000 / 1001), ("FFVideoFormat720p50", 50.0)):
        named = text.replace(
            'frameDuration="100/2400s" width="1920" height="1080"', f'name="{name}"'
        )
        assert read_fcpxml(named).tracks[0][0].duration().rate == rate


def test_resources_that_lie_in_the_project_are_found() -> None:
    text = """<fcpxml version="1.2"><project name="old"><resources>
        <format id="f" frameDuration="100/2500s"/>
        <asset id="a" name="a" src="file:///m/a.mov" duration="90s" hasVideo="1" format="f"/>
        </resources>{}</project></fcpxml>"""
    inner = '<clip offset="0s" name="x" duration="4s"><video ref="a" duration="90s"/></clip>'
    project = f'<sequence format="f"><spine>{inner}</spine></sequence>'
    read = [read_fcpxml(text.format(project)), read_fcpxml(text.format(inner))]
    for shown in (read[0].tracks[0][0], read[1][0]):
        assert shown.media_reference.target_url == "file:///m/a.mov"
        assert shown.source_range.duration == otio.opentime.RationalTime(100, 25)


def test_a_caption_on_a_storyline_hangs_over_a_gap(document: Make) -> None:
    spine = (
        '<asset-clip ref="a" name="x" offset="0s" duration="4s"/>'
        '<caption name="words" offset="4s" duration="2s"/>'
        '<asset-clip ref="a" name="y" offset="6s" start="9s" duration="4s"/>'
        '<transition name="fade" offset="9s" duration="1s"/>'
    )
    for timeline in (first := read_fcpxml(document(spine)), read_fcpxml(write_fcpxml(first)[0])):
        pictures, captions = timeline.tracks
        assert [type(item).__name__ for item in pictures] == ["Clip", "Gap", "Clip", "Transition"]
        assert captions.kind == "Caption"
        assert [(i.name, i.duration().value) for i in captions] == [("", 96), ("words", 48)]
