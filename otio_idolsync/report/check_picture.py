"""Look at a finished movie's picture: its clock, its colour tags, and each shot against its source.

Every frame is decoded once and kept as a thumbnail. What looks black or frozen is compared with
what the timeline shows there before anything is said: night scenes are dark, and stills stand.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.cut.look import FITS
from otio_idolsync.errors import IdolsyncError
from otio_idolsync.media.probe import open_media
from otio_idolsync.rendering.model import Black, Footage, OutputFormat, ShotJob, Slate
from otio_idolsync.report.finding import Finding
from otio_idolsync.timebase import media_rate

Progress = Callable[[str, float], None]
Expected = Callable[[ShotJob, int, OutputFormat], VideoFrame | None]
_ACROSS, _DOWN = 64, 36
_BT709, _LIMITED = 1, 1
# Thumbnails have 256 levels.
_BLACK_MEAN, _BLACK_PEAK, _LIT = 4.0, 24, 8.0
_STILL_MEAN, _STILL_PEAK, _MOVES = 0.25, 4, 1.5
_STILL_FRAMES, _FEWEST = 12, 4
_LOOKS = 5
_LIKE, _NEAR, _FLAT = 0.75, 10.0, 3.0
_AROUND = 2
# An ungraded movie is this like its sources; a shot that is so much less like its own shows
# another moment or take.
_TIGHT, _LOOSE, _LOOSER = 3.0, 8.0, 5.0
# A cut is a step in the picture: where it should be and is not, it is looked for so far around.
_NEARBY, _STEP, _NO_STEP = 4, 8.0, 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A decoded movie.

    Attributes:
        width: Pixels.
        height: Pixels.
        rate: Frames per second, by the file.
        thumbs: Grey thumbnails, uint8 [shape=(n_frames, 36, 64)].
        tags: Matrix, primaries, transfer and range, as ffmpeg numbers them.
        uneven: Frames that are not shown at their number / rate, by more than a millisecond.
    """

    width: int
    height: int
    rate: Fraction
    thumbs: NDArray[np.uint8]
    tags: tuple[int, int, int, int]
    uneven: int


def watch(movie: Path, frames: int, progress: Progress | None = None) -> Watched:
    """Decode a movie once.

    Args:
        movie: The file.
        frames: How many frames are expected, for ``progress``.
        progress: Told how far it is.

    Raises:
        MediaError: It cannot be read.
    """
    thumbs: list[NDArray[np.uint8]] = []
    stamps: list[Fraction] = []
    with open_media(movie) as (container, stream):
        rate = media_rate(stream.average_rate or stream.guessed_rate or 24)
        codec = stream.codec_context
        tags = tuple(
            int(tag)
            for tag in (
                codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range,
            )
        )  # fmt: skip
        for frame in container.decode(stream):
            thumbs.append(thumbnail(frame))
            stamps.append((frame.pts or 0) * (frame.time_base or Fraction(1)))
            if progress and len(thumbs) % 24 == 0:
                progress("watching", min(1.0, len(thumbs) / max(1, frames)))
        width, height = codec.width, codec.height
    slack = Fraction(1, 1000)
    uneven = sum(abs(at - stamps[0] - k / rate) > slack for k, at in enumerate(stamps))
    uneven += bool(stamps and abs(stamps[0]) > slack)
    kept = np.stack(thumbs) if thumbs else np.empty((0, _DOWN, _ACROSS), np.uint8)
    return Watched(width, height, rate, kept, (tags[0], tags[1], tags[2], tags[3]), uneven)


