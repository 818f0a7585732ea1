"""Tell how the pictures of a file are coded: their colours, and whether frames hold two fields."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otio_idolsync.media.colour import PLAIN, Colours, colours_of
from otio_idolsync.media.fields import Fields, fields_of
from otio_idolsync.media.files import existing_file
from otio_idolsync.media.icc import Profile, profile_of
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.probe import open_media
from otio_idolsync.media.side_data import LIGHT_LEVEL, MASTERING_DISPLAY, side_data
from otio_idolsync.media.stamp import Stamp, file_stamp

# Raised whenever something else is found in the same file.
SIGNAL = 2
_PLACES = (Fraction(0), Fraction(1, 3), Fraction(2, 3))
_FRAMES = 9
# Above this nothing was ever taken in fields.
_TALLEST, _FASTEST = 1088, Fraction(61, 2)


@dataclass(frozen=True, slots=True)
class Signal:
    """How pictures are coded.

    Attributes:
        colours: Their colours.
        peak: The brightest light in cd/m2, as a PQ file says it; 0 where nothing does.
        fields: Whether frames hold two fields, and which is first.
        profile: Whether an ICC profile gives a still other colours, and whether it is understood.
    """

    colours: Colours = PLAIN
    peak: float = 0.0
    fields: Fields = "progressive"
    profile: Profile = ""

    def to_json(self) -> list[Any]:
        """Return it as plain JSON."""
        colours = self.colours.primaries, self.colours.transfer
        return [*colours, self.peak, self.fields, self.profile]

    @classmethod
    def from_json(cls, data: Any) -> Signal:
        """Return what `to_json` wrote."""
        primaries, transfer, peak, fields, profile = data
        return cls(Colours(int(primaries), int(transfer)), float(peak), fields, profile)


def signal_of(info: MediaInfo) -> Signal:
    """Return how the pictures of media are coded, read once in a process.

    Raises:
        MediaError: The file cannot be read.
    """
    if info.reader == "pillow":  # which gives plain RGB
        return Signal()
    return _known(existing_file(info.path, "media"), file_stamp(info.path))


@functools.lru_cache(maxsize=1024)
def _known(path: Path, stamp: Stamp) -> Signal:
    return read_signal(path)


def read_signal(path: Path) -> Signal:
    """Return how the pictures of a video, a still, or the first of a sequence are coded.

    Raises:
        MediaError: The file cannot be read.
    """
    with open_media(existing_file(path, "media")) as (container, stream):
        groups = list(_groups(container, stream))
        rate = stream.average_rate or Fraction(0)
    frames = [frame for group in groups for frame in group]
    if not frames:
        return Signal()
    told = [colours_of(frame) for frame in frames]
    colours = next((found for found in told if found.hdr), told[0])
    flagged = any(frame.interlaced_frame for frame in frames)
    fields: Fields = "progressive"
    if frames[0].height <= _TALLEST and (flagged or rate <= _FASTEST):
        fields = fields_of(groups)
    # What the codes themselves are said to be outweighs a profile.
    profile = profile_of(path) if len(frames) == 1 and colours.plain else ""
    return Signal(colours, _peak(frames) if colours.hdr == "PQ" else 0.0, fields, profile)


def _groups(container: InputContainer, stream: VideoStream) -> Iterator[list[VideoFrame]]:
    """Yield frames that follow each other, from each place that the file lets itself be searched.

    A place where it is damaged has none: whoever shows it will say so.
    """
    begins = set()
    for place in _PLACES if stream.duration else _PLACES[:1]:
        group: list[VideoFrame] = []
        with contextlib.suppress(av.error.FFmpegError, OSError):
            if place:
                at = (stream.start_time or 0) + place * (stream.duration or 0)
                container.seek(math.floor(at), stream=stream)
            for frame in itertools.islice(container.decode(stream), _FRAMES):
                group.append(frame)
        if group and group[0].pts not in begins:
            begins.add(group[0].pts)
            yield [frame for frame in group if not frame.is_corrupt]


def _peak(frames: Sequence[VideoFrame]) -> float:
    """Return the brightest light that a file says it holds: its content's, else its display's."""
    for frame in frames:
        level = side_data(frame, LIGHT_LEVEL)
        if level and (content := int(np.frombuffer(level, np.uint32)[0])):
            return float(content)
        mastering = side_data(frame, MASTERING_DISPLAY)
        if mastering:
            numbers = np.frombuffer(mastering, np.int32)
            # Three primaries and white, x and y each; then the least and the most light.
            over, under, told = numbers[18], numbers[19], numbers[21]
            if told and under and over > 0:
                return float(over / under)
    return 0.0
