"""A slate says which shot is missing and counts every frame, at any size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from otio_idolsync.rendering.model import OutputFormat, Slate
from otio_idolsync.rendering.slate import slate_frames

CODES = ("01:00:00:22", "01:00:00:23", "01:00:01:00")
LONG = "media /a/very/long/path without any end " * 12 + "x" * 400


def pictures(size: tuple[int, int], slate: Slate) -> list[np.ndarray]:
    frames = slate_frames(slate, OutputFormat(*size, Fraction(24)))
    return [frame.to_ndarray(format="rgb24").astype(int) for frame in frames]


@pytest.mark.parametrize("size", [(16, 16), (320, 180), (1920, 1080), (1080, 1920), (4096, 64)])
def test_a_slate_fits_any_size_and_any_text(size):
    slate = Slate("S012", "bar 33 · chorus 2", ("placeholder", LONG), CODES)
    got = pictures(size, slate)
    assert [picture.shape for picture in got] == [(size[1], size[0], 3)] * 3


def test_each_frame_shows_its_own_timecode_and_nothing_else_moves():
    first, second, third = pictures((640, 360), Slate("S012", "bar 33", ("why",), CODES))
    for other in (second, third):
        rows = np.nonzero(np.abs(first - other).max(axis=(1, 2)) > 40)[0]
        assert len(rows)
        assert rows.min() > 360 * 0.8


def test_title_bar_and_reason_are_all_drawn():
    bare = pictures((640, 360), Slate("S012", "", (), CODES))[0]
    for slate in (Slate("S013", "", (), CODES), Slate("S012", "bar 1", (), CODES)):
        assert (np.abs(pictures((640, 360), slate)[0] - bare) > 60).sum() > 200
    reason = pictures((640, 360), Slate("S012", "", ("no source is long enough",), CODES))[0]
    assert (np.abs(reason - bare) > 60).sum() > 200


def test_text_is_far_brighter_than_its_ground():
    picture = pictures((320, 180), Slate("S012", "bar 33", ("placeholder",), CODES))[0]
    assert np.median(picture) < 40
    assert picture.max() > 230


def test_a_long_name_is_shortened_and_stays_inside():
    picture = pictures((640, 360), Slate("a name " * 30, "", (), CODES))[0]
    title = picture[20:100]
    assert title[:, 45:600].max() > 200
    assert title[:, 610:].max() < 60
