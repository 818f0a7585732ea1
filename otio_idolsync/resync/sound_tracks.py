"""Make the sound of the next timeline: the song on A1, then all that the editor added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, each, graft
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import song_block, song_clips_of
from otio_idolsync.cut.place import frames_of, open_track
from otio_idolsync.cut.url import name_in
from otio_idolsync.resync.spine import SpineReport, is_song
from otio_idolsync.timebase import Clock


def sound_tracks(
    edit: otio.schema.Timeline,
    plan: otio.schema.Timeline,
    sheet: SyncSheet,
    spine: SpineReport,
    recut: bool,
    pictures: Mapping[str, Sequence[tuple[int, Any]]],
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
        pictures: Where the edit's pictures lie and the planned media of each, by their names
            there: a picture's own sound has its name, its place, and no more of a file where the
            editor writes titles for paths.
    """
    songs = _Songs(plan, sheet, spine)
    made: list[otio.schema.Track] = []
    kept, gone = False, None
    for track in edit.audio_tracks():
        clips = [leaf.clip for leaf in open_track(track, sheet.clock.rate).leaves]
        own = [clip for clip in clips if songs.has(clip)]
        alone = len(own) == len(clips)
        if clips and not own:
            made.append(track.deepcopy())
        elif own and (recut or (spine.ok and (_was_shaped(track, own) or not alone))):
            _append_new(made, songs.relinked(track))
            kept = True
        elif own:
            gone = len(made) if gone is None else gone
            made += [] if alone else [_silenced(track, songs.has)]
    for track in made:
        _link_own_sound(track, sheet.clock, pictures)
    if not kept:
        made[gone or 0 : gone or 0] = songs.planned_tracks()
    return made


def _link_own_sound(
    track: otio.schema.Track, clock: Clock, pictures: Mapping[str, Sequence[tuple[int, Any]]]
) -> None:
    """Point the sound of pictures at the planned files, where their URLs are titles."""
    for leaf in open_track(track, clock.rate).leaves:
        clip, shown = leaf.clip, leaf.clip.trimmed_range()
        near = pictures.get(clip.name, ())
        if not near or "/" in _url(clip):
            continue
        _first, planned = min(near, key=lambda one: abs(Fraction(one[0] - leaf.at)))
        origins = [clip.media_reference.available_range, planned.available_range]
        before, now = (frames_of(o.start_time, clock.rate) if o else 0 for o in origins)
        start = frames_of(shown.start_time, clock.rate) - before + now
        begin = otio.opentime.RationalTime(float(start), clock.otio_rate)
        clip.source_range = otio.opentime.TimeRange(begin, shown.duration)
        clip.media_reference = planned.clone()


def _was_shaped(track: otio.schema.Track, songs: list[otio.schema.Clip]) -> bool:
    """Return whether an editor did more to the song than leave it where it was."""
    effects = any(len(clip.effects) or not clip.enabled for clip in songs)
    return effects or any(isinstance(child, otio.schema.Transition) for child in track)


def _append_new(tracks: list[otio.schema.Track], track: otio.schema.Track) -> None:
    """Add a track unless it only repeats one: the two channels of a song are one song."""
    if _heard(track) not in [_heard(one) for one in tracks]:
        tracks.append(track)


def _heard(track: otio.schema.Track) -> list[str]:
    clips = track.find_clips()
    return [f"{clip.name} {clip.range_in_parent()} {clip.source_range}" for clip in clips]


class _Songs:
    """The clips of an edit that play the song, and the plan's."""

    def __init__(self, plan: otio.schema.Timeline, sheet: SyncSheet, spine: SpineReport) -> None:
        self._plan, self._sheet, self._spine = plan, sheet, spine
        self._planned = song_clips_of(plan)

    def planned_tracks(self) -> list[otio.schema.Track]:
        """Return the plan's tracks with the song, nothing else on them."""
        tracks = [
            track for track in self._plan.audio_tracks()
            if any(clip in self._planned for clip in track.find_clips())
        ]  # fmt: skip
        return [_silenced(track, lambda clip: not self.has(clip)) for track in tracks]

    def has(self, clip: otio.schema.Clip) -> bool:
        """Return whether a clip plays the song."""
        return is_song(clip, self._sheet.spine) or _url(clip) in self._spine.by_ear

    def relinked(self, track: otio.schema.Track) -> otio.schema.Track:
        """Return a track whose song is the planned file, counted from its first sample."""
        made = track.deepcopy()
        for clip in made.find_clips():
            if self.has(clip):
                self._relink(clip)
        return made

    def _relink(self, clip: otio.schema.Clip) -> None:
        heard = self._spine.by_ear.get(_url(clip), ())
        planned = self._planned_for(clip)
        if heard:  # its file has other seconds than the song: it stays, and says so
            clip.metadata[KEY] = song_block(self._sheet.spine, heard)
        if heard or planned is None:
            return
        shown, available = clip.trimmed_range(), clip.media_reference.available_range
        rate, origin = self._sheet.clock.rate, available.start_time if available else None
        start = frames_of(shown.start_time, rate) - (frames_of(origin, rate) if origin else 0)
        clip.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(start), self._sheet.clock.otio_rate), shown.duration
        )
        clip.media_reference = planned.media_reference.clone()
        clip.name = planned.name
        for key in each(planned.metadata):
            graft(clip.metadata, key, planned.metadata[key])

    def _planned_for(self, clip: otio.schema.Clip) -> otio.schema.Clip | None:
        """Return the planned clip of the same file; of a plan with one file, that of any."""
        files = {name_in(_url(one)).casefold(): one for one in self._planned}
        if len(files) == 1:
            return self._planned[0]
        return files.get(name_in(_url(clip)).casefold())


def _silenced(
    track: otio.schema.Track, is_silent: Callable[[otio.schema.Clip], bool]
) -> otio.schema.Track:
    """Return a track with silence in place of some of its clips."""
    made = track.deepcopy()
    for clip in list(made.find_clips()):
        if is_silent(clip):
            parent, gap = clip.parent(), otio.schema.Gap(duration=clip.trimmed_range().duration)
            parent[parent.index(clip)] = gap
    return made


def _url(clip: otio.schema.Clip) -> str:
    return getattr(clip.media_reference, "target_url", None) or ""
