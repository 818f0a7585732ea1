"""Which sources may fill which slots, and how well each would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Phrase
from otio_idolsync.library.model import Source
from otio_idolsync.planning.footage import HANDLE_FRAMES, Footage, footage_of
from otio_idolsync.planning.model import ShotRole, Slot
from otio_idolsync.planning.pacing import SECTION_KINDS
from otio_idolsync.timebase import Clock

# A slot counts as sung from this share on: below it, a face would mostly stand mute.
SUNG_SHARE = 0.3
# Below this confidence an instrument may pass for a voice.
SURELY_SUNG = 0.5

CAST_WEIGHTS: dict[str, float] = {
    "no_singer": 1e9,
    "repeats_frames": 1e6,
    "idle_singer": 40.0,
    "tagged_here": -15.0,
    "use": 10.0,
    "close_reuse": 6.0,
    "short_handles": 4.0,
    "energy": 3.0,
}
CAST_MEANINGS: dict[str, str] = {
    "no_singer": "a sung slot shows neither a performance nor a lip-sync face",
    "repeats_frames": "the source has no unused footage left for this slot",
    "idle_singer": "a lip-sync face where nobody sings (a performance: a quarter of it)",
    "tagged_here": "a tag names this section (its letter: a third of it)",
    "use": "per earlier use, divided by the source's share of the greatest weight",
    "close_reuse": "the same file two slots away (three away: half of it)",
    "short_handles": f"for the share of {HANDLE_FRAMES} frames that a handle lacks",
    "energy": "the difference between its energy and the slot's (unknown: 0.3)",
}


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Slots against sources; S slots, M sources.

    Attributes:
        footage: What each source offers.
        can: bool [shape=(S, M)], may fill the slot.
        cost: float64 [shape=(S, M)], how ill it suits, apart from who else is cast.
        file: int64 [shape=(M,)], equal for sources of the same file.
        lengths: int64 [shape=(S,)], frames of each slot.
        allowed: bool [shape=(S, M)], its tags let it into this section.
    """

    footage: tuple[Footage, ...]
    can: NDArray[np.bool_]
    cost: NDArray[np.float64]
    file: NDArray[np.int64]
    lengths: NDArray[np.int64]
    allowed: NDArray[np.bool_]


def fit_sources(
    slots: Sequence[Slot],
    sources: Sequence[Source],
    clock: Clock,
    section_names: frozenset[str],
    song: Fraction,
    vocals: Sequence[Phrase] = (),
) -> Fit:
    """Return which sources can fill which slots and how well.

    Args:
        slots: In time order.
        sources: At least one.
        clock: The timeline's frames.
        section_names: Names of the song's sections; a tag that is one of them limits its source.
        song: How long the song lasts, in seconds.
        vocals: Where somebody is heard to sing, and how surely.
    """
    footage = tuple(footage_of(source, clock) for source in sources)
    lengths = np.array([slot.frames for slot in slots], np.int64)
    spare = np.array([f.end - f.start for f in footage], np.int64) - lengths[:, None]
    still = np.array([f.still for f in footage])
    synced = np.array([f.shift is not None for f in footage])
    spare += np.outer([_begun(slot, clock, song) for slot in slots], synced)
    head = _best_heads(footage, slots, spare)
    tail = spare - head
    can = still | (spare >= 0)
    can &= ~synced | ((head >= 0) & (tail >= 0))
    allowed, tagged = _tags(slots, sources, section_names)
    lack = sum(np.clip(1 - side / HANDLE_FRAMES, 0, 1) for side in (head, tail))
    cost = CAST_WEIGHTS["short_handles"] * np.where(still, 0.0, lack)
    cost = cost + CAST_WEIGHTS["tagged_here"] * tagged + _roles(slots, sources, vocals)
    cost = cost + CAST_WEIGHTS["energy"] * _energy_gap(slots, sources)
    paths = {path: k for k, path in enumerate(dict.fromkeys(s.media.path for s in sources))}
    file = np.array([paths[s.media.path] for s in sources], np.int64)
    return Fit(footage, can & allowed, cost, file, lengths, allowed)


