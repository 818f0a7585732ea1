"""A render says of which shots much stays black, and of nothing that is meant to be black."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from otio_idolsync import render
from otio_idolsync.cut.look import Look
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.rendering.letterbox import letterboxed
from otio_idolsync.rendering.model import (
    Black,
    Footage,
    Layer,
    Layers,
    OutputFormat,
    Plate,
    ShotJob,
    Slate,
)

WIDE = Footage(MediaInfo(Path("/w.mp4"), "video", Fraction(24), 48, 0, 1920, 1080), Fraction(0))
TALL = Footage(MediaInfo(Path("/t.mp4"), "video", Fraction(24), 48, 0, 1080, 1920), Fraction(0))
HALF = Look(scale=(Fraction(1, 2), Fraction(1, 2)))


def said(content, size=(1920, 1080), fit="fit"):
    return letterboxed([ShotJob("S001", 0, 24, content)], OutputFormat(*size, Fraction(24), fit))


def stack(*contents, look=Look()):  # noqa: B008
    return Layers(tuple(Layer(content, 0, 24, look) for content in contents))


@pytest.mark.parametrize(
    ("content", "percent"),
    [
        (TALL, 68),
        (stack(Black(), TALL), 68),
        (stack(WIDE, look=HALF), 75),
        (stack(stack(TALL), look=HALF), 92),
        (stack(WIDE, look=Look(right=Fraction(1))), 100),
    ],
)
def test_footage_that_does_not_cover_the_frame_is_told(content, percent):
    [sentence] = said(content)
    assert sentence.startswith(f"{percent} % of the picture is black in 1 of 1 shots (S001)")
    assert "--fit fill covers it" in sentence


@pytest.mark.parametrize(
    "content",
    [
        WIDE,
        Black(),
        Plate((0, 0, 0)),
        Slate("S001", "", (), ()),
        stack(TALL, WIDE),
        stack(WIDE, stack(TALL), look=Look()),
        Layers((Layer(TALL, 0, 24, Look(fit="fill")),)),
    ],
)
def test_gaps_slates_and_what_lies_under_a_tall_picture_are_not(content):
    assert said(content) == []


def test_fill_leaves_nothing_black_and_crop_what_pixels_lack():
    assert said(TALL, fit="fill") == []
    assert said(WIDE, (1920, 1080), "crop") == []
    [sentence] = said(WIDE, (3840, 2160), "crop")
    assert sentence.startswith("75 % of the picture is black")


def test_a_render_of_another_shape_warns_of_the_shots_in_its_range(project):
    wide = project.media("wide.mp4", frames=24)
    tall = project.media("tall.mp4", frames=24, size=(90, 160))
    project.shot(wide, 0, 12, shot_id="S001")
    project.shot(tall, 0, 12, shot_id="S002")
    movie, cut = project.folder / "movie.mp4", project.save()

    def warned(**options) -> str:
        done = render(cut, movie, cache=project.folder / "cache", dry_run=True, **options)
        return "; ".join(w for w in done.warnings if "black" in w)

    assert "69 % of the picture is black in 1 of 2 shots (S002)" in warned(size="160x90")
    assert "in 1 of 2 shots (S001), whose media have another shape than 1080x1920" in warned(
        size="9:16"
    )
    assert warned(size="9:16", start="12f") == ""
    assert warned(size="9:16", fit="fill") == ""
