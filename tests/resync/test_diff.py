"""Any two timelines can be compared, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence

import opentimelineio as otio
import pytest

from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync import Comparison, diff

from .conftest import Desk

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATE = 25


def clip(name: str, start: int, frames: int, rate: float = RATE) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(f"/m/{name}.mov", TR(RT(0, rate), RT(500, rate)))
    return otio.schema.Clip(name, media, TR(RT(start, rate), RT(frames, rate)))


def timeline(*tracks: tuple[str, Sequence[otio.core.Composable]]) -> otio.schema.Timeline:
    made = otio.schema.Timeline("reel")
    for kind, children in tracks:
        track = otio.schema.Track(kind=kind)
        track.extend([child.deepcopy() for child in children])
        made.tracks.append(track)
    return made


def changes(found: Comparison) -> dict[str, list[str]]:
    return {shot.shot_id: shot.changes for shot in found.shots if shot.changes != ["kept"]}


A, B, C = clip("a", 10, 50), clip("b", 20, 40), clip("c", 0, 60)


def test_clips_of_strangers_are_numbered_on_in_the_order_of_the_first() -> None:
    found = diff(timeline(("Video", [A, B])), timeline(("Video", [A, clip("b", 20, 30), C])))
    assert changes(found) == {"C002": ["trimmed"], "C003": ["added"]}


def test_planned_timelines_are_compared_too_song_and_all(desk: Desk) -> None:
    found = diff(timeline_of(desk.sheet), timeline_of(desk.sheet))
    assert changes(found) == {}
    assert [(name, changes(track)) for name, track in found.tracks] == [("A1", {})]


def test_picture_tracks_are_one_picture_and_sounds_are_compared_by_their_place() -> None:
    before = timeline(("Video", [A, B, C]), ("Audio", [C]))
    lead, hole = (otio.schema.Gap(duration=one.duration()) for one in (A, B))
    after = timeline(("Video", [A, hole, C]), ("Video", [lead, B]), ("Audio", [C]), ("Audio", [A]))
    found = diff(before, after)
    told = {row["shot_id"]: (row["change"], row.get("track")) for row in found.to_json()["shots"]}
    assert told["C002"] == ("kept", "V2")
    assert told["C001"] == told["C003"] == ("kept", None)
    assert {name: changes(track) for name, track in found.tracks} == {
        "A1": {}, "A2": {"C001": ["added"]}
    }  # fmt: skip


def test_timelines_without_a_picture_are_compared_by_their_sound() -> None:
    before, after = timeline(("Audio", [A, B])), timeline(("Audio", [B]))
    assert changes(diff(before, after)) == {"C001": ["deleted"], "C002": ["moved"]}
    gone = diff(timeline(("Video", [A])), before)
    assert changes(gone) == {"C001": ["deleted"]}


def test_a_new_transition_is_told_with_the_clip_that_it_leads_into() -> None:
    cross = otio.schema.Transition("cross", "SMPTE_Dissolve", RT(5, RATE), RT(5, RATE))
    plain, mixed = timeline(("Video", [A, B, C])), timeline(("Video", [A, cross, B, C]))
    assert [shot.added for shot in diff(plain, mixed).shots] == [(), ("cross",), ()]
    assert not any(shot.added for shot in diff(mixed, mixed.deepcopy()).shots)


def test_nested_clips_are_compared_one_by_one() -> None:
    stack = otio.schema.Stack("nest")
    stack.append(otio.schema.Track(children=[A.deepcopy(), B.deepcopy()]))
    found = diff(timeline(("Video", [A, B, C])), timeline(("Video", [stack, C])))
    assert changes(found) == {}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (timeline(("Video", [clip("a", 10, 50, 24)])), "24 .*25|25 .*24"),
        (otio.schema.Timeline("empty"), "'empty' has no clip on any track"),
        (
            timeline(("Video", [otio.schema.Clip("x", otio.schema.ExternalReference("/m/x.mov"))])),
            "'x' does not say how long it lasts; give it a range",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(other: otio.schema.Timeline, said: str) -> None:
    for one, two in ((timeline(("Video", [A])), other), (other, timeline(("Video", [A])))):
        with pytest.raises(TimelineError, match=said):
            diff(one, two)
