"""What a face looks like around its mouth, and how its own mouth is covered.

No face is alike: a drawn mouth is a thin line, a photographed one two full lips. Both are told
apart by how much of the anchor's oval differs from the skin around it, and the drawn mouth takes
its line, lips and light from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.lipsync.movie import Picture

Colour = tuple[float, float, float]
_REACH = 0.62, 0.34
_HOLE = 0.66
_FILL_SIZE = 48
_FILL_ROUNDS = 90
_LINE_SHARE = 0.2
_UNLIKE = 0.35
_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Mouth:
    """Where the mouth is in a picture, in pixels; ``tilt`` in degrees, clockwise."""

    x: float
    y: float
    width: float
    tilt: float = 0.0

    def aligned(
        self, box: tuple[int, int, int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return how far the pixels of a box lie along the mouth and below it."""
        left, top, right, bottom = box
        rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
        x, y = columns - np.float32(self.x), rows - np.float32(self.y)
        turn = np.deg2rad(self.tilt)
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        return x * cos + y * sin, y * cos - x * sin


@dataclass(frozen=True, slots=True)
class Look:
    """How a face's mouth is to be drawn.

    Attributes:
        skin: RGB 0..255 around the mouth.
        lips: RGB of the lips, or of the line that stands for them.
        thickness: Both lips together, or the line, as a share of the mouth's width.
        drawn: True for a line, False for full lips.
        middle: How far below the anchor the lips lie, as a share of the mouth's width.
    """

    skin: Colour
    lips: Colour
    thickness: float
    drawn: bool
    middle: float = 0.0

    @property
    def light(self) -> float:
        """How brightly the face is lit, 0..1."""
        return float(np.clip(_LUMA @ np.asarray(self.skin) / 225, 0.12, 1))


@dataclass(frozen=True, slots=True)
class _Zones:
    """The mouth's oval, the ring of skin around it, their pixels and where those lie."""

    oval: NDArray[np.bool_]
    ring: NDArray[np.bool_]
    patch: NDArray[np.float32]
    along: NDArray[np.float32]
    below: NDArray[np.float32]


def look_of(picture: Picture, mouth: Mouth) -> Look:
    """Return how a face's mouth looks, from the pixels around its anchor."""
    zones = _zones(picture, mouth)
    if not zones.ring.any() or not zones.oval.any():
        return Look((220, 180, 165), (170, 70, 90), 0.1, True)
    skin = np.median(zones.patch[zones.ring], axis=0)
    unlike = np.abs(zones.patch - skin).sum(axis=2)
    most = float(np.percentile(unlike[zones.oval], 98))
    marked = zones.oval & (unlike > max(24.0, _UNLIKE * most))
    if marked.sum() < 4:
        return Look(_tuple(skin), _tuple(skin * (0.72, 0.45, 0.5)), 0.1, True)
    span = max(1.0, float(np.ptp(np.percentile(zones.along[marked], (5, 95)))))
    thickness = float(marked.sum()) / span / mouth.width
    drawn = thickness < _LINE_SHARE
    pixels, difference = zones.patch[marked], unlike[marked]
    if drawn:
        lips = np.median(pixels[difference >= np.median(difference)], axis=0)
    else:
        lips = _lip_colour(pixels, skin)
    middle = float(np.clip(np.median(zones.below[marked]) / mouth.width, -0.1, 0.1))
    return Look(_tuple(skin), _tuple(lips), float(np.clip(thickness, 0.04, 0.24)), drawn, middle)


