"""Give an editor the song as a WAV: 48 kHz, sample 0 = second 0, nothing else in the file.

Exports of one song into one folder share its WAV: what was written is noted by the song, so that a
file is known to be the song by its bytes, whatever export it was made for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from otio_idolsync.errors import MediaError, OutputError
from otio_idolsync.media.cache import cache_folder, written_beside
from otio_idolsync.media.ffmpeg import graph_name, run_graph
from otio_idolsync.media.outputs import file_digest, output_file
from otio_idolsync.media.song import Song, opened_sound, song_graph
from otio_idolsync.timebase import whole_samples

SAMPLE_RATE = 48000
SONG_SUFFIX = ".song.wav"
_TIMELINES = frozenset({".xml", ".fcpxml", ".otio"})
_VERSION = 1
"""Raised whenever the same song gives another WAV."""
_EXACT_IN_16_BITS = frozenset({"pcm_s16le", "pcm_s16be", "pcm_u8", "pcm_s8"})


@dataclass(frozen=True, slots=True)
class SongWav:
    """A song's WAV: where it lies, and how many samples a channel it has at 48 kHz."""

    path: Path
    samples: int


def write_song_wav(song: Song, output: Path) -> SongWav:
    """Write a song as a WAV that every editor opens and counts from the same sample.

    Encoder delay and edit lists are applied, as ffmpeg plays the song. What was 16 bits stays so;
    all else gets 24.

    Raises:
        MediaError: The song cannot be decoded.
        OutputError: The WAV cannot be written.
    """
    with output_file(output) as temporary:
        graph = song_graph(song).output(
            graph_name(temporary),
            format="wav",
            acodec=f"pcm_s{_bits(song)}le",
            ar=SAMPLE_RATE,
            map_metadata=-1,
            fflags="+bitexact",
        )
        run_graph(graph, f"write {song.path} as a WAV")
        samples = _samples(temporary)
        _note(song, temporary, samples)
    return SongWav(output, samples)


def fitting_wav(song: Song, wanted: Path) -> SongWav | None:
    """Return a song's WAV if it lies where one is wanted, or beside that for another export.

    Args:
        song: The song.
        wanted: Where its WAV would be written.
    """
    try:
        noted = json.loads(_place(song).read_text(encoding="utf-8"))
        digest, size, samples = str(noted["sha256"]), int(noted["size"]), int(noted["samples"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    for path in (wanted, *_alike(wanted)):
        with contextlib.suppress(OSError, OutputError):
            if path.stat().st_size == size and file_digest(path) == digest:
                return SongWav(path, samples)
    return None


def free_place(wanted: Path, timeline: Path) -> Path:
    """Return where a song's WAV may be written without taking another export's song away.

    Args:
        wanted: Where it belongs.
        timeline: The timeline that is exported.
    """
    place, number = wanted, 1
    name, mark, ending = wanted.name.rpartition(".song")
    while place.exists() and _is_used(place, timeline):
        number += 1
        place = wanted.with_name(f"{name}.{number}{mark}{ending}")
    return place


def _alike(wanted: Path) -> Iterator[Path]:
    """Yield the WAVs of other exports beside one; only the song's own are called so."""
    is_song = wanted.name.endswith(SONG_SUFFIX)
    for path in sorted(wanted.parent.glob("*.song*.wav")):
        if path != wanted and path.name.endswith(SONG_SUFFIX) == is_song:
            yield path


def _is_used(wav: Path, timeline: Path) -> bool:
    """Tell whether another timeline in the folder shows a WAV."""
    names = {quote(wav.name).encode(), wav.name.encode(errors="surrogateescape")}
    for path in wav.parent.iterdir():
        if path.suffix.lower() in _TIMELINES and path != timeline and path.is_file():
            text = path.read_bytes()
            if any(name in text for name in names):
                return True
    return False


def _note(song: Song, wav: Path, samples: int) -> None:
    """Note what a song's WAV is; without the note the next export only writes it again."""
    noted = {"sha256": file_digest(wav), "size": wav.stat().st_size, "samples": samples}
    with contextlib.suppress(OutputError), written_beside(_place(song)) as temporary:
        temporary.write_text(json.dumps(noted), encoding="utf-8")


def _place(song: Song) -> Path:
    about = f"song WAV {_VERSION} {song.sha256} {_bits(song)} {SAMPLE_RATE}"
    return cache_folder() / "written" / f"{hashlib.sha256(about.encode()).hexdigest()}.json"


def _bits(song: Song) -> int:
    with opened_sound(song.path, song.stream) as (_container, sound):
        codec = sound.codec_context
        exact = codec.name in _EXACT_IN_16_BITS
        lossless = codec.name in ("flac", "alac") and codec.format.name in ("s16", "s16p")
        return 16 if exact or lossless else 24


def _samples(path: Path) -> int:
    with opened_sound(path) as (_container, sound):
        if not sound.duration or not sound.time_base:
            raise MediaError(f"the WAV of the song came out empty: {path}")
        return whole_samples(sound.duration * sound.time_base * SAMPLE_RATE)
