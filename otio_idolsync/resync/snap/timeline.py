"""Snap a timeline in place, and bring what is said of its shots up to date."""

from __future__ import annotations

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, Metadata, own_block, plain
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.song_pieces import pieces_in, to_the_end
from otio_idolsync.errors import TimelineError
from otio_idolsync.interchange.metadata import put
from otio_idolsync.planning.spoken import plural
from otio_idolsync.resync.flatten import flatten
from otio_idolsync.resync.grid import beats_of, snap_targets
from otio_idolsync.resync.marks import commands_in
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.resync.snap.lanes import edges_of, lanes_of, write_back
from otio_idolsync.resync.snap.moves import Row, Snap
from otio_idolsync.resync.told import Bearings, song_range

SNAPPED = "trimmed"
"""What a snap does to a shot, in the words of a re-sync."""


def snap_timeline(
    timeline: otio.schema.Timeline, sheet: SyncSheet, to: str, within: int
) -> list[Row]:
    """Move cuts of a timeline onto beats, in place, and return what became of each.

    Args:
        timeline: A cut of ours, nobody else's.
        sheet: Its song, markers and settings.
        to: ``beats`` or ``downbeats``.
        within: Greatest distance in frames.

    Raises:
        UsageError: ``to`` is neither.
        TimelineError: There is no beat grid.
    """
    clock, block = sheet.clock, sheet.metadata
    targets = snap_targets(to, beats_of(block, clock))
    if not targets:
        raise TimelineError(
            f"timeline {timeline.name!r} has no beat grid to snap to; idolsync adopt makes one of "
            "the song that it is cut to"
        )
    before = flatten(timeline, clock=clock)
    lanes, end = lanes_of(before), max(sum(item.laid) for item in before.items)
    snapping = Snap(lanes, clock, targets, within, _pins(before, sheet))
    rows = snapping.move(list(edges_of(lanes, end)))
    if any(row.moved for row in rows):
        write_back(lanes, clock)
        _bring_up_to_date(before, flatten(timeline, clock=clock), sheet)
    return rows


def _pins(cut: Cut, sheet: SyncSheet) -> dict[int, str]:
    """Return why a cut at a frame must stay, by the frame."""
    pins = {m.frame: "it is pinned" for m in sheet.marks if m.metadata.get("kind") == "pin"}
    told = [frame for kind, frame in commands_in(cut) if kind == "pin"]
    for item in cut.items:
        first, length = item.laid
        reason = item.block.get("reason") or {}
        if reason.get("anchor") == "pin":
            pins[first] = f"{item.shot_id} is pinned there"
        said = "pin" in (item.block.get("instructions") or ())
        if said or any(item.first <= frame < item.end for frame in told):
            pins |= dict.fromkeys((first, first + length), f"{item.shot_id or item.name} is pinned")
    return pins


def _bring_up_to_date(before: Cut, after: Cut, sheet: SyncSheet) -> None:
    """Write what has changed into the metadata of the shots whose ends were moved."""
    clock = sheet.clock
    pieces = to_the_end(pieces_in(sheet.metadata), clock, sheet.spine.seconds)
    bearings = Bearings.of(sheet.metadata, sheet.marks, clock, pieces)
    known = {id(item.clip): item for item in before.items}
    for now in after.items:
        was = known.get(id(now.clip))
        if was and (was.laid, was.first, was.end) != (now.laid, now.first, now.end):
            block = plain(own_block(now.clip.metadata)) or {}
            if "shot_id" in block:
                samples = song_range(
                    pieces, now.first, now.end if now.seen or not now.enabled else now.first,
                    clock, sheet.spine.sample_rate,
                )  # fmt: skip
                new = {"song_range": samples} | _said_anew(block, was, now, bearings)
                put(now.clip.metadata, {KEY: block | new})


def _said_anew(block: Metadata, was: Item, now: Item, bearings: Bearings) -> Metadata:
    """Return the handles, the reason and the edits of a shot as they are now."""
    head, length = now.laid[0] - was.laid[0], sum(now.laid) - sum(was.laid)
    room = block.get("handles") or {}
    reason = dict(block.get("reason") or {})
    if now.first != was.first:
        by = now.first - was.first
        moved = f"moved {plural(abs(by), 'frame')} {'later' if by > 0 else 'earlier'} by a snap"
        reason |= {
            "anchor": bearings.anchor(now.first),
            "text": f"{bearings.text(now.first)}, {moved}",
            "at": float(bearings.clock.seconds_at(now.first)),
            "alternatives": [],
        }
    reason["beats"] = bearings.beats_in(now.first, now.end)
    return {
        "handles": {
            "head": max(0, int(room.get("head", 0)) + head),
            "tail": max(0, int(room.get("tail", 0)) - length),
        },
        "reason": reason,
        "edited": list(dict.fromkeys((*(block.get("edited") or ()), SNAPPED))),
    }
