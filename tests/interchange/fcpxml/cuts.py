"""Timelines for the tests of FCPXML: made-up cuts, and any that hypothesis can build."""

from __future__ import annotations

import json
from typing import Any

import opentimelineio as otio
from hypothesis import strategies as st

RATES = {
    "23.976": 24000 / 1001,
    "24": 24.0,
    "25": 25.0,
    "29.97": 30000 / 1001,
    "30": 30.0,
    "50": 50.0,
    "59.94": 60000 / 1001,
    "60": 60.0,
}
S = otio.schema


def rt(frames: float, rate: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(frames), rate)


def span(start: float, frames: float, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(rt(start, rate), rt(frames, rate))


def shot(name: str, frames: int, rate: float = 24.0, start: int = 100, **more: Any) -> S.Clip:
    reference = S.ExternalReference(f"file:///media/{name}.mov", span(0, 1000, rate))
    reference.name = f"{name}.mov"
    return S.Clip(name, reference, span(start, frames, rate), **more)


def cut(shots: list[S.Clip], rate: float = 24.0, song: int | None = None) -> S.Timeline:
    """A cut of shots on V1, over a song on A1 from an hour on."""
    timeline = S.Timeline("cut")
    timeline.global_start_time = rt(round(rate) * 3600, rate)
    timeline.tracks.append(S.Track("V1", shots, kind="Video"))
    if song:
        reference = S.ExternalReference("file:///media/song.wav", span(0, song, rate))
        clip = S.Clip("song", reference, span(0, song, rate))
        timeline.tracks.append(S.Track("A1", [clip], kind="Audio"))
    return timeline


def beat(name: str, frame: int, rate: float = 24.0, frames: int = 0) -> S.Marker:
    return S.Marker(name, span(frame, frames, rate), "GREEN", {"idolsync": {"kind": "beat"}})


def says(timeline: S.Timeline) -> Any:
    """All that a timeline says, without what a reader keeps of the editor's own."""
    return _without_kept(json.loads(timeline.to_json_string()))


def _without_kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_kept(v) for k, v in value.items() if k != "fcpx_xml"}
    return [_without_kept(each) for each in value] if isinstance(value, list) else value


def difference(a: Any, b: Any, path: str = "") -> str:
    """Where two values first differ; empty where they are equal."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = sorted(a.keys() | b.keys())
        found = (difference(a.get(k), b.get(k), f"{path}/{k}") for k in keys)
        return next((each for each in found if each), "")
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        found = (difference(x, y, f"{path}/{i}") for i, (x, y) in enumerate(zip(a, b, strict=True)))
        return next((each for each in found if each), "")
    return "" if a == b else f"{path}: {a!r} != {b!r}"


# OTIO itself ends a text at a NUL.
_names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\0"), max_size=12
)
_words = st.one_of(st.sampled_from(["", "bar 3", "[idolsync {}]", "コメント\n2"]), _names)
_frames = st.integers(1, 60)
_colors = st.sampled_from(["RED", "BLUE", "GREEN", "CYAN", "ORANGE", "PURPLE", "YELLOW"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.floats(-1e6, 1e6) | _names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=5,
)
_metadata = st.dictionaries(st.sampled_from(["idolsync", "resolve", "note"]), _json, max_size=2)


@st.composite
def _markers(draw: Any, rate: float, start: int, most: int = 3) -> list[S.Marker]:
    made = []
    for _ in range(draw(st.integers(0, most))):
        where = span(start + draw(st.integers(0, 200)), draw(st.integers(0, 3)), rate)
        marker = S.Marker(draw(_names), where, draw(_colors), draw(_metadata))
        marker.comment = draw(_words)
        made.append(marker)
    return made


@st.composite
def _references(draw: Any, rate: float, sound: bool) -> Any:
    kind = draw(st.sampled_from(["file", "file", "file", "none", "sequence", "generator"]))
    available = span(draw(st.integers(0, 5000)), 90000, draw(st.sampled_from([rate, 25.0, 30.0])))
    if kind == "file":
        name = draw(st.sampled_from(["a", "b c", "歌", "C:/x/d", "50%"]))
        suffix = ".wav" if sound else draw(st.sampled_from([".mov", ".png", ".MP4"]))
        place = draw(st.sampled_from(["file:///m/", "/m/", "m/", ""]))
        reference = S.ExternalReference(place + name + suffix)
        reference.available_range = draw(st.sampled_from([available, None]))
        reference.name = draw(_names)
        reference.metadata.update(draw(_metadata))
        return reference
    if kind == "sequence" and not sound:
        return S.ImageSequenceReference(
            "file:///seq/", "cg_", ".exr", 1001, 1, rate, 4, available_range=available
        )
    if kind == "generator":
        return S.GeneratorReference("bars", "SMPTEBars", available, {"level": 3})
    return S.MissingReference()


@st.composite
def _clips(draw: Any, rate: float, sound: bool) -> S.Clip:
    start = draw(st.integers(0, 4000))
    clip = S.Clip(
        draw(_names),
        draw(_references(rate, sound)),
        span(start, draw(_frames), rate),
        draw(_metadata),
        markers=draw(_markers(rate, start)),
    )
    clip.enabled = draw(st.booleans())
    speed = draw(st.sampled_from([None, None, 2.0, 0.5, -1.0, 1.0, 0.0, 1 / 3, 1.2345678]))
    if speed == 0.0:
        clip.effects.append(S.FreezeFrame(draw(_names)))
    elif speed is not None:
        clip.effects.append(S.LinearTimeWarp(draw(_names), speed, draw(_metadata)))
    return clip


@st.composite
def _items(draw: Any, rate: float, sound: bool, deep: bool) -> list[Any]:
    items: list[Any] = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["clip", "clip", "clip", "gap", "fade", "stack"]))
        if kind == "gap":
            gap = S.Gap(source_range=span(0, draw(_frames), rate))
            gap.markers.extend(draw(_markers(rate, 0, 1)))
            items.append(gap)
        elif kind == "fade" and items and not isinstance(items[-1], S.Transition):
            offsets = rt(draw(st.integers(0, 5)), rate), rt(draw(st.integers(0, 5)), rate)
            items.append(S.Transition(draw(_names), "SMPTE_Dissolve", *offsets, draw(_metadata)))
        elif kind == "stack" and deep and not sound:
            inner = S.Track("inner", draw(_items(rate, False, False)), kind="Video")
            inner.append(draw(_clips(rate, False)))
            stack = S.Stack(draw(_names), [inner], span(0, draw(_frames), rate))
            stack.markers.extend(draw(_markers(rate, 0, 1)))
            items.append(stack)
        else:
            items.append(draw(_clips(rate, sound)))
    return items


@st.composite
def timelines(draw: Any) -> S.Timeline:
    """Any timeline of the features that FCPXML and its carriers can hold."""
    rate = draw(st.sampled_from(sorted(RATES.values())))
    timeline = S.Timeline(draw(_names))
    start = draw(st.sampled_from([None, 0, round(rate) * 3600, 1001]))
    timeline.global_start_time = rt(round(rate) * 3600 if start is None else start, rate)
    timeline.metadata.update(draw(_metadata))
    for kind in draw(st.lists(st.sampled_from(["Video", "Video", "Audio"]), max_size=4)):
        items = draw(_items(rate, kind == "Audio", True))
        track = S.Track(draw(_names), items, kind=kind, metadata=draw(_metadata))
        track.markers.extend(draw(_markers(rate, 0, 1)))
        track.enabled = draw(st.booleans())
        timeline.tracks.append(track)
    timeline.tracks.markers.extend(draw(_markers(rate, 0, 6)))
    return timeline
