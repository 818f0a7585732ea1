"""Let a person's taps decide how a song's beats are read.

People tap some tens of milliseconds off, miss beats, tap twice and stop half-way, so taps are no
grid. But they tell at once which of a tracker's readings is meant: the octave, on or off the beat
and, where they are labelled, the bars. The beats stay the tracker's. Only where no reading fits
is the song read anew along the taps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.backends import OtherBeats, TrackedBeats
from otio_idolsync.analysis.bars import find_bars
from otio_idolsync.analysis.features import Features
from otio_idolsync.analysis.heard import HeardGrid, heard_grid
from otio_idolsync.analysis.labels import Label, placed_labels
from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.analysis.repair import turned
from otio_idolsync.errors import AnalysisError

_LEAST_TAPS = 6
_TWICE = 0.4
_SLOWEST_BEAT = 60 / 45
_LONGEST_BAR = 12
_NEAR_SECONDS, _NEAR_BEATS = 0.1, 0.25
_MOST_LAG_SECONDS, _MOST_LAG_BEATS = 0.1, 0.2
_AGREED, _AGREED_BARS, _FITS = 0.75, 0.6, 0.7


@dataclass(frozen=True, slots=True)
class Taps:
    """What a person tapped, without second taps on one beat.

    Attributes:
        times: float64 [shape=(n,)], seconds, rising.
        places: int64 [shape=(n,)], 1-based place in the bar, 0 where the tap does not say it.
        name: Of the file.
    """

    times: NDArray[np.float64] = field(compare=False)
    places: NDArray[np.int64] = field(compare=False)
    name: str

    @classmethod
    def of(cls, labels: list[Label], duration: float, source: Path) -> Taps:
        """Return the taps of a song; taps slower than any beat are bars.

        Raises:
            AnalysisError: Too few lie within the song.
        """
        placed = [row for row in placed_labels(labels, bars=True) if 0 <= row[0].time < duration]
        times = np.array([label.time for label, _ in placed])
        places = np.array([place or 0 for _, place in placed], np.int64)
        if len(times) > 1:
            apart = np.diff(times) > _TWICE * np.median(np.diff(times))
            kept = np.concatenate([[True], apart])
            times, places = times[kept], places[kept]
        if len(times) < _LEAST_TAPS:
            raise AnalysisError(
                f"taps {source} has {len(times)} taps within the {duration:.1f} s of the song; tap "
                f"at least {_LEAST_TAPS}, better 16, in seconds from its start"
            )
        slow = not places.any() and np.median(np.diff(times)) > _SLOWEST_BEAT
        return cls(times, places + int(slow), source.name)

    @property
    def bars_only(self) -> bool:
        """Whether each tap is the first beat of a bar."""
        return bool(np.all(self.places == 1))

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Seconds from beat to beat; a gap over missed beats is shared out among them."""
        gaps = np.diff(self.times)
        usual = np.median(gaps)
        return np.asarray(gaps / np.maximum(1, np.round(gaps / usual)), np.float64)


@dataclass(frozen=True, slots=True)
class _Match:
    """How well taps fit some beats.

    Attributes:
        score: F measure where beats were tapped; of taps on bars the share that hit a beat.
        share: Share of taps that hit a beat.
        lag: Median seconds that taps are late.
        nearest: int64 [shape=(n,)], the beat that each tap hit, -1 for none.
    """

    score: float
    share: float
    lag: float
    nearest: NDArray[np.int64] = field(compare=False)


