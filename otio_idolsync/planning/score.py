"""What the planner hears at each candidate: section, pace, energy, voices and events, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Analysis, Event, EventKind, Phrase, Section
from otio_idolsync.planning.candidates import Candidates
from otio_idolsync.planning.model import EnergyPolicy
from otio_idolsync.planning.pacing import Pace, Pacing, section_kind

# Seconds that no ear tells apart; event times may be rounded to 6 digits.
_MOMENT = 1e-3

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """Beats per shot around each candidate; float64 [shape=(n,)] each."""

    least: Floats
    most: Floats
    target: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The events that call for a hold, in time order.

    Attributes:
        events: The events themselves.
        low: float64 [shape=(m,)], seconds from which a shot is over the event.
        high: float64 [shape=(m,)], seconds up to which, included; a build is its end only.
        cluster: int64 [shape=(m,)]; events with the same number share one hold.
    """

    events: tuple[Event, ...]
    low: Floats
    high: Floats
    cluster: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Singing:
    """The stretches in which someone sings, in time order, none overlapping.

    Attributes:
        starts: float64 [shape=(m,)], seconds.
        ends: float64 [shape=(m,)], seconds.
    """

    starts: Floats
    ends: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """Which candidates would split a sung phrase; float64 of 0 or 1 [shape=(n,)] each.

    Attributes:
        near: Within a beat of the phrase's edge, which is the better place.
        deep: Farther inside.
    """

    near: Floats
    deep: Floats


def sections_in_order(analysis: Analysis) -> tuple[Section, ...]:
    """Return the sections by start; their order in the analysis means nothing."""
    return tuple(sorted(analysis.sections, key=lambda s: (s.start, s.end, s.label, s.name)))


def section_indices(sections: tuple[Section, ...], seconds: Floats) -> Ints:
    """Return which section each time lies in, int64 [shape as seconds]; -1 for none."""
    if not sections:
        return np.full(seconds.shape, -1, np.int64)
    starts = np.array([s.start for s in sections])
    ends = np.array([s.end for s in sections])
    # A beat that was rounded to 6 digits may lie a hair before the section it starts.
    index = np.searchsorted(starts, seconds + _MOMENT, side="right") - 1
    inside = (index >= 0) & (seconds < ends[index])
    return np.where(inside, index, -1).astype(np.int64)


def paces(
    analysis: Analysis,
    candidates: Candidates,
    pacing: Pacing,
    beats_per_cut: tuple[int, int] | None,
    policy: EnergyPolicy,
) -> Range:
    """Return the beats per shot that the profile, the energy and the builds ask for."""
    t = candidates.seconds
    sections = sections_in_order(analysis)
    kinds = [section_kind(s.name) for s in sections] + ["default"]
    picked = [pacing.sections[kinds[i]] for i in section_indices(sections, t)]
    if policy != "none":
        _pace_events(analysis.events, t, pacing, picked)
    low, high = beats_per_cut or (0, 10**6)
    least = np.array([p.min if beats_per_cut is None else low for p in picked], np.float64)
    most = np.array([p.max if beats_per_cut is None else high for p in picked], np.float64)
    energy = energy_mean(analysis, t, t + candidates.beat_seconds * candidates.bar_beats)
    factor = pacing.calm ** (1 - energy) * pacing.loud**energy
    target = np.clip(np.array([p.target for p in picked]) * factor, least, most)
    for build in faster_builds(analysis, pacing, policy):
        share = np.clip((t - build.start) / (build.end - build.start), 0, 1)
        inside = (t >= build.start) & (t < build.end)
        target = np.where(inside, target ** (1 - share) * least**share, target)
    if policy == "drive":
        target = np.where(_at_peaks(analysis, candidates), least, target)
    return Range(least, most, target)


def faster_builds(analysis: Analysis, pacing: Pacing, policy: EnergyPolicy) -> tuple[Event, ...]:
    """Return the builds through which shots shorten, in time order."""
    if policy == "none" or not pacing.accelerate:
        return ()
    builds = (e for e in analysis.events if e.kind is EventKind.BUILD and e.end - e.start > _MOMENT)
    return tuple(sorted(builds, key=lambda e: (e.start, e.end)))


def _at_peaks(analysis: Analysis, candidates: Candidates) -> NDArray[np.bool_]:
    """Return which candidates lie on a drop or peak, or in the bar that it starts."""
    t = candidates.seconds
    bar = float(np.median(candidates.beat_seconds)) * candidates.bar_beats
    found = np.zeros(len(t), np.bool_)
    for event in analysis.events:
        if event.kind in (EventKind.DROP, EventKind.PEAK):
            found |= (t >= event.start - _MOMENT) & (t < max(event.end, event.start + bar))
    return found


