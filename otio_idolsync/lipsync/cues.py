"""Mouth cues: how far the mouth is open and which shape it takes, for any range of a song.

The openness follows the voice's level in decibels, against the whole song's (a shout opens wider
than a murmur) and against the half second around (each syllable opens and closes), and its colour
(see `voice`). The shape follows both: dark is rounded, hissing shows the teeth, open is wide. From
bands alone "f" and "l" cannot be told, so that G and H never come from here; they are drawn where
other cues name them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.errors import LipsyncError, reason
from otio_idolsync.lipsync.shapes import CLOSED, REST, SHAPES
from otio_idolsync.lipsync.voice import CURVE_RATE, SILENCE_DB, Span, VoiceCurve, voice_curve
from otio_idolsync.media.song import Song

CUES_SCHEMA = "idolsync.cues/1"
BACKEND = "band energy 1"
HOP_SECONDS = 1 / CURVE_RATE
_KERNEL = np.hanning(9)[1:-1] / np.hanning(9).sum()
_LOCAL_SECONDS = 0.5
_LEAST_RANGE_DB, _LOCAL_RANGE_DB, _LEAST_COLOUR_DB = 14.0, 9.0, 8.0
_EDGE_SECONDS = 0.06
_SHUT, _WIDE, _HALF, _DARK = 0.08, 0.66, 0.36, 0.3
_LEAST_SHAPE = 6


@dataclass(frozen=True, slots=True)
class Viseme:
    """A mouth shape from ``start`` to ``end``, song seconds; a letter of `SHAPES`."""

    start: float
    end: float
    shape: str


@dataclass(frozen=True, slots=True)
class Cues:
    """The mouth over a range of a song.

    Attributes:
        song_sha256: Identity of the song.
        start: Song second of the first openness value.
        hop: Seconds between values.
        openness: float32 [shape=(n,)], 0 closed to 1 wide open.
        visemes: Shapes in time order, without gaps, over the whole range.
    """

    song_sha256: str
    start: float
    hop: float
    openness: NDArray[np.float32] = field(compare=False)
    visemes: tuple[Viseme, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the cues as plain JSON of `CUES_SCHEMA`."""
        return {
            "schema": CUES_SCHEMA,
            "song": {"sha256": self.song_sha256},
            "backend": BACKEND,
            "start": round(self.start, 6),
            "hop": self.hop,
            "openness": [round(float(v), 3) for v in self.openness],
            "visemes": [
                {
                    "start": round(v.start, 3),
                    "end": round(v.end, 3),
                    "shape": v.shape,
                    "oculus": SHAPES[v.shape].oculus,
                }
                for v in self.visemes
            ],
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "mouth cues") -> Cues:
        """Return cues that were read from a file, ours or another program's.

        Raises:
            LipsyncError: They are of another kind or newer, or a field is missing or wrong.
        """
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != CUES_SCHEMA:
            raise LipsyncError(f"{where}: schema {schema!r} is not {CUES_SCHEMA}")
        try:
            visemes = tuple(
                Viseme(float(v["start"]), float(v["end"]), v["shape"]) for v in data["visemes"]
            )
            openness = np.clip(np.asarray(data["openness"], np.float32), 0, 1)
            song = str(data.get("song", {}).get("sha256", ""))
            cues = cls(song, float(data.get("start", 0)), float(data["hop"]), openness, visemes)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LipsyncError(
                f"{where}: {reason(error)}; a field is missing or no number"
            ) from error
        unknown = {v.shape for v in visemes} - set(SHAPES)
        if unknown:
            shape = min(unknown, key=str)
            raise LipsyncError(f"{where}: shape {shape!r} is none of {', '.join(SHAPES)}")
        if cues.hop <= 0 or openness.ndim != 1:
            raise LipsyncError(f"{where}: hop or openness is wrong")
        return cues


