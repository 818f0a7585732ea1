"""Find all that sounds: the song on A1, other sound beside it, its levels and fades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import RenderError
from otio_idolsync.rendering.levels import Level, level_of
from otio_idolsync.rendering.locate import Locator
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.rendering.soundtrack import sound_delay, sound_seconds
from otio_idolsync.timebase import Clock, exact_seconds

_EVEN_POWER = ("3db", "constant power", "equal power")


@dataclass(frozen=True, slots=True)
class _Cross:
    """A transition, in exact seconds of the track: where it begins and ends."""

    begin: Fraction
    end: Fraction
    even_power: bool

    @property
    def seconds(self) -> Fraction:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class _Heard:
    """An item and where it sounds, with the transitions on both sides."""

    item: Any
    begin: Fraction
    end: Fraction
    before: _Cross | None = None
    behind: _Cross | None = None


def sound_pieces(
    tracks: Sequence[otio.schema.Track], clock: Clock, locator: Locator
) -> tuple[tuple[SoundPiece, ...], list[str]]:
    """Return what sounds, A1 first, and a sentence for each sound that is left out.

    Raises:
        RenderError: A sound file is missing or was never linked.
    """
    pieces: list[SoundPiece] = []
    warnings: list[str] = []
    for number, track in enumerate(tracks, 1):
        if not track.enabled:
            continue
        name = f"A{number}"
        warnings += [f"audio effect {e.name!r} on {name} is not rendered" for e in track.effects]
        for heard in _heard(track):
            if isinstance(heard.item, otio.core.Composition):
                warnings.append(f"nested sequence {heard.item.name!r} on {name} is not heard")
            elif isinstance(heard.item, otio.schema.Clip) and heard.item.enabled:
                level, said = level_of(heard.item)
                warnings += [f"{heard.item.name!r} on {name}: {sentence}" for sentence in said]
                piece = _piece(heard, name, level, clock, locator)
                pieces += [piece] if piece.gain else []
    if not pieces:
        warnings.append("the timeline has no sound on A1; the movie is silent")
    return tuple(pieces), warnings


def _heard(track: otio.schema.Track) -> Iterator[_Heard]:
    """Yield a track's items, each with the transitions beside it."""
    at = Fraction(0)
    items: list[_Heard] = []
    crossing: _Cross | None = None
    for item in track:
        if not isinstance(item, otio.schema.Transition):
            end = at + exact_seconds(item.duration())
            items.append(_Heard(item, at, end, before=crossing))
            at, crossing = end, None
            continue
        name = f"{item.name} {item.transition_type}".lower()
        begin = max(at - exact_seconds(item.in_offset), items[-1].begin if items else at)
        crossing = _Cross(
            begin,
            at + exact_seconds(item.out_offset),
            any(word in name for word in _EVEN_POWER),
        )
        if items:
            items[-1] = replace(items[-1], behind=crossing)
    yield from items


def _piece(heard: _Heard, track: str, level: Level, clock: Clock, locator: Locator) -> SoundPiece:
    clip = heard.item
    url = getattr(clip.media_reference, "target_url", None)
    if not url:
        raise RenderError(f"sound {clip.name!r} on {track} has no media; link the song again")
    path = locator.find(url)
    if not path.is_file():
        raise RenderError(f"song {path} does not exist; check the path, or use --map OLD=NEW")
    available = clip.media_reference.available_range
    origin = exact_seconds(available.start_time) if available else Fraction(0)
    begin = heard.before.begin if heard.before else heard.begin
    end = heard.behind.end if heard.behind else heard.end
    start = exact_seconds(clip.trimmed_range().start_time) - origin
    start += begin - heard.begin - sound_delay(path)
    length, at = end - begin, begin
    if start < 0:  # silence before the file's first sample
        at, length, start = at - start, length + start, Fraction(0)
    ends = [sound_seconds(path), exact_seconds(available.duration) if available else None]
    # A song in whole frames is up to a frame shorter or longer than the song: it is never cut.
    known = [seconds for seconds in ends if seconds is not None]
    to_the_end = not known or start + length >= min(known) - 1 / clock.rate
    fade_in = max(level.fade_in, heard.before.seconds if heard.before else Fraction(0))
    fade_out = max(level.fade_out, heard.behind.seconds if heard.behind else Fraction(0))
    whole = to_the_end and track == "A1" and not fade_out
    even_power = any(cross.even_power for cross in (heard.before, heard.behind) if cross)
    return SoundPiece(
        path,
        start,
        None if whole else max(length, Fraction(0)),
        at,
        level.gain,
        min(fade_in, length),
        min(fade_out, length),
        even_power,
    )
