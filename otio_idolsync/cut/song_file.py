"""Which file and sound stream the locked song of a timeline is read from.

A plan notes the stream where its song's file holds several, so that every later command reads the
same one. The note belongs to that file: one that was put in its place may have fewer streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, own_block, plain
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import SONG, is_song_block, song_place_of
from otio_idolsync.errors import TimelineError
from otio_idolsync.media.song import sound_streams

STREAM = "audio_stream"


@dataclass(frozen=True, slots=True)
class SongFile:
    """The file that a timeline's song lies in.

    Attributes:
        url: As the timeline names it.
        noted: Which of its sound streams the plan was made with, from 0; None for the rule's.
        track: The number of the audio track that it lies on, 0 for A1.
    """

    url: str
    noted: int | None = None
    track: int = 0

    def is_heard_in(self, clip: Any, track: int | None) -> bool:
        """Tell whether a clip plays the song, and not the own sound of a shot from the same file.

        Args:
            clip: A clip of an audio track.
            track: The number of that track, None for one inside a nested sequence.
        """
        if getattr(clip.media_reference, "target_url", None) != self.url:
            return False
        return track == self.track or is_song_block(own_block(clip.metadata))

    def stream_of(self, path: Path) -> int | None:
        """Return the noted stream if a file has it; None where the rule has to choose.

        Raises:
            MediaError: The file cannot be read.
        """
        return None if self.noted is None or self.noted >= sound_streams(path) else self.noted


def song_file_of(timeline: otio.schema.Timeline) -> SongFile | None:
    """Return where the song of a timeline of ours is read from; None where it says of no song."""
    track, clip = song_place_of(timeline) or (0, None)
    url = getattr(clip.media_reference, "target_url", None) if clip else None
    block = plain(own_block(timeline.metadata))
    said = block.get("song") if isinstance(block, dict) else None
    own = plain(own_block(clip.metadata)) if clip else None
    own = own if is_song_block(own) else None
    if not url or not (said or own):
        return None
    notes = [block.get(STREAM) for block in (own, said) if isinstance(block, dict)]
    noted = next((note for note in notes if isinstance(note, int) and note >= 0), None)
    return SongFile(str(url), noted, track)


def with_stream(
    timeline: otio.schema.Timeline, stream: int | None, locator: Locator
) -> otio.schema.Timeline:
    """Return a timeline whose song is read from a sound stream of the user's choice.

    Args:
        timeline: Any timeline; None as stream leaves it as it is.
        stream: Which of the sound streams of the song's file, from 0.
        locator: Finds the file.

    Raises:
        TimelineError: There is no song on A1.
        MediaError: Its file has no such stream.
    """
    if stream is None:
        return timeline
    made = timeline.deepcopy()
    track, song = song_place_of(made) or (0, None)
    url = getattr(song.media_reference, "target_url", None) if song else None
    if not url:
        raise TimelineError(f"audio stream {stream} is of the song, and there is none")
    sound_streams(locator.find(url), stream)
    for clip in made.audio_tracks()[track].find_clips():
        if getattr(clip.media_reference, "target_url", None) == url:
            own = plain(own_block(clip.metadata))
            own = own if is_song_block(own) else {"schema": SONG}
            clip.metadata[KEY] = own | {STREAM: stream}
    return made
