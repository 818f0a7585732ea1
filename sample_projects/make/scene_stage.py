"""Scenes in the hall: the empty stage, the audience, and the singer's takes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import skia
from make.costume import Pose
from make.dancer import dancer
from make.paint import (
    BLACK,
    CYAN,
    DEEP,
    ICE,
    INDIGO,
    MAGENTA,
    MINT,
    NIGHT,
    PINK,
    PLUS,
    ROSE,
    VIOLET,
    WHITE,
    Dust,
    background,
    beam,
    glow,
    halo,
    ink,
    linear,
    mix,
    polygon,
    radial,
    shape,
    smooth,
)  # fmt: skip
from make.score import BEAT, FIRST_DOWNBEAT
from make.singer import head

Draw = Callable[[skia.Canvas, float, float, float], None]
_HAZE = Dust(3, 8)
_MOTES = Dust(4, 70)


def pulse(beat: float, sharp: float = 4.0) -> float:
    """Return 1 on each beat, falling to 0 before the next."""
    return math.exp(-sharp * (beat % 1))


def wall(c: skia.Canvas, beat: float, w: float, bright: float = 1.0) -> None:
    """Draw the LED wall: columns that dance and a ring with a star."""
    x0, n, level = w / 2 - 430, 44, 0.5 + 0.5 * pulse(beat, 3)
    c.drawRect(
        skia.Rect(x0 - 20, 70, w - x0 + 20, 480),
        ink(linear((0, 70), (0, 480), (0, "#10062e", 1), (1, "#2a0f5e", 1))),
    )
    for i in range(n):
        u = abs(i - (n - 1) / 2) / (n / 2)
        tall = 60 + 250 * (0.35 + 0.65 * level) * abs(
            math.sin(i * 0.9 + beat * 1.57) * math.cos(u * 2 + beat * 0.39)
        ) * (1 - 0.4 * u)
        x = x0 + i * 860 / n
        colour = mix(MAGENTA, CYAN, 0.5 + 0.5 * math.sin(i * 0.21 + beat * 0.4))
        c.drawRoundRect(
            skia.Rect(x + 3, 476 - tall, x + 15, 476),
            5,
            5,
            ink(linear((0, 476 - tall), (0, 476), (0, colour, 0.8 * bright), (1, colour, 0.08))),
        )
    ring = skia.Path()
    ring.addCircle(w / 2, 245, 128 + 6 * level)
    glow(c, ring, PINK, 5, 0.75 * bright)
    star = [
        (w / 2 + r * math.sin(a), 245 - r * math.cos(a))
        for k in range(10)
        for a, r in ((k * math.pi / 5 + beat * 0.05, (96, 42)[k % 2] + 5 * level),)
    ]
    glow(c, polygon(star), CYAN, 4, 0.7 * bright)


def truss(c: skia.Canvas, w: float) -> None:
    c.drawRect(skia.Rect(-20, 22, w + 20, 50), ink("#05030f"))
    for x in np.arange(-20, w + 20, 34):
        c.drawLine(x, 24, x + 17, 48, ink("#2d2058", 0.9, 2))
        c.drawLine(x + 17, 48, x + 34, 24, ink("#2d2058", 0.9, 2))
    c.drawLine(-20, 23, w + 20, 23, ink("#4a3a86", 0.9, 2.4))
    c.drawLine(-20, 49, w + 20, 49, ink("#4a3a86", 0.9, 2.4))


def floor(c: skia.Canvas, w: float, h: float, beat: float) -> None:
    """Draw the shining stage floor with its lines to the vanishing point."""
    y = 478.0
    c.drawRect(
        skia.Rect(-20, y, w + 20, h + 20),
        ink(linear((0, y), (0, h), (0, "#5a1f96", 1), (0.3, "#2b0f5c", 1), (1, "#0a0420", 1))),
    )
    for i in range(-14, 15):
        colour = MAGENTA if i % 2 else CYAN
        c.drawLine(w / 2 + i * 42, y, w / 2 + i * 165, h + 20, ink(colour, 0.16, 2.5, 1.2, PLUS))
    for k in range(5):
        yy = y + 262 * ((k + (beat / 4) % 1) / 5) ** 2
        c.drawLine(-20, yy, w + 20, yy, ink(PINK, 0.05 + 0.05 * k, 2 + k, 1 + k, PLUS))
    c.drawOval(
        skia.Rect(w / 2 - 330, y - 8, w / 2 + 330, y + 120),
        ink(radial((w / 2, y + 50), 330, (0, PINK, 0.5), (1, PINK, 0)), mode=PLUS),
    )


def haze(c: skia.Canvas, t: float, w: float, h: float, alpha: float = 0.12) -> None:
    for x, y, z, p, k in _HAZE:
        at = ((x * 1.4 * w + t * (12 + 26 * z)) % (1.4 * w) - 0.2 * w, h * (0.35 + 0.6 * y))
        r = 130 + 190 * z
        colour = mix(VIOLET, PINK if k > 0.5 else CYAN, 0.5)
        c.save()
        c.translate(*at)
        c.scale(1.8, 0.6)
        c.drawCircle(
            0,
            0,
            r,
            ink(
                radial(
                    (0, 0),
                    r,
                    (0, colour, alpha * (0.7 + 0.3 * math.sin(t + 6 * p))),
                    (1, colour, 0),
                ),
                mode=PLUS,
            ),
        )
        c.restore()


def motes(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """Draw sparkles that rise through the light."""
    for x, y, z, p, k in _MOTES:
        at = ((x + 0.03 * math.sin(t * 0.7 + 6 * p)) * w, h * ((y - t * (0.02 + 0.05 * z)) % 1))
        a = (0.25 + 0.6 * z) * (0.5 + 0.5 * math.sin(t * 4 + 40 * p))
        c.drawCircle(*at, 1.2 + 2.6 * z, ink(ROSE if k > 0.5 else ICE, a, blur=1.2, mode=PLUS))


def rig(c: skia.Canvas, beat: float, w: float, lamps: int = 7, power: float = 1.0) -> None:
    for i in range(lamps):
        u = i / (lamps - 1) * 2 - 1
        angle = -u * 0.42 + 0.42 * math.sin(math.pi * beat / 4 + i * 1.1)
        colour = (MAGENTA, CYAN, "#8a5bff", PINK)[i % 4]
        flash = 0.3 + 0.3 * pulse(beat + (0.5 if i % 2 else 0), 2.5)
        beam(c, (w / 2 + u * 560, 54), angle, 640, 0.085, colour, flash * power)


def stage(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """Moving lights over the empty stage; the camera creeps in."""
    beat = t / BEAT
    zoom = 1.0 + 0.012 * t
    c.translate(w / 2, 330)
    c.scale(zoom, zoom)
    c.translate(-w / 2, -330)
    background(c, w, h, (0, NIGHT, 1), (0.5, DEEP, 1), (1, INDIGO, 1))
    wall(c, beat, w, 0.8)
    floor(c, w, h, beat)
    rig(c, beat, w)
    truss(c, w)
    c.drawLine(w / 2, 440, w / 2, 560, ink("#0a0518", 1, 5))
    c.drawLine(w / 2 + 1.5, 440, w / 2 + 1.5, 560, ink(CYAN, 0.7, 1.4))
    c.drawOval(skia.Rect(w / 2 - 34, 553, w / 2 + 34, 569), ink("#0a0518"))
    c.drawPath(smooth([(w / 2 + 6, 428), (w / 2 + 2, 446)]), ink("#2b1d55", 1, 9))
    c.drawCircle(
        w / 2 + 8,
        422,
        10,
        ink(linear((w / 2, 412), (w / 2 + 14, 432), (0, WHITE, 1), (1, "#3c2a70", 1))),
    )
    haze(c, t, w, h, 0.15)
    motes(c, t, w, h)


_PEOPLE = Dust(11, 60)


def audience(
    c: skia.Canvas, beat: float, w: float, base: float, size: float, row: int, sticks: bool = True
) -> None:
    """Draw one row of people from behind, waving light sticks on the beat."""
    n = int(w / (74 * size)) + 3
    people = list(_PEOPLE)
    dark = mix(NIGHT, "#2a1160", 0.5 - 0.22 * row)
    rim = (PINK, CYAN, PINK)[row % 3]
    for i in range(n):
        x, y, z, p, k = people[(i * 7 + row * 13) % len(people)]
        bob = 7 * size * abs(math.sin(math.pi * (beat + 0.12 * p)))
        cx = (i - 0.7 + 0.5 * x + 0.37 * row) * 74 * size
        cy = base - bob + 22 * size * y
        if sticks and k > 0.24:
            _stick(c, cx, cy, beat, size, p, z, dark)
        body = shape(
            f"M{cx - 46 * size},{cy + 190 * size} C{cx - 48 * size},{cy + 56 * size} "
            f"{cx - 24 * size},{cy + 44 * size} {cx},{cy + 40 * size} "
            f"C{cx + 24 * size},{cy + 44 * size} "
            f"{cx + 48 * size},{cy + 56 * size} {cx + 46 * size},{cy + 190 * size} Z"
        )
        c.drawPath(body, ink(dark))
        hair = skia.Rect(cx - 26 * size, cy - 32 * size, cx + 26 * size, cy + 32 * size)
        c.drawOval(hair, ink(dark))
        if z > 0.62:
            c.drawCircle(cx - 20 * size, cy - 28 * size, 12 * size, ink(dark))
            c.drawCircle(cx + 20 * size, cy - 28 * size, 12 * size, ink(dark))
        c.drawArc(hair, 200, 140, False, ink(rim, 0.55, 2.6 * size, 1.4 * size, PLUS))


def _stick(
    c: skia.Canvas, cx: float, cy: float, beat: float, size: float, p: float, z: float, dark: str
) -> None:
    swing = 24 * math.sin(math.pi * beat + 0.5 * p) + 10 * (p - 0.5)
    c.save()
    c.translate(cx + 30 * size, cy + 40 * size)
    c.rotate(swing)
    c.scale(size, size)
    c.drawPath(smooth([(0, 20), (8, -40), (0, -100)]), ink(dark, 1, 17))
    c.drawCircle(0, -104, 11, ink(dark))
    colour = (MAGENTA, CYAN, PINK, MINT)[int(z * 3.99)]
    c.drawLine(0, -112, 0, -176, ink(colour, 0.55, 20, 11, PLUS))
    c.drawLine(0, -112, 0, -176, ink(colour, 1, 9))
    c.drawLine(0, -114, 0, -174, ink(WHITE, 0.85, 4, 1))
    c.restore()


def crowd(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """The hall from the back: a sea of light sticks before a blazing stage."""
    beat = t / BEAT
    background(c, w, h, (0, NIGHT, 1), (0.4, "#2a0d66", 1), (0.62, "#b02a9a", 1), (1, NIGHT, 1))
    c.save()
    c.translate(w / 2, 330)
    c.scale(0.62, 0.62)
    c.translate(-w / 2, -430)
    wall(c, beat, w)
    c.restore()
    halo(c, (w / 2, 330), 520, PINK, 0.5 + 0.2 * pulse(beat))
    rig(c, beat, w, 8, 1.1)
    truss(c, w)
    drift = 26 * math.sin(0.25 * t)
    for row, (base, size) in enumerate(((415, 0.42), (480, 0.66), (575, 1.05))):
        c.save()
        c.translate(-drift * size - 40, 0)
        audience(c, beat, w + 120, base, size, row)
        c.restore()
        if row < 2:
            haze(c, t + 5 * row, w, h, 0.05)


class Take:
    """The singer filmed to playback: the clip's second 0 is song second ``offset``."""

    def __init__(self, offset: float, lips: Callable[[float], tuple[float, float]]) -> None:
        self.offset, self.lips = offset, lips

    def beat(self, t: float) -> float:
        return (t + self.offset - FIRST_DOWNBEAT) / BEAT

    def pose(self, t: float, **more) -> Pose:
        song, beat = t + self.offset, self.beat(t)
        w, high = self.lips(song)
        blink = max(0.0, 1 - abs((song * 0.41) % 1 - 0.5) * 22) if int(song * 0.41) % 3 else 0.0
        if (beat // 8) % 4 == 3 and high > 10:  # eyes closed on held high notes
            blink = 1.0
        return Pose(
            t=song,
            mouth=(w, high),
            blink=min(1.0, blink),
            tilt=4.5 * math.sin(math.pi * beat / 4) + 1.5 * math.sin(math.pi * beat),
            turn=0.5 * math.sin(math.pi * beat / 8 + 0.4),
            nod=math.sin(math.pi * beat),
            smile=0.8,
            **more,
        )

    def close_up(self, c: skia.Canvas, t: float, w: float, h: float) -> None:
        """Head and shoulders before soft, out-of-focus lights."""
        beat = self.beat(t)
        background(c, w, h, (0, "#12062f", 1), (0.55, "#3d1280", 1), (1, "#a02a92", 1))
        bokeh(c, t, w, h, beat)
        halo(c, (w * 0.5, 300), 430, VIOLET, 0.75)
        c.save()
        c.translate(w * 0.5 + 12 * math.sin(math.pi * beat / 8), 318 + 6 * math.sin(math.pi * beat))
        zoom = 1.62 + 0.1 * math.sin(0.12 * t)
        c.scale(zoom, zoom)
        head(c, self.pose(t))
        c.restore()
        motes(c, t, w, h)
        c.drawRect(
            skia.Rect(0, 0, w, h),
            ink(
                linear(
                    (0, 0),
                    (w, 0),
                    (0, MAGENTA, 0.2),
                    (0.4, BLACK, 0),
                    (0.7, BLACK, 0),
                    (1, CYAN, 0.16),
                ),
                mode=PLUS,
            ),
        )

    def low_angle(self, c: skia.Canvas, t: float, w: float, h: float) -> None:
        """Tight, off-centre framing for the chorus, with beams behind her."""
        beat = self.beat(t)
        background(c, w, h, (0, "#08103a", 1), (0.6, "#14307e", 1), (1, "#4a1d96", 1))
        for i in range(5):
            beam(
                c,
                (w * (0.1 + 0.2 * i), -30),
                0.4 * math.sin(math.pi * beat / 4 + 1.3 * i),
                900,
                0.1,
                (CYAN, MAGENTA)[i % 2],
                0.34 + 0.3 * pulse(beat, 3),
            )
        bokeh(c, t, w, h, beat, 0.6)
        c.save()
        c.translate(w * 0.42 + 14 * math.sin(math.pi * beat / 4), 340 - 10 * pulse(beat, 3))
        c.rotate(-7)
        c.scale(2.05, 2.05)
        head(c, self.pose(t, key=CYAN, rim=MAGENTA))
        c.restore()
        motes(c, t, w, h)

    def full(self, c: skia.Canvas, t: float, w: float, h: float) -> None:
        """The whole stage, her dancing in the middle, hands of the audience in front."""
        beat = self.beat(t)
        c.translate(w / 2, 420)
        c.scale(1.1 + 0.05 * math.sin(0.3 * t), 1.1 + 0.05 * math.sin(0.3 * t))
        c.translate(-w / 2 - 20 * math.sin(0.22 * t), -420)
        background(c, w, h, (0, NIGHT, 1), (0.5, DEEP, 1), (1, INDIGO, 1))
        wall(c, beat, w)
        floor(c, w, h, beat)
        rig(c, beat, w)
        truss(c, w)
        beam(c, (w / 2, 40), 0.0, 620, 0.2, ROSE, 0.35)
        c.save()
        c.translate(w / 2 + 22 * math.sin(math.pi * beat / 8), 350)
        c.scale(0.95, 0.95)
        dancer(c, beat, self.pose(t))
        c.restore()
        haze(c, t, w, h, 0.09)
        c.save()
        c.translate(-60, 0)
        audience(c, beat, w + 160, 668, 0.9, 2)
        c.restore()
        motes(c, t, w, h)


_BOKEH = Dust(9, 34)


def bokeh(c: skia.Canvas, t: float, w: float, h: float, beat: float, power: float = 1.0) -> None:
    """Draw lights far out of focus."""
    for x, y, z, p, k in _BOKEH:
        at = (
            (x * 1.2 - 0.1) * w + 16 * math.sin(0.4 * t + 6 * p),
            (y * 0.95) * h + 10 * math.cos(0.3 * t + 9 * p),
        )
        r = 18 + 44 * z
        colour = (MAGENTA, CYAN, "#8a5bff", PINK)[int(k * 3.99)]
        a = power * (0.12 + 0.2 * (0.5 + 0.5 * math.sin(math.pi * beat / 2 + 20 * p)))
        c.drawCircle(
            *at,
            r,
            ink(radial(at, r, (0, colour, a * 0.65), (0.82, colour, a), (1, colour, 0)), mode=PLUS),
        )


def portrait(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """The dance as a phone in the first row sees it (9:16)."""
    beat = t / BEAT
    background(c, w, h, (0, NIGHT, 1), (0.5, "#2a0d66", 1), (1, "#8a1f96", 1))
    c.save()
    c.translate(w / 2 - 640, 0)
    wall(c, beat, 1280)
    floor(c, 1280, h, beat)
    rig(c, beat, 1280)
    truss(c, 1280)
    c.restore()
    c.save()
    c.translate(w / 2 + 10 * math.sin(1.3 * t), 392 + 5 * math.sin(1.1 * t))
    c.scale(1.1, 1.1)
    wide = 20 if int(beat) % 2 else 24
    dancer(
        c,
        beat,
        Pose(mouth=(wide, 0), smile=1.2, blink=1.0 if beat % 6 < 0.35 else 0.0),
        mic=True,
        key=PINK,
        rim=CYAN,
    )
    c.restore()
    haze(c, t, w, h, 0.1)
    motes(c, t, w, h)
