"""Compare each shot of a finished movie with what the timeline shows there, frame by frame.

What the timeline shows is made as the renderer makes it, so that night scenes may be dark, stills
may stand, and whatever a source really shows is right. A grade, a burn-in, another way of fitting
or a frame more or less are no findings.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.cut.look import FITS
from otio_idolsync.errors import IdolsyncError
from otio_idolsync.media.colour import HDR
from otio_idolsync.media.signal import signal_of
from otio_idolsync.rendering.encode import as_encoded
from otio_idolsync.rendering.model import Black, Footage, OutputFormat, ShotJob, Slate, leaves
from otio_idolsync.report.check_picture import (
    Progress,
    Watched,
    colour,
    levels_of,
    luma,
    thumbnail,
)
from otio_idolsync.report.finding import Finding, Kind

# Makes the frames of a shot in a format; raises where its media cannot be read.
Pictures = Callable[[ShotJob, OutputFormat], Iterator[VideoFrame]]
_Flags = NDArray[np.bool_]
# Coded levels: black is 16 and white 235, grey has colour differences of 0.
_BLACK_MEAN, _BLACK_PEAK, _LIT, _GREY = 19.5, 37, 23.0, 8.0
_STILL_MEAN, _STILL_PEAK, _MOVES = 0.25, 4, 1.3
_STILL_SECONDS, _FEWEST = Fraction(3, 10), 4
_LIKE, _NEAR, _FLAT = 0.75, 8.5, 2.5
# A picture may be some frames late before it is another one; of a cut that is late itself says so.
_NEARBY, _AROUND = 4, 2
# An ungraded movie is this like its sources; a shot that is so much less like its own shows
# another moment or take.
_TIGHT, _LOOSE, _LOOSER = 2.6, 7.0, 5.0
_LEAST_SECONDS = Fraction(1, 5)
# No grade moves the colours of a whole picture so far, or makes so much of it a lost plane's green.
_ASTRAY, _MORE, _GREEN, _GREEN_SHARE = 30.0, 4.0, -44, 0.08
# A cut is a step in the picture: where it should be and is not, it is looked for so far around.
_STEP, _NO_STEP = 7.0, 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A shot of the movie beside what it should show.

    Attributes:
        job: The shot.
        first: Its first frame in the movie.
        shown: The movie's thumbnails, uint8 [shape=(n, 54, 64)].
        wanted: What the timeline shows at the same frames, of the same shape.
    """

    job: ShotJob
    first: int
    shown: NDArray[np.uint8]
    wanted: NDArray[np.uint8]

    @property
    def frames(self) -> int:
        """How many of its frames the movie has."""
        return len(self.shown)

    def off(self, shift: int = 0) -> NDArray[np.float32]:
        """Return how far the luma of each frame is from what is wanted so many frames later."""
        places = np.arange(self.frames) + shift
        wanted = luma(self.wanted[places.clip(0, self.frames - 1)])
        off: NDArray[np.float32] = np.abs(luma(self.shown) - wanted).mean(axis=(1, 2))
        off[(places < 0) | (places >= self.frames)] = np.inf
        return off

    def nearest(self) -> NDArray[np.float32]:
        """Return the same for whichever of the frames around is the most like it."""
        off: NDArray[np.float32] = self.off()
        for shift in range(-_AROUND, _AROUND + 1):
            off = np.minimum(off, self.off(shift))
        return off

    def alike(self) -> _Flags:
        """Return which frames show what is wanted there, or some frames from there."""
        found = self._alike(0)
        for shift in sorted(range(-_NEARBY, _NEARBY + 1), key=abs)[1:]:
            if not found.all():
                found |= self._alike(shift)
        return found

    def _alike(self, shift: int) -> _Flags:
        places = np.arange(self.frames) + shift
        wanted = luma(self.wanted[places.clip(0, self.frames - 1)]).reshape(self.frames, -1)
        shown = luma(self.shown).reshape(self.frames, -1)
        near = np.abs(wanted - shown).mean(axis=1) < _NEAR
        wanted, shown = (x - x.mean(axis=1, keepdims=True) for x in (wanted, shown))
        spread = wanted.std(axis=1), shown.std(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            like = (wanted * shown).mean(axis=1) / (spread[0] * spread[1])
        told = (spread[0] > _FLAT) & (spread[1] > _FLAT) & (like > _LIKE)
        found: _Flags = (near | told) & (places >= 0) & (places < self.frames)
        return found


def picture_findings(
    seen: Watched,
    jobs: Sequence[ShotJob],
    output: OutputFormat,
    pictures: Pictures,
    progress: Progress | None = None,
) -> Iterator[Finding]:
    """Yield what of a movie's picture is not as the timeline shows it.

    Args:
        seen: The movie.
        jobs: Its shots.
        output: The timeline's format.
        pictures: Makes the pictures of a shot.
        progress: Told how far it is.
    """
    pairs = list(_pairs(seen, jobs, output, pictures, progress))
    levels = levels_of([pair.shown for pair in pairs], [pair.wanted for pair in pairs])
    if levels:
        yield Finding("colour", levels.text)
        pairs = [replace(pair, shown=levels.undone(pair.shown)) for pair in pairs]
    judge = _Judge(pairs, seen.rate, seen.rate / output.rate)
    found = {pair.first: finding for pair in pairs if (finding := judge.shot(pair))}
    yield from (found[first] for first in sorted(found))
    yield from _moved_cuts(pairs, set(found))


def _pairs(
    seen: Watched,
    jobs: Sequence[ShotJob],
    output: OutputFormat,
    pictures: Pictures,
    progress: Progress | None,
) -> Iterator[Pair]:
    """Yield each shot of the movie that can be compared, fitted as the movie seems to be."""
    # How the movie was made of its media is not told by the timeline: the way that explains a shot
    # is tried first for the next.
    ways = list(_ways(_format(seen, output)))
    scale = seen.rate / output.rate
    for done, job in enumerate(jobs):
        first, end = (round(k * scale) for k in (job.first_frame, job.first_frame + job.frames))
        # What cannot be read is a finding of its media already.
        with contextlib.suppress(IdolsyncError):
            if first < min(end, len(seen.thumbs)):
                yield _pair(job, first, seen.thumbs[first:end], scale, ways, pictures)
        if progress:
            progress("comparing", (done + 1) / len(jobs))


def _pair(
    job: ShotJob,
    first: int,
    shown: NDArray[np.uint8],
    scale: Fraction,
    ways: list[OutputFormat],
    pictures: Pictures,
) -> Pair:
    """Return a shot beside what it should show in the way that suits it; that comes first then."""
    bright = _is_hdr(job)
    found: list[tuple[float, Pair]] = []
    for way in [way for way in ways if bright or way.hdr == HDR[0]]:
        made = _thumbs(job, pictures(job, way))
        places = [min(len(made) - 1, round(k / scale)) for k in range(len(shown))]
        pair = Pair(job, first, shown, made[places])
        found.append((float(np.median(pair.off())), pair))
        explained = 2 * pair.alike().sum() >= pair.frames
        if explained and (found[-1][0] <= _TIGHT or not bright):
            ways.remove(way)
            ways.insert(0, way)
            return pair
    return min(found, key=lambda one: one[0])[1]


def _ways(made_for: OutputFormat) -> Iterator[OutputFormat]:
    """Yield in what ways media may have been brought to the movie's picture."""
    for fit in (made_for.fit, *(fit for fit in FITS if fit != made_for.fit)):
        for hdr in HDR:
            yield replace(made_for, fit=fit, hdr=hdr)


def _is_hdr(job: ShotJob) -> bool:
    """Return whether a shot shows HDR media."""
    shown = (leaf for leaf, _ in leaves(job.content, job.frames) if isinstance(leaf, Footage))
    return any(signal_of(leaf.info).colours.hdr for leaf in shown)


def _format(seen: Watched, output: OutputFormat) -> OutputFormat:
    """Return the movie's format; a draft is framed as its final is."""
    width, height = seen.width + seen.width % 2, seen.height + seen.height % 2
    draft = as_encoded(output, "h264", draft=True)
    is_draft = (width, height) == (draft.width, draft.height)
    return draft if is_draft else replace(output, width=width, height=height)


def _thumbs(job: ShotJob, frames: Iterator[VideoFrame]) -> NDArray[np.uint8]:
    thumbs: list[NDArray[np.uint8]] = []
    last: VideoFrame | None = None
    for frame in frames:
        thumbs.append(thumbs[-1] if frame is last else thumbnail(frame))
        last = frame
        if isinstance(job.content, Slate):  # only its timecode runs, too small to matter
            break
    return np.stack(thumbs)


class _Judge:
    """Says what is wrong with the shots of one movie."""

    def __init__(self, pairs: Sequence[Pair], rate: Fraction, scale: Fraction) -> None:
        self._scale = scale
        self._still = max(_FEWEST, int(_STILL_SECONDS * rate))
        self._least = max(_FEWEST, int(_LEAST_SECONDS * rate))
        usual = float(np.median([np.median(pair.off()) for pair in pairs])) if pairs else np.inf
        self._far = max(_LOOSE, _LOOSER * usual) if usual <= _TIGHT else np.inf
        common = float(np.median([np.median(_astray(pair)) for pair in pairs])) if pairs else np.inf
        self._broken = max(_ASTRAY, _MORE * common)

    def shot(self, pair: Pair) -> Finding | None:
        """Return what is wrong with a shot: one thing, that which lasts longest."""
        alike = pair.alike()
        black, still = _black(pair), self._frozen(pair, alike)
        known = black | still
        kinds: list[tuple[Kind, str, _Flags]] = [
            ("black", "is black{}, and its source is not", black),
            ("frozen", "stands still{}, and its source moves", still),
            ("picture", "has broken colours{}, green or a damaged decode; {}", self._off(pair)),
            ("picture", _otherwise(pair.job), _inner(~alike & ~known)),
        ]
        found = [
            (end - begin, kind, text, begin)
            for kind, text, flags in kinds
            for begin, end in _runs(flags)
        ]
        if not found:
            return self._stranger(pair)
        length, kind, text, begin = max(found, key=lambda run: run[0])
        return self._finding(pair, kind, text, begin, length)

    def _stranger(self, pair: Pair) -> Finding | None:
        """Name a shot of an ungraded movie that is alike, and less so than all the others."""
        far = pair.nearest() > self._far
        if 2 * far.sum() >= pair.frames:
            text = "shows another moment or take than the timeline; render it again"
            return Finding("picture", text, pair.job.shot_id, pair.job.first_frame)
        runs = [(e - b, b) for b, e in _runs(_inner(far)) if e - b >= self._least]
        text = "is damaged, or shows another moment than the timeline{}; {}"
        return self._finding(pair, "picture", text, *max(runs)[::-1]) if runs else None

    def _finding(self, pair: Pair, kind: Kind, text: str, begin: int, length: int) -> Finding:
        whole = 2 * length >= pair.frames
        where = f" for {length} of its {pair.frames} frames"
        if length == pair.frames:
            where = " throughout"
        elif whole and kind == "picture":
            where = ""
        at = pair.job.first_frame + (0 if where in ("", " throughout") else self._frames(begin))
        said = text.format(where, "render it again")
        return Finding(kind, said, pair.job.shot_id, at, {"frames": length})

    def _frames(self, movie_frames: int) -> int:
        return round(movie_frames / self._scale)

    def _off(self, pair: Pair) -> _Flags:
        """Return at which frames the colours are no grade's."""
        more = _green(pair.shown) - _most_around(_green(pair.wanted))
        return _inner((more > _GREEN_SHARE) | (_astray(pair) > self._broken))

    def _frozen(self, pair: Pair, alike: _Flags) -> _Flags:
        """Return at which frames the movie stands though its source goes on."""
        steps = np.abs(np.diff(luma(pair.shown), axis=0))
        still = (steps.mean(axis=(1, 2)) < _STILL_MEAN) & (steps.max(axis=(1, 2)) < _STILL_PEAK)
        found, wanted = np.zeros(pair.frames, bool), luma(pair.wanted)
        for begin, end in _runs(still):
            moved = np.abs(wanted[begin : end + 1] - wanted[begin]).mean(axis=(1, 2)).max()
            least = min(self._still, pair.frames)
            if end + 1 - begin >= max(_FEWEST, least) and moved > _MOVES and alike[begin]:
                found[begin : end + 1] = True
        return found


def _otherwise(job: ShotJob) -> str:
    if isinstance(job.content, Slate):
        return "does not show the slate of its placeholder{}; {}"
    return "shows something else than the timeline{}; {}"


def _astray(pair: Pair) -> NDArray[np.float32]:
    """Return how far the colours of each frame are from those around what is wanted."""
    shown, wanted = colour(pair.shown), colour(pair.wanted)
    off = [
        np.abs(shown - wanted[(np.arange(pair.frames) + shift).clip(0, pair.frames - 1)])
        for shift in range(-_AROUND, _AROUND + 1)
    ]
    nearest: NDArray[np.float32] = np.min([each.mean(axis=(1, 2, 3)) for each in off], axis=0)
    return nearest


def _green(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how much of each picture has the green of a lost plane, 0 to 1."""
    share: NDArray[np.float32] = (colour(thumbs) < _GREEN).all(axis=1).mean(axis=(1, 2))
    return share


def _most_around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the greatest value of the frames around each."""
    padded = np.pad(values, _AROUND, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    found: NDArray[np.float32] = windows.max(axis=1)
    return found


def _black(pair: Pair) -> _Flags:
    """Return which frames are black though something is to be seen there."""
    shown = luma(pair.shown)
    dark = (shown.mean(axis=(1, 2)) < _BLACK_MEAN) & (shown.max(axis=(1, 2)) < _BLACK_PEAK)
    dark &= np.abs(colour(pair.shown)).mean(axis=(1, 2, 3)) < _GREY
    lit = luma(pair.wanted).mean(axis=(1, 2)) > _LIT
    black = np.zeros(pair.frames, bool)
    for begin, end in () if isinstance(pair.job.content, Black) else _runs(dark):
        black[begin:end] = 2 * lit[begin:end].sum() >= end - begin
    return black


def _inner(flags: _Flags) -> _Flags:
    """Return flags without short runs at the ends: there a cut is late, and that is said of it."""
    kept = flags.copy()
    for begin, end in _runs(flags):
        at_an_end = begin == 0 or end == len(flags)
        if at_an_end and end - begin <= _NEARBY and end - begin < len(flags):
            kept[begin:end] = False
    return kept


def _moved_cuts(pairs: Sequence[Pair], wrong: set[int]) -> Iterator[Finding]:
    """Yield the cuts that are frames late or early; one finding where that is so throughout."""
    moved: list[tuple[ShotJob, int]] = []
    plain = 0
    for before, pair in itertools.pairwise(pairs):
        if before.first + before.frames != pair.first or wrong & {before.first, pair.first}:
            continue
        late = _late_by(before, pair)
        moved += [(pair.job, late)] if late else []
        plain += late == 0
    shifts = {late for _, late in moved}
    if len(shifts) == 1 and len(moved) > max(1, 2 * plain):
        text = f"the picture is {_late(shifts.pop())} at {len(moved)} of {len(moved) + plain} cuts"
        yield Finding("cut", text, facts={"frames": moved[0][1]})
        return
    for job, late in moved:
        text = f"its cut is {_late(late)}"
        yield Finding("cut", text, job.shot_id, job.first_frame, {"frames": late})


def _late(frames: int) -> str:
    count = f"{abs(frames)} frame{'s' if abs(frames) > 1 else ''}"
    return f"{count} {'late' if frames > 0 else 'early'}"


def _late_by(before: Pair, pair: Pair) -> int | None:
    """Return by how many frames the cut between two shots is late; None: nobody can tell."""
    reach = min(_NEARBY, before.frames - 1, pair.frames - 1)
    if not all(isinstance(one.job.content, Footage) for one in (before, pair)) or reach < 1:
        return None
    shown = luma(np.concatenate([before.shown[-reach - 1 :], pair.shown[: reach + 1]]))
    steps = np.abs(np.diff(shown, axis=0)).mean(axis=(1, 2))
    late = int(np.argmax(steps)) - reach
    if steps[late + reach] < _STEP:
        return None
    if steps[reach] > _NO_STEP * steps[late + reach]:
        return 0
    # The step may be a flash within a shot: what should be seen at the cut decides.
    wanted = luma(pair.wanted[:1] if late > 0 else before.wanted[-1:])[0]
    here, there = (reach + 1, reach + 1 + late) if late > 0 else (reach, reach + late)
    off, near = (float(np.abs(shown[k] - wanted).mean()) for k in (here, there))
    return late if off > near + _STEP / 2 else 0


def _runs(flags: _Flags) -> Iterator[tuple[int, int]]:
    """Yield [begin, end) of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
