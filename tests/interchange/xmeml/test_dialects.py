"""What each editor's xmeml says, in the small: read as that editor means it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"
FILE = "<file id='f1'><name>a.mov</name><pathurl>file://localhost/m/a.mov</pathurl></file>"


def item(start: object, end: object, first: object, out: object, inner: str = FILE) -> str:
    return (
        f"<clipitem id='c{start}'><name>a</name>{RATE}<start>{start}</start><end>{end}</end>"
        f"<in>{first}</in><out>{out}</out>{inner}</clipitem>"
    )


def sequence(track: str, head: str = "", rate: str = RATE, kind: str = "video") -> str:
    media = f"<media><{kind}><track>{track}</track></{kind}></media>"
    return f"<xmeml version='4'><sequence><name>s</name>{rate}{head}{media}</sequence></xmeml>"


def only(text: str) -> Any:
    """The only item of the only track."""
    timeline = read_xmeml(text)
    (track,) = timeline.tracks
    (clip,) = track
    return clip.clone()


def start(clip: Any) -> float:
    return clip.source_range.start_time.value


def test_media_timecode_is_added_to_the_in_point() -> None:
    timecode = f"<timecode>{RATE}<frame>1000</frame><string>99:99:99:99</string></timecode>"
    file = FILE.replace("</file>", f"{RATE}<duration>500</duration>{timecode}</file>")
    clip = only(sequence(item(0, 10, 40, 50, file)))
    assert start(clip) == 1040
    assert clip.available_range().start_time.value == 1000


def test_a_timecode_without_a_frame_is_read_from_its_text() -> None:
    timecode = f"<timecode>{RATE}<string>00:00:40:00</string></timecode>"
    file = FILE.replace("</file>", f"{RATE}{timecode}</file>")
    assert start(only(sequence(item(0, 10, 5, 15, file)))) == 1005


def test_drop_frame_is_taken_from_the_count_and_not_from_the_text() -> None:
    ntsc = "<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>"
    head = (
        f"<timecode>{ntsc}<string>01:00:00:00</string><frame>107892</frame>"
        "<displayformat>DF</displayformat></timecode>"
    )
    timeline = read_xmeml(sequence(item(0, 10, 0, 10), head, ntsc))
    assert timeline.global_start_time == otio.opentime.RationalTime(107892, 30000 / 1001)


def test_windows_and_mac_paths_become_file_urls() -> None:
    for written, url in (
        ("file://localhost/C%3a/cut/b%20c.mov", "file:///C:/cut/b%20c.mov"),
        ("file://localhost/D%3A/x.mov", "file:///D:/x.mov"),
        ("file://localhost/Volumes/R%C3%A9/x.mov", "file:///Volumes/R%C3%A9/x.mov"),
        ("file:///plain/x.mov", "file:///plain/x.mov"),
    ):
        file = f"<file id='f'><name>x</name><pathurl>{written}</pathurl></file>"
        assert only(sequence(item(0, 5, 0, 5, file))).media_reference.target_url == url


def test_a_clip_that_counts_in_its_own_rate_is_converted() -> None:
    own = item(0, 100, 10, 60).replace("<timebase>25", "<timebase>12.5", 1)
    assert start(only(sequence(own))) == 20


def test_a_wrong_clip_rate_is_ignored_where_only_the_sequence_rate_fits() -> None:
    own = item(0, 100, 10, 110).replace("<timebase>25", "<timebase>60", 1)
    assert start(only(sequence(own))) == 10


def test_an_empty_clip_is_the_one_that_has_its_id() -> None:
    """Some writers put a clip's content into its sound, and name it by its id as a picture."""
    sound = f"<audio><track>{item(0, 10, 5, 15)}</track></audio></media>"
    text = sequence("<clipitem id='c0'/><clipitem id='c9'/>").replace("</media>", sound)
    timeline = read_xmeml(text)
    picture, unknown = timeline.video_tracks()[0]
    assert (picture.name, start(picture), picture.source_range.duration.value) == ("a", 5, 10)
    assert picture.media_reference.target_url == "file:///m/a.mov"
    assert unknown.source_range.duration.value == 0


