"""What a render is made of: the output's format, the shot jobs, and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from otio_idolsync.errors import UsageError
from otio_idolsync.media.model import MediaInfo

Fit = Literal["fit", "fill", "crop"]
AudioCodec = Literal["aac", "alac", "pcm"]
Missing = Literal["error", "slate"]
Action = Literal["reused", "encoded", "regenerated", "slate"]
FITS: tuple[Fit, ...] = ("fit", "fill", "crop")
AUDIO_CODECS: tuple[AudioCodec, ...] = ("aac", "alac", "pcm")
LARGEST_SIDE = 16384


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The picture that every shot is brought to.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        rate: Frames per second.
        fit: ``fit`` shows the whole source with black bars, ``fill`` covers the picture and cuts
            off what is over, ``crop`` keeps the source's own pixels, centred.
    """

    width: int
    height: int
    rate: Fraction
    fit: Fit = "fit"

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2:
            raise UsageError(f"size {self.width}x{self.height} is odd; H.264 needs even sides")
        if not (16 <= self.width <= LARGEST_SIDE and 16 <= self.height <= LARGEST_SIDE):
            raise UsageError(
                f"size {self.width}x{self.height} is outside 16 to {LARGEST_SIDE} pixels a side"
            )
        if self.fit not in FITS:
            raise UsageError(f"fit {self.fit!r} is none of {', '.join(FITS)}")


@dataclass(frozen=True, slots=True)
class Footage:
    """Media that a shot shows.

    Attributes:
        info: What was probed.
        start: Exact seconds from the media's first frame to the shot's first.
        speed: Media seconds that pass in a second of the timeline; 1 is as filmed, 0 a freeze.
    """

    info: MediaInfo
    start: Fraction
    speed: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Slate:
    """A card that stands for a shot that cannot be shown.

    Attributes:
        title: The shot's id, or its clip's name.
        place: Bar and section, "" if unknown.
        lines: Why it is a slate, and what the planner wanted here.
        timecodes: The running timecode of each frame.
    """

    title: str
    place: str
    lines: tuple[str, ...]
    timecodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Black:
    """Nothing: a gap, or a clip that is switched off."""


@dataclass(frozen=True, slots=True)
class ShotJob:
    """One shot to be made: all that decides its pixels, and nothing else that matters.

    Attributes:
        shot_id: Stable id, or the item's place (``item 3``) where it has none.
        first_frame: Timeline frame at which it starts; not part of its pixels.
        frames: Length in timeline frames, 1 or more.
        content: What it shows.
    """

    shot_id: str
    first_frame: int
    frames: int
    content: Footage | Slate | Black


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A stretch of sound and where it lies in the movie.

    Attributes:
        path: The file.
        start: Exact seconds from its first decoded sample.
        length: Exact seconds, or None for all that follows.
        record: Exact seconds at which it sounds in the movie.
    """

    path: Path
    start: Fraction = Fraction(0)
    length: Fraction | None = None
    record: Fraction = Fraction(0)

    @property
    def whole(self) -> bool:
        """Whether it is the whole file from the movie's start on."""
        return self.start == 0 and self.record == 0 and self.length is None


@dataclass(frozen=True, slots=True)
class ShotReport:
    """What was done for a shot."""

    shot_id: str
    action: Action
    seconds: float
    key: str


@dataclass(frozen=True, slots=True)
class AudioReport:
    """How the sound was written; ``codec`` is ``none`` in a movie without sound."""

    codec: str
    bit_exact: bool


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a render did, as ``idolsync.render/1``.

    Attributes:
        frames: Frames of the movie.
        shots: One entry a shot, in order.
        audio: How the sound was written.
        warnings: Whatever is visible or audible in the timeline and not in the movie.
    """

    frames: int
    shots: tuple[ShotReport, ...]
    audio: AudioReport
    warnings: tuple[str, ...] = field(default=())
    slates: tuple[str, ...] = field(default=())

    @property
    def needs_a_person(self) -> bool:
        """Whether slates stand in for shots (exit status 3)."""
        return bool(self.slates)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "schema": "idolsync.render/1",
            "frames": self.frames,
            "shots": [
                {
                    "shot_id": shot.shot_id,
                    "action": shot.action,
                    "seconds": round(shot.seconds, 3),
                    "key": shot.key,
                }
                for shot in self.shots
            ],
            "audio": {"codec": self.audio.codec, "bit_exact": self.audio.bit_exact},
            "slates": list(self.slates),
            "warnings": list(self.warnings),
        }
