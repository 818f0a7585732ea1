"""Draw eyelids over the eyes of a still: skin comes down over each eye, with a line of lashes."""

from __future__ import annotations

import numpy as np

from otio_idolsync.lipsync.movie import Picture
from otio_idolsync.lipsync.skin import Mouth

_TALL = 0.7
_LASH = 0.055
_DARKEST = 5


def draw_lids(picture: Picture, eye: Mouth, height: float, shut: float) -> None:
    """Draw one eye's lid, in place.

    Args:
        picture: uint8 [shape=(height, width, 3)], RGB; changed.
        eye: The eye's middle and width in pixels.
        height: The eye's height in pixels; 0 for the usual share of its width.
        shut: 0 open to 1 shut.
    """
    if shut <= 0.02:
        return
    across, down = eye.width / 2, (height or _TALL * eye.width) / 2
    top, bottom = (
        max(0, int(eye.y - 1.7 * down)),
        min(picture.shape[0], int(eye.y + 1.7 * down) + 2),
    )
    left, right = (
        max(0, int(eye.x - 1.2 * across)),
        min(picture.shape[1], int(eye.x + 1.2 * across) + 2),
    )
    patch = picture[top:bottom, left:right].astype(np.float32)
    if not patch.size:
        return
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    x, y = (columns - eye.x) / across, (rows - eye.y) / down
    away = np.hypot(x, y)
    skin = _skin(patch, away, y)
    lash = np.percentile(patch[away < 1], _DARKEST, axis=0)
    edge = -1.05 + 1.75 * shut + 0.3 * shut * (1 - x**2)
    soft = 1 / max(2.0, down)
    inside = np.clip((1.08 - away) / (2 * soft) + 0.5, 0, 1)
    lid = inside * np.clip((edge - y) / (2 * soft) + 0.5, 0, 1)
    thick = max(1.2 / down, 2 * _LASH * across / down)
    line = inside * np.clip((thick - np.abs(y - edge)) / (2 * soft) + 0.5, 0, 1)
    patch += lid[..., None] * (skin - patch)
    patch += line[..., None] * (lash - patch)
    picture[top:bottom, left:right] = np.clip(patch + 0.5, 0, 255).astype(np.uint8)


def _skin(
    patch: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    away: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    y: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the colour of a lid: the plain skin below the eye, where no hair or brow lies."""
    below = (away > 1.1) & (y > 0.5)
    if not below.any():
        below = away > 1
    around = patch[below] if below.any() else patch.reshape(-1, 3)
    bright = around.sum(axis=1)
    plain = around[bright >= np.percentile(bright, 40)]
    return np.asarray(np.median(plain, axis=0) * 0.97, np.float32)
