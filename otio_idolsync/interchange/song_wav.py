"""Give an editor the song as a WAV: 48 kHz, sample 0 = second 0, nothing else in the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import ffmpeg

from otio_idolsync.errors import MediaError
from otio_idolsync.media.ffmpeg import graph_name, run_graph
from otio_idolsync.media.outputs import output_file
from otio_idolsync.media.song import open_song

SAMPLE_RATE = 48000
_EXACT_IN_16_BITS = frozenset({"pcm_s16le", "pcm_s16be", "pcm_u8", "pcm_s8"})


@dataclass(frozen=True, slots=True)
class SongWav:
    """A song's WAV as written: where it lies and how many samples a channel it has at 48 kHz."""

    path: Path
    samples: int


def write_song_wav(source: Path, output: Path) -> SongWav:
    """Write a song as a WAV that every editor opens and counts from the same sample.

    Encoder delay and edit lists are applied, as ffmpeg plays the song. What was 16 bits stays so;
    all else gets 24.

    Raises:
        MediaError: The song is missing or cannot be decoded.
        OutputError: The WAV cannot be written.
    """
    song = open_song(source)
    with output_file(output) as temporary:
        graph = ffmpeg.input(graph_name(song.path)).audio.output(
            graph_name(temporary),
            format="wav",
            acodec=f"pcm_s{_bits(song.path)}le",
            ar=SAMPLE_RATE,
            map_metadata=-1,
            fflags="+bitexact",
        )
        run_graph(graph, f"write {song.path} as a WAV")
        samples = _samples(temporary)
    return SongWav(output, samples)


def _bits(path: Path) -> int:
    with av.open(str(path)) as container:
        codec = container.streams.audio[0].codec_context
        exact = codec.name in _EXACT_IN_16_BITS
        lossless = codec.name in ("flac", "alac") and codec.format.name in ("s16", "s16p")
        return 16 if exact or lossless else 24


def _samples(path: Path) -> int:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        if not stream.duration or not stream.time_base:
            raise MediaError(f"the WAV of the song came out empty: {path}")
        return round(stream.duration * stream.time_base * SAMPLE_RATE)
