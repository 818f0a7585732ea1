"""Neon writing and the stills: the cover of the single and the face for lip-sync."""

from __future__ import annotations

import math

import skia
from make.paint import (
    CYAN,
    MAGENTA,
    NIGHT,
    PINK,
    PLUS,
    ROSE,
    VIOLET,
    background,
    glow,
    halo,
    ink,
    linear,
    polygon,
    shape,
)  # fmt: skip
from make.scene_stage import bokeh, motes
from make.singer import Pose, head

# Letters as strokes in a box 1 wide and 1.4 high, so that no font is needed.
_LETTERS = {
    "K": ("M0,0 L0,1.4", "M0.9,0 L0,0.8", "M0.32,0.55 L0.95,1.4"),
    "I": ("M0.5,0 L0.5,1.4",),
    "R": ("M0,1.4 L0,0 L0.55,0 C1.05,0 1.05,0.75 0.55,0.75 L0,0.75", "M0.5,0.75 L0.95,1.4"),
    "A": ("M0,1.4 L0.5,0 L1,1.4", "M0.2,0.9 L0.8,0.9"),
    "N": ("M0,1.4 L0,0 L0.95,1.4 L0.95,0",),
    "E": ("M0.85,0 L0,0 L0,1.4 L0.85,1.4", "M0,0.68 L0.7,0.68"),
    "O": ("M0.5,0 C-0.17,0 -0.17,1.4 0.5,1.4 C1.17,1.4 1.17,0 0.5,0 Z",),
}


def neon(
    c: skia.Canvas,
    text: str,
    at: tuple[float, float],
    size: float,
    colour: str,
    power: float = 1.0,
    step: tuple[float, float] = (1.38, 0.0),
) -> None:
    """Write with neon tubes."""
    for i, letter in enumerate(text):
        if letter == " ":
            continue
        c.save()
        c.translate(at[0] + i * step[0] * size, at[1] + i * step[1] * size)
        c.scale(size, size)
        for stroke in _LETTERS[letter]:
            glow(c, shape(stroke), colour, 0.085, power)
        c.restore()


def poster(c: skia.Canvas, _: float, w: float, h: float) -> None:
    """The single's cover as a still: her portrait under the neon title."""
    background(c, w, h, (0, "#0b0633", 1), (0.5, "#4a1692", 1), (1, "#ff4fae", 1))
    for k in range(24):
        a = k * math.pi / 12
        at = (w * 0.33, 380)
        ray = polygon(
            [
                at,
                (at[0] + 1400 * math.cos(a), at[1] + 1400 * math.sin(a)),
                (at[0] + 1400 * math.cos(a + 0.12), at[1] + 1400 * math.sin(a + 0.12)),
            ]
        )
        c.drawPath(ray, ink(PINK if k % 2 else CYAN, 0.09, mode=PLUS))
    bokeh(c, 2.0, w, h, 0.4)
    halo(c, (w * 0.33, 340), 480, MAGENTA, 0.7)
    c.save()
    c.translate(w * 0.33, 340)
    c.scale(1.55, 1.55)
    head(c, Pose(t=1.35, mouth=(26, 20), tilt=-6, turn=0.35, smile=1.0))
    c.restore()
    c.drawRect(
        skia.Rect(0, 0, w, h), ink(linear((w * 0.45, 0), (w, 0), (0, NIGHT, 0), (1, NIGHT, 0.75)))
    )
    for i, (text, colour) in enumerate((("KIRA", PINK), ("KIRA", CYAN), ("NEON", MAGENTA))):
        neon(c, text, (w * 0.58, 130 + 170 * i), 86, colour)
    c.drawRect(skia.Rect(w * 0.58, 638, w * 0.95, 641), ink(ROSE, 0.9))
    motes(c, 1.0, w, h)


def face(c: skia.Canvas, _: float, w: float, h: float) -> None:
    """A calm portrait with a closed mouth: the face for lip-sync."""
    background(c, w, h, (0, "#10062f", 1), (0.6, "#43159a", 1), (1, "#c0389c", 1))
    bokeh(c, 5.0, w, h, 1.1, 0.8)
    halo(c, (w / 2, 300), 420, VIOLET, 0.8)
    c.save()
    c.translate(w / 2, 322)
    c.scale(1.75, 1.75)
    head(c, Pose(t=0.9, mouth=(24, 0), smile=0.7))
    c.restore()
