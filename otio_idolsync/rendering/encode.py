"""Encode one shot to a video file that can be joined to any other of the same format by packets.

Every shot starts with an IDR frame, refers to nothing outside itself, and is written with the same
settings, so that all of them share one decoder configuration.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otio_idolsync.errors import RenderError, UsageError
from otio_idolsync.rendering.model import OutputFormat
from otio_idolsync.rendering.options import VideoCodec
from otio_idolsync.rendering.picture import BT709, LIMITED
from otio_idolsync.timebase import whole_frames

# These decide pixels and are part of every shot's key. So would the number of x264's threads, and
# which of them is first: what one that looks ahead finds out is used by those that encode as soon
# as it is there. With one, a shot is the same in every cache.
_H264 = {
    "codec": "libx264",
    "preset": "veryfast",
    "crf": "18",
    "profile": "high",
    "x264-params": "keyint=120:open-gop=0:bframes=3:b-pyramid=normal:stitchable=1",
}
_SETTINGS: dict[VideoCodec, dict[str, str]] = {
    "h264": _H264,
    "hevc": {
        "codec": "libx265",
        "preset": "superfast",
        "crf": "19",
        # One frame at a time: otherwise each core that a machine has takes 25 MB at 1080p.
        "x265-params": "keyint=120:open-gop=0:bframes=3:frame-threads=1:info=0:log-level=none",
    },
    "prores": {"codec": "prores_ks", "profile": "3", "vendor": "apl0"},
    "ffv1": {"codec": "ffv1", "level": "3", "g": "1", "slicecrc": "1", "slices": "4"},
}
# x264's fast arithmetic of how much later frames need of a block depends on what memory holds: of
# 60 encodes of equal frames up to 8 differed. It is no setting of the picture, so it is in no key.
_ALIKE: dict[VideoCodec, dict[str, str]] = {"h264": {"x264-params": "cpu-independent=1"}}
# Small and fast, each like its codec: to be looked at once, or to be edited with.
_DRAFTS: dict[VideoCodec, dict[str, str]] = {
    "h264": _H264 | {"preset": "ultrafast", "crf": "28"},
    # Five times as fast as the other encoder.
    "prores": {"codec": "prores_aw", "profile": "0", "vendor": "apl0"},
}
# The containers that carry a codec everywhere; the first is that of a shot's own file.
CONTAINERS: dict[VideoCodec, tuple[str, ...]] = {
    "h264": (".mp4", ".mov", ".mkv"),
    "hevc": (".mp4", ".mov", ".mkv"),
    "prores": (".mov",),
    "ffv1": (".mkv",),
}
# For reading a shot file's packets: to open it would otherwise decode its first frame, which costs
# more than all else there is to do with it.
UNDECODED: list[Any] = [{"skip_frame": "all"}]
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
# Frames that x265 must have seen before it knows by how much decoding runs ahead of showing.
_X265_DELAY = 2
# ProRes knows no 4:2:0.
_PIXELS: dict[VideoCodec, str] = {"prores": "yuv422p10le"}


def check_video_codec(codec: VideoCodec, suffix: str, draft: bool) -> None:
    """Refuse a codec that the movie's container does not carry everywhere.

    Raises:
        UsageError: It is.
    """
    if suffix not in CONTAINERS[codec]:
        raise UsageError(
            f"{codec} is not played everywhere in {suffix}; end the output in "
            f"{' or '.join(CONTAINERS[codec])}"
        )
    if draft and codec != "h264":
        raise UsageError(f"a draft is H.264; leave out --draft or --video-codec {codec}")


def as_encoded(output: OutputFormat, codec: VideoCodec, draft: bool) -> OutputFormat:
    """Return a format with its encoding; a draft is half as large."""
    if not draft:
        return replace(output, codec=codec)
    width, height = (max(16, side // 4 * 2) for side in (output.width, output.height))
    return replace(output, width=width, height=height, draft=True, final=output.framed)


def encoder_settings(output: OutputFormat) -> dict[str, str]:
    """Return the encoder and its options."""
    return (_DRAFTS if output.draft else _SETTINGS)[output.codec]


def shot_suffix(output: OutputFormat) -> str:
    """Return the suffix of a shot's own file."""
    return CONTAINERS[output.codec][0]


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
        threads: Encoder threads; x264 always works with one.
        stop: Set from outside to give up between two frames.

    Raises:
        Cancelled: ``stop`` was set.
        OSError: The file cannot be written.
    """
    count = 0
    settings = encoder_settings(output)
    options = {name: value for name, value in settings.items() if name != "codec"} | _ALIKE.get(
        output.codec, {}
    )
    # Matroska would give every file a random number.
    exact = {"fflags": "bitexact"} if shot_suffix(output) == ".mkv" else {}
    with av.open(
        str(target), "w", format=_FORMATS[shot_suffix(output)], options=exact
    ) as container:
        stream = container.add_stream(settings["codec"], rate=output.rate, options=options)
        if not isinstance(stream, VideoStream):
            raise RenderError(f"{settings['codec']} is no encoder of pictures")
        codec = stream.codec_context
        _configure(codec, output, threads)
        for frame in frames:
            if stop.is_set():
                raise Cancelled
            picture = frame
            if frame.format.name != codec.pix_fmt:
                picture = frame.reformat(format=codec.pix_fmt)
            picture.pts = count
            picture.time_base = 1 / output.rate
            container.mux(stream.encode(picture))
            count += 1
        last = stream.encode(None)
        if output.codec == "hevc" and count <= _X265_DELAY:
            for packet in last:  # as many as there are; x265 made up when they are to be decoded
                packet.dts = packet.pts
        container.mux(last)
    return count


def _configure(codec: VideoCodecContext, output: OutputFormat, threads: int) -> None:
    codec.width, codec.height = output.width, output.height
    codec.pix_fmt = _PIXELS.get(output.codec, "yuv420p")
    codec.sample_aspect_ratio = Fraction(1)
    codec.time_base = 1 / output.rate
    codec.thread_count = 1 if output.codec == "h264" else threads
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = LIMITED


def check_shot(path: Path, frames: int, output: OutputFormat) -> int:
    """Return by how many frames decoding order runs ahead of showing order in a shot file.

    Raises:
        RenderError: The file does not hold exactly the frames 0 to ``frames`` - 1.
    """
    with av.open(str(path), stream_options=UNDECODED) as container:
        stream = container.streams.video[0]
        unit = 1 / output.rate
        stamps = [
            whole_frames(packet.pts * packet.time_base / unit)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    if sorted(stamps) != list(range(frames)):
        raise RenderError(f"a shot of {frames} frames came out with {len(stamps)} packets")
    return max(index - stamp for index, stamp in enumerate(stamps))
