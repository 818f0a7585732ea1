"""What is known of a clip, still or image sequence on disk, once it has been probed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from otio_idolsync.timebase import Clock

MediaKind = Literal["video", "still", "sequence"]
Reader = Literal["libav", "pillow"]
STILL_SECONDS = 24 * 3600
_COUNTS = ("frames", "start_frame", "width", "height", "stream", "streams")


@dataclass(frozen=True, slots=True)
class ImageSequence:
    """Numbered images that play as one clip: ``folder/prefix + number + suffix``."""

    folder: Path
    prefix: str
    suffix: str
    first: int
    count: int
    padding: int
    step: int = 1

    def path_of(self, index: int) -> Path:
        """Return the file of the ``index``-th image."""
        number = self.first + index * self.step
        return self.folder / f"{self.prefix}{number:0{self.padding}d}{self.suffix}"


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A picture source as probed.

    Attributes:
        path: Absolute path; of a sequence, its first image.
        kind: Video, still or image sequence.
        rate: Frames per second; the average of a variable-rate clip, the timeline's wish
            (24 by default) of a sequence, 24 of a still.
        frames: Whole frames that can be shown, at ``rate``; a still's is 24 h.
        start_frame: Timecode of the first frame, counted in frames at ``rate``; 0 without one.
        width: Display width in pixels, after rotation and pixel aspect.
        height: Display height in pixels.
        sequence: The numbering, of a sequence only.
        stream: Which of the file's video streams is shown, from 0.
        streams: How many there are to choose from; covers and thumbnails are none.
        reader: What decodes it: ffmpeg's libraries, or Pillow where that shows more.
    """

    path: Path
    kind: MediaKind
    rate: Fraction
    frames: int
    start_frame: int
    width: int
    height: int
    sequence: ImageSequence | None = None
    stream: int = 0
    streams: int = 1
    reader: Reader = "libav"

    @property
    def choice(self) -> str:
        """Which video stream was taken, said of the file; "" where there was none to choose."""
        if self.streams < 2:
            return ""
        shown = f"stream {self.stream} ({self.width}x{self.height}) is shown, counted from 0"
        return f"has {self.streams} video streams: {shown}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for another process."""
        plain = {name: getattr(self, name) for name in MediaInfo.__slots__}
        sequence = self.sequence and {
            name: getattr(self.sequence, name) for name in ImageSequence.__slots__
        }
        if sequence:
            sequence["folder"] = str(sequence["folder"])
        return plain | {"path": str(self.path), "rate": str(self.rate), "sequence": sequence}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> MediaInfo:
        """Return what `to_json` wrote."""
        sequence = data["sequence"]
        if sequence:
            sequence = ImageSequence(**(sequence | {"folder": Path(sequence["folder"])}))
        counts = {name: int(data[name]) for name in _COUNTS}
        exact = {"path": Path(data["path"]), "rate": Fraction(data["rate"])}
        return cls(**(data | counts | exact | {"sequence": sequence}))

    @property
    def seconds(self) -> Fraction:
        """How long it lasts, in exact seconds."""
        return self.frames / self.rate

    def frames_on(self, clock: Clock) -> int:
        """Return how many whole timeline frames it can fill."""
        return clock.frames_within(self.seconds)
