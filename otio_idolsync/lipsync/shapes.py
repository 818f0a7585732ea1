"""The nine mouth shapes that drawn speech is made of, and how each one looks.

Letters are Preston Blair's as Rhubarb Lip Sync uses them: A lips pressed (m, b, p), B teeth
together (s, t, ee), C open (eh, ae), D wide open (aa), E rounded (oh, er), F puckered (oo, w),
G teeth on the lip (f, v), H tongue up (l), X at rest. Each has the name of the nearest of Oculus's
15 visemes, which game engines and avatars take.
"""

from __future__ import annotations

from dataclasses import dataclass

REST = "X"
CLOSED = "A"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a mouth looks in one shape; sizes are shares, so that any mouth can take it.

    Attributes:
        oculus: Name of the nearest Oculus viseme.
        width: Mouth width, against the width at rest.
        least: Least opening, as a share of the widest.
        most: Opening at full voice, as a share of the widest.
        boxy: 0 is pointed at the corners, 1 nearly a rectangle.
        upper_teeth: How far the upper teeth come down, as a share of the opening.
        lower_teeth: How far the lower teeth come up.
        tongue: How high the tongue lies, as a share of the opening.
    """

    oculus: str
    width: float
    least: float
    most: float
    boxy: float
    upper_teeth: float = 0.0
    lower_teeth: float = 0.0
    tongue: float = 0.0


SHAPES: dict[str, Shape] = {
    "A": Shape("PP", 0.95, 0.0, 0.0, 0.3),
    "B": Shape("SS", 1.05, 0.18, 0.34, 0.6, 0.46, 0.4),
    "C": Shape("E", 1.05, 0.22, 0.66, 0.5, 0.24, 0.0, 0.4),
    "D": Shape("aa", 1.0, 0.35, 1.0, 0.5, 0.18, 0.0, 0.42),
    "E": Shape("oh", 0.74, 0.25, 0.74, 0.62, 0.12, 0.0, 0.34),
    "F": Shape("ou", 0.5, 0.2, 0.44, 0.7),
    "G": Shape("FF", 0.95, 0.14, 0.2, 0.4, 0.7),
    "H": Shape("nn", 0.95, 0.3, 0.6, 0.5, 0.22, 0.0, 0.75),
    "X": Shape("sil", 1.0, 0.0, 0.0, 0.3),
}
