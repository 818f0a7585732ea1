"""Measure a finished movie's sound against the song: how late it is, and how loud, at many places.

A stretch of the song is looked for around where it should sound, by normalised cross-correlation.
Several places, because a lag that grows (drift) looks harmless at any single one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.errors import MediaError
from otio_idolsync.media.song import Song, decode_song, open_song
from otio_idolsync.rendering.soundtrack import stored_sound
from otio_idolsync.report.finding import Finding
from otio_idolsync.timebase import Clock

RATE = 16000
PLACES = 9
PIECE_SECONDS, REACH_SECONDS = 2.0, 1.0
LATE_MS = 2.0
LOUDER_DB = 1.0
_ALIKE = 0.5
# A loop repeats itself nearly: of peaks this close to the best one, the nearest counts.
_AS_GOOD = 0.98
_SILENCE = 1e-3
_CUT_SECONDS = 0.05
_Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was measured at one place.

    Attributes:
        second: Where in the movie.
        late_ms: How much later than it should the song sounds there.
        louder_db: How much louder than in the song's file.
        likeness: Correlation with the song, at most 1.
    """

    second: float
    late_ms: float
    louder_db: float
    likeness: float

    def to_json(self) -> dict[str, float]:
        """Return the measurement as plain JSON."""
        return {
            "second": round(self.second, 3),
            "late_ms": round(self.late_ms, 3),
            "louder_db": round(self.louder_db, 2),
            "likeness": round(self.likeness, 3),
        }


def hear(
    movie: Path, song: Song, pieces: Sequence[SongPiece], clock: Clock
) -> tuple[list[Heard], list[Finding]]:
    """Return what was measured, and what is wrong with a movie's sound.

    Args:
        movie: The finished movie.
        song: The song that should be heard.
        pieces: Where on the timeline it lies.
        clock: The timeline's frames.
    """
    try:
        sound = _beside_picture(movie)
    except MediaError as error:
        return [], [Finding("sound", f"the movie has no sound that can be heard: {error}")]
    own = _mono(song)
    heard = list(_measured(sound, own, pieces, clock))
    if not heard:
        return [], [Finding("sound", "the song is silent wherever it was listened to")]
    return heard, [*_lateness(heard), *_loudness(heard), *_ending(sound, own, pieces, clock)]


def _ending(
    sound: _Sound, own: _Sound, pieces: Sequence[SongPiece], clock: Clock
) -> Iterator[Finding]:
    """Say where a movie's sound ends before the song does."""
    ends = (_end_of(piece, len(own) / RATE, clock) for piece in pieces if piece.speed == 1)
    lacks = max(ends, default=0.0) - len(sound) / RATE
    if lacks > _CUT_SECONDS:
        text = f"the sound ends {lacks:.2f} s before the song does"
        yield Finding("sound", text, facts={"lacks_s": round(lacks, 3)})


def _end_of(piece: SongPiece, seconds: float, clock: Clock) -> float:
    """Return when a piece of a song that lasts so long ends in the movie, in seconds."""
    lasts = min(
        seconds - float(clock.seconds_at(piece.song)), float(clock.seconds_at(piece.frames))
    )
    # The last frame is seldom whole.
    return float(clock.seconds_at(piece.record)) + lasts - float(1 / clock.rate)


def _beside_picture(movie: Path) -> _Sound:
    """Return a movie's sound from its first picture on: a file may let either begin later."""
    sound, late = _mono(open_song(movie)), round(stored_sound(movie).delay * RATE)
    return np.pad(sound, (late, 0)) if late > 0 else sound[-late:]


def _mono(song: Song) -> _Sound:
    mixed: _Sound = decode_song(song, RATE).mean(axis=1, dtype=np.float32)
    return mixed


