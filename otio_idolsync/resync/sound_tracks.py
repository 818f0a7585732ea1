"""Make the sound of the next timeline: the song on A1, then all that the editor added."""

from __future__ import annotations

import opentimelineio as otio

from otio_idolsync.cut.blocks import each, graft
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import song_clip_of
from otio_idolsync.cut.place import frames_of, open_track
from otio_idolsync.resync.spine import SpineReport, is_song


def sound_tracks(
    edit: otio.schema.Timeline,
    plan: otio.schema.Timeline,
    sheet: SyncSheet,
    spine: SpineReport,
    recut: bool,
) -> list[otio.schema.Track]:
    """Return the audio tracks of the next timeline.

    A song that lies where it should, or was cut on purpose, stays as the editor has it, fades and
    all, but shows the planned file; one that was nudged is put back.

    Args:
        edit: The edit.
        plan: The plan.
        sheet: Its song.
        spine: Where the song lies in the edit.
        recut: Whether it stays as the editor cut it.
    """
    with_song: list[otio.schema.Track] = []
    others: list[otio.schema.Track] = []
    for track in edit.audio_tracks():
        clips = [leaf.clip for leaf in open_track(track, sheet.clock.rate).leaves]
        songs = [clip for clip in clips if is_song(clip, sheet.spine)]
        if clips and not songs:
            others.append(track.deepcopy())
        elif songs and (recut or (spine.ok and _was_shaped(track, songs))):
            _append_new(with_song, _relinked(track, plan, sheet))
        elif len(songs) < len(clips):
            others.append(_without_song(track, sheet))
    if not with_song:
        with_song = [plan.audio_tracks()[0].deepcopy()]
    with_song[0].name = "A1"
    return [*with_song, *others]


def _was_shaped(track: otio.schema.Track, songs: list[otio.schema.Clip]) -> bool:
    """Return whether an editor did more to the song than leave it where it was."""
    effects = any(len(clip.effects) or not clip.enabled for clip in songs)
    return effects or any(isinstance(child, otio.schema.Transition) for child in track)


def _append_new(tracks: list[otio.schema.Track], track: otio.schema.Track) -> None:
    """Add a track unless it only repeats one: the two channels of a song are one song."""
    heard = [_heard(one) for one in tracks]
    if _heard(track) not in heard:
        tracks.append(track)


def _heard(track: otio.schema.Track) -> list[str]:
    clips = track.find_clips()
    return [f"{clip.name} {clip.range_in_parent()} {clip.source_range}" for clip in clips]


def _relinked(
    track: otio.schema.Track, plan: otio.schema.Timeline, sheet: SyncSheet
) -> otio.schema.Track:
    """Return a track whose song is the planned file, counted from its first sample."""
    made, planned = track.deepcopy(), song_clip_of(plan)
    for clip in made.find_clips():
        if planned is None or not is_song(clip, sheet.spine):
            continue
        shown, available = clip.trimmed_range(), clip.media_reference.available_range
        rate, origin = sheet.clock.rate, available.start_time if available else None
        start = frames_of(shown.start_time, rate) - (frames_of(origin, rate) if origin else 0)
        clip.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(start), sheet.clock.otio_rate), shown.duration
        )
        clip.media_reference = planned.media_reference.clone()
        clip.name = planned.name
        for key in each(planned.metadata):
            graft(clip.metadata, key, planned.metadata[key])
    return made


def _without_song(track: otio.schema.Track, sheet: SyncSheet) -> otio.schema.Track:
    """Return a track with silence where the song lay, which is put back on a track of its own."""
    made = track.deepcopy()
    for clip in list(made.find_clips()):
        if is_song(clip, sheet.spine):
            parent, gap = clip.parent(), otio.schema.Gap(duration=clip.trimmed_range().duration)
            parent[parent.index(clip)] = gap
    return made
