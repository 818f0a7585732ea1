"""Read ``<file>`` elements as media references."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.xmeml import foreign, paths
from otio_idolsync.interchange.xmeml.carrier import exact_times, object_of, put_metadata
from otio_idolsync.interchange.xmeml.document import Scope
from otio_idolsync.interchange.xmeml.values import (
    Count,
    Parts,
    nearest,
    number,
    rate_of,
    start_of,
    whole,
)

_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange
_PARTS = ("name", "pathurl", "duration", "rate", "mediaSource", "metadata", "@id")
_TIMECODE_PARTS = ("rate", "string", "frame")


@dataclass(slots=True)
class Media:
    """What a ``<file>`` says.

    Attributes:
        name: Its name.
        path: Its ``pathurl``, or "".
        source: Its ``mediaSource``, or "".
        first: The frame at which the media start, counted at their rate.
        timed: Whether it has a timecode.
        rate: The media's rate.
        frames: The media's length in its own frames, or None.
        still: Whether it is a single picture.
        element: The element.
    """

    name: str
    path: str
    source: str
    first: Count
    timed: bool
    rate: Fraction
    frames: int | None
    still: bool
    element: Any

    def length_at(self, rate: Fraction) -> Count | None:
        """Return the media's length in frames of another rate."""
        return None if self.frames is None else self._at(self.frames, rate)

    def origin_at(self, rate: Fraction) -> Count:
        """Return the frame of another rate at which the media start."""
        return self._at(self.first, rate)

    def _at(self, count: Count, rate: Fraction) -> Count:
        same = self.rate is rate or self.rate == rate
        return count if same or not count else whole(count / self.rate * rate)


def media_of(scope: Scope, element: Any, still: bool) -> Media:
    """Return what a whole ``<file>`` element says.

    Raises:
        InterchangeError: A number in it is none, or negative where it cannot be.
    """
    parts = Parts(element)
    rate = rate_of(parts) or scope.rate
    duration = number(parts, "duration")
    timecode = parts.find("timecode")
    start, counted = start_of(timecode, rate)
    if counted != rate and start:
        start = whole(start / counted * rate)
    if start < 0 or (duration is not None and duration < 0):
        raise InterchangeError(f"file {parts.findtext('name')!r} has a negative time")
    return Media(
        parts.findtext("name") or "",
        (parts.findtext("pathurl") or "").strip(),
        (parts.findtext("mediaSource") or "").strip(),
        start,
        timecode is not None,
        rate,
        None if duration is None else nearest(duration),
        still,
        element,
    )


def reference_of(scope: Scope, media: Media, used: Count, block: dict[str, Any]) -> Any:
    """Return the media reference of a clip.

    Args:
        scope: The sequence.
        media: What its file says.
        used: The clip's last source frame, in frames of the sequence from the media's first; the
            available range reaches at least there where the file has no duration.
        block: The clip's own block.
    """
    if "R" in block and _path_stands(media, block):
        return object_of(block["R"], otio.core.MediaReference)
    changes = block.get("r") if block else None
    changes = changes if isinstance(changes, dict) else {}
    if changes and not _unchanged(media, changes):
        changes = {}
    told = "range" in changes
    available = exact_times(changes, "range") if told else _available(scope, media, used)
    reference = _plain(media, available)
    _describe(reference, media, block, changes)
    if "bounds" in changes:
        reference.available_image_bounds = object_of(changes["bounds"], otio.schema.Box2d)
    return reference


def _path_stands(media: Media, block: dict[str, Any]) -> bool:
    return media.path == (block.get("p") or "")


def _unchanged(media: Media, changes: dict[str, Any]) -> bool:
    """Return whether a block's changes are of these media: an editor may have relinked them."""
    return changes.get("p") == paths.fingerprint(media.path)


def _plain(media: Media, available: Any) -> Any:
    if not media.path:
        if media.source:
            return otio.schema.GeneratorReference(media.name, media.source, available)
        return otio.schema.MissingReference(media.name, available)
    url = paths.url_of(media.path)
    folder, slash, last = url.rpartition("/")
    names = _sequence_names(media, last)
    if names is None:
        return otio.schema.ExternalReference(url, available)
    return otio.schema.ImageSequenceReference(
        target_url_base=folder + slash,
        name_prefix=names.prefix,
        name_suffix=names.suffix,
        start_frame=names.first,
        frame_step=1,
        rate=float(media.rate),
        frame_zero_padding=names.padding,
        available_range=available,
    )


def _sequence_names(media: Media, last: str) -> paths.Numbering | None:
    """Return the numbering of an image sequence.

    A range in brackets says so, in the path (Resolve) or in the file's name beside the path of the
    first picture; a film format with a duration is one in any case. A numbered JPEG alone is more
    often a photograph.
    """
    if ranged := paths.bracketed(last):
        return ranged
    single = paths.numbered(last)
    if single is None or media.still:
        return None
    named = paths.bracketed(media.name)
    if named and named.suffix == single.suffix and named.first == single.first:
        return paths.Numbering(
            single.prefix, single.suffix, single.first, named.last, single.padding
        )
    return single if paths.is_film(last) and (media.frames or 0) > 1 else None


def _describe(reference: Any, media: Media, block: dict[str, Any], changes: dict[str, Any]) -> None:
    url = changes.get("url")
    if isinstance(url, str) and isinstance(reference, otio.schema.ExternalReference):
        reference.target_url = url
    name = changes.get("name")
    if isinstance(name, str):
        reference.name = name
    elif isinstance(reference, otio.schema.ExternalReference):
        reference.name = media.name
    if changes.get("m"):
        put_metadata(reference, changes["m"])
    elif not block:
        kept = foreign.kept(media.element, _PARTS)
        timecode = kept.pop("timecode", None)
        if isinstance(timecode, dict):
            rest = {k: v for k, v in timecode.items() if k not in _TIMECODE_PARTS}
            kept |= {"timecode": rest} if rest else {}
        if kept:
            reference.metadata[foreign.KEY] = kept


def _available(scope: Scope, media: Media, used: Count) -> Any:
    if media.frames is None and not media.timed:
        return None
    rate = scope.otio_rate if media.rate is scope.rate else float(media.rate)
    frames = media.frames
    if frames is None:
        frames = max(0, nearest(used / scope.rate * media.rate))
    return _TR(_RT(float(media.first), rate), _RT(float(frames), rate))
