"""Write into a human's cut what is known of it now, and nothing else."""

from __future__ import annotations

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, own_block, plain
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import mark_of, marker_of, song_block, song_track
from otio_idolsync.interchange.metadata import put
from otio_idolsync.resync.adopt.song import FoundSong
from otio_idolsync.resync.marks import is_ours


def write_all(timeline: otio.schema.Timeline, sheet: SyncSheet, found: FoundSong) -> None:
    """Write a cut's metadata, the song's markers and which clips are the song.

    A start time is given where there was none, a track with the song where no sound lies on any.

    Args:
        timeline: The cut; its shots are written already.
        sheet: Its metadata and markers.
        found: Where the song lies.
    """
    put(timeline.metadata, {KEY: sheet.metadata})
    if timeline.global_start_time is None:
        clock = sheet.clock
        timeline.global_start_time = otio.opentime.RationalTime(clock.start_frame, clock.otio_rate)
    for clip, heard in found.clips:
        had = plain(own_block(clip.metadata)) or {}
        had.pop("heard", None)
        put(clip.metadata, {KEY: had | song_block(sheet.spine, heard)})
    if not found.is_laid:
        timeline.tracks.append(song_track(sheet))
    _mark(timeline, sheet)


def _mark(timeline: otio.schema.Timeline, sheet: SyncSheet) -> None:
    """Set the song's markers anew among the editor's own."""
    markers = timeline.tracks.markers
    for n in reversed(range(len(markers))):
        if is_ours(markers[n]):
            del markers[n]
    there = {(mark.name, mark.frame) for mark in (mark_of(sheet.clock, one) for one in markers)}
    new = [mark for mark in sheet.marks if (mark.name, mark.frame) not in there]
    markers.extend([marker_of(sheet.clock, mark) for mark in new])
