"""Between the sync sheet and a native OTIO timeline; OTIO's border for time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio
from opentimelineio._otio import PyAny

from otio_idolsync.cut.model import (
    Mark,
    MediaRef,
    SequenceName,
    Shot,
    Spine,
    SyncSheet,
    known_block,
)
from otio_idolsync.cut.song_pieces import SongPiece, pieces_in
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.timebase import Clock, exact_seconds, media_rate, parse_rate

KEY = "idolsync"
SLATE = "slate"
_SIMPLE = frozenset({str, int, float, bool, type(None)})
_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def timeline_of(sheet: SyncSheet) -> otio.schema.Timeline:
    """Return the native timeline of a sheet: V1, the song on A1, markers on the stack."""
    clock = sheet.clock
    timeline = otio.schema.Timeline(sheet.name, global_start_time=_time(clock, clock.start_frame))
    timeline.metadata[KEY] = sheet.metadata
    picture = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    picture.extend([_clip(clock, shot) for shot in sheet.shots])
    sound.extend(_song_items(clock, sheet.spine, pieces_in(sheet.metadata)))
    timeline.tracks.extend([picture, sound])
    timeline.tracks.markers.extend([marker_of(clock, mark) for mark in sheet.marks])
    return timeline


def _time(clock: Clock, frame: int) -> otio.opentime.RationalTime:
    return _RT(frame, clock.otio_rate)


def _clip(clock: Clock, shot: Shot) -> otio.schema.Clip:
    source_in = shot.media.start * clock.rate + shot.source_in
    start = _RT(float(source_in), clock.otio_rate)
    clip = otio.schema.Clip(
        shot.name, _reference(shot.media), _TR(start, _time(clock, shot.frames))
    )
    if shot.face:
        active = clip.active_media_reference_key
        clip.set_media_references(
            {active: _reference(shot.media), "face": _reference(shot.face)}, active
        )
    clip.enabled = shot.enabled
    clip.metadata[KEY] = shot.metadata
    return clip


def _reference(media: MediaRef) -> otio.core.MediaReference:
    rate = float(media.rate)
    available = _TR(_RT(media.start_frame, rate), _RT(media.frames, rate))
    if media.kind == "slate":
        reference = otio.schema.GeneratorReference(SLATE, SLATE, available, {})
    elif media.kind == "missing":
        reference = otio.schema.MissingReference("", available)
    elif media.sequence:
        name = media.sequence
        reference = otio.schema.ImageSequenceReference(
            target_url_base=media.url,
            name_prefix=name.prefix,
            name_suffix=name.suffix,
            start_frame=name.first,
            frame_step=name.step,
            rate=rate,
            frame_zero_padding=name.padding,
            available_range=available,
        )
    else:
        reference = otio.schema.ExternalReference(media.url, available)
    return reference


def _song_items(
    clock: Clock, spine: Spine, pieces: Sequence[SongPiece]
) -> Iterator[otio.core.Item]:
    """Yield what lies on A1: the song, or its pieces with the silence between them."""
    if not pieces:
        yield _song_clip(clock, spine)
    at, whole = 0, clock.frames_within(spine.seconds)
    for piece, following in itertools.zip_longest(pieces, pieces[1:]):
        end = min(piece.end, following.record) if following else piece.end
        if piece.speed == 1:  # its last frame is seldom a whole one, and no clip outlasts its media
            end = min(end, piece.record + max(1, whole - piece.song))
        if piece.record > at:
            yield otio.schema.Gap(duration=_time(clock, piece.record - at))
        clip = _song_clip(clock, spine)
        length = _time(clock, end - piece.record)
        clip.source_range = _TR(_time(clock, piece.song), length)
        if piece.speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp("", float(piece.speed)))
        yield clip
        at = end


def _song_clip(clock: Clock, spine: Spine) -> otio.schema.Clip:
    rate = float(spine.sample_rate)
    available = _TR(_RT(0, rate), _RT(spine.samples, rate))
    whole = _TR(_time(clock, 0), _time(clock, clock.frames_within(spine.seconds)))
    clip = otio.schema.Clip(spine.name, otio.schema.ExternalReference(spine.url, available), whole)
    clip.metadata[KEY] = {
        "schema": "idolsync.song/1",
        "sha256": spine.sha256,
        "sample_rate": spine.sample_rate,
        "samples": spine.samples,
    }
    return clip


def marker_of(clock: Clock, mark: Mark) -> otio.schema.Marker:
    """Return a mark as an OTIO marker."""
    spanned = _TR(_time(clock, mark.frame), _time(clock, mark.frames))
    marker = otio.schema.Marker(mark.name, spanned, mark.color, {KEY: mark.metadata})
    marker.comment = mark.comment
    return marker


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What its maker knows of a timeline, so that it need not be read out of OTIO's types again.

    Attributes:
        blocks: Our metadata of each item of V1 that is no transition, {} where it has none.
        marks: The timeline's markers.
    """

    blocks: Sequence[dict[str, Any]]
    marks: Sequence[Mark]


