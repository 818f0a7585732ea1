"""What a render is made of: the output's format, the shot jobs, and the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from otio_idolsync.cut.look import FITS, PLAIN, Fit, Look
from otio_idolsync.cut.remark import grouped
from otio_idolsync.errors import UsageError
from otio_idolsync.media.colour import HDR, Hdr
from otio_idolsync.media.fields import Fields
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.signal import Signal
from otio_idolsync.media.size import LARGEST_SIDE, SMALLEST_SIDE
from otio_idolsync.rendering.options import VideoCodec

Action = Literal["reused", "encoded", "regenerated", "slate"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The picture that every shot is brought to.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        rate: Frames per second.
        fit: ``fit`` shows the whole source with black bars, ``fill`` covers the picture and cuts
            off what is over, ``crop`` keeps the source's own pixels, centred.
        codec: How it is encoded.
        draft: Whether it is a draft or a proxy: fast and coarse.
        final: Width and height of the movie that a draft is a smaller picture of; None otherwise.
        hdr: What becomes of light above SDR's white: ``tonemap`` presses it into what is left by
            BT.2390's curve, ``clip`` cuts it off.
        deinterlace: Whether frames that hold two fields become whole.
    """

    width: int
    height: int
    rate: Fraction
    fit: Fit = "fit"
    codec: VideoCodec = "h264"
    draft: bool = False
    final: tuple[int, int] | None = None
    hdr: Hdr = "tonemap"
    deinterlace: bool = True

    @property
    def framed(self) -> tuple[int, int]:
        """The size in which pictures are framed: a draft shows what the final will show."""
        return self.final or (self.width, self.height)

    def fields(self, info: MediaInfo, signal: Signal) -> Fields:
        """Return which frames of some media must be made whole before they are shown."""
        return signal.fields if self.deinterlace and info.kind == "video" else "progressive"

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2:
            raise UsageError(f"size {self.width}x{self.height} is odd; H.264 needs even sides")
        if not all(SMALLEST_SIDE <= s <= LARGEST_SIDE for s in (self.width, self.height)):
            raise UsageError(
                f"size {self.width}x{self.height} is outside {SMALLEST_SIDE} to {LARGEST_SIDE} "
                "pixels a side"
            )
        if self.fit not in FITS:
            raise UsageError(f"fit {self.fit!r} is none of {', '.join(FITS)}")
        if self.hdr not in HDR:
            raise UsageError(f"hdr {self.hdr!r} is none of {', '.join(HDR)}")


@dataclass(frozen=True, slots=True)
class Footage:
    """Media that a shot shows.

    Attributes:
        info: What was probed.
        start: Exact seconds from the media's first frame to the shot's first.
        speed: Media seconds that pass in a second of the timeline; 1 is as filmed, 0 a freeze,
            negative backwards.
        shot_id: The clip that it belongs to, for people: not part of its pixels.
    """

    info: MediaInfo
    start: Fraction
    speed: Fraction = Fraction(1)
    shot_id: str = field(default="", compare=False)


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
class Plate:
    """A plain colour.

    Attributes:
        color: Red, green and blue, 0 to 255.
    """

    color: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ramp:
    """A stretch in which a layer's weight changes evenly; outside it the weight is 1.

    Attributes:
        first: Frame of the layer.
        frames: Length.
        weight: At the first frame.
        step: Change from frame to frame.
    """

    first: int
    frames: int
    weight: Fraction
    step: Fraction


@dataclass(frozen=True, slots=True)
class Layer:
    """Something that is shown for a part of a shot, together with others.

    Attributes:
        content: What it shows; its frame 0 is the layer's.
        first: Frame of the shot.
        frames: Length, 1 or more.
        look: Where and how strongly it is laid into the frame.
        ramps: How its weight changes; they multiply.
        hold: How many frames at its beginning and end repeat its first and its last one.
    """

    content: Content
    first: int
    frames: int
    look: Look = PLAIN
    ramps: tuple[Ramp, ...] = ()
    hold: tuple[int, int] = (0, 0)

    def weight(self, frame: int) -> Fraction:
        """Return how strongly it counts at a frame of the shot, 0 to 1."""
        weight = Fraction(1)
        for ramp in self.ramps:
            place = frame - self.first - ramp.first
            if 0 <= place < ramp.frames:
                weight *= min(Fraction(1), max(Fraction(0), ramp.weight + place * ramp.step))
        return weight