@pytest.mark.parametrize("out", [True, False])
def test_a_fade_that_a_gap_exactly_fills_comes_back(out: bool) -> None:
    time, rate = otio.opentime.RationalTime, 25.0
    span = otio.opentime.TimeRange(time(0, rate), time(10, rate))
    shots = [otio.schema.Clip(name, otio.schema.MissingReference(), span) for name in "ab"]
    head, tail = (0, 10) if out else (10, 0)
    fade = otio.schema.Transition("", "SMPTE_Dissolve", time(head, rate), time(tail, rate))
    hole = otio.schema.Gap(source_range=span)
    between = [fade, hole] if out else [hole, fade]
    made = otio.schema.Timeline("t", global_start_time=time(0, rate))
    made.tracks.append(otio.schema.Track("V1", [shots[0], *between, shots[1]], kind="Video"))
    (track,) = read_xmeml(write_xmeml(made, "premiere")[0]).tracks
    assert [type(item).__name__ for item in track] == [type(i).__name__ for i in made.tracks[0]]
    assert [i.duration().value for i in track if not isinstance(i, otio.schema.Transition)] == [
        10, 10, 10,
    ]  # fmt: skip


def test_floats_and_blank_durations_are_taken() -> None:
    file = FILE.replace("</file>", "<duration/></file>")
    clip = only(sequence(item("0.0", "9.999999", "4.0", "14.0", file)))
    assert (start(clip), clip.source_range.duration.value) == (4, 10)


def test_items_out_of_order_are_put_in_order() -> None:
    timeline = read_xmeml(sequence(item(50, 60, 0, 10) + item(0, 10, 0, 10)))
    kinds = [type(i).__name__ for i in timeline.tracks[0]]
    assert kinds == ["Clip", "Gap", "Clip"]


def test_overlapping_items_go_to_a_track_of_their_own() -> None:
    timeline = read_xmeml(sequence(item(0, 20, 0, 20) + item(10, 30, 0, 20)))
    assert [t.duration().value for t in timeline.tracks] == [20, 30]
    assert len(list(timeline.find_clips())) == 2


TRANSITION = (
    "<transitionitem><start>{0}</start><end>{1}</end><alignment>{2}</alignment>{3}"
    f"{RATE}<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect>"
    "</transitionitem>"
)


@pytest.mark.parametrize(
    ("alignment", "ticks", "cut"),
    [
        ("center", "", 95),
        ("start", "", 90),
        ("end", "", 100),
        ("center", "<cutPointTicks>71124480000</cutPointTicks>", 97),
    ],
)
def test_the_cut_under_a_transition(alignment: str, ticks: str, cut: int) -> None:
    between = TRANSITION.format(90, 100, alignment, ticks)
    track = item(0, -1, 0, 100) + between + item(-1, 150, 20, 80)
    timeline = read_xmeml(sequence(track))
    first, dissolve, second = timeline.tracks[0]
    assert (dissolve.in_offset.value, dissolve.out_offset.value) == (cut - 90, 100 - cut)
    assert first.source_range.duration.value == cut
    assert (start(second), second.source_range.duration.value) == (20 + cut - 90, 150 - cut)


@pytest.mark.parametrize("first", [3, 600, 60_000])
def test_one_rate_on_every_item_of_openshot_says_nothing(first: int) -> None:
    constant = "<rate><timebase>30</timebase><ntsc>FALSE</ntsc></rate>"
    decimal = "<rate><timebase>29.97002997002997</timebase><ntsc>FALSE</ntsc></rate>"
    shown = item(0, 3, f"{first}.0", f"{first + 3}.00000000002").replace(RATE, constant)
    assert start(only(sequence(shown, rate=decimal))) == first
    whole = decimal.replace("29.97002997002997", "30").replace("FALSE", "TRUE")
    assert start(only(sequence(shown, rate=whole))) != first, "others mean what they write"


FADE = TRANSITION.format(85, 115, "center", "")
RATE_50 = RATE.replace("<timebase>25", "<timebase>50")


