"""Why each cut is where it is, in a director's words, and which places lost against it."""

from __future__ import annotations

import dataclasses

import numpy as np

from otio_idolsync.analysis.model import Analysis, Event, EventKind
from otio_idolsync.planning.model import Alternative, Anchor, Slot
from otio_idolsync.planning.objective import Objective
from otio_idolsync.planning.score import (
    Floats,
    Ints,
    energy_mean,
    section_indices,
    sections_in_order,
    sung_share,
)
from otio_idolsync.planning.search import Plan
from otio_idolsync.planning.spoken import minutes, ordinal, plural, section_names

_MOST_ALTERNATIVES = 3
_LOUD, _CALM = 0.8, 0.25


def slots_with_reasons(analysis: Analysis, objective: Objective, plan: Plan) -> tuple[Slot, ...]:
    """Return the slots of a plan, each with its reason and the alternatives that lost."""
    teller = _Teller(analysis, objective)
    c, nodes = objective.candidates, np.array(plan.nodes)
    first, last = nodes[:-1], nodes[1:]
    start, end = c.seconds[first], c.seconds[last]
    hold = objective.is_hold(first, last)
    energy = energy_mean(analysis, start, end)
    sung = sung_share(analysis.vocals, start, end)
    middle = section_indices(teller.sections, (start + end) / 2)
    lost = alternatives(teller, nodes, plan.needed)
    slots: list[Slot] = []
    for k in range(len(first)):
        over = teller.events_over(int(first[k]), int(last[k])) if hold[k] else ()
        section = teller.sections[middle[k]] if middle[k] >= 0 else None
        slot = Slot(
            start=float(start[k]),
            end=float(end[k]),
            first_frame=int(c.frames[first[k]]),
            frames=int(c.frames[last[k]] - c.frames[first[k]]),
            beats=int(c.beats[last[k]] - c.beats[first[k]]),
            anchor=teller.anchor(int(first[k])),
            hold=over,
            energy=float(energy[k]),
            sung=float(sung[k]),
            section=(section.name or section.label) if section else "",
            text="",
            alternatives=lost[k],
        )
        text = teller.sentence(slot, int(first[k]), slots[-1] if slots else None)
        slots.append(dataclasses.replace(slot, text=text))
    return tuple(slots)


class _Teller:
    """Names places of one song and finds words for them."""

    def __init__(self, analysis: Analysis, objective: Objective) -> None:
        self.analysis = analysis
        self.objective = objective
        self.sections = sections_in_order(analysis)
        self.names = section_names(self.sections)
        c = objective.candidates
        self.of_node = section_indices(self.sections, c.seconds)
        self.bars = analysis.grid.bars
        self.builds = objective.builds

    def anchor(self, node: int) -> Anchor:
        """Return what a cut lands on."""
        c = self.objective.candidates
        if node == 0:
            return "start"
        if c.pins[node]:
            return "pin"
        if c.section_starts[node]:
            return "section"
        return "downbeat" if c.numbers[node] == 1 else "beat"

    def beat_name(self, node: int) -> str:
        """Return the name of the beat nearest to a candidate: ``33.2``."""
        beats = self.analysis.grid.beats
        index = min(max(int(self.objective.candidates.beats[node]), 0), len(beats) - 1)
        number = int(self.analysis.grid.numbers[index])
        bar = int(self.bars[index])
        return f"{bar}" if number == 1 else f"{bar}.{number}"

    def section(self, node: int) -> str:
        """Return the spoken name of the section a candidate lies in, "" if none."""
        index = int(self.of_node[node])
        return self.names[index] if index >= 0 else ""

    def events_over(self, first: int, last: int) -> tuple[Event, ...]:
        """Return the events a hold is over, in time order."""
        o = self.objective
        margin = 0.5 * o.frame_seconds
        low, high = o.cut_seconds[first] - margin, o.cut_seconds[last] - margin
        over = (o.spans.low < high) & (o.spans.high >= low)
        return tuple(o.spans.events[k] for k in np.flatnonzero(over))

    def sentence(self, slot: Slot, node: int, before: Slot | None) -> str:
        """Return the reason of a slot's cut."""
        return f"{self._place(node)}; {self._length(slot, node, before)}"

    def _place(self, node: int) -> str:
        c, name = self.objective.candidates, self.section(node)
        bar, _, beat = self.beat_name(node).partition(".")
        spot = "the pickup" if bar == "0" else f"bar {bar}"
        inside = f", in {name}" if name else ""
        if node == 0:
            return f"the song starts{inside}"
        if c.section_starts[node] and not c.pins[node]:
            return f"{spot}, first beat of {name}" if name else f"{spot}, a section's first beat"
        if c.pins[node]:
            near = "" if c.numbers[node] else "near "
            spot = f"pinned at {c.seconds[node]:.3f} s, {near}{spot}"
        if beat:
            return f"{spot}, {ordinal(int(beat))} beat{inside}"
        return f"{spot}{inside}" if c.pins[node] else f"{spot}, downbeat{inside}"

    def _length(self, slot: Slot, node: int, before: Slot | None) -> str:
        beats = plural(slot.beats, "beat")
        if slot.hold:
            held = f"held {beats} over {_events_named(slot.hold)}"
            return ", ".join(filter(None, [held, self._voice_note(node)]))
        notes = [self._build_note(slot, before), self._voice_note(node), _energy_note(slot)]
        return ", ".join([beats, *(note for note in notes if note)])

    def _build_note(self, slot: Slot, before: Slot | None) -> str:
        for build in self.builds:
            if build.start <= slot.start + 1e-3 < build.end:
                faster = before and not before.hold and slot.beats < before.beats
                was = f" after {before.beats}" if faster and before else ""
                return f"the build to {minutes(build.end)} tightens{was}" if was else "in the build"
        return ""

    def _voice_note(self, node: int) -> str:
        at = float(self.objective.candidates.seconds[node])
        beat = float(self.objective.candidates.beat_seconds[node])
        for phrase in self.analysis.vocals:
            if -0.25 * beat <= phrase.start - at <= beat:
                return "as the voice comes in"
            if -0.25 * beat <= at - phrase.end <= beat:
                return "after the sung phrase ends"
        return ""


