"""Make the next timeline: the human's cut, with what the plan knew of each shot put back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, each, graft, own_block
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import Known
from otio_idolsync.cut.url import name_in
from otio_idolsync.interchange.metadata import put
from otio_idolsync.resync.flatten import SLATE
from otio_idolsync.resync.freshness import SongFrame
from otio_idolsync.resync.marks import Instruction, merged_markers
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.resync.placed import Placed
from otio_idolsync.resync.sound_tracks import sound_tracks
from otio_idolsync.resync.spine import SpineReport
from otio_idolsync.timebase import Clock

_NOTHING = object()
_NUMBERED = re.compile(r"\[\d+-\d+\]")  # how EDLs write a sequence's numbers
_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """All that goes into the next timeline.

    Attributes:
        plan: The planned timeline, flattened.
        sheet: Its song, markers and settings, moved along when the song is the new spine.
        edit: The edited timeline, flattened.
        placed: The human's cut.
        over: Titles and the like, which go along as they are.
        shots: The plan's shots, by id.
        song_frame: Which song frame plays at a timeline frame.
        instructions: What markers tell the next plan or render.
        next_shot: The first number no shot has had.
        spine: Where the song lies in the edit.
        recut: Whether it stays as the editor cut it.
    """

    plan: Cut
    sheet: SyncSheet
    edit: Cut
    placed: Sequence[Placed]
    over: Sequence[Item]
    shots: Mapping[str, Item]
    song_frame: SongFrame
    instructions: Sequence[Instruction]
    next_shot: int
    spine: SpineReport
    recut: bool

    @property
    def clock(self) -> Clock:
        """The plan's frames and timecode."""
        return self.plan.clock


def next_timeline(merge: Merge) -> tuple[otio.schema.Timeline, Known]:
    """Return the merged timeline, and what of it need not be read again to make its sheet.

    Neither the plan's timeline nor the edit's is changed.
    """
    plan, edit = merge.plan.timeline, merge.edit.timeline
    made = otio.schema.Timeline(plan.name, global_start_time=plan.global_start_time)
    for key, value in edit.metadata.items():
        if key != KEY:
            graft(made.metadata, key, value)
    block = merge.sheet.metadata | {"next_shot": merge.next_shot}
    if merge.instructions:
        block["instructions"] = [i.to_json() for i in merge.instructions]
    if not merge.recut and KEY in plan.metadata:
        graft(made.metadata, KEY, plan.metadata[KEY])
    _rewrite(made.metadata, KEY, merge.sheet.metadata, block)
    blocks: list[list[dict[str, Any]]] = []
    for track, own in _pictures(merge):
        made.tracks.append(track)
        blocks.append(own)
    pictures: dict[str, list[tuple[int, Any]]] = {}
    for one in merge.placed:
        if one.shot:
            where = one.item.first, one.shot.clip.media_reference
            pictures.setdefault(one.item.name, []).append(where)
    sounds = sound_tracks(edit, plan, merge.sheet, merge.spine, merge.recut, pictures)
    made.tracks.extend(sounds)
    markers, marks = merged_markers(merge.sheet, merge.edit, None if merge.recut else plan)
    made.tracks.markers.extend(markers)
    return made, Known(blocks, marks)


def _pictures(merge: Merge) -> Iterator[tuple[otio.schema.Track, list[dict[str, Any]]]]:
    """Yield each picture track with our metadata of its clips, and above it what compounds held."""
    told: dict[str, list[str]] = {}
    for instruction in merge.instructions:
        told.setdefault(instruction.shot_id, []).append(instruction.kind)
    for number in range(len(merge.edit.tracks)):
        own = [one for one in merge.placed if one.item.track == number]
        for layer in sorted({0, *(one.item.layer for one in own)}):
            track = _track(merge, number, layer)
            here = [one for one in own if one.item.layer == layer]
            over = [] if layer else [item for item in merge.over if item.track == number]
            yield track, _fill(merge, track, _Lane(number, layer, here, over), told)


