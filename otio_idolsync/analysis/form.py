"""Names for a song's parts: intro, verse, chorus, bridge, outro, where that is sure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from otio_idolsync.analysis.model import Energy, Phrase, Section

_CLEARLY = 0.08
_EDGE_SHARE = 0.25
_SUNG_BONUS, _REPEAT_BONUS = 0.1, 0.02


def name_sections(
    sections: list[Section], energy: Energy, vocals: tuple[Phrase, ...]
) -> tuple[Section, ...]:
    """Return the sections with names; ``""`` where the sound does not tell.

    The chorus is the letter that comes back with the most energy, if that is clearly above the
    song; a verse is a part before a chorus with clearly less; a bridge comes once, between two
    choruses in the second half; an intro or outro is a calmer edge without the chorus's letter.
    """
    levels = [energy.between(s.start, s.end) for s in sections]
    chorus = _chorus(sections, levels, vocals)
    if chorus is None:
        return tuple(sections)
    own = [v for s, v in zip(sections, levels, strict=True) if s.label == chorus]
    loud = float(np.mean(own))
    calm = [value < loud - _CLEARLY for value in levels]
    at = [i for i, s in enumerate(sections) if s.label == chorus]
    names = ["chorus" if s.label == chorus else "" for s in sections]
    if _is_edge(sections, 0, calm, vocals):
        names[0] = "intro"
    last = len(sections) - 1
    if last > at[-1] and _is_edge(sections, last, calm, vocals=()):
        names[last] = "outro"
    for index in _bridges(sections, at):
        names[index] = names[index] or "bridge"
    verses = _verse_letters(sections, names, calm, vocals)
    for index, section in enumerate(sections):
        if section.label in verses and not names[index]:
            names[index] = "verse"
    return tuple(replace(s, name=n) for s, n in zip(sections, names, strict=True))


def _chorus(sections: list[Section], levels: list[float], vocals: tuple[Phrase, ...]) -> str | None:
    """Return the letter of the chorus, or None where no repeated part stands out."""
    weights = [s.end - s.start for s in sections]
    usual = float(np.average(levels, weights=weights))
    best, best_score = None, -np.inf
    for letter in sorted({s.label for s in sections}):
        own = [i for i, s in enumerate(sections) if s.label == letter]
        level = float(np.mean([levels[i] for i in own]))
        if len(own) < 2 or level < usual + _CLEARLY / 2:
            continue
        sung = float(np.mean([_sung_share(sections[i], vocals) for i in own]))
        score = level + _SUNG_BONUS * sung + _REPEAT_BONUS * min(4, len(own))
        if score > best_score:
            best, best_score = letter, score
    return best


def _is_edge(
    sections: list[Section], index: int, calm: list[bool], vocals: tuple[Phrase, ...]
) -> bool:
    section = sections[index]
    long = section.end - section.start > _EDGE_SHARE * sections[-1].end
    return calm[index] and not long and _sung_share(section, vocals) < 0.5


def _sung_share(section: Section, vocals: tuple[Phrase, ...]) -> float:
    sung = sum(max(0.0, min(p.end, section.end) - max(p.start, section.start)) for p in vocals)
    return sung / (section.end - section.start)


def _bridges(sections: list[Section], choruses: list[int]) -> list[int]:
    """Return parts that come once, between two choruses, after half of the song."""
    letters = [s.label for s in sections]
    half = sections[-1].end / 2
    return [
        i
        for i, s in enumerate(sections)
        if choruses[0] < i < choruses[-1] and letters.count(s.label) == 1 and s.start >= half
    ]


def _verse_letters(
    sections: list[Section], names: list[str], calm: list[bool], vocals: tuple[Phrase, ...]
) -> set[str]:
    """Return the letters of calmer parts that are sung, or that come back, before a chorus."""
    edges = {s.label for s, n in zip(sections, names, strict=True) if n in ("intro", "outro")}
    letters = [s.label for s in sections]
    return {
        s.label
        for i, s in enumerate(sections)
        if calm[i]
        and not names[i]
        and s.label not in edges
        and "chorus" in names[i:]
        and _sung_share(s, vocals) >= (0.25 if letters.count(s.label) > 1 else 0.5)
    }
