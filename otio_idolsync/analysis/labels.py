"""Beats that a person wrote down: times with a label, and what the labels say of the bar.

Text is read in the two forms that people have: ``seconds [label]`` a line, and the label tracks of
Audacity, ``start<TAB>end<TAB>label``.
"""

from __future__ import annotations

import bisect
import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.errors import AnalysisError

_AUDACITY = re.compile(r"\s*-?\d+[.,]\d{3,}\t\s*-?\d+[.,]\d{3,}\s*(\t.*)?", re.DOTALL)
_SPECTRAL = re.compile(r"\\\s")
_PLACE = re.compile(r"(?P<first>[1-9]\d{0,5}|0(?=\.))(\.(?P<beat>[1-9]\d?))?")
_FIRST_WORDS = frozenset({"downbeat", "bar", "|"})
_MOST_SECONDS = 360000.0
_LONGEST_BAR = 13


@dataclass(frozen=True, slots=True)
class Label:
    """A moment that somebody marked.

    Attributes:
        time: Seconds.
        text: What is written there; "" where nothing is.
    """

    time: float
    text: str = ""


def read_labels(text: str, source: Path, *, strict: bool = True) -> list[Label]:
    """Return the labels of a text file in its order; empty lines and ``#`` comments are skipped.

    Args:
        text: Of the file.
        source: Its path, for messages.
        strict: Whether plain lines must rise and have a place in the bar all or none.

    Raises:
        AnalysisError: A line is no label; the sentence names it.
    """
    lines = text.splitlines()
    first = next((raw for raw in lines if raw.strip()), "")
    if _AUDACITY.fullmatch(first):
        kept = [(k, r) for k, r in enumerate(lines, 1) if r.strip() and not _SPECTRAL.match(r)]
        return [_audacity(raw, line, source) for line, raw in kept]
    rows = [(line, raw.partition("#")[0].split()) for line, raw in enumerate(lines, 1)]
    found = [(line, _beat(words, line, source)) for line, words in rows if words]
    for (_, before), (line, after) in itertools.pairwise(found if strict else ()):
        if bool(before.text) != bool(after.text):
            raise AnalysisError(
                f"file {source}, line {line}: some lines have a beat number and some have none"
            )
        if after.time <= before.time:
            raise AnalysisError(
                f"file {source}, line {line}: {after.time:g} s does not come after "
                f"{before.time:g} s; beat times must rise"
            )
    return [label for _, label in found]


def _audacity(raw: str, line: int, source: Path) -> Label:
    fields = [field.strip() for field in raw.split("\t")]
    try:
        time, _ = (float(field.replace(",", ".")) for field in fields[:2])
        _within(time)
    except ValueError as error:
        raise AnalysisError(
            f"file {source}, line {line}: {raw.strip()!r} is no label; export the label track of "
            "Audacity as it is: start, end and label with tabs between"
        ) from error
    return Label(time, fields[2] if len(fields) > 2 else "")


def _beat(words: list[str], line: int, source: Path) -> Label:
    try:
        time = float(words[0])
        _within(time)
        if len(words) > 1 and not _PLACE.fullmatch(words[1]):
            raise ValueError(words[1])
    except ValueError as error:
        raise AnalysisError(
            f"file {source}, line {line}: {' '.join(words)!r} is no beat; write seconds and, after "
            "a tab, the beat's place in the bar, counted from 1"
        ) from error
    return Label(time, words[1] if len(words) > 1 else "")


def _within(time: float) -> None:
    if not math.isfinite(time) or abs(time) > _MOST_SECONDS:
        raise ValueError(time)


def grid_of(labels: list[Label], source: Path) -> BeatGrid:
    """Return the grid that labels make; bars of four where they say nothing of bars.

    Raises:
        AnalysisError: Fewer than two beats, two at one time, or bars without their beats.
    """
    placed = placed_labels(labels)
    times = [label.time for label, _ in placed]
    for before, after in itertools.pairwise(times):
        if after <= before:
            raise AnalysisError(f"grid {source} has two beats at {after:g} s; keep one of them")
    if len(times) < 2:
        raise AnalysisError(f"grid {source} has {len(times)} beats; at least 2 are needed")
    numbers = [place for _, place in placed]
    if set(numbers) == {1}:
        raise AnalysisError(
            f"grid {source} marks where bars start and no other beat; mark each beat, or give the "
            "file with --tap, which finds the beats between"
        )
    filled = _filled(numbers)
    if 1 not in filled:
        raise AnalysisError(f"grid {source} has no downbeat: no beat is the first of its bar")
    return BeatGrid(np.array(times), np.array(filled, np.int64), np.ones(len(times)))


def placed_labels(labels: list[Label], *, bars: bool = False) -> list[tuple[Label, int | None]]:
    """Return beats in time order, each with its place in the bar where its label says it.

    ``12.3`` is the third beat of bar 12 and, among such names, ``12`` the first beat of that bar.
    Plain numbers are places if they ever start again; those that only count up number bars, or say
    nothing. In a numbered list, words are notes about something else; elsewhere each label is a
    beat, and ``1`` or ``downbeat`` the first of a bar.

    Args:
        labels: In any order.
        bars: Whether numbers that only count up are bars.
    """
    rows = sorted(labels, key=lambda label: label.time)
    texts = [label.text.strip().lower() for label in rows]
    found = [_PLACE.fullmatch(text) for text in texts]
    named = any(match and match["beat"] for match in found)
    plain = [int(match["first"]) for match in found if match]
    rising = all(a < b for a, b in itertools.pairwise(plain))
    counter = not named and rising and max(plain, default=0) >= _LONGEST_BAR
    numbered = named or max(plain, default=1) > 1
    placed: list[tuple[Label, int | None]] = []
    for label, text, match in zip(rows, texts, found, strict=True):
        place: int | None = None
        if match and named:
            place = int(match["beat"] or 1)
        elif match and (bars or not counter):
            place = 1 if counter else int(match["first"])
        elif text in _FIRST_WORDS:
            place = 1
        elif text and not match and numbered and not counter:
            continue
        placed.append((label, place))
    return placed


def _filled(numbers: list[int | None]) -> list[int]:
    """Return places with those that are not given counted on, or back from the first given.

    A bar lasts until the next start that is given, unless that is too far away for one bar.
    """
    starts = [index for index, number in enumerate(numbers) if number == 1]
    lengths = Counter(b - a for a, b in itertools.pairwise(starts) if b - a <= _LONGEST_BAR)
    usual = lengths.most_common(1)[0][0] if lengths else 4
    first = next((index for index, number in enumerate(numbers) if number is not None), 0)
    at, place, bar, filled = first, numbers[first] or 1, usual, []
    for index, number in enumerate(numbers):
        if number is not None:
            later = bisect.bisect(starts, index)
            left = starts[later] - index if later < len(starts) else _LONGEST_BAR
            at, place = index, number
            bar = left + number - 1 if left + number - 1 < _LONGEST_BAR else usual
        filled.append(number or (place - 1 + index - at) % bar + 1)
    return filled
