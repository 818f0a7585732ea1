"""Broken and hostile xmeml is refused with one sentence, within bounds; never a traceback."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml
from otio_idolsync.interchange.xmeml.document import MAX_ITEMS

RATE = "<rate><timebase>25</timebase></rate>"
ITEM = "<clipitem><name>a</name><start>{}</start><end>{}</end><in>{}</in><out>{}</out></clipitem>"


def sequence(track: str, rate: str = RATE, name: str = "s1") -> str:
    media = f"<media><video><track>{track}</track></video></media>"
    return f"<sequence id='{name}'><name>{name}</name>{rate}{media}</sequence>"


def xmeml(inner: str) -> str:
    return f"<xmeml version='4'>{inner}</xmeml>"


def nested(name: str, inner: str = "") -> str:
    whole = inner or f"<sequence id='{name}'/>"
    return f"<clipitem><start>0</start><end>5</end><in>0</in><out>5</out>{whole}</clipitem>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no well-formed XML"),
        ("<fcpxml/>", "root element is <fcpxml>"),
        (xmeml(sequence(ITEM.format(0, 5, 0, 5)))[:-30], "no well-formed XML"),
        (xmeml(sequence(ITEM.format("nan", 5, 0, 5))), "'nan', which is no time"),
        (xmeml(sequence(ITEM.format("1e999", 5, 0, 5))), "which is no time"),
        (xmeml(sequence(ITEM.format("9" * 30, 5, 0, 5))), "which is no time"),
        (xmeml(sequence(ITEM.format(-7, 5, 0, 5))), "before the sequence's beginning"),
        (xmeml(sequence(ITEM.format(9, 5, 0, 5))), "ends before it starts"),
        (xmeml(sequence(ITEM.format(0, 5, 0, 5), rate="")), "has no <rate>"),
        (
            xmeml(sequence("", rate="<rate><timebase>-25</timebase></rate>")),
            "is no frame rate",
        ),
        (xmeml(sequence("<transitionitem/>")), "a transition has no place"),
        (xmeml(sequence(nested("s1"))), "'s1' contains itself"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + xmeml(""), "declares entities"),
        ("\ud800", "half a character"),
    ],
)
def test_broken_files_are_refused_with_one_sentence(text: str, says: str) -> None:
    with pytest.raises(InterchangeError, match=says) as caught:
        read_xmeml(text)
    assert "\n" not in str(caught.value).strip()


def test_sequences_that_contain_each_other_are_refused() -> None:
    a = sequence(nested("b"), name="a")
    b = sequence(nested("a"), name="b")
    with pytest.raises(InterchangeError, match="contains itself"):
        read_xmeml(xmeml(a + b))


def test_nested_sequences_that_double_at_each_level_are_refused() -> None:
    levels = [sequence(ITEM.format(0, 5, 0, 5), name="n0")]
    for depth in range(1, 30):
        levels.append(sequence(nested(f"n{depth - 1}") * 8, name=f"n{depth}"))
    with pytest.raises(InterchangeError, match=f"more than {MAX_ITEMS} clips"):
        read_xmeml(xmeml("".join(reversed(levels))))


def test_sequences_nested_without_end_are_refused() -> None:
    text = sequence(ITEM.format(0, 5, 0, 5))
    for depth in range(60):
        text = sequence(nested("", text), name=f"d{depth}")
    with pytest.raises(InterchangeError, match=r"levels|deeper"):
        read_xmeml(xmeml(text))


def test_an_external_entity_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    file = tmp_path / "a.xml"
    file.write_text(f"<!DOCTYPE x [<!ENTITY s SYSTEM '{secret.as_uri()}'>]>{xmeml('&s;')}")
    with pytest.raises(InterchangeError, match="declares entities"):
        read_xmeml(file)


def test_a_wrong_encoding_is_refused_and_a_declared_one_is_used() -> None:
    text = f"<?xml version='1.0' encoding='UTF-16'?>{xmeml(sequence(ITEM.format(0, 5, 0, 5)))}"
    assert isinstance(read_xmeml(text), otio.schema.Timeline)
    assert isinstance(read_xmeml(text.encode("utf-16")), otio.schema.Timeline)
    with pytest.raises(InterchangeError, match="no well-formed XML"):
        read_xmeml(text.encode("utf-8"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match=r"nowhere\.xml cannot be read"):
        read_xmeml(tmp_path / "nowhere.xml")


def test_the_adapter_raises_otios_own_error() -> None:
    with pytest.raises(otio.exceptions.OTIOError, match="no well-formed XML"):
        otio.adapters.read_from_string("<xmeml>", "idolsync_resolve")


@pytest.mark.parametrize("value", ["[1]", "{", "[" * 100_000, '{"m": {"a": 1e400}, "s": "x"}'])
def test_a_broken_block_of_ours_is_refused(value: str) -> None:
    block = f"<metadata><key>otio-idolsync</key><value>{value}</value></metadata>"
    item = ITEM.format(0, 5, 0, 5).replace("</clipitem>", f"{block}</clipitem>")
    with pytest.raises(InterchangeError, match="otio-idolsync block"):
        read_xmeml(xmeml(sequence(item)))


def test_times_that_no_editor_can_show_are_not_written() -> None:
    timeline = otio.schema.Timeline("t")
    track = otio.schema.Track()
    timeline.tracks.append(track)
    time = otio.opentime.RationalTime
    endless = otio.opentime.TimeRange(time(0, 24), time(float("nan"), 24))
    track.append(otio.schema.Clip("c", source_range=endless))
    with pytest.raises(InterchangeError, match="no editor can show"):
        write_xmeml(timeline)
    track[0].source_range = None
    with pytest.raises(InterchangeError, match="its length is not known"):
        write_xmeml(timeline)


@pytest.mark.parametrize(
    "inner",
    [
        "<locked>FALSE</locked><locked>TRUE</locked>",
        ITEM.format(0, 5, 0, 5).replace(
            "</clipitem>",
            "<link><linkclipref>a</linkclipref><linkclipref>b</linkclipref></link></clipitem>",
        ),
        "<name/><name>twice</name><enabled/>",
    ],
)
def test_doubled_elements_that_the_fuzzer_found(inner: str) -> None:
    assert write_xmeml(read_xmeml(xmeml(sequence(inner))))[0]


def seed_text() -> str:
    timeline = otio.schema.Timeline("t", global_start_time=otio.opentime.RationalTime(86400, 24))
    timeline.metadata["idolsync"] = {"plan_id": "3fa9c0ffee00"}
    time, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    for kind in ("Video", "Audio"):
        track = otio.schema.Track(kind, kind=kind)
        for index in range(3):
            media = otio.schema.ExternalReference(
                "file:///m/a.mov", span(time(9, 30), time(99, 30))
            )
            clip = otio.schema.Clip(f"c{index}", media, span(time(30 + index, 24), time(10, 24)))
            clip.markers.append(otio.schema.Marker("m", span(time(31, 24), time(0, 24))))
            clip.metadata["idolsync"] = {"shot_id": f"S00{index}"}
            track.append(clip)
        track[1].effects.append(otio.schema.LinearTimeWarp("slow", time_scalar=0.5))
        track.insert(1, otio.schema.Transition("x", "SMPTE_Dissolve", time(3, 24), time(3, 24)))
        track.append(otio.schema.Gap(source_range=span(time(0, 24), time(7, 24))))
        timeline.tracks.append(track)
    timeline.tracks.append(otio.schema.Track("n", [track.clone()]))
    return write_xmeml(timeline)[0]


SEED = seed_text()
ODD = ["", "-1", "nan", "1e9", "99999999999", "TRUE", "[]", "null", "{}", "sequence-1", "0", "-5.5"]


@st.composite
def mutated(draw: Any) -> str:
    """Our own file with some tags, texts and numbers replaced, doubled or taken out."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    pieces = SEED.replace("<", "\0<").replace(">", ">\0").split("\0")
    for _ in range(chance.randint(1, 6)):
        index = chance.randrange(len(pieces))
        change = chance.randrange(4)
        if change == 0 and not pieces[index].startswith("<"):
            pieces[index] = chance.choice(ODD)
        elif change == 1:
            pieces[index] = pieces[chance.randrange(len(pieces))]
        elif change == 2 and not pieces[index].startswith("<"):
            words = pieces[index].split(",")
            words[chance.randrange(len(words))] = chance.choice(ODD)
            pieces[index] = ",".join(words)
        else:
            end = min(len(pieces), index + chance.randint(1, 30))
            whole = "".join(pieces[index:end])
            if whole.count("<") == 2 * whole.count("</") + whole.count("/>"):
                pieces[index:end] = [] if chance.random() < 0.5 else [whole, whole]
    return "".join(pieces)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=mutated())
def test_a_mutated_file_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        found = read_xmeml(text)
    except InterchangeError:
        return
    assert isinstance(found, otio.schema.Timeline | otio.schema.SerializableCollection)
    for clip in found.find_children(descended_from_type=otio.schema.Clip):
        assert clip.source_range is not None
