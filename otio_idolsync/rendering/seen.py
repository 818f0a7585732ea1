"""Say which clips a movie shows: what lies under opaque pictures all the time is not seen."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from otio_idolsync.cut.look import Look
from otio_idolsync.errors import IdolsyncError
from otio_idolsync.media.probe import open_media
from otio_idolsync.rendering.model import (
    Black,
    Content,
    Footage,
    Layer,
    Layers,
    OutputFormat,
    Plate,
    ShotJob,
    leaves,
)
from otio_idolsync.rendering.picture import place_of

_OPAQUE = ("yuv4", "yuvj", "nv", "gray", "gbrp", "rgb24", "bgr24", "rgb48", "bgr48", "p010", "p210")


def first_seen(
    jobs: Sequence[ShotJob], output: OutputFormat, among: Collection[str], through: bool = False
) -> list[str]:
    """Return which clips are seen, by their ids, in the order in which they are.

    Args:
        jobs: The shots.
        output: The movie's format.
        among: The ids that are looked for.
        through: Whether what lies under other pictures counts as seen.
    """
    wanted, found = set(among), dict[str, int]()
    for job in jobs:
        if wanted.isdisjoint(_ids(job.content)):
            continue
        frames = set(range(job.frames))
        for shot_id, frame in _seen(job.content, frames, None if through else output, wanted):
            at = job.first_frame + frame
            found[shot_id] = min(at, found.get(shot_id, at))
    return sorted(found, key=lambda shot_id: found[shot_id])


def _seen(
    content: Content, frames: set[int], output: OutputFormat | None, wanted: set[str]
) -> Iterator[tuple[str, int]]:
    """Yield the wanted clips that a content shows at some frames, each with the first of them."""
    if isinstance(content, Footage):
        if frames and content.shot_id in wanted:
            yield content.shot_id, min(frames)
    elif isinstance(content, Layers):
        left = set(frames)
        for index, layer in reversed(list(enumerate(content.layers))):
            shown = _own(layer, left)
            for shot_id, frame in _seen(layer.content, shown, output, wanted):
                yield shot_id, frame + layer.first
            beneath = content.layers[:index]
            if output and not content.mixed and any(_ids(b.content) & wanted for b in beneath):
                left -= {k + layer.first for k in _covered(layer, output)}


def _own(layer: Layer, frames: set[int]) -> set[int]:
    return {k - layer.first for k in frames if 0 <= k - layer.first < layer.frames}


def ids_in(job: ShotJob) -> set[str]:
    """Return the ids of the clips that a shot is made of."""
    return {job.shot_id, *_ids(job.content)}


def _ids(content: Content) -> set[str]:
    return {leaf.shot_id for leaf, _ in leaves(content, 1) if isinstance(leaf, Footage)}


def _covered(layer: Layer, output: OutputFormat) -> set[int]:
    """Return the frames of a layer at which nothing beneath it is seen."""
    frames = {k for k in range(layer.frames) if layer.weight(layer.first + k) == 1}
    return frames & _opaque(layer.content, layer.frames, layer.look, output)


def _opaque(content: Content, frames: int, look: Look, output: OutputFormat) -> set[int]:
    every = set(range(frames))
    if isinstance(content, Black) or look.opacity != 1 or any(look.crop) or look.degrees:
        return set()
    if isinstance(content, Footage):
        fills = _fills((content.info.width, content.info.height), look, output)
        return every if fills and not _has_alpha(content.info.path) else set()
    if isinstance(content, Layers):
        parts = (_covered(layer, output) for layer in content.layers)
        shown = (
            {k + layer.first for k in part}
            for layer, part in zip(content.layers, parts, strict=True)
        )
        return every & set().union(*shown) if look.plain else set()
    return every if look.plain or not isinstance(content, Plate) else set()


def _fills(display: tuple[int, int], look: Look, output: OutputFormat) -> bool:
    place = place_of(look, display, output)
    across = place.left <= 0 and place.left + place.width >= output.width
    return across and place.top <= 0 and place.top + place.height >= output.height


@functools.lru_cache(maxsize=1024)
def _has_alpha(path: Path) -> bool:
    """Return whether something may shine through a file's picture."""
    try:
        with open_media(path) as (_container, stream):
            return not (stream.codec_context.pix_fmt or "").startswith(_OPAQUE)
    except IdolsyncError:
        return True
