"""Read a face as upright pictures, and write pictures as a movie that editors open at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from otio_idolsync.errors import IdolsyncError, LipsyncError
from otio_idolsync.media.colour import Conversion, colours_of, to_bt709
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.icc import from_profile
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.orientation import display_matrix
from otio_idolsync.media.signal import signal_of

Picture = NDArray[np.uint8]
_BT709, _LIMITED = 1, 1
_UNSPECIFIED = 2
# Short closed groups, so that an editor scrubs it like camera footage; no B frames for the same.
_OPTIONS = {
    "preset": "veryfast",
    "crf": "14",
    "profile": "high",
    "x264-params": "keyint=24:open-gop=0:bframes=0",
}
# (a, b, c, d) of the display matrix -> how many quarter turns to the left, and a flip before them.
_TURNS = {
    (1, 0, 0, 1): (0, False),
    (-1, 0, 0, -1): (2, False),
    (0, 1, -1, 0): (3, False),
    (0, -1, 1, 0): (1, False),
    (-1, 0, 0, 1): (0, True),
    (1, 0, 0, -1): (2, True),
    (0, 1, 1, 0): (1, True),
    (0, -1, -1, 0): (3, True),
}


def face_pictures(
    face: MediaInfo, start: Fraction, count: int, rate: Fraction, size: tuple[int, int]
) -> Iterator[Picture]:
    """Yield a face's pictures: upright, square pixels, scaled to ``size``.

    A picture that stays on screen is the same object again.

    Args:
        face: The probed still, video or sequence.
        start: Exact seconds after its first frame.
        count: How many pictures.
        rate: Pictures per second.
        size: Width and height of the pictures; the face fills it, its shape may change.

    Yields:
        uint8 [shape=(height, width, 3)], RGB.

    Raises:
        LipsyncError: The face is shorter than the shot, or cannot be read.
    """
    try:
        signal = signal_of(face)
        fields = signal.fields if face.kind == "video" else "progressive"
        profile = from_profile(face.path) if signal.profile == "matrix" else None
        last: tuple[VideoFrame, Picture] | None = None
        for frame in shot_frames(face, start, count, rate, fields=fields):
            if last is None or last[0] is not frame:
                last = frame, _upright(frame, size, signal.peak, profile)
            yield last[1]
    except IdolsyncError as error:
        raise LipsyncError(f"the face cannot sing: {error}") from error


def _upright(
    frame: VideoFrame, size: tuple[int, int], peak: float, profile: Conversion | None
) -> Picture:
    turns, flip = _TURNS[display_matrix(frame)]
    high = frame.width >= 1280 or frame.height > 576
    matrix = int(frame.colorspace)
    if matrix in (0, _UNSPECIFIED):
        matrix = int(Colorspace.ITU709 if high else Colorspace.ITU601)
    colours = colours_of(frame)
    conversion = profile if colours.plain else to_bt709(colours, "tonemap", peak)
    if conversion:
        frame = conversion(frame.reformat(format="gbrap16le", src_colorspace=matrix))
    rgb = frame.reformat(format="rgba", src_colorspace=matrix).to_ndarray()
    share = rgb[..., 3:].astype(np.float32) / 255
    solid = (rgb[..., :3] * share + 0.5).astype(np.uint8)
    turned = np.rot90(solid[:, ::-1] if flip else solid, turns)
    if turned.shape[1::-1] == size:
        return np.ascontiguousarray(turned)
    image = Image.fromarray(np.ascontiguousarray(turned))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def write_movie(
    pictures: Iterable[Picture], output: Path, rate: Fraction, size: tuple[int, int]
) -> int:
    """Write pictures as H.264 without sound and return how many there were.

    Args:
        pictures: uint8 [shape=(height, width, 3)], RGB.
        output: A ``.mov`` or ``.mp4`` file.
        rate: Pictures per second.
        size: Width and height, even.

    Raises:
        LipsyncError: The file cannot be written.
    """
    count = 0
    form = "mp4" if output.suffix.lower() == ".mp4" else "mov"
    try:
        with av.open(str(output), "w", format=form) as container:
            stream = container.add_stream("libx264", rate=rate, options=_OPTIONS)
            codec = stream.codec_context
            codec.width, codec.height = size
            codec.thread_count = 1  # several would make another file each time
            codec.pix_fmt, codec.time_base = "yuv420p", 1 / rate
            codec.sample_aspect_ratio = Fraction(1)
            codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
            codec.color_range = _LIMITED
            for count, picture in enumerate(pictures, 1):
                frame = _yuv(picture)
                frame.pts, frame.time_base = count - 1, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.error.FFmpegError, OSError) as error:
        raise LipsyncError(f"{output} cannot be written: {error.strerror or error}") from error
    return count


def _yuv(picture: Picture) -> VideoFrame:
    rgb = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    yuv = rgb.reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    yuv.colorspace = yuv.color_primaries = yuv.color_trc = _BT709
    return yuv
