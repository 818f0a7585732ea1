"""Drawing by light: palette, gradients, glow, beams and the finish that all scenes share.

Scenes are drawn in a space 720 units high (1280 wide, or 405 in portrait), whatever the pixels.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import skia

NIGHT, DEEP, VIOLET, INDIGO = "#07041a", "#140a38", "#4a1d96", "#2a1670"
MAGENTA, PINK, ROSE = "#ff2fa8", "#ff7ac8", "#ffb3de"
CYAN, ICE, MINT = "#22e6ff", "#a8f6ff", "#5cffd0"
GOLD, PEACH, WHITE, BLACK = "#ffd36e", "#ff9e7a", "#ffffff", "#000000"
PLUS, SCREEN = skia.BlendMode.kPlus, skia.BlendMode.kScreen

Point = tuple[float, float]


def rgba(colour: str, alpha: float = 1.0) -> skia.Color4f:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return skia.Color4f(r, g, b, max(0.0, min(1.0, alpha)))


def mix(a: str, b: str, share: float) -> str:
    """Return the colour a share of the way from a to b."""
    share = max(0.0, min(1.0, share))
    pairs = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)


def _stops(stops: Sequence[tuple[float, str, float]]) -> tuple[list[int], list[float]]:
    return [rgba(c, a).toColor() for _, c, a in stops], [p for p, _, _ in stops]


def linear(a: Point, b: Point, *stops: tuple[float, str, float]) -> skia.Shader:
    """Return a gradient from point to point; a stop is (place, colour, alpha)."""
    colours, places = _stops(stops)
    return skia.GradientShader.MakeLinear([skia.Point(*a), skia.Point(*b)], colours, places)


def radial(centre: Point, radius: float, *stops: tuple[float, str, float]) -> skia.Shader:
    colours, places = _stops(stops)
    return skia.GradientShader.MakeRadial(skia.Point(*centre), radius, colours, places)


def ink(
    what: str | skia.Shader,
    alpha: float = 1.0,
    width: float = 0.0,
    blur: float = 0.0,
    mode: skia.BlendMode | None = None,
) -> skia.Paint:
    """Return a paint: a fill, or a round stroke when a width is given."""
    paint = skia.Paint(AntiAlias=True)
    if isinstance(what, str):
        paint.setColor4f(rgba(what, alpha))
    else:
        paint.setShader(what)
        paint.setAlphaf(max(0.0, min(1.0, alpha)))
    if width:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(width)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    if mode is not None:
        paint.setBlendMode(mode)
    return paint


def polygon(points: Sequence[Point], closed: bool = True) -> skia.Path:
    path = skia.Path()
    path.addPoly([skia.Point(*map(float, p)) for p in points], closed)
    return path


def smooth(points: Sequence[Point], closed: bool = False) -> skia.Path:
    """Return a curve through the points (Catmull-Rom)."""
    p = [(float(x), float(y)) for x, y in points]
    n = len(p)
    path = skia.Path()
    path.moveTo(*p[0])
    for i in range(n if closed else n - 1):
        a = p[(i - 1) % n] if closed or i else p[0]
        b, c = p[i], p[(i + 1) % n]
        d = p[(i + 2) % n] if closed or i + 2 < n else c
        path.cubicTo(
            b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6,
            c[0] - (d[0] - b[0]) / 6, c[1] - (d[1] - b[1]) / 6, *c,
        )  # fmt: skip
    if closed:
        path.close()
    return path


def ribbon(points: Sequence[Point], widths: Sequence[float]) -> skia.Path:
    """Return the outline of a brush stroke along points with a width at each."""
    p = np.asarray(points, float)
    d = np.gradient(p, axis=0)
    normal = np.stack([-d[:, 1], d[:, 0]], 1) / np.maximum(np.hypot(*d.T), 1e-6)[:, None]
    half = np.asarray(widths, float)[:, None] / 2
    return smooth(
        [tuple(q) for q in np.concatenate([p + normal * half, (p - normal * half)[::-1]])], True
    )


def shape(text: str) -> skia.Path:
    """Return the path of an SVG path string that uses absolute M, L, C and Z."""
    path = skia.Path()
    for command, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", text):
        v = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", numbers)]
        if command == "M":
            path.moveTo(v[0], v[1])
        elif command == "L":
            path.lineTo(v[0], v[1])
        elif command == "C":
            path.cubicTo(*v)
        else:
            path.close()
    return path


def glow(c: skia.Canvas, path: skia.Path, colour: str, width: float, power: float = 1.0) -> None:
    """Draw a neon tube: a wide halo, a coloured tube and a nearly white core."""
    c.drawPath(path, ink(colour, 0.34 * power, width * 4.5, width * 3.2, PLUS))
    c.drawPath(path, ink(colour, 0.85 * power, width * 1.5, width * 0.45, PLUS))
    c.drawPath(path, ink(mix(colour, WHITE, 0.75), 0.95 * power, width * 0.55))


def halo(c: skia.Canvas, at: Point, radius: float, colour: str, alpha: float = 1.0) -> None:
    """Draw a soft light."""
    stops = ((0, colour, alpha), (0.35, colour, alpha * 0.36), (1, colour, 0))
    c.drawCircle(*at, radius, ink(radial(at, radius, *stops), mode=PLUS))


def beam(
    c: skia.Canvas, at: Point, angle: float, length: float, spread: float, colour: str, alpha: float
) -> None:
    """Draw a spotlight's cone through haze; the angle is from straight down, in radians."""
    c.save()
    c.translate(*at)
    c.rotate(-math.degrees(angle))
    # Nested cones: as soft as a blur over the whole picture, at a tenth of its price.
    for k in range(8):
        share = (k + 1) / 8
        half, strength = math.tan(spread * share) * length, alpha * 0.2
        stops = ((0, mix(colour, WHITE, 0.5), strength), (0.25, colour, strength * 0.6),
                 (1, colour, 0))  # fmt: skip
        cone = polygon([(-6 * share, 0), (6 * share, 0), (half, length), (-half, length)])
        c.drawPath(cone, ink(linear((0, 0), (0, length), *stops), mode=PLUS))
    c.restore()
    halo(c, at, 46, colour, alpha)
    c.drawCircle(*at, 5, ink(WHITE, min(1.0, alpha * 1.4), blur=2, mode=PLUS))


