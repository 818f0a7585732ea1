"""The locked song: its identity, its exact length, and its samples.

Identity is the sha256 of the demuxed audio packets, because decoded samples differ between ffmpeg
builds for OGG, M4A, Opus and MP3; for PCM it is the sha256 of the samples themselves, so that the
same samples in WAV and AIFF are the same song.

A file may hold several sound streams. One rule chooses wherever a song is read: the stream that was
asked for, else the default one, else the first; of what can be decoded, where anything can.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import ffmpeg
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from otio_idolsync.errors import MediaError, WorkerError, reason
from otio_idolsync.media.ffmpeg import graph_name, input_name, run_graph
from otio_idolsync.media.files import decodable, existing_file, has_decoder
from otio_idolsync.media.stamp import Stamp, file_stamp
from otio_idolsync.media.workers import WORKERS, patience_for

MIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Song:
    """A song file as it was found.

    Attributes:
        path: Absolute path.
        sha256: Identity, 64 hex digits.
        sample_rate: Hz.
        samples: Exact number of decoded samples a channel, at ``sample_rate``.
        channels: 1 to 8.
        stream: Which of the file's sound streams it is, from 0.
        streams: How many sound streams the file has.
    """

    path: Path
    sha256: str
    sample_rate: int
    samples: int
    channels: int
    stream: int = 0
    streams: int = 1

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate

    @property
    def choice(self) -> str:
        """Which stream was taken, in a sentence; "" where there was none to choose."""
        said = choice_of_sound(self.path, self.stream, self.streams)
        return f"{said}; --audio-stream N takes another one" if said else ""


def open_song(path: Path | str, stream: int | None = None) -> Song:
    """Return a song's identity and exact length; reads the whole file once, in a worker process.

    Args:
        path: A sound file, or a video with sound.
        stream: Which of its sound streams, from 0; by default the default one, else the first.

    Raises:
        MediaError: Missing, empty, no such sound in it, broken, or shorter than a second.
    """
    source = existing_file(path, "song")
    sha256, *numbers = _apart("read_song", source, stream)
    return Song(source, sha256, *numbers)


def read_song(path: str, stream: int | None) -> list[Any]:
    """Return the fields of a song but its path: what a worker process does for `open_song`.

    Raises:
        MediaError: As `open_song`.
    """
    source = Path(path)
    digest = hashlib.sha256()
    samples = 0
    with _opened(source, stream) as (container, sound):
        chosen, streams = sound_index(container, sound), len(container.streams.audio)
        pcm = sound.codec_context.name.startswith("pcm_")
        for packet in container.demux(sound):
            if not pcm:
                digest.update(bytes(packet))
            for frame in _decoded(packet):
                samples += frame.samples
                if pcm:
                    digest.update(frame.to_ndarray().tobytes())
        rate, channels = sound.codec_context.sample_rate, sound.codec_context.channels
    if not rate or samples < MIN_SECONDS * rate:
        length = samples / rate if rate else 0.0
        raise MediaError(f"song {source} holds {length:.2f} s of sound; at least 1 s is needed")
    return [digest.hexdigest(), rate, samples, channels, chosen, streams]


def chosen_sound(
    container: InputContainer, path: Path, stream: int | None = None, what: str = "song"
) -> AudioStream:
    """Return the sound stream of a file that is heard.

    Args:
        container: The opened file.
        path: Its path, for the error.
        stream: Which of its sound streams, from 0; by default the default one, else the first.
        what: What the file is, for the error.

    Raises:
        MediaError: There is no sound, no such stream, or none that can be decoded.
    """
    sounds = container.streams.audio
    if not sounds:
        raise MediaError(f"{what} {path} has no sound; give a WAV, FLAC, MP3, M4A or OGG")
    if stream is not None:
        if not 0 <= stream < len(sounds):
            held = (
                "one sound stream, 0"
                if len(sounds) == 1
                else f"sound streams 0 to {len(sounds) - 1}"
            )
            raise MediaError(f"{what} {path} has {held}; there is no stream {stream}")
        return decodable(container, sounds[stream], path)
    heard = [sound for sound in sounds if has_decoder(sound)] or sounds[:1]
    defaults = [sound for sound in heard if sound.disposition & Disposition.default]
    return decodable(container, (defaults or heard)[0], path)


@contextlib.contextmanager
def opened_sound(
    path: Path, stream: int | None = None
) -> Iterator[tuple[InputContainer, AudioStream]]:
    """Yield an opened file and the sound stream of it that is heard.

    A worker process has opened it before: one that ends its decoder is not opened here.

    Raises:
        MediaError: Missing, empty, broken, or without such a sound.
    """
    source = existing_file(path, "song")
    _try(source, file_stamp(source), stream)
    with _opened(source, stream) as opened:
        yield opened


@functools.lru_cache(maxsize=1024)
def _try(source: Path, stamp: Stamp, stream: int | None) -> None:
    _apart("begin_to_read", source, stream)


def begin_to_read(path: str, stream: int | None) -> None:
    """Decode the beginning of a sound: what a worker process does before anybody else opens it.

    Raises:
        MediaError: As `opened_sound`.
    """
    with _opened(Path(path), stream) as (container, sound):
        for packet in container.demux(sound):
            if _decoded(packet):
                return


def _apart(task: str, source: Path, stream: int | None) -> Any:
    """Return what a function of this module returns in a worker process."""
    try:
        return WORKERS.call(
            f"{__name__}:{task}", str(source), stream, patience=patience_for(source)
        )
    except WorkerError as error:
        raise MediaError(
            f"song {source} cannot be read: its decoder {error}; convert it to WAV or FLAC"
        ) from error


@contextlib.contextmanager
def _opened(
    source: Path, stream: int | None = None
) -> Iterator[tuple[InputContainer, AudioStream]]:
    try:
        # Old programs write titles in encodings of their own.
        with av.open(
            input_name(source), options={"protocol_whitelist": "file"}, metadata_errors="replace"
        ) as container:
            yield container, chosen_sound(container, source, stream)
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(
            f"song {source} cannot be read as sound ({reason(error)}); "
            "is it a damaged file, or no audio at all?"
        ) from error


def sound_streams(path: Path, stream: int | None = None) -> int:
    """Return how many sound streams a file has, once it has the one that was asked for.

    Raises:
        MediaError: It cannot be read, or has no such stream.
    """
    with opened_sound(path, stream) as (container, _sound):
        return len(container.streams.audio)


def sound_index(container: InputContainer, sound: AudioStream) -> int:
    """Return which of a file's sound streams one is, from 0, as ffmpeg counts them."""
    return [one.index for one in container.streams.audio].index(sound.index)


