"""Bring pictures with an ICC profile (photos, screenshots) to BT.709.

A profile of RGB says for each channel how codes become light, and which colour that light has
(ICC.1:2022, "three-component matrix-based profiles"). Profiles that are no more than sRGB need
nothing; those that only hold tables, or are for inks, are not converted.
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from otio_idolsync.media.colour import BT709, SRGB, Conversion, d50_to_light, decoded, encoded

# Whether a picture has a profile: none that matters, one that is converted, one that is not.
Profile = Literal["", "matrix", "unknown"]
_HEAD = 1 << 18
_MOST = 65535
# A matrix or curve that is off by less is sRGB's, 0 to 1.
_SAME = 0.006
_Channel = NDArray[np.float64]


def profile_of(path: Path) -> Profile:
    """Return whether a picture has a profile that changes its colours."""
    profile = _profile_in(path)
    if profile is None or profile[16:20] == b"GRAY":
        return ""
    found = _matrix_and_curves(profile)
    if found is None:
        return "unknown"
    matrix, curves = found
    srgb = decoded(np.arange(_MOST + 1) / _MOST, SRGB)
    off = max(np.abs(matrix - np.eye(3)).max(), np.abs(curves - srgb).max())
    return "" if off < _SAME else "matrix"


def from_profile(path: Path) -> Conversion | None:
    """Return what brings a picture's colours to BT.709; None where its profile does not say."""
    profile = _profile_in(path)
    found = _matrix_and_curves(profile) if profile else None
    if found is None:
        return None
    matrix, curves = found
    # Indexed by the root, as a conversion looks them up.
    codes = encoded((np.arange(_MOST + 1) / _MOST) ** 2, SRGB)
    return Conversion.of(curves, matrix, codes)


def _profile_in(path: Path) -> bytes | None:
    """Return a picture's profile: Pillow knows where most keep it, HEIF's lies in a box."""
    with contextlib.suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head[4:8] == b"ftyp":
            begin = head.find(b"colrprof") + 8
            length = int.from_bytes(head[begin : begin + 4], "big") if begin > 7 else 0
            return head[begin : begin + length] if 128 < length <= len(head) - begin else None
        with Image.open(path) as image:
            profile = image.info.get("icc_profile")
            return profile if isinstance(profile, bytes) and len(profile) > 128 else None
    return None


def _matrix_and_curves(profile: bytes) -> tuple[_Channel, _Channel] | None:
    """Return the matrix to BT.709's light, and each channel's light for 65536 codes.

    None where the profile is damaged, not of RGB, or holds tables alone.
    """
    with contextlib.suppress(struct.error, KeyError, ValueError, IndexError, OverflowError):
        if profile[16:20] != b"RGB " or profile[20:24] != b"XYZ ":
            return None
        (count,) = struct.unpack_from(">I", profile, 128)
        tags = {}
        for index in range(min(count, 200)):
            name, begin, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
            tags[name] = profile[begin : begin + size]
        columns = [struct.unpack_from(">3i", tags[c + b"XYZ"], 8) for c in (b"r", b"g", b"b")]
        curves = [_curve(tags[c + b"TRC"]) for c in (b"r", b"g", b"b")]
        matrix = d50_to_light(BT709) @ np.array(columns, float).T / 65536
        if np.isfinite(curves).all() and np.isfinite(matrix).all():
            return matrix, np.clip(curves, 0, 1)
    return None


def _curve(tag: bytes) -> _Channel:
    """Return the light of 65536 codes by a ``curv`` or ``para`` tag, 0 to 1."""
    codes = np.arange(_MOST + 1) / _MOST
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        count = (1, 3, 4, 5, 7)[kind]
        given = [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)]
        g, a, b, c, d, e, f = given + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0][count - 1 :]
        bend = {1: -b / a, 2: -b / a, 3: d, 4: d}.get(kind, -1.0)
        above = np.maximum(a * codes + b, 0) ** g
        if kind == 2:
            return np.asarray(np.where(codes >= bend, above + c, c))
        return np.asarray(np.where(codes >= bend, above + e, c * codes + f))
    if tag[:4] != b"curv":
        raise ValueError("no curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    points = np.array(struct.unpack_from(f">{count}H", tag, 12))
    if count < 2:
        return np.asarray(codes ** (points[0] / 256 if count else 1.0))
    return np.interp(codes, np.linspace(0, 1, count), points / 65535)
