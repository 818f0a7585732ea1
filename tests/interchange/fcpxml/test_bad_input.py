"""Files that are broken or hostile get one sentence, in bounded time and memory."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import fcpxml_cuts as cuts
import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otio_idolsync.adapters.bridge import AdapterError
from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

Make = Callable[..., str]
ADAPTER = "idolsync_fcpxml"


def refusal(text: str | bytes) -> str:
    with pytest.raises(InterchangeError) as caught:
        read_fcpxml(text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


@pytest.mark.parametrize(
    ("offset", "duration", "start"),
    [
        ("nan", "1s", "0s"),
        ("0s", "-1s", "0s"),
        ("0s", "1/0s", "0s"),
        ("0s", "1s", "one"),
        ("0s", "inf", "0s"),
        ("0s", "1s", "1/-24s"),
        ("0s", "9999999999999999999999s", "0s"),
        ("1e9999s", "1s", "0s"),
        ("0s", "", "0s"),
        ("-5s", "1s", "0s"),
    ],
)
def test_times_that_are_none_are_refused(
    document: Make, offset: str, duration: str, start: str
) -> None:
    spine = f'<asset-clip ref="a" offset="{offset}" duration="{duration}" start="{start}"/>'
    odd = next(value for value in (offset, duration, start) if value not in {"0s", "1s"})
    assert repr(odd[:12])[:-1] in refusal(document(spine))


def test_a_negative_or_absurd_frame_duration_is_refused(document: Make) -> None:
    for frame in ("-1/24s", "1000s", "1/1000000s", "0/0s"):
        assert frame in refusal(document("", frame=frame))


def test_a_compound_clip_that_holds_itself_is_refused(document: Make) -> None:
    media = (
        '<media id="c"><sequence format="r1"><spine><ref-clip ref="d" duration="1s"/></spine>'
        '</sequence></media><media id="d"><sequence format="r1"><spine>'
        '<ref-clip ref="c" duration="1s"/></spine></sequence></media>'
    )
    spine = '<ref-clip ref="c" offset="0s" duration="1s"/>'
    assert "contains itself" in refusal(document(spine, media))


def test_a_multicam_that_holds_itself_is_refused(document: Make) -> None:
    media = (
        '<media id="c"><multicam format="r1"><mc-angle angleID="1">'
        '<mc-clip ref="c" offset="0s" duration="9s"/></mc-angle></multicam></media>'
    )
    assert "contains itself" in refusal(document('<mc-clip ref="c" duration="1s"/>', media))


def test_compound_clips_that_unfold_without_end_are_refused(
    document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otio_idolsync.interchange.fcpxml.scope.MAX_NESTED_ITEMS", 2000)
    media = "".join(
        f'<media id="c{i}"><sequence format="r1"><spine>'
        + f'<ref-clip ref="c{i + 1}" duration="1s"/>' * 10
        + "</spine></sequence></media>"
        for i in range(12)
    )
    assert "unfolds" in refusal(document('<ref-clip ref="c0" duration="1s"/>', media))


@pytest.mark.parametrize("depth", [60, 200, 2000])
def test_clips_nested_too_deep_are_refused(document: Make, depth: int) -> None:
    inner = '<clip name="x" {}offset="0s" duration="1s">'
    for nested in (inner.format('lane="1" '), inner.format("")):
        refusal(
            document(nested.replace('lane="1" ', "") + nested * depth + "</clip>" * (depth + 1))
        )
    media = "".join(
        f'<media id="c{i}"><sequence format="r1"><spine>'
        f'<ref-clip ref="c{i + 1}" duration="1s"/></spine></sequence></media>'
        for i in range(depth)
    )
    refusal(document('<ref-clip ref="c0" duration="1s"/>', media))


def test_a_bomb_of_entities_is_refused(document: Make) -> None:
    text = document("")
    bomb = text.replace("<!DOCTYPE fcpxml>", '<!DOCTYPE fcpxml [<!ENTITY a "ha">]>')
    assert "entities" in refusal(bomb)


def test_no_other_file_is_read(document: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    text = document('<gap name="&s;" duration="1s"/>').replace(
        "<!DOCTYPE fcpxml>", f'<!DOCTYPE fcpxml [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    )
    assert "TOPSECRET" not in refusal(text)
    external = document("").replace("<!DOCTYPE fcpxml>", f'<!DOCTYPE fcpxml SYSTEM "{secret}">')
    assert "TOPSECRET" not in read_fcpxml(external).to_json_string()


def test_truncated_empty_and_foreign_files_are_refused(document: Make, tmp_path: Path) -> None:
    whole = document("<gap duration='1s'/>")
    for text in (whole[: len(whole) // 2], "", "{}", "<xmeml version='5'/>", b"\xff\xfe\x00"):
        refusal(text)
    for path, says in ((tmp_path / "missing.fcpxml", "No such file"), (tmp_path, "is a folder")):
        with pytest.raises(InterchangeError, match=says):
            read_fcpxml(path)
    wrong = document("<gap name='é' duration='1s'/>").encode("latin-1")
    refusal(wrong)
    assert read_fcpxml(wrong.replace(b"UTF-8", b"ISO-8859-1")).name == "P"


def test_the_adapter_raises_otios_own_error_with_our_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.fcpxml"
    path.write_text("<fcpxml version='1.10'><resources>")
    with pytest.raises(AdapterError, match=r"broken\.fcpxml is no well-formed XML") as caught:
        otio.adapters.read_from_file(str(path), adapter_name=ADAPTER)
    assert isinstance(caught.value, otio.exceptions.OTIOError)
    with pytest.raises(AdapterError, match="knows no argument colour"):
        otio.adapters.read_from_file(str(path), adapter_name=ADAPTER, colour=1)
    timeline = cuts.cut([cuts.shot("a", 10)])
    out = str(tmp_path / "out.fcpxml")
    for version in ("1.7", "1.14", 3):
        with pytest.raises(AdapterError, match="is not written"):
            otio.adapters.write_to_file(timeline, out, adapter_name=ADAPTER, version=version)
    otio.adapters.write_to_file(timeline, out, adapter_name=ADAPTER, version=1.1)
    assert 'version="1.10"' in Path(out).read_text(encoding="utf-8")


def test_a_timeline_without_times_is_refused_with_its_name() -> None:
    for start in (float("nan"), float("inf")):
        timeline = cuts.cut([cuts.shot("a", 10)])
        timeline.tracks[0][0].source_range = cuts.span(start, 5, 24.0)
        with pytest.raises(InterchangeError, match="timeline 'cut' cannot be written"):
            write_fcpxml(timeline)
    endless = cuts.cut([otio.schema.Clip("no range")])
    with pytest.raises(InterchangeError, match=r"clip 'no range' has neither a .* give it one"):
        write_fcpxml(endless)


def test_many_clips_over_one_another_are_refused_in_time(document: Make) -> None:
    inside = '<asset-clip ref="a" lane="1" offset="0s" duration="9s"/>' * 3000
    text = document(f'<asset-clip ref="a" duration="99s">{inside}</asset-clip>')
    assert "lie over one another" in refusal(text)


def test_a_hostile_note_harms_nothing(document: Make) -> None:
    for block in (
        "[idolsync " + "[" * 100_000 + "]",
        '[idolsync {"metadata":{"a":99999999999999999999999999}}]',
        '[idolsync {"metadata":{"OTIO_SCHEMA":"Clip.99"},"effects":[{"OTIO_SCHEMA":"X"}]}]',
        '[idolsync {"ref":{"OTIO_SCHEMA":"Timeline.1"},"references":{"a":1},"effects":3}]',
        '[idolsync {"name":[1],"metadata":{"a":"\\ud800"}}]',
        '[idolsync {"tracks":[{"lane":[]},{"lane":0,"kind":3,"metadata":7}],"song":[1,2]}]',
    ):
        clip = f"<asset-clip ref='a' duration='1s'><note>{block}</note></asset-clip>"
        text = document(clip).replace("<spine>", f"<note>{block}</note><spine>")
        try:
            assert len(read_fcpxml(text).tracks[0]) == 1
        except InterchangeError as error:
            assert "\n" not in str(error)


def _seeds() -> list[str]:
    shots = [cuts.shot(f"s{i}", 12) for i in range(4)]
    shots[1].effects.append(otio.schema.LinearTimeWarp("", 2.0))
    shots[2].markers.append(cuts.beat("lip", 103))
    timeline = cuts.cut(shots, song=60)
    inner = otio.schema.Track("in", [cuts.shot("deep", 9)], kind="Video")
    timeline.tracks[0].append(otio.schema.Stack("nest", [inner], cuts.span(0, 9, 24.0)))
    fade = otio.schema.Transition("f", "SMPTE_Dissolve", cuts.rt(2, 24.0), cuts.rt(2, 24.0))
    timeline.tracks[0].insert(1, fade)
    timeline.tracks.markers.extend(cuts.beat(str(f), f) for f in range(0, 48, 6))
    return [write_fcpxml(timeline, version)[0] for version in ("1.8", "1.13")]


SEEDS = _seeds()
_PIECES = re.compile(r'"[^"]*"|<[^>]*>')
_VALUES = [
    "",
    "0s",
    "-1s",
    "1/0s",
    "nan",
    "r1",
    "r99",
    "0",
    "1",
    "-1",
    "99999999999s",
    "\U0001f600",
]


def mutated(seed: str, random_: random.Random) -> str:
    """A valid document after a few random accidents."""
    text = seed
    for _ in range(random_.randint(1, 4)):
        pieces = list(_PIECES.finditer(text))
        one, two = random_.choice(pieces), random_.choice(pieces)
        new = random_.choice([one[0] * 2, "", two[0], f'"{random_.choice(_VALUES)}"'])
        if one[0].startswith("<") and new.startswith('"'):
            new = ""
        text = text[: one.start()] + new + text[one.end() :]
    return text


@given(st.sampled_from(SEEDS), st.randoms(use_true_random=False))
@settings(
    max_examples=int(os.environ.get("IDOLSYNC_FUZZ", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_any_accident_is_read_or_refused_with_a_sentence(seed: str, chance: random.Random) -> None:
    text = mutated(seed, chance)
    try:
        read = read_fcpxml(text)
    except InterchangeError as error:
        assert "\n" not in str(error)
    else:
        write_fcpxml(read)
