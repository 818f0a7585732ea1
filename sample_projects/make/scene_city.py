"""Scenes outside the hall: the neon city, the rooftop, the microphone."""

from __future__ import annotations

import math

import numpy as np
import skia
from make.dancer import shadowed
from make.paint import (
    CYAN,
    GOLD,
    ICE,
    MAGENTA,
    MINT,
    NIGHT,
    PEACH,
    PINK,
    PLUS,
    ROSE,
    VIOLET,
    Dust,
    background,
    beam,
    glow,
    halo,
    ink,
    linear,
    mix,
    radial,
    ribbon,
    shape,
    smooth,
)  # fmt: skip
from make.scene_stage import bokeh, motes, pulse
from make.scene_stills import neon
from make.score import BEAT


def _skyline(
    seed: int, width: int, low: float, high: float, colour: str, window: float, lit: float
) -> skia.Image:
    """Return a layer of houses, drawn once."""
    rng = np.random.default_rng(seed)
    surface = skia.Surface(width, 720)
    c = surface.getCanvas()
    x = 0.0
    while x < width:
        wide, tall = rng.uniform(60, 150), rng.uniform(low, high)
        top = 600 - tall
        c.drawRect(
            skia.Rect(x, top, x + wide, 640),
            ink(linear((0, top), (0, 620), (0, colour, 1), (1, mix(colour, MAGENTA, 0.3), 1))),
        )
        c.drawLine(x + 1, top, x + 1, 620, ink(CYAN, 0.25, 1.5))
        if rng.random() < 0.4:
            c.drawLine(x + wide / 2, top - 40, x + wide / 2, top, ink(colour, 1, 3))
            halo(c, (x + wide / 2, top - 40), 9, "#ff4466", 1)
        for wy in np.arange(top + 12, 590, window * 2.1):
            for wx in np.arange(x + 8, x + wide - window, window * 1.7):
                if rng.random() < lit:
                    tone = (GOLD, ICE, ROSE, PINK)[rng.integers(4)]
                    c.drawRect(
                        skia.Rect(wx, wy, wx + window * 0.9, wy + window * 1.2),
                        ink(tone, rng.uniform(0.25, 0.9)),
                    )
        x += wide + rng.uniform(-4, 16)
    return surface.makeImageSnapshot()