def tapped_grid(
    taps: Taps,
    tracked: TrackedBeats,
    features: Features,
    duration: float,
    follow: Callable[[Taps], TrackedBeats],
) -> tuple[HeardGrid, str]:
    """Return the reading that fits the taps, and a sentence on what was done.

    Args:
        taps: Of the song.
        tracked: What the backend heard.
        features: Of the same song.
        duration: Of the song, in seconds.
        follow: Reads the song anew along the taps; called only where no reading fits.
    """
    others = (*tracked.others, *_derived(tracked, features))
    heard = [tracked.beats, *(other.beats for other in others)]
    tries = [_matched(taps, np.unique(beats)) for beats in heard]
    chosen = max(range(len(tries)), key=lambda k: round(tries[k].score, 3))
    match, relation = tries[chosen], "the likeliest reading fits"
    if chosen:
        relation = f"the reading that they fit, {others[chosen - 1].relation}"
    if match.score < _AGREED:
        anew = follow(taps)
        again = _matched(taps, np.unique(anew.beats))
        if again.score > match.score:
            tracked, match, chosen, relation = anew, again, 0, "a new path along them"
    sure = replace(tracked, sure=round(match.share, 3), others=others if chosen else tracked.others)
    found = heard_grid(sure, features, duration, chosen)
    grid, bars = _with_bars(found.grid, taps)
    said = (
        f"{len(taps.times)} taps of {taps.name}: {relation}"
        f"{bars}; {match.share:.0%} of them on a beat, {abs(match.lag) * 1000:.0f} ms "
        f"{'late' if match.lag >= 0 else 'early'}"
    )
    warnings = () if bars else found.warnings
    if match.share < _FITS:
        warnings = (
            f"the taps of {taps.name} fit no steady beat ({match.share:.0%} of them lie on one); "
            "check the grid with --click, or mark each beat and give the file with --grid",
        )
    offered = found.alternatives[: len(tracked.others)]
    return replace(found, grid=grid, warnings=warnings, alternatives=offered), said


def _derived(tracked: TrackedBeats, features: Features) -> Iterator[OtherBeats]:
    """Yield the readings that follow from the beats found, whether offered or not."""
    beats = np.unique(tracked.beats)
    if len(beats) < 2 * _LEAST_TAPS:
        return
    between = (beats[:-1] + beats[1:]) / 2
    for relation, times in (
        ("every other beat", beats[::2]),
        ("every other beat, the second first", beats[1::2]),
        ("half-way between the beats", between),
        ("twice the beats", np.sort(np.concatenate([beats, between]))),
    ):
        yield OtherBeats(relation, times, find_bars(times, features).numbers, 0.0)


def _matched(taps: Taps, beats: NDArray[np.float64]) -> _Match:
    """Return how well taps fit beats, a constant lateness of the hand taken out."""
    if len(beats) < 2:
        return _Match(0.0, 0.0, 0.0, np.full(len(taps.times), -1))
    gap = float(np.median(np.diff(beats)))
    most = min(_MOST_LAG_SECONDS, _MOST_LAG_BEATS * gap)
    nearest = _nearest(beats, taps.times)
    lag = float(np.clip(np.median(taps.times - beats[nearest]), -most, most))
    nearest = _nearest(beats, taps.times - lag)
    off = np.abs(taps.times - lag - beats[nearest])
    hit = off <= min(_NEAR_SECONDS, _NEAR_BEATS * gap)
    first, last = taps.times[[0, -1]] - lag
    within = np.count_nonzero((beats > first - gap / 2) & (beats < last + gap / 2))
    hits = len(np.unique(nearest[hit]))
    share = float(hit.mean())
    score = share if taps.bars_only else 2 * hits / (len(off) + within)
    return _Match(score, share, lag, np.where(hit, nearest, -1))


def _nearest(beats: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.int64]:
    middles = (beats[:-1] + beats[1:]) / 2
    return np.asarray(np.searchsorted(middles, times), np.int64)


def _with_bars(grid: BeatGrid, taps: Taps) -> tuple[BeatGrid, str]:
    """Return the grid with the bars that labelled taps ask for, and what to say of it."""
    nearest = _matched(taps, grid.beats).nearest
    told = (taps.places > 0) & (nearest >= 0)
    if not told.any():
        return grid, ""
    index, places = nearest[told], taps.places[told]
    meter = _meter(index, places)
    later = Counter(((grid.numbers[index] - places) % meter).tolist())
    turn, votes = later.most_common(1)[0]
    inside = grid.numbers[index[0] : index[-1] + 1]
    if inside.max() == meter and votes >= _AGREED_BARS * len(index):
        return turned(grid, turn, meter), " with the bars as tapped"
    phase = Counter(((index - places + 1) % meter).tolist()).most_common(1)[0][0]
    numbers = (np.arange(len(grid.beats)) - phase) % meter + 1
    return replace(grid, numbers=numbers), f" with steady bars of {meter} as tapped"


def _meter(index: NDArray[np.int64], places: NDArray[np.int64]) -> int:
    """Return how many beats most bars have: from start to start, or as far as they are counted."""
    starts = np.unique(index[places == 1])
    lengths = [int(n) for n in np.diff(starts) if n <= _LONGEST_BAR]
    if not lengths:
        return max(int(places.max()), 2 if places.max() > 1 else 4)
    return Counter(lengths).most_common(1)[0][0]
