"""Write media references as ``<file>`` elements, each path once by one id."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from otio_idolsync.interchange.xmeml import foreign, paths
from otio_idolsync.interchange.xmeml.dialects import Dialect
from otio_idolsync.interchange.xmeml.forms import Form, Grid, kind_of, seconds_of
from otio_idolsync.interchange.xmeml.values import (
    Count,
    exact_rate,
    nearest,
    rate_xml,
    readable,
    text_xml,
    whole,
    writable_rate,
)
from otio_idolsync.timebase import Clock, can_drop_frames

SLUG = "Slug"
_PARTS = ("name", "pathurl", "duration", "rate", "timecode", "media", "mediaSource")


Extent = tuple[Count, Count | None, tuple[float, float, float] | None, str]
"""A file's first frame and length in the sequence's frames, the range read back, and its XML."""


@dataclass(slots=True)
class File:
    """One ``<file>``: its text and what a reader makes of it.

    Attributes:
        id: Its id.
        origin: The frame of the sequence at which the media start.
        frames: Their length in frames of the sequence, or None where it is not known.
        xml: The whole element.
        read_name: The name that a reader finds.
        read_range: (start value, duration value, rate) that a reader finds, or None.
    """

    id: str
    origin: Count
    frames: Count | None
    xml: str
    read_name: str
    read_range: tuple[float, float, float] | None
    size: tuple[int, int] | None = None
    channels: int = 2
    kinds: set[str] = field(default_factory=set)


def path_of(reference: Form, dialect: Dialect) -> str | None:
    """Return the ``pathurl`` of a media reference, or None where it has no file."""
    kind = kind_of(reference)
    written = paths.bare_path_of if dialect.bare_paths else paths.pathurl_of
    if kind == "ExternalReference":
        return written(reference.get("target_url") or "")
    if kind == "ImageSequenceReference":
        names = numbering_of(reference)
        base = reference.get("target_url_base") or ""
        folder = base if not base or base.endswith("/") else base + "/"
        shown = names.bracketed if dialect.bracketed else names.first_name
        return written(folder + shown)
    return None


def numbering_of(reference: Form) -> paths.Numbering:
    """Return the names of an image sequence."""
    first, step = int(reference.get("start_frame", 1)), int(reference.get("frame_step", 1))
    available = reference.get("available_range")
    rate = exact_rate(reference.get("rate") or 24.0)
    count = max(1, nearest(seconds_of(available["duration"]) * rate)) if available else 1
    return paths.Numbering(
        reference.get("name_prefix", ""),
        reference.get("name_suffix", ""),
        first,
        first + (count - 1) * step,
        int(reference.get("frame_zero_padding", 0)),
    )


def shown_name(reference: Form) -> str:
    """Return the name under which a ``<file>`` goes; by default that of the file."""
    kind = kind_of(reference)
    if kind == "ImageSequenceReference":
        return numbering_of(reference).bracketed
    if reference.get("name"):
        return str(reference["name"])
    if kind == "ExternalReference":
        return paths.file_name(reference.get("target_url") or "")
    return str(reference.get("generator_kind") or "")


class Files:
    """All ``<file>`` elements of a document."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._files: dict[tuple[Any, float | None], File] = {}
        self._ids: set[str] = set()
        self._kinds: dict[Any, set[str]] = {}
        self._extents: dict[Any, Extent] = {}

    def note(self, reference: Form, kind: str) -> None:
        """Remember that media are used as ``video`` or ``audio``, before any is written."""
        self._kinds.setdefault(self._key(reference), set()).add(kind)

    def file(self, reference: Form, grid: Grid) -> File:
        """Return the file of a media reference."""
        key = self._key(reference)
        available = reference.get("available_range")
        start = available["start_time"] if available else None
        place = key, (start["value"] / (start["rate"] or 1) if start else None)
        found = self._files.get(place)
        if found is None:
            kinds = self._kinds.get(key, {"video"})
            found = self._made(f"file-{len(self._ids) + 1}", reference, grid, kinds)
            self._ids.add(found.id)
            # What says no range of its own is counted as the first that does.
            self._files.setdefault((key, None), found)
            self._files[place] = found
        return found

    def _key(self, reference: Form) -> Any:
        path = path_of(reference, self._dialect)
        if path:
            return path
        available = reference.get("available_range")
        ranged = str(available) if available else ""
        return kind_of(reference), shown_name(reference), ranged

    def _made(self, file_id: str, reference: Form, grid: Grid, kinds: set[str]) -> File:
        path, name = path_of(reference, self._dialect), shown_name(reference)
        extra = foreign.dictionary((reference.get("metadata") or {}).get(foreign.KEY))
        made = File(file_id, 0, None, "", readable(name), None, kinds=kinds)
        body = f"<name>{text_xml(name)}</name>"
        if path:
            body += f"<pathurl>{text_xml(path)}</pathurl>"
        elif kind_of(reference) != "MissingReference":
            body += f"<mediaSource>{text_xml(str(source_of(reference)))}</mediaSource>"
        body += self._extent(made, reference, grid)
        made.size = size_of(reference, extra)
        made.channels = channels_of(extra)
        body += self._media(made, extra)
        body += foreign.children_xml(extra, _PARTS)
        made.xml = f'<file id="{file_id}">{body}</file>'
        return made

    def _extent(self, made: File, reference: Form, grid: Grid) -> str:
        available = reference.get("available_range")
        if not available:
            return rate_xml(grid.rate) if kind_of(reference) == "GeneratorReference" else ""
        start, duration = available["start_time"], available["duration"]
        key = (start["value"], start["rate"], duration["value"], duration["rate"], grid.otio_rate)
        known = self._extents.get(key)
        if known is None:
            known = self._extents[key] = _extent_of(start, duration, grid, self._dialect)
        made.origin, made.frames, made.read_range, text = known
        return text

    def _media(self, made: File, extra: Form) -> str:
        kept = extra.get("media")
        if isinstance(kept, dict):
            return f"<media>{foreign.children_xml(kept)}</media>"
        video = "<video/>" if "video" in made.kinds else ""
        if video and (size := made.size):
            wide = f"<width>{size[0]}</width><height>{size[1]}</height>"
            video = f"<video><samplecharacteristics>{wide}</samplecharacteristics></video>"
        audio = ""
        if "audio" in made.kinds:
            audio = (
                "<audio><samplecharacteristics><depth>16</depth><samplerate>48000</samplerate>"
                f"</samplecharacteristics><channelcount>{made.channels}</channelcount></audio>"
            )
        return f"<media>{video}{audio}</media>"


