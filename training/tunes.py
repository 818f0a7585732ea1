"""Tunes that people have danced to for centuries, read from ABC notation with their true bars."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

_SCALE = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARPS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "F": -1, "Bb": -2, "Eb": -3}
_MODES = {"": 0, "maj": 0, "m": -3, "min": -3, "aeo": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1}
_ORDER = "FCGDAEB"
_TOKEN = re.compile(
    r"\((?P<tuplet>\d)|(?P<note>[\^_=]*[A-Ga-gzx][,']*)(?P<length>\d*/*\d*)|(?P<dots>[<>]+)"
    r"|(?P<bar>[:|\]]*\|[:|\]]*|::)|\[(?P<chord>[\^_=A-Ga-g,'\d/]+)\]|(?P<tie>-)"
)
_METRES = {
    "C": (4, Fraction(1, 4)),
    "C|": (4, Fraction(1, 4)),
    "4/4": (4, Fraction(1, 4)),
    "2/2": (4, Fraction(1, 4)),
    "2/4": (4, Fraction(1, 8)),
    "3/4": (3, Fraction(1, 4)),
    "3/8": (3, Fraction(1, 8)),
    "6/8": (2, Fraction(3, 8)),
    "9/8": (3, Fraction(3, 8)),
    "12/8": (4, Fraction(3, 8)),
}
"""Beats in a bar, and a beat's length; a bar of 2/4 is counted in four, as polkas are."""


class TuneNote(NamedTuple):
    """When (beats from the first whole bar, so a pickup's are negative), how long, which key."""

    start: float
    length: float
    key: int


@dataclass(frozen=True)
class Tune:
    """A melody.

    Attributes:
        title: Its name.
        halved: Whether its beats are half of those that its metre, two fourths, states.
        beats: Beats in a bar.
        compound: Whether a beat has three parts.
        sharps: Of its key; flats are negative.
        minor: Whether the chord of its first step is.
        bars: Without the pickup.
        notes: By their start.
    """

    title: str
    halved: bool
    beats: int
    compound: bool
    sharps: int
    minor: bool
    bars: int
    notes: tuple[TuneNote, ...]


class _Bar(NamedTuple):
    notes: list[tuple[Fraction, Fraction, int]]
    length: Fraction


def read_tunes(path: Path) -> list[Tune]:
    """Return the tunes of a file whose bars are full; those that cannot be read are left out."""
    text = path.read_text(encoding="latin-1")
    tunes = []
    for part in re.split(r"(?m)^X:", text)[1:]:
        tune = _tune(part)
        if tune is not None:
            tunes.append(tune)
    return tunes


def _tune(text: str) -> Tune | None:
    fields: dict[str, str] = {}
    body: list[str] = []
    for line in (written.split("%")[0].strip() for written in text.splitlines()[1:]):
        if len(line) > 1 and line[1] == ":" and line[0].isalpha():
            if body and line[0] in "MLKV":
                return None
            fields.setdefault(line[0], line[2:].strip())
        elif "K" in fields and line:
            body.append(line)
    metre, key = _METRES.get(fields.get("M", "")), _key(fields.get("K", ""))
    if metre is None or key is None or re.search(r"\[[A-Z]:", " ".join(body)):
        return None
    beats, beat = metre
    unit = Fraction(fields["L"]) if re.fullmatch(r"1/\d+", fields.get("L", "")) else Fraction(1, 8)
    bars = _whole(_bars(" ".join(body), unit, key[0]), beats * beat)
    if bars is None or len(bars) < 9:
        return None
    pickup, notes = bars[0].length, []
    start = -pickup
    for bar in bars:
        for at, long, pitch in bar.notes:
            notes.append(TuneNote(float((start + at) / beat), float(long / beat), pitch))
        start += bar.length
    title = fields.get("T", "")
    halved = fields["M"] == "2/4"
    return Tune(title, halved, beats, beat.numerator == 3, *key, len(bars) - 1, tuple(notes))


def _key(name: str) -> tuple[int, bool] | None:
    """Return the sharps of a key and whether its tonic chord is minor."""
    match = re.match(r"([A-G][#b]?)\s*(maj|min|mix|dor|aeo|phr|lyd|m)?", name, re.IGNORECASE)
    if match is None or match[1] not in _SHARPS:
        return None
    mode = (match[2] or "").lower()
    return _SHARPS[match[1]] + _MODES[mode], mode in {"m", "min", "dor", "aeo", "phr"}


