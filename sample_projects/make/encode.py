"""Writes sound, clips and pictures with PyAV and Pillow, the same way each time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image


def write_mp3(path: Path, samples: np.ndarray, rate: int, bit_rate: int = 192_000) -> None:
    """Write float stereo samples [shape=(n, 2)] as MP3."""
    with av.open(str(path), "w") as out:
        out.metadata.update({"title": "Kira Kira Neon", "artist": "idolsync sample project"})
        stream = out.add_stream("libmp3lame", rate=rate, layout="stereo")
        stream.bit_rate = bit_rate
        size = 1152
        data = np.ascontiguousarray(samples.T.astype("f4"))
        for at in range(0, data.shape[1], size):
            block = np.ascontiguousarray(data[:, at : at + size])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = rate, at
            frame.time_base = Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def write_clip(
    path: Path, frames: Iterator[np.ndarray], rate: Fraction, crf: float, timecode: str = ""
) -> None:
    """Write RGB frames as H.264: BT.709, a keyframe each second, index in front."""
    first = next(frames)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = round(rate)
        stream.codec_context.thread_count = 2
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.colorspace = 1
        stream.options = {"crf": str(crf), "preset": "slow", "tune": "animation", "aq-mode": "3"}
        if timecode:
            stream.metadata["timecode"] = timecode
        for index, pixels in enumerate(_chain(first, frames)):
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _chain(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest


def write_picture(path: Path, pixels: np.ndarray, quality: int = 90) -> None:
    """Write an RGB picture; the suffix says which format."""
    options = (
        {"quality": quality, "optimize": True} if path.suffix == ".jpg" else {"optimize": True}
    )
    Image.fromarray(pixels).save(path, **options)
