"""Give the clips of a human's cut ids, and write on them what a plan would have known of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.cut.blocks import KEY, Metadata, own_block, plain
from otio_idolsync.cut.url import name_in
from otio_idolsync.interchange.metadata import put
from otio_idolsync.resync.grid import off_grid
from otio_idolsync.resync.handles import handles_of
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.resync.told import Bearings, song_range
from otio_idolsync.timebase import frame_showing

_VIDEO = otio.schema.TrackKind.Video
_ID = re.compile(r"S(\d{3,})")
ADOPTED = ["added"]
"""What was done to an adopted shot, in the words of a re-sync: an editor has put it there."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A shot of a human's cut.

    Attributes:
        shot_id: Its id.
        track: The name of its track.
        frame: Where it begins to be seen.
        text: What the human did.
        off_grid_frames: How late its cut is after the nearest beat; None of what begins the film,
            and where no music plays.
        is_known: Whether it bore that id before.
    """

    shot_id: str
    track: str
    frame: int
    text: str
    off_grid_frames: int | None
    is_known: bool = False

    def to_json(self) -> Metadata:
        """Return the shot's row in a report."""
        return {
            "shot_id": self.shot_id,
            "track": self.track,
            "frame": self.frame,
            "off_grid_frames": self.off_grid_frames,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Hand:
    """What the clips of a cut are measured by.

    Attributes:
        bearings: The grid on the timeline.
        sample_rate: The song's, in Hz.
        analysis: Of the song.
    """

    bearings: Bearings
    sample_rate: int
    analysis: Analysis


def adopt_shots(cut: Cut, hand: Hand, next_shot: int) -> tuple[list[Adopted], int]:
    """Write ids and all that a plan knows on every clip of a cut's picture tracks.

    Args:
        cut: The cut, flattened; its clips get metadata and stay as they are otherwise.
        hand: What they are measured by.
        next_shot: The least number that a new shot gets.

    Returns:
        The shots in time order, those that are on no frame left out, and the next free number.
    """
    ids = _Ids(cut, next_shot)
    begins = min(item.first for item in cut.items)
    found = [_adopt(cut, item, hand, ids, begins) for item in cut.items]
    shown = {id(item.clip) for item in cut.items}
    for clip in _clips(cut):
        if id(clip) not in shown:  # shorter than a frame, or cut off by the compound around it
            _write(clip, _block(clip, ids, {"start_sample": 0, "samples": 0}, (0, 0), _unseen()))
    return found, ids.next_shot


class _Ids:
    """Hands out ids: a clip's own where it is the first that bears it, else one never used."""

    def __init__(self, cut: Cut, next_shot: int) -> None:
        borne = [str(found.get("shot_id", "")) for found in map(_own, _clips(cut)) if found]
        numbers = [int(found[1]) for one in borne if (found := _ID.fullmatch(one))]
        self.next_shot = max([next_shot, *(number + 1 for number in numbers)])
        self._given: set[str] = set()

    def knows(self, clip: Any) -> bool:
        """Return whether a clip has an id that no clip before it has."""
        own = str(_own(clip).get("shot_id", ""))
        return bool(_ID.fullmatch(own)) and own not in self._given

    def of(self, clip: Any) -> str:
        """Return a clip's id from now on."""
        own = str(_own(clip).get("shot_id", ""))
        if not self.knows(clip):
            own, self.next_shot = f"S{self.next_shot:03d}", self.next_shot + 1
        self._given.add(own)
        return own


def _adopt(cut: Cut, item: Item, hand: Hand, ids: _Ids, begins: int) -> Adopted:
    clock, clip = cut.clock, item.clip
    seen = (item.first, item.end if item.seen else item.first)
    samples = song_range(hand.bearings.pieces, *seen, clock, hand.sample_rate)
    reason = _reason(item, hand, begins)
    known = ids.knows(clip)
    block = _block(clip, ids, samples, _room(item, cut), reason)
    middle = hand.bearings.song_seconds(frame_showing(Fraction(item.first + item.end, 2)))
    name = _section(hand.analysis, middle)
    block |= {"section": name} if name and reason is block["reason"] else {}
    _write(clip, block)
    grid = hand.bearings
    is_cut = item.first > begins and grid.song_seconds(item.first) is not None
    off = off_grid(item.first, grid.beats, (), clock).get("frames") if is_cut else None
    return Adopted(
        block["shot_id"], cut.tracks[item.track].name, item.first, block["reason"]["text"],
        None if off is None else int(off), known,
    )  # fmt: skip


def _block(
    clip: Any, ids: _Ids, samples: Metadata, room: tuple[int, int], reason: Metadata
) -> Metadata:
    """Return a clip's metadata: what it had of us, with what is true now."""
    had, known, shot_id = _own(clip), ids.knows(clip), ids.of(clip)
    if known and had.get("song_range") == samples and "text" in (had.get("reason") or {}):
        return had  # all that it says is still true
    block = had | {
        "schema": "idolsync.clip/1",
        "shot_id": shot_id,
        "role": had.get("role", "broll"),
        "song_range": samples,
        "handles": {"head": room[0], "tail": room[1]},
        "reason": reason,
        "edited": had.get("edited", ADOPTED),
    }
    if had.get("shot_id") and not known:
        block["parent"] = had["shot_id"]
    return block


def _reason(item: Item, hand: Hand, begins: int) -> Metadata:
    grid, is_first = hand.bearings, item.first == begins
    text = grid.text(item.first, is_first)
    if not item.enabled:
        text = f"switched off; {text}"
    elif item.hidden:
        text = f"never seen under what lies above; {text}"
    elif item.drawn:
        text = f"laid over the picture; {text}"
    low, high = grid.song_seconds(item.first), grid.song_seconds(item.end - 1)
    is_heard = low is not None and high is not None and low <= high
    energy = hand.analysis.energy.between(low or 0.0, high or 0.0) if is_heard else 0.0
    return {
        "anchor": grid.anchor(item.first, is_first),
        "text": text,
        "at": float(grid.clock.seconds_at(item.first)),
        "beats": grid.beats_in(item.first, item.end),
        "energy": round(energy, 4),
        "hold": [],
        "alternatives": [],
    }


def _unseen() -> Metadata:
    text = "on no frame of the film"
    return {"anchor": "editor", "text": text, "beats": 0, "energy": 0.0, "alternatives": []}


def _room(item: Item, cut: Cut) -> tuple[int, int]:
    head, tail = item.under
    passed = head * item.speed if item.speed >= 0 else tail * -item.speed
    return handles_of(item.clip, item.start - passed, item.laid[1], cut.clock) or (0, 0)


def _section(analysis: Analysis, seconds: float | None) -> str:
    over = (s for s in analysis.sections if seconds is not None and s.start <= seconds < s.end)
    return next((section.name or section.label for section in over), "")


def _clips(cut: Cut) -> Iterator[otio.schema.Clip]:
    """Yield every clip of the picture tracks, also those that nothing is seen of."""
    for track in cut.timeline.video_tracks():
        yield from _pictures_in(track)


def _pictures_in(composition: Any) -> Iterator[otio.schema.Clip]:
    for child in composition:
        if isinstance(child, otio.schema.Clip):
            yield child
        elif isinstance(child, otio.core.Composition) and getattr(child, "kind", _VIDEO) == _VIDEO:
            yield from _pictures_in(child)


def _own(clip: Any) -> Metadata:
    return plain(own_block(clip.metadata)) or {}


def _write(clip: Any, block: Metadata) -> None:
    put(clip.metadata, {KEY: block})


def shots_of(cut: Cut) -> list[list[Any]]:
    """Return what of a human's shots makes its cut this cut and no other."""
    return [
        [item.first, item.frames, item.track, str(item.source), name_in(item.url)]
        for item in cut.items
    ]
