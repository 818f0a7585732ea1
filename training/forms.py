"""Whole songs of a known form, for judging what finds sections: parts come back as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from compose import Composer
from score import Score, Section
from styles import STYLES

FORMS = ("IVCVCBCO", "IVPCVPCBCC", "IVVCVCO", "IABACABO", "VCVCBVC", "IAABBAACO")
_POPULAR = ("rock", "pop", "house", "boom bap", "funk", "disco", "ballad", "trap")
_BARS = (8, 8, 8, 8, 16, 16, 4, 12, 10)
_EDGE_BARS = (4, 4, 8, 2)
_MOST_SECONDS, _RINGING = 240.0, 1.5


class Form(NamedTuple):
    """A song and the truth about its parts.

    Attributes:
        score: What to play.
        starts: Seconds at which parts start, then the end of the last.
        letters: One a part; equal letters have the same players, chords and groove.
    """

    score: Score
    starts: list[float]
    letters: str


def compose_form(seed: int) -> Form:
    """Return a song of up to four minutes whose parts of 2 to 16 bars repeat."""
    rng = np.random.default_rng([seed, 7])
    popular = [style for style in STYLES if style.name in _POPULAR]
    style = popular[int(rng.integers(len(popular)))]
    writer = Composer(rng, style, _MOST_SECONDS, freer=False)
    parts: dict[str, Section] = {}
    first = int(np.argmax(writer.clock.times[:: writer.beats] >= 0))
    played, bars = "", [first]
    for letter in FORMS[int(rng.integers(len(FORMS)))]:
        if letter not in parts:
            lengths = _EDGE_BARS if letter in "IO" else _BARS
            parts[letter] = _new(writer, parts, int(rng.choice(lengths)))
        section = replace(parts[letter], first=first)
        first += section.bars
        if writer.clock.times[first * writer.beats] > _MOST_SECONDS:
            break
        writer.rng = np.random.default_rng([seed, ord(letter)])  # the same strokes and tunes
        writer.play(section)
        writer.rng = rng
        bars.append(first)
        played += letter
    starts = [float(writer.clock.times[bar * writer.beats]) for bar in bars]
    score = Score(style, starts[-1] + _RINGING)
    score.hits = writer.hits
    return Form(score, starts, played)


def _new(writer: Composer, parts: dict[str, Section], bars: int) -> Section:
    """Return a part that differs from the others in its players."""
    while True:
        section = replace(writer.section(0, bars), bars=bars)
        if all(section.playing != other.playing for other in parts.values()):
            return section
