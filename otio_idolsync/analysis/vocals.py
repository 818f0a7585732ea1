"""Where somebody sings: what a speech network hears, stands in the middle and glides in pitch.

Three clues that err on different sounds: Silero's network hears most singing as speech, but not a
synthetic voice; lead voices are mixed to the middle, so the spectrum left after the sides are
taken off is loud where they sing; and voices glide from note to note and waver, where keys, drums
and most synthesisers hold a pitch or jump. In a song where the network hears no voice at all, the
other two decide, and what they find has little confidence: a bent guitar passes for a voice.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.model import Phrase, VocalActivity
from otio_idolsync.analysis.sound import RATE, Sound, spectra
from otio_idolsync.analysis.speech import CHUNK_SECONDS, speech_odds

FRAME_RATE = 20.0
VOICE_WINDOW = 4096
VOICE_HOP = round(RATE / FRAME_RATE)
_LOW_HZ, _HIGH_HZ = 200.0, 4000.0
_PITCH_LOW_HZ, _PITCH_HIGH_HZ = 130.0, 800.0
_STEPS_PER_SEMITONE = 6
_HARMONICS = 8
_HARMONIC_DECAY = 0.85
_GLIDE_LEAST, _GLIDE_MOST = 0.12, 1.2
_GLIDE_SECONDS, _LEVEL_SECONDS = 2.0, 0.5
_WIDE_DB = 30.0
_LEAST_SECONDS, _GAP_SECONDS = 0.5, 0.3
_LEAST_GLIDE, _SURE_GLIDE = 0.025, 0.08
_LOWEST_ODDS, _HIGHEST_ODDS = -8.0, 4.0
_VOICE_PERCENTILE, _VOICE_ODDS = 97, -1.1
_HEARD_ODDS = -4.0
_MOST_UNHEARD = 0.4
_STEM_SECONDS, _STEM_SILENT_DB, _STEM_LEAST_DB = 0.2, -60.0, -35.0


@dataclass(frozen=True, slots=True)
class _Clues:
    """What speaks for a voice in each frame, and the thresholds of the sum."""

    score: NDArray[np.float64]
    odds: NDArray[np.float64]
    glides: NDArray[np.float64]
    heard: bool
    enter: float
    leave: float


def listen_for_voice(sound: Sound) -> NDArray[np.float32]:
    """Return the cues of a voice, 20 a second.

    Returns:
        float32 [shape=(frames, 4)]: the columns of `middle_cues`, and the log-odds of speech.
    """
    left, right = (
        spectra(np.ascontiguousarray(sound.stereo[:, side]), VOICE_WINDOW, VOICE_HOP)
        for side in (0, 1)
    )
    rows = [middle_cues(*pair) for pair in zip(left, right, strict=True)]
    return with_speech(np.concatenate(rows), sound)


def with_speech(cues: NDArray[np.float32], sound: Sound) -> NDArray[np.float32]:
    """Return the cues of a sound's middle with the log-odds of speech as a last column."""
    odds = speech_odds(sound.stereo)
    times = (np.arange(len(odds)) + 0.5) * CHUNK_SECONDS
    heard = np.interp(np.arange(len(cues)) / FRAME_RATE, times, odds)
    return np.column_stack([cues, heard]).astype(np.float32)


