"""Numbers and depths that OTIO itself reads: legal in metadata, one sentence in a time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.cut.blocks import known_block
from otio_idolsync.cut.json_text import MAX_DEPTH, parse_json
from otio_idolsync.cut.model import Spine
from otio_idolsync.cut.native import read_native
from otio_idolsync.cut.read import read_cut, read_timeline
from otio_idolsync.cut.sheet_json import sheet_from_text
from otio_idolsync.errors import TimelineError

HUGE = 170141183460469231731687303715884105728


def spanned(start: float, length: float, rate: float = 24) -> dict[str, Any]:
    both = {"start_time": start, "duration": length}
    times = {
        k: {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": v} for k, v in both.items()
    }
    return {"OTIO_SCHEMA": "TimeRange.1", **times}


def cut(
    clip: dict[str, Any] | None = None, stack: dict[str, Any] | None = None, **more: Any
) -> str:
    """A timeline of one clip, its stack and itself with more fields."""
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "a.mov"}
    shown = {
        "OTIO_SCHEMA": "Clip.2",
        "name": "c",
        "source_range": spanned(0, 10),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    } | (clip or {})
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V1", "children": [shown]}
    tracks = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]} | (stack or {})
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "t", "tracks": tracks} | more)


def refusal(text: str, tmp_path: Path) -> str:
    path = tmp_path / "cut.otio"
    path.write_text(text)
    with pytest.raises(TimelineError) as refused:
        read_timeline(path)
    with pytest.raises(TimelineError, match="cannot be read"):
        read_cut(path)
    return str(refused.value)


def test_numbers_that_otio_reads_in_metadata_are_read() -> None:
    text = cut({"metadata": {"n": "@", "huge": HUGE, "words": "Inf, -NaN and -Inf"}})
    odd = "[Inf, -Inf, Infinity, -Infinity, NaN, -NaN]"
    read = read_native(text.replace('"@"', odd))
    kept = read.tracks[0][0].metadata
    assert list(kept["n"])[:4] == [math.inf, -math.inf, math.inf, -math.inf]
    assert [math.isnan(n) for n in kept["n"]][4:] == [True, True]
    assert math.isclose(kept["huge"], HUGE)
    assert kept["words"] == "Inf, -NaN and -Inf"


def test_odd_numbers_stay_where_something_else_has_to_be_mended() -> None:
    newer = cut({"OTIO_SCHEMA": "Clip.9", "metadata": {"n": "@"}}).replace('"@"', "Inf")
    read = read_native(newer)
    assert read.tracks[0][0].metadata["n"] == math.inf


def test_an_otio_sample_with_odd_numbers_is_read(shared: Path) -> None:
    timeline = read_timeline(shared / "cases" / "interchange" / "F6_big_int.otio")
    kept = timeline.tracks[0][0].metadata
    assert kept["float"]["floatinf"] == math.inf
    assert math.isclose(kept["int_test"]["int128"], 2**127)


MARKER = {"OTIO_SCHEMA": "Marker.2", "name": "m", "color": "RED"}
WARP = {"OTIO_SCHEMA": "LinearTimeWarp.1", "name": "", "effect_name": "LinearTimeWarp"}
FADE = {"OTIO_SCHEMA": "Transition.1", "name": "f", "transition_type": "SMPTE_Dissolve"}
NEST = {"OTIO_SCHEMA": "Stack.1", "name": "nest", "source_range": spanned(0, 5)}


def moment(value: float, rate: float = 24) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 1e300, HUGE])
def test_a_time_that_none_is_is_one_sentence_that_names_the_item(
    odd: float, tmp_path: Path
) -> None:
    first = f"has the time {float(odd):g} at the rate 24, which no timeline has"
    media = {"OTIO_SCHEMA": "MissingReference.1", "available_range": spanned(0, odd)}
    inner = json.loads(cut({"source_range": spanned(odd, 5)}))["tracks"]["children"]
    cases = {
        "Clip 'c'": cut({"source_range": spanned(0, odd)}),
        "Marker 'm'": cut(stack={"markers": [MARKER | {"marked_range": spanned(odd, 0)}]}),
        "media of Clip 'c'": cut({"media_references": {"DEFAULT_MEDIA": media}}),
        "Timeline 't'": cut(global_start_time=moment(odd)),
        "Gap 'c'": cut({"OTIO_SCHEMA": "Gap.1", "source_range": spanned(odd, 5)}),
        "Transition 'f'": cut(FADE | {"in_offset": moment(1), "out_offset": moment(odd)}),
        "Stack 'tracks'": cut(stack={"source_range": spanned(odd, 1)}),
    }
    for named, text in cases.items():
        assert f"{named} {first}" in refusal(text, tmp_path), named
    nested = cut(NEST | {"children": inner})
    assert f"Clip 'c' {first}" in refusal(nested, tmp_path)
    marked = cut({"markers": [MARKER | {"marked_range": spanned(0, odd)}]})
    assert f"Marker 'm' {first}" in refusal(marked, tmp_path)


@pytest.mark.parametrize("rate", [0, -24, math.nan, math.inf])
def test_a_rate_that_none_is_is_one_sentence(rate: float, tmp_path: Path) -> None:
    said = refusal(cut({"source_range": spanned(0, 1, rate)}), tmp_path)
    assert f"Clip 'c' has the time 0 at the rate {rate:g}" in said


@pytest.mark.parametrize("speed", [math.nan, math.inf, -math.inf, 1e300])
def test_a_speed_that_none_is_is_one_sentence(speed: float, tmp_path: Path) -> None:
    said = refusal(cut({"effects": [WARP | {"time_scalar": speed}]}), tmp_path)
    assert f"Clip 'c' plays at {speed:g} times its speed" in said


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 2000, 50_000])
@pytest.mark.parametrize("kind", ["[]", '{"a":}'])
def test_what_is_nested_too_deep_is_refused_and_not_tried_again(
    levels: int, kind: str, tmp_path: Path
) -> None:
    deep = kind[:-1] * levels + ("0" if ":" in kind else "") + kind[-1] * levels
    text = cut({"metadata": {"deep": "@"}}).replace('"@"', deep)
    assert f"nested deeper than {MAX_DEPTH} levels" in refusal(text, tmp_path)


def test_what_is_nested_as_deep_as_is_allowed_goes_through_everything() -> None:
    text = cut({"metadata": {"deep": "@"}})
    room = MAX_DEPTH - 8  # the levels from the timeline to a clip's metadata, and some
    read = read_native(text.replace('"@"', "[" * room + "]" * room))
    assert len(read.to_json_string()) > room
    with pytest.raises(TimelineError, match="the thing is nested deeper"):
        parse_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "the thing")


def test_no_sync_sheet_has_a_number_that_no_cut_has() -> None:
    sheet = {"schema": "idolsync.sync/1", "rate": "24", "start_timecode": "01:00:00:00"}
    song = {"url": "", "name": "", "sha256": "", "sample_rate": 48000}
    for samples in ("Infinity", "NaN", "1e300", "1" + "0" * 400):
        text = json.dumps(sheet | {"song": song | {"samples": "@"}, "events": [], "size": [2, 2]})
        with pytest.raises(TimelineError, match=r"idolsync\.sync has samples = "):
            sheet_from_text(text.replace('"@"', samples))


@pytest.mark.parametrize("odd", [math.nan, math.inf, 1e300])
def test_a_number_in_our_own_block_that_stands_for_nothing_is_named(odd: float) -> None:
    for block in ({"next_shot": odd}, {"grid": {"beats": [0.5, odd]}}):
        with pytest.raises(TimelineError, match=f"has (next_shot|beats) = {odd}".replace("+", ".")):
            known_block(block, "timeline")
    with pytest.raises(TimelineError, match="no JSON object but 5"):
        known_block(5, "clip")
    assert known_block({"n": [1, {"a": -2.5}]}, "clip") == {"n": [1, {"a": -2.5}]}


@pytest.mark.parametrize(("samples", "rate"), [(-1, 48000), (5, 0), (5, -1)])
def test_a_song_without_a_length_is_refused(samples: int, rate: int) -> None:
    with pytest.raises(TimelineError, match=f"has {samples} samples at {rate} Hz"):
        Spine("", "song.wav", "", rate, samples)


def test_otio_can_still_write_what_it_read() -> None:
    read = read_native(cut({"metadata": {"n": "@"}}).replace('"@"', "[Inf, NaN]"))
    again = read_native(otio.adapters.write_to_string(read, "otio_json"))
    assert again.tracks[0][0].metadata["n"][0] == math.inf
