"""A cut as a human leaves it: names, files and ranges on some tracks, a song, nothing of ours."""

from __future__ import annotations

import itertools
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import opentimelineio as otio

from otio_idolsync.media.song import decode_song, open_song

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
LONG = 288
SOUND_RATE = 22050


class Laid(NamedTuple):
    """A clip of a hand-made track, in timeline frames; ``media`` is how long its file is."""

    first: int
    end: int
    start: int = 100
    name: str = "take"
    media: int | None = LONG


def clip(laid: Laid, rate: float = 24) -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(f"file:///takes/{laid.name}.mov")
    if laid.media is not None:
        reference.available_range = TR(RT(0, rate), RT(laid.media, rate))
    shown = TR(RT(laid.start, rate), RT(laid.end - laid.first, rate))
    return otio.schema.Clip(f"{laid.name}.mov", reference, shown)


def gap(frames: int, rate: float = 24) -> otio.schema.Gap:
    return otio.schema.Gap(duration=RT(frames, rate))


def track(
    laid: Sequence[Laid], name: str = "V1", until: int = 0, rate: float = 24
) -> otio.schema.Track:
    """A picture track, gaps between its clips and up to a frame."""
    made, at = otio.schema.Track(name, kind=otio.schema.TrackKind.Video), 0
    for one in laid:
        if one.first > at:
            made.append(gap(one.first - at, rate))
        made.append(clip(one, rate))
        at = one.end
    if until > at:
        made.append(gap(until - at, rate))
    return made


def sound(
    song: Path | str, frames: int, start: int = 0, at: int = 0, name: str = "A1", rate: float = 24
) -> otio.schema.Track:
    """A sound track with a file from one of its frames on."""
    made = otio.schema.Track(name, kind=otio.schema.TrackKind.Audio)
    if at:
        made.append(gap(at, rate))
    url = song.as_uri() if isinstance(song, Path) else song
    shown = TR(RT(start, rate), RT(frames, rate))
    made.append(otio.schema.Clip(Path(url).name, otio.schema.ExternalReference(url), shown))
    return made


def timeline(*tracks: otio.schema.Track, name: str = "my cut") -> otio.schema.Timeline:
    made = otio.schema.Timeline(name)
    made.tracks.extend(list(tracks))
    return made


def saved(made: otio.schema.Timeline, path: Path) -> Path:
    otio.adapters.write_to_file(made, str(path))
    return path


def cut_at(*frames: int, names: str = "abcdefghijklmnopqrstuvwxyz") -> list[Laid]:
    """Clips between frames, each of a file of its own."""
    pairs = itertools.pairwise(frames)
    return [Laid(a, b, 100, names[k % len(names)]) for k, (a, b) in enumerate(pairs)]


def steady(folder: Path, beats: int = 48, seconds: float = 0.5) -> Path:
    """A grid of bars of four, a beat every half a second: 12 frames at 24."""
    path = folder / "steady.beats"
    path.write_text("".join(f"{k * seconds}\t{k % 4 + 1}\n" for k in range(beats)))
    return path


def places(made: otio.schema.Timeline) -> list[list[tuple[str, int, int]]]:
    """Name, first frame and end of what lies on each picture track, gaps left out."""
    found = []
    for one in made.video_tracks():
        at, row = 0.0, []
        for child in one:
            if isinstance(child, otio.schema.Transition):
                continue
            end = at + child.duration().rescaled_to(24).value
            if not isinstance(child, otio.schema.Gap):
                row.append((child.name.removesuffix(".mov"), round(at), round(end)))
            at = end
        found.append(row)
    return found


def bounce(path: Path, *parts: np.ndarray) -> Path:
    """Write samples one after the other, a little quieter and with some noise, as a new file."""
    samples = np.concatenate(parts)
    noisy = 0.7 * samples + 1e-4 * np.random.default_rng(3).standard_normal(len(samples))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SOUND_RATE)
        out.writeframes((np.clip(noisy, -1, 1) * 32000).astype("<i2").tobytes())
    return path


def samples_of(song: Path) -> np.ndarray:
    return decode_song(open_song(song), SOUND_RATE)[:, 0]
