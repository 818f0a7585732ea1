"""Any timeline made of what xmeml supports comes back as it was, from every dialect."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

S = otio.schema
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001, 60.0)
COLORS = ("RED", "ORANGE", "YELLOW", "GREEN", "CYAN", "BLUE", "PURPLE", "MAGENTA", "PINK", "BLACK")
COLORS += ("WHITE",)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
frames = st.integers(0, 5000)
lengths = st.integers(1, 300)
leaves = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts
leaves |= st.integers(-(2**20), 2**20).map(lambda n: n / 64)
# OTIO cannot read its own JSON of metadata that use its word for a schema.
keys = texts.filter(lambda key: key not in ("", "OTIO_SCHEMA"))
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
blocks = st.fixed_dictionaries({}, optional={"idolsync": values, "studio": values})
NAMES = ("a b.mov", "샷 é.mov", "x&y<z>.mov", "100%.mov", "take#2?.mov")
urls = st.sampled_from(
    [
        *(f"file:///media/{name}" for name in NAMES),
        "file:///C:/cut/a.mov",
        "C:\\cut\\b c.mov",
        "/Volumes/Raid 1/ü.mov",
        "file://localhost/x/y.mov",
        "takes/a.mov",
        "https://example.org/a.mov",
        "file://server/share/a.mov",
    ]
)


def ranges(rate: float) -> st.SearchStrategy[Any]:
    """Ranges in whole frames of a rate."""
    return st.builds(lambda a, n: TR(RT(a, rate), RT(n, rate)), frames, lengths)


def markers(rate: float) -> st.SearchStrategy[Any]:
    """Markers, points among them."""

    def make(name: str, at: int, n: int, color: str, metadata: Any, comment: str) -> S.Marker:
        marker = S.Marker(name, TR(RT(at, rate), RT(n, rate)), color, metadata)
        marker.comment = comment
        return marker

    return st.builds(
        make, texts, frames, st.integers(0, 50), st.sampled_from(COLORS), blocks, texts
    )


@st.composite
def references(draw: Any, rate: float) -> Any:
    """Media references of every kind, at the sequence's rate or another."""
    media_rate = draw(st.sampled_from([rate, 24.0, 25.0, 48000.0, 30000 / 1001]))
    available = draw(st.none() | ranges(media_rate))
    kind = draw(st.sampled_from(["file", "file", "file", "missing", "generator", "sequence"]))
    metadata = draw(blocks)
    if kind == "file":
        made = S.ExternalReference(draw(urls), available, metadata)
        made.name = draw(texts)
        return made
    if kind == "missing":
        return S.MissingReference(draw(texts), available, metadata)
    if kind == "generator":
        parameters = draw(st.dictionaries(keys, leaves, max_size=2))
        return S.GeneratorReference(draw(texts), draw(texts), available, parameters, metadata)
    return S.ImageSequenceReference(
        "file:///media/exr/",
        draw(st.sampled_from(["cg_", "샷 ", "a.b."])),
        draw(st.sampled_from([".exr", ".png"])),
        draw(st.integers(0, 2000)),
        draw(st.integers(1, 3)),
        rate,
        draw(st.integers(0, 6)),
        available_range=draw(ranges(rate)),
        metadata=metadata,
    )


def effects() -> st.SearchStrategy[Any]:
    """At most one change of speed, and effects that xmeml has no form for."""
    speeds = st.sampled_from([2.0, 0.5, -1.0, -0.25, 1.0, 0.0, 1.08451, 3.333])
    warp = st.builds(lambda n, s: S.LinearTimeWarp(n, time_scalar=s), texts, speeds)
    freeze = st.builds(S.FreezeFrame, texts)
    other = st.builds(lambda n, m: S.Effect(n, "blur", m), texts, blocks)
    return st.lists(warp | freeze | other, max_size=2)


@st.composite
def clips(draw: Any, rate: float) -> Any:
    """Clips with everything that a clip can have."""
    clip = S.Clip(draw(texts), draw(references(rate)), draw(ranges(rate)), draw(blocks))
    clip.enabled = draw(st.booleans())
    clip.effects.extend(draw(effects()))
    clip.markers.extend(draw(st.lists(markers(rate), max_size=2)))
    if draw(st.integers(0, 9)) == 0:
        key = clip.active_media_reference_key
        both = {key: clip.media_reference, "face": draw(references(rate))}
        clip.set_media_references(both, draw(st.sampled_from([key, "face"])))
    return clip


@st.composite
def gaps(draw: Any, rate: float) -> Any:
    """Gaps, with names and markers of their own now and then."""
    gap = S.Gap(source_range=TR(RT(0, rate), RT(draw(lengths), rate)))
    if draw(st.booleans()):
        gap.name = draw(texts)
        gap.markers.extend(draw(st.lists(markers(rate), max_size=1)))
    return gap


@st.composite
def tracks(draw: Any, rate: float, kind: str, depth: int) -> Any:
    """Tracks; a transition lies between two clips or at one's side."""
    track = S.Track(draw(texts), kind=kind, metadata=draw(blocks))
    track.enabled = draw(st.booleans())
    kinds = [clips(rate), clips(rate), gaps(rate)]
    if depth:
        kinds.append(stacks(rate, depth - 1))
    for item in draw(st.lists(st.one_of(kinds), max_size=4)):
        beside = len(track) and not isinstance(track[-1], S.Gap) and not isinstance(item, S.Gap)
        if beside and draw(st.booleans()):
            before, after = draw(st.sampled_from([(5, 5), (3, 7), (0, 4), (4, 0)]))
            kinds_ = st.sampled_from(["SMPTE_Dissolve", "Custom_Transition"])
            dissolve = S.Transition(draw(texts), draw(kinds_), RT(before, rate), RT(after, rate))
            track.append(dissolve)
        track.append(item)
    track.markers.extend(draw(st.lists(markers(rate), max_size=1)))
    return track


@st.composite
def stacks(draw: Any, rate: float, depth: int) -> Any:
    """Nested sequences."""
    stack = S.Stack(draw(texts))
    kinds = draw(st.lists(st.sampled_from(["Video", "Audio"]), min_size=1, max_size=2))
    stack.extend([draw(tracks(rate, kind, depth)) for kind in kinds])
    stack.source_range = draw(ranges(rate))
    stack.enabled = draw(st.booleans())
    stack.markers.extend(draw(st.lists(markers(rate), max_size=1)))
    return stack


@st.composite
def timelines(draw: Any) -> Any:
    """Whole timelines at any of the eight rates."""
    rate = draw(st.sampled_from(RATES))
    timeline = S.Timeline(draw(texts), metadata=draw(blocks))
    timeline.global_start_time = RT(draw(st.sampled_from([0, 107892, 108000, 86400, 7])), rate)
    kinds = draw(st.lists(st.sampled_from(["Video", "Audio"]), max_size=3))
    timeline.tracks.extend([draw(tracks(rate, kind, 1)) for kind in kinds])
    timeline.tracks.markers.extend(draw(st.lists(markers(rate), max_size=3)))
    return timeline


CALM = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("dialect", ["premiere", "resolve", "plain"])
@CALM
@given(timeline=timelines())
def test_any_timeline_comes_back_equal(dialect: str, timeline: Any) -> None:
    text, _ = write_xmeml(timeline, dialect)
    assert read_xmeml(text).to_json_string() == timeline.to_json_string()
