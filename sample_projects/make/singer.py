"""The singer's head and shoulders, drawn round the middle of her face.

Units: the face is about 190 wide; the chin lies at y = 112, the eyes at y = 18, the mouth at 74.
"""

from __future__ import annotations

import skia
from make.costume import LINE, SKIN, SKIN_SHADE, Pose, back_hair, bust, fringe, twin_tails
from make.paint import (
    ICE,
    NIGHT,
    PLUS,
    WHITE,
    ink,
    linear,
    mix,
    shape,
)  # fmt: skip


def face(c: skia.Canvas, pose: Pose) -> None:
    outline = shape(
        "M-93,-30 C-98,20 -88,58 -60,84 C-38,103 -16,113 0,113 C16,113 38,103 60,84 "
        "C88,58 98,20 93,-30 C90,-110 -90,-110 -93,-30 Z"
    )
    c.drawPath(
        outline,
        ink(
            linear(
                (-100, 0),
                (100, 30),
                (0, mix(SKIN, pose.key, 0.4), 1),
                (0.28, SKIN, 1),
                (0.72, "#fbd5cf", 1),
                (1, mix(SKIN_SHADE, pose.rim, 0.45), 1),
            )
        ),
    )
    c.save()
    c.clipPath(outline, True)
    c.drawOval(skia.Rect(-120, -130, 120, -8), ink("#8a3a86", 0.4, blur=14))  # the fringe's shadow
    c.drawPath(
        shape("M-70,92 C-30,128 30,128 70,92 L70,130 L-70,130 Z"), ink("#d56a96", 0.4, blur=9)
    )
    c.drawPath(shape("M93,-30 C98,20 88,58 60,84"), ink(pose.rim, 0.85, 7, 5, PLUS))
    c.drawPath(shape("M-93,-30 C-98,20 -88,58 -60,84"), ink(pose.key, 0.5, 8, 6, PLUS))
    shift = pose.turn * 9
    for side in (-1, 1):
        c.drawOval(
            skia.Rect(side * 56 + shift - 24, 46, side * 56 + shift + 24, 66),
            ink("#ff5d8f", 0.42, blur=8),
        )
        for k in range(3):
            x = side * 56 + shift + (k - 1) * 9
            c.drawLine(x + 3, 51, x - 3, 60, ink("#e8487f", 0.45, 2.0))
    c.restore()


def eyes(c: skia.Canvas, pose: Pose) -> None:
    for side in (-1, 1):
        c.save()
        c.translate(side * 45 + pose.turn * 10, 18 + pose.nod * 6)
        c.scale(side * (1 - 0.1 * max(0, side * pose.turn)), 1)
        opened = 1 - pose.blink
        (_eye if opened > 0.18 else _closed_eye)(c, opened, side, pose)
        c.drawPath(shape("M-22,-54 C-6,-62 14,-60 27,-50"), ink("#3d1466", 0.9, 4.6))
        c.restore()


def _closed_eye(c: skia.Canvas, _: float, side: int, pose: Pose) -> None:
    c.drawPath(shape("M-25,6 C-12,20 14,20 29,4"), ink(LINE, 1, 5.4))
    for x, y in ((24, 9), (29, 3)):
        c.drawLine(x, y, x + 9, y + 5, ink(LINE, 1, 3))