@pytest.mark.parametrize(
    ("track", "lengths"),
    [
        (item(0, -1, 0, 115) + FADE + item(-1, -1, 0, 115), [100, 100]),
        (item(-1, -1, 0, 115) + FADE + item(-1, 200, 0, 115), [100, 100]),
        (item(0, -1, 0, 115) + FADE + item(-1, -1, 0, 230).replace(RATE, RATE_50), [100, 100]),
        (item(0, -1, 0, 115) + FADE + item(-1, -1, -1, -1, "<duration>75</duration>"), [100, 60]),
        (item(0, -1, 7, 47), [40]),
        (item(-1, 60, 7, 47), [20, 40]),
    ],
)
def test_an_edge_that_is_not_told_lies_where_in_and_out_put_it(
    track: str, lengths: list[int]
) -> None:
    (made,) = read_xmeml(sequence(track)).tracks
    items = [one for one in made if not isinstance(one, otio.schema.Transition)]
    assert [one.duration().value for one in items] == lengths


def test_a_last_clip_without_an_end_ends_where_the_cut_of_its_transition_puts_it(
    shared: Path,
) -> None:
    timeline = read_xmeml(shared / "cases" / "interchange" / "F7_end_minus_one_last.xml")
    assert timeline.tracks[0].duration().value == 200


def test_a_fade_to_black_ends_with_its_clip() -> None:
    track = (
        item(0, -1, 0, 100) + TRANSITION.format(90, 100, "end-black", "") + item(120, 130, 0, 10)
    )
    timeline = read_xmeml(sequence(track))
    assert [type(i).__name__ for i in timeline.tracks[0]] == ["Clip", "Transition", "Gap", "Clip"]
    assert timeline.tracks[0][1].in_offset.value == 10
    assert timeline.tracks[0][1].out_offset.value == 0


def remap(*parameters: str) -> str:
    inner = "".join(f"<parameter>{p}</parameter>" for p in parameters)
    return (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
        f"{inner}</effect></filter>"
    )


def speed(value: str) -> str:
    bounds = "<valuemin>-100000</valuemin><valuemax>100000</valuemax>"
    return f"<parameterid>speed</parameterid>{bounds}<value>{value}</value>"


def test_retimed_frames_are_turned_into_source_frames() -> None:
    clip = only(sequence(item(0, 50, 30, 80, FILE + remap(speed("200")))))
    assert start(clip) == 60
    assert clip.effects[0].time_scalar == 2


LONG = FILE.replace("</file>", f"{RATE}<duration>500</duration></file>")
REVERSE = "<parameterid>reverse</parameterid><name>reverse</name><value>TRUE</value>"


def graph(*keys: tuple[object, object, str]) -> str:
    points = "".join(
        f"<keyframe><when>{when}</when><value>{value}</value><speedvirtualkf>TRUE</speedvirtualkf>"
        f"<speedkf{name}>TRUE</speedkf{name}></keyframe>"
        for when, value, name in keys
    )
    return f"<parameterid>graphdict</parameterid><name>graphdict</name><value>0</value>{points}"


def retimed(first: int, out: int, speed_: str, *parameters: str, more: str = "") -> Any:
    steady = "<parameterid>variablespeed</parameterid><value>0</value>"
    inner = LONG + remap(steady, speed(speed_), *parameters)
    shown = item(0, out - first, first, out, inner).replace("</clipitem>", f"{more}</clipitem>")
    return only(sequence(shown))


def test_reverse_counts_from_the_end_of_the_media() -> None:
    clip = retimed(100, 150, "-100", REVERSE)
    assert clip.effects[0].time_scalar == -1
    assert start(clip) == 350


def test_reverse_of_final_cut_7_adds_one_to_its_values() -> None:
    keys = (0, 501, "start"), (100, 400, "in"), (150, 350, "out"), (500, 1, "end")
    assert start(retimed(100, 150, "100", REVERSE, graph(*keys))) == 350
    slow = (0, 100.1998, "start"), (355, 21.1998, "in"), (409, 10.3998, "out"), (456, 1.1998, "end")
    clip = retimed(355, 409, "20", REVERSE, graph(*slow))
    assert clip.effects[0].time_scalar == -0.2
    # the first frame seen is 20.1998, the last one 53 steps of 0.2 before it
    assert start(clip) == pytest.approx(9.5998)


