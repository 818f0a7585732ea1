"""Draw a mouth into a face: outlines that bend from shape to shape, with soft edges.

Every shape is the same few curves with other sizes, so that a mouth can be anywhere between two
shapes. It is drawn several times larger and scaled down, which gives soft edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from otio_idolsync.lipsync.movie import Picture
from otio_idolsync.lipsync.skin import Colour, Look, Mouth, covered

_MOST_PIXELS = 720
_TALLEST = {True: 0.74, False: 0.5}
_UPWARDS = 0.24
_SMILE = {True: 0.16, False: 0.03}
_CURVE_POINTS = 48
_DARK: Colour = (58, 10, 22)
_TOOTH: Colour = (246, 242, 238)
_TONGUE: Colour = (222, 104, 116)
_SEEN = 0.03, 0.1

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Pose:
    """One moment of a mouth, between shapes; see `shapes.Shape`.

    Attributes:
        opening: 0 closed to 1 as wide as it goes.
        width: Against the width at rest.
        boxy: 0 pointed corners to 1 nearly a rectangle.
        upper_teeth: Share of the opening.
        lower_teeth: Share of the opening.
        tongue: Share of the opening.
    """

    opening: float
    width: float
    boxy: float
    upper_teeth: float
    lower_teeth: float
    tongue: float


def draw_mouth(
    picture: Picture, mouth: Mouth, look: Look, pose: Pose, softness: float, always: bool
) -> None:
    """Draw a mouth into a picture, in place, after covering the mouth that is there.

    Args:
        picture: uint8 [shape=(height, width, 3)], RGB; changed.
        mouth: Where.
        look: How this face's mouth looks.
        pose: What it does; nearly closed it fades into the face's own mouth.
        softness: Blur in pixels, so that it is no sharper than the face.
        always: Draw it closed, too: the face's own mouth moves or is open.
    """
    fade = float(np.clip((pose.opening - _SEEN[0]) / (_SEEN[1] - _SEEN[0]), 0, 1))
    strength = 1.0 if always else fade * fade * (3 - 2 * fade)
    if strength <= 0:
        return
    skin, (left, top) = covered(picture, mouth, look, always)
    _blend(picture, skin.astype(np.float32), np.full(skin.shape[:2], strength), left, top)
    paint, (left, top) = _painted(mouth, look, pose, softness)
    alpha = paint[..., 3] / 255 * strength
    _blend(picture, paint[..., :3], alpha, left, top)


def _blend(
    picture: Picture, paint: NDArray[np.float32], alpha: NDArray[np.floating], left: int, top: int
) -> None:
    height, width = picture.shape[:2]
    rows = slice(max(0, -top), min(paint.shape[0], height - top))
    columns = slice(max(0, -left), min(paint.shape[1], width - left))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    under = picture[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    share = alpha[rows, columns, None]
    under[:] = (under * (1 - share) + paint[rows, columns] * share + 0.5).astype(np.uint8)


def _painted(
    mouth: Mouth, look: Look, pose: Pose, softness: float
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return the mouth alone as RGBA, float32 with straight alpha, and its place."""
    reach = 0.95 * mouth.width + 2
    left, top = int(mouth.x - reach), int(mouth.y - reach)
    side = int(2 * reach) + 2
    scale = max(1, min(6, _MOST_PIXELS // side))
    canvas = _Canvas(mouth, look, pose, scale, (left, top), side)
    image = canvas.draw()
    if mouth.tilt:
        middle = ((mouth.x - left + 0.5) * scale, (mouth.y - top + 0.5) * scale)
        image = image.rotate(-mouth.tilt, Image.Resampling.BILINEAR, center=middle)
    small = image.resize((side, side), Image.Resampling.BOX)
    if softness > 0.3:
        small = small.filter(ImageFilter.GaussianBlur(softness))
    paint = np.asarray(small, np.float32).copy()
    solid = np.maximum(paint[..., 3:], 1) / 255
    paint[..., :3] = np.minimum(paint[..., :3] / solid, 255)
    return paint, (left, top)


class _Canvas:
    """The curves of one pose, in enlarged pixels, and the layers painted between them."""

    def __init__(
        self, mouth: Mouth, look: Look, pose: Pose, scale: int, corner: tuple[int, int], side: int
    ) -> None:
        self._look, self._pose = look, pose
        self._size = side * scale
        unit = self._unit = mouth.width * scale
        self._x = (mouth.x - corner[0] + 0.5) * scale
        self._y = (mouth.y - corner[1] + 0.5) * scale + look.middle * unit
        self._half = 0.5 * pose.width * unit
        tall = _TALLEST[look.drawn] * max(0.0, pose.opening) * unit
        self._rise, self._fall = _UPWARDS * tall, (1 - _UPWARDS) * tall
        self._smile = _SMILE[look.drawn] * unit * (1 - 0.7 * min(1.0, pose.opening))

    def draw(self) -> Image.Image:
        """Return the layers as RGBA with premultiplied alpha."""
        line = self._look.thickness * self._unit
        upper = line / 2 if self._look.drawn else 0.42 * line
        lower = line / 2 if self._look.drawn else 0.58 * line
        inner = self._mask(self._outline(0, 0))
        outer = self._mask(self._outline(upper, lower))
        lips = Image.new("RGB", (self._size, self._size), _whole(self._look.lips))
        if not self._look.drawn:
            self._shade_lips(lips, upper, lower)
        lips.paste(self._inside(), (0, 0), inner)
        lips.putalpha(outer)
        ground = Image.new("RGBA", lips.size, (0, 0, 0, 0))
        ground.paste(lips.convert("RGB"), (0, 0), outer)
        ground.putalpha(outer)
        return ground

    def _inside(self) -> Image.Image:
        """Return what is seen between the lips: dark, tongue, teeth."""
        look, pose = self._look, self._pose
        dark = _mixed(_DARK, look.lips, 0.3 if look.drawn else 0.12, 0.5 + 0.5 * look.light)
        image = Image.new("RGB", (self._size, self._size), _whole(dark))
        pen = ImageDraw.Draw(image)
        top, bottom = self._y - self._rise, self._y + self._fall
        tall = bottom - top
        if pose.tongue > 0.02:
            high = bottom - pose.tongue * tall
            across = 0.72 * self._half
            box = (self._x - across, high, self._x + across, bottom + 0.9 * tall)
            pen.ellipse(box, _whole(_mixed(_TONGUE, look.lips, 0.35, look.light)))
        tooth = _whole(_mixed(_TOOTH, look.skin, 0.12, look.light**0.6))
        for share, begin in ((pose.upper_teeth, top), (pose.lower_teeth, bottom)):
            depth = share * tall * (1 if begin == top else -1)
            if abs(depth) > 0.5:
                across = 0.86 * self._half
                edges = sorted((begin - depth, begin + depth))
                box = (self._x - across, edges[0], self._x + across, edges[1])
                pen.rounded_rectangle(box, abs(depth) * 0.6, tooth)
        return image

    def _shade_lips(self, lips: Image.Image, upper: float, lower: float) -> None:
        """Darken the upper lip and put light on the lower one, as light from above does."""
        pen = ImageDraw.Draw(lips)
        shadow = _mixed(self._look.lips, _DARK, 0.16, 1.0)
        pen.rectangle((0, 0, self._size, self._y), _whole(shadow))
        glow = _mixed(self._look.lips, (255, 235, 230), 0.16 * self._look.light, 1.0)
        middle = self._y + self._fall + 0.45 * lower
        across, down = 0.55 * self._half, 0.3 * lower
        pen.ellipse(
            (self._x - across, middle - down, self._x + across, middle + down), _whole(glow)
        )
        blurred = lips.filter(ImageFilter.GaussianBlur(max(1.0, 0.3 * (upper + lower))))
        lips.paste(blurred)

    def _mask(self, outline: Points) -> Image.Image:
        mask = Image.new("L", (self._size, self._size), 0)
        ImageDraw.Draw(mask).polygon(outline, 255)
        return mask

    def _outline(self, upper: float, lower: float) -> Points:
        """Return the mouth's outline, thicker by so much above and below."""
        half = self._half + 0.5 * min(upper, lower) * (1 if self._look.drawn else 0.6)
        power = 1.0 - 0.55 * self._pose.boxy
        along = np.linspace(-1, 1, _CURVE_POINTS)
        bulge = np.maximum(0, 1 - along**2) ** power
        bend = -self._smile * (along**2 - 0.35)
        # A pinch in the middle of full upper lips, as far as they are full.
        pinch = 0.0 if self._look.drawn else 0.22 * upper * np.exp(-((along / 0.16) ** 2))
        thin = bulge ** (0.25 if self._look.drawn else 0.7)
        high = self._y + bend - self._rise * bulge - upper * thin + pinch * (upper > 0)
        low = self._y + bend + self._fall * bulge + lower * thin
        across = self._x + half * along
        return [
            *zip(across.tolist(), high.tolist(), strict=True),
            *zip(across[::-1].tolist(), low[::-1].tolist(), strict=True),
        ]


def _mixed(colour: Colour, other: Colour, share: float, light: float) -> Colour:
    red, green, blue = (
        (a * (1 - share) + b * share) * light for a, b in zip(colour, other, strict=True)
    )
    return red, green, blue


def _whole(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, round(part))) for part in colour)
    return red, green, blue
