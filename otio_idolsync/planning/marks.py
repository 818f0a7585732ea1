"""The song's markers on the timeline: beats, sections, events and pins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from otio_idolsync.analysis.model import Analysis, EventKind
from otio_idolsync.cut.model import Mark
from otio_idolsync.planning.spoken import section_names
from otio_idolsync.timebase import Clock

COLORS = {
    "beat": "BLUE",
    "downbeat": "GREEN",
    "section": "RED",
    EventKind.DROP: "YELLOW",
    EventKind.PEAK: "YELLOW",
    EventKind.BUILD: "ORANGE",
    EventKind.BREAK: "ORANGE",
    "lyric": "CYAN",
    "pin": "MAGENTA",
}
SPANNING = frozenset({"section", EventKind.BUILD})


def song_marks(analysis: Analysis, clock: Clock, pins: Sequence[float] = ()) -> tuple[Mark, ...]:
    """Return the markers of a song in time order, each on the frame nearest to its time.

    Beats need not lie on waveform peaks; what would fall behind the last frame is left out.
    """
    marks = _beat_marks(analysis, clock)
    for name, section in zip(section_names(analysis.sections), analysis.sections, strict=True):
        comment = f"{name}, {section.end - section.start:.1f} s; sounds like {section.label}"
        span = (section.start, section.end)
        marks.append(_mark(analysis, clock, "section", name, comment, span))
    for event in analysis.events:
        comment = f"{event.kind}, strength {event.strength:.2f}"
        span = (event.start, event.end)
        marks.append(_mark(analysis, clock, event.kind, event.kind, comment, span))
    for pin in pins:
        marks.append(_mark(analysis, clock, "pin", "pin", "a cut that was asked for", (pin, pin)))
    last = clock.frames_covering(analysis.song.duration)
    order = list(COLORS)
    return tuple(
        sorted(
            (m for m in marks if 0 <= m.frame < last),
            key=lambda m: (m.frame, order.index(m.metadata["kind"])),
        )
    )


def _beat_marks(analysis: Analysis, clock: Clock) -> list[Mark]:
    grid = analysis.grid
    rows = zip(grid.beats.tolist(), grid.numbers.tolist(), grid.bars.tolist(), strict=True)
    marks = []
    for index, (seconds, number, bar) in enumerate(rows):
        kind = "downbeat" if number == 1 else "beat"
        comment = f"beat {number} of bar {bar}, {clock.timecode(clock.frame_at(seconds))}"
        block = _block(kind, bar, number, seconds)
        frame = clock.frame_at(seconds)
        marks.append(Mark(grid.name(index), frame, 0, COLORS[kind], comment, block))
    return marks


def _mark(
    analysis: Analysis, clock: Clock, kind: str, name: str, comment: str, span: tuple[float, float]
) -> Mark:
    grid = analysis.grid
    start, end = span
    nearest = grid.nearest(start)
    first = clock.frame_at(start)
    frames = clock.frame_at(end) - first if kind in SPANNING else 0
    block = _block(kind, int(grid.bars[nearest]), int(grid.numbers[nearest]), start)
    return Mark(name, first, frames, COLORS[kind], comment, block)


def _block(kind: str, bar: int, beat: int, seconds: float) -> dict[str, Any]:
    return {
        "schema": "idolsync.marker/1",
        "kind": kind,
        "bar": bar,
        "beat": beat,
        "time": round(seconds, 6),
    }
