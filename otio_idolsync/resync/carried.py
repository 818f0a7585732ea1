"""Carry along what lies beside V1's shots when a newer plan moves them: titles, sounds, markers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import each, graft
from otio_idolsync.cut.model import Spine
from otio_idolsync.cut.otio_form import mark_of
from otio_idolsync.cut.place import Opened, along, open_track
from otio_idolsync.resync.model import Conflict, Cut, Item
from otio_idolsync.resync.pieces import Piece
from otio_idolsync.resync.sides import Lie
from otio_idolsync.resync.spine import is_song
from otio_idolsync.resync.versions import Versions
from otio_idolsync.timebase import Clock, Frames, whole_frames

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@dataclass(slots=True, eq=False)
class Shifts:
    """How much later each part of the edit lies in the merged cut."""

    starts: list[int] = field(default_factory=list)
    by: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Shifts:
        """Return the shifts of a merged cut."""
        rows = []
        for piece in pieces:
            if piece.item is not None:
                into = piece.low - piece.edit.low if isinstance(piece.edit, Lie) else 0
                rows.append((piece.item.first + into, piece.first))
        rows.sort()
        return cls([row[0] for row in rows], [row[1] - row[0] for row in rows])

    def at(self, frame: int) -> int:
        """Return by how many frames a frame of the edit was carried."""
        before = bisect_right(self.starts, frame)
        return self.by[before - 1] if before else 0

    @property
    def still(self) -> bool:
        """Whether nothing was carried anywhere."""
        return not any(self.by)

    def conflict(self, found: Conflict) -> Conflict:
        """Return a conflict with the frame to look at carried along."""
        if found.frame is None:
            return found
        return replace(found, frame=found.frame + self.at(found.frame))


def carry(
    after: Cut, versions: Versions, pieces: Sequence[Piece], items: Sequence[Item], shifts: Shifts
) -> Cut:
    """Return an edit as it would be, had it been made from the plan as it is now.

    Args:
        after: The edit.
        versions: What became of the plan meanwhile.
        pieces: The merged cut.
        items: The same as items of an edit.
        shifts: How much later each part of the edit lies in it.
    """
    edit, rate = after.timeline, after.clock.rate
    notes = list(after.notes)
    made = otio.schema.Timeline(edit.name, global_start_time=edit.global_start_time)
    for key in each(edit.metadata):
        graft(made.metadata, key, edit.metadata[key])
    for track in edit.audio_tracks():
        clips = [leaf.clip for leaf in open_track(track, rate).leaves]
        songs = [is_song(clip, versions.then.sheet.spine) for clip in clips]
        if clips and all(songs) and not versions.song_changed:
            made.tracks.append(track.deepcopy())
        elif not clips or not all(songs):
            silent = _without_song(track, versions.then.sheet.spine) if any(songs) else track
            made.tracks.append(_shifted(silent, shifts, after.clock, notes))
    made.tracks.markers.extend(_markers(after, versions, shifts))
    tracks = [
        replace(track, opened=_along(after, number, versions, pieces, shifts, notes))
        for number, track in enumerate(after.tracks)
    ]
    return replace(
        after, items=tuple(items), timeline=made, tracks=tuple(tracks), notes=tuple(notes)
    )


def _along(
    after: Cut,
    number: int,
    versions: Versions,
    pieces: Sequence[Piece],
    shifts: Shifts,
    notes: list[str],
) -> Opened:
    """Return the markers and transitions of a track where they now are."""
    opened = after.tracks[number].opened
    markers = [(at + shifts.at(int(at)), marker) for at, marker in opened.markers]
    if number:
        moved = [(at + shifts.at(int(at)), layer, one) for at, layer, one in opened.transitions]
    else:
        moved = _transitions(after, versions, pieces, shifts, notes)
    return Opened([], moved, markers)


def _transitions(
    after: Cut, versions: Versions, pieces: Sequence[Piece], shifts: Shifts, notes: list[str]
) -> list[tuple[Frames, int, Any]]:
    """Return the transitions whose cut is still there, and those that the plan has put in."""
    by_hand = after.transitions()
    known = {(t.transition_type, f) for f, t in versions.then.cut.transitions().items()}
    in_plan = {
        frame: one for frame, one in versions.now.cut.transitions().items()
        if (one.transition_type, frame) not in known
    }  # fmt: skip
    found: list[tuple[Frames, int, Any]] = [
        (at + shifts.at(int(at)), layer, one)
        for at, layer, one in after.tracks[0].opened.transitions
        if layer
    ]
    kept = 0
    for one, two in zip([None, *pieces], [*pieces, None], strict=True):
        own = _at_cut(by_hand, one and one.item, two and two.item)
        kept += own is not None
        own = own or _at_cut(in_plan, one and one.planned, two and two.planned)
        if own is not None:
            found.append((two.first if two else one.first + one.frames if one else 0, 0, own))
    if kept < len(by_hand):
        notes.append(
            f"{len(by_hand) - kept} of {len(by_hand)} transitions: the cut that they lay on is gone"
        )
    return found


def _at_cut(transitions: dict[int, Any], one: Any, two: Any) -> Any:
    """Return the transition between two items that one side has beside each other."""
    if not transitions or (one is None and two is None):
        return None
    if one is None or two is None:
        return transitions.get(two.first if two is not None else one.end)
    return transitions.get(two.first) if one.end == two.first else None


def _shifted(
    track: otio.schema.Track, shifts: Shifts, clock: Clock, notes: list[str]
) -> otio.schema.Track:
    """Return a track with its items carried along, gaps between them made longer or shorter."""
    made = track.deepcopy()
    if shifts.still:
        return made
    made.clear()
    applied, gap = 0, 0
    joined = False
    for one in along(track, clock.rate):
        child, at = one.item.deepcopy(), whole_frames(one.first)
        if isinstance(child, otio.schema.Transition):
            made.append(child)
            joined = True
            continue
        frames = whole_frames(one.end) - at
        if isinstance(child, otio.schema.Gap):
            gap += frames
        else:
            wanted = applied if joined else shifts.at(at)
            room = gap + wanted - applied
            if room < 0:
                notes.append(f"{child.name!r} on {track.name!r} lies {-room} frames late")
            if room > 0:
                made.append(otio.schema.Gap(duration=_RT(room, clock.otio_rate)))
            applied += max(room, 0) - gap
            gap = 0
            made.append(child)
        joined = False
    return made


def _without_song(track: otio.schema.Track, spine: Spine) -> otio.schema.Track:
    """Return a track with silence where the song lay."""
    made = track.deepcopy()
    for n, child in enumerate(made):
        if isinstance(child, otio.schema.Clip) and is_song(child, spine):
            made[n] = otio.schema.Gap(duration=child.duration())
    return made


def _markers(after: Cut, versions: Versions, shifts: Shifts) -> list[otio.schema.Marker]:
    """Return the edit's markers where they now are, without those of the exported plan."""
    known = {(mark.name, mark.frame) for mark in versions.then.sheet.marks}
    found = []
    for marker in after.timeline.tracks.markers:
        mark = mark_of(after.clock, marker)
        if (mark.name, mark.frame) in known:
            continue
        moved = marker.deepcopy()
        by = shifts.at(mark.frame)
        if by:
            start = _RT(mark.frame + by, after.clock.otio_rate)
            moved.marked_range = _TR(start, marker.marked_range.duration)
        found.append(moved)
    return found
