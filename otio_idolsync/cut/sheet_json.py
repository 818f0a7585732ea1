"""The sync sheet as JSON, ``idolsync.sync/1``: small enough to read, whole enough to rebuild."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.blocks import known_block
from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.cut.model import NO_SONG, Mark, MediaRef, SequenceName, Shot, Spine, SyncSheet
from otio_idolsync.cut.song_pieces import SongPiece, pieces_in
from otio_idolsync.errors import TimelineError, UsageError, reason
from otio_idolsync.timebase import Clock, media_rate

SCHEMA = "idolsync.sync/1"
LEFT_OUT = "left_out"
# whatever indents is written in Python, and takes ten times as long
_encode = json.JSONEncoder(ensure_ascii=False).encode


def sheet_to_json(sheet: SyncSheet) -> dict[str, Any]:
    """Return the JSON object of a sheet, events in time order (audio, then cut, then marker)."""
    clock = sheet.clock
    events = [*_audio_events(sheet), *(_cut_event(clock, s) for s in sheet.shots)]
    events += [_marker_event(clock, m) for m in sheet.marks]
    order = {"audio": 0, "cut": 1, "marker": 2}
    events.sort(key=lambda e: (e["frame"], order[e["type"]]))
    return {
        "schema": SCHEMA,
        "name": sheet.name,
        "song": {
            "url": sheet.spine.url,
            "name": sheet.spine.name,
            **sheet.spine.to_json(),
            "duration": float(sheet.spine.seconds),
        },
        "rate": str(clock.rate),
        "size": list(sheet.size),
        "start_timecode": clock.timecode(0),
        "drop_frame": clock.drop_frame,
        "metadata": sheet.metadata,
        "events": events,
    }


def sheet_text(sheet: SyncSheet, left_out: Sequence[str] | None = None) -> str:
    """Return the sheet as the text of an ``.idolsync`` file, an event a line.

    Args:
        sheet: The cut.
        left_out: Beside a movie: what of the cut the movie does not show.
    """
    whole = sheet_to_json(sheet)
    whole |= {} if left_out is None else {LEFT_OUT: list(left_out)}
    events = ",\n".join(map(_encode, whole.pop("events")))
    head = "".join(f"{_encode(key)}: {_encode(value)},\n" for key, value in whole.items())
    return f'{{\n{head}"events": [\n{events}\n]}}\n'


def _at(clock: Clock, frame: int, seconds: float | None = None) -> dict[str, Any]:
    at = float(clock.seconds_at(frame)) if seconds is None else seconds
    return {"at": at, "frame": frame, "timecode": clock.timecode(frame)}


def _audio_events(sheet: SyncSheet) -> list[dict[str, Any]]:
    whole = SongPiece(0, sheet.clock.frames_within(sheet.spine.seconds), 0)
    pieces = pieces_in(sheet.metadata)
    if sheet.spine == NO_SONG:
        return []
    return [
        _at(sheet.clock, piece.record)
        | {
            "type": "audio",
            "shot_id": None,
            "media": sheet.spine.url,
            "source_in": piece.song,
            "source_out": piece.song_frame(piece.end),
            "reason": "a piece of the locked song" if pieces else "the locked song",
        }
        for piece in pieces or (whole,)
    ]


def _cut_event(clock: Clock, shot: Shot) -> dict[str, Any]:
    reason = shot.metadata.get("reason", {})
    event = _at(clock, shot.first_frame, reason.get("at")) | {
        "type": "cut",
        "shot_id": shot.shot_id,
        "media": shot.media.url,
        "source_in": _plain(shot.source_in),
        "source_out": _plain(shot.source_in + shot.frames),
        "reason": reason.get("text", ""),
        "name": shot.name,
        "frames": shot.frames,
        "enabled": shot.enabled,
        "reference": _reference(shot.media),
        "metadata": shot.metadata,
    }
    if shot.track:
        event["track"] = shot.track
    if shot.face:
        event["face"] = _reference(shot.face)
    return event


def _marker_event(clock: Clock, mark: Mark) -> dict[str, Any]:
    return _at(clock, mark.frame, mark.metadata.get("time")) | {
        "type": "marker",
        "shot_id": None,
        "media": None,
        "source_in": None,
        "source_out": None,
        "reason": mark.comment,
        "name": mark.name,
        "frames": mark.frames,
        "color": mark.color,
        "metadata": mark.metadata,
    }


def _reference(media: MediaRef) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": media.kind,
        "url": media.url,
        "rate": str(media.rate),
        "start_frame": media.start_frame,
        "frames": media.frames,
    }
    if media.sequence:
        data["sequence"] = {
            n: getattr(media.sequence, n) for n in SequenceName.__dataclass_fields__
        }
    return data


def _plain(value: Fraction) -> int | str:
    """A whole number as it is; a fraction of a frame (from foreign timelines) as text."""
    return value.numerator if value.denominator == 1 else str(value)


def sheet_from_json(data: Any) -> SyncSheet:
    """Return the sheet that a JSON object holds.

    Raises:
        TimelineError: No sync sheet, a newer version, or a field that is missing or wrong.
    """
    if not isinstance(data, dict) or "schema" not in data:
        raise TimelineError(f"this is no sync sheet: it is not a JSON object with schema {SCHEMA}")
    known_block(data, "sync")
    try:
        clock = _clock(data)
        song = data["song"]
        spine = Spine(
            str(song["url"]),
            str(song["name"]),
            str(song["sha256"]),
            int(song["sample_rate"]),
            int(song["samples"]),
            int(song["audio_stream"]) if "audio_stream" in song else None,
        )
        events = data["events"]
        shots = tuple(_shot(e) for e in events if e["type"] == "cut")
        marks = tuple(_mark(e) for e in events if e["type"] == "marker")
        width, height = (int(n) for n in data["size"])
        metadata = known_block(data.get("metadata"), "timeline")
        sheet = SyncSheet(
            str(data.get("name", "")), clock, (width, height), spine, shots, marks, metadata
        )
    except (LookupError, TypeError, ValueError, ArithmeticError, UsageError) as error:
        raise TimelineError(
            f"the sync sheet has a missing or wrong field: {reason(error)}"
        ) from error
    _check_contiguous(sheet)
    return sheet


def sheet_from_text(text: str) -> SyncSheet:
    """Return the sheet that the text of an ``.idolsync`` file holds.

    Raises:
        TimelineError: No JSON, or no sync sheet.
    """
    return sheet_from_json(parse_json(text, "the sync sheet"))


def _clock(data: dict[str, Any]) -> Clock:
    clock = Clock.at(data["rate"], bool(data.get("drop_frame", False)))
    begin = clock.count_at_timecode(str(data["start_timecode"]))
    return clock if begin == clock.start_frame else replace(clock, begin=begin)


def _shot(event: dict[str, Any]) -> Shot:
    return Shot(
        str(event["shot_id"]),
        str(event["name"]),
        int(event["frame"]),
        int(event["frames"]),
        _media(event["reference"]),
        Fraction(event["source_in"]),
        known_block(event.get("metadata"), "clip"),
        _media(event["face"]) if event.get("face") else None,
        bool(event.get("enabled", True)),
        int(event.get("track", 0)),
    )


def _mark(event: dict[str, Any]) -> Mark:
    return Mark(
        str(event["name"]),
        int(event["frame"]),
        int(event["frames"]),
        str(event["color"]),
        str(event["reason"]),
        dict(event.get("metadata") or {}),
    )


def _media(data: dict[str, Any]) -> MediaRef:
    sequence = SequenceName(**data["sequence"]) if data.get("sequence") else None
    return MediaRef(
        data["kind"],
        str(data["url"]),
        media_rate(Fraction(data["rate"])),
        int(data["start_frame"]),
        int(data["frames"]),
        sequence,
    )


def _check_contiguous(sheet: SyncSheet) -> None:
    at = 0
    for shot in sheet.shots:
        if shot.first_frame != at or shot.frames < 1:
            raise TimelineError(
                f"the cuts of the sync sheet do not join: {shot.shot_id or shot.name} starts at "
                f"frame {shot.first_frame} and lasts {shot.frames}, expected to start at {at}"
            )
        at += shot.frames
