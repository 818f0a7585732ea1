"""What an editor put on a cut and nothing here shows is named, and what changes nothing is not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.interchange.appearance.cover import is_invisible
from otio_idolsync.interchange.appearance.levels import level_of
from otio_idolsync.interchange.appearance.looks import look_of, notes_of
from otio_idolsync.interchange.appearance.transitions import shown_of
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.dissolves import is_dissolve, is_plain_dissolve
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.losses import features_of
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"


def item(start: int, end: int) -> str:
    file = f"<file id='f{start}'><name>a.mov</name><pathurl>file:///m/a{start}.mov</pathurl></file>"
    times = f"<start>{start}</start><end>{end}</end><in>20</in><out>{20 + end - start}</out>"
    return f"<clipitem id='c{start}'><name>a</name>{RATE}{times}{file}</clipitem>"


def xmeml(name: str, effect_id: str = "", category: str = "Dissolve") -> Any:
    """A timeline of two clips with a transition between them."""
    effect = (
        f"<effect><name>{name}</name><effectid>{effect_id or name}</effectid>"
        f"<effectcategory>{category}</effectcategory><effecttype>transition</effecttype></effect>"
    )
    between = (
        f"<transitionitem><start>45</start><end>55</end><alignment>center</alignment>{RATE}{effect}"
        "</transitionitem>"
    )
    track = item(0, 50) + between + item(50, 100)
    return read_xmeml(
        f"<xmeml version='4'><sequence><name>s</name>{RATE}<media><video><track>{track}</track>"
        "</video></media></sequence></xmeml>"
    )


def transition_in(timeline: Any) -> Any:
    (found,) = (one for one in timeline.tracks[0] if isinstance(one, otio.schema.Transition))
    return found


ANOTHER = ["Additive Dissolve", "Film Dissolve", "Non-Additive Dissolve", "Dither Dissolve"]
ANOTHER += ["Fade In Fade Out Dissolve", "Morph Cut", "Cross Zoom", "Cross Blur", "Band Wipe"]


@pytest.mark.parametrize("name", ANOTHER)
def test_another_transition_of_xmemls_category_dissolve_is_named(name: str) -> None:
    timeline = xmeml(name)
    made = transition_in(timeline)
    assert made.transition_type == "Custom_Transition"
    assert not shown_of(made).as_meant
    assert write_edl(timeline)[1], "an EDL has a dissolve alone"
    said = f"transition '{name}' is shown as a cross dissolve"
    assert any(said in loss for loss in write_fcpxml(timeline)[1])
    del made.metadata["fcp_xml"]
    assert said in write_xmeml(timeline, "premiere")[1], "its own settings are gone"


@pytest.mark.parametrize(
    ("name", "effect_id"),
    [("Cross Dissolve", ""), ("Überblendung", "Cross Dissolve"), ("Dissolve", "CrossDissolve")],
)
def test_a_plain_dissolve_is_one_in_any_language(name: str, effect_id: str) -> None:
    timeline = xmeml(name, effect_id)
    made = transition_in(timeline)
    assert made.transition_type == "SMPTE_Dissolve"
    assert shown_of(made).as_meant
    assert not write_xmeml(timeline, "premiere")[1]


def test_a_persons_name_for_a_dissolve_makes_no_other_effect_of_it() -> None:
    assert is_dissolve("SMPTE_Dissolve", "into the chorus")
    assert is_dissolve("SMPTE_Dissolve", "")
    assert not is_dissolve("SMPTE_Dissolve", "Additive Dissolve")
    assert not is_dissolve("Custom_Transition", "into the chorus")
    assert is_plain_dissolve("Cross Fade (+3dB)")
    assert is_plain_dissolve("KGAudioTransCrossFade3dB")


FORMATS = (
    '<format id="r1" frameDuration="1/25s" width="640" height="360"/>'
    '<effect id="r3" name="Flash" uid=".../Flash.motr"/>'
    '<effect id="r4" name="Cross Dissolve" uid="FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"/>'
    '<effect id="r5" name="Gaussian Blur" uid=".../Gaussian.moef"/>'
    '<effect id="r6" name="Compressor" uid="AudioUnit:x"/>'
)
ASSET = '<asset id="r2" name="a" src="file:///a.mov" duration="60s" hasVideo="1" hasAudio="1"/>'


def fcpxml(story: str, more: str = "") -> Any:
    return read_fcpxml(
        f'<fcpxml version="1.11"><resources>{FORMATS}{ASSET}{more}</resources><project name="p">'
        f'<sequence format="r1"><spine>{story}</spine></sequence></project></fcpxml>'
    )


def asset_clip(inside: str = "", offset: int = 0) -> str:
    times = f'offset="{offset}s" start="0s" duration="2s"'
    return f'<asset-clip ref="r2" name="a" {times}>{inside}</asset-clip>'


@pytest.mark.parametrize(
    ("name", "inside", "plain"),
    [
        ("Cross Dissolve", '<filter-video ref="r4" name="Cross Dissolve"/>', True),
        ("Flash", '<filter-video ref="r3" name="Flash"/>', False),
        ("Flash", "", False),
        ("Cross Dissolve", "", True),
        ("", "", True),
    ],
)
def test_a_transition_that_fcpxml_names_is_a_dissolve_or_named(
    name: str, inside: str, plain: bool
) -> None:
    between = f'<transition name="{name}" offset="1s" duration="2s">{inside}</transition>'
    made = transition_in(fcpxml(asset_clip() + between + asset_clip(offset=2)))
    assert (made.transition_type == "SMPTE_Dissolve") == plain
    assert shown_of(made).as_meant == plain


def only(timeline: Any) -> Any:
    return timeline.find_clips()[0].clone()


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ('<adjust-colorConform conformType="conformHLGtoSDR"/>', "adjust-colorConform"),
        ('<adjust-stabilization type="automatic"/>', "adjust-stabilization"),
        ('<adjust-cinematic dataLocator="r9"/>', "adjust-cinematic"),
        ('<adjust-of-a-year-to-come strength="1"/>', "adjust-of-a-year-to-come"),
        ('<adjust-transform tracking="r9"/>', "tracking of adjust-transform"),
        ('<filter-video ref="r5" name="Gaussian Blur"/>', "Gaussian Blur"),
    ],
)
def test_every_adjustment_and_filter_that_is_not_shown_is_named(inside: str, named: str) -> None:
    timeline = fcpxml(asset_clip(inside))
    _look, said = look_of(only(timeline), None)
    assert said == [f"effect {named!r} is not rendered"]


def test_what_changes_nothing_or_is_switched_off_is_not_named() -> None:
    plain = (
        '<adjust-conform type="fit"/><adjust-transform position="0 0" scale="1 1"/>'
        '<adjust-blend amount="1"/><adjust-volume amount="0dB"/>'
        '<adjust-panner mode="1 (Stereo Left/Right)" amount="0"/>'
        '<adjust-stabilization enabled="0" type="automatic"/>'
        '<filter-video ref="r5" name="Gaussian Blur" enabled="0"/>'
    )
    timeline = fcpxml(asset_clip(plain))
    assert look_of(only(timeline), None)[1] == []
    assert level_of(only(timeline))[1] == []
    assert not features_of(timeline)["adjusted"]


def test_a_colour_conform_that_asks_for_nothing_is_a_note() -> None:
    none = (
        '<adjust-colorConform enabled="1" autoOrManual="manual" conformType="conformNone" '
        'peakNitsOfPQSource="1000" peakNitsOfSDRToPQSource="203"/>'
    )
    clip = only(fcpxml(asset_clip(none)))
    assert look_of(clip, None)[1] == []
    assert ["adjust-colorConform" in said for said in notes_of(clip)] == [True]
    assert notes_of(only(fcpxml(asset_clip()))) == []


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ('<adjust-EQ mode="music_enhance"/>', "adjust-EQ"),
        ('<adjust-panner mode="1 (Stereo Left/Right)" amount="-40"/>', "adjust-panner"),
        ('<adjust-voiceIsolation amount="72"/>', "adjust-voiceIsolation"),
    ],
)
def test_every_adjustment_that_is_not_heard_is_named(inside: str, named: str) -> None:
    clip = only(fcpxml(asset_clip(inside)))
    assert level_of(clip)[1] == [f"effect {named!r} is not rendered"]
    assert look_of(clip, None)[1] == []


def test_what_sits_on_the_parts_inside_a_clip_is_named() -> None:
    inner = (
        '<video ref="r2" offset="0s" duration="2s"><adjust-crop mode="trim"/>'
        '<filter-video ref="r5" name="Gaussian Blur"/><adjust-conform type="fit"/></video>'
        '<audio ref="r2" lane="-1" offset="0s" duration="2s"/>'
    )
    clip = only(fcpxml(f'<clip name="c" offset="0s" duration="2s">{inner}</clip>'))
    assert look_of(clip, None)[1] == [
        "effect 'adjust-crop inside it' is not rendered",
        "effect 'Gaussian Blur inside it' is not rendered",
    ]
    channel = '<audio-channel-source srcCh="1"><filter-audio ref="r6" name="Compressor"/>'
    heard = only(fcpxml(asset_clip(f"{channel}</audio-channel-source>")))
    assert level_of(heard)[1] == ["effect 'Compressor inside it' is not rendered"]


def test_adjustments_of_final_cut_are_lost_in_other_formats() -> None:
    timeline = fcpxml(asset_clip('<adjust-transform scale="1.2 1.2"/>'))
    assert features_of(timeline)["adjusted"] == 1


def opacity(*keys: str) -> Any:
    """A clip with the opacity filter that OpenShot writes on every clip."""
    points = "".join(
        f"<keyframe><when>{n}.0</when><value>{v}</value></keyframe>" for n, v in enumerate(keys, 1)
    )
    parameter = (
        "<parameter authoringApp='OpenShot'><parameterid>opacity</parameterid><name>opacity</name>"
        f"<value>100</value>{points}</parameter>"
    )
    effect = f"<effect><name>Opacity</name><effectid>opacity</effectid>{parameter}</effect>"
    shown = item(0, 50).replace("</clipitem>", f"<filter>{effect}</filter></clipitem>")
    return only(
        read_xmeml(
            f"<xmeml version='4'><sequence><name>s</name>{RATE}<media><video><track>{shown}</track>"
            "</video></media></sequence></xmeml>"
        )
    )


@pytest.mark.parametrize(
    ("keys", "share", "said"),
    [
        (("100.0",), 1, []),
        (("40.0",), Fraction(2, 5), []),
        (("0.0", "0.0"), 0, []),
        (("0.0", "100.0"), 1, ["keyframes of opacity are not rendered"]),
    ],
)
def test_keys_that_are_alike_are_a_value_that_stays(
    keys: tuple[str, ...], share: Fraction, said: list[str]
) -> None:
    clip = opacity(*keys)
    look, unread = look_of(clip, None)
    assert (look.opacity, unread) == (share, said)
    assert is_invisible(clip) == (share == 0)