def thumbnail(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return a frame as a small grey picture, uint8 [shape=(36, 64)]."""
    small = frame.reformat(_ACROSS, _DOWN, "gray", interpolation="AREA")
    return np.array(small.to_ndarray(), np.uint8)


def clock_findings(seen: Watched, frames: int, rate: Fraction) -> Iterator[Finding]:
    """Yield what is wrong with a movie's frame count, rate and colour tags."""
    there = len(seen.thumbs)
    if seen.rate != rate:
        text = f"the movie plays at {_named(seen.rate)} frames a second, the timeline at "
        facts = {"rate": str(seen.rate), "expected": str(rate)}
        yield Finding("rate", text + _named(rate), facts=facts)
    elif seen.uneven:
        text = f"{seen.uneven} frames are not shown at their number / {_named(rate)} s"
        yield Finding("rate", text, facts={"uneven": seen.uneven})
    if there != frames:
        lacks = f"{abs(frames - there)} {'too few' if there < frames else 'too many'}"
        text = f"the movie has {there} frames, the timeline {frames}: {lacks}"
        yield Finding("frames", text, facts={"frames": there, "expected": frames})
    if seen.tags != (_BT709, _BT709, _BT709, _LIMITED):
        text = (
            "the movie is not tagged as BT.709 in limited range (matrix, primaries, transfer, "
            f"range are {', '.join(map(str, seen.tags))}); players will guess its colours"
        )
        yield Finding("colour", text, facts={"tags": list(seen.tags)})


def picture_findings(
    seen: Watched, jobs: Sequence[ShotJob], output: OutputFormat, expected: Expected
) -> Iterator[Finding]:
    """Yield the shots that do not show what the timeline shows.

    Args:
        seen: The movie.
        jobs: Its shots.
        output: The timeline's format.
        expected: Makes the picture of a shot at one of its frames; None where it cannot.
    """
    judge = _Judge(seen, replace(output, width=_even(seen.width), height=_even(seen.height)))
    judge.expected = expected
    found: list[Finding] = []
    for job in jobs:
        # What cannot be read is a finding of the timeline already.
        with contextlib.suppress(IdolsyncError):
            found += judge.shot(job)
    found += judge.strangers()
    yield from sorted(found, key=lambda finding: finding.frame or 0)
    yield from _moved_cuts(judge, jobs, {finding.shot_id for finding in found})


def _moved_cuts(judge: _Judge, jobs: Sequence[ShotJob], wrong: set[str]) -> Iterator[Finding]:
    """Yield the cuts that are frames late or early; one finding where that is so throughout."""
    moved: list[tuple[ShotJob, int]] = []
    plain = 0
    for before, job in itertools.pairwise(jobs):
        if wrong & {before.shot_id, job.shot_id}:
            continue
        with contextlib.suppress(IdolsyncError):
            late = judge.cut(before, job)
            moved += [(job, late)] if late else []
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


class _Judge:
    """Compares the shots of one movie with what they should be."""

    expected: Expected

    def __init__(self, seen: Watched, output: OutputFormat) -> None:
        self._seen = seen
        self._scale = seen.rate / output.rate
        self._output = output
        # How the movie was fitted is not told by the timeline: the way that explains a shot stays.
        self._fits = [output.fit, *(fit for fit in FITS if fit != output.fit)]
        self._unlike: list[tuple[ShotJob, float]] = []

    def shot(self, job: ShotJob) -> Iterator[Finding]:
        """Yield at most one finding of a shot."""
        first = self._index(job.first_frame)
        thumbs = self._seen.thumbs[first : self._index(job.first_frame + job.frames)]
        if len(thumbs) == 0:
            return
        finding = self._black(job, thumbs) or self._frozen(job, thumbs)
        explained = finding is not None and 2 * finding.facts["frames"] >= len(thumbs)
        if not explained and not self._shows(job, job.frames // 2):
            text = "shows something else than the timeline; render it again"
            if isinstance(job.content, Slate):
                text = "does not show the slate of its placeholder; render it again"
            finding = Finding("picture", text, job.shot_id, job.first_frame)
        if finding:
            yield finding

    def strangers(self) -> list[Finding]:
        """Return the shots that are alike in general and much less so than all the others."""
        usual = float(np.median([unlike for _, unlike in self._unlike])) if self._unlike else 0.0
        if usual > _TIGHT:
            return []
        text = "shows another moment or take than the timeline; render it again"
        return [
            Finding("picture", text, job.shot_id, job.first_frame)
            for job, unlike in self._unlike
            if unlike > max(_LOOSE, _LOOSER * usual)
        ]

    def cut(self, before: ShotJob, job: ShotJob) -> int | None:
        """Return by how many frames the cut between two shots is late; None: nobody can tell."""
        at = self._index(job.first_frame)
        reach = min(_NEARBY, before.frames - 1, job.frames - 1)
        thumbs = self._seen.thumbs[at - reach - 1 : at + reach + 1].astype(np.int16)
        if not all(isinstance(shot.content, Footage) for shot in (before, job)):
            return None
        if reach < 1 or len(thumbs) < 2 * reach + 2:
            return None
        steps = np.abs(np.diff(thumbs, axis=0)).mean(axis=(1, 2))
        late = int(np.argmax(steps)) - reach
        if steps[late + reach] < _STEP:
            return None
        if steps[reach] > _NO_STEP * steps[late + reach]:
            return 0
        # The step may be a flash within a shot: what should be seen at the cut decides.
        shot, frame = (job, 0) if late > 0 else (before, before.frames - 1)
        wanted = self._thumb(shot, round(frame * self._scale))
        if wanted is None:
            return None
        here, there = (reach + 1, reach + 1 + late) if late > 0 else (reach, reach + late)
        off, near = (float(np.abs(thumbs[k] - wanted).mean()) for k in (here, there))
        return late if off > near + _STEP / 2 else 0

    def _index(self, frame: int) -> int:
        return round(frame * self._scale)

    def _black(self, job: ShotJob, thumbs: NDArray[np.uint8]) -> Finding | None:
        dark = [t.mean() < _BLACK_MEAN and int(t.max()) < _BLACK_PEAK for t in thumbs]
        if isinstance(job.content, Black):
            return None
        for begin, end in _runs(dark):
            lit = self._thumb(job, (begin + end) // 2)
            if lit is not None and lit.mean() > _LIT:
                return self._finding("black", job, begin, end, len(thumbs))
        return None

    def _frozen(self, job: ShotJob, thumbs: NDArray[np.uint8]) -> Finding | None:
        steps = np.abs(np.diff(thumbs.astype(np.int16), axis=0))
        still = [s.mean() < _STILL_MEAN and int(s.max()) < _STILL_PEAK for s in steps]
        least = max(_FEWEST, min(_STILL_FRAMES, len(thumbs))) - 1
        for begin, end in _runs(still):
            if end - begin >= least and self._should_move(job, begin, end + 1):
                return self._finding("frozen", job, begin, end + 1, len(thumbs))
        return None

    def _should_move(self, job: ShotJob, begin: int, end: int) -> bool:
        """Tell whether a shot's source moves where the movie stands."""
        looks = np.linspace(begin, end - 1, min(_LOOKS, end - begin)).round().astype(int)
        pictures = [self._thumb(job, int(k)) for k in looks]
        known = [p.astype(np.int16) for p in pictures if p is not None]
        return any(float(np.abs(p - known[0]).mean()) > _MOVES for p in known[1:])

    def _finding(self, kind: str, job: ShotJob, begin: int, end: int, length: int) -> Finding:
        whole = end - begin == length
        where = "throughout" if whole else f"for {end - begin} of its {length} frames"
        verb = "is black" if kind == "black" else "stands still"
        text = f"{verb} {where}, and its source is not" if kind == "black" else (
            f"{verb} {where}, and its source moves"
        )  # fmt: skip
        facts = {"frames": end - begin}
        at = job.first_frame + round(begin / self._scale)
        return Finding("black" if kind == "black" else "frozen", text, job.shot_id, at, facts)

    def _thumb(self, job: ShotJob, movie_frame: int) -> NDArray[np.uint8] | None:
        """Return what a shot should look like at a movie frame counted from its first."""
        frame = min(job.frames - 1, round(movie_frame / self._scale))
        picture = self.expected(job, frame, replace(self._output, fit=self._fits[0]))
        return None if picture is None else thumbnail(picture)

    def _shows(self, job: ShotJob, frame: int) -> bool:
        """Tell whether the movie shows the shot's picture; any way of fitting will do."""
        at = self._index(job.first_frame + frame)
        around = self._seen.thumbs[max(0, at - _AROUND) : at + _AROUND + 1].astype(np.float64)
        for fit in list(self._fits):
            picture = self.expected(job, frame, replace(self._output, fit=fit))
            if picture is None or len(around) == 0:
                return True
            wanted = thumbnail(picture).astype(np.float64)
            if any(_alike(wanted, shown) for shown in around):
                self._fits.remove(fit)
                self._fits.insert(0, fit)
                unlike = min(float(np.abs(wanted - shown).mean()) for shown in around)
                self._unlike.append((job, unlike))
                return True
        return False


def _alike(wanted: NDArray[np.float64], shown: NDArray[np.float64]) -> bool:
    """Tell whether two thumbnails are the same picture; a grade or a burn-in may lie over it."""
    if float(np.abs(wanted - shown).mean()) < _NEAR:
        return True
    if wanted.std() < _FLAT or shown.std() < _FLAT:
        return False
    return float(np.corrcoef(wanted.ravel(), shown.ravel())[0, 1]) > _LIKE


def _runs(flags: Sequence[bool | np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield [begin, end) of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], np.array(flags, bool), [False]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _named(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _even(side: int) -> int:
    return max(16, side + side % 2)