class City:
    """A pan over a neon street after rain; far houses move less than near ones."""

    def __init__(self) -> None:
        self.far = _skyline(1, 1700, 160, 330, "#2c1a6e", 4, 0.4)
        self.middle = _skyline(2, 2100, 170, 400, "#1c0e50", 6, 0.42)
        self.near = _skyline(3, 2700, 90, 330, "#0d0630", 9, 0.34)
        self.rain = Dust(31, 120)

    def _signs(self, c: skia.Canvas, t: float) -> None:
        flicker = 0.55 if (t * 3.1) % 1 < 0.06 else 1.0
        for x, y, text, size, colour, step in (
            (330, 330, "KIRA", 40, MAGENTA, (0, 1.8)),
            (760, 420, "NEON", 46, CYAN, (1.38, 0)),
            (1240, 300, "IKO", 44, MINT, (0, 1.8)),
            (1560, 400, "KIRA KIRA", 40, PINK, (1.38, 0)),
            (2140, 330, "NEO", 48, CYAN, (0, 1.8)),
        ):
            n = len(text)
            box = skia.Rect(
                x - 22,
                y - 24,
                x + (step[0] * (n - 1) + 1) * size + 22,
                y + (step[1] * (n - 1) + 1.4) * size + 24,
            )
            c.drawRoundRect(box, 10, 10, ink("#08031c", 0.92))
            c.drawRoundRect(box, 10, 10, ink(colour, 0.7, 2))
            neon(c, text, (x, y), size, colour, flicker if text == "NEON" else 1.0, step)

    def _view(self, c: skia.Canvas, t: float, w: float, signs: bool = True) -> None:
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear)
        for image, speed in ((self.far, 11), (self.middle, 26), (self.near, 62)):
            c.drawImage(image, -40 - speed * t, 0, sampling)
            c.drawRect(
                skia.Rect(0, 250, w, 640),
                ink(linear((0, 250), (0, 620), (0, VIOLET, 0), (1, MAGENTA, 0.16)), mode=PLUS),
            )
        c.save()
        c.translate(-40 - 62 * t, 0)
        self._signs(c, t)
        c.restore()

    def __call__(self, c: skia.Canvas, t: float, w: float, h: float) -> None:
        background(
            c, w, h, (0, "#0a0630", 1), (0.45, "#34127c", 1), (0.8, "#c0389c", 1), (1, "#0a0424", 1)
        )
        moon = (w * 0.72 - 4 * t, 150)
        halo(c, moon, 260, PINK, 0.5)
        c.drawCircle(*moon, 62, ink(linear((0, 90), (0, 212), (0, "#fff2f8", 1), (1, ROSE, 1))))
        self._view(c, t, w)
        c.drawRect(skia.Rect(0, 600, w, h), ink("#0a0424"))
        c.save()  # the wet street mirrors it all
        c.clipRect(skia.Rect(0, 600, w, h))
        c.saveLayerAlpha(None, 120)
        c.translate(0, 1200)
        c.scale(1, -1)
        self._view(c, t, w)
        c.restore()
        c.restore()
        c.drawRect(
            skia.Rect(0, 600, w, h),
            ink(linear((0, 600), (0, h), (0, MAGENTA, 0.35), (0.3, NIGHT, 0.2), (1, NIGHT, 0.9))),
        )
        self._traffic(c, t, w)
        for x, y, z, _, _ in self.rain:
            px, py = (
                (x * w * 1.1 - 60 * t * (1 + z)) % (w + 80) - 40,
                ((y + t * (1.1 + z)) % 1.1) * h - 40,
            )
            c.drawLine(px, py, px - 3, py + 18 + 26 * z, ink(ICE, 0.1 + 0.16 * z, 1 + z))

    def _traffic(self, c: skia.Canvas, t: float, w: float) -> None:
        for i in range(9):
            away = i % 2
            x = ((i * 331 + (150 if away else -210) * t) % (w + 300)) - 150
            y = 622 + 20 * away
            colour = "#ff3355" if away else "#fff0d0"
            for dx in (0, 34):
                halo(c, (x + dx, y), 26, colour, 0.9)
                c.drawLine(x + dx, y + 8, x + dx, y + 62, ink(colour, 0.28, 6, 5, PLUS))


