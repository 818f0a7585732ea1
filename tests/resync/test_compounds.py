"""Compound clips are opened: every track in them is recognised, counted and carried, or named."""

from __future__ import annotations

from collections.abc import Callable

import opentimelineio as otio
import pytest

from otio_idolsync.resync.run import ResyncReport

from .conftest import Desk
from .simulator import RATE

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
Track, Clip, Gap = otio.schema.Track, otio.schema.Clip, otio.schema.Gap


def gap(frames: float) -> otio.schema.Gap:
    return Gap(duration=RT(frames, RATE))


def title(frames: int, name: str = "title") -> otio.schema.Clip:
    return Clip(name, otio.schema.MissingReference(), TR(RT(0, RATE), RT(frames, RATE)))


def nest(
    first: int, count: int, fill: Callable[[list[otio.schema.Clip]], list[otio.schema.Track]]
) -> Callable[[otio.schema.Timeline], None]:
    """Put shots into a compound clip whose tracks ``fill`` makes of them."""

    def edit(timeline: otio.schema.Timeline) -> None:
        track = timeline.video_tracks()[0]
        inside = [track[first + k].deepcopy() for k in range(count)]
        lasts = sum((clip.duration() for clip in inside), RT(0, RATE))
        stack = otio.schema.Stack("together")
        stack.extend(fill(inside))
        stack.source_range = TR(RT(0, RATE), lasts)
        del track[first : first + count]
        track.insert(first, stack)

    return edit


def track_of(name: str, *children: otio.core.Composable) -> otio.schema.Track:
    track = Track(name, kind="Video")
    track.extend(children)
    return track


def all_kept(done: ResyncReport) -> bool:
    return {r.change for r in done.comparison.shots if r.pairing} == {"kept"}


def lying(done: ResyncReport) -> list[tuple[str, list[tuple[str, int]]]]:
    """Each picture track's clips with their first frames."""
    tracks = done.timeline.video_tracks()
    return [(t.name, [(c.name, first_frame(c)) for c in t.find_clips()]) for t in tracks]


def first_frame(clip: otio.schema.Clip) -> int:
    return round(clip.trimmed_range_in_parent().start_time.value)


@pytest.mark.parametrize("dialect", ["premiere", "resolve"])
def test_a_shot_that_was_raised_to_an_upper_track_is_still_there(desk: Desk, dialect: str) -> None:
    def fill(inside):
        one, two, three = inside
        upper = track_of("V2", gap(one.duration().value), two)
        return [track_of("V1", one, gap(two.duration().value), three), upper]

    done = desk.back(timeline=nest(4, 3, fill), dialect=dialect)
    assert all_kept(done)
    assert done.sheet == desk.sheet, "nothing lay under it, so that it is on V1 again"


def test_what_covers_a_shot_in_a_compound_clip_lies_above_v1(desk: Desk) -> None:
    def fill(inside):
        lead = inside[0].duration().value
        return [track_of("V1", *inside), track_of("V2", gap(lead), title(9)),
                track_of("V3", gap(lead + 3), title(20, "glow"))]  # fmt: skip

    done = desk.back(timeline=nest(4, 3, fill))
    shots = desk.sheet.shots
    assert all_kept(done)
    assert lying(done)[1:] == [
        ("over V1 1", [("title", shots[5].first_frame)]),
        ("over V1 2", [("glow", shots[5].first_frame + 3)]),
    ]
    added = [r for r in done.comparison.shots if r.change == "added"]
    assert [r.items[0].name for r in added] == ["title", "glow"]
    assert any("'over V1 1' is not carried" in loss for loss in done.losses), "not in the sheet"


def test_a_planned_shot_that_covers_another_is_recognised(desk: Desk) -> None:
    """The editor laid S006 over the end of S005 by a cross of tracks."""

    def fill(inside):
        one, two = inside
        two.source_range = TR(
            two.source_range.start_time - RT(5, RATE), two.source_range.duration + RT(5, RATE)
        )
        lower = track_of("V1", one, gap(two.duration().value - 5))
        return [lower, track_of("V2", gap(one.duration().value - 5), two)]

    done = desk.back(timeline=nest(4, 2, fill), dialect="resolve")
    said = {r.shot_id: r.changes for r in done.comparison.shots if r.changes != ["kept"]}
    assert said == {"S005": ["trimmed"], "S006": ["trimmed"]}, "measured on what is seen"
    assert not done.conflicts
    name, clips = lying(done)[1]
    assert (name, clips[0][1]) == ("over V1 1", desk.sheet.shots[5].first_frame - 5)
    over = next(iter(done.timeline.video_tracks()[1].find_clips()))
    assert over.metadata["idolsync"]["shot_id"] == "S006"


def test_compound_clips_in_compound_clips_are_opened_with_their_trims(desk: Desk) -> None:
    def fill(inside):
        inner = otio.schema.Stack("inner")
        inner.append(track_of("V1", title(10, "cut off"), *inside[1:]))
        rest = sum((clip.duration() for clip in inside[1:]), RT(0, RATE))
        inner.source_range = TR(RT(10, RATE), rest)
        return [track_of("V1", inside[0], inner)]

    done = desk.back(timeline=nest(4, 3, fill), dialect="resolve")
    assert all_kept(done)
    assert done.sheet == desk.sheet


def test_transitions_markers_and_switches_in_compound_clips_count(desk: Desk) -> None:
    def fill(inside):
        dissolve = otio.schema.Transition("x", "SMPTE_Dissolve", RT(4, RATE), RT(4, RATE))
        off = track_of("V2", title(12, "try"))
        off.enabled = False
        return [track_of("V1", inside[0], dissolve, *inside[1:]), off]

    def edit(timeline: otio.schema.Timeline) -> None:
        nest(4, 3, fill)(timeline)
        stack = timeline.video_tracks()[0][4]
        stack.enabled = False
        stack.effects.append(otio.schema.Effect("blur", "Gaussian Blur"))
        at = TR(RT(7, RATE), RT(0, RATE))
        stack.markers.append(otio.schema.Marker("pin: this", at, "PINK"))

    done = desk.back(timeline=edit)
    made = done.timeline.video_tracks()[0]
    assert isinstance(made[5], otio.schema.Transition)
    assert [r.shot_id for r in done.comparison.shots if "disabled" in r.changes] == [
        "S005", "S006", "S007"
    ]  # fmt: skip
    assert [(i.kind, i.shot_id) for i in done.instructions] == [("pin", "S005")]
    assert done.sheet.marks[-1].frame == desk.sheet.shots[4].first_frame + 7
    assert any("'blur' is not carried" in loss for loss in done.losses)
    assert any("'V2' in compound clip 'together' is switched off" in loss for loss in done.losses)


def test_the_song_is_found_in_a_compound_clip_of_sound(desk: Desk) -> None:
    def edit(timeline: otio.schema.Timeline) -> None:
        track = timeline.audio_tracks()[0]
        stack = otio.schema.Stack("mix")
        stack.extend([track_of("V1", title(50)), track.deepcopy()])
        stack.source_range = TR(RT(0, RATE), track.duration())
        del track[:]
        track.append(stack)

    done = desk.back(timeline=edit)
    assert done.spine.ok
    assert [len(t.find_clips()) for t in done.timeline.audio_tracks()] == [1]
