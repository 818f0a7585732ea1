"""Measure a finished movie's sound against the song, and call what is wrong by its name.

First it is found out how late the song is, at many places; then the two are compared block by
block. A fault is named once, by what it is: a channel that is silent is no change of level, sound
that is upside down is not late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.errors import MediaError
from otio_idolsync.media.song import Song, decode_song, open_song
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.rendering.soundtrack import stored_sound
from otio_idolsync.report.finding import Finding
from otio_idolsync.report.sound_blocks import Blocks, Planned, compare
from otio_idolsync.report.sound_faults import (
    channels_of,
    gap_findings,
    level_findings,
    other_findings,
)
from otio_idolsync.report.sound_lags import (
    ALIKE,
    RATE,
    REACH_SECONDS,
    SILENCE,
    SURELY,
    Guide,
    Heard,
    Place,
    Sound,
    find_guide,
    found_far,
    lags_at,
    level_of,
    places_of,
    second_hearing,
    trusted,
)
from otio_idolsync.report.sound_runs import LATE_MS, Run, find_runs, jumps
from otio_idolsync.timebase import Clock

_CUT_SECONDS = 0.05
_SOFTER = 4
# Coding alone leaves sound more alike than this to what was coded.
_CODED, _CROWDED = 0.99, 0.85


def hear(
    movie: Path,
    song: Song,
    pieces: Sequence[SongPiece],
    clock: Clock,
    planned: Sequence[SoundPiece] = (),
    begins: Fraction = Fraction(0),
) -> tuple[list[Heard], list[Finding]]:
    """Return what was measured, and what is wrong with a movie's sound.

    Args:
        movie: The finished movie.
        song: The song that should be heard.
        pieces: Where on the timeline it lies.
        clock: The timeline's frames.
        planned: All that the timeline lets be heard, where that is known.
        begins: The second at which the song's first sample lies in its file, where it is not the
            song of a plan and counts from there.
    """
    try:
        sound = _from(movie, open_song(movie), stored_sound(movie).delay)
    except MediaError as error:
        return [], [Finding("sound", f"the movie has no sound that can be heard: {error}")]
    own = _from(song.path, song, begins)
    places = places_of(own, pieces, clock)
    if not places:
        return [], [Finding("sound", "the song is silent wherever it was listened to")]
    if level_of(sound) < SILENCE:
        return [], [Finding("sound", "the movie's sound is silent")]
    guide, listened = _listened(sound, own, places)
    heard = list(listened.values())
    if all(place.likeness < ALIKE for place in heard):
        return heard, [Finding("sound", "another sound than the song is heard")]
    runs = find_runs(sound, own, guide, pieces, clock, listened)
    blocks = compare(sound, own, guide, runs, Planned.of(song, planned))
    found = list(_lateness(runs, clock))
    channels = channels_of(blocks)
    found += channels.findings()
    # Samples are compared with samples: of a song that drifts, or lacks a side, that says nothing.
    lies_well = channels.even and not any(run.drifts for run in runs)
    crowded = list(_crowded(sound, own, listened, blocks)) if lies_well else []
    found += crowded or gap_findings(blocks, channels, clock)
    if lies_well and not crowded:
        found += [*other_findings(blocks, clock), *level_findings(blocks, clock)]
    late = runs[-1].late_end_ms / 1000 if runs else 0.0
    return heard, [*found, *_ending(sound, own, pieces, clock, late)]


def _from(path: Path, song: Song, begins: Fraction) -> Sound:
    """Return a file's sound from second 0 on, where its first sample lies later or earlier."""
    sound, late = decode_song(song, RATE), round(begins * RATE)
    # Half a sample of delay, and what a codec does to the highs, are no matter here.
    for _ in range(_SOFTER):
        sound = np.float32(0.5) * (sound + np.pad(sound[:-1], ((1, 0), (0, 0))))
    return np.pad(sound, ((late, 0), (0, 0))) if late > 0 else sound[-late:]


