"""How each part turns chords into strokes within one bar, measured in steps."""

from __future__ import annotations

import numpy as np

from score import Stroke

Rng = np.random.Generator
TRESILLO = (0, 3, 6, 8, 11, 14)
DOTTED = ((0, 3, 6, 9, 12), (0, 3, 6, 9, 12, 14), (0, 6, 12), (0, 3, 8, 11), (0, 3, 6, 12))
_DOTTED_SHARE = 0.1


def mask(rng: Rng, beats: int, steps: int, on: float, half: float, small: float) -> list[int]:
    """Return steps of a random rhythm: how likely beats, half beats and smaller steps are."""
    chosen = []
    for step in range(beats * steps):
        within = step % steps
        odds = on if within == 0 else half if within * 2 == steps else small
        if steps == 3 and within == 2:
            odds = half
        if rng.random() < odds:
            chosen.append(step)
    return chosen


def lengths(steps: list[int], bar: int, share: float) -> list[Stroke]:
    """Return strokes that each last a share of the way to the next."""
    ends = [*steps[1:], bar]
    return [Stroke(s, max(0.5, (e - s) * share), 1.0) for s, e in zip(steps, ends, strict=True)]


def comp(kind: str, rng: Rng, beats: int, steps: int) -> list[Stroke]:
    """Return one bar of an accompaniment; a stroke's index is the chord's note, -1 all of it."""
    bar = beats * steps
    if kind == "pad":
        return [Stroke(0, bar, 1.0)]
    if kind == "arpeggio":
        return _arpeggio(rng, bar, steps)
    if kind == "skank":
        return [Stroke(s + steps // 2, 0.8, 1.0) for s in range(0, bar, steps)]
    if kind == "oompah":
        places = [b for b in range(beats) if (b % 2 if beats % 2 == 0 else b)]
        return [Stroke(b * steps, steps * rng.uniform(0.3, 0.8), 1.0) for b in places]
    return lengths(_struck(kind, rng, beats, steps), bar, rng.uniform(0.3, 1.1))


def _struck(kind: str, rng: Rng, beats: int, steps: int) -> list[int]:
    """Return the steps at which a whole chord is struck."""
    bar = beats * steps
    if bar == 16 and (kind == "dotted" or rng.random() < _DOTTED_SHARE):
        return list(DOTTED[int(rng.integers(len(DOTTED)))])
    if kind in {"beats", "eighths"}:
        return list(range(0, bar, steps if kind == "beats" else _half(steps)))
    if kind == "montuno" and bar == 16:
        return list(TRESILLO)
    odds = {"funk": (0.4, 0.5, 0.35), "chug": (0.85, 0.75, 0.4)}.get(kind, (0.85, 0.6, 0.25))
    return mask(rng, beats, steps, *odds) or [0]


def _half(steps: int) -> int:
    """Return half a beat in steps, or a third where beats have three."""
    return steps // 2 if steps % 2 == 0 else 1


def _arpeggio(rng: Rng, bar: int, steps: int) -> list[Stroke]:
    """Return a chord's notes one after another in some order, three or four at a time."""
    unit = int(rng.choice([1, _half(steps)]))
    order = rng.permutation(4) if rng.random() < 0.5 else np.array([0, 1, 2, 3])
    order = np.array([0, 2, 1, 2]) if rng.random() < 0.3 else order
    if bar // unit % 4 and rng.random() < 0.7:
        order = order[order < 3]
    notes = enumerate(range(0, bar, unit))
    return [Stroke(s, unit * 1.5, 1.0, int(order[k % len(order)])) for k, s in notes]


def bass(kind: str, rng: Rng, beats: int, steps: int, kick: list[int]) -> list[Stroke]:
    """Return one bar of a bass line; a stroke's index is 0 root, 1 fifth, 2 octave, 3 a step."""
    bar, small = beats * steps, _half(steps)
    beat_steps, halves = range(0, bar, steps), range(0, bar, small)
    middle = [Stroke(bar // 2, steps, 0.9, 1)] if beats % 2 == 0 else []
    lines = {
        "eighths": lengths(list(halves), bar, 0.9),
        "octaves": [Stroke(s, small * 0.8, 1.0, 2 * (k % 2)) for k, s in enumerate(halves)],
        "offbeat": [Stroke(s + small, small * 0.8, 1.0) for s in beat_steps],
        "walk": [
            Stroke(s, steps * 0.9, 1.0, (0, 3, 1, 3)[k % 4]) for k, s in enumerate(beat_steps)
        ],
        "alternate": [Stroke(s, steps * 0.8, 1.0, k % 2) for k, s in enumerate(beat_steps)],
        "fifths": [Stroke(0, steps, 1.0), *middle],
        "roots": [Stroke(0, bar * rng.uniform(0.5, 1), 1.0)],
        "kick": lengths(kick or [0], bar, rng.uniform(0.5, 1)),
        "funky": lengths(sorted({0, *mask(rng, beats, steps, 0.5, 0.5, 0.25)}), bar, 0.7),
    }
    if bar == 16 and rng.random() < _DOTTED_SHARE:
        return lengths(list(DOTTED[int(rng.integers(len(DOTTED)))]), bar, 0.8)
    if kind == "tresillo" and bar == 16:
        return lengths(list(TRESILLO[: int(rng.choice([3, 6]))]), bar, 0.9)
    return lines.get(kind, lines["roots"])


def wandering(strokes: list[Stroke], rng: Rng) -> list[Stroke]:
    """Return a bass line some of whose roots became fifths or octaves."""
    return [s._replace(index=int(rng.choice([0, 0, 1, 2]))) if s.index < 1 else s for s in strokes]


def melody(rng: Rng, beats: int, steps: int, bars: int) -> list[Stroke]:
    """Return a motif of some bars; a stroke's index is a step of the scale, from a random walk."""
    odds = [(0.75, 0.4, 0.1), (0.6, 0.6, 0.2), (0.9, 0.15, 0.0), (0.7, 0.7, 0.6)][rng.integers(4)]
    places = mask(rng, beats * bars, steps, *odds) or [0]
    if rng.random() < 0.35:
        places = [p for p in places if p >= steps or rng.random() < 0.3] or [0]
    strokes = lengths(places, beats * steps * bars, rng.uniform(0.5, 1))
    degree, out = int(rng.integers(0, 7)), []
    for stroke in strokes:
        degree = int(np.clip(degree + rng.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4]), -4, 11))
        length = min(stroke.length, 3 * steps)
        out.append(stroke._replace(index=degree, length=length))
    return out


def drums(pattern: str, rng: Rng) -> list[tuple[int, float]]:
    """Return (step, gain) of a pattern's hits; ``?`` is decided once."""
    gains = {"x": 1.0, "o": 0.35}
    chosen = [(k, "x" if c == "?" and rng.random() < 0.5 else c) for k, c in enumerate(pattern)]
    return [(k, gains[c]) for k, c in chosen if c in gains]
