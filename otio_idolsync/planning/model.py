"""Cuts, slots and castings: what the planner says, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otio_idolsync.analysis.model import Event
from otio_idolsync.library.model import Source

EnergyPolicy = Literal["hold", "drive", "none"]
Anchor = Literal["start", "pin", "section", "downbeat", "beat"]
ShotRole = Literal["lipsync", "performance", "broll", "placeholder"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A beat at which the cut could have fallen, and what that would have cost more.

    Attributes:
        time: Seconds.
        beat: Its name: ``33.2``.
        cost: How much worse the whole plan would be, above 0.
        why: In a few words: "off the downbeat; splits the sung phrase".
    """

    time: float
    beat: str
    cost: float
    why: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The stretch of picture between two cuts, to be filled with one shot.

    Attributes:
        start: Unrounded seconds of the beat (or pin) it starts at; 0 for the first.
        end: Unrounded seconds of the beat it ends at; the song's end for the last.
        first_frame: Timeline frame of the cut: nearest to ``start``, less the lead.
        frames: Length in timeline frames.
        beats: Beats it lasts.
        anchor: What the cut lands on.
        hold: The events it is held over; empty when it is no hold.
        energy: Mean energy, 0..1.
        sung: Share of its length in which someone sings, 0..1.
        section: Name or label of its section, "" if none.
        text: Why the cut is here, as a sentence for a director.
        alternatives: The beats that lost, cheapest first.
    """

    start: float
    end: float
    first_frame: int
    frames: int
    beats: int
    anchor: Anchor
    hold: tuple[Event, ...]
    energy: float
    sung: float
    section: str
    text: str
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Casting:
    """What fills a slot.

    Attributes:
        slot: The slot.
        role: How the shot is used; ``placeholder`` when nothing could be cast.
        source: The source, or None for a placeholder.
        source_in: Timeline frames between the media's first frame and the shot's first.
        head: Usable timeline frames of the source before the shot (its head handle).
        tail: Usable timeline frames after it (its tail handle).
        why: Why this source; of a placeholder, why none.
    """

    slot: Slot
    role: ShotRole
    source: Source | None
    source_in: int
    head: int
    tail: int
    why: str