def _listened(
    sound: Sound, own: Sound, places: Sequence[Place]
) -> tuple[Guide, dict[Place, Heard]]:
    """Return how the channels are to be compared, and what is heard at each place.

    Where the song is not near its places it is looked for farther away; where it is hardly alike,
    only the middles of the places are compared, in which it drifts less.
    """
    guide = find_guide(sound, own, places)
    heard = lags_at(sound, own, places, guide)
    if max(h.likeness for h in heard) < SURELY:
        middles = [place.middle for place in places]
        for plain in (Guide(), Guide(sign=-1)):
            lags = [h.late_ms for h in found_far(sound, own, middles, plain).values()]
            if lags and max(map(abs, lags)) > 1000 * REACH_SECONDS:
                far = float(np.median(lags))
                moved = [p.later(round(far * RATE / 1000)) for p in places]
                guide = find_guide(sound, own, moved)
                there = [h.moved(far) for h in lags_at(sound, own, moved, guide)]
                return guide, dict(zip(places, there, strict=True))
        near = lags_at(sound, own, middles, guide)
        if np.median([h.likeness for h in near]) > np.median([h.likeness for h in heard]) + 0.1:
            return guide, dict(zip(middles, near, strict=True))
    lost = [
        place
        for place, h in zip(places, heard, strict=True)
        if not trusted(h, heard)
        and level_of(sound[max(0, place.movie) : place.movie + place.length]) >= SILENCE
    ]
    found = found_far(sound, own, lost, guide) if lost else {}
    return guide, {
        place: max(h, found.get(place, h), key=lambda one: one.likeness)
        for place, h in zip(places, heard, strict=True)
    }


def _lateness(runs: Sequence[Run], clock: Clock) -> Iterator[Finding]:
    """Say where the song is late, drifts, or jumps."""
    lags = [late for run in runs for late in (run.late_ms, run.late_end_ms)]
    if not lags or max(map(abs, lags)) <= LATE_MS:
        return
    facts = {"late_ms": [round(lag, 3) for lag in lags]}
    jumped = list(jumps(runs))
    for second, before, after in jumped:
        text = f"the sound jumps at {second:.2f} s: {before:+.1f} ms late before it, "
        text += f"{after:+.1f} ms after"
        yield Finding("sound", text, frame=clock.frame_at(second), facts=facts)
    for run in runs:
        if run.drifts:
            text = f"the sound drifts: from {run.late_ms:+.1f} ms "
            text += f"at {'the start' if run is runs[0] else 'first'} to {run.late_end_ms:+.1f} ms"
            yield Finding("sound", text, facts=facts)
    if jumped or any(run.drifts for run in runs):
        return
    if max(lags) - min(lags) > LATE_MS:
        text = f"the sound is between {min(lags):+.1f} and {max(lags):+.1f} ms late"
        yield Finding("sound", text, facts=facts)
        return
    lag = float(np.median(lags))
    side = "late" if lag > 0 else "early"
    text = f"the sound is {abs(lag):.1f} ms {side} throughout"
    yield Finding("sound", text, facts={"late_ms": round(lag, 3)})


def _crowded(
    sound: Sound, own: Sound, listened: Mapping[Place, Heard], blocks: Blocks
) -> Iterator[Finding]:
    """Say whether the song is heard twice, or under another sound that nobody planned."""
    kept = blocks.loud & ~blocks.mixed & (blocks.windows().likeness > ALIKE)
    usual = float(np.median(blocks.windows().likeness[kept])) if kept.any() else 1.0
    if usual > _CODED or blocks.mixed.any():
        return
    heard = list(listened.values())
    known = {place: h for place, h in listened.items() if trusted(h, heard)}
    again = second_hearing(sound, own, known, blocks.guide)
    if again:
        text = f"the song is heard twice: again {again[0]:+.1f} ms later, {again[1]:+.1f} dB"
        facts = {"again_ms": round(again[0], 3), "again_db": round(again[1], 2)}
        yield Finding("sound", text, facts=facts)
    elif usual < _CROWDED:
        text = "another sound lies over the song throughout"
        yield Finding("sound", text, facts={"likeness": round(usual, 3)})


def _ending(
    sound: Sound, own: Sound, pieces: Sequence[SongPiece], clock: Clock, late: float
) -> Iterator[Finding]:
    """Say where a movie's sound ends before the song does, which is so many seconds late there."""
    ends = (_end_of(piece, len(own) / RATE, clock) for piece in pieces if piece.speed == 1)
    lacks = max(ends, default=0.0) + late - len(sound) / RATE
    if lacks > _CUT_SECONDS:
        text = f"the sound ends {lacks:.2f} s before the song does"
        yield Finding("sound", text, facts={"lacks_s": round(lacks, 3)})


def _end_of(piece: SongPiece, seconds: float, clock: Clock) -> float:
    """Return when a piece of a song that lasts so long ends in the movie, in seconds."""
    lasts = min(
        seconds - float(clock.seconds_at(piece.song)), float(clock.seconds_at(piece.frames))
    )
    # The last frame is seldom whole.
    return float(clock.seconds_at(piece.record)) + lasts - float(1 / clock.rate)
