"""What is written for an editor: sound it can play, links that resolve, ids in every carrier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.interchange.identity import tags_in
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

S = otio.schema
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def clip(name: str, url: str, at: float, frames: float, rate: float = 25.0) -> Any:
    media = S.ExternalReference(url, TR(RT(0, rate), RT(1000, rate)))
    return S.Clip(name, media, TR(RT(at, rate), RT(frames, rate)))


def music_video(rate: float = 25.0) -> Any:
    timeline = S.Timeline("mv")
    timeline.global_start_time = RT(3600 * round(rate), rate)
    timeline.metadata["idolsync"] = {"plan_id": "3fa9c0ffee00"}
    video, audio = S.Track("V1", kind="Video"), S.Track("A1", kind="Audio")
    timeline.tracks.extend([video, audio])
    for index in range(3):
        shot = clip(f"shot {index}", f"file:///m/{index}.mov", 10, 20, rate)
        shot.metadata["idolsync"] = {"shot_id": f"S00{index}"}
        video.append(shot)
    audio.append(clip("song", "file:///m/song.wav", 0, 60, rate))
    return timeline


def written(timeline: Any, dialect: str = "premiere") -> Any:
    return etree.fromstring(write_xmeml(timeline, dialect)[0].encode())


def test_premiere_gets_stereo_as_two_tracks_with_two_output_groups() -> None:
    root = written(music_video())
    tracks = root.findall(".//audio/track")
    assert [t.get("currentExplodedTrackIndex") for t in tracks] == ["0", "1"]
    assert [t.findtext("outputchannelindex") for t in tracks] == ["1", "2"]
    assert [t.findtext("clipitem/sourcetrack/trackindex") for t in tracks] == ["1", "2"]
    assert len(root.findall(".//audio/outputs/group")) == 2


def test_premiere_gets_mono_as_one_track() -> None:
    timeline = music_video()
    song = timeline.tracks[1][0]
    song.media_reference.metadata["fcp_xml"] = {"media": {"audio": {"channelcount": "1"}}}
    (track,) = written(timeline).findall(".//audio/track")
    assert track.get("currentExplodedTrackIndex") is None


def test_resolve_gets_sound_on_one_track_and_a_blank_file_duration() -> None:
    root = written(music_video(), "resolve")
    assert len(root.findall(".//audio/track")) == 1
    assert {d.text for d in root.iterfind(".//file/duration")} == {None}


def test_our_pair_reads_as_one_track_even_without_our_blocks() -> None:
    root = written(music_video())
    for block in root.findall(".//metadata"):
        block.getparent().remove(block)
    timeline = read_xmeml(etree.tostring(root))
    assert [t.kind for t in timeline.tracks] == ["Video", "Audio"]


def test_a_pair_whose_halves_an_editor_made_differ_stays_two_tracks() -> None:
    root = written(music_video())
    root.findall(".//audio/track")[1].find("clipitem/end").text = "50"
    timeline = read_xmeml(etree.tostring(root))
    assert [t.duration().value for t in timeline.tracks] == [60, 60, 50]


def test_an_editors_own_pair_stays_two_tracks() -> None:
    root = written(music_video())
    for track in root.findall(".//audio/track"):
        del track.attrib["pair"]
    assert len(read_xmeml(etree.tostring(root)).tracks) == 3


@pytest.mark.parametrize("dialect", ["premiere", "resolve", "plain"])
def test_every_id_that_is_referred_to_exists(dialect: str) -> None:
    timeline = music_video()
    timeline.tracks[1].append(clip("shot 0", "file:///m/0.mov", 10, 20))
    timeline.tracks[1][1].metadata["fcp_xml"] = {
        "@id": "clipitem-9",
        "masterclipid": "masterclip-4",
        "link": [{"linkclipref": "clipitem-404"}, {"linkclipref": "clipitem-9"}],
    }
    root = written(timeline, dialect)
    items = {e.get("id") for e in root.iter("clipitem", "generatoritem")}
    files = {e.get("id") for e in root.iter("file") if len(e)}
    linked = {e.text for e in root.iter("linkclipref")}
    assert linked
    assert linked <= items
    assert {e.get("id") for e in root.iter("file")} <= files
    assert not list(root.iter("masterclipid"))


def test_picture_and_sound_of_the_same_take_are_linked() -> None:
    timeline = music_video()
    timeline.tracks[1].insert(0, clip("shot 0", "file:///m/0.mov", 10, 20))
    links = written(timeline).findall(".//video/track/clipitem/link/mediatype")
    assert [e.text for e in links] == ["video", "audio", "audio"]


def test_a_shots_id_stands_in_every_text_that_editors_keep() -> None:
    timeline = music_video()
    first = next(written(timeline).iter("clipitem"))
    assert first.findtext("name") == "shot 0"
    for path in ("logginginfo/lognote", "comments/mastercomment1", "comments/clipcommenta"):
        assert [str(t) for t in tags_in([first.findtext(path)])] == ["S000@3fa9"]
    assert first.findtext("uuid")


def test_every_file_is_whole_at_each_use_because_openshot_drops_bare_ones() -> None:
    timeline = music_video()
    timeline.tracks[0].append(clip("again", "file:///m/0.mov", 30, 20))
    root = written(timeline)
    assert all(len(f) for f in root.iterfind(".//video/track/clipitem/file"))


def test_a_locked_element_stands_in_every_track() -> None:
    timeline = music_video()
    timeline.tracks[0].metadata["fcp_xml"] = {"locked": "TRUE"}
    root = written(timeline)
    assert [t.findtext("locked") for t in root.iter("track")] == ["TRUE", "FALSE", "FALSE"]
    back = read_xmeml(etree.tostring(root))
    assert back.tracks[0].metadata["fcp_xml"]["locked"] == "TRUE"


@pytest.mark.parametrize(
    ("frame", "settings", "shown"),
    [
        (107892, {}, ("01:00:00;00", "DF")),
        (108000, {}, ("01:00:00:00", "NDF")),
        (107892, {"drop_frame": False}, ("00:59:56:12", "NDF")),
    ],
)
def test_drop_frame_is_written_as_such(frame: int, settings: Any, shown: Any) -> None:
    timeline = music_video(30000 / 1001)
    timeline.global_start_time = RT(frame, 30000 / 1001)
    timeline.metadata["idolsync"] = {"settings": settings}
    timecode = written(timeline).find("sequence/timecode")
    assert (timecode.findtext("string"), timecode.findtext("displayformat")) == shown
    assert timecode.findtext("frame") == str(frame)


def test_media_of_another_size_get_the_scale_that_a_render_gives_them() -> None:
    timeline = music_video()
    timeline.metadata["idolsync"] = {"settings": {"size": [1920, 1080]}}
    point = otio.schema.V2d
    box = otio.schema.Box2d(point(0, 0), point(960, 720))
    timeline.tracks[0][0].media_reference.available_image_bounds = box
    root = written(timeline)
    (filtered,) = root.findall(".//filter/effect")
    assert filtered.findtext("parameter[parameterid='scale']/value") == "150"
    back = read_xmeml(etree.tostring(root))
    assert not back.tracks[0][0].effects
    assert back.to_json_string() == timeline.to_json_string()
    for parameter in filtered.iterfind("parameter"):
        parameter.set("authoringApp", "PremierePro")  # a person has changed it there
    filtered.find("parameter[parameterid='scale']/value").text = "73.5"
    (kept,) = written(read_xmeml(etree.tostring(root))).findall(".//filter/effect")
    assert kept.findtext("parameter[parameterid='scale']/value") == "73.5"


def foreign_filter() -> str:
    keyed = "<keyframe><when>5</when><value>50</value></keyframe>"
    return (
        "<filter><effect><name>Opacity</name><effectid>opacity</effectid><parameter>"
        f"<parameterid>opacity</parameterid>{keyed}</parameter></effect></filter>"
        "<labels><label2>Iris</label2></labels>"
    )


def read_with_filter() -> Any:
    root = written(music_video())
    first = next(root.iter("clipitem"))
    first.remove(first.find("metadata"))
    for element in etree.fromstring(f"<x>{foreign_filter()}</x>"):
        first.append(element)
    return read_xmeml(etree.tostring(root))


def test_an_editors_filter_is_written_back_while_its_clip_stands() -> None:
    text, losses = write_xmeml(read_with_filter())
    root = etree.fromstring(text.encode())
    assert root.findtext(".//effect[effectid='opacity']/parameter/keyframe/when") == "5"
    assert root.findtext(".//labels/label2") == "Iris"
    assert not losses


def test_keyframes_of_a_clip_trimmed_since_are_left_out_and_reported() -> None:
    timeline = read_with_filter()
    first = timeline.tracks[0][0]
    first.source_range = TR(RT(11, 25), RT(19, 25))
    text, losses = write_xmeml(timeline)
    root = etree.fromstring(text.encode())
    assert root.find(".//effect[effectid='opacity']") is None
    assert root.findtext(".//labels/label2") == "Iris"
    assert any("Opacity" in loss and "changed since it was read" in loss for loss in losses)


def test_nothing_of_an_editor_is_put_onto_other_media() -> None:
    timeline = read_with_filter()
    timeline.tracks[0][0].media_reference = S.ExternalReference("file:///m/other.mov")
    text, losses = write_xmeml(timeline)
    assert "Iris" not in text.replace('"Iris"', "")
    assert any("labels" in loss for loss in losses)


def test_what_editors_will_not_show_is_said() -> None:
    timeline = music_video()
    timeline.tracks[0][0].effects.append(S.Effect("glow", "glow"))
    timeline.tracks[0][1].media_reference.target_url = "takes/a.mov"
    _, losses = write_xmeml(timeline)
    assert any("glow" in loss for loss in losses)
    assert any("takes/a.mov" in loss for loss in losses)


def test_times_at_other_rates_come_back_exactly_and_round_without_our_blocks() -> None:
    timeline = music_video(24.0)
    shot = timeline.tracks[0][0]
    shot.source_range = TR(RT(100, 30), RT(48000, 48000))
    timeline.tracks.markers.append(S.Marker("m", TR(RT(96000, 48000), RT(0, 48000))))
    root = written(timeline)
    assert read_xmeml(etree.tostring(root)).to_json_string() == timeline.to_json_string()
    for block in root.findall(".//metadata"):
        block.getparent().remove(block)
    bare = read_xmeml(etree.tostring(root))
    assert bare.tracks.markers[0].marked_range.start_time == RT(48, 24)
    assert bare.tracks[0][0].source_range.duration == RT(24, 24)


@pytest.mark.parametrize(("runs", "planned"), [(25.0, "24"), (24.0, "30000/1001"), (50.0, "24")])
def test_a_sequence_at_another_rate_than_its_plans_is_read_as_it_runs_and_lasts(
    runs: float, planned: str
) -> None:
    timeline = music_video(runs)
    timeline.metadata["idolsync"]["settings"] = {"rate": planned}
    text, losses = write_xmeml(timeline)  # at the plan's rate: settings come first
    assert "cuts between two frames" in "".join(losses)
    assert read_xmeml(text).to_json_string() == timeline.to_json_string()
    text = write_xmeml(music_video(runs))[0].replace(
        '"plan_id"', f'"settings":{{"rate":"{planned}"}},"plan_id"'
    )  # what is left when an editor has changed the rate
    read = read_xmeml(text)
    assert read.duration() == RT(60, runs)
    assert read_xmeml(write_xmeml(read)[0]).to_json_string() == read.to_json_string()


def test_a_track_that_says_half_of_being_a_pair_is_made_a_whole_one() -> None:
    timeline = music_video()
    timeline.tracks[1].metadata["fcp_xml"] = {
        "@totalExplodedTrackCount": "6",
        "@premiereTrackType": "5.1",
    }
    assert len(written(timeline).findall(".//audio/track")) == 2


def test_trims_made_in_an_editor_win_over_our_blocks() -> None:
    root = written(music_video(), "resolve")
    item = next(root.iter("clipitem"))
    item.find("in").text, item.find("out").text, item.find("end").text = "13", "30", "17"
    shot = read_xmeml(etree.tostring(root)).tracks[0][0].clone()
    assert shot.source_range == TR(RT(13, 25), RT(17, 25))
    assert shot.metadata["idolsync"]["shot_id"] == "S000"


def test_media_relinked_in_an_editor_win_over_our_blocks() -> None:
    timeline = music_video()
    timeline.tracks[0][0].media_reference.name = "other name"
    root = written(timeline)
    next(root.iter("pathurl")).text = "file://localhost/elsewhere/9.mov"
    assert read_xmeml(etree.tostring(root)).tracks[0][0].media_reference.target_url == (
        "file:///elsewhere/9.mov"
    )


def test_real_exports_are_read_whole_and_come_back_equal(shared: Path) -> None:
    files = sorted((shared / "corpus" / "interchange" / "fcp7xml").glob("*.xml"))
    assert files
    for file in files:
        first = read_xmeml(file)
        for dialect in ("premiere", "resolve", "plain"):
            again = read_xmeml(write_xmeml(first, dialect)[0])
            assert again.to_json_string() == first.to_json_string()


def test_the_stock_adapter_reads_the_same_cut() -> None:
    if "fcp_xml" not in otio.adapters.available_adapter_names():
        pytest.skip("otio-fcp-adapter is not installed")
    timeline = music_video()
    dissolve = S.Transition("x", "SMPTE_Dissolve", RT(4, 25), RT(4, 25))
    timeline.tracks[0].insert(1, dissolve)
    back = otio.adapters.read_from_string(write_xmeml(timeline)[0], "fcp_xml")
    ranges = [str(c.source_range) for c in back.find_clips()]
    assert ranges == [str(c.source_range) for c in timeline.find_clips()]


def test_both_adapters_refuse_arguments_they_do_not_know(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    for name in ("idolsync_premiere", "idolsync_resolve"):
        otio.adapters.write_to_file(music_video(), str(path), adapter_name=name)
        back = otio.adapters.read_from_file(str(path), adapter_name=name)
        assert back.name == "mv"
        with pytest.raises(otio.exceptions.OTIOError, match="knows no argument colour"):
            otio.adapters.read_from_file(str(path), adapter_name=name, colour=1)


def test_a_cut_late_in_a_long_timeline_keeps_its_ticks() -> None:
    timeline = music_video()
    timeline.tracks[0].insert(0, clip("long", "file:///m/long.mov", 0, 100_000))
    timeline.tracks[0].insert(2, S.Transition("x", "SMPTE_Dissolve", RT(3, 25), RT(8, 25)))
    assert read_xmeml(write_xmeml(timeline)[0]).to_json_string() == timeline.to_json_string()


def test_a_speed_comes_back_to_its_last_bit() -> None:
    timeline = music_video()
    slow = S.LinearTimeWarp("slow", time_scalar=0.9818191804899483)
    timeline.tracks[0][0].effects.append(slow)
    assert read_xmeml(write_xmeml(timeline)[0]).to_json_string() == timeline.to_json_string()


def test_collections_inside_a_collection_are_written_and_their_names_reported() -> None:
    inner = S.SerializableCollection("bin", [music_video(), music_video()])
    text, losses = write_xmeml(S.SerializableCollection("", [inner]))
    back = read_xmeml(text)
    assert [type(t).__name__ for t in back] == ["Timeline", "Timeline"]
    assert any("'bin'" in loss for loss in losses)
