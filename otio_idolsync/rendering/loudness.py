"""Bring the whole sound to a loudness, where that is asked for: one gain, nothing else.

Loudness is the integrated one of EBU R 128, in LUFS. Dynamics stay as they are: where the gain
would lift peaks over -1 dB (true peak), as much is given as fits, and the rest is said.
"""

from __future__ import annotations

import math
import re
import threading
from typing import Any

import ffmpeg

from otio_idolsync.errors import UsageError
from otio_idolsync.media.ffmpeg import run_graph

_LOUDEST, _QUIETEST = -5.0, -40.0
_CEILING_DB = -1.0
_SILENCE = -60.0
_CLOSE = 0.05


def parse_loudness(text: str | None) -> float | None:
    """Return LUFS given as ``-14LUFS``; None for nothing.

    Raises:
        UsageError: It has no unit, or is no loudness of a movie.
    """
    if not text:
        return None
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?) ?LUFS", text.strip(), re.IGNORECASE)
    if not found:
        raise UsageError(f"loudness {text!r} is not understood; write for example -14LUFS")
    lufs = float(found[1])
    if not _QUIETEST <= lufs <= _LOUDEST:
        raise UsageError(
            f"loudness {lufs:g} LUFS is outside {_QUIETEST:g} to {_LOUDEST:g}; movies for the web "
            "have -14"
        )
    return lufs


def brought_to(sound: Any, lufs: float, stop: threading.Event) -> tuple[Any, list[str]]:
    """Return an ffmpeg graph's sound at a loudness, and what there is to say of it.

    Raises:
        MediaError: ffmpeg cannot measure it.
    """
    loudness, peak_db = _measured(sound, stop)
    if loudness < _SILENCE:
        return sound, ["the sound is silent; its loudness is left as it is"]
    wanted, most = lufs - loudness, _CEILING_DB - peak_db
    gain = min(wanted, most) if wanted > 0 else wanted
    notes = [f"the sound is changed by {gain:+.1f} dB: {loudness:.1f} LUFS before"]
    if gain < wanted - _CLOSE:
        notes[0] += f", {loudness + gain:.1f} LUFS now; for {lufs:g} its peaks would need a limiter"
    louder = sound.filter("aformat", sample_fmts="fltp").filter("volume", f"{gain:.3f}dB")
    return louder, notes


def _measured(sound: Any, stop: threading.Event) -> tuple[float, float]:
    """Return integrated loudness in LUFS and true peak in dB."""
    looked = sound.filter("ebur128", metadata=1, peak="true").filter(
        "ametadata", mode="print", file="-"
    )
    said = run_graph(
        ffmpeg.output(looked, "-", format="null"), "measure the loudness of the sound", stop
    ).decode(errors="replace")
    loudness = [float(value) for value in re.findall(r"r128\.I=(-?[\d.]+|-?inf|nan)", said)]
    # Peaks so far, as factors; the last of each channel counts.
    peaks = [float(value) for value in re.findall(r"r128\.true_peaks_ch\d+=([\d.]+)", said)]
    heard = loudness[-1] if loudness and math.isfinite(loudness[-1]) else -math.inf
    return heard, 20 * math.log10(max([*peaks, 1e-6]))
