"""Scenes of pure light: the laser tunnel, the equaliser, confetti, and the sparks sequence."""

from __future__ import annotations

import math

import skia
from make.paint import (
    CYAN,
    DEEP,
    GOLD,
    ICE,
    MAGENTA,
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
)  # fmt: skip
from make.scene_stage import haze, pulse
from make.score import BEAT

_STREAKS = Dust(21, 90)
_PAPER = Dust(22, 130)
_SPARKS = Dust(23, 300)


def tunnel(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """A flight through rings of laser light."""
    beat = t / BEAT
    middle = (w / 2 + 60 * math.sin(0.6 * t), h / 2 + 34 * math.cos(0.47 * t))
    background(c, w, h, (0, NIGHT, 1), (0.5, "#1a0a4a", 1), (1, NIGHT, 1))
    halo(c, middle, 300, MAGENTA, 0.7 + 0.3 * pulse(beat, 3))
    halo(c, middle, 90, WHITE, 0.8)
    for x, _, z, p, k in _STREAKS:
        u = (z + t * (0.35 + 0.4 * k)) % 1
        a, near, far = 2 * math.pi * x, 26 + 900 * u**2.4, 26 + 900 * min(1.0, u + 0.05) ** 2.4
        colour = (CYAN, MAGENTA, ICE)[int(p * 2.99)]
        c.drawLine(
            middle[0] + near * math.cos(a),
            middle[1] + near * math.sin(a),
            middle[0] + far * math.cos(a),
            middle[1] + far * math.sin(a),
            ink(colour, 0.7 * min(1, u * 3), 1 + 4 * u, 0.8 + u, PLUS),
        )
    for k in range(9):
        u = ((8 - k) + (beat / 2) % 1) / 9
        r = 24 + 760 * u**2.6
        twist = 0.35 * math.sin(0.5 * t) * (1 - u) * 4 + 0.2 * t
        ring = [
            (
                middle[0] * 1 + r * math.cos(twist + j * math.pi / 3),
                middle[1] + r * math.sin(twist + j * math.pi / 3),
            )
            for j in range(6)
        ]
        number = int(beat / 2) - (8 - k)
        glow(
            c,
            polygon(ring),
            (MAGENTA, CYAN, "#8a5bff")[number % 3],
            1.5 + 9 * u**2,
            min(1.0, 0.25 + u * 1.2) * (0.75 + 0.25 * pulse(beat)),
        )


def equaliser(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """Bars of light over a mirror, under a pulsing disc."""
    beat = t / BEAT
    background(c, w, h, (0, "#0a0428", 1), (0.6, "#3a1184", 1), (0.64, "#12062f", 1), (1, NIGHT, 1))
    halo(c, (w / 2, 380), 520, VIOLET, 0.9)
    sun = (w / 2, 300.0)
    r = 150 + 14 * pulse(beat, 3)
    c.drawCircle(
        *sun,
        r,
        ink(
            linear(
                (0, sun[1] - r), (0, sun[1] + r), (0, GOLD, 1), (0.45, PINK, 1), (1, MAGENTA, 0.2)
            )
        ),
    )
    for k in range(7):
        y = sun[1] + 14 + k * 21
        c.drawRect(skia.Rect(w / 2 - 190, y, w / 2 + 190, y + 2 + 1.7 * k), ink("#3a1184", 0.95))
    n, base = 40, 455.0
    for i in range(n):
        u = abs(i - (n - 1) / 2) / (n / 2)
        loud = 0.2 + 0.8 * pulse(beat + 0.06 * i * (1 if i % 2 else -1), 2.6)
        tall = 26 + 235 * loud * (1 - u**1.5) * (0.45 + 0.55 * abs(math.sin(1.7 * i + 1.1 * t)))
        x = w / 2 + (i - n / 2) * w / n * 0.94 + 5
        colour = mix(CYAN, MAGENTA, u)
        for y0, y1, alpha in ((base - tall, base, 0.95), (base + 6, base + 6 + 0.7 * tall, 0.28)):
            top, low = (colour, mix(colour, WHITE, 0.5)) if alpha > 0.5 else (colour, NIGHT)
            c.drawRoundRect(
                skia.Rect(x, y0, x + 19, y1),
                6,
                6,
                ink(linear((0, y0), (0, y1), (0, top, alpha), (1, low, alpha * 0.55))),
            )
        c.drawRoundRect(
            skia.Rect(x - 1, base - tall - 12, x + 20, base - tall - 7),
            2,
            2,
            ink(WHITE, 0.9, blur=0.8),
        )
    c.drawLine(0, base + 3, w, base + 3, ink(ICE, 0.9, 2.5, 1.5, PLUS))
    haze(c, t, w, h, 0.06)


def confetti(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """Paper and ribbons tumbling through crossing beams."""
    beat = t / BEAT
    background(c, w, h, (0, "#1b0850", 1), (0.6, "#7a1f9a", 1), (1, "#ff5fb0", 1))
    for i in range(6):
        beam(
            c,
            (w * (i + 0.5) / 6, -40),
            0.5 * math.sin(0.8 * t + i * 1.9),
            900,
            0.1,
            (CYAN, PINK, WHITE)[i % 3],
            0.34 + 0.16 * pulse(beat),
        )
    halo(c, (w / 2, h + 60), 620, PINK, 0.6)
    for x, y, z, p, k in sorted(_PAPER, key=lambda s: s[2]):
        size = 5 + 22 * z**2
        fall = (y + t * (0.07 + 0.16 * z)) % 1.15 - 0.08
        at = (((x + 0.05 * math.sin(1.3 * t + 6 * p) + 0.01 * t) % 1.1 - 0.05) * w, fall * h)
        c.save()
        c.translate(*at)
        c.rotate(360 * (p + t * (0.2 + 0.5 * k)))
        flip = math.cos(t * (3 + 4 * p) + 9 * k)
        c.scale(1, flip if abs(flip) > 0.12 else 0.12)
        colour = (MAGENTA, CYAN, GOLD, ROSE, "#9a6bff")[int(k * 4.99)]
        lit = mix(colour, WHITE, 0.35 if flip > 0 else 0.0)
        blur = 4.5 if z > 0.93 else (1.2 if z < 0.25 else 0)
        c.drawRoundRect(
            skia.Rect(-size * 0.5, -size * 0.8, size * 0.5, size * 0.8),
            2,
            2,
            ink(lit, 0.95, blur=blur),
        )
        c.restore()


def sparks(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """Two stage fountains that throw sparks; 96 numbered pictures, a loop of 4 seconds at 24."""
    background(c, w, h, (0, NIGHT, 1), (0.7, DEEP, 1), (1, "#4a1478", 1))
    for side in (-1, 1):
        root = (w / 2 + side * 300, h + 10)
        halo(c, root, 330, MAGENTA if side < 0 else CYAN, 0.7)
        for x, y, z, p, k in _SPARKS:
            if (k < 0.5) == (side < 0):
                continue
            life = (p + t / 4 * (1 + int(z * 3))) % 1  # whole turns in 4 s: the loop closes
            angle, speed = (x - 0.5) * 0.75 - 0.12 * side, 620 + 420 * y

            def where(u: float, angle=angle, speed=speed, root=root):
                return root[0] + math.sin(angle) * speed * u, root[1] - math.cos(
                    angle
                ) * speed * u + 560 * u * u

            colour = mix(mix(WHITE, GOLD, min(1, life * 2)), MAGENTA if side < 0 else CYAN, life)
            a, b = where(life * 1.25), where(max(0.0, life * 1.25 - 0.035))
            c.drawLine(*a, *b, ink(colour, 0.95 * (1 - life) ** 0.6, 2.2 + 2.4 * z, 1.3, PLUS))
    middle = (w / 2, h * 0.42)
    r = 150.0
    c.drawCircle(*middle, r, ink(radial(middle, r, (0, VIOLET, 0.5), (1, VIOLET, 0)), mode=PLUS))
    star = [
        (middle[0] + q * math.sin(a), middle[1] - q * math.cos(a))
        for j in range(10)
        for a, q in ((j * math.pi / 5, (92, 40)[j % 2] + 4 * math.sin(math.pi * t)),)
    ]
    glow(c, polygon(star), PINK, 5)
