"""Encode one shot to a video file that can be joined to any other of the same format by packets.

Every shot starts with an IDR frame, refers to nothing outside itself, and is written with the same
settings, so that all of them share one decoder configuration.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from otio_idolsync.errors import RenderError
from otio_idolsync.rendering.model import OutputFormat
from otio_idolsync.rendering.picture import BT709, LIMITED

# These decide pixels and are part of every shot's key; the number of threads is not.
ENCODER = {
    "codec": "libx264",
    "preset": "veryfast",
    "crf": "18",
    "profile": "high",
    "x264-params": "keyint=120:open-gop=0:bframes=3:b-pyramid=normal:stitchable=1",
}
SHOT_SUFFIX = ".mp4"


class Cancelled(Exception):
    """The render was stopped; not an error of anything."""


def encode_shot(
    frames: Iterator[VideoFrame],
    target: Path,
    output: OutputFormat,
    threads: int,
    stop: threading.Event,
) -> int:
    """Write frames to a video-only file and return how many there were.

    Args:
        frames: Finished frames of the output's size.
        target: The file to write.
        output: Size and rate.
        threads: Encoder threads.
        stop: Set from outside to give up between two frames.

    Raises:
        Cancelled: ``stop`` was set.
        OSError: The file cannot be written.
    """
    count = 0
    with av.open(str(target), "w", format="mp4") as container:
        options = {name: value for name, value in ENCODER.items() if name != "codec"}
        stream = container.add_stream("libx264", rate=output.rate, options=options)
        _configure(stream.codec_context, output, threads)
        for frame in frames:
            if stop.is_set():
                raise Cancelled
            frame.pts = count
            frame.time_base = 1 / output.rate
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count


def _configure(codec: VideoCodecContext, output: OutputFormat, threads: int) -> None:
    codec.width, codec.height = output.width, output.height
    codec.pix_fmt = "yuv420p"
    codec.sample_aspect_ratio = Fraction(1)
    codec.time_base = 1 / output.rate
    codec.thread_count = threads
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = LIMITED


def check_shot(path: Path, frames: int, output: OutputFormat) -> int:
    """Return by how many frames decoding order runs ahead of showing order in a shot file.

    Raises:
        RenderError: The file does not hold exactly the frames 0 to ``frames`` - 1.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        unit = 1 / output.rate
        stamps = [
            round(packet.pts * packet.time_base / unit)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    if sorted(stamps) != list(range(frames)):
        raise RenderError(f"a shot of {frames} frames came out with {len(stamps)} packets")
    return max(index - stamp for index, stamp in enumerate(stamps))
