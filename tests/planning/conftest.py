"""Made-up songs and sources for the planner's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

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

RATE = 44100


def _song(
    beats: Sequence[float] | None = None,
    *,
    bpm: float = 120.0,
    count: int = 128,
    seconds: float | None = None,
    bar: int = 4,
    events: Sequence[Event] = (),
    sections: Sequence[Section] = (),
    vocals: Sequence[Phrase] = (),
    energy: Sequence[float] = (),
) -> Analysis:
    times = np.arange(count) * 60 / bpm + 0.25 if beats is None else np.asarray(beats, np.float64)
    length = float(times[-1]) + 60 / bpm if seconds is None else seconds
    return Analysis(
        SongInfo("song.wav", "0" * 64, RATE, round(length * RATE), 2),
        BeatGrid(times, np.arange(len(times)) % bar + 1, np.ones(len(times))),
        Energy(0.5, np.asarray(energy or [0.5] * max(1, int(length * 2)), np.float64)),
        tuple(events),
        tuple(sections),
        tuple(vocals),
        {},
    )


def _clip(name: str, seconds: float = 20.0, *, kind: str = "video", **fields: Any) -> Source:
    media = MediaInfo(
        Path(f"/shots/{name}.mov"),
        kind,  # type: ignore[arg-type]
        Fraction(24),
        24 * 3600 * 24 if kind == "still" else int(seconds * 24),
        0,
        1920,
        1080,
    )
    return Source(media, name, **fields)


@pytest.fixture(scope="session")
def song() -> Callable[..., Analysis]:
    """Return the maker of songs: steady beats unless told otherwise."""
    return _song


@pytest.fixture(scope="session")
def clip() -> Callable[..., Source]:
    """Return the maker of sources: videos at 24 frames per second unless told otherwise."""
    return _clip


@pytest.fixture(scope="session")
def pop_song() -> Analysis:
    """Two minutes at 120 BPM with everything in it: sections, a build into a drop, a voice."""
    beats = np.arange(240) * 0.5 + 0.25
    names = ["intro", "verse", "chorus", "verse", "chorus", "outro"]
    edges = [0, 32, 80, 120, 168, 208, 239]
    sections = [
        Section(
            0.0 if not k else float(beats[a]), 120.25 if b == 239 else float(beats[b]), label, name
        )
        for k, (a, b, label, name) in enumerate(
            zip(edges, edges[1:], "ABCBCD", names, strict=False)
        )
    ]
    events = [
        Event("build", float(beats[64]), float(beats[80]), 0.8),
        Event("drop", float(beats[80]), float(beats[88]), 0.9),
        Event("peak", float(beats[176]), float(beats[184]), 0.9),
    ]
    vocals = [
        Phrase(float(beats[k]) - 0.3, float(beats[k + 6]) + 0.1, 0.9)
        for k in (*range(32, 72, 8), *range(120, 160, 8))
    ]
    energy = [0.2] * 33 + [0.4] * 48 + [0.9] * 40 + [0.4] * 48 + [0.9] * 40 + [0.2] * 32
    return _song(beats, events=events, sections=sections, vocals=vocals, energy=energy)