@dataclass(frozen=True, slots=True)
class Layers:
    """Several pictures at a time.

    Attributes:
        layers: From the lowest to the top.
        mixed: Whether they are added by their weights, as the two sides of a dissolve are;
            otherwise each is laid over those before it.
    """

    layers: tuple[Layer, ...]
    mixed: bool = False


Content = Footage | Slate | Black | Plate | Layers


def leaves(content: Content, frames: int) -> Iterator[tuple[Footage | Slate | Black | Plate, int]]:
    """Yield all that a content shows, each with its number of frames."""
    if not isinstance(content, Layers):
        yield content, frames
        return
    for layer in content.layers:
        yield from leaves(layer.content, layer.frames - sum(layer.hold))


@dataclass(frozen=True, slots=True)
class ShotJob:
    """One shot to be made: all that decides its pixels, and nothing else that matters.

    Attributes:
        shot_id: Stable id, or the item's place (``item 3``) where it has none.
        first_frame: Timeline frame at which it starts; not part of its pixels.
        frames: Length in timeline frames, 1 or more.
        content: What it shows.
        burn_in: Text over each of its frames, one a frame; empty for none.
    """

    shot_id: str
    first_frame: int
    frames: int
    content: Content
    burn_in: tuple[str, ...] = ()

    @property
    def has_slate(self) -> bool:
        """Whether a slate stands for anything in it."""
        return any(isinstance(leaf, Slate) for leaf, _ in leaves(self.content, self.frames))


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A stretch of sound and where it lies in the movie.

    Attributes:
        path: The file.
        start: Exact seconds from its first decoded sample.
        length: Exact seconds, or None for all that follows.
        record: Exact seconds at which it sounds in the movie.
        gain: What its samples are multiplied by.
        fade_in: Exact seconds over which it comes up.
        fade_out: Exact seconds over which it goes down at its end; needs a ``length``.
        even_power: Whether fades keep the power and not the level even, as between two sounds that
            are unlike each other.
        speed: Seconds of the file that pass in a second of the movie, above 0; pitch follows.
        stream: Which of the file's sound streams, from 0.
    """

    path: Path
    start: Fraction = Fraction(0)
    length: Fraction | None = None
    record: Fraction = Fraction(0)
    gain: Fraction = Fraction(1)
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    even_power: bool = False
    speed: Fraction = Fraction(1)
    stream: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is the whole file from the movie's start on, as it is."""
        placed = self.start == 0 and self.record == 0 and self.length is None and self.speed == 1
        return placed and self.gain == 1 and not self.fade_in and not self.fade_out


@dataclass(slots=True)
class Remarks:
    """What there is to say of a timeline besides its movie, collected while it is read.

    Attributes:
        problems: (shot or sound, what is wrong with its media).
        left_out: What can be seen or heard in the timeline and is not in the movie, or otherwise.
        notes: What else is worth knowing.
    """

    problems: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShotReport:
    """What was done for a shot, and why it was not just reused."""

    shot_id: str
    action: Action
    seconds: float
    key: str
    why: str = ""


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
        warnings: What a person should know: all that follows here, and lesser things.
        slates: Shots for which a slate stands.
        unsung: Why lip-sync shots could not be generated, a sentence each.
        left_out: What can be seen or heard in the timeline and is not in the movie, or otherwise; a
            sentence each.
        stems: The folder of single shots with handles and how many it holds; None for none.
    """

    frames: int
    shots: tuple[ShotReport, ...]
    audio: AudioReport
    warnings: tuple[str, ...] = field(default=())
    slates: tuple[str, ...] = field(default=())
    unsung: tuple[str, ...] = field(default=())
    left_out: tuple[str, ...] = field(default=())
    stems: tuple[str, int] | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether the movie lacks something that the timeline shows (exit status 3)."""
        return bool(self.slates or self.unsung or self.left_out)

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
                    **({"why": shot.why} if shot.why else {}),
                }
                for shot in self.shots
            ],
            "audio": {"codec": self.audio.codec, "bit_exact": self.audio.bit_exact},
            "slates": list(self.slates),
            "left_out": list(self.left_out),
            "warnings": grouped(self.warnings, None),
            **({"stems": {"folder": self.stems[0], "count": self.stems[1]}} if self.stems else {}),
        }
