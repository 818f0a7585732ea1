"""Where and how strongly a picture is laid into the frame: one model, whoever wrote it down."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Fit = Literal["fit", "fill", "crop"]
FITS: tuple[Fit, ...] = ("fit", "fill", "crop")


@dataclass(frozen=True, slots=True)
class Look:
    """Where and how strongly a picture is laid into the frame.

    Attributes:
        scale: Across and down; of the fitted size, or of the source's own pixels.
        native: The sequence's size in which ``scale`` counts the source's own pixels, (0, 0) where
            that is the movie's; None where it counts from the fitted size.
        right: Shift of its middle, in widths of the frame.
        right_by_height: The same, in heights of the frame; both are added.
        down: Shift of its middle, in heights of the frame.
        degrees: Turn, clockwise.
        opacity: 0 to 1.
        fit: How it is brought to the frame's size; None as the movie says.
        crop: Shares of the picture that are cut off at its left, upper, right and lower side; its
            place stays, and what lies beneath is seen there.
    """

    scale: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))
    native: tuple[int, int] | None = None
    right: Fraction = Fraction(0)
    right_by_height: Fraction = Fraction(0)
    down: Fraction = Fraction(0)
    degrees: Fraction = Fraction(0)
    opacity: Fraction = Fraction(1)
    fit: Fit | None = None
    crop: tuple[Fraction, Fraction, Fraction, Fraction] = (Fraction(0),) * 4

    @property
    def plain(self) -> bool:
        """Whether it changes nothing."""
        return self == Look()


PLAIN = Look()
