"""Name a shot by everything that decides its pixels, and by nothing else.

A key holds the media's content (not its path), the in-point and length as exact fractions, the
picture settings and the encoder. The shot's place in the timeline is not in it, so a shot that
moved is already made.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import PIL

from otio_idolsync.media.colour import CONVERSION
from otio_idolsync.media.fields import DEINTERLACER
from otio_idolsync.media.frames import TOLERANCE, image_index
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.rendering.encode import encoder_settings
from otio_idolsync.rendering.model import (
    Black,
    Content,
    Footage,
    Layer,
    Layers,
    OutputFormat,
    Plate,
    ShotJob,
    Slate,
)

# Raised whenever the same job would give other pixels.
RENDERER = 3
# The same for shots of several layers only.
COMPOSITOR = 1
_PILLOW = f"pillow {PIL.__version__}"
_LIBRARIES = {name: list(version) for name, version in sorted(av.library_versions.items())}


def shot_key(job: ShotJob, output: OutputFormat, media: KnownMedia) -> str:
    """Return the key of a shot, 64 hex digits."""
    return key_of(shot_facts(job, output, media))


def key_of(facts: dict[str, Any]) -> str:
    """Return the key that a shot with these facts has, 64 hex digits."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def shot_facts(job: ShotJob, output: OutputFormat, media: KnownMedia) -> dict[str, Any]:
    """Return everything that decides a shot's pixels, as plain JSON."""
    facts = {
        "renderer": RENDERER,
        "encoder": encoder_settings(output),
        "libraries": _LIBRARIES,
        "size": [output.width, output.height],
        "rate": str(output.rate),
        "frames": job.frames,
        "content": _content(job.content, job.frames, output, media),
    }
    if output.final:
        facts["final"] = list(output.final)
    if job.burn_in:
        facts["burn_in"] = [job.burn_in[0], job.burn_in[-1]]
    return facts


def _content(
    content: Content, frames: int, output: OutputFormat, media: KnownMedia
) -> dict[str, Any]:
    if isinstance(content, Black):
        return {"black": True}
    if isinstance(content, Plate):
        return {"plate": list(content.color)}
    if isinstance(content, Slate):
        return {
            "slate": [content.title, content.place, *content.lines],
            "timecodes": [content.timecodes[0], content.timecodes[-1]],
        }
    if isinstance(content, Layers):
        layers = [_layer(layer, output, media) for layer in content.layers]
        how = {"mixed": content.mixed, "fit": output.fit, "compositor": COMPOSITOR}
        return {"layers": layers} | how
    facts: dict[str, Any] = {
        "media": [media.digest(path) for path in media_files(content, frames, output.rate)],
        "kind": content.info.kind,
        "start": str(content.start),
        "speed": str(content.speed),
        "fit": output.fit,
        "media_rate": str(content.info.rate) if content.info.kind == "sequence" else "",
        **({"stream": content.info.stream} if content.info.streams > 1 else {}),
        **({"reader": _PILLOW} if content.info.reader == "pillow" else {}),
    }
    signal = media.signal(content.info)
    colours, fields = signal.colours, output.fields(content.info, signal)
    # Said only where they show, so that all other shots stay what they are.
    if not colours.plain:
        facts["colours"] = [colours.primaries, colours.transfer, signal.peak, CONVERSION]
    if signal.profile == "matrix":
        facts["profile"] = CONVERSION
    if colours.hdr:
        facts["hdr"] = output.hdr
    if fields != "progressive":
        facts["fields"] = [fields, DEINTERLACER]
    return facts


def _layer(layer: Layer, output: OutputFormat, media: KnownMedia) -> list[Any]:
    shown = layer.frames - sum(layer.hold)
    return [
        _content(layer.content, shown, output, media),
        [layer.first, layer.frames, *layer.hold],
        repr(layer.look),
        repr(layer.ramps),
    ]


def media_files(footage: Footage, frames: int, rate: Fraction) -> list[Path]:
    """Return the files that so many frames read: one, or the images of a sequence they show."""
    info = footage.info
    if info.sequence is None:
        return [info.path]
    begin = max(footage.start, Fraction(0)) + TOLERANCE
    end = max(begin + (frames - 1) * footage.speed / rate, TOLERANCE)
    shown = (image_index(info, at, info.sequence) for at in (begin, end))
    first, last = sorted(shown)
    return [info.sequence.path_of(index) for index in range(first, last + 1)]