def cues_of(
    song: Song,
    start_sample: int = 0,
    samples: int | None = None,
    phrases: Sequence[Span] | None = None,
) -> Cues:
    """Return the mouth cues of a range of a song.

    The same moment of a song has the same cues whatever the range; before its first and after its
    last sample the mouth rests.

    Args:
        song: An opened song.
        start_sample: First sample of the range; may be negative.
        samples: Length of the range; the whole song by default.
        phrases: (start, end) seconds that are sung; found in the song when not given.

    Raises:
        MediaError: The song cannot be decoded.
    """
    curve = voice_curve(song, listen=phrases is None)
    sung = curve.sung if phrases is None else tuple(phrases)
    openness, shapes = _mouth(curve, sung)
    length = song.samples if samples is None else samples
    first = start_sample * CURVE_RATE / song.sample_rate
    begin = int(np.floor(first))
    end = max(begin + 1, int(np.ceil(first + length * CURVE_RATE / song.sample_rate)))
    places = np.arange(begin, end)
    inside = (places >= 0) & (places < len(openness))
    held = np.clip(places, 0, len(openness) - 1)
    shown = np.where(inside, openness[held], 0).astype(np.float32)
    letters = [shapes[k] if ok else REST for k, ok in zip(held, inside, strict=True)]
    return Cues(song.sha256, begin / CURVE_RATE, HOP_SECONDS, shown, _runs(letters, begin))


def _mouth(curve: VoiceCurve, sung: Sequence[Span]) -> tuple[NDArray[np.float64], list[str]]:
    """Return openness and shape of each hop of the whole song."""
    level = _smooth(curve.level_db)
    gate = _gate(len(level), sung)
    voiced = level[gate > 0]
    low, high = np.percentile(voiced, (10, 95)) if len(voiced) else (SILENCE_DB, SILENCE_DB)
    if high < SILENCE_DB + _LEAST_COLOUR_DB:
        return np.zeros(len(level)), [REST] * len(level)
    low = min(low, high - _LEAST_RANGE_DB)
    whole = np.clip((level - low) / (high - low), 0, 1)
    around = _running_max(level, round(_LOCAL_SECONDS * CURVE_RATE / 2))
    local = np.clip(1 + (level - around) / _LOCAL_RANGE_DB, 0, 1)
    colour = _scaled(_smooth(curve.spread_db), gate > 0)
    openness = gate * np.sqrt(whole) * local * (0.3 + 0.7 * colour)
    return openness, _letters(curve, openness, gate)


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float64]:
    padded = np.pad(values.astype(np.float64), len(_KERNEL) // 2, mode="edge")
    return np.asarray(np.convolve(padded, _KERNEL, "valid"), np.float64)


def _scaled(values: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 0..1 between the lowest and highest tenth of the sung hops, at least 8 dB apart."""
    low, high = np.percentile(values[among], (10, 90))
    spread = max(high - low, _LEAST_COLOUR_DB)
    return np.asarray(np.clip((values - (low + high) / 2) / spread + 0.5, 0, 1), np.float64)


def _gate(length: int, sung: Sequence[Span]) -> NDArray[np.float64]:
    """Return 1 where somebody sings, with short slopes so that a mouth never snaps shut."""
    at = np.arange(length) / CURVE_RATE
    gate = np.zeros(length)
    for start, end in sung:
        inside = np.minimum(at - start, end - at) / _EDGE_SECONDS
        gate = np.maximum(gate, np.clip(inside + 1, 0, 1))
    return gate


def _running_max(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    padded = np.pad(values, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(windows.max(axis=1), np.float64)


def _letters(
    curve: VoiceCurve, openness: NDArray[np.float64], gate: NDArray[np.float64]
) -> list[str]:
    """Return the shape of each hop: by opening, and by colour against the song's own."""
    voiced = gate > 0
    dark = _scaled(_smooth(curve.bright_db), voiced) < _DARK
    hiss = curve.hiss_db > np.percentile(curve.hiss_db[voiced], 85)
    letters = np.full(len(openness), "C")
    letters[openness >= _WIDE] = "D"
    letters[dark & (openness < _WIDE)] = "E"
    letters[dark & (openness < _HALF)] = "F"
    letters[~dark & (openness < _HALF)] = "B"
    letters[hiss & (openness < _HALF)] = "B"
    letters[openness < _SHUT] = CLOSED
    letters[~voiced] = REST
    return _without_flicker([str(letter) for letter in letters])


def _without_flicker(letters: list[str]) -> list[str]:
    """Return shapes that last at least 60 ms: a shorter one takes the shape before it."""
    steady: list[str] = []
    for letter, run in itertools.groupby(letters):
        count = len(list(run))
        keep = count >= _LEAST_SHAPE or letter == REST or not steady or steady[-1] == REST
        steady.extend([letter if keep else steady[-1]] * count)
    return steady


def _runs(letters: Sequence[str], begin: int) -> tuple[Viseme, ...]:
    visemes = []
    place = begin
    for letter, run in itertools.groupby(letters):
        end = place + len(list(run))
        visemes.append(Viseme(place / CURVE_RATE, end / CURVE_RATE, letter))
        place = end
    return tuple(visemes)
