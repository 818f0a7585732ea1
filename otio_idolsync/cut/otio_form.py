"""Between the sync sheet and a native OTIO timeline; OTIO's border for time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, Metadata, known_block, own_block, plain
from otio_idolsync.cut.model import NO_SONG, Mark, MediaRef, Shot, Spine, SyncSheet
from otio_idolsync.cut.pictures import Hides, pictures
from otio_idolsync.cut.rate import rate_of
from otio_idolsync.cut.song_pieces import Heard, SongPiece, heard_noted, pieces_in
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.media.size import planned_size
from otio_idolsync.timebase import (
    Clock,
    exact_seconds,
    media_rate,
    whole_frames,
    whole_samples,
)

SONG = "idolsync.song/1"
SLATE = "slate"
_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def timeline_of(sheet: SyncSheet) -> otio.schema.Timeline:
    """Return the native timeline of a sheet: its pictures, the song on A1, markers on the stack."""
    clock = sheet.clock
    timeline = otio.schema.Timeline(sheet.name, global_start_time=_time(clock, clock.start_frame))
    timeline.metadata[KEY] = sheet.metadata
    for number in range(1 + max((shot.track for shot in sheet.shots), default=0)):
        track = otio.schema.Track(f"V{number + 1}", kind=otio.schema.TrackKind.Video)
        track.extend(list(_on_track(clock, sheet.shots, number)))
        timeline.tracks.append(track)
    sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    sound.extend(_song_items(clock, sheet.spine, pieces_in(sheet.metadata)))
    timeline.tracks.append(sound)
    timeline.tracks.markers.extend([marker_of(clock, mark) for mark in sheet.marks])
    return timeline


def _on_track(clock: Clock, shots: Sequence[Shot], number: int) -> Iterator[otio.core.Item]:
    """Yield what lies on a track, gaps where other tracks have the shots."""
    at = 0
    for shot in shots:
        if shot.track == number:
            if shot.first_frame > at:
                yield otio.schema.Gap(duration=_time(clock, shot.first_frame - at))
            yield _clip(clock, shot)
            at = shot.first_frame + shot.frames


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


def song_track(sheet: SyncSheet) -> otio.schema.Track:
    """Return A1 with the song of a sheet, in its pieces where it was cut."""
    sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    sound.extend(list(_song_items(sheet.clock, sheet.spine, pieces_in(sheet.metadata))))
    return sound


def _song_items(
    clock: Clock, spine: Spine, pieces: Sequence[SongPiece]
) -> Iterator[otio.core.Item]:
    """Yield what lies on A1: the song, or its pieces with the silence between them."""
    if not pieces and spine != NO_SONG:
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
    clip.metadata[KEY] = song_block(spine)
    return clip


def song_block(spine: Spine, heard: Sequence[Heard] = ()) -> Metadata:
    """Return the metadata of a clip that plays the song.

    Args:
        spine: The song.
        heard: Where in the clip's file it is heard, where that is not the song's own.
    """
    rows = {"heard": [one.to_json() for one in heard]} if heard else {}
    return {"schema": SONG, **spine.to_json(), **rows}


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
        blocks: Of each picture track, our metadata of its clips, {} where one has none.
        marks: The timeline's markers.
    """

    blocks: Sequence[Sequence[dict[str, Any]]]
    marks: Sequence[Mark]


def sheet_of(
    timeline: otio.schema.Timeline,
    known: Known | None = None,
    hides: Hides | None = None,
    silent: bool = False,
) -> tuple[SyncSheet, tuple[str, ...]]:
    """Return the sheet of a timeline, and a sentence for each thing that a sheet cannot carry.

    Args:
        timeline: The timeline.
        known: Spares reading what the caller has just written.
        hides: Tells whether a clip hides what lies beneath; by default, every clip with a file.
        silent: Whether it may be one without a song.

    Raises:
        TimelineError: There is no V1 or no song on A1, or a metadata block is newer than we know.
    """
    sheet = bare_sheet_of(timeline, known.marks if known else None, silent)
    losses: list[str] = []
    shots = pictures(timeline, sheet.clock, losses, known.blocks if known else None, hides)
    song_track, _clip = song_place_of(timeline) or (0, None)
    losses += [
        f"track {track.name!r} is not carried"
        for number, track in enumerate(timeline.audio_tracks())
        if number != song_track
    ]
    return replace(sheet, shots=shots), tuple(losses)


