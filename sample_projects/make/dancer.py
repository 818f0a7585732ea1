"""The singer from head to shoes: a small skeleton, its dance, and her stage dress.

Units are those of the head drawing times HEAD; hips at rest lie at (0, 0), the floor at y = 265.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import skia
from make import singer
from make.costume import SKIN, Pose, fringe
from make.paint import (
    GOLD,
    MAGENTA,
    NIGHT,
    PINK,
    PLUS,
    WHITE,
    Point,
    glow,
    halo,
    ink,
    linear,
    mix,
    ribbon,
    shape,
    smooth,
)  # fmt: skip
from make.score import BEAT
from make.singer import head

FLOOR = 265.0
HEAD = 0.47
# Arm poses: upper and lower arm angles (degrees, 0 = down, 90 = out to her side), left then right.
_POSES = (
    (35, 20, 48, 152),
    (150, 172, 48, 152),
    (100, 60, 48, 152),
    (125, 190, 48, 150),
    (70, 150, 48, 152),
    (165, 150, 50, 150),
    (85, 95, 48, 152),
    (30, 120, 48, 152),
)


@dataclass(frozen=True)
class Stance:
    """Where the body's joints are."""

    hip: Point
    chest: Point
    lean: float
    arms: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]
    legs: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]


def _ease(x: float) -> float:
    return x * x * x * (x * (6 * x - 15) + 10)


def _limb(root: Point, a: float, b: float, first: float, second: float, side: int):
    """Return root, joint and end of an arm from its two angles."""

    def step(p: Point, angle: float, length: float) -> Point:
        r = math.radians(angle)
        return p[0] + side * math.sin(r) * length, p[1] + math.cos(r) * length

    joint = step(root, a, first)
    return root, joint, step(joint, b, second)


def _leg(hip: Point, foot: Point, side: int) -> tuple[Point, Point, Point]:
    """Return hip, knee and foot of a leg that bends outwards."""
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    distance, half = math.hypot(dx, dy), 134.0
    bend = math.sqrt(max(0.0, half**2 - (distance / 2) ** 2))
    middle = (hip[0] + dx / 2, hip[1] + dy / 2)
    return hip, (middle[0] + side * abs(dy) / distance * bend * 0.3, middle[1] - 0.1 * bend), foot


def stance(beat: float) -> Stance:
    """Return the dance at a beat (counted from the first downbeat)."""
    bounce = 9 * abs(math.sin(math.pi * beat)) ** 0.8
    sway = math.sin(math.pi * beat / 2)
    hip = (17 * sway, 14 - bounce)
    lean = 0.07 * math.sin(math.pi * beat / 2 - 0.5)
    chest = (hip[0] * 0.45 + 110 * math.sin(lean), hip[1] - 132)
    i, u = divmod(beat / 2, 1)
    u = _ease(min(1.0, u / 0.42))
    previous, following = (_POSES[(int(i) + k) % len(_POSES)] for k in (-1, 0))
    angles = [
        p + (f - p) * u + 4 * math.sin(math.pi * beat + n)
        for n, (p, f) in enumerate(zip(previous, following, strict=True))
    ]
    arms = (
        _limb((chest[0] - 38, chest[1] + 6), angles[0], angles[1], 74, 72, -1),
        _limb((chest[0] + 38, chest[1] + 6), angles[2] - 30, -angles[3] - 0, 66, 62, 1),
    )
    lift = max(0.0, math.sin(math.pi * beat)) * 13
    even = math.floor(beat) % 2 == 0
    feet = (
        (-44 + 8 * sway, FLOOR - (lift if even else 0)),
        (44 + 8 * sway, FLOOR - (0 if even else lift)),
    )
    legs = tuple(
        _leg((hip[0] + s * 22, hip[1] + 8), foot, s) for s, foot in zip((-1, 1), feet, strict=True)
    )
    return Stance(hip, chest, lean, arms, legs)


def _skin(light: str, side: int) -> str:
    return mix(SKIN, light, 0.16)


