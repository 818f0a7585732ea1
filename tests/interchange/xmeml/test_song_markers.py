"""Markers on the song's clips: written there when asked for, and lifted back to the timeline."""

from __future__ import annotations

import copy
import json
from typing import Any

import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.errors import UsageError
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

S = otio.schema
RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001, 60.0)
PIECES = ((7, 50), (130, 80))
LEADER = 31
FRAMES = (0, 30, 31, 79, 80, 81, 160, 161, 200, 239)


def span(start: float, frames: float, rate: float) -> Any:
    rt = otio.opentime.RationalTime
    return otio.opentime.TimeRange(rt(float(start), rate), rt(float(frames), rate))


def marker(frame: float, rate: float = 24.0, frames: int = 0) -> Any:
    return S.Marker(str(frame), span(frame, frames, rate), "GREEN", {"idolsync": {"kind": "beat"}})


def cut(rate: float = 24.0, begin: int = 0) -> Any:
    """A picture over a song that comes after a leader and lies there in two pieces."""
    timeline = S.Timeline("cut", global_start_time=otio.opentime.RationalTime(3600 * rate, rate))
    video = S.ExternalReference("file:///m/v.mov", span(0, 1000, rate))
    song = S.ExternalReference("file:///m/song.wav", span(begin, 1000, rate))
    track = S.Track("A1", [S.Gap(source_range=span(0, LEADER, rate))], kind="Audio")
    for start, frames in PIECES:
        track.append(S.Clip("song", song, span(begin + start, frames, rate)))
    shot = S.Clip("shot", video, span(10, 240, rate))
    timeline.tracks.extend([S.Track("V1", [shot], kind="Video"), track])
    timeline.tracks.markers.extend(marker(frame, rate, frame % 3) for frame in FRAMES)
    return timeline


def told(timeline: Any) -> Any:
    return json.loads(timeline.to_json_string())


def written(**more: Any) -> Any:
    return etree.fromstring(write_xmeml(cut(), "premiere", **more)[0].encode())


def places(root: Any) -> list[tuple[str, int]]:
    timeline = read_xmeml(etree.tostring(root))
    return [(m.name, int(m.marked_range.start_time.value)) for m in timeline.tracks.markers]


@pytest.mark.parametrize("begin", [0, 86400])
@pytest.mark.parametrize("dialect", ["premiere", "resolve", "plain"])
@pytest.mark.parametrize("rate", RATES)
def test_markers_on_the_song_come_back_where_they_were(
    rate: float, dialect: str, begin: int
) -> None:
    timeline = cut(rate, begin)
    timeline.tracks.markers.append(marker(100.25, rate))
    timeline.tracks.markers.append(marker(2.0, 48.0))
    back = read_xmeml(write_xmeml(timeline, dialect, "song")[0])
    assert told(back) == told(timeline)


def test_markers_lie_on_the_sequence_unless_the_song_is_asked_for() -> None:
    root = written()
    assert len(root.findall("sequence/marker")) == len(FRAMES)
    assert not root.findall(".//clipitem/marker")


def test_a_marker_lies_in_the_piece_of_its_music_and_counts_from_the_songs_second_0() -> None:
    root = written(markers_on="song")
    rest = [m.findtext("name") for m in root.findall("sequence/marker")]
    assert rest == ["0", "30", "161", "200", "239"]
    found = [
        [(m.findtext("name"), m.findtext("in")) for m in item.findall("marker")]
        for item in root.iterfind(".//audio/track/clipitem")
    ]
    one = [("31", "7"), ("79", "55"), ("80", "56")]
    two = [("81", "130"), ("160", "209")]
    assert found == [one, two, [], []]  # the second channel repeats none of them


def test_markers_go_with_the_piece_of_the_song_that_an_editor_moved() -> None:
    root = written(markers_on="song")
    for item in root.findall(".//audio/track/clipitem")[1::2]:
        for tag in ("start", "end"):
            item.find(tag).text = str(int(item.findtext(tag)) + 10)
    late = {81: 91, 160: 170}
    assert places(root) == [(str(f), late.get(f, f)) for f in FRAMES]


def test_a_divided_song_doubles_no_marker_and_keeps_the_unheard_ones() -> None:
    root = written(markers_on="song")
    for track in root.findall(".//audio/track"):
        first = track.find("clipitem")
        half = copy.deepcopy(first)
        first.addnext(half)
        first.find("end").text, first.find("out").text = "71", "47"
        half.find("start").text, half.find("in").text = "80", "56"  # nine frames of music are out
    timeline = read_xmeml(etree.tostring(root))
    names = [m.name for m in timeline.tracks.markers]
    assert names == [str(frame) for frame in FRAMES if frame != 79]
    kept = [(m.name, m.marked_range.start_time.value) for c in timeline.tracks[1].find_clips()
            for m in c.markers]  # fmt: skip
    assert kept == [("79", 55)]


def test_a_persons_own_marker_on_the_song_stays_there() -> None:
    root = written(markers_on="song")
    for item in root.findall(".//audio/track/clipitem")[0::2]:
        own = etree.SubElement(item, "marker")
        for tag, text in (("comment", ""), ("name", "mine"), ("in", "20"), ("out", "-1")):
            etree.SubElement(own, tag).text = text
    timeline = read_xmeml(etree.tostring(root))
    assert len(timeline.tracks.markers) == len(FRAMES)
    song = next(iter(timeline.tracks[1].find_clips()))
    assert [(m.name, m.marked_range.start_time.value) for m in song.markers] == [("mine", 20)]


def test_an_unknown_carrier_of_markers_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="markers on 'clips' is none of song, picture"):
        write_xmeml(cut(), "premiere", "clips")  # type: ignore[arg-type]


@pytest.mark.parametrize("adapter", ["idolsync_premiere", "idolsync_resolve", "idolsync_fcpxml"])
def test_the_adapters_put_markers_where_one_asks(adapter: str) -> None:
    def on_clips_of_sound(markers_on: str) -> int:
        text = otio.adapters.write_to_string(cut(), adapter, markers_on=markers_on)
        root = etree.fromstring(text.encode())
        clips = [*root.iterfind(".//audio/track/clipitem"), *root.iterfind(".//*[@audioRole]")]
        return sum(len(clip.findall("marker")) for clip in clips)

    assert on_clips_of_sound("picture") == 0
    assert on_clips_of_sound("song") == 5
    with pytest.raises(otio.exceptions.OTIOError, match="markers on 'clips' is none of"):
        on_clips_of_sound("clips")
