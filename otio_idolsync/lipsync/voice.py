"""How loud and how bright the voice is at each moment: what the puppet's mouth follows.

A lead voice stands in the middle of the stereo image, so the level of the middle less the sides,
200 to 4000 Hz, in decibels, follows it better than loudness does. The level does not tell a sung
"ee" from an "ah", but the colour does: a wide open mouth lifts the first formant, and what lies
between 700 and 1600 Hz gains on what is below and above. The whole song is measured once: a shot's
mouth then depends neither on where the shot begins nor on how long it is.

Limits: a snare or a solo in the middle moves the mouth too, which is why nothing moves outside
sung phrases; a mono song has no sides to take away.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.sound import RATE, hear, spectra
from otio_idolsync.analysis.vocals import find_vocals, listen_for_voice
from otio_idolsync.errors import AnalysisError
from otio_idolsync.media.song import Song

HOP = 240
CURVE_RATE = RATE / HOP
_WINDOW = 1024
_BAND = (200.0, 4000.0)
_LOW, _MIDDLE, _HIGH = (200.0, 450.0), (700.0, 1600.0), (2000.0, 3500.0)
_HISS = (4500.0, 9000.0)
_FLOOR = 1e-4
SILENCE_DB = -40.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class VoiceCurve:
    """The voice of a whole song, 100 values a second; value k is at k × 10 ms.

    Attributes:
        level_db: float32 [shape=(n,)], middle less sides, 200 to 4000 Hz; dB.
        spread_db: float32 [shape=(n,)], 700-1600 Hz over the bands beside it; high for "ah".
        bright_db: float32 [shape=(n,)], 2000-3500 Hz over 200-1600 Hz; low for "oo" and "oh".
        hiss_db: float32 [shape=(n,)], 4500-9000 Hz over 200-4000 Hz; high for "s" and "sh".
        sung: (start, end) seconds of the phrases that were found, in time order; none where nobody
            listened for them.
    """

    level_db: NDArray[np.float32] = field(compare=False)
    spread_db: NDArray[np.float32] = field(compare=False)
    bright_db: NDArray[np.float32] = field(compare=False)
    hiss_db: NDArray[np.float32] = field(compare=False)
    sung: tuple[Span, ...] = ()


@functools.lru_cache(maxsize=2)
def voice_curve(song: Song, listen: bool = True) -> VoiceCurve:
    """Return the voice of a song; that of a silent song is silence.

    Args:
        song: An opened song.
        listen: Find what is sung: most of the work, and needless where somebody has said it.

    Raises:
        MediaError: The song cannot be decoded.
    """
    try:
        sound = hear(song)
    except AnalysisError:
        nothing = np.full(int(song.duration * CURVE_RATE) + 1, SILENCE_DB, np.float32)
        flat = np.zeros_like(nothing)
        return VoiceCurve(nothing, flat, flat, flat)
    left, right = (np.ascontiguousarray(sound.stereo[:, side]) for side in (0, 1))
    bands = [
        _band_levels(*pair)
        for pair in zip(spectra(left, _WINDOW, HOP), spectra(right, _WINDOW, HOP), strict=True)
    ]
    voice, low, middle, high, hiss = np.concatenate(bands, axis=1)
    found = find_vocals(listen_for_voice(sound)) if listen else ()
    sung = tuple((p.start, p.end) for p in found)
    spread = middle - (low + high) / 2
    return VoiceCurve(voice, spread, high - np.maximum(low, middle), hiss - voice, sung)


def _band_levels(left: NDArray[np.complex64], right: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Return the middle's levels in dB, [shape=(5, frames)]: voice, low, middle, high and hiss."""
    freqs = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    centre = np.maximum(np.abs(left + right) - np.abs(left - right), 0) / 2
    power = np.square(centre)
    levels = [
        10 * np.log10(power[:, (freqs >= low) & (freqs < high)].mean(axis=1) + _FLOOR)
        for low, high in (_BAND, _LOW, _MIDDLE, _HIGH, _HISS)
    ]
    return np.asarray(levels, np.float32)
