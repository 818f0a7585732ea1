"""Find a song in a movie's sound: how late it is at many places, whatever was done to its channels.

A stretch of the song is looked for around where it should sound, by normalised cross-correlation.
Several places, because a lag that grows (drift) looks harmless at any single one. Which sums of
channels are compared, and with which sign, is found out first: else a movie whose polarity or one
of whose channels is wrong would only look late.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.timebase import Clock

RATE = 16000
PLACES = 9
PIECE_SECONDS, REACH_SECONDS, FAR_SECONDS = 2.0, 1.0, 30.0
ALIKE, SURELY = 0.5, 0.8
"""A likeness from which on a sound is taken for the song, and one that leaves no doubt."""
SILENCE = 1e-3
# A loop repeats itself nearly: of peaks this close to the best one, the nearest counts.
_AS_GOOD, _NEARLY_AS_GOOD, _TRUSTED, _PLAIN = 0.98, 0.9, 0.85, 0.6
_GUIDING = 5
Sound = NDArray[np.float32]
"""Samples at ``RATE``: float32 [shape=(n, 2)], or [shape=(n,)] where the channels are summed."""


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

    def moved(self, late_ms: float) -> Heard:
        """Return what was measured as of a place so much earlier, at which the song is later."""
        return replace(self, second=self.second - late_ms / 1000, late_ms=self.late_ms + late_ms)

    def to_json(self) -> dict[str, float]:
        """Return the measurement as plain JSON."""
        return {
            "second": round(self.second, 3),
            "late_ms": round(self.late_ms, 3),
            "louder_db": round(self.louder_db, 2),
            "likeness": round(self.likeness, 3),
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A phrase of the song and where it should sound, in samples.

    Attributes:
        movie: Where it should begin in the movie.
        song: Where it begins in the song.
        length: How long it is.
        piece: Which piece of the song on the timeline it belongs to.
    """

    movie: int
    song: int
    length: int
    piece: int

    @property
    def middle(self) -> Place:
        """Half a second of it: where a song drifts, that is still one lag."""
        short = min(self.length, RATE // 2)
        skipped = (self.length - short) // 2
        return Place(self.movie + skipped, self.song + skipped, short, self.piece)

    def later(self, samples: int) -> Place:
        """Return the same phrase where it should sound so many samples later."""
        return replace(self, movie=self.movie + samples)


@dataclass(frozen=True, slots=True)
class Guide:
    """The sums of channels in which a movie and the song are most alike.

    Attributes:
        movie: Weights of the movie's left and right channel.
        song: Weights of the song's.
        sign: -1 where the movie's sum is the song's upside down.
    """

    movie: tuple[float, float] = (0.5, 0.5)
    song: tuple[float, float] = (0.5, 0.5)
    sign: int = 1

    def of_movie(self, sound: Sound) -> Sound:
        """Return the movie's sum, the right way up."""
        weights = np.asarray(self.movie, np.float32) * np.float32(self.sign)
        return np.asarray(sound @ weights, np.float32)

    def of_song(self, own: Sound) -> Sound:
        """Return the song's sum."""
        return np.asarray(own @ np.asarray(self.song, np.float32), np.float32)


_SUMS = ((1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.5, -0.5))


def places_of(own: Sound, pieces: Sequence[SongPiece], clock: Clock) -> list[Place]:
    """Return the phrases that are listened to: nine of each piece at its own speed that sound."""
    found = []
    seconds = len(own) / RATE
    for number, piece in enumerate(pieces):
        if piece.speed != 1:
            continue
        begin, lasts = (float(clock.seconds_at(n)) for n in (piece.song, piece.frames))
        listened = min(PIECE_SECONDS, lasts)
        end = min(begin + lasts, seconds) - listened
        shift = float(clock.seconds_at(piece.record - piece.song))
        for second in np.linspace(begin, max(begin, end), PLACES):
            at = round(second * RATE)
            length = len(own[at : at + int(listened * RATE)])
            if length >= RATE // 4 and level_of(own[at : at + length]) >= SILENCE:
                found.append(Place(round((second + shift) * RATE), at, length, number))
    return found


def find_guide(sound: Sound, own: Sound, places: Sequence[Place]) -> Guide:
    """Return how a movie's channels are the song's; the plain way unless that is hardly alike."""
    loudest = _loudest(own, places)

    def scores(guide: Guide) -> Iterator[tuple[float, Guide]]:
        """Yield how alike the sums are, either way up."""
        heard, song = guide.of_movie(sound), guide.of_song(own)
        ways = [_likenesses(_near(heard, p), song[p.song : p.song + p.length]) for p in loudest]
        yield sum(float(alike.max()) for alike in ways), guide
        yield sum(float(-alike.min()) for alike in ways), replace(guide, sign=-1)

    score, plain = max(scores(Guide()), key=lambda scored: scored[0])
    if score >= _PLAIN * len(loudest):
        return plain
    sums = itertools.product(_SUMS, _SUMS)
    tried = (scored for ours, theirs in sums for scored in scores(Guide(ours, theirs)))
    return max(tried, key=lambda scored: scored[0])[1]


def _loudest(own: Sound, places: Sequence[Place]) -> list[Place]:
    by_level = sorted(places, key=lambda p: -level_of(own[p.song : p.song + p.length]))
    return by_level[:_GUIDING]


def lags_at(sound: Sound, own: Sound, places: Sequence[Place], guide: Guide) -> list[Heard]:
    """Return how late and how loud the song is at each place, and how alike the sound is to it."""
    heard, song = guide.of_movie(sound), guide.of_song(own)
    first = [_heard_at(heard, song, place) for place in places]
    lags = np.array([found.late_ms for found in first if trusted(found, first)])
    usual = float(np.median(lags)) if len(lags) else 0.0
    if np.mean(np.abs(lags - usual) < 1) <= 0.5 if len(lags) else True:
        return first
    # Music repeats itself, and may be heard twice: the lag that most places have is meant where it
    # is nearly as good.
    again = round(usual * RATE / 1000)
    return [
        found
        if abs(found.late_ms - usual) < 1
        else _heard_at(heard, song, place, again, as_good=_NEARLY_AS_GOOD)
        for place, found in zip(places, first, strict=True)
    ]


def trusted(found: Heard, among: Sequence[Heard]) -> bool:
    """Tell whether a place tells how late the song is: it is about as alike as the best one."""
    return found.likeness >= max(ALIKE, _TRUSTED * max(other.likeness for other in among))


def _heard_at(
    heard: Sound,
    song: Sound,
    place: Place,
    usual: int = 0,
    reach_s: float = REACH_SECONDS,
    as_good: float = _AS_GOOD,
) -> Heard:
    phrase = song[place.song : place.song + place.length]
    reach = int(reach_s * RATE)
    lag, likeness = best_lag(_near(heard, place, reach), phrase, reach + usual, as_good)
    at = place.movie - reach + lag
    there = heard[max(0, at) : max(0, at + place.length)]
    same = phrase[max(0, -at) : max(0, -at) + len(there)]
    late_ms = 1000 * (lag - reach) / RATE
    return Heard(place.movie / RATE, late_ms, louder_db(there, same), likeness)


def found_far(
    sound: Sound, own: Sound, places: Sequence[Place], guide: Guide
) -> dict[Place, Heard]:
    """Return where phrases lie that are not near their place, if most found agree on how far.

    Music repeats itself: that one phrase is also heard elsewhere says nothing.
    """
    heard, song = guide.of_movie(sound), guide.of_song(own)
    reach_s = min(FAR_SECONDS, len(sound) / RATE)
    found = {place: _heard_at(heard, song, place, reach_s=reach_s) for place in places}
    found = {place: far for place, far in found.items() if far.likeness >= SURELY}
    usual = float(np.median([far.late_ms for far in found.values()])) if found else 0.0
    alike = {p: far for p, far in found.items() if abs(far.late_ms - usual) < 2}
    return alike if len(alike) >= max(2, len(found) / 2) else {}


def second_hearing(
    sound: Sound, own: Sound, heard: Mapping[Place, Heard], guide: Guide
) -> tuple[float, float] | None:
    """Return how late and how loud the song is heard a second time, None where it is not.

    The song is taken away where it lies; what is left is searched for it again.

    Returns:
        Milliseconds after the first time, and decibels against it.
    """
    ours, theirs = guide.of_movie(sound), guide.of_song(own)
    late = {place: round(h.late_ms * RATE / 1000) for place, h in heard.items()}
    reach, found = int(REACH_SECONDS * RATE), list[tuple[float, float]]()
    looked = _loudest(own, list(heard))
    for place in looked:
        length = place.length + 2 * reach
        near = stretch(ours, place.movie + late[place] - reach, length)
        first = stretch(theirs, place.song - reach, length)
        left = near - first * (np.dot(near, first) / max(float(np.dot(first, first)), 1e-9))
        phrase = first[reach : reach + place.length]
        lag, likeness = best_lag(left, phrase)
        if likeness >= ALIKE and abs(lag - reach) > RATE // 500:
            again = louder_db(left[lag : lag + place.length], phrase)
            found.append((1000 * (lag - reach) / RATE, again - louder_db(near, first)))
    usual = float(np.median([ms for ms, _db in found])) if found else 0.0
    agreed = [(ms, db) for ms, db in found if abs(ms - usual) < 1]
    if not agreed or 2 * len(agreed) < len(looked):
        return None
    return usual, float(np.median([db for _ms, db in agreed]))


def _near(sound: Sound, place: Place, reach: int = int(REACH_SECONDS * RATE)) -> Sound:
    """Return a movie's sound around a place, silence where it lies outside."""
    return stretch(sound, place.movie - reach, place.length + 2 * reach)


def stretch(sound: Sound, begin: int, length: int) -> Sound:
    """Return a stretch of a sound, silence where it lies outside."""
    inside = sound[max(0, begin) : max(0, begin + length)]
    before = max(0, -begin)
    widths = [(before, max(0, length - before - len(inside))), *[(0, 0)] * (sound.ndim - 1)]
    return np.pad(inside, widths)[:length]


def _likenesses(near: Sound, phrase: Sound) -> NDArray[np.float64]:
    """Return how alike a phrase is to what begins at each sample of ``near``, -1..1."""
    # What wraps around lies behind the last sample at which the whole phrase fits.
    size = 1 << int(np.ceil(np.log2(len(near))))
    spectrum = np.fft.rfft(near, size) * np.conj(np.fft.rfft(phrase, size))
    products = np.fft.irfft(spectrum, size)[: len(near) - len(phrase) + 1]
    power = np.concatenate(([0.0], np.cumsum(np.square(near, dtype=np.float64))))
    energy = power[len(phrase) :] - power[: len(power) - len(phrase)]
    own = float(np.square(phrase, dtype=np.float64).sum())
    return np.asarray(products / np.sqrt(np.maximum(energy, 1e-6) * max(own, 1e-12)))


def best_lag(
    near: Sound, phrase: Sound, usual: float | None = None, as_good: float = _AS_GOOD
) -> tuple[int, float]:
    """Return the sample of ``near`` at which a phrase lies, and how alike the two are there.

    Args:
        near: Where it is looked for.
        phrase: What is looked for.
        usual: Of samples that are as good, the nearest to this one; by default to the middle.
        as_good: Share of the best likeness from which on a sample is as good.
    """
    alike = _likenesses(near, phrase)
    inner = np.r_[-np.inf, alike, -np.inf]
    peaks = np.flatnonzero((inner[1:-1] >= inner[:-2]) & (inner[1:-1] >= inner[2:]))
    good = peaks[alike[peaks] >= as_good * alike.max()] if len(peaks) else peaks
    middle = (len(alike) - 1) / 2 if usual is None else usual
    best = int(good[np.argmin(np.abs(good - middle))]) if len(good) else int(np.argmax(alike))
    return best, float(alike[best])


def louder_db(there: Sound, own: Sound) -> float:
    """Return the level of the song in a sound over its own, in dB, whatever else sounds there."""
    count = min(len(there), len(own))
    same = float(np.dot(there[:count].astype(np.float64), own[:count]))
    power = float(np.square(own[:count], dtype=np.float64).sum())
    return 20 * float(np.log10(max(same / max(power, 1e-12), 1e-6)))


def level_of(sound: Sound) -> float:
    """Return the RMS of samples, over all channels."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