def background(c: skia.Canvas, w: float, h: float, *stops: tuple[float, str, float]) -> None:
    c.drawRect(skia.Rect(-50, -50, w + 50, h + 50), ink(linear((0, 0), (0, h), *stops)))


class Dust:
    """Specks with fixed seeds that scenes move as they like."""

    def __init__(self, seed: int, count: int) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.y, self.z, self.phase, self.kind = rng.random((5, count))

    def __iter__(self):
        return iter(
            zip(*(v.tolist() for v in (self.x, self.y, self.z, self.phase, self.kind)), strict=True)
        )


class Film:
    """A surface that scenes draw on, finished with bloom and vignette."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.surface = skia.Surface(width, height)
        self.small = skia.Surface(width // 4, height // 4)
        self.scale = height / 720
        self.noise = (
            np.random.default_rng(7).normal(0, 1.1, (height, width + 64, 1)).round().astype("i2")
        )

    def shoot(self, draw, t: float, bloom: float = 0.42, index: int = 0) -> np.ndarray:
        """Return the frame that a scene draws at a time, uint8 [shape=(height, width, 3)]."""
        c = self.surface.getCanvas()
        c.resetMatrix()
        c.clear(rgba(NIGHT).toColor())
        c.save()
        c.scale(self.scale, self.scale)
        draw(c, t, self.width / self.scale, 720.0)
        c.restore()
        self._bloom(c, bloom)
        self._vignette(c)
        pixels = self.surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
        # A breath of noise keeps the encoder from turning gradients into steps.
        at = (index * 23) % 64
        return np.clip(pixels[..., :3] + self.noise[:, at : at + self.width], 0, 255).astype("u1")

    def _bloom(self, c: skia.Canvas, amount: float) -> None:
        image = self.surface.makeImageSnapshot()
        s = self.small.getCanvas()
        s.clear(0)
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
        s.drawImageRect(image, skia.Rect(self.small.width(), self.small.height()), sampling)
        paint = skia.Paint(BlendMode=SCREEN, Alphaf=amount)
        paint.setImageFilter(skia.ImageFilters.Blur(7, 7))
        soft = skia.Surface(self.small.width(), self.small.height())
        soft.getCanvas().drawImage(
            self.small.makeImageSnapshot(), 0, 0, skia.SamplingOptions(), paint
        )
        paint = skia.Paint(BlendMode=SCREEN)
        c.drawImageRect(
            soft.makeImageSnapshot(), skia.Rect(self.width, self.height), sampling, paint
        )

    def _vignette(self, c: skia.Canvas) -> None:
        at, r = (self.width / 2, self.height * 0.48), math.hypot(self.width, self.height) / 1.75
        stops = ((0, NIGHT, 0), (0.55, NIGHT, 0.02), (1, NIGHT, 0.72))
        c.drawRect(skia.Rect(self.width, self.height), ink(radial(at, r, *stops)))
