"""What an editor put on clips is written back while it fits, and is told where it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import fcpxml_cuts as cuts
import opentimelineio as otio
import pytest
from lxml import etree

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

Make = Callable[..., str]
BLUR = '<effect id="blur" name="Blur" uid="FxPlug:Blur"/>'
CLIP = (
    '<asset-clip ref="a" name="x" offset="0s" start="{}s" duration="4s" audioRole="music.beat">'
    '<adjust-transform scale="2 2"/>{}<filter-video ref="blur" name="Blur">'
    '<param name="Amount" value="7">{}</param></filter-video>'
    '<metadata><md key="com.apple.proapps.studio.reel" value="R7"/></metadata></asset-clip>'
)
KEYFRAMES = '<keyframeAnimation><keyframe time="1s" value="3"/></keyframeAnimation>'


def test_filters_adjustments_roles_and_metadata_come_back(document: Make) -> None:
    timeline = read_fcpxml(document(CLIP.format(0, "", KEYFRAMES), BLUR))
    effects = timeline.tracks[0][0].effects
    assert [(e.name, e.effect_name) for e in effects] == [("Blur", "FxPlug:Blur")]
    text, losses = write_fcpxml(timeline)
    assert not losses
    root = etree.fromstring(text.encode())
    found = root.find(".//asset-clip")
    assert found.get("audioRole") == "music.beat"
    assert found.find("adjust-transform").get("scale") == "2 2"
    assert found.find("metadata/md").get("value") == "R7"
    effect = root.find(f".//effect[@id='{found.find('filter-video').get('ref')}']")
    assert effect.get("uid") == "FxPlug:Blur"


def test_a_trim_keeps_what_does_not_count_in_the_clips_time(document: Make) -> None:
    timeline = read_fcpxml(document(CLIP.format(0, "", ""), BLUR))
    timeline.tracks[0][0].source_range = cuts.span(24, 48, 24.0)
    text, losses = write_fcpxml(timeline)
    assert not losses
    assert "<filter-video" in text
    assert 'start="2400/2400s" duration="4800/2400s"' in text


def test_keyframes_of_a_trimmed_clip_are_lost_and_told(document: Make) -> None:
    timeline = read_fcpxml(document(CLIP.format(0, "", KEYFRAMES), BLUR))
    timeline.tracks[0][0].source_range = cuts.span(24, 48, 24.0)
    text, losses = write_fcpxml(timeline)
    assert losses == (
        "clip 'x' was changed since it was read: lost with that: Blur, adjust-transform, metadata",
    )
    assert "blur" not in text.lower()


def test_kept_text_that_somebody_forged_is_not_written(document: Make) -> None:
    timeline = read_fcpxml(document(CLIP.format(0, "", ""), BLUR))
    kept = timeline.tracks[0][0].metadata["fcpx_xml"]
    for forged in ("<!DOCTYPE x [<!ENTITY s 'x'>]>{}", "{}<", "<a>" * 300 + "{}" + "</a>" * 300):
        kept["xml"] = forged.format(CLIP.format(0, "", "").replace("R7", "&s;" * ("s" in forged)))
        text, losses = write_fcpxml(timeline)
        assert "FxPlug:Blur" not in text
        assert "&s;" not in text
        assert losses


def test_other_media_take_nothing_of_the_old(document: Make) -> None:
    timeline = read_fcpxml(document(CLIP.format(0, "", ""), BLUR))
    timeline.tracks[0][0].media_reference = otio.schema.ExternalReference("file:///m/other.mov")
    text, losses = write_fcpxml(timeline)
    assert "filter-video" not in text
    assert len(losses) == 1


def test_a_clip_moved_to_another_timeline_has_no_dangling_reference(document: Make) -> None:
    found = read_fcpxml(document(CLIP.format(0, "", ""), BLUR)).tracks[0][0].deepcopy()
    timeline = cuts.cut([cuts.shot("first", 10), found])
    root = etree.fromstring(write_fcpxml(timeline)[0].encode())
    ids = {e.get("id") for e in root.iterfind("resources/*")}
    refs = {e.get(n) for e in root.iter() for n in ("ref", "format") if e.get(n)}
    assert refs <= ids


def test_what_a_version_has_not_is_left_out_and_told(document: Make) -> None:
    adjust = '<adjust-colorConform peakNitsOfPQSource="1000" peakNitsOfSDRToPQSource="203"/>'
    timeline = read_fcpxml(document(CLIP.format(0, adjust, ""), BLUR))
    text, losses = write_fcpxml(timeline, "1.10")
    assert "adjust-colorConform" not in text
    assert losses == ("FCPXML 1.10 has no adjust-colorConform (1 left out)",)
    assert "adjust-colorConform" in write_fcpxml(timeline, "1.11")[0]


def test_clips_of_the_event_stay_beside_the_project(document: Make) -> None:
    loose = '<asset-clip ref="a" name="unused" duration="9s"><keyword value="day"/></asset-clip>'
    text = document(CLIP.format(0, "", ""), BLUR).replace("<project", loose + "<project", 1)
    again, _losses = write_fcpxml(read_fcpxml(text))
    assert 'name="unused"' in again
    assert "day" in again


CORPUS = "corpus/interchange/fcpxml"


def _says(read: object) -> list[object]:
    found = [read] if isinstance(read, otio.schema.Timeline) else list(read)
    return [cuts.says(each) for each in found]


def test_real_files_come_back_equal_and_whole(shared: Path) -> None:
    files = sorted((shared / CORPUS).glob("*.fcpxml"))
    assert files
    for file in files:
        first = read_fcpxml(file)
        text, _losses = write_fcpxml(first)
        second = read_fcpxml(text)
        assert not cuts.difference(_says(first), _says(second)), file.name
        assert write_fcpxml(second)[0] == text, file.name


def test_real_projects_last_as_long_as_they_say(shared: Path) -> None:
    measured = 0
    for file in sorted((shared / CORPUS).glob("*.fcpxml")):
        timeline = read_fcpxml(file)
        root = etree.parse(str(file)).getroot()
        spines = root.findall(".//project/sequence/spine")
        if not isinstance(timeline, otio.schema.Timeline) or not len(spines[0]):
            continue
        sequence = spines[0].getparent()
        top, _, under = sequence.get("duration").removesuffix("s").partition("/")
        spine = max(timeline.tracks, key=lambda t: t.kind == "Video" and t.duration().to_seconds())
        length = spine.duration()
        # Some files are excerpts whose sequence says more than they hold.
        last = [c for c in spines[0] if c.tag != "transition"][-1]
        if last.tag == "audition":
            continue
        ends = sum(_seconds(last.get(name)) for name in ("offset", "duration"))
        ends -= _seconds(sequence.get("tcStart", "0s"))
        if abs(ends - int(top) / int(under or 1)) < 0.001:
            assert abs(length.to_seconds() - ends) * length.rate < 0.5, file.name
            measured += 1
    assert measured >= 10


def _seconds(text: str) -> float:
    top, _, under = text.removesuffix("s").partition("/")
    return int(top) / int(under or 1)


@pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(8, 14)])
def test_real_files_are_valid_in_every_version(shared: Path, version: str) -> None:
    folder = os.environ.get("IDOLSYNC_DTD")
    if not folder:
        pytest.skip("set $IDOLSYNC_DTD to a folder of Apple's DTDs")
    dtd = etree.DTD(str(Path(folder) / f"FCPXMLv{version.replace('.', '_')}.dtd"))
    for file in sorted((shared / CORPUS).glob("*.fcpxml")):
        text, _losses = write_fcpxml(read_fcpxml(file), version)
        assert dtd.validate(etree.fromstring(text.encode())), (file.name, dtd.error_log.last_error)


def test_keyword_collections_and_a_gaps_own_keywords_come_back(document: Make) -> None:
    gap = '<gap name="Gap" offset="0s" duration="4s"><keyword start="0s" value="hole"/></gap>'
    shelf = '<collection-folder name="F"><keyword-collection name="night"/></collection-folder>'
    text = document(gap).replace("<project", shelf + "<project", 1)
    again, losses = write_fcpxml(read_fcpxml(text))
    assert '<keyword-collection name="night"/>' in again
    assert 'value="hole"' in again
    assert not losses


AROUND = """<fcpxml version="1.12">
<import-options><option key="copy assets" value="0"/></import-options>
<resources><format id="f" frameDuration="100/2400s"/></resources>
<library location="file:///l.fcpbundle/" colorProcessing="wide">
<event name="one" uid="E1">
<smart-collection name="new" match="all"><match-text rule="startsWith" value="S0"/>
</smart-collection><collection-folder name="in"><smart-collection name="seen" match="any">
<match-usage rule="used"/></smart-collection></collection-folder>
<project name="cut" uid="P1" modDate="2026-01-01 10:00:00 +0100">
<sequence format="f"><spine><gap name="Gap" start="3600s" duration="4s"/></spine></sequence>
</project></event>
<event name="two" uid="E2"><project name="other"><sequence format="f"><spine/></sequence></project>
</event>
<smart-collection name="Projects" match="all"><match-clip rule="is" type="project"/>
</smart-collection></library></fcpxml>"""


def test_libraries_events_and_their_smart_collections_come_back() -> None:
    text, losses = write_fcpxml(read_fcpxml(AROUND), "1.13")
    assert not losses
    for written in (
        '<option key="copy assets" value="0"/>',
        '<library location="file:///l.fcpbundle/" colorProcessing="wide">',
        '<event name="one" uid="E1">',
        '<event name="two" uid="E2">',
        '<project name="cut" uid="P1" modDate="2026-01-01 10:00:00 +0100">',
        'rule="startsWith"',
        '<match-usage rule="used"/>',
        '<match-clip rule="is" type="project"/>',
    ):
        assert written in text, written
    text, losses = write_fcpxml(read_fcpxml(AROUND), "1.8")
    assert {"match-text", "match-usage"} == {word for s in losses for word in s.split()} & {
        "match-text",
        "match-usage",
    }


def test_a_clip_beside_timelines_is_told_to_be_kept_only() -> None:
    timelines = read_fcpxml(AROUND)
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(9, 24)
    )
    timelines.append(otio.schema.Clip("loose", otio.schema.ExternalReference("a.mov"), span))
    text, losses = write_fcpxml(timelines)
    assert any("'loose' lies beside timelines" in sentence for sentence in losses)
    again, losses = write_fcpxml(read_fcpxml(text))
    assert 'name="loose"' in again


def test_a_sequence_without_formats_is_read_at_the_rate_it_was_planned_at() -> None:
    rate = cuts.RATES["29.97"]
    timeline = cuts.S.Timeline("p")
    timeline.metadata["idolsync"] = {"plan_id": "3fa9c0ffee00", "settings": {"rate": "30000/1001"}}
    track = cuts.S.Track("V1", kind="Video")
    track.append(cuts.shot("a", 30, rate))
    timeline.tracks.append(track)
    root = etree.fromstring(write_fcpxml(timeline)[0].encode())
    for element in root.iter("format"):
        element.attrib.pop("frameDuration", None)
    back = read_fcpxml(etree.tostring(root).decode())
    assert back.tracks[0][0].trimmed_range() == cuts.span(100, 30, rate)


def test_of_two_originals_the_first_that_can_be_named_is_written(document: Make) -> None:
    two = (
        '<asset id="b" name="B" start="0s" duration="100s" hasVideo="1" format="r1">'
        '<media-rep kind="original-media" src="{}"/>'
        '<media-rep kind="original-media" src="file:///m/second.mov"/></asset>'
    )
    clip = '<asset-clip ref="b" name="x" offset="0s" duration="4s"/>'
    for first in ("file:///m/first.mov", ""):
        timeline = read_fcpxml(document(clip, two.format(first)))
        again = read_fcpxml(write_fcpxml(timeline)[0])
        named = [t.tracks[0][0].media_reference.target_url for t in (timeline, again)]
        assert named == [first or "file:///m/second.mov"] * 2
