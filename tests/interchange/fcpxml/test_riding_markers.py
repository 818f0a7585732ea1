"""A song's markers ride on its clips, or on the picture's; where the song is, they are."""

from __future__ import annotations

import copy
from typing import Any

import fcpxml_cuts as cuts
import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.errors import UsageError
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml


def marked(rate: float = 24.0) -> Any:
    shots = [cuts.shot(f"shot {i}", 48, rate) for i in range(4)]
    timeline = cuts.cut(shots, rate, song=192)
    for beat in range(0, 192, 12):
        timeline.tracks.markers.append(cuts.beat(f"beat {beat}", beat, rate))
    return timeline


def written(rate: float = 24.0, markers_on: Any = "picture") -> Any:
    timeline = marked(rate)
    return etree.fromstring(write_fcpxml(timeline, markers_on=markers_on)[0].encode())


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


def song_of(root: Any) -> Any:
    (song,) = (clip for clip in root.iter("asset-clip") if clip.get("name") == "song")
    return song


def in_pieces(rate: float, leader: int, *pieces: tuple[int, int]) -> Any:
    """A cut whose song comes after a leader, in pieces of (first frame, frames) of its medium."""
    timeline = cuts.cut([cuts.shot("long", 240, rate)], rate)
    track = otio.schema.Track("A1", kind="Audio")
    track.append(otio.schema.Gap(source_range=cuts.span(0, leader, rate)))
    reference = otio.schema.ExternalReference("file:///media/song.wav", cuts.span(0, 480, rate))
    for start, frames in pieces:
        track.append(otio.schema.Clip("song", reference, cuts.span(start, frames, rate)))
    timeline.tracks.append(track)
    return timeline


@pytest.mark.parametrize("markers_on", ["song", "picture"])
@pytest.mark.parametrize("rate", cuts.RATES.values(), ids=cuts.RATES.keys())
def test_markers_come_back_from_either_carrier_where_they_were(
    rate: float, markers_on: Any
) -> None:
    timeline = in_pieces(rate, 31, (7, 50), (130, 80))
    for frame in (0, 30, 31, 79, 80, 81, 160, 161, 200, 239):
        timeline.tracks.markers.append(cuts.beat(str(frame), frame, rate, frame % 3))
    back = read_fcpxml(write_fcpxml(timeline, markers_on=markers_on)[0])
    assert not cuts.difference(cuts.says(timeline), cuts.says(back))


def test_every_marker_of_the_music_lies_on_the_songs_clip_by_default() -> None:
    root = etree.fromstring(write_fcpxml(marked())[0].encode())
    assert len(song_of(root).findall("marker")) == len(EVERY_BEAT)
    assert len(list(root.iter("marker"))) == len(EVERY_BEAT)


def test_a_marker_lies_on_the_piece_of_the_song_whose_music_it_belongs_to() -> None:
    timeline = in_pieces(24.0, 24, (0, 48), (120, 48))
    for name, frame in (("leader", 5), ("one", 24), ("last of one", 71), ("two", 72), ("end", 120)):
        timeline.tracks.markers.append(cuts.beat(name, frame))
    root = etree.fromstring(write_fcpxml(timeline)[0].encode())
    on = {
        (marker.get("value"), clip.get("name"), clip.get("start"), marker.get("start"))
        for clip in root.iter("asset-clip")
        for marker in clip.findall("marker")
    }
    assert on == {
        ("leader", "long", "10000/2400s", "10500/2400s"),
        ("one", "song", "0s", "0s"),
        ("last of one", "song", "0s", "4700/2400s"),
        ("two", "song", "12000/2400s", "12000/2400s"),
        ("end", "long", "10000/2400s", "22000/2400s"),
    }


def test_of_two_pieces_that_sound_at_once_a_marker_takes_the_one_of_its_second() -> None:
    timeline = in_pieces(24.0, 0, (0, 96))
    over = in_pieces(24.0, 48, (240, 96)).tracks[1].deepcopy()
    timeline.tracks.append(over)
    for second, frame in ((2.5, 60), (10.5, 60)):
        marker = cuts.beat(str(second), frame)
        marker.metadata["idolsync"]["time"] = second
        timeline.tracks.markers.append(marker)
    root = etree.fromstring(write_fcpxml(timeline)[0].encode())
    songs = [clip for clip in root.iter("asset-clip") if clip.get("name") == "song"]
    found = [
        (clip.get("start"), [m.get("value") for m in clip.findall("marker")]) for clip in songs
    ]
    assert sorted(found) == [("0s", ["2.5"]), ("24000/2400s", ["10.5"])]


def test_markers_go_with_the_song_alone() -> None:
    root = written(markers_on="song")
    shift(song_of(root), "offset", 10)
    assert frames(root) == [(name, at + 10) for name, at in EVERY_BEAT]


def test_pictures_that_move_leave_markers_on_the_song() -> None:
    root = written(markers_on="song")
    spine = root.find(".//spine")
    song = song_of(root)
    spine.remove(spine[3])
    assert song in spine[0]
    assert frames(root) == EVERY_BEAT


def test_halves_of_a_divided_song_show_each_marker_where_its_music_is() -> None:
    root = written(markers_on="song")
    song = song_of(root)
    half = copy.deepcopy(song)
    song.addnext(half)
    shift(song, "duration", -96)
    shift(half, "duration", -96)
    shift(half, "start", 96)
    shift(half, "offset", 96 + 12)  # the second half a beat later
    late = [(name, at + (12 if at >= 96 else 0)) for name, at in EVERY_BEAT]
    assert frames(root) == late


def test_a_marker_whose_music_is_cut_off_stays_on_the_songs_clip_out_of_sight() -> None:
    root = written(markers_on="song")
    song = song_of(root)
    shift(song, "start", 96)
    shift(song, "duration", -96)
    timeline = read_fcpxml(etree.tostring(root))
    heard = [(m.name, m.marked_range.start_time.value) for m in timeline.tracks.markers]
    assert heard == [(name, at - 96) for name, at in EVERY_BEAT if at >= 96]
    (clip,) = timeline.tracks[1]
    unheard = [(m.name, m.marked_range.start_time.value) for m in clip.markers]
    assert unheard == [(name, at) for name, at in EVERY_BEAT if at < 96]


def test_a_marker_that_a_person_moved_on_the_song_goes_where_it_was_put() -> None:
    root = written(markers_on="song")
    shift(song_of(root).findall("marker")[4], "start", 5)
    assert frames(root)[4] == ("beat 48", 53)
    assert len(frames(root)) == len(EVERY_BEAT)


def test_a_persons_own_marker_on_the_song_stays_there() -> None:
    root = written(markers_on="song")
    marker = etree.SubElement(song_of(root), "marker", {"start": "5000/2400s", "value": "mine"})
    timeline = read_fcpxml(etree.tostring(root))
    (own,) = timeline.tracks[1][0].markers
    assert (own.name, own.marked_range.start_time.value) == (marker.get("value"), 50)
    assert len(timeline.tracks.markers) == len(EVERY_BEAT)


def test_an_unknown_carrier_of_markers_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="markers on 'clips' is none of song, picture"):
        write_fcpxml(marked(), markers_on="clips")