def bare_sheet_of(
    timeline: otio.schema.Timeline, marks: Sequence[Mark] | None = None, silent: bool = False
) -> SyncSheet:
    """Return the sheet of a timeline without its shots.

    Args:
        timeline: The timeline.
        marks: Its markers, where the caller knows them.
        silent: Whether it may be one without a song.

    Raises:
        TimelineError: There is no V1 or no song on A1, or the metadata is newer than we know.
    """
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    video = timeline.video_tracks()
    if not any(len(track) for track in video):
        raise TimelineError(f"timeline {timeline.name!r} has no picture on any track")
    clock = clock_of(timeline, block)
    size = planned_size(block.get("settings") or {}) or (1920, 1080)
    return SyncSheet(
        timeline.name,
        clock,
        size,
        NO_SONG if silent and song_clip_of(timeline) is None else spine_in(timeline, block),
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
    tracks = (*timeline.video_tracks(), *timeline.audio_tracks())
    rates = ((item.duration().rate for item in track) for track in tracks)
    try:
        rate = rate_of(settings, start.rate if start else None, rates)
        if rate is None:
            raise UsageError("there is nothing on its tracks, so that its rate is unknown")
        clock = Clock(rate)
        if "rate" in settings:
            clock = Clock.at(settings["rate"], settings.get("drop_frame"))
        begin = whole_frames(exact_seconds(start) * clock.rate) if start else clock.start_frame
        return clock if begin == clock.start_frame else replace(clock, begin=begin)
    except UsageError as error:
        raise TimelineError(f"timeline {timeline.name!r}: {error}") from error


def spine_in(timeline: otio.schema.Timeline, block: dict[str, Any]) -> Spine:
    """Return the song of a timeline, whichever sound track it lies on.

    Args:
        timeline: The timeline.
        block: Our metadata of it, {} where there is none.

    Raises:
        TimelineError: There is no sound, or the song has no length.
    """
    clip = song_clip_of(timeline)
    if clip is None:
        raise TimelineError(f"timeline {timeline.name!r} has no song on A1")
    url = getattr(clip.media_reference, "target_url", None) or ""
    own = plain(clip.metadata.get(KEY)) or {}
    known = block.get("song") or own
    available = getattr(clip.media_reference, "available_range", None) or clip.trimmed_range()
    stream = own.get("audio_stream", known.get("audio_stream"))
    try:
        rate = int(known.get("sample_rate", int(media_rate(available.duration.rate))))
        samples = int(known.get("samples", whole_samples(exact_seconds(available.duration) * rate)))
        stream = None if stream is None else int(stream)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise TimelineError(f"the length of song {clip.name!r} is none: {error}") from error
    elsewhere = any(map(heard_noted, song_clips_of(timeline)))
    url = str(known.get("url") or url) if elsewhere else url
    return Spine(url, clip.name, str(known.get("sha256", "")), rate, samples, stream, elsewhere)


def song_clip_of(timeline: otio.schema.Timeline) -> otio.schema.Clip | None:
    """Return the song's first clip, on whichever sound track it lies; None without sound."""
    place = song_place_of(timeline)
    return place[1] if place else None


def song_clips_of(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    """Return the clips of the song on all sound tracks."""
    clips = [clip for track in timeline.audio_tracks() for clip in track.find_clips()]
    ours = [clip for clip in clips if is_song_block(own_block(clip.metadata))]
    song = song_clip_of(timeline)
    return ours or [clip for clip in clips if song and _file_of(clip) == _file_of(song)]


def song_place_of(timeline: otio.schema.Timeline) -> tuple[int, otio.schema.Clip] | None:
    """Return the number of the song's sound track, 0 for A1, and its first clip there.

    What says that it is the song is it. Else it is the sound that plays longest, of several as long
    the first: takes bring their own sound, so that what is seen, too, comes after what is heard
    alone, and what is switched off after all else.
    """
    places = [
        (number, clip)
        for number, track in enumerate(timeline.audio_tracks())
        for clip in track.find_clips()
    ]
    ours = (place for place in places if is_song_block(own_block(place[1].metadata)))
    if not places or (found := next(ours, None)):
        return found if places else None
    tracks = timeline.audio_tracks()
    seen = {_file_of(clip) for track in timeline.video_tracks() for clip in track.find_clips()}

    def rank(place: tuple[int, otio.schema.Clip]) -> tuple[bool, bool, str]:
        clip, file = place[1], _file_of(place[1])
        return clip.enabled and tracks[place[0]].enabled, file not in seen, file

    plays: dict[tuple[bool, bool, str], Fraction] = {}
    for place in places:
        plays[rank(place)] = plays.get(rank(place), 0) + exact_seconds(place[1].duration())
    longest = max(plays, key=lambda ranked: (ranked[:2], plays[ranked]))
    return next(place for place in places if rank(place) == longest)


def _file_of(clip: otio.schema.Clip) -> str:
    return str(getattr(clip.media_reference, "target_url", None) or clip.name)


def is_song_block(block: Any) -> bool:
    """Return whether a clip's block says that the clip is the song."""
    return hasattr(block, "get") and str(block.get("schema", "")).startswith(SONG[:-1])


def mark_of(clock: Clock, marker: otio.schema.Marker) -> Mark:
    """Return a marker in whole frames."""
    spanned = marker.marked_range
    first = clock.frame_at(exact_seconds(spanned.start_time))
    lasts = exact_seconds(spanned.duration)
    end = clock.frame_at(exact_seconds(spanned.start_time) + lasts) if lasts else first
    block = plain(own_block(marker.metadata)) or {}
    return Mark(marker.name, first, end - first, marker.color, marker.comment, block)
