"""The sync sheet in memory: the song, the cuts and the markers in whole frames, without OTIO.

It is what a plan produces, what ``.otio`` and ``.idolsync`` files are written from, and what both
are read back into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.errors import TimelineError
from otio_idolsync.timebase import Clock

RefKind = Literal["external", "sequence", "slate", "missing"]


@dataclass(frozen=True, slots=True)
class SequenceName:
    """How the images of a sequence are numbered."""

    prefix: str
    suffix: str
    first: int
    padding: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A media reference and its available range.

    Attributes:
        kind: A file, an image sequence, a slate that the renderer draws, or nothing.
        url: File URL or relative URL; of a sequence, its folder's.
        rate: The media's own rate.
        start_frame: Timecode of its first frame, in frames at ``rate``.
        frames: How many frames it has.
        sequence: The numbering, of a sequence only.
    """

    kind: RefKind
    url: str
    rate: Fraction
    start_frame: int
    frames: int
    sequence: SequenceName | None = None

    @property
    def start(self) -> Fraction:
        """Timecode of the first frame in exact seconds."""
        return self.start_frame / self.rate


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a cut, for as long as it is seen.

    Attributes:
        shot_id: Stable id, "" where there is none.
        name: The clip's name, for people.
        first_frame: Timeline frame at which it starts.
        frames: Length in timeline frames.
        media: What it shows.
        source_in: Timeline frames from the media's first frame to the shot's first.
        metadata: The block ``idolsync.clip/1``.
        face: The face that a lip-sync shot is made from.
        enabled: Whether it is shown at all.
        track: The number of its picture track, 0 for V1.
    """

    shot_id: str
    name: str
    first_frame: int
    frames: int
    media: MediaRef
    source_in: Fraction
    metadata: Metadata = field(default_factory=dict)
    face: MediaRef | None = None
    enabled: bool = True
    track: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A timeline marker; a point lasts 0 frames."""

    name: str
    frame: int
    frames: int
    color: str
    comment: str
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spine:
    """The locked song as the one clip of A1.

    Attributes:
        url: File URL or relative URL.
        name: The file's name.
        sha256: Identity of the song, "" if unknown.
        sample_rate: Hz.
        samples: Exact length.
        audio_stream: Which of the file's sound streams it is, from 0; None where there is one.
        is_elsewhere: Whether the timeline plays it from other files than its own, in which it has
            other seconds.
    """

    url: str
    name: str
    sha256: str
    sample_rate: int
    samples: int
    audio_stream: int | None = None
    is_elsewhere: bool = False

    def __post_init__(self) -> None:
        """Refuse a length that is none.

        Raises:
            TimelineError: There are fewer than 0 samples, or fewer than 1 a second.
        """
        if self.sample_rate < 1 or self.samples < 0:
            raise TimelineError(
                f"song {self.name!r} has {self.samples} samples at {self.sample_rate} Hz, which is "
                "no length"
            )

    @property
    def seconds(self) -> Fraction:
        """Exact length in seconds."""
        return Fraction(self.samples, self.sample_rate)

    def to_json(self) -> Metadata:
        """Return what metadata and sheets say of the song."""
        said = {"sha256": self.sha256, "sample_rate": self.sample_rate, "samples": self.samples}
        return said if self.audio_stream is None else said | {"audio_stream": self.audio_stream}


NO_SONG = Spine("", "", "", 48000, 0)
"""Stands for the song of a timeline that has none, which only a rendered movie's sheet may lack."""


@dataclass(frozen=True, slots=True)
class SyncSheet:
    """A whole cut.

    Attributes:
        name: The timeline's name.
        clock: Its frames and timecode.
        size: Width and height in pixels.
        spine: The song.
        shots: What is on screen, contiguous from frame 0.
        marks: Timeline markers in time order.
        metadata: The block ``idolsync.timeline/1``.
    """

    name: str
    clock: Clock
    size: tuple[int, int]
    spine: Spine
    shots: tuple[Shot, ...]
    marks: tuple[Mark, ...] = ()
    metadata: Metadata = field(default_factory=dict)

    def shot(self, shot_id: str) -> Shot:
        """Return the shot with this id.

        Raises:
            TimelineError: There is none.
        """
        for shot in self.shots:
            if shot.shot_id == shot_id:
                return shot
        ids = [shot.shot_id for shot in self.shots]
        raise TimelineError(f"there is no shot {shot_id!r}; the shots are {ids[0]} to {ids[-1]}")

    def shot_at(self, frame: int) -> Shot:
        """Return the shot that is on screen at a timeline frame.

        Raises:
            TimelineError: The frame lies outside the timeline.
        """
        for shot in self.shots:
            if shot.first_frame <= frame < shot.first_frame + shot.frames:
                return shot
        last = self.shots[-1].first_frame + self.shots[-1].frames - 1
        raise TimelineError(
            f"frame {frame} lies outside the timeline, which has frames 0 to {last}"
        )
