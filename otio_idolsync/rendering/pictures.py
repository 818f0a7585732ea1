"""Write stills and the images of sequences anew, smaller, in their own formats."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageOps

from otio_idolsync.errors import OutputError
from otio_idolsync.media.outputs import output_file

_QUALITY = 90


def write_smaller(files: Sequence[tuple[Path, Path]], scale: Fraction) -> bool:
    """Write pictures smaller; return whether that could be done.

    Args:
        files: Each picture and where its copy goes; the folders are made.
        scale: Size of the copies over that of the pictures.

    Raises:
        OutputError: A copy cannot be written.
    """
    Image.init()
    for source, target in files:
        try:
            with Image.open(source) as picture:
                kind = str(picture.format)
                if kind not in Image.SAVE:
                    return False
                small = _smaller(picture, scale)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return False
        with contextlib.suppress(OSError):  # said where the file is written
            target.parent.mkdir(parents=True, exist_ok=True)
        with output_file(target) as temporary:
            profile = picture.info.get("icc_profile")
            try:
                small.save(temporary, kind, quality=_QUALITY, icc_profile=profile)
            except ValueError as error:
                raise OutputError(f"{target} cannot be written: {error}") from error
    return True


def _smaller(picture: Image.Image, scale: Fraction) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("P", "1"):  # their colours cannot be mixed
        upright = upright.convert("RGBA" if "transparency" in picture.info else "RGB")
    width, height = (max(1, round(side * scale)) for side in upright.size)
    return upright.resize((width, height), Image.Resampling.LANCZOS)
