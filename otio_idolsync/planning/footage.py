"""What a source offers in timeline frames, and where in it each of its uses starts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from otio_idolsync.library.model import Source
from otio_idolsync.timebase import Clock

# Frames on each side of a shot that an editor likes to have for trims and dissolves.
HANDLE_FRAMES = 12


@dataclass(frozen=True, slots=True)
class Footage:
    """The usable part of a source, in timeline frames after the media's first frame.

    Attributes:
        start: First usable frame: the window's, rounded into it.
        end: One past the last usable frame.
        still: One picture: any slot fits, and using it twice repeats no motion.
        shift: Of a take with a sync offset: its in-point less the song frame it plays at.
    """

    start: int
    end: int
    still: bool
    shift: int | None

    @property
    def frames(self) -> int:
        """How many frames are usable, 0 or more."""
        return max(0, self.end - self.start)

    @property
    def free(self) -> bool:
        """Whether its uses may start anywhere, but must not show the same frames again."""
        return not self.still and self.shift is None


def footage_of(source: Source, clock: Clock) -> Footage:
    """Return what a source offers on a clock; a window of a still means nothing."""
    start, end = 0, source.media.frames_on(clock)
    still = source.media.kind == "still"
    if source.window and not still:
        start = clock.frames_covering(source.window[0])
        end = min(end, clock.frames_within(source.window[1]))
    offset = source.sync_offset if source.role == "performance" else None
    # The nearest whole frame to (song time - offset) is the same distance at every frame.
    shift = None if offset is None or still else clock.frame_at(-offset)
    return Footage(start, end, still, shift)


def has_room(footage: Footage, lengths: Sequence[int]) -> bool:
    """Return whether shots of these lengths fit with an in-point of their own each."""
    if not footage.free:
        return True
    places = sorted(footage.frames - length + 1 for length in lengths)
    return all(count > before for before, count in enumerate(places))


def in_points(footage: Footage, lengths: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return where each use of a free source or still starts, in frames after its first.

    Uses share no frame while there is footage enough, and keep handles at both ends; beyond
    that they spread as widely as the footage lets them, no two starting alike.

    Args:
        footage: The source; ``has_room`` holds for these lengths.
        lengths: Frames of each use.
        rng: Draws the order of the uses and the gaps between them.
    """
    if footage.still:
        steps = [0, *np.cumsum([n + 2 * HANDLE_FRAMES for n in lengths[:-1]]).tolist()]
        return [HANDLE_FRAMES + step for step in steps]
    slack = footage.frames - sum(lengths)
    if slack < 0:
        return _spread(footage, lengths, rng)
    margin = min(HANDLE_FRAMES, slack // 2)
    cuts = np.sort(rng.integers(0, slack - 2 * margin + 1, len(lengths)))
    starts = [0] * len(lengths)
    used = 0
    for place, index in enumerate(rng.permutation(len(lengths)).tolist()):
        starts[index] = footage.start + margin + int(cuts[place]) + used
        used += lengths[index]
    return starts


def _spread(footage: Footage, lengths: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return starts of uses that must overlap: the tightest first, each on a free frame."""
    rooms = [footage.frames - length for length in lengths]
    places = rng.permutation(len(lengths))
    margin = max(0, min(HANDLE_FRAMES, (min(rooms) + 1 - len(lengths)) // 2))
    taken: set[int] = set()
    starts = [0] * len(lengths)
    for index in sorted(range(len(lengths)), key=lambda i: rooms[i]):
        share = int(places[index]) / max(1, len(lengths) - 1)
        wish = margin + round((rooms[index] - 2 * margin) * share)
        free = (k for k in range(rooms[index] + 1) if k not in taken)
        start = min(free, key=lambda k: abs(k - wish))
        taken.add(start)
        starts[index] = footage.start + start
    return starts


def repeats(starts: Sequence[int], lengths: Sequence[int]) -> bool:
    """Return whether any two uses share a frame."""
    spans = sorted(zip(starts, lengths, strict=True))
    return any(a + n > b for (a, n), (b, _) in itertools.pairwise(spans))
