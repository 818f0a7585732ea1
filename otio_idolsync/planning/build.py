"""Make the sync sheet of a plan: castings become shots with ids, names and metadata."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.cut.model import MediaRef, SequenceName, Shot, Spine, SyncSheet
from otio_idolsync.cut.url import url_of
from otio_idolsync.media.model import STILL_SECONDS, MediaInfo
from otio_idolsync.media.names import spoken_name
from otio_idolsync.media.song import Song
from otio_idolsync.planning.marks import song_marks
from otio_idolsync.planning.model import Casting
from otio_idolsync.timebase import Clock

DEFAULT_PROVIDER = "puppet"


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What a plan was asked for, as it stands in the timeline's metadata.

    Attributes:
        clock: The timeline's frames and timecode.
        size: Width and height in pixels.
        pins: Forced cuts, seconds.
        choices: Everything else that decides the plan (pacing, seed, lead …), as plain JSON.
        relative_to: Folder to which media URLs are made relative; None for absolute ones.
    """

    clock: Clock
    size: tuple[int, int]
    pins: tuple[float, ...]
    choices: Metadata
    relative_to: Path | None = None

    def to_json(self) -> Metadata:
        """Return the ``settings`` of the timeline's metadata block."""
        return {
            "rate": str(self.clock.rate),
            "drop_frame": self.clock.drop_frame,
            "size": list(self.size),
            "pins": list(self.pins),
            **self.choices,
        }


def build_sheet(
    song: Song, analysis: Analysis, castings: Sequence[Casting], settings: PlanSettings
) -> SyncSheet:
    """Return the sync sheet of a cast plan."""
    clock, relative_to = settings.clock, settings.relative_to
    spine = spine_of(song, relative_to)
    shots = tuple(
        _shot(f"S{number:03d}", casting, settings, song.sample_rate)
        for number, casting in enumerate(castings, 1)
    )
    block = timeline_block(spine, analysis, settings, len(shots) + 1)
    block["plan_id"] = _plan_id(block, castings)
    marks = song_marks(analysis, clock, settings.pins)
    name = f"{spoken_name(song.path.stem)} cut"
    return SyncSheet(name, clock, settings.size, spine, shots, marks, block)


def spine_of(song: Song, relative_to: Path | None = None) -> Spine:
    """Return a song as the spine of a cut, its URL relative to a folder where one is given."""
    return Spine(
        url_of(song.path, relative_to), spoken_name(song.path.name), song.sha256,
        song.sample_rate, song.samples, song.stream if song.streams > 1 else None,
    )  # fmt: skip


def timeline_block(
    spine: Spine, analysis: Analysis, settings: PlanSettings, next_shot: int
) -> Metadata:
    """Return the metadata of a cut that is made to an analysed song; ``plan_id`` is yet to come."""
    return {
        "schema": "idolsync.timeline/1",
        "plan_id": "",
        "song": spine.to_json(),
        "grid": _grid(analysis),
        "structure": _structure(analysis),
        "settings": settings.to_json(),
        "next_shot": next_shot,
    }


def plan_id_of(block: Metadata, shots: Sequence[Sequence[Any]]) -> str:
    """Return the id of a cut, made of its song, grid, settings and shots."""
    decisive = [block["song"], block["grid"], block["settings"], shots]
    text = json.dumps(decisive, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def media_ref(media: MediaInfo, relative_to: Path | None = None) -> MediaRef:
    """Return the reference to a probed file."""
    if media.sequence is None:
        url = url_of(media.path, relative_to)
        return MediaRef("external", url, media.rate, media.start_frame, media.frames)
    named = media.sequence
    name = SequenceName(named.prefix, named.suffix, named.first, named.padding, named.step)
    url = url_of(named.folder, relative_to) + "/"
    return MediaRef("sequence", url, media.rate, media.start_frame, media.frames, name)


def slate_ref(clock: Clock) -> MediaRef:
    """Return the reference of a placeholder, which the renderer draws."""
    return MediaRef("slate", "", clock.rate, 0, clock.frames_within(STILL_SECONDS))


def _shot(shot_id: str, casting: Casting, settings: PlanSettings, sample_rate: int) -> Shot:
    slot, clock = casting.slot, settings.clock
    if casting.source is None:
        media, shown = slate_ref(clock), "slate"
    else:
        media, shown = media_ref(casting.source.media, settings.relative_to), casting.source.name
    start = clock.sample_at(slot.first_frame, sample_rate)
    end = clock.sample_at(slot.first_frame + slot.frames, sample_rate)
    block: Metadata = {
        "schema": "idolsync.clip/1",
        "shot_id": shot_id,
        "role": casting.role,
        "song_range": {"start_sample": start, "samples": end - start},
        "handles": {"head": casting.head, "tail": casting.tail},
        "reason": _reason(casting),
        "section": slot.section,
        "casting": casting.why,
    }
    if casting.source and casting.source.sync_offset is not None:
        block["sync_offset"] = casting.source.sync_offset
    lipsync = casting.role == "lipsync"
    if lipsync:
        block["lipsync"] = _lipsync(casting)
    label = f"{shot_id} {slot.section}".strip()
    return Shot(
        shot_id,
        f"{label} · {shown}",
        slot.first_frame,
        slot.frames,
        media,
        Fraction(casting.source_in),
        block,
        media if lipsync else None,
    )


def _lipsync(casting: Casting) -> Metadata:
    params: Metadata = {}
    if casting.source and casting.source.mouth:
        x, y, width = casting.source.mouth
        params["mouth"] = {"x": x, "y": y, "width": width}
    return {"provider": DEFAULT_PROVIDER, "params": params}


def _reason(casting: Casting) -> Metadata:
    slot = casting.slot
    return {
        "anchor": slot.anchor,
        "text": slot.text,
        "at": round(slot.start, 9),
        "beats": slot.beats,
        "energy": round(slot.energy, 4),
        "hold": [event.kind for event in slot.hold],
        "alternatives": [
            {"time": round(a.time, 6), "beat": a.beat, "cost": round(a.cost, 4), "why": a.why}
            for a in slot.alternatives
        ],
    }


def _grid(analysis: Analysis) -> Metadata:
    grid = analysis.grid
    return {
        "tempo_bpm": round(grid.tempo_bpm, 3),
        "beats": [round(float(t), 6) for t in grid.beats],
        "beat_numbers": [int(n) for n in grid.numbers],
        "bars": [int(n) for n in grid.bars],
    }


def _structure(analysis: Analysis) -> Metadata:
    whole: dict[str, Any] = analysis.to_json()
    return {part: whole[part] for part in ("sections", "events", "vocals")}


def _plan_id(block: Metadata, castings: Sequence[Casting]) -> str:
    shots = [
        [c.slot.first_frame, c.slot.frames, c.role, c.source_in]
        + ([c.source.name, spoken_name(c.source.media.path.name)] if c.source else [])
        for c in castings
    ]
    return plan_id_of(block, shots)
