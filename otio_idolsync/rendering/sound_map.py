"""Find the song on A1, and name all other sound that will not be heard."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from otio_idolsync.errors import RenderError
from otio_idolsync.rendering.locate import Locator
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.rendering.soundtrack import sound_seconds
from otio_idolsync.timebase import Clock, exact_seconds


def sound_pieces(
    tracks: Sequence[otio.schema.Track], clock: Clock, locator: Locator
) -> tuple[tuple[SoundPiece, ...], list[str]]:
    """Return what A1 plays, and a sentence for each sound that is left out.

    Raises:
        RenderError: A sound file is missing or was never linked.
    """
    pieces: list[SoundPiece] = []
    warnings: list[str] = []
    if tracks and tracks[0].enabled:
        at = Fraction(0)
        for item in tracks[0]:
            if isinstance(item, otio.schema.Transition):
                warnings.append(f"audio transition {item.name!r} on A1 is not rendered")
                continue
            if isinstance(item, otio.schema.Clip) and item.enabled:
                pieces.append(_piece(item, at, clock, locator))
                warnings += [f"audio effect {e.name!r} on A1 is not rendered" for e in item.effects]
            elif isinstance(item, otio.core.Composition):
                warnings.append(f"nested sequence {item.name!r} on A1 is not heard")
            at += exact_seconds(item.duration())
    if not pieces:
        warnings.append("the timeline has no sound on A1; the movie is silent")
    for number, track in enumerate(tracks[1:], 2):
        clips = [clip for clip in track.find_clips() if clip.enabled]
        if clips and track.enabled:
            warnings.append(f"audio track A{number} with {len(clips)} clips is not heard; only A1")
    return tuple(pieces), warnings


def _piece(clip: otio.schema.Clip, at: Fraction, clock: Clock, locator: Locator) -> SoundPiece:
    reference = clip.media_reference
    url = getattr(reference, "target_url", None)
    if not url:
        raise RenderError(f"sound {clip.name!r} on A1 has no media; link the song again")
    path = locator.find(url)
    if not path.is_file():
        raise RenderError(f"song {path} does not exist; check the path, or use --map OLD=NEW")
    heard = clip.trimmed_range()
    available = reference.available_range
    origin = exact_seconds(available.start_time) if available else Fraction(0)
    start = exact_seconds(heard.start_time) - origin
    length = exact_seconds(heard.duration)
    if start < 0:  # silence before the file's first sample
        at, length, start = at - start, length + start, Fraction(0)
    ends = [sound_seconds(path), exact_seconds(available.duration) if available else None]
    # A song in whole frames is up to a frame shorter or longer than the song: it is never cut.
    known = [end for end in ends if end is not None]
    to_the_end = not known or start + length >= min(known) - 1 / clock.rate
    return SoundPiece(path, start, None if to_the_end else length, at)
