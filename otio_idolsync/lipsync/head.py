"""Move a head a little without moving what is far behind it: a soft pull on a mesh."""

from __future__ import annotations

import numpy as np
from PIL import Image

from otio_idolsync.lipsync.movie import Picture
from otio_idolsync.lipsync.skin import Mouth

_COLUMNS, _ROWS = 20, 14
_REACH = 0.006
_SPREAD_X, _SPREAD_Y = 0.3, 0.42
_ABOVE = 0.12
_STILL = 0.02


def moved(picture: Picture, mouth: Mouth, place: tuple[float, float]) -> Picture:
    """Return a picture with its head moved; its edges stay where they are.

    Args:
        picture: uint8 [shape=(height, width, 3)].
        mouth: The head's middle is taken a little above it.
        place: Where the head goes (x, y), in shares of the farthest it may, about -1..1.
    """
    height, width = picture.shape[:2]
    across, down = (part * _REACH * height for part in place)
    if max(abs(across), abs(down)) < _STILL:
        return picture
    columns, rows = np.linspace(0, width, _COLUMNS + 1), np.linspace(0, height, _ROWS + 1)
    x, y = np.meshgrid(columns, rows)
    far_x = (x - mouth.x) / (_SPREAD_X * height)
    far_y = (y - (mouth.y - _ABOVE * height)) / (_SPREAD_Y * height)
    pull = np.exp(-(far_x**2 + far_y**2))
    inside = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    pull *= np.clip(inside / (0.1 * height), 0, 1)
    from_x, from_y = x - pull * across, y - pull * down
    mesh = []
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            box = (
                round(columns[column]), round(rows[row]),
                round(columns[column + 1]), round(rows[row + 1]),
            )  # fmt: skip
            corners = ((row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1))
            quad = tuple(float(v) for c in corners for v in (from_x[c], from_y[c]))
            mesh.append((box, quad))
    image = Image.fromarray(picture)
    pulled = image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
    return np.asarray(pulled)
