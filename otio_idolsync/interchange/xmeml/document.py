"""One xmeml document while it is read: what its ids mean, and how much may come of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lxml import etree

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.song_marks import Rider
from otio_idolsync.interchange.xmeml.values import rate_of

MAX_ITEMS = 250_000
"""Clips that a document may unfold into: nested sequences by reference grow without bound."""

MAX_NESTING = 40
_count_clips = etree.XPath("count(media/*/track/clipitem)")


class Document:
    """The parsed file and its ids.

    Attributes:
        root: Its root element.
        doubts: A sentence for each place where a sequence says what cannot be.
    """

    def __init__(self, root: Any) -> None:
        """Take a parsed document."""
        self.root = root
        self.doubts: list[str] = []
        self._whole: dict[tuple[str, str], Any] = {}
        self._open: list[Any] = []
        self._items = 0
        self._counts: dict[Any, int] = {}
        self._items_by_id: dict[tuple[str, str], Any] | None = None
        for element in root.iter("file", "sequence"):
            if len(element) and (found := element.get("id")):
                self._whole.setdefault((element.tag, found), element)

    def whole(self, element: Any) -> Any:
        """Return an element that has content: itself, or the one with content by its id."""
        if element is None or len(element):
            return element
        return self._whole.get((element.tag, element.get("id") or ""), element)

    def whole_item(self, empty: Any) -> Any:
        """Return the clip that an empty one names by its id, as some writers do for its picture."""
        if self._items_by_id is None:
            named = self.root.iter("clipitem", "generatoritem", "transitionitem")
            self._items_by_id = {(e.tag, e.get("id")): e for e in named if len(e) and e.get("id")}
        return self._items_by_id.get((empty.tag, empty.get("id")), empty)

    def refuse_unfolding(self, sequence: Any) -> None:
        """Count the items that a sequence unfolds into, before any of them is made.

        Raises:
            InterchangeError: There are too many, or a sequence contains itself.
        """
        self._items += self._unfolded(sequence)
        if self._items > MAX_ITEMS:
            raise InterchangeError(f"its nested sequences unfold into more than {MAX_ITEMS} clips")

    def _unfolded(self, sequence: Any) -> int:
        known = self._counts.get(sequence)
        if known is not None:
            return known
        with self.inside(sequence):
            count = int(_count_clips(sequence))
            for inner in sequence.iterfind("media/*/track/clipitem/sequence"):
                count += self._unfolded(self.whole(inner))
        self._counts[sequence] = count
        return count

    @contextlib.contextmanager
    def inside(self, sequence: Any) -> Iterator[None]:
        """Remember which sequence is being read.

        Raises:
            InterchangeError: It contains itself, or is nested too deep.
        """
        if any(one is sequence for one in self._open):
            raise InterchangeError(f"sequence {sequence.get('id')!r} contains itself")
        if len(self._open) >= MAX_NESTING:
            raise InterchangeError(f"sequences are nested deeper than {MAX_NESTING} levels")
        self._open.append(sequence)
        try:
            yield
        finally:
            self._open.pop()


@dataclass(frozen=True, slots=True)
class Scope:
    """A sequence's frames, for all that is read inside it.

    Attributes:
        document: The file.
        rate: Frames per second.
        otio_rate: The same as OTIO writes it.
        media: ``video`` or ``audio``: what the track holds.
        riders: Markers of the sequence that are found on its clips; None where there is none.
        alone: Whether its items' own rates say nothing.
    """

    document: Document
    rate: Fraction
    otio_rate: float
    media: str = "video"
    riders: list[Rider] | None = None
    alone: bool = False


def scope_of(document: Document, sequence: Any, outer: Scope | None = None) -> Scope:
    """Return the frames of a sequence: its own rate, or the next best that it mentions.

    Raises:
        InterchangeError: Nothing in it says a rate.
    """
    rate = rate_of(sequence)
    for path in ("timecode", "media/video/format/samplecharacteristics", "media//clipitem"):
        if rate is None and (element := sequence.find(path)) is not None:
            rate = rate_of(element)
    if rate is None and outer is not None:
        rate = outer.rate
    if rate is None:
        name = sequence.findtext("name") or ""
        raise InterchangeError(f"sequence {name!r} has no <rate>, so its times mean nothing")
    if not 1 <= rate <= 1000:
        raise InterchangeError(f"a sequence runs at {float(rate):g} frames per second")
    # OpenShot alone writes a decimal number there, and one rate on all items of all projects.
    alone = "." in (sequence.findtext("rate/timebase") or "")
    return Scope(document, rate, float(rate), riders=[], alone=alone)
