"""A song's markers ride on clips; what an editor does to the clips does not move the song."""

from __future__ import annotations

import copy
from typing import Any

import fcpxml_cuts as cuts
import opentimelineio as otio
from lxml import etree

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml


def written(rate: float = 24.0) -> Any:
    shots = [cuts.shot(f"shot {i}", 48, rate) for i in range(4)]
    timeline = cuts.cut(shots, rate, song=192)
    for beat in range(0, 192, 12):
        timeline.tracks.markers.append(cuts.beat(f"beat {beat}", beat, rate))
    return etree.fromstring(write_fcpxml(timeline)[0].encode())


def frames(root: Any) -> list[tuple[str, int]]:
    timeline = read_fcpxml(etree.tostring(root))
    found = timeline.tracks.markers
    return [(m.name, int(m.marked_range.start_time.value)) for m in found]


EVERY_BEAT = [(f"beat {f}", f) for f in range(0, 192, 12)]


def shift(clip: Any, name: str, by: int) -> None:
    top, _, under = clip.get(name).removesuffix("s").partition("/")
    assert under == "2400" or top == "0"
    clip.set(name, f"{int(top) + by * 100}/2400s")


def test_markers_stay_when_a_clip_is_trimmed_and_the_rest_follows() -> None:
    root = written()
    clips = root.findall(".//spine/asset-clip")
    shift(clips[1], "start", 7)
    shift(clips[1], "duration", -7)
    for clip in clips[2:]:
        shift(clip, "offset", -7)
    assert frames(root) == EVERY_BEAT


def test_markers_stay_when_clips_change_places() -> None:
    root = written()
    spine = root.find(".//spine")
    first, second = spine[1], spine[2]
    spine.insert(1, second)
    place = first.get("offset")
    first.set("offset", second.get("offset"))
    second.set("offset", place)
    assert frames(root) == EVERY_BEAT


def test_a_split_clip_doubles_no_marker() -> None:
    root = written()
    spine = root.find(".//spine")
    half = copy.deepcopy(spine[1])
    spine.insert(2, half)
    shift(spine[1], "duration", -24)
    shift(half, "duration", -24)
    shift(half, "start", 24)
    shift(half, "offset", 24)
    assert frames(root) == EVERY_BEAT


def test_a_marker_that_a_person_moved_goes_where_it_was_put() -> None:
    root = written()
    marker = root.find(".//spine")[1].find("marker")
    shift(marker, "start", 5)
    assert ("beat 48", 53) in frames(root)
    assert len(frames(root)) == len(EVERY_BEAT)


def test_markers_go_with_the_song_when_all_is_moved() -> None:
    root = written()
    spine = root.find(".//spine")
    gap = etree.Element("gap", {"offset": spine[0].get("offset"), "duration": "2s"})
    for clip in spine:
        shift(clip, "offset", 48)
    spine.insert(0, gap)
    assert frames(root) == [(name, at + 48) for name, at in EVERY_BEAT]


def test_a_marker_that_an_editor_reduced_to_lowest_terms_is_the_same() -> None:
    root = written()
    for marker in root.iter("marker"):
        top, _, under = marker.get("start").removesuffix("s").partition("/")
        marker.set("start", f"{int(top) * 7}/{int(under or 1) * 7}s")
    assert frames(root) == EVERY_BEAT


def test_markers_have_carriers_where_nothing_else_lies() -> None:
    timeline = cuts.cut([cuts.shot("a", 10)], song=100)
    timeline.tracks[0].insert(0, otio.schema.Gap(source_range=cuts.span(0, 20, 24.0)))
    for frame in (0, 25, 90, 140):
        timeline.tracks.markers.append(cuts.beat(str(frame), frame))
    back = read_fcpxml(write_fcpxml(timeline)[0])
    assert not cuts.difference(cuts.says(timeline), cuts.says(back))
    alone = otio.schema.Timeline("only markers")
    alone.global_start_time = cuts.rt(0, 25.0)
    alone.tracks.markers.append(cuts.beat("x", 3, 25.0))
    assert not cuts.difference(cuts.says(alone), cuts.says(read_fcpxml(write_fcpxml(alone)[0])))


def test_an_editors_own_markers_stay_on_their_clips() -> None:
    root = written()
    clip = root.find(".//spine/asset-clip")
    etree.SubElement(clip, "marker", {"start": clip.get("start"), "value": "mine"})
    timeline = read_fcpxml(etree.tostring(root))
    assert [m.name for m in timeline.tracks[0][0].markers] == ["mine"]
    assert len(timeline.tracks.markers) == len(EVERY_BEAT)
