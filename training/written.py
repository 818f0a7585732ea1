"""Songs from music that people wrote: MIDI files, old dance tunes, and MMA's accompaniments.

What is read is the beats and notes; tempo, players, drift, breaks and the mix are drawn as for the
songs that are made up altogether.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import parts
from accompany import (
    Groove,
    Triad,
    by_hand,
    drumless,
    harmonised,
    is_heavy,
    library,
    on_paper,
    progression,
    with_mma,
)
from orchestra import drum_of
from paper import (
    DRUMS,
    Note,
    Paper,
    grid_share,
    lowest_begin,
    read_midi,
    starts_bars,
    starts_most,
)
from score import Clock, Hit, Score
from sounds import BASSES, KITS, PROGRAMS
from styles import Style
from tempo import drift
from tunes import Tune, read_tunes

WRITTEN = "written"
"""What the style of such a song is called."""
GAMES = Path("/usr/share/games/doom")
_COLLECTIONS = ("oneills1850", "ryansMammoth")
JOURNEYS = Path("/usr/share/games/simutrans/music")
_HELD_FIRST, _JOURNEYS_FIRST = 1_000_000, 101_400
"""What is left over of a seed, by the first: from the second on, a song is one of the journeys."""
_HELD_EVERY = 9
"""Every ninth file and tune is only ever played to songs that are held out."""
_LEAST_ON_GRID = 0.85
_PARTS = ("chords", "second", "pad", "lead")
_SOLO = 22
_NOTES_A_SECOND = (2.5, 6.5)
_BPM_RANGE = (45.0, 235.0)

Rng = np.random.Generator


def compose_written(seed: int, seconds: float = 40.0, *, held: bool = False) -> Score:
    """Return a song; the same seed gives the same song.

    Args:
        seed: Not negative.
        seconds: Length.
        held: Take what is kept for held-out songs.
    """
    rng = np.random.default_rng([seed, 3])
    share = rng.random()
    if seed % _HELD_FIRST >= _JOURNEYS_FIRST:
        shelf = _kept(journeys(), held=held)
        paper, bpm = shelf[int(rng.integers(len(shelf)))], None
    elif share < 0.22:
        shelf = _kept(midi_files(), held=held)
        paper, bpm = shelf[int(rng.integers(len(shelf)))], None
    elif share < 0.55:
        paper, bpm = _grooving(rng)
    elif share < 0.80:
        paper, bpm = _accompanied(rng, held=held)
    else:
        paper, bpm = _plain(rng, held=held)
    return _Player(rng, paper, seconds, bpm).play()


@cache
def midi_files() -> tuple[Paper, ...]:
    """Return the music of Debian's freedoom: what lies on its grid and begins its bars."""
    seen: dict[bytes, Paper] = {}
    for wad in sorted(GAMES.glob("freedoom*.wad")):
        data = wad.read_bytes()
        count, at = struct.unpack("<ii", data[4:12])
        for index in range(count):
            first, size, name = struct.unpack_from("<ii8s", data, at + 16 * index)
            song = data[first : first + size]
            if name.startswith(b"D_") and song not in seen:
                seen[song] = read_midi(name.strip(b"\0").decode(), song)
    usable = (p for p in seen.values() if len(p.notes) > 200 and len(p.numbers) > 60)
    return tuple(p for p in usable if grid_share(p) > _LEAST_ON_GRID and starts_bars(p))


@cache
def journeys() -> tuple[Paper, ...]:
    """Return the music of Debian's simutrans-data whose basses and bass drums begin its bars."""
    files = sorted(JOURNEYS.glob("*.mid"))
    pieces = (read_midi(path.stem, path.read_bytes()) for path in files)
    return tuple(p for p in pieces if starts_most(p) and lowest_begin(p))


@cache
def tunes() -> tuple[Tune, ...]:
    """Return the tunes of two old collections that PyPI's music21 carries."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("music21 is not installed: pip install -e '.[training]'")
    corpus = Path(spec.origin).parent / "corpus"
    files = [p for name in _COLLECTIONS for p in sorted((corpus / name).glob("*.abc"))]
    return tuple(tune for path in files for tune in read_tunes(path))


@cache
def grooves() -> tuple[Groove, ...]:
    """Return MMA's grooves."""
    return tuple(library())


def _kept(shelf: tuple, *, held: bool) -> list:
    if not shelf:
        raise FileNotFoundError("music is missing: install the packages that README.md lists")
    return [x for k, x in enumerate(shelf) if (k % _HELD_EVERY == 0) == held]