def _draw_leg(c: skia.Canvas, joints, side: int, light: str) -> None:
    (hx, hy), (kx, ky), (fx, fy) = joints
    line = [
        (hx, hy),
        ((hx + kx) / 2, (hy + ky) / 2),
        (kx, ky),
        ((kx + fx) / 2 + side * 2, (ky + fy) / 2),
        (fx, fy - 8),
    ]
    path = ribbon(line, (50, 44, 31, 31, 18))
    c.drawPath(
        path,
        ink(
            linear(
                (hx - 30, 0),
                (hx + 30, 0),
                (0, mix(SKIN, PINK, 0.3), 1),
                (0.6, "#f3bcc6", 1),
                (1, mix(SKIN, light, 0.3), 1),
            )
        ),
    )
    boot = ribbon(
        [(kx, ky - 26), (kx, ky + 8), ((kx + fx) / 2 + side * 2, (ky + fy) / 2), (fx, fy - 10)],
        (40, 35, 34, 22),
    )
    c.drawPath(
        boot,
        ink(
            linear(
                (kx - 24, 0),
                (kx + 24, 0),
                (0, "#5b2bb5", 1),
                (0.5, "#24104f", 1),
                (1, "#1d2c7a", 1),
            )
        ),
    )
    shoe = shape(
        f"M{fx - 11},{fy - 22} L{fx + 11},{fy - 22} C{fx + 14},{fy - 8} "
        f"{fx + 14 + 14 * (side > 0)},{fy - 6} {fx + 14 + 14 * (side > 0)},{fy} "
        f"L{fx - 14 - 14 * (side < 0)},{fy} "
        f"C{fx - 14 - 14 * (side < 0)},{fy - 6} {fx - 14},{fy - 8} {fx - 11},{fy - 22} Z"
    )
    c.drawPath(shoe, ink("#1a0b3c"))
    c.drawLine(fx - 24, fy, fx + 24, fy, ink(light, 0.8, 3, 1.5, PLUS))
    c.drawPath(
        smooth([(kx - 19, ky - 25), (kx, ky - 20), (kx + 19, ky - 25)]), ink(MAGENTA, 0.95, 4)
    )
    edge = [(x + side * w, y) for (x, y), w in zip(line[1:], (21, 16, 17, 10), strict=True)]
    c.drawPath(smooth(edge), ink(light, 0.55, 2.4, 1.2, PLUS))


def _draw_arm(c: skia.Canvas, joints, side: int, light: str) -> None:
    (sx, sy), (ex, ey), (wx, wy) = joints
    c.drawPath(
        ribbon([(sx, sy), ((sx + ex) / 2, (sy + ey) / 2), (ex, ey), (wx, wy)], (27, 24, 20, 15)),
        ink(
            linear(
                (sx - 40, sy),
                (sx + 40, sy),
                (0, mix(SKIN, PINK, 0.3), 1),
                (0.5, SKIN, 1),
                (1, mix(SKIN, light, 0.3), 1),
            )
        ),
    )
    u = 0.18
    glove = [(ex + (wx - ex) * u, ey + (wy - ey) * u), ((ex + wx) / 2, (ey + wy) / 2), (wx, wy)]
    c.drawPath(ribbon(glove, (24, 21, 17)), ink("#7a45d8"))
    c.drawPath(smooth([glove[0], glove[0]]), ink(MAGENTA, 0.9, 22))
    c.drawPath(smooth([glove[0], glove[0]]), ink("#7a45d8", 1, 14))
    c.drawCircle(wx, wy, 12, ink("#8d5be6"))
    c.drawPath(smooth([(ex + side * 8, ey), (wx + side * 8, wy)]), ink(light, 0.6, 2.2, 1, PLUS))


def _microphone(c: skia.Canvas, wrist: Point, angle: float) -> None:
    c.save()
    c.translate(*wrist)
    c.rotate(angle)
    c.drawRoundRect(skia.Rect(-5, -12, 5, 34), 4, 4, ink("#150a33"))
    c.drawLine(-3, -10, -3, 30, ink(PINK, 0.6, 1.5))
    c.drawCircle(
        0,
        -18,
        11,
        ink(
            linear((-10, -28), (10, -8), (0, "#f1e6ff", 1), (0.5, "#8d7cc0", 1), (1, "#2a1d52", 1))
        ),
    )
    c.drawRect(skia.Rect(-8, -11, 8, -7), ink(GOLD))
    c.restore()


