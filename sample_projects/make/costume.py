"""The singer's hair, bows and dress: all that moves or shines round the face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import skia
from make.paint import (
    BLACK,
    CYAN,
    GOLD,
    MAGENTA,
    PINK,
    PLUS,
    ROSE,
    WHITE,
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

HAIR_DARK, HAIR, HAIR_LIGHT, TIP = "#30125f", "#6a2bbd", "#b874ff", "#ff6ac6"
SKIN, SKIN_SHADE, LINE = "#ffe6dc", "#f2a9b8", "#4a1640"


@dataclass(frozen=True)
class Pose:
    """How the head is held at one moment; all 0 is a calm look into the camera."""

    t: float = 0.0
    mouth: tuple[float, float] = (22.0, 0.0)  # width, height
    blink: float = 0.0  # 1 is closed
    tilt: float = 0.0  # degrees
    turn: float = 0.0  # -1..1, left to right
    nod: float = 0.0  # -1..1
    sway: float = 1.0  # how strongly the hair moves
    key: str = PINK  # colour of the light from the left
    rim: str = CYAN  # colour of the light from behind right
    smile: float = 0.5


def _tail(side: int, pose: Pose, length: float, root: tuple[float, float], phase: float):
    """Return the centre line of a strand that hangs from a root and swings late at its end."""
    s = np.linspace(0, 1, 12)
    swing = np.sin(2 * math.pi * 0.533 * pose.t - 2.3 * s + phase) * 34 * pose.sway
    flutter = np.sin(2 * math.pi * 1.31 * pose.t - 5 * s + 2 * phase) * 9 * pose.sway
    x = (
        root[0]
        + side * (150 * np.sin(1.25 * s) ** 0.9 + 22 * s * np.sin(5 * s))
        + (swing + flutter) * s**1.4
    )
    y = root[1] + length * s**1.12 - 60 * np.sin(math.pi * s) * (1 - s)
    return list(zip(x, y, strict=True))


def twin_tails(c: skia.Canvas, pose: Pose) -> None:
    for side in (-1, 1):
        light = pose.key if side < 0 else pose.rim
        for k, (phase, length, fat) in enumerate(((0.4, 430, 86), (1.1, 385, 62), (0.0, 410, 44))):
            line = _tail(side, pose, length, (side * 92, -78 + 4 * k), phase + side * 0.5)
            u = np.linspace(0, 1, 12)
            widths = fat * (np.sin(math.pi * np.clip(u * 0.9 + 0.12, 0, 1)) ** 0.75) + 1.5
            path = ribbon(line, widths)
            fill = linear(
                (0, -80),
                (0, 360),
                (0, HAIR_DARK, 1),
                (0.35, (HAIR, mix(HAIR, HAIR_DARK, 0.5), HAIR)[k], 1),
                (1, TIP, 1),
            )
            c.drawPath(path, ink(fill))
            c.drawPath(path, ink(mix(HAIR_DARK, BLACK, 0.3), 0.5, 1.6))
            shine = [(x - side * 6, y) for x, y in line[2:9]]
            c.drawPath(
                ribbon(shine, np.sin(np.linspace(0, math.pi, 7)) * fat * 0.13 + 0.4),
                ink(mix(HAIR_LIGHT, light, 0.4), 0.55),
            )
            if k == 0:
                edge = [(x + side * fat * 0.36, y) for x, y in line[2:11]]
                c.drawPath(smooth(edge), ink(light, 0.5, 3, 2.5, PLUS))


def back_hair(c: skia.Canvas, pose: Pose) -> None:
    path = shape(
        "M-112,-40 C-126,-170 126,-170 112,-40 C122,30 112,110 92,150 L-92,150 "
        "C-112,110 -122,30 -112,-40 Z"
    )
    c.drawPath(
        path, ink(linear((0, -140), (0, 150), (0, HAIR, 1), (0.5, HAIR_DARK, 1), (1, "#160733", 1)))
    )


def bust(c: skia.Canvas, pose: Pose) -> None:
    """Draw neck, shoulders and the stage dress."""
    neck = shape("M-30,80 L-32,140 C-60,160 -60,175 0,182 C60,175 60,160 32,140 L30,80 Z")
    c.drawPath(
        neck, ink(linear((0, 95), (0, 165), (0, "#d98aa6", 1), (0.45, "#f4bcc4", 1), (1, SKIN, 1)))
    )
    body = shape(
        "M-34,138 C-70,156 -120,160 -150,186 C-178,214 -186,280 -190,420 L190,420 "
        "C186,280 178,214 150,186 C120,160 70,156 34,138 C20,158 -20,158 -34,138 Z"
    )
    c.drawPath(
        body,
        ink(
            linear(
                (-180, 150),
                (180, 200),
                (0, mix(SKIN, pose.key, 0.35), 1),
                (0.4, SKIN, 1),
                (0.75, "#f5c3c9", 1),
                (1, mix(SKIN, pose.rim, 0.4), 1),
            )
        ),
    )
    c.drawPath(shape("M-60,172 C-30,180 -14,184 -4,192"), ink(SKIN_SHADE, 0.8, 2.2))
    c.drawPath(shape("M60,172 C30,180 14,184 4,192"), ink(SKIN_SHADE, 0.8, 2.2))
    dress = shape(
        "M-116,226 C-80,238 -40,214 0,232 C40,214 80,238 116,226 C150,236 "
        "168,300 172,430 L-172,430 C-168,300 -150,236 -116,226 Z"
    )
    c.drawPath(
        dress,
        ink(
            linear(
                (-160, 220), (160, 420), (0, "#7a2bd6", 1), (0.5, "#2e1275", 1), (1, "#173a8c", 1)
            )
        ),
    )
    trim = shape("M-116,226 C-80,238 -40,214 0,232 C40,214 80,238 116,226")
    glow(c, trim, pose.key, 4.0)
    for side in (-1, 1):
        strap = shape(f"M{side * 96},230 C{side * 100},200 {side * 92},180 {side * 84},164")
        c.drawPath(strap, ink("#2e1275", 1, 13))
        c.drawPath(strap, ink(pose.rim, 0.7, 2))
        edge = shape(
            f"M{side * 66},158 C{side * 110},164 {side * 140},178 {side * 158},200 "
            f"C{side * 176},226 {side * 184},290 {side * 188},400"
        )
        c.drawPath(edge, ink(pose.key if side < 0 else pose.rim, 0.75, 5, 3.5, PLUS))
    choker = shape("M-33,128 C-14,142 14,142 33,128")
    c.drawPath(choker, ink("#1b0a3f", 1, 12))
    c.drawPath(choker, ink(pose.key, 0.8, 1.6))
    halo(c, (0, 146), 22, GOLD, 0.6)
    c.drawPath(
        shape("M0,138 L6,147 L0,158 L-6,147 Z"),
        ink(linear((0, 138), (0, 158), (0, WHITE, 1), (1, GOLD, 1))),
    )
    bow(c, (0, 244), 0.9, pose)


def bow(
    c: skia.Canvas, at: tuple[float, float], size: float, pose: Pose, angle: float = 0.0
) -> None:
    c.save()
    c.translate(*at)
    c.rotate(angle)
    c.scale(size, size)
    for side in (-1, 1):
        c.drawPath(
            shape(
                f"M0,4 C{side * 8},30 {side * 22},44 {side * 30},62 L{side * 14},60 "
                f"C{side * 8},40 0,22 0,4 Z"
            ),
            ink("#b3126f"),
        )
        loop = shape(
            f"M0,0 C{side * 12},-34 {side * 52},-38 {side * 58},-24 C{side * 62},0 "
            f"{side * 58},22 {side * 50},26 C{side * 36},28 {side * 10},18 0,0 "
            "Z"
        )
        c.drawPath(
            loop, ink(linear((0, -30), (0, 28), (0, PINK, 1), (0.6, MAGENTA, 1), (1, "#a30f66", 1)))
        )
        c.drawPath(
            shape(f"M{side * 8},-2 C{side * 24},-16 {side * 36},-18 {side * 46},-16"),
            ink(ROSE, 0.8, 2.4),
        )
    c.drawOval(
        skia.Rect(-10, -11, 10, 11), ink(radial((-2, -3), 14, (0, ROSE, 1), (1, "#c0187c", 1)))
    )
    c.restore()


_LOCKS = (
    (
        "M-104,18 C-122,-60 -104,-128 -30,-140 C-66,-100 -78,-50 -84,-6 "
        "C-88,30 -96,62 -88,104 C-104,82 -110,52 -104,18 Z"
    ),
    (
        "M104,18 C122,-60 104,-128 30,-140 C66,-100 78,-50 84,-6 C88,30 "
        "96,62 88,104 C104,82 110,52 104,18 Z"
    ),
    (
        "M-98,-20 C-100,-110 -40,-148 6,-142 C-26,-110 -50,-66 -56,-22 C-62,-8 "
        "-70,4 -80,10 C-78,-4 -82,-10 -98,-20 Z"
    ),
    (
        "M98,-20 C100,-110 40,-148 -6,-142 C26,-110 44,-70 52,-24 C58,-8 "
        "68,4 78,8 C78,-4 82,-10 98,-20 Z"
    ),
    (
        "M-62,-24 C-60,-90 -30,-134 8,-142 C-4,-104 -14,-60 -18,-18 C-22,-6 "
        "-30,4 -38,8 C-38,-8 -46,-18 -62,-24 Z"
    ),
    (
        "M60,-26 C58,-92 34,-134 -4,-142 C6,-106 16,-64 18,-20 C22,-8 32,2 "
        "40,4 C40,-10 46,-20 60,-26 Z"
    ),
    (
        "M-24,-20 C-24,-80 -10,-124 4,-142 C14,-112 22,-66 22,-22 C16,-8 "
        "8,2 -2,10 C-4,-4 -12,-14 -24,-20 Z"
    ),
)


def fringe(c: skia.Canvas, pose: Pose) -> None:
    c.save()
    c.translate(pose.turn * 5, pose.nod * 3)
    crown = shape(
        "M-112,-30 C-118,-158 118,-158 112,-30 C96,-96 60,-120 0,-122 C-60,-120 -96,-96 -112,-30 Z"
    )
    fill = linear(
        (0, -150),
        (0, 100),
        (0, HAIR_LIGHT, 1),
        (0.25, HAIR, 1),
        (0.62, HAIR_DARK, 1),
        (1, mix(HAIR_DARK, TIP, 0.65), 1),
    )
    c.drawPath(crown, ink(fill))
    for i, lock in enumerate(_LOCKS):
        c.save()
        c.skew(0.02 * pose.sway * math.sin(2 * math.pi * 1.066 * pose.t + i), 0)
        path = shape(lock)
        c.drawPath(path, ink(fill))
        c.drawPath(path, ink("#1b0940", 0.55, 1.7))
        c.restore()
    ring = shape(
        "M-92,-66 C-70,-98 -36,-106 0,-104 C36,-106 70,-98 92,-66 C70,-84 "
        "40,-92 0,-90 C-40,-92 -70,-84 -92,-66 Z"
    )
    c.drawPath(
        ring,
        ink(
            linear((-90, 0), (90, 0), (0, pose.key, 0.9), (0.45, ROSE, 0.55), (1, pose.rim, 0.9)),
            0.6,
            blur=3,
            mode=PLUS,
        ),
    )
    c.drawPath(shape("M20,-124 C66,-120 112,-90 110,-30"), ink(pose.rim, 0.8, 4, 3, PLUS))
    c.drawPath(shape("M-110,-30 C-112,-90 -66,-120 -20,-124"), ink(pose.key, 0.6, 4, 3, PLUS))
    c.restore()
    for side in (-1, 1):
        bow(c, (side * 100, -92), 0.72, pose, side * 24)