def _grooving(rng: Rng) -> tuple[Paper, float]:
    """Return a groove over chords, mostly with a melody that is made up."""
    groove = grooves()[int(rng.integers(len(grooves())))]
    bpm = groove.bpm(rng)
    bars = int(45 * bpm / 60 / groove.beats) + 6
    chords = progression(bars, rng)
    paper = with_mma(groove, chords, rng)
    notes = list(paper.notes)
    if not groove.tuned:
        notes += by_hand(chords, groove.beats, paper.steps, rng, heavy=is_heavy(groove.name))
    if rng.random() < 0.6:
        notes += _made_up(chords, groove.beats, paper.steps, rng)
    if rng.random() < 0.25 and groove.tuned:
        notes = list(drumless(notes))
    return replace(paper, notes=sorted(notes, key=lambda n: n.start)), bpm


def _accompanied(rng: Rng, *, held: bool) -> tuple[Paper, float]:
    """Return a tune over a groove of its metre."""
    groove = grooves()[int(rng.integers(len(grooves())))]
    while not groove.tuned:
        groove = grooves()[int(rng.integers(len(grooves())))]
    metre = (groove.beats, groove.beats == 2)
    fit = [t for t in _kept(tunes(), held=held) if (t.beats, t.compound) == metre]
    if not fit:
        return _plain(rng, held=held)
    tune = fit[int(rng.integers(len(fit)))]
    bpm = groove.bpm(rng)
    chords = harmonised(tune, rng)
    times = int(45 * bpm / 60 / groove.beats / tune.bars) + 1
    paper = with_mma(groove, chords * times, rng)
    notes = [*paper.notes, *_sung(tune, times, rng)]
    if rng.random() < 0.35:
        notes = list(drumless(notes))
    return replace(paper, notes=sorted(notes, key=lambda n: n.start)), bpm


def _plain(rng: Rng, *, held: bool) -> tuple[Paper, float]:
    """Return a tune with a bass and chords, or quite alone."""
    shelf = [t for t in _kept(tunes(), held=held) if not t.halved]
    tune = shelf[int(rng.integers(len(shelf)))]
    density = len(tune.notes) / (tune.bars * tune.beats)
    notes_a_second = np.exp(rng.uniform(*np.log(_NOTES_A_SECOND)))
    bpm = float(np.clip(60 * notes_a_second / density, 60, 230))
    steps = 3 if tune.compound else 4
    times = int(45 * bpm / 60 / tune.beats / tune.bars) + 1
    notes = _sung(tune, times, rng)
    if rng.random() < 0.85:
        notes += by_hand(harmonised(tune, rng) * times, tune.beats, steps, rng, heavy=False)
    return on_paper(tune.title, notes, tune.beats, tune.bars * times, steps), bpm


def _sung(tune: Tune, times: int, rng: Rng) -> list[Note]:
    """Return a tune played some times over by one instrument."""
    program = int(rng.choice([0, 21, 22, 40, 40, 72, 73, 74, 75, 104, 105, 107, 110, 24, 71, 56]))
    long, moved = tune.bars * tune.beats, int(rng.choice([-12, 0, 0, 12]))
    return [
        Note(_SOLO, program, n.key + moved, n.start + k * long, n.length * 0.9, 0.8)
        for k in range(times)
        for n in tune.notes
    ]