def _lip_colour(pixels: NDArray[np.float32], skin: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the colour of full lips: the reddest of what is no skin, not the dark between."""
    luma = pixels @ _LUMA + 1
    redness = (pixels[:, 0] - (pixels[:, 1] + pixels[:, 2]) / 2) / luma
    bright = luma > 0.45 * (skin @ _LUMA)
    chosen = bright & (redness >= np.median(redness))
    lips = np.median(pixels[chosen] if chosen.any() else pixels, axis=0)
    # shadows and beards are darker than lips ever are
    lift = max(1.0, 0.6 * float(skin @ _LUMA) / max(1.0, float(lips @ _LUMA)))
    return np.asarray(lips * lift)


def covered(
    picture: Picture, mouth: Mouth, look: Look, moving: bool = False
) -> tuple[Picture, tuple[int, int]]:
    """Return the patch around a mouth with skin in its place, and where the patch lies.

    The skin is a membrane stretched over the hole: it meets the face's shading at every edge.
    A coarse one is enough, as skin has no edges there. A filmed mouth that moves may open, so
    that more is covered.

    Returns:
        uint8 [shape=(height, width, 3)] and the patch's (left, top) in the picture.
    """
    half_width, half_height = _hole(mouth, look, moving)
    lean = abs(np.sin(np.deg2rad(mouth.tilt))) * half_width
    box = _box(picture, mouth, 1.5 * half_width, 1.5 * half_height + lean)
    left, top, right, bottom = box
    patch = picture[top:bottom, left:right].astype(np.float32)
    along, below = mouth.aligned(box)
    # nearly a box: a smile's corners lie high, where an oval is narrow
    away = ((along / half_width) ** 4 + (below / half_height) ** 4) ** 0.25
    filled = _membrane(patch, away < 1)
    soft = np.clip((1.18 - away) / 0.18, 0, 1)[..., None]
    return (patch + soft * (filled - patch) + 0.5).astype(np.uint8), (left, top)


def _hole(mouth: Mouth, look: Look, moving: bool) -> tuple[float, float]:
    """Return the half axes in pixels of what must be covered."""
    tall = 0.5 * look.thickness + (0.22 if look.drawn or moving else 0.12)
    return max(3.0, _HOLE * mouth.width), max(3.0, tall * mouth.width)


def _membrane(patch: NDArray[np.float32], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the patch with its hole filled so that no point differs from its neighbours' mean."""
    from PIL import Image

    height, width = hole.shape
    scale = min(1.0, _FILL_SIZE / max(height, width))
    size = max(4, round(width * scale)), max(4, round(height * scale))
    known = (~hole).astype(np.float32)
    small = [
        np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BOX))
        for layer in (known, *np.moveaxis(patch * known[..., None], 2, 0))
    ]
    weight = np.maximum(small[0], 1e-6)[..., None]
    colours = np.stack(small[1:], axis=2) / weight
    inside = small[0] < 0.5
    colours[inside] = colours[~inside].mean(axis=0) if (~inside).any() else 0
    for _ in range(_FILL_ROUNDS):
        edge = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
        mean = (edge[:-2, 1:-1] + edge[2:, 1:-1] + edge[1:-1, :-2] + edge[1:-1, 2:]) / 4
        colours[inside] = mean[inside]
    layers = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(colours[..., c], np.float32)).resize(
                (width, height), Image.Resampling.BICUBIC
            )
        )
        for c in range(3)
    ]
    return np.asarray(np.clip(np.stack(layers, axis=2), 0, 255), np.float32)


def _zones(picture: Picture, mouth: Mouth) -> _Zones:
    across, down = (max(3.0, share * mouth.width) for share in _REACH)
    lean = abs(np.sin(np.deg2rad(mouth.tilt))) * across
    box = _box(picture, mouth, 1.35 * across, 1.35 * down + lean)
    along, below = mouth.aligned(box)
    away = np.hypot(along / across, below / down)
    patch = picture[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    return _Zones(away < 1, (away > 1.05) & (away < 1.35), patch, along, below)


def _box(
    picture: Picture, mouth: Mouth, half_width: float, half_height: float
) -> tuple[int, int, int, int]:
    height, width = picture.shape[:2]
    left, right = round(mouth.x - half_width), round(mouth.x + half_width) + 1
    top, bottom = round(mouth.y - half_height), round(mouth.y + half_height) + 1
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _tuple(colour: NDArray[np.floating]) -> Colour:
    red, green, blue = (float(c) for c in np.clip(colour, 0, 255))
    return red, green, blue
