"""Join encoded shots and the encoded song into one movie by copying packets on our own clock.

Nothing is decoded or encoded here. Frame f of the movie is shown at exactly f / rate, whatever the
time stamps of the shot files say, so nothing can shift or drift.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from otio_idolsync.errors import RenderError
from otio_idolsync.rendering.encode import UNDECODED, Cancelled
from otio_idolsync.rendering.model import OutputFormat
from otio_idolsync.timebase import whole_frames

_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
# How far the sound may run ahead of the picture in the file, in seconds.
_INTERLEAVE = 0.5


@dataclass(frozen=True, slots=True)
class MadeShot:
    """A shot file that is ready: where it is, how many frames it holds, how it is reordered."""

    path: Path
    frames: int
    reorder: int


def join(
    shots: Sequence[MadeShot],
    song: Path | None,
    target: Path,
    suffix: str,
    output: OutputFormat,
    stop: threading.Event,
    timecode: str = "",
) -> int:
    """Write the movie and return how many frames it has.

    Args:
        shots: In order; at least one.
        song: The encoded song, or None.
        target: The file to write.
        suffix: ``.mp4``, ``.mov`` or ``.mkv``: which container.
        output: The format that all shots have.
        stop: Set from outside to give up.
        timecode: Of its first frame; "" for none.

    Raises:
        RenderError: The shots do not fit together, or one does not hold its frames.
        Cancelled: ``stop`` was set.
    """
    options = {"movflags": "+faststart"} if suffix != ".mkv" else {"avoid_negative_ts": "disabled"}
    with av.open(str(target), "w", format=_FORMATS[suffix], options=options) as movie:
        if timecode:
            movie.metadata["timecode"] = timecode
        with _opened(shots[0].path) as first:
            template = first.streams.video[0]
            picture = movie.add_stream_from_template(template)
            header = bytes(template.codec_context.extradata or b"")
            if output.codec == "hevc" and suffix != ".mkv":
                # Apple's players take no other name for it.
                picture.codec_context.codec_tag = "hvc1"
            elif output.codec == "prores":  # its tag tells its kind
                picture.codec_context.codec_tag = template.codec_context.codec_tag
        picture.time_base = 1 / output.rate
        if timecode:  # counts frames, so its track needs their rate
            picture.codec_context.framerate = output.rate
        with _sound(movie, song, skip_delay=suffix == ".mkv") as sound:
            movie.start_encoding()
            return _interleave(movie, picture, shots, header, output, sound, stop)


def _interleave(
    movie: OutputContainer,
    picture: VideoStream,
    shots: Sequence[MadeShot],
    header: bytes,
    output: OutputFormat,
    sound: Iterator[Packet[AudioStream]],
    stop: threading.Event,
) -> int:
    done, rate, unit = 0, float(output.rate), 1 / output.rate
    delay = max(shot.reorder for shot in shots)
    waiting = next(sound, None)
    for shot in shots:
        for index, (packet, stamp) in enumerate(_packets(shot, header, output)):
            if stop.is_set():
                raise Cancelled
            # Floats: fractions would cost as much as the copying, and only the order hangs on it.
            until = (done + index) / rate + _INTERLEAVE
            while waiting and (waiting.dts or 0) * float(waiting.time_base) <= until:
                movie.mux(waiting)
                waiting = next(sound, None)
            packet.stream = picture
            packet.time_base = unit
            packet.pts, packet.dts, packet.duration = done + stamp, done + index - delay, 1
            movie.mux(packet)
        done += shot.frames
    while waiting:
        movie.mux(waiting)
        waiting = next(sound, None)
    return done


def _packets(
    shot: MadeShot, header: bytes, output: OutputFormat
) -> Iterator[tuple[Packet[VideoStream], int]]:
    """Yield a shot's packets in decoding order, each with its place in showing order."""
    count = 0
    with _opened(shot.path, UNDECODED) as container:
        stream = container.streams.video[0]
        if bytes(stream.codec_context.extradata or b"") != header:
            raise RenderError(
                f"shot file {shot.path} was encoded with other settings than the first; "
                "remove it and render again"
            )
        frames = (stream.time_base or 1 / output.rate) * output.rate  # that a tick of it lasts
        for packet in container.demux(stream):
            if packet.pts is not None:
                yield packet, whole_frames(packet.pts * frames)
                count += 1
    if count != shot.frames:
        raise RenderError(
            f"shot file {shot.path} holds {count} frames instead of {shot.frames}; "
            "remove it and render again"
        )


def _opened(path: Path, streams: list[Any] | None = None) -> InputContainer:
    try:
        return av.open(str(path), stream_options=streams)
    except (av.error.FFmpegError, OSError) as error:
        raise RenderError(
            f"cache file {path} was lost or damaged during the render; render again"
        ) from error


@contextlib.contextmanager
def _sound(
    movie: OutputContainer, song: Path | None, skip_delay: bool
) -> Iterator[Iterator[Packet[AudioStream]]]:
    """Yield the packets of the encoded song, each assigned to a new stream of the movie.

    With ``skip_delay`` those before time 0 are left out: Matroska cannot say that they are to be
    skipped, and the whole song would come 21 ms late.
    """
    if song is None:
        yield iter(())
        return
    with _opened(song) as container:
        stream = container.streams.audio[0]
        copied = movie.add_stream_from_template(stream)

        def packets() -> Iterator[Packet[AudioStream]]:
            for packet in container.demux(stream):
                if packet.dts is not None and not (skip_delay and packet.dts < 0):
                    packet.stream = copied
                    yield packet

        yield packets()