def _whole(bars: list[_Bar], full: Fraction) -> list[_Bar] | None:
    """Return a pickup, maybe empty, and full bars; none where the bars do not add up."""
    bars = [b for b in bars if b.length]
    if not bars:
        return None
    pickup = bars.pop(0) if bars[0].length < full else _Bar([], Fraction(0))
    out = [pickup]
    while bars:
        bar = bars.pop(0)
        if bar.length < full and bars and bar.length + bars[0].length == full:
            after = bars.pop(0)
            moved = [(at + bar.length, n, k) for at, n, k in after.notes]
            bar = _Bar(bar.notes + moved, full)
        if bar.length < full and not bars:
            bar = bar._replace(length=full)
        if bar.length != full:
            return None
        out.append(bar)
    return out


def _bars(body: str, unit: Fraction, sharps: int) -> list[_Bar]:
    """Return what lies between bar lines: notes as (start, length, key) in whole notes."""
    body = re.sub(r"\"[^\"]*\"|\{[^}]*\}|![^!]*!|\[\d", " ", body)
    out, altered, tuplet, dots = [_Bar([], Fraction(0))], {}, (0, Fraction(1)), Fraction(1)
    now, tied = Fraction(0), False
    signature = dict.fromkeys(_ORDER[: max(0, sharps)], 1)
    signature |= dict.fromkeys(_ORDER[::-1][: max(0, -sharps)], -1)
    for token in _TOKEN.finditer(body):
        notes = out[-1].notes
        if token["bar"]:
            out[-1] = _Bar(notes, now)
            out.append(_Bar([], Fraction(0)))
            now, altered = Fraction(0), {}
        elif token["tuplet"]:
            count = int(token["tuplet"])
            tuplet = (count, {2: Fraction(3, 2), 3: Fraction(2, 3)}.get(count, Fraction(1)))
        elif token["dots"]:
            now, dots = _broken(notes, now, token["dots"])
        elif token["tie"]:
            tied = True
        else:
            name, length = token["note"], token["length"]
            if token["chord"]:
                inner = re.match(r"([\^_=]*[A-Ga-g][,']*)(\d*/*\d*)", token["chord"])
                if inner is None:
                    continue
                name, length = inner[1], inner[2]
            long = _length(length) * unit * dots * (tuplet[1] if tuplet[0] else 1)
            tuplet, dots = (max(0, tuplet[0] - 1), tuplet[1]), Fraction(1)
            if name not in {"z", "x"}:
                key = _pitch(name, signature, altered)
                if tied and notes and notes[-1][2] == key:
                    notes[-1] = (notes[-1][0], notes[-1][1] + long, key)
                else:
                    notes.append((now, long, key))
            now, tied = now + long, False
    out[-1] = _Bar(out[-1].notes, now)
    return out


def _broken(
    notes: list[tuple[Fraction, Fraction, int]], now: Fraction, sign: str
) -> tuple[Fraction, Fraction]:
    """Lengthen or shorten the last note; return the time after it and the next one's factor."""
    long = 2 - Fraction(1, 2 ** len(sign))
    first, then = (long, 2 - long) if sign[0] == ">" else (2 - long, long)
    if not notes:
        return now, then
    start, length, key = notes[-1]
    notes[-1] = (start, length * first, key)
    return now + length * (first - 1), then


def _length(text: str) -> Fraction:
    if "/" not in text:
        return Fraction(int(text or 1))
    above, below = text.split("/", 1)
    below = below.replace("/", "") or str(2 ** text.count("/"))
    return Fraction(int(above or 1), int(below))


def _pitch(name: str, signature: dict[str, int], altered: dict[str, int]) -> int:
    letter = name.strip("^_=,'")
    octave = 60 + 12 * letter.islower() + 12 * (name.count("'") - name.count(","))
    if name[0] in "^_=":
        altered[letter] = name.count("^") - name.count("_")
    sharp = altered.get(letter, signature.get(letter.upper(), 0))
    return octave + _SCALE[letter.upper()] + sharp