def _energy_note(slot: Slot) -> str:
    if slot.energy >= _LOUD:
        return "at full energy"
    return "where it is calm" if slot.energy <= _CALM else ""


def _events_named(events: tuple[Event, ...]) -> str:
    """Return the events of a hold in words; a build is not named beside what it leads into."""
    starts = [minutes(event.start) for event in events if event.kind is not EventKind.BUILD]
    names = [
        f"the end of the build at {minutes(event.end)}"
        if event.kind is EventKind.BUILD
        else f"the {event.kind} at {minutes(event.start)}"
        for event in events
        if event.kind is not EventKind.BUILD or minutes(event.end) not in starts
    ]
    return " and ".join(dict.fromkeys(names))


def alternatives(teller: _Teller, nodes: Ints, needed: Ints) -> list[tuple[Alternative, ...]]:
    """Return, for each slot, other beats for its cut within a bar and what they would cost more.

    The other cuts stay, so the cost is the plan's own with this one cut moved.
    """
    o = teller.objective
    c, bar = o.candidates, o.candidates.bar_beats
    inner = nodes[1:-1]
    shifts = np.array([s for s in range(-bar, bar + 1) if s])
    moved = inner[:, None] + shifts
    before, after = nodes[:-2, None], nodes[2:, None]
    valid = (moved > before) & (moved < after) & ~c.pins[inner][:, None]
    safe = np.where(valid, moved, inner[:, None])
    with_move = _terms_around(o, before, safe, after, needed)
    as_is = _terms_around(o, before, inner[:, None], after, needed)
    delta = {name: with_move[name] - as_is[name] for name in with_move}
    total = np.asarray(sum(delta.values()))
    found: list[tuple[Alternative, ...]] = [()]
    for k in range(len(inner)):
        options = [
            s for s in np.argsort(total[k], kind="stable") if valid[k, s] and total[k, s] > 0
        ]
        found.append(
            tuple(
                Alternative(
                    float(c.seconds[safe[k, s]]),
                    teller.beat_name(int(safe[k, s])),
                    round(float(total[k, s]), 3),
                    _why(
                        teller, delta, (k, s), (int(nodes[k]), int(safe[k, s]), int(nodes[k + 2]))
                    ),
                )
                for s in options[:_MOST_ALTERNATIVES]
            )
        )
    return found


def _terms_around(
    o: Objective, before: Ints, cut: Ints, after: Ints, needed: Ints
) -> dict[str, Floats]:
    """Return the terms of the two shots around a cut and of the cut itself, summed by name."""
    terms = {name: value[cut] for name, value in o.cut_terms().items()}
    for first, last in ((before, cut), (cut, after)):
        for name, value in o.shot_terms(first, last).items():
            terms[name] = terms.get(name, 0.0) + value
        terms["hold_short"] = terms.get("hold_short", 0.0) + o.hold_short(first, last, needed)
    return terms


def _why(
    teller: _Teller, delta: dict[str, Floats], at: tuple[int, int], around: tuple[int, int, int]
) -> str:
    """Return the one or two costs that weigh most against a place, in words."""
    c = teller.objective.candidates
    before, cut, after = around
    then = plural(int(c.beats[after] - c.beats[cut]), "beat")
    lengths = f"shots of {c.beats[cut] - c.beats[before]} and {then}"
    words = {
        "landing": "not on a downbeat" if c.numbers[cut] != 1 else "no section starts there",
        "pace": f"{lengths}, off the pace here",
        "range": f"{lengths}, outside the range",
        "too_short": "a shot too short to read",
        "too_long": "a shot longer than the profile likes",
        "missed_section": "runs over the start of a section",
        "splits_phrase": "splits the sung phrase",
        "inside_phrase": "inside a sung phrase",
        "cut_in_event": "cuts into the event",
        "runs_into_event": "runs into the event, not cut on it",
        "hold_short": "leaves the hold too short",
    }
    # A shot outside the range is off the pace too; once is enough.
    named = [n for n in words if n != "pace" or delta["range"][at] <= 0]
    worst = sorted(named, key=lambda name: -float(delta[name][at]))
    most = float(delta[worst[0]][at])
    said = [words[n] for n in worst[:2] if float(delta[n][at]) >= 0.3 * most and delta[n][at] > 0]
    return "; ".join(said)