def test_reverse_of_a_premiere_that_counts_in_forwards_is_known_by_its_graph() -> None:
    # in 207 and out 226 of 425 retimed frames: the graph's keys lie at 425 - 226 and 425 - 207
    keys = (0, 340, "start"), (199, 180, "in"), (218, 165, "out"), (425, 1, "end")
    whole = "<duration>425</duration>"
    ticks = "<pproTicksIn>1689714432000</pproTicksIn>"
    exact = retimed(207, 226, "80", REVERSE, graph(*keys), more=whole + ticks)
    assert start(exact) == pytest.approx(166.3)
    assert start(retimed(207, 226, "80", REVERSE, graph(*keys), more=whole)) == pytest.approx(165.6)


def test_premieres_ticks_name_the_source_frame_that_in_rounds() -> None:
    keys = (0, 0, "start"), (652, 358, "in"), (721, 396, "out"), (2036, 1119, "end")
    ticks = "<pproTicksIn>3647669760000</pproTicksIn>"
    clip = retimed(652, 721, "55", graph(*keys), more=ticks)
    assert start(clip) == 359
    assert clip.effects[0].time_scalar == 0.55


def test_a_speed_that_final_cut_7_rounds_is_still_one_speed() -> None:
    keys = (0, 0.4626, "start"), (43, 65, "in"), (150, 225.593, "out"), (576, 864.463, "end")
    clip = retimed(43, 150, "150", graph(*keys))
    assert [e.time_scalar for e in clip.effects] == [1.5]
    assert start(clip) == 65


RAMP = remap(
    "<parameterid>variablespeed</parameterid><value>1</value>",
    speed("99"),
    graph((0, 0, "start"), (100, 200, "in"), (150, -1815255671, "out"), (500, 500, "end")),
)


def test_a_ramp_is_its_mean_speed_and_nonsense_in_a_virtual_key_is_passed_over() -> None:
    clip = only(sequence(item(0, 50, 120, 170, LONG + RAMP)))
    assert start(clip) == 215
    assert [e.time_scalar for e in clip.effects] == [0.75]


def test_a_ramp_is_written_back_as_it_was_and_told_when_it_no_longer_fits() -> None:
    timeline = read_xmeml(sequence(item(0, 50, 120, 170, LONG + RAMP)))
    text, losses = write_xmeml(timeline)
    assert not losses
    assert "<in>120</in><out>170</out>" in text
    assert "-1815255671" in text
    assert text.count("<effectid>timeremap</effectid>") == 1
    assert start(only(text)) == 215
    clip = timeline.tracks[0][0]
    half = otio.opentime.RationalTime(25, 25)
    clip.source_range = otio.opentime.TimeRange(clip.source_range.start_time, half)
    text, losses = write_xmeml(timeline)
    assert any("Time Remap" in sentence for sentence in losses)
    assert "-1815255671" not in re.sub("<metadata>.*?</metadata>", "", text)
    again = only(text)
    assert start(again) == 215
    assert [e.time_scalar for e in again.effects] == [0.75]


def test_a_share_instead_of_per_cent_is_understood_where_it_has_no_bounds() -> None:
    share = remap("<parameterid>speed</parameterid><value>0.25</value>")
    assert only(sequence(item(0, 50, 0, 50, FILE + share))).effects[0].time_scalar == 0.25


def test_a_freeze_shows_the_frame_of_its_graph() -> None:
    graph = "<parameterid>graphdict</parameterid>" + "".join(
        f"<keyframe><when>{w}</when><value>77</value></keyframe>" for w in (0, 50)
    )
    clip = only(sequence(item(0, 50, 0, 50, FILE + remap(speed("0"), graph))))
    assert isinstance(clip.effects[0], otio.schema.FreezeFrame)
    assert start(clip) == 77


