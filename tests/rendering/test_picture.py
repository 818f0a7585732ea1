"""Every source comes out upright, with square pixels, in BT.709, at exactly the output's size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.model import OutputFormat
from otio_idolsync.rendering.picture import Conformer, scaled_size

CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def four_corners(width: int = 64, height: int = 48) -> Image.Image:
    """Red and green above, blue and yellow below."""
    picture = Image.new("RGB", (width, height))
    for index, colour in enumerate(CORNERS):
        left, top = index % 2 * width // 2, index // 2 * height // 2
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def conformed(path, size=(64, 48), fit="fit") -> np.ndarray:
    info = probe(path)
    output = OutputFormat(*size, Fraction(24), fit)
    source = shot_frames(info, Fraction(0), 1, Fraction(24))
    [frame] = Conformer(output, (info.width, info.height)).frames(source)
    assert (frame.width, frame.height, frame.format.name) == (*size, "yuv420p")
    assert (frame.colorspace, frame.color_range) == (1, 1)
    return frame.to_ndarray(format="rgb24").astype(int)


def corners_of(picture: np.ndarray) -> list[tuple[int, ...]]:
    height, width = picture.shape[:2]
    spots = [(height * y // 4, width * x // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(round(v / 255) * 255 for v in picture[spot]) for spot in spots]


@pytest.mark.parametrize(
    ("orientation", "wanted"),
    [(1, (0, 1, 2, 3)), (3, (3, 2, 1, 0)), (6, (2, 0, 3, 1)), (8, (1, 3, 0, 2))],
)
def test_turned_photos_come_out_upright(tmp_path, orientation, wanted):
    exif = Image.Exif()
    exif[274] = orientation
    four_corners().save(tmp_path / "photo.jpg", exif=exif, quality=95, subsampling=0)
    size = (64, 48) if orientation < 5 else (48, 64)
    assert corners_of(conformed(tmp_path / "photo.jpg", size)) == [CORNERS[k] for k in wanted]


def test_fit_shows_all_fill_covers_crop_keeps_pixels(tmp_path):
    four_corners(80, 40).save(tmp_path / "wide.png")
    fit = conformed(tmp_path / "wide.png", (64, 64), "fit")
    assert fit[:14].max() < 6 and fit[-14:].max() < 6 and fit[20:44].max(axis=2).min() > 100
    fill = conformed(tmp_path / "wide.png", (64, 64), "fill")
    assert fill.max(axis=2).min() > 100
    crop = conformed(tmp_path / "wide.png", (64, 64), "crop")
    rows = np.nonzero(crop.max(axis=(1, 2)) > 60)[0]
    assert (rows[0], rows[-1]) == (12, 51)
    assert corners_of(fill) == corners_of(fit[16:48]) == list(CORNERS)


def test_alpha_lies_over_black(tmp_path):
    picture = np.full((48, 64, 4), 255, np.uint8)
    picture[:, 32:, 3] = 0
    picture[:, 16:32, 3] = 128
    Image.fromarray(picture).save(tmp_path / "alpha.png")
    got = conformed(tmp_path / "alpha.png")[24, :, 1]
    assert got[8] > 250 and got[56] < 5
    assert abs(got[24] - 128) < 6
    Image.fromarray(picture).convert("P").save(tmp_path / "palette.gif", transparency=0)
    conformed(tmp_path / "palette.gif")


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p10le", "yuv444p12le", "gray"])
@pytest.mark.parametrize(("level", "luma"), [(255, 235), (0, 16)])
def test_black_and_white_survive_every_pixel_format(pixels, level, luma):
    flat = VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="rgb24")
    frame = flat.reformat(format=pixels)
    [done] = Conformer(OutputFormat(64, 48, Fraction(24)), (64, 48)).frames(iter([frame]))
    assert np.abs(done.to_ndarray()[:48].astype(int) - luma).max() <= 2


def test_a_source_that_changes_its_size_midway_goes_on():
    frames = [VideoFrame(64, 48, "yuv420p"), VideoFrame(128, 96, "yuv420p")]
    conformer = Conformer(OutputFormat(32, 24, Fraction(24)), (64, 48))
    assert [(f.width, f.height) for f in conformer.frames(iter(frames))] == [(32, 24)] * 2


def test_a_frame_that_stays_is_converted_once():
    frame = VideoFrame(64, 48, "yuv420p")
    conformer = Conformer(OutputFormat(32, 24, Fraction(24)), (64, 48))
    first, second = conformer.frames(iter([frame, frame]))
    assert first is second


@given(
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    st.tuples(st.integers(8, 2000), st.integers(8, 2000)),
)
def test_scaling_keeps_the_shape_and_covers_or_fits(source, half):
    output = (2 * half[0], 2 * half[1])
    fit, fill = scaled_size(source, output, "fit"), scaled_size(source, output, "fill")
    assert all(side % 2 == 0 for side in (*fit, *fill))
    assert fit[0] <= output[0] and fit[1] <= output[1]
    assert fill[0] >= output[0] and fill[1] >= output[1]
    assert output[0] in (fit[0], fill[0]) and output[1] in (fit[1], fill[1])
