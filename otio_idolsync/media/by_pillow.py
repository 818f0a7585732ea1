"""Read with Pillow the pictures that ffmpeg's libraries do not show whole, or not at all.

Those are animated WebP, AVIF that moves, has alpha or is put together from tiles, and icons (of
which the largest is shown); and whatever else the libraries refuse and Pillow reads.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from av.video.frame import VideoFrame

from otio_idolsync.errors import MediaError
from otio_idolsync.media.model import STILL_SECONDS, MediaInfo
from otio_idolsync.media.rates import STILL_RATE, Span, rate_of, whole_frames

if TYPE_CHECKING:  # most media need neither Pillow nor numpy to be looked into
    from PIL import Image

# Formats that hold pictures and are read by nothing but Pillow itself: EPS, for one, is a program
# that another program would run.
_FORMATS = (
    "AVIF", "BMP", "CUR", "DCX", "DDS", "DIB", "FLI", "GIF", "ICNS", "ICO", "IM", "JPEG",
    "JPEG2000", "PCX", "PNG", "PPM", "PSD", "QOI", "SGI", "SUN", "TGA", "TIFF", "WEBP", "XBM",
    "XPM",
)  # fmt: skip
# Others (16 bits, floats) have levels that Pillow cuts off.
_MODES = frozenset(
    {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"}
)
_CLEAR = frozenset("LA La PA RGBA RGBa".split())
_HEAD, _ANIMATED = 16384, 0x02
# Several pictures in one file are pages or sizes in all others.
_MOVING = frozenset({"AVIF", "FLI", "GIF", "PNG", "WEBP"})
_ICONS = (b"\0\0\1\0", b"icns")
# What players take a picture for that is to be shown for no time.
_UNTOLD = 100


def shows_more(path: Path) -> bool:
    """Tell by a file's first bytes whether Pillow shows more of it than ffmpeg's libraries do."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        return bool(head[20] & _ANIMATED)
    if head[4:8] == b"ftyp" and {b"avif", b"avis"} & {head[k : k + 4] for k in range(8, 40, 4)}:
        parts = (b"avis", b"auxC", b"grid")
        return any(part in head for part in parts) and _has_avif()
    return head.startswith(_ICONS)


def look(path: Path) -> MediaInfo:
    """Return what a picture or an animation holds.

    Raises:
        MediaError: Pillow cannot read it.
    """
    shown, end, size = [], Fraction(0), (0, 0)
    for at, lasts, picture in _pictures(path):
        shown.append(at)
        end, size = at + lasts, picture.size
    if len(shown) == 1:
        frames = int(STILL_SECONDS * STILL_RATE)
        return MediaInfo(path, "still", STILL_RATE, frames, 0, *size, reader="pillow")
    span = Span(shown, end, Fraction(1, 1000), ())
    rate = rate_of(span)
    return MediaInfo(path, "video", rate, whole_frames(span, rate), 0, *size, reader="pillow")


def timed_frames(path: Path) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield (seconds after the first frame, frame), upright, in RGB with alpha where there is some.

    Raises:
        MediaError: Pillow cannot read it.
    """
    import numpy as np

    for at, _, picture in _pictures(path):
        clear = picture.mode in _CLEAR or "transparency" in picture.info
        pixels = np.asarray(picture.convert("RGBA" if clear else "RGB"))
        yield at, VideoFrame.from_ndarray(pixels, format="rgba" if clear else "rgb24")


def _pictures(path: Path) -> Iterator[tuple[Fraction, Fraction, Image.Image]]:
    """Yield when each picture is shown and for how long, in seconds, and itself, upright."""
    from PIL import Image, ImageOps

    try:
        with _opened(path) as image:
            at = Fraction(0)
            for index in range(getattr(image, "n_frames", 1) if image.format in _MOVING else 1):
                image.seek(index)
                image.load()
                if image.mode not in _MODES:
                    raise MediaError(f"media {path} has levels ({image.mode}) that are not read")
                lasts = Fraction(round(image.info.get("duration") or _UNTOLD), 1000)
                yield at, lasts, ImageOps.exif_transpose(image)
                at += lasts
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise MediaError(f"media {path} cannot be read as a picture ({error})") from error


def _has_avif() -> bool:
    from PIL import features

    return bool(features.check("avif"))


def _opened(path: Path) -> Image.Image:
    from PIL import Image

    with warnings.catch_warnings():
        # A very large picture is a picture: it is looked into by a process that may die of it.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path, formats=_FORMATS)
