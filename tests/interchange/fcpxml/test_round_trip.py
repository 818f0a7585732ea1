"""A planned cut in FCPXML and back, with and without what editors drop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import fcpxml_cuts as cuts
import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

S = otio.schema
PRIVATE = ("note", "keyword", "metadata")


def music_video(rate: float) -> S.Timeline:
    """A cut with everything a plan or an editor may put in it, and a marker every few frames."""
    shots = [cuts.shot(f"샷_{i} é & <b>", 20 + i, rate) for i in range(12)]
    for i, clip in enumerate(shots):
        clip.metadata["idolsync"] = {"shot_id": f"S{i:03d}", "reason": {"text": "bar 3"}}
    shots[1].media_reference = S.ImageSequenceReference(
        "file:///m/exr/", "cg_", ".exr", 1001, 1, rate, 4, available_range=cuts.span(0, 400, rate)
    )
    shots[2].media_reference = S.MissingReference()
    shots[3].effects.append(S.LinearTimeWarp("fast", time_scalar=2.0))
    shots[4].effects.append(S.LinearTimeWarp("back", time_scalar=-0.5))
    shots[5].effects.append(S.FreezeFrame("freeze"))
    shots[6].enabled = False
    shots[7].markers.append(S.Marker("lip", cuts.span(105, 1, rate), "CYAN"))
    timeline = cuts.cut(shots, rate, song=2000)
    timeline.metadata["idolsync"] = {"plan_id": "3fa9c0de0001", "settings": {"rate": str(rate)}}
    track = timeline.tracks[0]
    track.insert(3, S.Transition("dissolve", "SMPTE_Dissolve", cuts.rt(5, rate), cuts.rt(4, rate)))
    track.insert(8, S.Gap(source_range=cuts.span(0, 25, rate)))
    for k in range(60):
        marker = cuts.beat(f"{k // 4}.{k % 4}", 5 * k, rate, (0, 0, 1, 48)[k % 4])
        marker.comment = f"コメント {k}"
        timeline.tracks.markers.append(marker)
    return timeline


def bare(text: str) -> str:
    """A document after an editor that keeps no private text."""
    root = etree.fromstring(text.encode())
    for element in list(root.iter(*PRIVATE)):
        element.getparent().remove(element)
    return etree.tostring(root, encoding="unicode")


def cut_of(timeline: S.Timeline) -> list[Any]:
    rows = []
    for track in timeline.tracks:
        for item in track:
            if isinstance(item, S.Transition):
                rows.append((item.in_offset, item.out_offset))
                continue
            where = item.trimmed_range_in_parent()
            speeds = [getattr(e, "time_scalar", None) for e in item.effects]
            source = item.source_range if isinstance(item, S.Clip) else None
            url = getattr(getattr(item, "media_reference", None), "target_url", "")
            name = item.name if isinstance(item, S.Clip) else ""
            rows.append((name, where, source, url, item.enabled, speeds))
    return rows


def marks_of(timeline: S.Timeline) -> list[Any]:
    return [(m.name, m.marked_range) for m in timeline.tracks.markers]


@pytest.mark.parametrize("rate", cuts.RATES.values(), ids=cuts.RATES.keys())
def test_a_cut_comes_back_equal_at_every_rate(rate: float) -> None:
    timeline = music_video(rate)
    back = read_fcpxml(write_fcpxml(timeline)[0])
    assert not cuts.difference(cuts.says(timeline), cuts.says(back))


@pytest.mark.parametrize("rate", cuts.RATES.values(), ids=cuts.RATES.keys())
def test_cut_and_markers_stand_without_notes_keywords_and_metadata(rate: float) -> None:
    timeline = music_video(rate)
    back = read_fcpxml(bare(write_fcpxml(timeline)[0]))
    assert cut_of(back) == cut_of(timeline)
    assert marks_of(back) == marks_of(timeline)


@pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(8, 14)])
def test_output_is_valid_by_apples_dtd_of_its_version(version: str) -> None:
    folder = os.environ.get("IDOLSYNC_DTD")
    if not folder:
        pytest.skip("set $IDOLSYNC_DTD to a folder of Apple's DTDs")
    dtd = etree.DTD(str(Path(folder) / f"FCPXMLv{version.replace('.', '_')}.dtd"))
    for rate in cuts.RATES.values():
        root = etree.fromstring(write_fcpxml(music_video(rate), version)[0].encode())
        assert dtd.validate(root), dtd.error_log.last_error


@pytest.mark.parametrize("version", ["1.7", "1.14", "2", "1.1", ""])
def test_a_version_that_is_not_written_is_refused(version: str) -> None:
    with pytest.raises(InterchangeError, match=r"choose 1\.8 to 1\.13"):
        write_fcpxml(cuts.cut([cuts.shot("a", 10)]), version)


def test_every_time_lies_on_a_frame() -> None:
    rate = 24000 / 1001
    root = etree.fromstring(write_fcpxml(music_video(rate))[0].encode())
    for element in root.iter("asset-clip", "gap", "video", "transition", "marker", "sequence"):
        for name in ("offset", "start", "duration", "tcStart"):
            top, _, under = element.get(name, "0s").removesuffix("s").partition("/")
            assert int(top) * 24000 % (1001 * int(under or 1)) == 0, (element.tag, name)


def test_29_97_starts_at_its_drop_frame_hour() -> None:
    rate = 30000 / 1001
    timeline = cuts.cut([cuts.shot("a", 10, rate)], rate)
    timeline.global_start_time = cuts.rt(107892, rate)
    text, _losses = write_fcpxml(timeline)
    assert 'tcStart="107999892/30000s" tcFormat="DF"' in text
    assert read_fcpxml(text).global_start_time == cuts.rt(107892, rate)


def test_a_shots_id_stands_in_note_keyword_and_marker_but_not_in_its_name() -> None:
    root = etree.fromstring(write_fcpxml(music_video(24.0))[0].encode())
    clip = root.find(".//spine/asset-clip")
    assert clip.get("name") == "샷_0 é & <b>"
    assert clip.findtext("note").startswith("S000@3fa9 ")
    assert [k.get("value") for k in clip.iterfind("keyword")] == ["S000@3fa9"]
    assert "S000@3fa9" in [m.get("value") for m in clip.iterfind("marker")]


def test_a_shots_id_is_found_where_only_one_carrier_is_left() -> None:
    text, _losses = write_fcpxml(music_video(24.0))
    left = read_fcpxml(bare(text)).tracks[0][0]
    assert "S000@3fa9" in [m.name for m in left.markers]
    root = etree.fromstring(text.encode())
    for element in list(root.iter("note", "marker")):
        element.getparent().remove(element)
    clip = read_fcpxml(etree.tostring(root)).tracks[0][0]
    assert list(clip.metadata["fcpx_xml"]["keywords"]) == ["S000@3fa9"]


def test_what_a_person_adds_to_a_note_is_kept() -> None:
    text, _losses = write_fcpxml(music_video(24.0))
    root = etree.fromstring(text.encode())
    note = root.find(".//spine/asset-clip/note")
    note.text = note.text.replace("S000@3fa9", "S000@3fa9 too dark", 1)
    back = read_fcpxml(etree.tostring(root))
    clip = back.tracks[0][0]
    assert clip.metadata["fcpx_xml"]["note"] == "too dark"
    assert clip.metadata["idolsync"]["shot_id"] == "S000"
    assert "too dark S000@3fa9 [idolsync" in write_fcpxml(back)[0]


def test_sound_that_final_cut_cannot_open_is_told() -> None:
    timeline = cuts.cut([cuts.shot("a", 10)], song=10)
    timeline.tracks[1][0].media_reference.target_url = "file:///m/song%20one.ogg"
    _text, losses = write_fcpxml(timeline)
    assert losses == ("Final Cut Pro opens no .ogg sound; give it song one.ogg as WAV",)


def test_a_track_within_a_track_comes_back_with_its_markers() -> None:
    timeline = cuts.cut([cuts.shot("a", 10)])
    inner = S.Track("inner", [cuts.shot("b", 30)], cuts.span(5, 20, 24.0), "Video")
    inner.markers.append(cuts.beat("m", 7))
    timeline.tracks[0].append(inner)
    back = read_fcpxml(write_fcpxml(timeline)[0])
    assert not cuts.difference(cuts.says(timeline), cuts.says(back))


def test_clips_straight_in_a_stack_and_cut_tracks_come_back() -> None:
    timeline = cuts.cut([cuts.shot("a", 40)])
    timeline.tracks[0].append(S.Stack("pile", [cuts.shot("b", 20)], cuts.span(0, 20, 24.0)))
    timeline.tracks[0].append(S.Gap(source_range=cuts.span(7, 5, 24.0)))
    timeline.tracks[0].source_range = cuts.span(3, 30, 24.0)
    text, losses = write_fcpxml(timeline)
    assert not cuts.difference(cuts.says(timeline), cuts.says(read_fcpxml(text)))
    assert losses == ("track 'V1' is cut to a range; Final Cut shows the whole track",)


def test_a_collection_of_timelines_and_one_of_clips_come_back() -> None:
    two = S.SerializableCollection("both", [music_video(24.0), music_video(25.0)])
    back = read_fcpxml(write_fcpxml(two)[0])
    assert [cut_of(t) for t in back] == [cut_of(t) for t in two]
    clips = S.SerializableCollection("bin", [cuts.shot("a", 10), cuts.shot("b", 20)])
    again = read_fcpxml(write_fcpxml(clips)[0])
    assert [(c.name, c.source_range) for c in again] == [(c.name, c.source_range) for c in clips]