class Rooftop:
    """Dusk over the roofs: her silhouette in the wind, petals drifting past."""

    def __init__(self) -> None:
        self.far = _skyline(5, 1500, 70, 190, "#6a2c8e", 4, 0.35)
        self.near = _skyline(6, 1500, 50, 150, "#3b1668", 6, 0.35)
        self.petals = Dust(33, 80)

    def __call__(self, c: skia.Canvas, t: float, w: float, h: float) -> None:
        background(
            c,
            w,
            h,
            (0, "#1d1160", 1),
            (0.4, "#8a2fa8", 1),
            (0.66, "#ff6f9f", 1),
            (0.84, "#ffc27a", 1),
            (1, "#ffc27a", 1),
        )
        sun = (w * 0.62, 488.0)
        halo(c, sun, 430, PEACH, 0.9)
        c.drawCircle(
            *sun, 86, ink(linear((0, 400), (0, 570), (0, "#fff6d8", 1), (1, "#ff9ab0", 1)))
        )
        for k in range(5):
            x = (k * 341 + 9 * t) % (w + 400) - 200
            cloud = skia.Rect(x - 190, 90 + 62 * k, x + 190, 112 + 64 * k)
            c.drawOval(cloud, ink(mix(ROSE, "#7a2fa8", 0.2 * k), 0.5, blur=10))
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear)
        c.drawImage(self.far, -30 - 3 * t, 10, sampling)
        c.drawRect(
            skia.Rect(0, 400, w, 640),
            ink(linear((0, 400), (0, 640), (0, PINK, 0), (1, PEACH, 0.5))),
        )
        c.drawImage(self.near, -10 - 7 * t, 40, sampling)
        roof = 622.0
        c.drawRect(
            skia.Rect(0, roof, w, h),
            ink(linear((0, roof), (0, h), (0, "#2a0f52", 1), (1, "#0d0428", 1))),
        )
        for x in np.arange(-40 - (10 * t) % 60, w + 60, 60):
            c.drawLine(x, roof - 74, x, roof, ink("#1b0a40", 1, 4))
        for y in (roof - 74, roof - 40):
            c.drawLine(0, y, w, y, ink("#1b0a40", 1, 5))
            c.drawLine(0, y - 2.5, w, y - 2.5, ink(PEACH, 0.7, 1.6))
        c.save()
        c.translate(w * 0.36, roof - 265 * 0.95 + 14)
        c.scale(0.95, 0.95)
        c.translate(3, 0)
        shadowed(c, t * 0.55 + 0.4, PEACH)
        c.translate(-3, 0)
        shadowed(c, t * 0.55 + 0.4, "#1d0a44")
        c.restore()
        for x, y, z, p, k in self.petals:
            at = (
                ((x - t * (0.05 + 0.1 * z)) % 1.1 - 0.05) * w,
                ((y + t * (0.03 + 0.05 * k) + 0.03 * math.sin(2 * t + 9 * p)) % 1.1 - 0.05) * h,
            )
            c.save()
            c.translate(*at)
            c.rotate(140 * t * (k - 0.4) + 360 * p)
            c.scale(1, 0.4 + 0.6 * abs(math.sin(2.2 * t + 8 * p)))
            s = 4 + 13 * z * z
            petal = shape(
                f"M0,{-s} C{s},{-s * 0.6} {s * 0.8},{s * 0.6} 0,{s} C{-s * 0.8},{s * 0.6} "
                f"{-s},{-s * 0.6} 0,{-s} Z"
            )
            c.drawPath(
                petal,
                ink(
                    linear((0, -s), (0, s), (0, "#fff0f6", 1), (1, PINK, 1)),
                    0.95,
                    blur=3 if z > 0.94 else 0,
                ),
            )
            c.restore()


