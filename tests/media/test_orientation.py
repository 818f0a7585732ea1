"""A picture stands upright, whatever else than its orientation its file carries beside it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from otio_idolsync.lipsync.movie import face_pictures
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.model import OutputFormat
from otio_idolsync.rendering.picture import Conformer

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 274


def corners() -> Image.Image:
    """A picture that no turn and no mirror leaves as it is."""
    picture = np.full((48, 64, 3), 128, np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32] = 30, 220, 75
    return Image.fromarray(picture)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_with_a_profile_is_turned_and_mirrored_as_its_camera_says(
    tmp_path, suffix, orientation
):
    path, exif = tmp_path / f"photo.{suffix}", Image.Exif()
    exif[ORIENTATION] = orientation
    corners().save(path, exif=exif, icc_profile=PROFILE)
    wanted = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("L"), int)
    info = probe(path)
    size = info.width, info.height
    assert size == wanted.shape[::-1]
    (frame,) = Conformer(OutputFormat(*size, Fraction(24)), size).frames(
        shot_frames(info, Fraction(0), 1, Fraction(24))
    )
    (face,) = face_pictures(info, Fraction(0), 1, Fraction(24), size)
    for shown in (frame.to_ndarray(format="gray"), face[..., 1]):
        assert np.abs(shown.astype(int) - wanted).mean() < 6


def test_a_profile_without_an_orientation_ends_nothing(tmp_path):
    corners().save(tmp_path / "screenshot.png", icc_profile=PROFILE)
    info = probe(tmp_path / "screenshot.png")
    assert (info.kind, info.width, info.height) == ("still", 64, 48)