def _dress(c: skia.Canvas, s: Stance, beat: float, key: str, rim: str) -> None:
    (hx, hy), (cx, cy) = s.hip, s.chest
    waist = ((hx + cx) / 2 + 2, hy - 62)
    torso = shape(
        f"M{cx - 40},{cy - 2} C{cx - 44},{cy + 40} {waist[0] - 30},{waist[1] - 16} "
        f"{waist[0] - 27},{waist[1]} L{hx - 40},{hy} "
        f"L{hx + 40},{hy} L{waist[0] + 27},{waist[1]} C{waist[0] + 30},{waist[1] - 16} "
        f"{cx + 44},{cy + 40} {cx + 40},{cy - 2} Z"
    )
    c.drawPath(
        torso,
        ink(
            linear(
                (cx - 45, 0),
                (cx + 45, 0),
                (0, "#8a35e0", 1),
                (0.45, "#35158a", 1),
                (1, "#1e3f9a", 1),
            )
        ),
    )
    n = 9
    for layer, (drop, wide, colour) in enumerate(
        ((92, 1.2, "#b0147a"), (74, 1.1, MAGENTA), (54, 1.0, "#43199c"))
    ):
        points = [(waist[0] - 27, waist[1] + 4)]
        for k in range(n + 1):
            x = (2 * k / n - 1) * 88 * wide
            swing = 9 * math.sin(math.pi * beat / 2 + k * 0.7 + layer) + 14 * math.sin(
                math.pi * beat / 2 - 0.9
            )
            points.append(
                (
                    hx + x + swing * 0.5,
                    waist[1]
                    + drop
                    + 8 * (k % 2)
                    + 5 * math.sin(math.pi * beat + k)
                    - abs(x) * 0.16,
                )
            )
        points.append((waist[0] + 27, waist[1] + 4))
        skirt = skia.Path(polygon_of(points))
        c.drawPath(
            skirt,
            ink(
                linear(
                    (hx - 95, waist[1]),
                    (hx + 95, waist[1] + drop),
                    (0, mix(colour, WHITE, 0.25), 1),
                    (0.5, colour, 1),
                    (1, mix(colour, NIGHT, 0.45), 1),
                )
            ),
        )
        c.drawPath(smooth(points[1:-1]), ink(mix(key, WHITE, 0.4) if layer != 2 else rim, 0.9, 2.4))
    c.drawPath(
        smooth(
            [(waist[0] - 28, waist[1] + 3), (waist[0], waist[1] + 8), (waist[0] + 28, waist[1] + 3)]
        ),
        ink(GOLD, 1, 7),
    )
    glow(
        c,
        smooth(
            [
                (cx - 38, cy + 2),
                (cx - 16, cy - 6),
                (cx, cy + 6),
                (cx + 16, cy - 6),
                (cx + 38, cy + 2),
            ]
        ),
        key,
        2.6,
    )
    c.drawLine(cx + 37, cy + 8, waist[0] + 27, waist[1], ink(rim, 0.8, 3, 2, PLUS))


def polygon_of(points) -> skia.Path:
    path = smooth(points)
    path.close()
    return path


def dancer(
    c: skia.Canvas, beat: float, pose: Pose, mic: bool = True, key: str = PINK, rim: str = "#22e6ff"
) -> None:
    """Draw her dancing; the canvas's origin is where her hips rest."""
    s = stance(beat)
    (hx, _), (cx, cy) = s.hip, s.chest
    at = (cx + 60 * s.lean, cy - 80)
    look = replace(
        pose, t=beat * BEAT, tilt=math.degrees(s.lean) * 1.6 + pose.tilt, key=key, rim=rim, sway=1.5
    )
    c.drawOval(skia.Rect(hx - 105, FLOOR - 10, hx + 105, FLOOR + 14), ink(NIGHT, 0.7, blur=9))
    c.save()
    c.translate(*at)
    c.scale(HEAD, HEAD)
    head(c, look, body=False)  # hair that falls behind the body
    c.restore()
    for joints, side in zip(s.legs, (-1, 1), strict=True):
        _draw_leg(c, joints, side, key if side < 0 else rim)
    shoulders = shape(
        f"M{cx - 12},{cy - 38} L{cx - 13},{cy - 14} C{cx - 30},{cy - 8} {cx - 46},{cy - 8} "
        f"{cx - 48},{cy + 12} L{cx + 48},{cy + 12} C{cx + 46},{cy - 8} {cx + 30},{cy - 8} "
        f"{cx + 13},{cy - 14} L{cx + 12},{cy - 38} Z"
    )
    c.drawPath(
        shoulders,
        ink(
            linear(
                (cx - 50, 0),
                (cx + 50, 0),
                (0, mix(SKIN, key, 0.3), 1),
                (0.5, SKIN, 1),
                (1, mix(SKIN, rim, 0.35), 1),
            )
        ),
    )
    _dress(c, s, beat, key, rim)
    _draw_arm(c, s.arms[0], -1, key)
    halo(c, s.arms[0][2], 26, key, 0.35)
    c.save()
    c.translate(*at)
    c.scale(HEAD, HEAD)
    _face_only(c, look)
    c.restore()
    if mic:
        (wx, wy) = s.arms[1][2]
        _draw_arm(c, s.arms[1], 1, rim)
        _microphone(c, (wx, wy), -28)
    else:
        _draw_arm(c, s.arms[1], 1, rim)


def _face_only(c: skia.Canvas, pose: Pose) -> None:
    c.save()
    c.translate(0, 110)
    c.rotate(pose.tilt)
    c.translate(0, -110)
    for part in (singer.face, singer.mouth, singer.eyes, fringe):
        part(c, pose)
    c.restore()


def shadowed(c: skia.Canvas, beat: float, colour: str = NIGHT) -> None:
    """Draw her as a silhouette."""
    paint = skia.Paint()
    paint.setColorFilter(
        skia.ColorFilters.Blend(
            skia.Color4f(*[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], 1).toColor(),
            skia.BlendMode.kSrcIn,
        )
    )
    c.saveLayer(None, paint)
    dancer(c, beat, Pose())
    c.restore()