def sheet_of(
    timeline: otio.schema.Timeline, known: Known | None = None
) -> tuple[SyncSheet, tuple[str, ...]]:
    """Return the sheet of a timeline, and a sentence for each thing that a sheet cannot carry.

    Args:
        timeline: The timeline.
        known: Spares reading what the caller has just written.

    Raises:
        TimelineError: There is no V1 or no song on A1, or a metadata block is newer than we know.
    """
    sheet = bare_sheet_of(timeline, known.marks if known else None)
    video, losses = timeline.video_tracks(), list[str]()
    shots = _shots(sheet.clock, video[0], losses, known)
    beyond = [*video[1:], *timeline.audio_tracks()[1:]]
    losses += [f"track {track.name!r} is not carried" for track in beyond]
    return replace(sheet, shots=tuple(shots)), tuple(losses)


def bare_sheet_of(timeline: otio.schema.Timeline, marks: Sequence[Mark] | None = None) -> SyncSheet:
    """Return the sheet of a timeline without its shots.

    Args:
        timeline: The timeline.
        marks: Its markers, where the caller knows them.

    Raises:
        TimelineError: There is no V1 or no song on A1, or the metadata is newer than we know.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    video = timeline.video_tracks()
    if not video or not len(video[0]):
        raise TimelineError(f"timeline {timeline.name!r} has no picture on V1")
    clock = clock_of(timeline, block)
    size = tuple(block.get("settings", {}).get("size") or (1920, 1080))
    return SyncSheet(
        timeline.name,
        clock,
        (int(size[0]), int(size[1])),
        _spine(timeline, block),
        (),
        tuple(marks_of(timeline, clock) if marks is None else marks),
        block,
    )


def marks_of(timeline: otio.schema.Timeline, clock: Clock) -> tuple[Mark, ...]:
    """Return the markers of a timeline in whole frames."""
    return tuple(mark_of(clock, marker) for marker in timeline.tracks.markers)


def clock_of(timeline: otio.schema.Timeline, block: dict[str, Any]) -> Clock:
    """Return a timeline's clock: its settings, else its start time's rate, else V1's commonest."""
    settings = block.get("settings", {})
    start = timeline.global_start_time
    try:
        if "rate" in settings:
            clock = Clock.at(settings["rate"], settings.get("drop_frame"))
        elif start:
            clock = Clock(parse_rate(start.rate))
        else:
            return Clock(parse_rate(_commonest_rate(timeline)))
        begin = round(exact_seconds(start) * clock.rate) if start else clock.start_frame
        return clock if begin == clock.start_frame else replace(clock, begin=begin)
    except UsageError as error:
        raise TimelineError(f"timeline {timeline.name!r}: {error}") from error


def _commonest_rate(timeline: otio.schema.Timeline) -> float:
    """Return the rate of most items of V1, or of the first track where there is none."""
    for track in (*timeline.video_tracks(), *timeline.audio_tracks()):
        rates: list[float] = [item.duration().rate for item in track]
        if rates:
            return max(set(rates), key=rates.count)
    raise UsageError("there is nothing on its tracks, so that its rate is unknown")


def _shots(
    clock: Clock, track: otio.schema.Track, losses: list[str], known: Known | None
) -> list[Shot]:
    shots: list[Shot] = []
    at = Fraction(0)
    for item in track:
        if isinstance(item, otio.schema.Transition):
            losses.append(f"transition {item.name!r} at {clock.timecode(clock.frame_at(at))}")
            continue
        first = clock.frame_at(at)
        at += exact_seconds(item.duration())
        frames = clock.frame_at(at) - first
        if len(item.effects):
            losses.append(f"effects of {item.name!r}: {', '.join(e.name for e in item.effects)}")
        block = known.blocks[len(shots)] if known else plain(item.metadata.get(KEY))
        shots.append(_shot(clock, item, first, frames, known_block(block, "clip")))
    return shots