def _made_up(chords: list[Triad], beats: int, steps: int, rng: Rng) -> list[Note]:
    """Return a melody of motifs over chords."""
    program, span = int(rng.choice(PROGRAMS)), 2
    motifs = [parts.melody(rng, beats, steps, span) for _ in range(2)]
    root = chords[0][0]
    scale = (0, 2, 3, 5, 7, 8, 10) if chords[0][1] else (0, 2, 4, 5, 7, 9, 11)
    notes = []
    for bar in range(0, len(chords) - span, span):
        for s in motifs[int(bar // span % 4 == 2)]:
            octave, degree = divmod(s.index, 7)
            key = 60 + root + scale[degree] + 12 * octave
            start = bar * beats + s.step / steps
            notes.append(Note(_SOLO, program, key, start, s.length / steps, 0.8))
    return notes


class _Player:
    """Plays a piece: what is decided once for all of it lives here."""

    def __init__(self, rng: Rng, paper: Paper, seconds: float, bpm: float | None) -> None:
        self.rng, self.paper, self.seconds = rng, paper, seconds
        self.live = rng.random() < 0.5
        rated = np.array(paper.bpm)
        factor = bpm / 120 if bpm else float(np.exp(rng.uniform(-0.2, 0.2)))
        middle = float(np.median(rated)) * factor
        factor *= np.clip(middle, *_BPM_RANGE) / middle
        style = Style(WRITTEN, 0, (1, 2), ("drums",) if self._drums() else ())
        gaps = 60 / (rated * factor) * drift(rng, len(rated), style, live=self.live)
        self.times = np.concatenate([[0.0], np.cumsum(gaps)])
        first = self._first_beat()
        lead = rng.uniform(0, 2.5) if rng.random() < 0.4 else -rng.uniform(0, 0.5)
        self.clock = Clock(self.times - self.times[first] + lead)
        self.begin = first if lead >= 0 else 0
        self.jitter = rng.uniform(0.002, 0.010) if self.live else 0.0
        self.kit = int(rng.choice(KITS)) if rng.random() < 0.5 else 0

    def play(self) -> Score:
        """Return the score, with the beats between its first and its last sound."""
        style = Style(WRITTEN, 0, (1, 2), (), steps=self.paper.steps)
        style = replace(style, beats=int(self.paper.numbers.max()))
        score = Score(style, self.seconds)
        seats, silent = self._seats(), self._silences()
        loud = np.percentile([n.gain for n in self.paper.notes], 95) + 1e-6
        for note in self.paper.notes:
            if note.start < self.begin - 1 or (note.channel, int(note.start // 16)) in silent:
                continue
            hit = self._hit(note, seats, float(loud))
            if -2 < hit.start < self.seconds:
                score.hits.append(hit)
        starts = [h.start for h in score.hits] or [0.0]
        times = self.clock.times[: len(self.paper.numbers)]
        end = min(self.seconds, max(starts) + 0.5)
        keep = (times >= max(0.0, min(starts) - 0.05)) & (times < end - 0.03)
        score.beats, score.numbers = times[keep], self.paper.numbers[keep]
        return score

    def _drums(self) -> bool:
        return any(n.channel == DRUMS for n in self.paper.notes)

    def _first_beat(self) -> int:
        """Return a bar's first beat from which there is enough music left."""
        starts = np.flatnonzero(self.paper.numbers == 1)
        left = self.times[len(self.paper.numbers) - 1] - self.times[starts]
        starts = starts[(left > self.seconds) | (starts == 0)]
        return int(self.rng.choice(starts)) if len(starts) else 0

    def _seats(self) -> dict[int, tuple[str, str]]:
        """Return the part and the instrument of each channel, some of the family but another."""
        rng, seats = self.rng, {}
        common = Counter((n.channel, n.program) for n in self.paper.notes if n.channel != DRUMS)
        for index, (channel, program) in enumerate(sorted(common)):
            bass = 32 <= program < 40
            family = [p for p in (BASSES if bass else PROGRAMS) if p // 8 == program // 8]
            near = family or [program]
            played = program if program in near and rng.random() < 0.5 else int(rng.choice(near))
            part = "bass" if bass else _PARTS[index % len(_PARTS)]
            seats[channel] = (part, f"p{_available(played)}")
        return seats

    def _silences(self) -> set[tuple[int, int]]:
        """Return the channels that rest for some sixteen beats."""
        channels = sorted({n.channel for n in self.paper.notes})
        spans = range(-1, len(self.paper.numbers) // 16 + 2)
        return {(c, s) for c in channels for s in spans if self.rng.random() < 0.08}

    def _hit(self, note: Note, seats: dict[int, tuple[str, str]], loud: float) -> Hit:
        """Return a note as it sounds."""
        start = self._when(note.start)
        if self.jitter:
            start += float(self.rng.normal(0, self.jitter))
        gain = min(1.5, note.gain / loud) * float(self.rng.uniform(0.85, 1.0))
        if note.channel == DRUMS:
            key = note.key if 35 <= note.key <= 81 else 37
            return Hit(drum_of(key), f"k{self.kit}:{key}", 0.0, start, 1.0, gain)
        part, sound = seats[note.channel]
        long = max(0.04, self._when(note.start + note.length) - start)
        return Hit(part, sound, note.key, start, long, gain)

    def _when(self, beat: float) -> float:
        """Return the time of a place between beats, or before the first."""
        if beat < 0:
            return float(self.clock.times[0] + beat * (self.clock.times[1] - self.clock.times[0]))
        return self.clock.at(beat)


def _available(program: int) -> int:
    """Return the instrument of the bank that is nearest in number, so mostly of its family."""
    return min((*PROGRAMS, *BASSES), key=lambda p: (abs(p - program), p))
