"""Reasons: what is said of each cut, and what the alternatives would have cost."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest

from otio_idolsync.analysis.model import Analysis, Event, Section
from otio_idolsync.planning.cuts import CutSettings, best_cuts, objective_for, plan_cuts
from otio_idolsync.planning.objective import plan_cost
from otio_idolsync.planning.pacing import load_pacing
from otio_idolsync.planning.spoken import minutes, ordinal, plural, section_names
from otio_idolsync.timebase import Clock

SETTINGS = CutSettings(Clock.at(24))


def test_a_hold_names_its_bar_its_section_and_its_event(pop_song: Analysis) -> None:
    texts = [slot.text for slot in plan_cuts(pop_song, SETTINGS).slots]
    assert "bar 21, first beat of chorus 1; held 12 beats over the drop at 00:40.3" in texts
    assert any(t.startswith("bar 43, first beat of chorus 2; ") for t in texts)
    assert texts[0].startswith("the song starts, in intro; ")


def test_a_build_that_leads_nowhere_is_named(song: Callable[..., Analysis]) -> None:
    build = Event("build", 16.25, 24.25, 0.8)
    slots = plan_cuts(song(events=[build]), SETTINGS).slots
    held = [slot.text for slot in slots if slot.hold]
    assert held[0].endswith("over the end of the build at 00:24.3")


def test_a_build_is_said_to_tighten_only_where_it_does(song: Callable[..., Analysis]) -> None:
    analysis = song(events=[Event("build", 8.25, 40.25, 0.8)])
    wanted = dataclasses.replace(SETTINGS, pacing=load_pacing("dance"), beats_per_cut=(1, 8))
    slots = plan_cuts(analysis, wanted).slots
    for before, slot in itertools.pairwise(slots):
        if 8.25 <= slot.start < 40.25 and not slot.hold:
            shorter = slot.beats < before.beats and not before.hold
            assert ("tightens after" in slot.text) == shorter
    assert sum("tightens after" in slot.text for slot in slots) >= 2


def test_a_pin_is_called_a_pin(pop_song: Analysis) -> None:
    slots = plan_cuts(pop_song, dataclasses.replace(SETTINGS, pins=(20.1,))).slots
    pinned = next(slot for slot in slots if slot.anchor == "pin")
    assert pinned.text.startswith("pinned at 20.100 s, near bar 11, in verse 1; ")
    assert pinned.alternatives == ()


def test_weak_beats_and_pickups_are_called_what_they_are(song: Callable[..., Analysis]) -> None:
    analysis = song(bpm=60, count=40)
    pickup = dataclasses.replace(
        analysis,
        grid=dataclasses.replace(analysis.grid, numbers=(np.arange(40) + 2) % 4 + 1),
    )
    pins = tuple(float(t) for t in pickup.grid.beats[[1, 4]])
    texts = [s.text for s in plan_cuts(pickup, dataclasses.replace(SETTINGS, pins=pins)).slots]
    assert texts[1].startswith("pinned at 1.250 s, the pickup, fourth beat; ")
    assert texts[2].startswith("pinned at 4.250 s, bar 1, third beat; ")


def test_the_cost_of_an_alternative_is_the_plan_with_that_cut_moved(pop_song: Analysis) -> None:
    objective = objective_for(pop_song, SETTINGS)
    plan = best_cuts(objective)
    slots = plan_cuts(pop_song, SETTINGS).slots
    seconds = objective.candidates.seconds.tolist()
    seen = 0
    for k, slot in enumerate(slots):
        costs = [other.cost for other in slot.alternatives]
        assert costs == sorted(costs)
        for other in slot.alternatives:
            moved = [*plan.nodes]
            moved[k] = seconds.index(other.time)
            more = plan_cost(objective, moved, plan.needed) - plan.cost
            assert other.cost == pytest.approx(more, abs=1e-3)
            assert other.cost > 0
            assert other.why
            seen += 1
    assert seen > len(slots)


def test_each_alternative_says_what_speaks_against_it(pop_song: Analysis) -> None:
    slots = plan_cuts(pop_song, SETTINGS).slots
    drop = next(slot for slot in slots if slot.hold)
    assert any("runs into the event" in other.why for other in drop.alternatives)
    whys = {other.why for slot in slots for other in slot.alternatives}
    assert any("not on a downbeat" in why for why in whys)
    assert any("splits the sung phrase" in why for why in whys)
    assert any(re.search(r"shots of \d+ and \d+ beats?, outside the range", why) for why in whys)


def test_sections_are_numbered_where_there_are_several() -> None:
    rows = [("A", "verse"), ("B", "chorus"), ("A", "verse"), ("C", ""), ("C", ""), ("", "")]
    sections = [Section(float(k), k + 1.0, *row) for k, row in enumerate(rows)]
    assert section_names(sections) == [
        "verse 1",
        "chorus",
        "verse 2",
        "section C",
        "section C",
        "section",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.0"), (59.97, "01:00.0"), (62.1, "01:02.1"), (3600, "60:00.0")]
)
def test_times_are_said_in_minutes(seconds: float, text: str) -> None:
    assert minutes(seconds) == text


def test_counts_are_said_in_words() -> None:
    assert [ordinal(n) for n in (1, 8, 9)] == ["first", "eighth", "9th"]
    assert [plural(n, "beat") for n in (1, 2)] == ["1 beat", "2 beats"]
