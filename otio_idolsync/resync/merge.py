"""Make the next timeline: the human's cut, with what the plan knew of each shot put back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.resync.flatten import SLATE, clips_of, file_name
from otio_idolsync.resync.freshness import SongFrame
from otio_idolsync.resync.marks import Instruction, merged_markers
from otio_idolsync.resync.model import Cut
from otio_idolsync.resync.placed import Placed
from otio_idolsync.resync.spine import is_song
from otio_idolsync.timebase import Clock
from otio_idolsync.timeline.model import SyncSheet
from otio_idolsync.timeline.otio_form import KEY

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """All that goes into the next timeline.

    Attributes:
        plan: The planned timeline, flattened.
        sheet: The same as a sheet.
        edit: The edited timeline, flattened.
        placed: The human's cut.
        song_frame: Which song frame plays at a timeline frame.
        instructions: What markers tell the next plan or render.
        next_shot: The first number no shot has had.
        relock: Whether the song stays as the editor cut it.
    """

    plan: Cut
    sheet: SyncSheet
    edit: Cut
    placed: Sequence[Placed]
    song_frame: SongFrame
    instructions: Sequence[Instruction]
    next_shot: int
    relock: bool = False

    @property
    def clock(self) -> Clock:
        """The plan's frames and timecode."""
        return self.plan.clock


def next_timeline(merge: Merge) -> otio.schema.Timeline:
    """Return the merged timeline; neither the plan's nor the edit's is changed."""
    plan, edit = merge.plan.timeline, merge.edit.timeline
    made = otio.schema.Timeline(plan.name, global_start_time=plan.global_start_time)
    for key, value in edit.metadata.items():
        if key != KEY:
            made.metadata[key] = value
    block = copy.deepcopy(merge.sheet.metadata)
    block["next_shot"] = merge.next_shot
    if merge.instructions:
        block["instructions"] = [i.to_json() for i in merge.instructions]
    made.metadata[KEY] = block
    made.tracks.append(_picture(merge))
    over = [t for t in edit.video_tracks() if t is not merge.edit.track]
    made.tracks.extend([track.deepcopy() for track in over])
    made.tracks.extend(_sound(merge))
    made.tracks.markers.extend(merged_markers(merge.sheet, edit, merge.clock))
    return made


def _picture(merge: Merge) -> otio.schema.Track:
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for key, value in merge.edit.track.metadata.items():
        track.metadata[key] = value
    transitions = _transitions(merge)
    at = 0
    for one in merge.placed:
        if one.first > at:
            track.append(otio.schema.Gap(duration=_time(merge.clock, one.first - at)))
        if one.first in transitions:
            track.append(transitions.pop(one.first))
        track.append(_clip(merge, one))
        at = one.first + one.frames
    if at in transitions:
        track.append(transitions.pop(at))
    return track


def transition_frames(edit: Cut) -> dict[int, Any]:
    """Return the transitions of V1 by the timeline frame of their cut."""
    found, at = {}, Fraction(0)
    for child in edit.track:
        if isinstance(child, otio.schema.Transition):
            found[edit.clock.frame_at(at)] = child
        else:
            duration = child.trimmed_range().duration
            at += Fraction(duration.value) / Fraction(duration.rate)
    return found


def _transitions(merge: Merge) -> dict[int, Any]:
    return {frame: one.deepcopy() for frame, one in transition_frames(merge.edit).items()}


def _clip(merge: Merge, one: Placed) -> otio.schema.Clip:
    clock, edited, shot = merge.clock, one.item.clip, one.shot
    start = one.source
    clip = otio.schema.Clip(_name(one))
    if shot is not None:
        references = {k: r.deepcopy() for k, r in shot.clip.media_references().items()}
        clip.set_media_references(references, shot.clip.active_media_reference_key)
        start += shot.media_start or 0
    else:
        references = {k: r.deepcopy() for k, r in edited.media_references().items()}
        clip.set_media_references(references, edited.active_media_reference_key)
        start += one.item.media_start or 0
    clip.source_range = _TR(_RT(float(start), clock.otio_rate), _time(clock, one.frames))
    _give_available_range(clip)
    clip.enabled = one.item.enabled
    clip.effects.extend([effect.deepcopy() for effect in edited.effects])
    clip.markers.extend([m.deepcopy() for m in edited.markers if "@" not in m.name])
    for key, value in edited.metadata.items():
        if key != KEY:
            clip.metadata[key] = value
    clip.metadata[KEY] = _block(merge, one)
    return clip


def _name(one: Placed) -> str:
    """Return the human's name for a clip, or the plan's where the editor only put the file's."""
    report, item = one.report, one.item
    if report.pairing is None or "replaced" in report.changes:
        return item.name
    planned, shot = report.pairing.shot.name, report.pairing.shot
    files = {file_name(url) for url in (item.url, shot.url) if url}
    made_up = {"", SLATE.rstrip(":"), *files, *(file.rsplit(".", 1)[0] for file in files)}
    if report.parent:
        return planned.replace(report.parent, report.shot_id, 1)
    return planned if item.name in made_up or report.shot_id in item.name else item.name


def _give_available_range(clip: otio.schema.Clip) -> None:
    for reference in clip.media_references().values():
        if reference.available_range is None:
            reference.available_range = clip.source_range


def _block(merge: Merge, one: Placed) -> dict[str, Any]:
    report, clock = one.report, merge.clock
    planned = report.pairing.shot if report.pairing else None
    source = planned.block if planned else _copied(merge, one)
    block = copy.deepcopy(source) or {"role": "broll", "reason": _own_reason(one)}
    block["schema"] = "idolsync.clip/1"
    block["shot_id"] = report.shot_id
    if report.parent or report.copy_of:
        block["parent"] = report.parent or report.copy_of
    if "replaced" in report.changes:
        block["role"] = "broll"
        for key in ("lipsync", "sync_offset"):
            block.pop(key, None)
    moved = planned is None or one.first != planned.first
    if moved and isinstance(block.get("reason"), dict):
        block["reason"]["at"] = float(clock.seconds_at(one.first))
    block["song_range"] = _song_range(merge, one)
    head, tail = one.room
    block["handles"] = {"head": head, "tail": tail}
    told = [i.kind for i in merge.instructions if i.shot_id == report.shot_id]
    if told:
        block["instructions"] = list(dict.fromkeys(told))
    else:
        block.pop("instructions", None)
    if report.changes != ["kept"]:
        block["edited"] = list(report.changes)
    return block


def _copied(merge: Merge, one: Placed) -> dict[str, Any]:
    """Return the metadata of the shot that an added clip is a copy of, an empty one for none."""
    wanted = one.report.copy_of or one.report.parent
    return next((s.block for s in merge.plan.items if s.shot_id == wanted), {})


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


def _sound(merge: Merge) -> list[otio.schema.Track]:
    """Return the song, then the editor's own sound."""
    locked = merge.plan.timeline.audio_tracks()[0].deepcopy()
    tracks, own = [], []
    for track in merge.edit.timeline.audio_tracks():
        clips = [place.clip for place in clips_of(track)]
        songs = [clip for clip in clips if is_song(clip, merge.sheet.spine)]
        if songs and len(songs) == len(clips):
            own.append(track)
        elif clips:
            tracks.append(track.deepcopy())
    if merge.relock and own:
        locked = own[0].deepcopy()
        locked.name = "A1"
    return [locked, *tracks]


def _time(clock: Clock, frames: int) -> otio.opentime.RationalTime:
    return _RT(frames, clock.otio_rate)
