"""Say what in a timeline is hardly meant: clips hours away from others, or beyond their media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.numbered import numbered_in
from otio_idolsync.cut.place import Leaf, frames_of, open_track, speed_of
from otio_idolsync.timebase import Clock, Frames, media_rate, whole_frames

_LONG_GAP_SECONDS = 600
_TOLD = 6
_STILLS = (
    ".bmp",
    ".heic",
    ".jpeg",
    ".jpg",
    ".jxl",
    ".png",
    ".psd",
    ".tga",
    ".tif",
    ".tiff",
    ".webp",
)


def doubts_of(timeline: otio.schema.Timeline, clock: Clock) -> tuple[str, ...]:
    """Return a sentence for each kind of clip that hardly lies where, or shows what, was meant."""
    return (*gaps_of(timeline, clock), *_beyond_media(timeline, clock))


def gaps_of(timeline: otio.schema.Timeline, clock: Clock) -> tuple[str, ...]:
    """Return a sentence for each clip that lies far behind everything before it.

    Some writers add a source's timecode to a clip's place in the timeline.
    """
    said = []
    for track in (*timeline.video_tracks(), *timeline.audio_tracks()):
        end: Frames = 0
        for leaf in _in_order(track, clock.rate):
            gap = leaf.at - end
            if gap >= _LONG_GAP_SECONDS * clock.rate:
                said.append(_far(clock, track.name, leaf, gap))
            end = max(end, leaf.at + leaf.length)
    return tuple(dict.fromkeys(said))


def _in_order(track: Any, rate: Fraction) -> Sequence[Leaf]:
    return sorted(open_track(track, rate).leaves, key=lambda leaf: leaf.at)


def _far(clock: Clock, track: str, leaf: Leaf, gap: Frames) -> str:
    counted = Clock(clock.rate, clock.drop_frame, 0)
    text = (
        f"clip {leaf.clip.name!r} on {track or 'a track'} begins {counted.timecode(round(gap))} "
        "after what lies before it"
    )
    source = _first_of(leaf, clock.rate)
    if not gap / 2 <= source <= leaf.at:
        return text
    return (
        f"{text}; the timecode of its source, {counted.timecode(whole_frames(source))}, was "
        "probably added to its place"
    )


def _first_of(leaf: Leaf, rate: Fraction) -> Frames:
    """Return the timecode at which a clip's media begin, else the clip's own, in frames."""
    available = _available(leaf.clip)
    return frames_of(available.start_time, rate) if available else leaf.start


def _available(clip: Any) -> Any:
    reference = clip.media_reference
    return reference.available_range if reference else None


def _beyond_media(timeline: otio.schema.Timeline, clock: Clock) -> Iterator[str]:
    before, behind = [], []
    for track in (*timeline.video_tracks(), *timeline.audio_tracks()):
        for leaf in _in_order(track, clock.rate):
            head, tail = _beyond(leaf, clock.rate)
            before += [(leaf.clip.name, head)] if head else []
            behind += [(leaf.clip.name, tail)] if tail else []
    for rows, one, many in (
        (before, "begins {} before its media", "begin before their media"),
        (behind, "reaches {} past the end of its media", "reach past the end of their media"),
    ):
        distinct = list(dict.fromkeys(rows))
        if len(distinct) == 1:
            ((name, frames),) = distinct
            yield f"clip {name!r} {one.format(_frames(frames))}"
        elif distinct:
            named = ", ".join(f"{name!r} by {_frames(n)}" for name, n in distinct[:_TOLD])
            more = f" and {len(distinct) - _TOLD} more" if len(distinct) > _TOLD else ""
            yield f"{len(distinct)} clips {many}: {named}{more}"


def _beyond(leaf: Leaf, rate: Fraction) -> tuple[int, int]:
    """Return how many timeline frames of a clip lie before and behind its media, 0 for none."""
    available, speed = _available(leaf.clip), abs(Fraction(speed_of(leaf.clip)))
    if not available or available.duration.value <= 1 or not _is_film(leaf.clip.media_reference):
        return 0, 0
    first = Fraction(frames_of(available.start_time, rate))
    end = first + frames_of(available.duration, rate)
    head = first - leaf.start
    tail = leaf.start + max(leaf.length * speed, Fraction(1)) - end
    least = max(Fraction(1), rate / media_rate(available.duration.rate))  # a frame of either
    shown = speed or Fraction(1)
    return _beyond_by(head, least, shown), _beyond_by(tail, least, shown)


def _beyond_by(frames: Fraction, least: Fraction, speed: Fraction) -> int:
    return whole_frames(frames / speed) if frames > least else 0


def _is_film(reference: Any) -> bool:
    """Return whether a reference names what has a beginning and an end, and is no still."""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return True
    url = str(getattr(reference, "target_url", None) or "")
    still = url.lower().endswith(_STILLS) and numbered_in(url.rpartition("/")[2]) is None
    return bool(url) and not still


def _frames(count: int) -> str:
    return f"{count} frame{'s' * (count != 1)}"