def choice_of_sound(path: Path, stream: int, streams: int) -> str:
    """Return which of several sound streams was taken, in a sentence; "" where there is one."""
    if streams < 2:
        return ""
    return f"{path.name} has {streams} sound streams: stream {stream} is heard, counted from 0"


def song_graph(song: Song) -> Any:
    """Return the song as an ffmpeg graph's sound, second 0 its first decoded sample."""
    opened = ffmpeg.input(graph_name(song.path))
    # Sample 0 is the first that is decoded, wherever the container's clock puts it.
    return opened[f"a:{song.stream}"].filter("asetpts", "N/SR/TB")


def decode_song(song: Song, sample_rate: int | None = None) -> NDArray[np.float32]:
    """Return the song's samples as stereo, from its first decoded sample on.

    A mono song comes back with two equal channels; more than two are downmixed by ffmpeg.

    Args:
        song: An opened song.
        sample_rate: Hz to resample to; the song's own by default.

    Returns:
        float32 [shape=(n, 2)], full scale 1.0.

    Raises:
        MediaError: ffmpeg cannot decode it.
    """
    sides = _sides(song)
    graph = song_graph(song).output(
        "pipe:", format="f32le", ac=sides, ar=sample_rate or song.sample_rate
    )
    raw = run_graph(graph, f"decode {song.path}")
    sound = _stereo(np.frombuffer(raw, "<f4").reshape(-1, sides))
    if sample_rate in (None, song.sample_rate) and len(sound) != song.samples:
        # ffmpeg builds disagree on the padding at an M4A's end; the opened song's length stands
        lacks = max(0, song.samples - len(sound))
        sound = np.pad(sound[: song.samples], ((0, lacks), (0, 0)))
    return sound


def decode_blocks(song: Song) -> Iterator[NDArray[np.float32]]:
    """Yield the song's samples as stereo at its own rate, some thousand at a time.

    For work that needs each sample once: a long song at a high rate is gigabytes when whole.

    Args:
        song: An opened song.

    Yields:
        float32 [shape=(n, 2)], full scale 1.0.

    Raises:
        MediaError: The file has changed and can no longer be read.
    """
    try:
        with av.open(str(song.path), metadata_errors="replace") as container:
            stream = container.streams.audio[song.stream]
            sides = _sides(song)
            layout = "stereo" if sides == 2 else "mono"
            resampler = av.AudioResampler(format="flt", layout=layout, rate=song.sample_rate)
            for packet in container.demux(stream):
                for frame in _decoded(packet):
                    for part in resampler.resample(frame):
                        yield _stereo(np.asarray(part.to_ndarray(), np.float32).reshape(-1, sides))
            for part in resampler.resample(None):
                yield _stereo(np.asarray(part.to_ndarray(), np.float32).reshape(-1, sides))
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise MediaError(f"song {song.path} can no longer be read; did it change?") from error


def _decoded(packet: av.Packet[AudioStream]) -> list[av.AudioFrame]:
    """Return a packet's frames; none of a damaged packet, which players skip as well."""
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return []


def _sides(song: Song) -> int:
    """Return how many channels to ask for; ffmpeg would make mono 3 dB quieter in stereo."""
    return 1 if song.channels == 1 else 2


def _stereo(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    sound = _finite(samples)
    return np.repeat(sound, 2, axis=1) if sound.shape[1] == 1 else sound


def _finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return samples with silence where a float file holds infinities or no numbers."""
    if np.isfinite(samples.sum()):
        return samples
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