def middle_cues(left: NDArray[np.complex64], right: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Return level in the middle, width and pitch of some frames.

    Args:
        left: complex64 [shape=(frames, bins)], spectra of the left side.
        right: The same of the right side.

    Returns:
        float32 [shape=(frames, 3)]: level of the middle without the sides, 200 to 4000 Hz, dB;
        middle over side level there, dB; strongest pitch of the middle, semitones above 130 Hz.
    """
    freqs = np.fft.rfftfreq(2 * (left.shape[1] - 1), 1 / RATE)
    band = (freqs >= _LOW_HZ) & (freqs <= _HIGH_HZ)
    middle, side = np.abs(left + right) / 2, np.abs(left - right) / 2
    centre = np.maximum(middle - side, 0)
    levels = [
        10 * np.log10(np.square(s[:, band]).mean(axis=1) + 1e-4) for s in (centre, middle, side)
    ]
    pitch = _pitch(centre)
    return np.stack([levels[0], levels[1] - levels[2], pitch], axis=1).astype(np.float32)


def vocal_activity(cues: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how sure it is of each frame that somebody sings, 0 to 1.

    Args:
        cues: float32 [shape=(frames, 4)], 20 a second, from `listen_for_voice`.

    Returns:
        float32 [shape=(frames,)]: 0.5 where a phrase may begin; at most 0.4 where the network
        hears no voice in the whole song.
    """
    clues = _weigh(cues)
    sure = 0.5 + 0.5 * np.tanh(0.5 * (clues.score - clues.enter))
    return np.asarray(sure if clues.heard else _MOST_UNHEARD * sure, np.float32)


def vocal_curve(cues: NDArray[np.float32]) -> VocalActivity:
    """Return the vocal activity ten times a second: two frames' mean each."""
    activity = vocal_activity(cues)
    pairs = np.pad(activity, (0, len(activity) % 2), mode="edge").reshape(-1, 2)
    return VocalActivity(2 / FRAME_RATE, pairs.mean(axis=1, dtype=np.float64))


def find_vocals(cues: NDArray[np.float32]) -> tuple[Phrase, ...]:
    """Return sung phrases in time order.

    Args:
        cues: float32 [shape=(frames, 4)], 20 a second, from `listen_for_voice`.
    """
    clues = _weigh(cues)
    phrases = []
    for start, end in _spans(clues):
        sure = _confidence(clues, slice(start, end))
        if sure > 0:
            phrases.append(Phrase(start / FRAME_RATE, end / FRAME_RATE, sure))
    return tuple(phrases)


def stem_phrases(mono: NDArray[np.float32]) -> tuple[Phrase, ...]:
    """Return sung phrases of a voice that stands alone: where it is not silent.

    Args:
        mono: float32 [shape=(n,)], the vocal stem at 24 kHz, its start the song's.

    Returns:
        Phrases in time order; none of a stem below -60 dB. Confidence grows with the level, from
        35 dB below the stem's own loud parts to 15 dB below.
    """
    count = len(mono) // VOICE_HOP
    power = np.square(mono[: count * VOICE_HOP].reshape(count, VOICE_HOP)).mean(axis=1)
    level = 10 * np.log10(_smooth(power, _STEM_SECONDS) + 1e-12)
    if not count or level.max() < _STEM_SILENT_DB:
        return ()
    sure = (level - np.percentile(level[level > level.max() - 40], 90) - _STEM_LEAST_DB) / 20
    clues = _Clues(sure, sure, sure, True, 0.25, 0.0)
    return tuple(
        Phrase(a / FRAME_RATE, b / FRAME_RATE, float(np.clip(0.6 + sure[a:b].max(), 0, 1)))
        for a, b in _spans(clues)
    )


def _weigh(cues: NDArray[np.float32]) -> _Clues:
    odds = _smooth(np.clip(cues[:, 3], _LOWEST_ODDS, _HIGHEST_ODDS), _LEVEL_SECONDS)
    glides = _smooth(_glides(cues[:, 2]), _GLIDE_SECONDS)
    score = _standard(_smooth(cues[:, 0], _LEVEL_SECONDS)) + 0.5 * _standard(glides)
    if np.percentile(cues[:, 3], _VOICE_PERCENTILE) >= _VOICE_ODDS:
        return _Clues(score + _standard(odds), odds, glides, True, 0.5, 0.0)
    if np.median(cues[:, 1]) < _WIDE_DB:
        score = score + 0.5 * _standard(_smooth(cues[:, 1], _LEVEL_SECONDS))
    return _Clues(score, odds, glides, False, 0.3, -0.2)


def _confidence(clues: _Clues, span: slice) -> float:
    """Return how sure a phrase is, 0 to 1; 0 where neither network nor pitch hears a voice."""
    lead = 0.6 + 0.4 * float(np.tanh(clues.score[span].mean()))
    if clues.heard:
        odds = float(clues.odds[span].max())
        sure = (odds - _HEARD_ODDS) / (_HIGHEST_ODDS - _HEARD_ODDS)
        return lead * math.sqrt(min(1.0, max(0.0, sure)))
    glide = float(clues.glides[span].mean())
    if glide < _LEAST_GLIDE:
        return 0.0
    return _MOST_UNHEARD * lead * min(1.0, glide / _SURE_GLIDE)


def _pitch(spectrum: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the pitch whose harmonics stand out most, in semitones above 130 Hz."""
    level = np.log1p(5 * spectrum)
    total = np.cumsum(np.pad(level, ((0, 0), (16, 15)), mode="edge"), axis=1)
    usual = (total[:, 31:] - total[:, :-31]) / 31
    peaks = np.maximum(level[:, : usual.shape[1]] - usual, 0)
    salience = peaks @ _harmonic_bank(spectrum.shape[1])[: usual.shape[1]]
    best = np.clip(salience.argmax(axis=1), 1, salience.shape[1] - 2)
    rows = np.arange(len(salience))
    low, top, high = (salience[rows, best + step].astype(float) for step in (-1, 0, 1))
    bend = low - 2 * top + high
    offset = np.where(bend < -1e-9, (low - high) / (2 * np.minimum(bend, -1e-9)), 0.0)
    return np.asarray((best + np.clip(offset, -0.5, 0.5)) / _STEPS_PER_SEMITONE, np.float64)


@functools.cache
def _harmonic_bank(bins: int) -> NDArray[np.float32]:
    """Return weights from bins to candidate pitches, float32 [shape=(bins, pitches)]."""
    per_octave = 12 * _STEPS_PER_SEMITONE
    count = int(np.log2(_PITCH_HIGH_HZ / _PITCH_LOW_HZ) * per_octave)
    pitches = _PITCH_LOW_HZ * 2 ** (np.arange(count) / per_octave)
    bank = np.zeros((bins, count), np.float32)
    for harmonic in range(1, _HARMONICS + 1):
        place = pitches * harmonic * 2 * (bins - 1) / RATE
        below = place.astype(int)
        share = place - below
        weight = _HARMONIC_DECAY ** (harmonic - 1)
        bank[below, np.arange(count)] += weight * (1 - share)
        bank[below + 1, np.arange(count)] += weight * share
    return bank


def _glides(pitch: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 where the pitch moves by less than a tone, and did not jump just before or after."""
    moves = np.abs(np.diff(pitch, prepend=pitch[:1]))
    steady = moves < _GLIDE_MOST
    around = steady & np.append(steady[1:], True) & np.insert(steady[:-1], 0, True)
    return np.asarray((moves >= _GLIDE_LEAST) & around, np.float64)


def _smooth(values: NDArray[np.floating], seconds: float) -> NDArray[np.float64]:
    size = int(seconds * FRAME_RATE) | 1
    kernel = np.hanning(size + 2)[1:-1]
    padded = np.pad(values.astype(np.float64), size // 2, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"), np.float64)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with mean 0 and deviation 1; silence counts as no more than quiet."""
    floored = np.maximum(values, np.percentile(values, 5))
    return np.asarray((floored - floored.mean()) / (floored.std() + 1e-6), np.float64)


def _spans(clues: _Clues) -> list[tuple[int, int]]:
    """Return frames that are sung: entered above one threshold, left below a lower one."""
    spans: list[tuple[int, int]] = []
    turns = np.flatnonzero(np.diff(np.concatenate([[0], clues.score > clues.leave, [0]])))
    for start, end in zip(turns[::2], turns[1::2], strict=True):
        if clues.score[start:end].max() < clues.enter:
            continue
        if spans and start - spans[-1][1] < _GAP_SECONDS * FRAME_RATE:
            spans[-1] = (spans[-1][0], int(end))
        else:
            spans.append((int(start), int(end)))
    return [(a, b) for a, b in spans if b - a >= _LEAST_SECONDS * FRAME_RATE]
