"""A timeline has one rate and one start, whichever module asks."""

from __future__ import annotations

import re
from fractions import Fraction

import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.cut.otio_form import clock_of, sheet_of
from otio_idolsync.cut.rate import rate_of
from otio_idolsync.cut.read import read_cut
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.markers_edl import write_markers_edl
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml
from otio_idolsync.resync.flatten import flatten

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def timeline(
    rates: list[float], start: otio.opentime.RationalTime | None = None, ranged: bool = False
) -> otio.schema.Timeline:
    """Return a timeline of clips whose media have these rates, without ranges of their own."""
    made = otio.schema.Timeline("t", global_start_time=start)
    track = otio.schema.Track("V1", kind="Video")
    for number, rate in enumerate(rates):
        whole = TR(RT(0, rate), RT(50, rate))
        media = otio.schema.ExternalReference(f"file:///a/{number}.mov", whole)
        track.append(otio.schema.Clip(f"c{number}", media, whole if ranged else None))
    made.tracks.append(track)
    marked = TR(RT(10, rates[0]), RT(0, rates[0]))
    made.tracks.markers.append(otio.schema.Marker("m", marked))
    return made


@pytest.mark.parametrize(
    ("rates", "rate"),
    [
        ([25, 25, 25], Fraction(25)),
        ([24, 50, 50], Fraction(50)),
        ([50, 24, 24, 50], Fraction(50)),
        ([30000 / 1001], Fraction(30000, 1001)),
    ],
    ids=["one", "commonest", "the first of a tie", "ntsc"],
)
@pytest.mark.parametrize("ranged", [False, True])
def test_every_module_finds_the_same_rate(rates: list[float], rate: Fraction, ranged: bool) -> None:
    held = timeline(rates, ranged=ranged)
    found = {
        "clock": clock_of(held, {}).rate,
        "resync": flatten(held).clock.rate,
        "xmeml": clock_of(read_xmeml(write_xmeml(held, "premiere")[0]), {}).rate,
        "fcpxml": clock_of(read_fcpxml(write_fcpxml(held)[0]), {}).rate,
    }
    assert set(found.values()) == {rate}, found
    sheet, _losses = sheet_of(held, silent=True)
    assert [shot.frames for shot in sheet.shots][:1] == [
        sheet.clock.frame_at(Fraction(50) / rate_of({}, rates[0], ()))
    ]


def test_what_tells_the_rate_comes_in_order() -> None:
    assert rate_of({"rate": "25"}, 30.0, [[50.0]]) == 25
    assert rate_of({}, 30.0, [[50.0]]) == 30
    assert rate_of({}, None, [[48000.0], [], [50.0]]) == 50
    assert rate_of({}, None, [[48000.0, 0.0]]) is None
    with pytest.raises(UsageError, match="outside 1 to 240"):
        rate_of({}, 1000.0, ())


def test_a_start_on_half_a_frame_is_the_later_one_everywhere() -> None:
    held = timeline([24, 24], RT(86400.5, 24), ranged=True)
    xmeml, fcpxml = write_xmeml(held, "premiere")[0], write_fcpxml(held)[0]
    assert clock_of(held, {}).start_frame == 86401
    assert sheet_of(held, silent=True)[0].clock.timecode(0) == "01:00:00:01"
    assert "<frame>86401</frame>" in xmeml
    assert 'tcStart="8640100/2400s"' in fcpxml
    assert clock_of(read_xmeml(xmeml), {}).start_frame == 86401
    assert clock_of(read_fcpxml(fcpxml), {}).start_frame == 86401
    assert re.search(r"01:00:00:01 \d\d:\d\d:\d\d:\d\d$", write_edl(held)[0], re.MULTILINE)
    assert "01:00:00:11 01:00:00:12" in write_markers_edl(held)[0]  # its marker, ten frames on


@pytest.mark.parametrize("speed", [float("inf"), float("nan"), -float("inf")])
def test_a_speed_that_is_none_is_one_sentence(tmp_path, speed: float) -> None:
    held = timeline([24, 24], ranged=True)
    sound = held.deepcopy()
    held.tracks[0][1].effects.append(otio.schema.LinearTimeWarp("", time_scalar=speed))
    path = tmp_path / "cut.otio"
    held.to_json_file(str(path))
    said = "'c1' plays at"
    for use in (
        lambda: read_cut(path),
        lambda: read_cut(held),
        lambda: otio_idolsync.diff(sound, held),
        lambda: otio_idolsync.diff(held, sound),
        lambda: otio_idolsync.resync(path, path),
        lambda: otio_idolsync.render(held, tmp_path / "m.mp4"),
        lambda: otio_idolsync.export(held, tmp_path / "m.xml", "premiere"),
    ):
        with pytest.raises(TimelineError, match=said) as refused:
            use()
        assert "\n" not in str(refused.value)
