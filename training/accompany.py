"""Accompaniments: chords for a tune, and the grooves of MMA's library or of our own for them.

MMA, the Musical MIDI Accompaniment (Debian's mma), comes with some two thousand grooves that
people wrote for it: polka, ragtime, country, waltz, swing, bossa nova, march, rock ...
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import parts
from paper import DRUMS, Note, Paper, read_midi
from tunes import Tune

LIBRARY = Path("/usr/share/mma/lib")
_FOLDERS = ("stdlib", "casio", "kara", "yamaha", "pflib", "zoom", "alexis")
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_TIME = re.compile(r"(?im)^\s*time\s+(\d+)(?:/(\d+))?")
_SIGNATURE = re.compile(r"(?im)^\s*timesig\s+(\d+)[\s/]+(\d+)")
_GROOVE = re.compile(r"(?im)^\s*defgroove\s+(\S+)")
_BPM = (
    ("slow|ballad|lullaby|hymn|128|12/?8|spirit|nite|mellow|serenade", (58, 92)),
    ("68", (60, 120)),
    ("16|funk|hip|trip|r.b|rnb|rb|soul|reggae|motown", (72, 118)),
    ("polka|quickstep|dixie|bluegrass|charleston|gypsy|fast|zydeco|twist|rag", (150, 230)),
    ("mtl|thr|punk|hrk|metal|ska|bebop|dnb", (120, 210)),
    ("swing|jazz|foxtrot|march|samba|country|cntry|boggie|merengue|jive|western|2beat", (105, 205)),
    ("waltz|34|vien", (90, 190)),
    ("house|techno|trance|rave|disco|dance", (112, 142)),
    ("bossa|rhumba|cha|beguine|tango|mambo|salsa|calypso|latin", (100, 170)),
)
_USUAL_BPM = (82, 150)
_HEAVY = re.compile("mtl|thr|punk|hrk|metal|rock", re.IGNORECASE)

_MAJOR_STEPS = ((0, ""), (2, "m"), (4, "m"), (5, ""), (7, ""), (9, "m"), (7, "7"))
_MINOR_STEPS = ((0, "m"), (3, ""), (5, "m"), (7, "m"), (8, ""), (10, ""), (7, "7"))
_COMPS = ("oompah", "oompah", "strum", "arpeggio", "beats")
_HEAVY_COMPS = ("chug", "eighths", "beats")
_BASSES = ("fifths", "fifths", "alternate", "walk", "roots")
_HEAVY_BASSES = ("eighths", "roots", "alternate")
_COMPER, _BASSIST = 20, 21

Rng = np.random.Generator
Triad = tuple[int, str]
"""A chord's root, 0 to 11, and its kind as MMA spells it: "", "m", "7", "dim"."""


@dataclass(frozen=True)
class Groove:
    """The grooves of one file of the library: variants of one style.

    Attributes:
        name: Its file.
        variants: What MMA calls them.
        quarters: How long MMA thinks a bar is.
        beats: Beats in a bar as it is counted.
        tuned: Whether it has more than drums.
    """

    name: str
    variants: tuple[str, ...]
    quarters: int
    beats: int
    tuned: bool

    def steps(self, rng: Rng) -> int:
        """Return how many parts a beat of a melody over it has."""
        swung = re.search("swing|shuf|jazz|128|bog|boog|blues|jive|bebop", self.name, re.IGNORECASE)
        return 3 if self.beats == 2 or (swung and rng.random() < 0.8) else 4

    def bpm(self, rng: Rng) -> float:
        """Return a tempo that suits the style."""
        named = (span for words, span in _BPM if re.search(words, self.name, re.IGNORECASE))
        low, high = next(named, _USUAL_BPM)
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def library() -> list[Groove]:
    """Return the grooves of MMA's library, in order of their files."""
    found = [_groove(p) for folder in _FOLDERS for p in sorted((LIBRARY / folder).glob("*.mma"))]
    return [groove for groove in found if groove is not None]


def _groove(path: Path) -> Groove | None:
    text = path.read_text(encoding="latin-1")
    names, time = _GROOVE.findall(text), _TIME.search(text)
    skipped = re.search("(?i)metronome|none|count|ending|intro", path.stem)
    if skipped or time is None or not names or len(set(_TIME.findall(text))) > 1:
        return None
    quarters = int(time[1])
    sign = _SIGNATURE.search(text)
    eighths = 8 in (int(time[2] or 4), int(sign[2]) if sign else 4)
    if eighths and quarters not in (2, 6):
        return None
    if quarters == 6 and not eighths:
        return None
    beats = 2 if eighths else quarters
    prefix = f"{path.parent.name}/{path.stem}:"
    tuned = re.search(r"(?im)^\s*(begin\s+)?(bass|chord|walk|arpeggio|plectrum)\b", text)
    kept = [n for n in dict.fromkeys(names) if not re.search("(?i)end|intro|count", n)]
    return Groove(path.stem, tuple(prefix + n for n in kept), quarters, beats, tuned is not None)


