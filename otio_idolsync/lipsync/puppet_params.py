"""What a user may say to the puppet, checked: where mouth and eyes are, how much it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.cues import Cues

KEYS = ("mouth", "eyes", "sway", "phrases", "cues", "track", "cover")
_ANCHOR_KEYS = {"x", "y", "width", "height", "tilt"}
_MOUTH = "mouth = {x = 0.5, y = 0.62, width = 0.12}, shares of the picture"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where something is: its middle and width as shares of the picture's width and height.

    ``tilt`` in degrees, clockwise: of a head that leans.
    """

    x: float
    y: float
    width: float
    height: float = 0.0
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class PuppetParams:
    """The puppet's settings.

    Attributes:
        mouth: Where the mouth is, in the first picture of the shot.
        eyes: Where the eyes are; none are not blinked with.
        sway: How much the head of a still moves; 1 is subtle, 0 not at all.
        phrases: (start, end) seconds that are sung; None to find them in the song.
        cues: Mouth cues to follow in place of the song's own; see `cues`.
        track: Whether the mouth is followed through footage.
        cover: Whether the face's own mouth is covered even at rest; None for footage only.
    """

    mouth: Anchor
    eyes: tuple[Anchor, ...] = ()
    sway: float = 1.0
    phrases: tuple[tuple[float, float], ...] | None = None
    cues: Cues | None = None
    track: bool = True
    cover: bool | None = None


def read_params(params: Mapping[str, Any], face: str) -> PuppetParams:
    """Return the puppet's settings of a shot.

    Args:
        params: Plain JSON.
        face: The face, for errors.

    Raises:
        LipsyncError: No mouth anchor, an unknown key or a wrong value.
    """
    unknown = set(params) - set(KEYS)
    if unknown:
        raise LipsyncError(f"puppet param {min(unknown)!r} is unknown; known are {', '.join(KEYS)}")
    if params.get("mouth") is None:
        raise LipsyncError(
            f"the puppet does not know where the mouth of {face} is; write {_MOUTH} in shots.toml"
        )
    eyes = params.get("eyes") or ()
    if not isinstance(eyes, list | tuple):
        raise LipsyncError(f"puppet param eyes = {eyes!r} should be a list of anchors")
    return PuppetParams(
        _anchor(params["mouth"], "mouth"),
        tuple(_anchor(eye, "eyes") for eye in eyes),
        _number(params.get("sway", 1.0), "sway", 0, 4),
        _phrases(params.get("phrases")),
        Cues.from_json(params["cues"], "puppet param cues") if params.get("cues") else None,
        _truth(params.get("track", True), "track"),
        None if params.get("cover") is None else _truth(params["cover"], "cover"),
    )


def _anchor(value: object, name: str) -> Anchor:
    fits = isinstance(value, Mapping) and {"x", "y", "width"} <= set(value)
    if not isinstance(value, Mapping) or not fits or set(value) - _ANCHOR_KEYS:
        raise LipsyncError(f"puppet param {name} = {value!r} is no anchor; write {_MOUTH}")
    x, y = (_number(value[key], f"{name} {key}", 0, 1) for key in ("x", "y"))
    width = _number(value["width"], f"{name} width", 0.001, 1)
    height = _number(value.get("height", 0), f"{name} height", 0, 1)
    return Anchor(x, y, width, height, _number(value.get("tilt", 0), f"{name} tilt", -90, 90))


def _number(value: object, name: str, least: float, most: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not isinstance(value, int | float) or not good or not least <= value <= most:
        raise LipsyncError(f"puppet param {name} = {value!r} should be from {least} to {most}")
    return float(value)


def _truth(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise LipsyncError(f"puppet param {name} = {value!r} should be true or false")
    return value


def _phrases(value: object) -> tuple[tuple[float, float], ...] | None:
    if value is None:
        return None
    try:
        pairs = tuple(
            (float(p["start"]), float(p["end"])) if isinstance(p, Mapping) else (
                float(p[0]), float(p[1]))
            for p in value  # type: ignore[attr-defined]
        )  # fmt: skip
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise LipsyncError(
            f"puppet param phrases = {value!r} should be a list of [start, end] in seconds"
        ) from error
    return pairs