def _pace_events(events: Iterable[Event], t: Floats, pacing: Pacing, picked: list[Pace]) -> None:
    """Let breaks and builds pace as such, whatever section they lie in."""
    for event in sorted(events, key=lambda e: (e.start, e.end, e.kind)):
        if event.kind in (EventKind.BREAK, EventKind.BUILD):
            for i in np.flatnonzero((t >= event.start - _MOMENT) & (t < event.end - _MOMENT)):
                picked[i] = pacing.sections[event.kind]


def energy_mean(analysis: Analysis, start: Floats, end: Floats) -> Floats:
    """Return the mean energy between times, float64 0..1; 0.5 where nothing is known."""
    values, hop = analysis.energy.values, analysis.energy.hop
    if len(values) == 0 or not hop > 0:
        return np.full(np.broadcast(start, end).shape, 0.5)
    edges = np.arange(len(values) + 1) * hop
    total = np.concatenate(([0.0], np.cumsum(values) * hop))
    last = edges[-1] - hop
    a, b = np.clip(start, 0, last), np.clip(end, hop, edges[-1])
    b = np.maximum(b, a + hop / 2)
    area = np.interp(b, edges, total) - np.interp(a, edges, total)
    mean: Floats = np.clip(area / (b - a), 0.0, 1.0)
    return mean


def singing(vocals: Iterable[Phrase]) -> Singing:
    """Return the stretches in which someone sings, phrases that overlap merged."""
    starts: list[float] = []
    ends: list[float] = []
    for phrase in sorted(vocals, key=lambda p: (p.start, p.end)):
        if ends and phrase.start <= ends[-1]:
            ends[-1] = max(ends[-1], phrase.end)
        elif phrase.end > phrase.start:
            starts.append(phrase.start)
            ends.append(phrase.end)
    return Singing(np.array(starts, np.float64), np.array(ends, np.float64))


def sung_share(vocals: Iterable[Phrase], start: Floats, end: Floats) -> Floats:
    """Return the share of each stretch in which someone sings, float64 0..1."""
    sung = singing(vocals)
    if len(sung.starts) == 0:
        return np.zeros(start.shape)
    edges = np.stack((sung.starts, sung.ends), axis=1).ravel()
    lengths = sung.ends - sung.starts
    so_far = np.stack((np.zeros(len(lengths)), lengths), axis=1).ravel().cumsum()
    inside = np.interp(end, edges, so_far) - np.interp(start, edges, so_far)
    share: Floats = np.clip(inside / np.maximum(end - start, 1e-9), 0.0, 1.0)
    return share


def phrase_splits(vocals: Iterable[Phrase], candidates: Candidates) -> Splits:
    """Return which cuts would split a sung phrase near its edge, and which deep inside.

    A phrase's edge is heard to within about a quarter of a beat (0.15 s at most), so a cut that
    close to an edge is on it.
    """
    t, sung = candidates.seconds, singing(vocals)
    if len(sung.starts) == 0:
        return Splits(np.zeros(len(t)), np.zeros(len(t)))
    slack = np.minimum(0.25 * candidates.beat_seconds, 0.15)
    index = np.clip(np.searchsorted(sung.starts, t, side="right") - 1, 0, None)
    to_edge = np.minimum(t - sung.starts[index], sung.ends[index] - t)
    inside = to_edge > slack
    near = inside & (to_edge <= candidates.beat_seconds)
    return Splits(near.astype(np.float64), (inside & ~near).astype(np.float64))


def hold_spans(analysis: Analysis, bar_seconds: float) -> Spans:
    """Return the drops, peaks and ends of builds; those within a bar of each other share a hold."""
    kinds = (EventKind.DROP, EventKind.PEAK, EventKind.BUILD)
    found = [
        (
            event.end if event.kind is EventKind.BUILD else event.start,
            max(event.start, event.end),
            event,
        )
        for event in analysis.events
        if event.kind in kinds
    ]
    found.sort(key=lambda row: (row[0], row[1], row[2].kind))
    cluster: list[int] = []
    reach, number = -np.inf, -1
    for low, high, _ in found:
        number += low > reach + bar_seconds
        reach = max(reach, high) if cluster and cluster[-1] == number else high
        cluster.append(number)
    return Spans(
        tuple(row[2] for row in found),
        np.array([row[0] for row in found], np.float64),
        np.array([row[1] for row in found], np.float64),
        np.array(cluster, np.int64),
    )
