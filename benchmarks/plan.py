"""Time the planner on 10 minutes of song with 1500 beats and 300 sources, beside a greedy walk.

Run ``python benchmarks/plan.py``. Both planners cut the same made-up song under the same
objective, so the ratio of times and the difference in cost mean something on any machine.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from otio_idolsync.analysis.model import (
    Analysis,
    BeatGrid,
    Energy,
    Event,
    Phrase,
    Section,
    SongInfo,
)
from otio_idolsync.library.model import Source
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.planning.casting import cast_slots
from otio_idolsync.planning.cuts import CutSettings, best_cuts, objective_for, plan_cuts
from otio_idolsync.planning.objective import Objective, plan_cost
from otio_idolsync.timebase import Clock

BEATS, SOURCES, REPEATS = 1500, 300, 7


def made_up_song() -> Analysis:
    rng = np.random.default_rng(5)
    beats = np.cumsum(0.4 * (1 + 0.01 * rng.standard_normal(BEATS)))
    edges = np.linspace(0, BEATS - 1, 11).astype(int) // 4 * 4
    names = ("intro", "verse", "chorus", "verse", "chorus", "bridge", "verse", "chorus")
    sections = [
        Section(float(beats[a]) if a else 0.0, float(beats[b]), "ABC"[k % 3], names[k % 8])
        for k, (a, b) in enumerate(itertools.pairwise(edges))
    ]
    events = []
    for k in edges[2:-1:2]:
        events.append(Event("build", float(beats[k - 16]), float(beats[k]), 0.8))
        events.append(Event("drop", float(beats[k]), float(beats[k + 8]), 0.9))
    vocals = [
        Phrase(float(beats[k]) - 0.2, float(beats[k + 6]), 0.9)
        for k in range(edges[1], BEATS - 32, 12)
    ]
    energy = np.clip(0.5 + 0.4 * np.sin(np.arange(0, 610, 0.1) / 25), 0, 1)
    length = float(beats[-1]) + 1
    return Analysis(
        SongInfo("song.wav", "0" * 64, 48000, round(length * 48000), 2),
        BeatGrid(beats, np.arange(BEATS) % 4 + 1, np.ones(BEATS)),
        Energy(0.1, energy),
        tuple(events),
        tuple(sections),
        tuple(vocals),
        {},
    )


def made_up_sources() -> list[Source]:
    rng = np.random.default_rng(6)
    return [
        Source(
            MediaInfo(Path(f"/s/{k}.mov"), "video", Fraction(25), int(n), 0, 1920, 1080),
            f"s{k}",
            role="performance" if k % 10 == 0 else "broll",
            energy=float(rng.random()),
        )
        for k, n in enumerate(rng.integers(100, 900, SOURCES))
    ]


def greedy_walk(objective: Objective) -> list[int]:
    """Return the cuts of a walk that takes the cheapest next shot and never looks back."""
    c, nodes = objective.candidates, [0]
    last = len(c) - 1
    cut = np.sum(list(objective.cut_terms().values()), axis=0)
    while nodes[-1] < last:
        ends = np.arange(nodes[-1] + 1, min(nodes[-1] + 33, last + 1))
        firsts = np.full(len(ends), nodes[-1])
        price = np.sum(list(objective.shot_terms(firsts, ends).values()), axis=0)
        nodes.append(int(ends[(price + cut[ends]).argmin()]))
    return nodes


def median_seconds(work: Callable[[], object]) -> float:
    took = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def main() -> None:
    song, sources = made_up_song(), made_up_sources()
    settings = CutSettings(Clock.at("23.976"))
    slots = plan_cuts(song, settings).slots
    objective = objective_for(song, settings)
    plan = best_cuts(objective)
    walk = greedy_walk(objective)
    searched = median_seconds(lambda: best_cuts(objective_for(song, settings)))
    walked = median_seconds(lambda: greedy_walk(objective_for(song, settings)))
    planned = median_seconds(lambda: plan_cuts(song, settings))
    cast = median_seconds(lambda: cast_slots(slots, sources, settings.clock, song))
    print(f"{BEATS} beats, {song.song.duration:.0f} s, {SOURCES} sources, {len(slots)} slots")
    print(f"cuts and reasons {planned:.3f} s, casting {cast:.3f} s, all {planned + cast:.3f} s")
    print(f"search {searched:.3f} s, greedy walk {walked:.3f} s: {searched / walked:.2f} times")
    print(
        f"objective: search {plan.cost:.1f} ({len(plan.nodes) - 1} shots), "
        f"greedy walk {plan_cost(objective, walk, plan.needed):.1f} ({len(walk) - 1} shots)"
    )


if __name__ == "__main__":
    main()