def _begun(slot: Slot, clock: Clock, song: Fraction) -> int:
    """Return 1 for a slot that ends with a frame under which the song ends, else 0.

    A take that is as long as the song seldom has that frame; its last picture stands there.
    """
    end = slot.first_frame + slot.frames
    return int(clock.frames_within(song) < end == clock.frames_covering(song))


def _best_heads(
    footage: Sequence[Footage], slots: Sequence[Slot], spare: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the head handle each source can give each slot, int64 [shape=(S, M)].

    A take that is bound to the song has the head it has; others split what they can spare.
    """
    start = np.array([f.start for f in footage], np.int64)
    shift = np.array([f.shift or 0 for f in footage], np.int64)
    synced = np.array([f.shift is not None for f in footage])
    first = np.array([slot.first_frame for slot in slots], np.int64)[:, None]
    return np.where(synced, first + shift - start, spare // 2)


def _tags(
    slots: Sequence[Slot], sources: Sequence[Source], section_names: frozenset[str]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return where tags let each source in, and how much they ask for it, [shape=(S, M)]."""
    lowered = [{tag.lower() for tag in source.tags} for source in sources]
    here = [slot.section.lower() for slot in slots]
    columns = {name: np.array([name in tags for tags in lowered]) for name in set(here) if name}
    none = np.zeros(len(sources), bool)
    tagged = np.array([columns.get(name, none) for name in here])
    named = np.array([name in section_names for name in here])[:, None]
    limited = np.array([bool(tags & section_names) for tags in lowered])
    return ~limited | (tagged & named), np.where(named, 1.0, 1 / 3) * tagged


def names_that_limit(names: Sequence[str]) -> frozenset[str]:
    """Return which section names limit a source tagged with them: words, not letters."""
    return frozenset(n.lower() for n in names if n and (n.islower() or n.lower() in SECTION_KINDS))


def _roles(
    slots: Sequence[Slot], sources: Sequence[Source], vocals: Sequence[Phrase]
) -> NDArray[np.float64]:
    """Return what each source's role costs in each slot, float64 [shape=(S, M)]."""
    sung = np.array([slot.sung >= SUNG_SHARE for slot in slots])[:, None]
    idle = CAST_WEIGHTS["idle_singer"]
    unsung = {"broll": 0.0, "performance": idle / 4, "lipsync": idle}
    broll = np.array([source.role == "broll" for source in sources])
    sure = np.array([sureness(slot, vocals) for slot in slots])[:, None]
    lacks = np.where(sure < 1, idle * sure, CAST_WEIGHTS["no_singer"])
    when_not = np.array([unsung[s.role] for s in sources])
    return np.where(sung, np.where(broll, lacks, 0.0), when_not)


def sureness(slot: Slot, vocals: Sequence[Phrase]) -> float:
    """Return how sure it is that somebody sings in a slot that counts as sung, 0 to 1."""
    sung = [(p, min(p.end, slot.end) - max(p.start, slot.start)) for p in vocals]
    heard = [(phrase, lasts) for phrase, lasts in sung if lasts > 0]
    clear = sum(lasts for phrase, lasts in heard if phrase.confidence >= SURELY_SUNG)
    if clear >= SUNG_SHARE * (slot.end - slot.start) or not heard:
        return 1.0
    return min(1.0, max(phrase.confidence for phrase, _ in heard) / SURELY_SUNG)


def _energy_gap(slots: Sequence[Slot], sources: Sequence[Source]) -> NDArray[np.float64]:
    wanted = np.array([slot.energy for slot in slots])[:, None]
    has = np.array([np.nan if s.energy is None else s.energy for s in sources])
    gap = np.abs(wanted - has)
    return np.where(np.isnan(gap), 0.3, gap)


def role_of(slot: Slot, source: Source) -> ShotRole:
    """Return how a source is used in a slot: a face where nobody sings is only a picture."""
    if source.role == "lipsync" and slot.sung < SUNG_SHARE:
        return "broll"
    return source.role