def _extent_of(start: Form, duration: Form, grid: Grid, dialect: Dialect) -> Extent:
    rate = exact_rate(start["rate"])
    if not 1 <= rate <= 240 or not writable_rate(rate):
        rate = grid.rate
    own = grid if rate == grid.rate else Grid(rate, float(rate))
    first, length = (max(0, nearest(own.frames(time))) for time in (start, duration))
    said = dialect.file_duration
    origin = first if own is grid else whole(first / rate * grid.rate)
    frames = length if own is grid else whole(length / rate * grid.rate)
    clock = Clock(rate, can_drop_frames(rate), 0)
    shown = "DF" if clock.drop_frame else "NDF"
    text = (
        f"{rate_xml(rate)}<duration>{length if said else ''}</duration>"
        f"<timecode>{rate_xml(rate)}<string>{clock.timecode(first)}</string>"
        f"<frame>{first}</frame><displayformat>{shown}</displayformat></timecode>"
    )
    if not said:
        return origin, frames, None, text
    return origin, frames, (float(first), float(length), float(rate)), text


def source_of(reference: Form) -> str:
    """Return what ``<mediaSource>`` says of a generator: its kind where an editor gave it one."""
    extra = foreign.dictionary((reference.get("metadata") or {}).get(foreign.KEY))
    kind = str(reference.get("generator_kind") or "")
    return kind if kind and extra else SLUG


def generator_xml(reference: Form) -> str:
    """Return the ``<effect>`` of a generator that an editor made, or nothing."""
    extra = foreign.dictionary((reference.get("metadata") or {}).get(foreign.KEY))
    if kind_of(reference) != "GeneratorReference" or "effecttype" not in extra:
        return ""
    return (
        f"<effect><name>{text_xml(str(reference.get('name') or ''))}</name>"
        f"<effectid>{text_xml(str(reference.get('generator_kind') or ''))}</effectid>"
        f"{foreign.children_xml(extra, ('name', 'effectid'))}</effect>"
    )


def size_of(reference: Form, extra: Form) -> tuple[int, int] | None:
    """Return the pixels of a picture, where the reference knows them."""
    bounds = reference.get("available_image_bounds")
    if bounds:
        low, high = bounds["min"], bounds["max"]
        wide, high_ = high["x"] - low["x"], high["y"] - low["y"]
        if all(map(math.isfinite, (wide, high_))) and wide >= 1 and high_ >= 1:
            return round(wide), round(high_)
    video = foreign.dictionary(foreign.dictionary(extra.get("media")).get("video"))
    return pixels_of(foreign.dictionary(video.get("samplecharacteristics")))


def pixels_of(characteristics: Form) -> tuple[int, int] | None:
    """Return width and height of kept sample characteristics."""
    width, height = (str(characteristics.get(k) or "") for k in ("width", "height"))
    if width.isdecimal() and height.isdecimal() and len(width + height) < 16:
        return (int(width), int(height)) if int(width) and int(height) else None
    return None


def channels_of(extra: Form) -> int:
    """Return how many channels a sound has; two where nothing says."""
    media = foreign.dictionary(extra.get("media"))
    text = str(foreign.dictionary(media.get("audio")).get("channelcount") or "")
    return int(text) if text.isdecimal() and 0 < len(text) < 3 and int(text) else 2