@dataclass(frozen=True, slots=True, eq=False)
class _Lane:
    """What lies on one track of the next timeline: shots, and titles that go along as they are."""

    track: int
    layer: int
    placed: Sequence[Placed]
    over: Sequence[Item]

    def in_order(self) -> list[tuple[int, int, Placed | Item]]:
        """Return the first frame, the length and the item of each, in time order."""
        rows: list[tuple[int, int, Placed | Item]] = [(p.first, p.frames, p) for p in self.placed]
        rows += [(*item.laid, item) for item in self.over]
        return sorted(rows, key=lambda row: row[0])


def _fill(
    merge: Merge, track: otio.schema.Track, lane: _Lane, told: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Put the clips of a track in, and return our metadata of each."""
    frames = merge.edit.transitions(lane.track, lane.layer)
    transitions = {frame: one.deepcopy() for frame, one in frames.items()}
    children: list[otio.core.Composable] = []
    blocks: list[dict[str, Any]] = []
    at = 0
    for first, length, one in lane.in_order():
        if first > at:
            children.append(otio.schema.Gap(duration=_time(merge.clock, first - at)))
        if first in transitions:
            children.append(transitions.pop(first))
        if isinstance(one, Item):
            children.append(one.clip.deepcopy())
            blocks.append({})
        else:
            clip, block = _known(merge, one, told)
            children.append(clip)
            blocks.append(block)
        at = first + length
    if at in transitions:
        children.append(transitions.pop(at))
    track.extend(children)
    return blocks


def _known(
    merge: Merge, one: Placed, told: dict[str, list[str]]
) -> tuple[otio.schema.Clip, dict[str, Any]]:
    """Return a clip with what the plan knows of its shot, and that as plain Python."""
    by_id = merge.shots
    known = by_id.get(one.report.copy_of or one.report.parent or "")
    origin = one.report.pairing.shot if one.report.pairing else known
    block = _block(merge, one, origin, told.get(one.report.shot_id, ()))
    clip = _clip(merge, one)
    planned = own_block(origin.clip.metadata) if origin else None
    if planned is not None and one.shot is None:
        graft(clip.metadata, KEY, planned)
    _rewrite(clip.metadata, KEY, origin.block if origin else {}, block)
    return clip, block


def _track(merge: Merge, number: int, layer: int) -> otio.schema.Track:
    """Return an empty track with all that the editor put on the track itself."""
    one = merge.edit.tracks[number]
    edited, names = one.track, [track.name for track in merge.edit.tracks]
    name = "V1" if number == 0 and "V1" not in names[1:] else one.name
    if layer:
        return otio.schema.Track(f"over {name} {layer}", kind=otio.schema.TrackKind.Video)
    track = otio.schema.Track(name, kind=otio.schema.TrackKind.Video)
    track.enabled = edited.enabled
    for key, value in edited.metadata.items():
        graft(track.metadata, key, value)
    _refill(track.effects, [effect.deepcopy() for effect in each(edited.effects)])
    _refill(track.markers, [marker.deepcopy() for marker in each(edited.markers)])
    return track


def _clip(merge: Merge, one: Placed) -> otio.schema.Clip:
    clock, edited, shot = merge.clock, one.item.clip, one.shot
    clip = (edited if shot is None else shot.clip).deepcopy()
    start = one.source + ((shot or one.item).media_start or 0)
    clip.name = _name(one)
    clip.source_range = _TR(_RT(float(start), clock.otio_rate), _time(clock, one.frames))
    _give_available_range(clip)
    track_is_on = merge.edit.tracks[one.item.track].track.enabled
    clip.enabled = one.item.enabled if track_is_on else edited.enabled
    if hasattr(clip, "color"):  # since OpenTimelineIO 0.18
        clip.color = edited.color
    _refill(clip.effects, [effect.deepcopy() for effect in each(edited.effects)])
    _refill(clip.markers, [m.deepcopy() for m in each(edited.markers) if "@" not in m.name])
    for key in list(each(clip.metadata)):
        if shot is None or key != KEY:
            del clip.metadata[key]
    for key in each(edited.metadata):
        if key != KEY:
            graft(clip.metadata, key, edited.metadata[key])
    return clip


def _refill(vector: Any, children: Sequence[Any]) -> None:
    if len(vector):
        del vector[:]
    if children:
        vector.extend(children)


def _rewrite(metadata: Any, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Write a block over another, touching only what differs."""
    if name in each(metadata):
        _change(metadata[name], old, new)
    else:
        put(metadata, {name: new})


def _change(there: Any, old: dict[str, Any], new: dict[str, Any]) -> None:
    for key in old.keys() - new.keys():
        del there[key]
    for key, value in new.items():
        before = old.get(key, _NOTHING)
        if before == value:
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            _change(there[key], before, value)
        else:
            put(there, {key: value})


def _name(one: Placed) -> str:
    """Return the human's name for a clip, or the plan's where the editor only put the file's."""
    report, item = one.report, one.item
    if report.pairing is None or "replaced" in report.changes:
        return item.name
    planned = report.pairing.shot.name
    if report.parent:
        return planned.replace(report.parent, report.shot_id, 1)
    urls = (item.url, report.pairing.shot.url)
    return planned if is_made_up(item.name, report.shot_id, urls) else item.name


def is_made_up(name: str, shot_id: str, urls: Sequence[str]) -> bool:
    """Return whether a clip's name is no human's: the planned one, or the name of its file."""
    files = {name_in(url) for url in urls if url}
    stems = {file.rsplit(".", 1)[0] for file in files}
    name = _NUMBERED.sub("#", name)
    return name in {"", SLATE.rstrip(":"), *files, *stems} or shot_id in name


def _give_available_range(clip: otio.schema.Clip) -> None:
    for reference in clip.media_references().values():
        if reference.available_range is None:
            reference.available_range = clip.source_range


def _block(merge: Merge, one: Placed, origin: Item | None, told: Sequence[str]) -> dict[str, Any]:
    """Return our metadata of a clip.

    Args:
        merge: The plan and the edit.
        one: Where the clip lies.
        origin: The shot that it is, or is a copy or a piece of; None where there is none.
        told: Instructions for it.
    """
    report, clock = one.report, merge.clock
    block = dict(origin.block if origin else {}) or {
        "role": "broll",
        "reason": _own_reason(one),
    }
    block["schema"] = "idolsync.clip/1"
    block["shot_id"] = report.shot_id
    if report.parent or report.copy_of:
        block["parent"] = report.parent or report.copy_of
    if "replaced" in report.changes:
        block["role"] = "broll"
        for key in ("lipsync", "sync_offset"):
            block.pop(key, None)
    moved = report.pairing is None or one.first != report.pairing.shot.first
    if moved and isinstance(block.get("reason"), dict):
        block["reason"] = block["reason"] | {"at": float(clock.seconds_at(one.first))}
    block["song_range"] = _song_range(merge, one)
    head, tail = one.room
    block["handles"] = {"head": head, "tail": tail}
    if told:
        block["instructions"] = list(dict.fromkeys(told))
    else:
        block.pop("instructions", None)
    if report.changes != ["kept"]:
        block["edited"] = list(report.changes)
    return block


def _own_reason(one: Placed) -> dict[str, Any]:
    return {
        "anchor": "start" if one.first == 0 else "editor",
        "text": f"added by the editor: {one.item.name or one.item.media}",
        "at": 0.0,
        "beats": 0,
        "energy": 0.0,
        "hold": [],
        "alternatives": [],
    }


def _song_range(merge: Merge, one: Placed) -> dict[str, int]:
    rate, clock = merge.sheet.spine.sample_rate, merge.clock
    begin = merge.song_frame(one.first)
    first = max(0, one.first if begin is None else begin)
    start = clock.sample_at(first, rate)
    return {"start_sample": start, "samples": clock.sample_at(first + one.frames, rate) - start}


def _time(clock: Clock, frames: int) -> otio.opentime.RationalTime:
    return _RT(frames, clock.otio_rate)
