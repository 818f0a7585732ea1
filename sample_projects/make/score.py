"""The song on paper: tempo, form, chords, and the melody with its words.

All times here are in beats from the first downbeat; ``seconds`` turns them into song seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Kira Kira Neon"
TEMPO_BPM = 128.0
BEAT = 60.0 / TEMPO_BPM
FIRST_DOWNBEAT = 0.375
SECONDS = 55.0

# (name, first bar, bars); bars count from 0.
FORM = (("intro", 0, 4), ("verse", 4, 8), ("build", 12, 4), ("chorus", 16, 8), ("outro", 24, 4))
BARS = 28

# Root (MIDI, bass octave) and chord tones (semitones above D4 = 62) of each bar.
_CHORDS = {
    "Bm": (35, (-3, 0, 4, 9)),
    "Bm7": (35, (-3, 0, 4, 7)),
    "G": (31, (-3, 0, 5, 9)),
    "Gmaj7": (31, (-7, -3, 0, 4)),
    "D": (38, (-5, 0, 4, 7)),
    "A": (33, (-5, -1, 2, 7)),
    "Asus": (33, (-5, 0, 2, 7)),
    "Em7": (40, (-3, 0, 2, 5)),
    "F#m7": (30, (-5, -1, 2, 4)),
}
_BARS = (
    "Gmaj7 A F#m7 Bm "
    "Bm Gmaj7 D A Bm Gmaj7 D A "
    "Em7 G Asus A "
    "Gmaj7 A F#m7 Bm7 Gmaj7 A D D "
    "Gmaj7 A D D"
).split()


@dataclass(frozen=True)
class Note:
    """One sung syllable: when, how long (beats), how high (MIDI)."""

    beat: float
    beats: float
    pitch: float
    syllable: str


def seconds(beat: float) -> float:
    """Return the song second of a beat counted from the first downbeat."""
    return FIRST_DOWNBEAT + beat * BEAT


def section_span(name: str) -> tuple[float, float]:
    """Return a section's first and last beat."""
    start, bars = next((first, bars) for n, first, bars in FORM if n == name)
    return 4.0 * start, 4.0 * (start + bars)


def chord(bar: int) -> tuple[int, tuple[int, ...]]:
    """Return the bass root and the chord's notes of a bar, as MIDI numbers."""
    root, tones = _CHORDS[_BARS[bar]]
    return root, tuple(62 + t for t in tones)


def _line(start: float, text: str) -> list[Note]:
    """Read ``syllable:pitch:beats`` words; ``_:beats`` is a rest."""
    notes, beat = [], start
    for word in text.split():
        fields = word.split(":")
        if fields[0] == "_":
            beat += float(fields[1])
            continue
        syllable, pitch, beats = fields[0], float(fields[1]), float(fields[2])
        notes.append(Note(beat, beats, pitch, syllable))
        beat += beats
    return notes


# Each phrase: its text, then its notes. Bars 4-11 verse, 12-15 build, 16-23 chorus, 24-27 outro.
_PHRASES = (
    (0.0, "la la la", "_:1.5 la:71:.5 la:73:.5 la:74:2.5"),
    (8.0, "la la la", "_:1.5 la:69:.5 la:73:.5 la:71:3.5"),
    (16.5, "yoru no machi ni", "yo:66:.5 ru:66:.5 no:66:.5 ma:69:.5 chi:71:1 ni:69:1.1"),
    (21.0, "hikari no kawa", "hi:67:.5 ka:67:.5 ri:66:.5 no:64:.5 ka:62:.5 wa:66:1.7"),
    (26.0, "kimi no koe ga", "ki:66:.5 mi:66:.5 no:69:.5 ko:71:.5 e:69:1 ga:64:1.8"),
    (32.5, "mune ni hibiku", "mu:66:.5 ne:66:.5 ni:66:.5 hi:69:.5 bi:71:1 ku:69:1.1"),
    (37.0, "aoi hoshi yo", "a:71:.5 o:71:.5 i:69:.5 ho:67:.5 shi:66:.5 yo:69:1.8"),
    (42.0, "ima sugu ni", "i:69:.5 ma:71:.5 su:73:.5 gu:74:.5 ni:73:2.8"),
    (48.0, "mou sugu", "mo:71:1 su:71:.5 gu:74:1.7"),
    (52.0, "mou sugu", "mo:74:1 su:74:.5 gu:76:1.7"),
    (56.0, "hajimaru yo", "ha:69:.5 ji:71:.5 ma:73:.5 ru:76:.5 yo:76:4.6"),
    (
        64.0,
        "kira kira neon no hoshi",
        "ki:74:.5 ra:73:.5 ki:74:.5 ra:71:1 ne:71:.5 on:73:.5 no:74:.5 ho:76:1 shi:73:2.3",
    ),
    (
        72.0,
        "te o nobaseba todoku",
        "te:73:.5 o:73:.5 no:73:.5 ba:69:1 se:69:.5 ba:71:.5 to:73:.5 do:74:.5 ku:71:2.4",
    ),
    (
        80.0,
        "kira kira kimi no koe",
        "ki:74:.5 ra:73:.5 ki:74:.5 ra:71:1 ki:71:.5 mi:73:.5 no:74:.5 ko:76:1 e:78:2.4",
    ),
    (
        88.0,
        "utae yo kono mama",
        "u:74:.5 ta:76:.5 e:74:.5 yo:71:1 ko:69:.5 no:71:.5 ma:73:.5 ma:74:3.4",
    ),
    (96.0, "la la la", "_:1.5 la:71:.5 la:73:.5 la:74:2.5"),
    (100.0, "la la la", "_:1.5 la:76:.5 la:74:.5 la:74:4.5"),
)


@dataclass(frozen=True)
class Phrase:
    """A sung phrase: its words and its notes."""

    text: str
    notes: tuple[Note, ...]

    @property
    def start(self) -> float:
        return seconds(self.notes[0].beat)

    @property
    def end(self) -> float:
        return seconds(self.notes[-1].beat + self.notes[-1].beats)

    @property
    def beat(self) -> float:
        return self.notes[0].beat


def phrases() -> list[Phrase]:
    """Return what is sung, in order."""
    return [Phrase(text, tuple(_line(start, notes))) for start, text, notes in _PHRASES]


_SCALE = (0, 2, 4, 5, 7, 9, 11)  # major, from D


def third_below(pitch: float) -> float:
    """Return the note a diatonic third below in D major, for the harmony voice."""
    degree = _SCALE.index(round(pitch - 62) % 12) if round(pitch - 62) % 12 in _SCALE else None
    if degree is None:
        return pitch - 3
    lower = _SCALE[(degree - 2) % 7] - (12 if degree < 2 else 0)
    return pitch - (_SCALE[degree] - lower)


def truth() -> dict[str, object]:
    """Return what an analysis should find, in song seconds."""
    chorus, build = section_span("chorus"), section_span("build")
    return {
        "title": TITLE,
        "tempo_bpm": TEMPO_BPM,
        "first_downbeat": FIRST_DOWNBEAT,
        "beats_per_bar": 4,
        "bars": BARS,
        "sections": [
            {"name": n, "start": seconds(4 * b), "end": seconds(4 * (b + c)), "bars": c}
            for n, b, c in FORM
        ],
        "events": [
            {"kind": "build", "start": seconds(build[0]), "end": seconds(build[1])},
            {"kind": "drop", "start": seconds(chorus[0]), "end": seconds(chorus[0])},
        ],
        "phrases": [
            {"text": p.text, "start": round(p.start, 4), "end": round(p.end, 4)} for p in phrases()
        ],
    }
