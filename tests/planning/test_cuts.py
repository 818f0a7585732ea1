"""The cut planner: where cuts fall."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_idolsync.analysis.model import Analysis, Event, Phrase, Section
from otio_idolsync.errors import PlanError, UsageError
from otio_idolsync.planning.cuts import CutSettings, best_cuts, objective_for, plan_cuts
from otio_idolsync.planning.holds import least_frames
from otio_idolsync.planning.objective import plan_cost
from otio_idolsync.planning.pacing import PROFILES, load_pacing
from otio_idolsync.timebase import Clock

RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
MakeSong = Callable[..., Analysis]


@st.composite
def grids(draw: st.DrawFn) -> list[float]:
    """Draw beats from 30 to 300 BPM, steady or not."""
    step = 60 / draw(st.floats(30, 300))
    count = draw(st.integers(2, 90))
    wobble = draw(st.sampled_from([0.0, 0.02, 0.3]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    gaps = step * (1 + wobble * rng.uniform(-1, 1, count))
    return (draw(st.floats(0, 3)) + np.cumsum(gaps)).tolist()


@st.composite
def songs(draw: st.DrawFn, make: MakeSong) -> Analysis:
    beats = draw(grids())
    length = beats[-1] + draw(st.floats(0.01, 4))
    at = st.floats(0, length)
    pairs = st.tuples(at, at).map(sorted)
    kind = st.sampled_from(["drop", "build", "break", "peak"])
    events = draw(st.lists(st.builds(lambda k, p: Event(k, *p, 0.8), kind, pairs), max_size=6))
    names = st.sampled_from(["", "intro", "verse", "chorus", "bridge", "outro", "weird name"])
    edges = sorted({0.0, *draw(st.lists(st.sampled_from(beats), max_size=6))})
    sections = [
        Section(a, b, "ABC"[k % 3], draw(names))
        for k, (a, b) in enumerate(itertools.pairwise([*edges, length]))
        if a < b
    ]
    vocals = draw(st.lists(pairs.map(lambda p: Phrase(*p, 0.9)), max_size=8))
    return make(
        beats,
        seconds=length,
        bar=draw(st.integers(1, 7)),
        events=events,
        sections=sections if draw(st.booleans()) else [],
        vocals=vocals,
        energy=draw(st.lists(st.floats(0, 1), max_size=5)),
    )


def asked(draw: st.DrawFn, song: Analysis) -> CutSettings:
    length = song.song.duration
    beats = draw(st.sampled_from([None, (4, 8), (1, 1), (1, 2), (8, 16), (3, 3)]))
    return CutSettings(
        Clock.at(draw(st.sampled_from(RATES))),
        load_pacing(draw(st.sampled_from(PROFILES))),
        beats_per_cut=beats,
        energy_policy=draw(st.sampled_from(["hold", "drive", "none"])),
        pins=tuple(draw(st.lists(st.floats(0, length * 0.999), max_size=5))),
        lead_frames=draw(st.integers(0, 3)),
        seed=draw(st.integers(0, 9)),
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_song_gets_contiguous_slots_with_every_pin_a_cut(
    data: st.DataObject, song: MakeSong
) -> None:
    analysis = data.draw(songs(song))
    wanted = asked(data.draw, analysis)
    cuts = plan_cuts(analysis, wanted)
    clock, slots = wanted.clock, cuts.slots
    total = clock.frames_covering(Fraction(analysis.song.samples, analysis.song.sample_rate))
    assert slots[0].first_frame == 0
    assert slots[-1].first_frame + slots[-1].frames == total
    assert all(slot.frames >= 1 for slot in slots)
    for a, b in itertools.pairwise(slots):
        assert a.first_frame + a.frames == b.first_frame
        assert a.end == b.start
    firsts = {slot.first_frame for slot in slots}
    assert {clock.frame_at(pin) for pin in wanted.pins} - {total} <= firsts
    on_grid = {clock.frame_at(float(b)) - wanted.lead_frames for b in analysis.grid.beats}
    pinned = {clock.frame_at(pin) for pin in wanted.pins}
    assert firsts - {0} <= on_grid | pinned
    assert len({slot.text for slot in slots}) == len(slots)
    assert plan_cuts(analysis, wanted) == cuts


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_hold_outlasts_its_neighbours_or_is_warned_of(
    data: st.DataObject, song: MakeSong
) -> None:
    analysis = data.draw(songs(song))
    wanted = dataclasses.replace(asked(data.draw, analysis), energy_policy="hold")
    cuts = plan_cuts(analysis, wanted)
    short = 0
    for k, slot in enumerate(cuts.slots):
        if slot.hold:
            before = [s.frames for s in cuts.slots[:k] if not s.hold][-2:]
            after = [s.frames for s in cuts.slots[k + 1 :] if not s.hold][:2]
            around = before + after
            short += bool(around) and slot.frames < 1.5 * float(np.median(around))
    assert short == sum("the hold over" in warning for warning in cuts.warnings)


@settings(max_examples=60, deadline=None)
@given(
    bpm=st.floats(60, 200),
    count=st.integers(64, 300),
    pop=st.integers(8, 40),
    span=st.integers(1, 12),
    seed=st.integers(0, 5),
)
def test_ordinary_songs_keep_the_hold_rule_and_four_to_eight_beats(
    bpm: float, count: int, pop: int, span: int, seed: int, song: MakeSong
) -> None:
    beats = np.arange(count) * 60 / bpm + 0.3
    downbeats = range(pop // 4 * 4, count - span - 16, 40)
    events = [Event("drop", float(beats[k]), float(beats[k + span]), 0.9) for k in downbeats]
    analysis = song(beats, events=events)
    cuts = plan_cuts(analysis, CutSettings(Clock.at(24), seed=seed))
    assert cuts.warnings == ()
    inner = cuts.slots[1:-1]
    free = [slot.beats for slot in inner if not slot.hold]
    assert sum(4 <= n <= 8 for n in free) >= 0.9 * len(free)
    starts = {round(slot.start, 6) for slot in cuts.slots if slot.hold}
    assert starts >= {round(event.start, 6) for event in events}


def test_cuts_do_not_drift_over_twenty_minutes(song: MakeSong) -> None:
    beats = np.cumsum(np.full(2600, 60 / 131.7)) + 0.123
    analysis = song(beats)
    for rate in ("23.976", "29.97", "59.94"):
        clock = Clock.at(rate)
        for slot in plan_cuts(analysis, CutSettings(clock)).slots[1:]:
            exact = Fraction(slot.start) * clock.rate
            assert abs(slot.first_frame - exact) <= Fraction(1, 2)
            assert float(np.min(np.abs(beats - slot.start))) < 1e-9


def test_lead_puts_every_cut_but_a_pin_before_its_beat(song: MakeSong) -> None:
    clock = Clock.at(24)
    analysis = song(bpm=120)
    slots = plan_cuts(analysis, CutSettings(clock, lead_frames=2, pins=(20.1,))).slots
    for slot in slots[1:]:
        lead = 0 if slot.anchor == "pin" else 2
        assert slot.first_frame == clock.frame_at(slot.start) - lead
    assert clock.frame_at(20.1) in {slot.first_frame for slot in slots}


def test_a_hold_starts_on_the_drop_and_shares_it_with_the_build(pop_song: Analysis) -> None:
    holds = [s for s in plan_cuts(pop_song, CutSettings(Clock.at(24))).slots if s.hold]
    assert [[event.kind for event in slot.hold] for slot in holds] == [["build", "drop"], ["peak"]]
    assert holds[0].start == pytest.approx(pop_song.events[1].start)
    assert holds[0].section == "chorus"


def test_events_within_a_bar_share_one_hold_and_others_do_not(song: MakeSong) -> None:
    def holds(gap: int) -> list[list[str]]:
        beats = song().grid.beats
        drop = Event("drop", float(beats[80]), float(beats[84]), 0.9)
        peak = Event("peak", float(beats[84 + gap]), float(beats[88 + gap]), 0.9)
        wanted = CutSettings(Clock.at(24), beats_per_cut=(4, 4))
        slots = plan_cuts(song(events=[drop, peak]), wanted).slots
        return [[event.kind for event in slot.hold] for slot in slots if slot.hold]

    assert holds(4) == [["drop", "peak"]]
    assert holds(12) == [["drop"], ["peak"]]


def test_drive_cuts_faster_on_the_peak_than_hold(pop_song: Analysis) -> None:
    def over(policy: str) -> list[int]:
        slots = plan_cuts(pop_song, CutSettings(Clock.at(24), energy_policy=policy)).slots  # type: ignore[arg-type]
        drop = pop_song.events[1]
        return [s.beats for s in slots if s.start < drop.end - 0.1 and s.end > drop.start + 0.1]

    assert max(over("drive")) == 4
    assert over("hold") == [12]
    assert not any(
        s.hold for s in plan_cuts(pop_song, CutSettings(Clock.at(24), energy_policy="drive")).slots
    )


def test_drive_takes_the_fast_end_of_the_range_on_a_peak(song: MakeSong) -> None:
    peak = Event("peak", 16.25, 32.25, 0.9)
    pacing = dataclasses.replace(load_pacing("ballad"), variety=0.0)

    def over(policy: str) -> list[int]:
        wanted = CutSettings(Clock.at(24), pacing, energy_policy=policy)  # type: ignore[arg-type]
        slots = plan_cuts(song(events=[peak]), wanted).slots
        return [s.beats for s in slots if peak.start <= s.start < peak.end]

    assert over("drive") == [4] * 8
    assert over("none") == [8] * 4


def test_policy_none_does_not_hear_the_events(pop_song: Analysis) -> None:
    silent = dataclasses.replace(pop_song, events=())
    wanted = CutSettings(Clock.at(24), energy_policy="none")
    assert plan_cuts(pop_song, wanted) == plan_cuts(silent, wanted)


def test_no_cut_splits_a_sung_phrase_whose_edge_is_within_a_beat(pop_song: Analysis) -> None:
    for slot in plan_cuts(pop_song, CutSettings(Clock.at(24))).slots[1:]:
        for phrase in pop_song.vocals:
            inside = min(slot.start - phrase.start, phrase.end - slot.start)
            assert not 0.125 < inside <= 0.5


def test_a_cut_deep_in_a_phrase_costs_less_than_one_near_its_edge(song: MakeSong) -> None:
    objective = objective_for(
        song(vocals=[Phrase(4.0, 20.0, 0.9), Phrase(30.15, 36.0, 0.9)]), CutSettings(Clock.at(24))
    )
    terms, at = objective.cut_terms(), objective.candidates.seconds.tolist().index
    for beat, near, deep in (
        (2.25, 0, 0),
        (4.25, 1, 0),
        (10.25, 0, 1),
        (19.75, 1, 0),
        (20.25, 0, 0),
    ):
        assert (terms["splits_phrase"][at(beat)] > 0) == near
        assert (terms["inside_phrase"][at(beat)] > 0) == deep
    assert terms["splits_phrase"].max() > 10 * terms["inside_phrase"].max()


def test_section_starts_are_cut_on(pop_song: Analysis) -> None:
    silent = dataclasses.replace(pop_song, vocals=())
    starts = {round(s.start, 6) for s in plan_cuts(silent, CutSettings(Clock.at(24))).slots}
    assert {round(section.start, 6) for section in pop_song.sections} <= starts


def test_section_starts_are_cut_on_even_when_they_land_no_better(pop_song: Analysis) -> None:
    silent = dataclasses.replace(pop_song, vocals=(), events=())
    pop = load_pacing()
    plain = dataclasses.replace(pop, landing=dataclasses.replace(pop.landing, section=0.75))
    starts = {round(s.start, 6) for s in plan_cuts(silent, CutSettings(Clock.at(24), plain)).slots}
    assert {round(section.start, 6) for section in pop_song.sections} <= starts


def test_shots_shorten_through_a_build(song: MakeSong) -> None:
    beats = np.arange(128) * 0.5
    build = Event("build", float(beats[32]), float(beats[96]), 0.9)
    analysis = song(beats, events=[build])
    pacing = dataclasses.replace(load_pacing("dance"), variety=0.0)
    slots = plan_cuts(analysis, CutSettings(Clock.at(24), pacing, beats_per_cut=(1, 8))).slots
    inside = [s.beats for s in slots if build.start <= s.start < build.end and not s.hold]
    third = len(inside) // 3
    assert np.mean(inside[:third]) > 1.5 * np.mean(inside[-third:])
    steady = dataclasses.replace(pacing, accelerate=False)
    slots = plan_cuts(analysis, CutSettings(Clock.at(24), steady, beats_per_cut=(1, 8))).slots
    flat = [s.beats for s in slots if build.start <= s.start < build.end and not s.hold]
    assert np.mean(flat[:third]) < 1.5 * np.mean(flat[-third:])


def test_loud_parts_are_cut_faster_than_calm_ones(song: MakeSong) -> None:
    analysis = song(count=256, energy=[0.0] * 128 + [1.0] * 129)
    pacing = dataclasses.replace(load_pacing(), variety=0.0, calm=2.0, loud=0.5)
    slots = plan_cuts(analysis, CutSettings(Clock.at(24), pacing, (2, 16))).slots
    calm = sum(slot.start < 64 for slot in slots)
    assert len(slots) - calm > 1.5 * calm


def test_never_one_cut_a_beat_for_more_than_a_bar(song: MakeSong) -> None:
    for bar in (3, 4):
        analysis = song(count=120, bar=bar)
        wanted = CutSettings(Clock.at(24), load_pacing("hype"), beats_per_cut=(1, 1))
        lengths = [slot.beats for slot in plan_cuts(analysis, wanted).slots]
        runs = [len(list(run)) for ones, run in itertools.groupby(n <= 1 for n in lengths) if ones]
        assert max(runs) == bar


def test_profiles_differ_and_beats_per_cut_overrides_them(pop_song: Analysis) -> None:
    clock = Clock.at(24)
    counts = {
        name: len(plan_cuts(pop_song, CutSettings(clock, load_pacing(name), None)).slots)
        for name in PROFILES
    }
    assert counts["ballad"] < counts["pop"] < counts["dance"] < counts["hype"]
    for name in PROFILES:
        slots = plan_cuts(pop_song, CutSettings(clock, load_pacing(name), (4, 8))).slots
        assert all(4 <= s.beats <= 8 for s in slots[1:-1] if not s.hold)


def test_order_of_events_sections_vocals_and_pins_means_nothing(pop_song: Analysis) -> None:
    turned = dataclasses.replace(
        pop_song,
        events=pop_song.events[::-1],
        sections=pop_song.sections[::-1],
        vocals=pop_song.vocals[::-1],
    )
    pins = (20.1, 55.0, 31.2)
    wanted = CutSettings(Clock.at(24), pins=pins)
    backwards = CutSettings(Clock.at(24), pins=pins[::-1])
    assert plan_cuts(turned, backwards) == plan_cuts(pop_song, wanted)


def test_pins_a_frame_apart_are_both_cuts_and_named(song: MakeSong) -> None:
    clock = Clock.at(24)
    cuts = plan_cuts(song(), CutSettings(clock, pins=(Fraction(300, 24), Fraction(301, 24))))
    assert {300, 301} <= {slot.first_frame for slot in cuts.slots}
    assert cuts.warnings == ("the pins at 12.500 s and 12.542 s leave a shot of only 1 frame",)


def test_pins_that_cut_a_hold_short_are_named(pop_song: Analysis) -> None:
    drop = pop_song.events[1]
    pins = (drop.start + 0.5, drop.start + 1.5, drop.start + 2.5, drop.start + 3.5)
    warnings = plan_cuts(pop_song, CutSettings(Clock.at(24), pins=pins)).warnings
    assert any("the hold over" in w and "pinned cuts at" in w for w in warnings)


@pytest.mark.parametrize("pin", [-0.1, 65.0, 1e9])
def test_a_pin_outside_the_song_is_refused(pin: float, song: MakeSong) -> None:
    with pytest.raises(UsageError, match=r"pin .* s lies outside the song, which lasts 64\.25"):
        plan_cuts(song(), CutSettings(Clock.at(24), pins=(pin,)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"beats_per_cut": (8, 4)}, "beats per cut 8-4 must rise from 1"),
        ({"beats_per_cut": (0, 4)}, "beats per cut 0-4 must rise from 1"),
        ({"energy_policy": "loud"}, "'loud' is none of hold, drive and none"),
        ({"seed": -1}, "seed -1 must lie between 0 and"),
        ({"pins": (float("nan"),)}, "a pin must be a number of seconds"),
    ],
)
def test_settings_that_cannot_be_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CutSettings(Clock.at(24), **fields)  # type: ignore[arg-type]


def test_a_song_without_samples_is_refused(song: MakeSong) -> None:
    with pytest.raises(PlanError, match="no sound"):
        plan_cuts(song([0.5, 1.0], seconds=0.0), CutSettings(Clock.at(24)))


@pytest.mark.parametrize("bpm", [30, 300])
@pytest.mark.parametrize("seconds", [2.0, 1200.0])
def test_slow_and_fast_songs_are_cut(bpm: int, seconds: float, song: MakeSong) -> None:
    analysis = song(bpm=bpm, count=max(2, int(seconds * bpm / 60)), seconds=seconds)
    slots = plan_cuts(analysis, CutSettings(Clock.at("29.97"))).slots
    inner = [slot.beats for slot in slots[1:-1]]
    assert all(4 <= beats <= 8 for beats in inner)
    assert sum(slot.frames for slot in slots) == Clock.at("29.97").frames_covering(
        Fraction(analysis.song.samples, analysis.song.sample_rate)
    )


def test_seconds_bound_the_shots_where_beats_leave_a_choice(song: MakeSong) -> None:
    pop = load_pacing()
    for bpm in (30, 300):
        analysis = song(bpm=bpm, count=bpm)
        slots = plan_cuts(analysis, CutSettings(Clock.at(24), pop, (1, 16))).slots
        seconds = [slot.end - slot.start for slot in slots[1:-1]]
        assert min(seconds) >= pop.min_seconds
        assert max(seconds) <= pop.max_seconds


def test_the_search_finds_what_trying_every_cut_list_finds(song: MakeSong) -> None:
    rng = np.random.default_rng(1)
    for trial in range(12):
        beats = np.cumsum(rng.uniform(0.3, 0.7, 10))
        events = [Event("drop", float(beats[5]), float(beats[6]), 0.9)] if trial % 2 else []
        vocals = [Phrase(float(beats[2]) - 0.2, float(beats[4]) + 0.2, 0.9)]
        sections = [Section(float(beats[4]), float(beats[9]), "A", "verse")]
        analysis = song(beats, events=events, vocals=vocals, sections=sections)
        low, high = ((1, 2), (2, 4), (1, 4))[trial % 3]
        pins = (float(beats[3]) + 0.07,) if trial % 4 == 0 else ()
        objective = objective_for(
            analysis,
            CutSettings(Clock.at(24), beats_per_cut=(low, high), pins=pins, seed=trial),
        )
        plan = best_cuts(objective)
        last = len(objective.candidates) - 1
        pinned = set(np.flatnonzero(objective.candidates.pins).tolist())
        every = [
            [0, *inner, last]
            for size in range(last)
            for inner in itertools.combinations(range(1, last), size)
            if pinned <= set(inner)
        ]
        least = min(plan_cost(objective, nodes, plan.needed) for nodes in every)
        assert plan.cost == pytest.approx(least)
        assert plan_cost(objective, plan.nodes, plan.needed) == pytest.approx(least)


def test_hold_lengths_are_measured_against_two_free_shots_on_each_side(song: MakeSong) -> None:
    analysis = song(events=[Event("drop", 12.25, 14.25, 0.9)])
    objective = objective_for(analysis, CutSettings(Clock.at(24)))
    at = objective.candidates.seconds.tolist().index
    beats = [2, 10, 18, 24, 36, 40, 45, 60]
    nodes = [0, *(at(0.25 + 0.5 * beat) for beat in beats), len(objective.candidates) - 1]
    least = least_frames(objective, nodes)
    assert least.tolist() == [0, 0, 0, 0, 12 * 1.5 * 5.5, 0, 0, 0, 0]