def _eye(c: skia.Canvas, opened: float, side: int, pose: Pose) -> None:
    top, low = -31 * opened + 6 * (1 - opened), 29 - 8 * (1 - opened)
    white = shape(
        f"M-27,4 C-24,{top} 18,{top - 4} 29,-4 C31,12 20,{low} 2,{low} C-16,{low} -26,18 -27,4 Z"
    )
    c.drawPath(
        white, ink(linear((0, -30), (0, 26), (0, "#cdb6ea", 1), (0.4, WHITE, 1), (1, "#fbeaf5", 1)))
    )
    c.save()
    c.clipPath(white, True)
    look = pose.turn * 5 * side
    iris = skia.Rect(-19 + look, -28, 19 + look, 27)
    c.drawOval(
        iris,
        ink(
            linear(
                (0, -26),
                (0, 26),
                (0, "#1a0650", 1),
                (0.4, "#5a1fc4", 1),
                (0.75, "#e03fd0", 1),
                (1, "#6ff0ff", 1),
            )
        ),
    )
    c.drawOval(iris, ink("#1b0440", 0.9, 2.6))
    c.drawOval(skia.Rect(-8 + look, -14, 8 + look, 9), ink("#12022e"))
    c.drawOval(skia.Rect(-13 + look, 8, 13 + look, 25), ink(ICE, 0.5, blur=4, mode=PLUS))
    c.drawRect(skia.Rect(-32, -34, 34, -16 + 10 * (1 - opened)), ink("#1b0440", 0.35, blur=4))
    c.restore()
    s = side  # highlights stay on the light's side in both eyes
    c.drawOval(
        skia.Rect(-10 * s + look - 8, -21 * opened, -10 * s + look + 6, -3 * opened), ink(WHITE)
    )
    c.drawOval(skia.Rect(8 * s + look - 4, 7, 8 * s + look + 4, 15), ink(WHITE, 0.9))
    lash = shape(
        f"M-30,6 C-26,{top - 3} 18,{top - 8} 30,-6 C33,-8 37,-12 41,-13 C39,-5 35,3 29,6 "
        f"C22,{top + 7} -20,{top + 9} -26,8 Z"
    )
    c.drawPath(lash, ink(LINE))
    c.drawPath(shape(f"M-12,{low} C0,{low + 3} 12,{low} 22,{low - 9}"), ink(LINE, 0.6, 1.8))
    c.drawPath(
        shape(f"M-22,{top - 10} C-6,{top - 16} 12,{top - 15} 25,{top - 6}"),
        ink("#b5567f", 0.55, 1.8),
    )


def mouth(c: skia.Canvas, pose: Pose) -> None:
    width, height = pose.mouth
    c.save()
    c.translate(pose.turn * 11, 76 + pose.nod * 5)
    w, lift = width / 2, 3.5 * pose.smile
    if height < 2.2:
        c.drawPath(
            shape(
                f"M{-w},{-lift} C{-w * 0.4},{4 - lift * 0.2} {w * 0.4},{4 - lift * 0.2} {w},{-lift}"
            ),
            ink("#a02a58", 1, 3.4),
        )
    else:
        inside = shape(
            f"M{-w},{-lift * 0.6} C{-w * 0.5},-4 {w * 0.5},-4 {w},{-lift * 0.6} "
            f"C{w * 0.95},{height * 0.75} {w * 0.5},{height} 0,{height} C{-w * 0.5},{height} "
            f"{-w * 0.95},{height * 0.75} {-w},{-lift * 0.6} Z"
        )
        c.drawPath(inside, ink(linear((0, -4), (0, height), (0, "#5c0f33", 1), (1, "#9c2350", 1))))
        c.save()
        c.clipPath(inside, True)
        c.drawOval(skia.Rect(-w * 0.7, height * 0.58, w * 0.7, height * 1.5), ink("#f0708e"))
        if height > 7:
            c.drawRect(skia.Rect(-w, -6, w, min(3.5, height * 0.22)), ink(WHITE, 0.95))
        c.restore()
        c.drawPath(inside, ink("#8e1f4e", 1, 2.6))
    c.drawPath(
        shape(f"M-6,{height + 11} C-2,{height + 13} 2,{height + 13} 6,{height + 11}"),
        ink("#d2708f", 0.6, 2),
    )
    c.restore()
    nose = pose.turn * 12
    c.drawPath(shape(f"M{nose + 1},47 L{nose + 4},52 L{nose - 1},53"), ink("#d87a90", 0.9, 2.2))


def headset(c: skia.Canvas, pose: Pose) -> None:
    """Draw the little stage microphone at her cheek."""
    shift = pose.turn * 6
    arm = shape(f"M98,6 C96,60 {72 + shift},92 {42 + shift},92")
    c.drawPath(arm, ink("#120829", 1, 3.6))
    c.drawPath(arm, ink(pose.rim, 0.7, 1.2))
    c.drawOval(
        skia.Rect(30 + shift, 86, 48 + shift, 99),
        ink(linear((0, 86), (0, 99), (0, "#5a4a86", 1), (1, NIGHT, 1))),
    )


def head(c: skia.Canvas, pose: Pose, body: bool = True) -> None:
    """Draw her; the canvas's origin is the middle of the face."""
    c.save()
    c.translate(0, 110)
    c.rotate(pose.tilt)
    c.translate(0, -110)
    twin_tails(c, pose)
    back_hair(c, pose)
    c.restore()
    if body:
        bust(c, pose)
    c.save()
    c.translate(0, 110)
    c.rotate(pose.tilt)
    c.translate(0, -110)
    face(c, pose)
    mouth(c, pose)
    eyes(c, pose)
    fringe(c, pose)
    headset(c, pose)
    c.restore()