def test_a_point_marker_lasts_nothing_and_a_one_frame_marker_one_frame() -> None:
    marks = "".join(
        f"<marker><name>{n}</name><in>{a}</in><out>{b}</out></marker>"
        for n, a, b in (("p", 5, -1), ("f", 6, 7), ("s", 8, 20))
    )
    timeline = read_xmeml(sequence(item(0, 50, 0, 50), marks))
    lasts = [m.marked_range.duration.value for m in timeline.tracks.markers]
    assert lasts == [0, 1, 12]


@pytest.mark.parametrize(
    ("elements", "color"),
    [
        ("<pproColor>4281740498</pproColor>", "RED"),
        ("<pproColor>4281828977</pproColor>", "GREEN"),
        ("<pproColor>4292277273</pproColor>", "CYAN"),
        ("<color><red>255</red><green>0</green><blue>250</blue></color>", "MAGENTA"),
        ("", "GREEN"),
        ("<pproColor>broken</pproColor>", "GREEN"),
    ],
)
def test_marker_colours(elements: str, color: str) -> None:
    mark = f"<marker><name>m</name><in>1</in><out>-1</out>{elements}</marker>"
    timeline = read_xmeml(sequence(item(0, 9, 0, 9), mark))
    assert timeline.tracks.markers[0].color == color


def test_an_image_sequence_is_known_by_its_brackets() -> None:
    file = (
        f"<file id='f'><name>cg</name><pathurl>file:///x/cg_[1001-1050].png</pathurl>{RATE}"
        "<duration>50</duration></file>"
    )
    reference = only(sequence(item(0, 9, 0, 9, file))).media_reference
    assert isinstance(reference, otio.schema.ImageSequenceReference)
    assert (reference.name_prefix, reference.start_frame) == ("cg_", 1001)
    assert reference.frame_zero_padding == 4


def test_a_numbered_photograph_is_no_image_sequence() -> None:
    path = "<pathurl>file:///x/IMG_0012.jpg</pathurl>"
    file = f"<file id='f'>{path}{RATE}<duration>90</duration></file>"
    clip = only(sequence(item(0, 9, 216000, 216009, file)))
    assert isinstance(clip.media_reference, otio.schema.ExternalReference)


def test_a_file_without_a_path_is_missing_media_and_a_slug_a_generator() -> None:
    missing = only(sequence(item(0, 9, 0, 9, "<file id='f'><name>gone</name></file>")))
    assert isinstance(missing.media_reference, otio.schema.MissingReference)
    slug = "<file id='f'><name>t</name><mediaSource>Slug</mediaSource></file>"
    made = only(sequence(item(0, 9, 0, 9, slug))).media_reference
    assert (type(made), made.generator_kind) == (otio.schema.GeneratorReference, "Slug")


def test_no_sequence_reads_as_a_collection_of_clips_with_ranges() -> None:
    times = "<duration>90</duration><in>-1</in><out>-1</out>"
    clip = f"<clip id='k'><name>k</name>{RATE}{times}{FILE}</clip>"
    text = f"<xmeml version='5'><bin><children>{clip}{clip}</children></bin></xmeml>"
    found = read_xmeml(text)
    assert isinstance(found, otio.schema.SerializableCollection)
    assert [c.source_range.duration.value for c in found] == [90, 90]


def test_several_sequences_read_as_a_collection_of_timelines() -> None:
    one = sequence(item(0, 9, 0, 9)).removeprefix("<xmeml version='4'>").removesuffix("</xmeml>")
    found = read_xmeml(f"<xmeml><project><children>{one}{one}</children></project></xmeml>")
    assert [type(t).__name__ for t in found] == ["Timeline", "Timeline"]


def test_an_editors_own_elements_are_kept() -> None:
    logged = "<logginginfo><lognote>x</lognote></logginginfo>"
    inner = f"{FILE}<labels><label2>Iris</label2></labels>{logged}"
    clip = only(sequence(item(0, 9, 0, 9, inner)))
    kept = clip.metadata["fcp_xml"]
    assert kept["labels"]["label2"] == "Iris"
    assert kept["logginginfo"]["lognote"] == "x"
