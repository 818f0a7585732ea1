"""Which clip is the song, on whichever sound track it lies."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from otio_idolsync.cut.otio_form import sheet_of, song_clip_of, song_place_of

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange


def clip(name: str, frames: int, on: bool = True) -> otio.schema.Clip:
    made = otio.schema.Clip(
        name, otio.schema.ExternalReference(name), TR(RT(0, 24), RT(frames, 24))
    )
    made.enabled = on
    return made


def timeline(*sounds: list[otio.schema.Clip]) -> otio.schema.Timeline:
    made = otio.schema.Timeline("t")
    picture = otio.schema.Track("V1", kind="Video")
    picture.extend([clip("take.mov", 100), clip("other.mov", 100)])
    made.tracks.append(picture)
    for number, clips in enumerate(sounds, 1):
        track = otio.schema.Track(f"A{number}", kind="Audio")
        track.extend(clips)
        made.tracks.append(track)
    return made


@pytest.mark.parametrize(
    ("sounds", "place"),
    [
        ([[clip("song.wav", 9)]], (0, "song.wav")),
        ([[clip("take.mov", 90), clip("other.mov", 90)], [clip("song.wav", 30)]], (1, "song.wav")),
        ([[clip("hit.wav", 3)], [clip("song.wav", 30), clip("song.wav", 30)]], (1, "song.wav")),
        ([[clip("hit.wav", 50)], [clip("song.wav", 30), clip("song.wav", 30)]], (1, "song.wav")),
        ([[clip("scratch.wav", 90, False)], [clip("song.wav", 30)]], (1, "song.wav")),
        ([[clip("left.wav", 30)], [clip("right.wav", 30)]], (0, "left.wav")),
        ([[clip("take.mov", 90)]], (0, "take.mov")),
        ([[clip("song.wav", 9, False)]], (0, "song.wav")),
    ],
    ids=["alone", "takes", "effect", "pieces", "off", "tie", "no other", "only one that is off"],
)
def test_the_song_is_what_is_heard_alone_for_longest(
    sounds: list[list[otio.schema.Clip]], place: tuple[int, str]
) -> None:
    number, found = song_place_of(timeline(*(list(map(otio.schema.Clip.clone, s)) for s in sounds)))
    assert (number, found.name) == place


def test_what_says_that_it_is_the_song_is_the_song() -> None:
    marked = clip("short.wav", 3)
    marked.metadata["idolsync"] = {"schema": "idolsync.song/1"}
    shot = clip("shot.wav", 200)
    shot.metadata["idolsync"] = {"schema": "idolsync.clip/1", "shot_id": "S001"}
    held = timeline([shot], [clip("long.wav", 90)], [marked])
    assert song_place_of(held)[0] == 2
    assert song_clip_of(timeline()) is None


def test_the_sheet_carries_the_songs_track_and_names_the_others() -> None:
    sheet, losses = sheet_of(timeline([clip("take.mov", 50)], [clip("song.wav", 90)]))
    assert sheet.spine.name == "song.wav"
    assert "track 'A1' is not carried" in losses
    assert "track 'A2' is not carried" not in losses
