"""The pictures of a timeline in whole frames: what is on screen, whichever track it lies on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, Metadata, known_block, plain
from otio_idolsync.cut.model import MediaRef, SequenceName, Shot
from otio_idolsync.cut.place import Leaf, open_track, speed_of
from otio_idolsync.cut.remark import Remark
from otio_idolsync.cut.shown import Stacked, Stretch, shown_of, shows_no_file
from otio_idolsync.timebase import Clock, media_rate, whole_frames

Blocks = Sequence[Sequence[Metadata]]
Hides = Callable[[Any], bool]


def pictures(
    timeline: otio.schema.Timeline,
    clock: Clock,
    losses: list[str],
    blocks: Blocks | None = None,
    hides: Hides | None = None,
) -> tuple[Shot, ...]:
    """Return what is on screen, in time order and without gaps.

    What is switched off, and gaps, stand where nothing else is seen.

    Args:
        timeline: Any OTIO timeline.
        clock: Its frames.
        losses: Gets a sentence for each thing that is left out.
        blocks: Of each picture track, the metadata of its clips, where the caller knows them.
        hides: Tells whether a clip hides what lies beneath; by default, every clip with a file.
    """
    clips: list[tuple[int, Leaf, Metadata | None]] = []
    last = 0
    for number, track in enumerate(timeline.video_tracks()):
        opened = open_track(track, clock.rate)
        known = blocks[number] if blocks else itertools.repeat(None)
        clips += [(number, leaf, own) for leaf, own in zip(opened.leaves, known, strict=False)]
        losses += [
            f"transition {one.name!r} at {clock.timecode(whole_frames(at))}"
            for at, _layer, one in opened.transitions
        ]
        losses += opened.notes
        last = max(last, whole_frames(opened.end))
    on = [track.enabled for track in timeline.video_tracks()]
    stack = [_stacked(number, leaf, on[number], hides) for number, leaf, _ in clips]
    shown = shown_of(stack)
    rows: list[tuple[Stretch, int]] = []
    for n, own in enumerate(shown):
        whole = ((stack[n].first, stack[n].end),)  # of what is switched off
        rows += [(stretch, n) for stretch in (own.seen or whole if own.leads else ())]
    _name_what_is_left(timeline, clips, {n for _, n in rows}, losses)
    return tuple(_joined(clock, sorted(rows), clips, stack, last))


def _stacked(number: int, leaf: Leaf, is_on: bool, hides: Hides | None) -> Stacked:
    first, end = whole_frames(leaf.at), whole_frames(leaf.at + leaf.length)
    opaque = hides is None or not (number or leaf.layer) or hides(leaf.clip)
    level = number, leaf.layer
    return Stacked(first, end, level, leaf.enabled and is_on, opaque, shows_no_file(leaf.clip))


def _name_what_is_left(
    timeline: otio.schema.Timeline,
    clips: Sequence[tuple[int, Leaf, Metadata | None]],
    carried: set[int],
    losses: list[str],
) -> None:
    for number, track in enumerate(timeline.video_tracks()):
        own = [n for n, (where, _, _) in enumerate(clips) if where == number]
        left = [n for n in own if n not in carried]
        name = track.name or f"V{number + 1}"
        if len(left) == len(own) and (own or number):
            losses.append(f"track {name!r} is not carried")
        elif left:
            what = ", ".join(repr(clips[n][1].clip.name) for n in left[:3])
            losses.append(f"{len(left)} clips on {name} that are not the picture: {what}")
        for n in own:
            effects = clips[n][1].clip.effects
            if len(effects):
                said = ", ".join(e.name or e.effect_name or type(e).__name__ for e in effects)
                clip = clips[n][1].clip.name
                losses.append(
                    Remark(clip, f"effects {said}", f"effects of {clip!r}: {said}", "clips")
                )


def _joined(
    clock: Clock,
    rows: Sequence[tuple[Stretch, int]],
    clips: Sequence[tuple[int, Leaf, Metadata | None]],
    stack: Sequence[Stacked],
    last: int,
) -> Iterator[Shot]:
    at = 0
    for (first, end), n in rows:
        if first > at:
            yield _gap(clock, at, first - at)
        number, leaf, block = clips[n]
        if block is None:
            block = plain(leaf.clip.metadata.get(KEY))
        passed = (first - stack[n].first) * speed_of(leaf.clip)
        start = (leaf.start + passed) / clock.rate
        yield _shot(clock, leaf, number, (first, end), start, known_block(block, "clip"))
        at = end
    if at < last:
        yield _gap(clock, at, last - at)


def _gap(clock: Clock, first: int, frames: int) -> Shot:
    media = MediaRef("missing", "", clock.rate, 0, frames)
    return Shot("", "", first, frames, media, Fraction(0), {}, None, False)


def _shot(
    clock: Clock, leaf: Leaf, track: int, seen: Stretch, start: Fraction, block: Metadata
) -> Shot:
    clip, frames = leaf.clip, seen[1] - seen[0]
    media = _media(clip.media_reference, clock, start, frames)
    face = clip.media_references().get("face")
    return Shot(
        str(block.get("shot_id", "")),
        clip.name,
        seen[0],
        frames,
        media,
        (start - media.start) * clock.rate,
        block,
        _media(face, clock, start, frames) if face else None,
        leaf.enabled,
        track,
    )


def _media(
    reference: otio.core.MediaReference | None, clock: Clock, start: Fraction, frames: int
) -> MediaRef:
    available = reference.available_range if reference else None  # None: no media were named
    if available:
        rate = media_rate(available.start_time.rate)
        first = whole_frames(Fraction(available.start_time.value))
        length = whole_frames(Fraction(available.duration.value))
    else:
        rate, first, length = clock.rate, clock.frame_at(start), frames
    if isinstance(reference, otio.schema.ImageSequenceReference):
        name = SequenceName(
            reference.name_prefix,
            reference.name_suffix,
            reference.start_frame,
            reference.frame_zero_padding,
            reference.frame_step,
        )
        return MediaRef("sequence", reference.target_url_base, rate, first, length, name)
    if isinstance(reference, otio.schema.ExternalReference):
        return MediaRef("external", reference.target_url, rate, first, length)
    slate = isinstance(reference, otio.schema.GeneratorReference)
    return MediaRef("slate" if slate else "missing", "", rate, first, length)