def harmonised(tune: Tune, rng: Rng) -> list[Triad]:
    """Return a chord a bar: the triad of the key that most of its notes belong to."""
    tonic = (7 * tune.sharps + (9 if tune.minor else 0)) % 12
    steps = _MINOR_STEPS if tune.minor else _MAJOR_STEPS
    triads = [((tonic + step) % 12, kind) for step, kind in steps]
    liking = np.array([0.5, 0.1, 0.0, 0.2, 0.3, 0.1, 0.1]) + rng.uniform(0, 0.4, len(triads))
    chords = []
    for bar in range(tune.bars):
        score = liking.copy()
        for note in tune.notes:
            if bar * tune.beats <= note.start < (bar + 1) * tune.beats:
                weight = note.length * (1.5 if note.start % 1 == 0 else 1.0)
                score += [weight * (note.key % 12 in _tones(t)) for t in triads]
        chords.append(triads[0] if bar == tune.bars - 1 else triads[int(score.argmax())])
    return chords


def progression(bars: int, rng: Rng) -> list[Triad]:
    """Return chords of a key, a turn of four, eight or twelve bars again and again."""
    tonic, minor = int(rng.integers(12)), rng.random() < 0.4
    scale = (0, 2, 3, 5, 7, 8, 10) if minor else (0, 2, 4, 5, 7, 9, 11)
    kinds = ("m", "dim", "", "m", "m", "", "") if minor else ("", "m", "m", "", "", "m", "dim")
    if rng.random() < 0.2:
        turn = [0, 0, 0, 0, 3, 3, 0, 0, 4, 3, 0, 0]
    else:
        turn = [0, *map(int, rng.choice([0, 0, 1, 2, 3, 3, 4, 4, 5], int(rng.choice([3, 3, 7]))))]
        turn = [d for d in turn for _ in range(int(rng.choice([1, 1, 1, 2])))]
    degrees = [turn[bar % len(turn)] for bar in range(bars)]
    return [((tonic + scale[d]) % 12, kinds[d]) for d in degrees]


def with_mma(groove: Groove, chords: list[Triad], rng: Rng) -> Paper:
    """Return what MMA plays: a variant of the groove for some bars, then another."""
    lines = [f"RndSeed {int(rng.integers(1, 10**6))}", "Tempo 120"]
    for bar, (root, kind) in enumerate(chords):
        if bar % 4 == 0 and (bar == 0 or rng.random() < 0.4):
            lines.append(f"Groove {rng.choice(groove.variants)}")
        lines.append(f"{bar + 1} {_NAMES[root]}{kind}")
    with tempfile.TemporaryDirectory() as folder:
        chart, made = Path(folder) / "chart.mma", Path(folder) / "made.mid"
        chart.write_text("\n".join(lines) + "\n")
        command = ["mma", "-f", str(made), str(chart)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        played = read_midi(groove.name, made.read_bytes(), plain=True)
    # MMA counts a bar of six eighths as six quarters, or as two
    share = groove.beats / groove.quarters
    notes = [n._replace(start=n.start * share, length=n.length * share) for n in played.notes]
    return on_paper(groove.name, notes, groove.beats, len(chords), groove.steps(rng))


def by_hand(chords: list[Triad], beats: int, steps: int, rng: Rng, *, heavy: bool) -> list[Note]:
    """Return a bass and chords: oom-pah, stride, strumming, riffs; some accent the weak beats."""
    comp = parts.comp(str(rng.choice(_HEAVY_COMPS if heavy else _COMPS)), rng, beats, steps)
    line = str(rng.choice(_HEAVY_BASSES if heavy else _BASSES))
    bass = parts.bass(line, rng, beats, steps, [])
    program = int(rng.choice([29, 30, 30] if heavy else [0, 0, 21, 24, 25, 105]))
    low, high = int(rng.integers(28, 40)), int(rng.choice([40] if heavy else [48, 52, 55, 60]))
    bassist = int(rng.choice([33, 34, 32, program]))
    accents = rng.uniform(0.6, 1.0, beats) if rng.random() < 0.5 else np.ones(beats)
    notes = []
    for bar, chord in enumerate(chords):
        tones = _tones(chord)[:: 2 if heavy else 1]
        above = sorted(high + (t - high) % 12 for t in tones)
        below = low + (tones[0] - low) % 12, low + (tones[-1] - low) % 12
        for channel, played, strokes in ((_COMPER, program, comp), (_BASSIST, bassist, bass)):
            for s in strokes:
                keys = above if s.index < 0 else [above[s.index % len(above)]]
                if channel == _BASSIST:
                    keys = [below[s.index in (1, 3)] + 12 * (s.index == 2)]
                start = bar * beats + s.step / steps
                gain = s.gain * accents[int(s.step // steps) % beats]
                notes += [Note(channel, played, k, start, s.length / steps, gain) for k in keys]
    return notes


def is_heavy(name: str) -> bool:
    """Return whether a groove is for distorted guitars."""
    return _HEAVY.search(name) is not None


def drumless(notes: list[Note]) -> Iterator[Note]:
    """Yield the notes that are not a drum's."""
    return (n for n in notes if n.channel != DRUMS)


def on_paper(name: str, notes: list[Note], beats: int, bars: int, steps: int) -> Paper:
    """Return a piece of bars that are all alike."""
    numbers = np.arange(bars * beats + 1) % beats + 1
    bpm = np.full(len(numbers), 120.0)
    return Paper(name, sorted(notes, key=lambda n: n.start), numbers, bpm, steps)


def _tones(triad: Triad) -> list[int]:
    root, kind = triad
    third = 3 if kind in {"m", "dim"} else 4
    return [root, (root + third) % 12, (root + (6 if kind == "dim" else 7)) % 12]
