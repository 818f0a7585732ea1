"""Picture sizes: one reading of what people write, and of how much a shape leaves black."""

from __future__ import annotations

from fractions import Fraction

import pytest

from otio_idolsync.errors import UsageError
from otio_idolsync.media.size import black_share, black_warning, even_size, parse_size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1920x1080", (1920, 1080)),
        (" 1920X1080 ", (1920, 1080)),
        ("1920×1080", (1920, 1080)),
        ((640, 360), (640, 360)),
        ([640, 360], (640, 360)),
        ("16384x16", (16384, 16)),
        ("9:16", (1080, 1920)),
        ("1:1", (1080, 1080)),
        ("4:5", (1080, 1350)),
        ("16:9", (1920, 1080)),
        ("1.85:1", (1998, 1080)),
    ],
)
def test_a_size_is_pixels_or_a_shape_whose_shorter_side_is_1080(written, size):
    assert parse_size(written) == size


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("12", "size '12' is not understood; write 1920x1080, or a shape: 9:16, 1:1, 4:5, 16:9"),
        ("0:0", "size '0:0' is not understood"),
        ("9:16:1", "is not understood"),
        ("-16x16", "is not understood"),
        ((1, 2, 3), "size '1x2x3' is not understood"),
        (1080, "size '1080' is not understood"),
        ("16385x16", "size 16385x16 is outside 16 to 16384 pixels a side"),
        ("1920x8", "size 1920x8 is outside 16 to 16384 pixels a side"),
        ("99:1", "size 106920x1080 is outside"),
    ],
)
def test_what_is_no_size_is_told_with_what_to_write(written, sentence):
    with pytest.raises(UsageError) as told:
        parse_size(written)
    assert sentence in str(told.value)


def test_an_odd_size_is_made_even_and_said():
    assert even_size((1920, 1080)) == ((1920, 1080), [])
    assert even_size((161, 89)) == ((162, 90), ["size 161x89 is odd; the picture is 162x90"])


def test_landscape_footage_leaves_two_thirds_of_an_upright_picture_black():
    assert black_share((1920, 1080), (1080, 1920)) == 1 - Fraction(81, 256)
    assert black_share((1080, 1920), (1920, 1080)) == 1 - Fraction(81, 256)
    assert black_share((640, 360), (1920, 1080)) == 0


def test_black_shots_are_one_warning_and_a_quarter_is_none():
    upright, narrow = Fraction(2, 3), Fraction(1, 4)
    shares = {f"S{n:03d}": upright for n in range(1, 11)} | {"S011": narrow, "S012": Fraction(1, 2)}
    [said] = black_warning(shares, (1080, 1920), "--fit fill")
    assert said == (
        "50 to 67 % of the picture is black in 11 of 12 shots (S001, S002, S003, S004, S005, S006, "
        "S007, S008, …), whose media have another shape than 1080x1920; --fit fill"
    )
    assert black_warning({"S011": narrow}, (1080, 1920), "") == []