def _measured(
    sound: _Sound, own: _Sound, pieces: Sequence[SongPiece], clock: Clock
) -> Iterator[Heard]:
    """Yield a measurement for each place at which the song can be heard at its own speed."""
    reach = int(REACH_SECONDS * RATE)
    for piece in (piece for piece in pieces if piece.speed == 1):
        begin, lasts = (float(clock.seconds_at(n)) for n in (piece.song, piece.frames))
        listened = min(PIECE_SECONDS, lasts)
        length = int(listened * RATE)
        end = min(begin + lasts, len(own) / RATE) - listened
        shift = float(clock.seconds_at(piece.record - piece.song))
        for second in np.linspace(begin, max(begin, end), PLACES):
            at, wanted = round(second * RATE), round((second + shift) * RATE)
            phrase = own[at : at + length]
            if len(phrase) < RATE // 4 or _level(phrase) < _SILENCE:
                continue
            near = _stretch(sound, wanted - reach, len(phrase) + 2 * reach)
            lag, likeness = _best_lag(near, phrase)
            louder = _louder(sound, phrase, wanted - reach + lag)
            late = 1000 * (lag - reach) / RATE
            yield Heard(float(second) + shift, late, louder, likeness)


def _stretch(sound: _Sound, begin: int, length: int) -> _Sound:
    """Return a stretch of a sound, silence where it lies outside."""
    inside = sound[max(0, begin) : max(0, begin + length)]
    before = max(0, -begin)
    return np.pad(inside, (before, max(0, length - before - len(inside))))[:length]


def _best_lag(near: _Sound, phrase: _Sound) -> tuple[int, float]:
    """Return the sample of ``near`` at which a phrase lies, and how alike the two are there."""
    size = 1 << int(np.ceil(np.log2(len(near) + len(phrase))))
    spectrum = np.fft.rfft(near, size) * np.conj(np.fft.rfft(phrase, size))
    products = np.fft.irfft(spectrum, size)[: len(near) - len(phrase) + 1]
    power = np.concatenate(([0.0], np.cumsum(np.square(near, dtype=np.float64))))
    energy = power[len(phrase) :] - power[: len(power) - len(phrase)]
    scale = np.sqrt(np.maximum(energy, 1e-6) * float(np.square(phrase, dtype=np.float64).sum()))
    alike = products / scale
    inner = np.r_[-np.inf, alike, -np.inf]
    peaks = np.flatnonzero((inner[1:-1] >= inner[:-2]) & (inner[1:-1] >= inner[2:]))
    good = peaks[alike[peaks] >= _AS_GOOD * alike.max()] if len(peaks) else peaks
    middle = (len(alike) - 1) / 2
    best = int(good[np.argmin(np.abs(good - middle))]) if len(good) else int(np.argmax(alike))
    return best, float(alike[best])


def _louder(sound: _Sound, phrase: _Sound, at: int) -> float:
    """Return the level of a sound at a sample over a phrase's, in dB; only where both are."""
    own = phrase[max(0, -at) : max(0, len(sound) - at)]
    there = sound[max(0, at) : max(0, at) + len(own)]
    return 20 * float(np.log10(max(_level(there), 1e-6) / max(_level(own), 1e-6)))


def _level(sound: _Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0


def _lateness(heard: Sequence[Heard]) -> Iterator[Finding]:
    """Say where the song is not heard, is late, or drifts."""
    lost = [h for h in heard if h.likeness < _ALIKE]
    if lost:
        where = ", ".join(f"{h.second:.1f} s" for h in lost)
        text = f"the song is not heard, or not within a second of its place, at {where}"
        yield Finding("sound", text, facts={"lost_s": [round(h.second, 3) for h in lost]})
    lags = [h.late_ms for h in heard if h.likeness >= _ALIKE]
    if not lags or max(map(abs, lags)) <= LATE_MS:
        return
    if max(lags) - min(lags) > LATE_MS:
        text = f"the sound drifts: from {lags[0]:+.1f} ms at the start to {lags[-1]:+.1f} ms"
        yield Finding("sound", text, facts={"late_ms": [round(lag, 3) for lag in lags]})
        return
    lag = float(np.median(lags))
    side = "late" if lag > 0 else "early"
    text = f"the sound is {abs(lag):.1f} ms {side} throughout"
    yield Finding("sound", text, facts={"late_ms": round(lag, 3)})


def _loudness(heard: Sequence[Heard]) -> Iterator[Finding]:
    levels = [h.louder_db for h in heard if h.likeness >= _ALIKE]
    worst = max(levels, key=abs, default=0.0)
    if abs(worst) > LOUDER_DB:
        side = "louder" if worst > 0 else "quieter"
        text = f"the sound is up to {abs(worst):.1f} dB {side} than the song"
        yield Finding("level", text, facts={"louder_db": round(worst, 2)})