def _shot(
    clock: Clock, item: otio.core.Item, first: int, frames: int, block: dict[str, Any]
) -> Shot:
    shot_id = str(block.get("shot_id", ""))
    if not isinstance(item, otio.schema.Clip):
        media = MediaRef("missing", "", clock.rate, 0, frames)
        return Shot(shot_id, item.name, first, frames, media, Fraction(0), block, None, False)
    start = exact_seconds(item.trimmed_range().start_time)
    media = _media(item.media_reference, clock, start, frames)
    face = item.media_references().get("face")
    return Shot(
        shot_id,
        item.name,
        first,
        frames,
        media,
        (start - media.start) * clock.rate,
        block,
        _media(face, clock, start, frames) if face else None,
        item.enabled,
    )


def _media(
    reference: otio.core.MediaReference | None, clock: Clock, start: Fraction, frames: int
) -> MediaRef:
    available = reference.available_range if reference else None  # None: no media were named
    if available:
        rate = media_rate(available.start_time.rate)
        first = round(available.start_time.value)
        length = round(available.duration.value)
    else:
        rate, first, length = clock.rate, clock.frame_at(start), frames
    if isinstance(reference, otio.schema.ImageSequenceReference):
        name = SequenceName(
            reference.name_prefix,
            reference.name_suffix,
            reference.start_frame,
            reference.frame_zero_padding,
            reference.frame_step,
        )
        return MediaRef("sequence", reference.target_url_base, rate, first, length, name)
    if isinstance(reference, otio.schema.ExternalReference):
        return MediaRef("external", reference.target_url, rate, first, length)
    slate = isinstance(reference, otio.schema.GeneratorReference)
    return MediaRef("slate" if slate else "missing", "", rate, first, length)


def _spine(timeline: otio.schema.Timeline, block: dict[str, Any]) -> Spine:
    clip = song_clip_of(timeline)
    if clip is None:
        raise TimelineError(f"timeline {timeline.name!r} has no song on A1")
    url = getattr(clip.media_reference, "target_url", None) or ""
    known = block.get("song") or plain(clip.metadata.get(KEY)) or {}
    available = getattr(clip.media_reference, "available_range", None) or clip.trimmed_range()
    rate = int(known.get("sample_rate", round(available.duration.rate)))
    samples = known.get("samples", round(exact_seconds(available.duration) * rate))
    return Spine(url, clip.name, str(known.get("sha256", "")), rate, int(samples))


def song_clip_of(timeline: otio.schema.Timeline) -> otio.schema.Clip | None:
    """Return the first clip of the song on A1, else whatever lies there first."""
    clips = [clip for track in timeline.audio_tracks()[:1] for clip in track.find_clips()]
    ours = (clip for clip in clips if own_block(clip.metadata))
    return next(ours, clips[0] if clips else None)


def mark_of(clock: Clock, marker: otio.schema.Marker) -> Mark:
    """Return a marker in whole frames."""
    spanned = marker.marked_range
    first = clock.frame_at(exact_seconds(spanned.start_time))
    lasts = exact_seconds(spanned.duration)
    end = clock.frame_at(exact_seconds(spanned.start_time) + lasts) if lasts else first
    block = plain(own_block(marker.metadata)) or {}
    return Mark(marker.name, first, end - first, marker.color, marker.comment, block)


def plain(value: Any) -> Any:
    """Return OTIO's dictionaries and vectors as Python's own, so that they outlive the timeline."""
    if type(value) in _SIMPLE:
        return value
    if hasattr(value, "items"):
        return {str(k): plain(value[k]) for k in each(value)}
    if isinstance(value, str | otio.core.SerializableObject) or not hasattr(value, "__iter__"):
        return value
    return [plain(v) for v in each(value)]


def each(container: Any) -> Iterator[Any]:
    """Return the entries of one of OTIO's vectors, or the keys of one of its dictionaries.

    It stops by count: the exception that OTIO ends its own iterators with takes ten microseconds.
    """
    return itertools.islice(container, len(container))


def own_block(metadata: Any) -> Any:
    """Return our block in an OTIO object's metadata, None where there is none."""
    return metadata[KEY] if KEY in each(metadata) else None


def graft(metadata: Any, key: str, value: Any) -> None:
    """Copy a value out of one OTIO object's metadata into another's.

    Plain assignment rebuilds it through Python, entry by entry, which takes twenty times as long.
    """
    metadata[key] = PyAny(value)