def microphone(c: skia.Canvas, t: float, w: float, h: float) -> None:
    """A gloved hand lifts the microphone into the light."""
    beat = t / BEAT
    background(c, w, h, (0, "#0c0530", 1), (0.6, "#3a1184", 1), (1, "#a0268e", 1))
    bokeh(c, t, w, h, beat, 1.15)
    beam(c, (w * 0.2, -60), -0.5 - 0.1 * math.sin(t), 1100, 0.13, CYAN, 0.55)
    beam(c, (w * 0.86, -60), 0.5 + 0.1 * math.cos(t), 1100, 0.13, MAGENTA, 0.6)
    c.save()
    c.translate(
        w * 0.52 + 8 * math.sin(math.pi * beat / 4),
        380 - 26 * min(1.0, t / 5) + 5 * math.sin(math.pi * beat),
    )
    c.rotate(24 + 3 * math.sin(math.pi * beat / 4))
    handle = shape("M-34,-60 L34,-60 L24,420 L-24,420 Z")
    c.drawPath(
        handle,
        ink(
            linear(
                (-34, 0),
                (34, 0),
                (0, "#c02a94", 1),
                (0.25, "#2a1a55", 1),
                (0.7, "#0d0626", 1),
                (1, "#1fa8d0", 1),
            )
        ),
    )
    c.drawRect(
        skia.Rect(-42, -84, 42, -52),
        ink(linear((-42, 0), (42, 0), (0, ROSE, 1), (0.4, GOLD, 1), (1, "#7a5a20", 1))),
    )
    ball = shape(
        "M-74,-150 C-76,-250 76,-250 74,-150 C72,-110 50,-84 40,-84 L-40,-84 "
        "C-50,-84 -72,-110 -74,-150 Z"
    )
    c.drawPath(
        ball,
        ink(
            radial(
                (-24, -186),
                130,
                (0, "#fdf6ff", 1),
                (0.35, "#b9a5e6", 1),
                (0.8, "#4a357e", 1),
                (1, "#1c1040", 1),
            )
        ),
    )
    c.save()
    c.clipPath(ball, True)
    for k in range(-12, 13):
        for lean in (-1, 1):
            c.drawLine(k * 14 - 70 * lean, -240, k * 14 + 70 * lean, -80, ink("#170a38", 0.42, 2.2))
    c.drawOval(skia.Rect(30, -230, 90, -90), ink(CYAN, 0.5 + 0.3 * pulse(beat), blur=14, mode=PLUS))
    c.drawOval(skia.Rect(-92, -230, -48, -90), ink(PINK, 0.6, blur=12, mode=PLUS))
    c.restore()
    c.drawPath(shape("M-74,-146 C-50,-128 50,-128 74,-146"), ink(GOLD, 0.9, 7))
    _glove(c)
    c.restore()
    motes(c, t, w, h)


def _glove(c: skia.Canvas) -> None:
    dark, mid, light = "#2a1066", "#7a45d8", "#b58cff"
    wrist = shape("M-86,150 C-110,210 -96,300 -130,470 L60,470 C50,380 64,280 84,220 Z")
    c.drawPath(
        wrist,
        ink(
            linear(
                (-120, 0),
                (70, 0),
                (0, "#c23ab8", 1),
                (0.3, mid, 1),
                (0.75, dark, 1),
                (1, "#2e63c8", 1),
            )
        ),
    )
    palm = shape("M-92,60 C-120,110 -112,190 -80,226 C-30,250 50,250 82,214 C100,170 96,90 84,50 Z")
    c.drawPath(
        palm, ink(linear((-110, 0), (100, 0), (0, "#c85ae0", 1), (0.35, mid, 1), (1, dark, 1)))
    )
    for k, (y, reach) in enumerate(((34, 66), (84, 70), (134, 66), (182, 56))):
        finger = ribbon(
            [(-84, y + 16), (-50, y + 2), (0, y - 3), (reach - 16, y + 6), (reach + 4, y + 14)],
            (46, 50, 50, 46, 30),
        )
        c.drawPath(
            finger,
            ink(linear((0, y - 26), (0, y + 30), (0, light, 1), (0.4, mid, 1), (1, dark, 1))),
        )
        c.drawPath(finger, ink("#1c0a48", 0.8, 2.4))
        c.drawPath(
            smooth([(-60, y - 16), (-20, y - 24), (30, y - 20)]), ink(ROSE, 0.55, 4, 2, PLUS)
        )
        c.drawLine(-8 + 3 * k, y - 18, -10 + 3 * k, y + 14, ink("#1c0a48", 0.35, 2))
    thumb = ribbon([(-90, 130), (-92, 70), (-72, 16), (-44, -22), (-26, -40)], (52, 54, 48, 42, 26))
    c.drawPath(
        thumb, ink(linear((-110, 0), (-30, 0), (0, "#d96af0", 1), (0.6, mid, 1), (1, dark, 1)))
    )
    c.drawPath(thumb, ink("#1c0a48", 0.8, 2.4))
    c.drawPath(smooth([(-108, 90), (-98, 40), (-74, -4)]), ink(PINK, 0.8, 5, 3, PLUS))
    glow(c, smooth([(-112, 262), (-30, 282), (72, 250)]), MAGENTA, 7)
