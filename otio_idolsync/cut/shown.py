"""What is on screen at each frame: of stacked items, the stretches that nothing covers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.url import name_in

Stretch = tuple[int, int]

_SOLID = frozenset(
    {"slate", "solid", "solidcolor", "color", "colour", "black", "white", "slug", "matte", "bars"}
)
_DRAWN = frozenset({".svg", ".svgz"})


@dataclass(frozen=True, slots=True)
class Stacked:
    """An item among those above and below it.

    Attributes:
        first: Its first frame.
        end: The frame after its last.
        level: Its track, and how many layers of a compound clip lie under it there.
        enabled: Whether it is switched on.
        opaque: Whether it fills the frame and hides what lies beneath.
        fileless: Whether it may be a title: it is one where something lies beneath.
    """

    first: int
    end: int
    level: tuple[int, int]
    enabled: bool = True
    opaque: bool = True
    fileless: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What is seen of an item.

    Attributes:
        seen: Half-open stretches in time order, () where it is covered or switched off.
        drawn: Whether it is drawn over pictures that stay seen: a title, an adjustment layer.
        covers: Whether it hides what lies beneath, or nothing lies there.
        leads: Whether it is the picture at its place; so is what is switched off where nothing
            else is seen.
    """

    seen: tuple[Stretch, ...]
    drawn: bool
    covers: bool
    leads: bool


def shown_of(stack: Sequence[Stacked]) -> list[Shown]:
    """Return what is seen of each item of a stack of tracks; what lies on top wins."""
    below, above, led = Union(), Union(), Union()
    rising = sorted(range(len(stack)), key=lambda n: stack[n].level)
    drawn, covering = [False] * len(stack), [True] * len(stack)
    for n in rising:
        item = stack[n]
        over = below.meets(item.first, item.end)
        drawn[n] = item.fileless and (over or bool(item.level[1]))
        covering[n] = not drawn[n] and (item.opaque or not over)
        if item.enabled and not drawn[n]:
            below.add(item.first, item.end)
    shown: dict[int, Shown] = {}
    for n in reversed(rising):
        item, covers = stack[n], covering[n]
        seen = tuple(above.free(item.first, item.end)) if item.enabled else ()
        if covers and item.enabled:
            above.add(item.first, item.end)
            for stretch in seen:
                led.add(*stretch)
        shown[n] = Shown(seen, drawn[n], covers, covers and bool(seen))
    for n in rising:
        item = stack[n]
        if not item.enabled and shown[n].covers and not led.meets(item.first, item.end):
            led.add(item.first, item.end)
            shown[n] = replace(shown[n], leads=True)
    return [shown[n] for n in range(len(stack))]


@dataclass(slots=True, eq=False)
class Union:
    """Frames that are taken, as half-open stretches that neither meet nor overlap."""

    _firsts: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)

    def add(self, first: int, end: int) -> None:
        """Take a stretch."""
        low, high = bisect_left(self._ends, first), bisect_right(self._firsts, end)
        if low < high:
            first, end = min(first, self._firsts[low]), max(end, self._ends[high - 1])
        self._firsts[low:high], self._ends[low:high] = [first], [end]

    def free(self, first: int, end: int) -> list[Stretch]:
        """Return what of a stretch is not taken."""
        found: list[Stretch] = []
        for n in range(bisect_right(self._ends, first), len(self._firsts)):
            if self._firsts[n] >= end:
                break
            if self._firsts[n] > first:
                found.append((first, self._firsts[n]))
            first = self._ends[n]
        return [*found, (first, end)] if first < end else found

    def meets(self, first: int, end: int) -> bool:
        """Return whether any frame of a stretch is taken."""
        return self.free(first, end) != [(first, end)]


def shows_no_file(clip: Any) -> bool:
    """Return whether a clip is a title, an adjustment layer or another thing drawn over pictures.

    Colours, slates and bars fill the frame and are none; neither is a drawing's file with a
    transparent ground, which an editor's titles are.
    """
    reference = clip.media_reference
    if isinstance(reference, otio.schema.GeneratorReference):
        kinds = (reference.generator_kind, reference.name)
        words = {part for kind in kinds for part in str(kind or "").casefold().split()}
        return not words & _SOLID
    url = str(getattr(reference, "target_url", None) or getattr(reference, "target_url_base", ""))
    return not url or PurePosixPath(name_in(url)).suffix.lower() in _DRAWN
