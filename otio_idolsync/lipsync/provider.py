"""What a lip-sync job is, and the providers by name that can do it.

A package adds a provider through the entry-point group ``otio_idolsync.lipsync``; the entry point
names a `LipsyncProvider` (an object, or a class that takes no arguments).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from otio_idolsync.errors import LipsyncError, reason
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.song import Song

GROUP = "otio_idolsync.lipsync"
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class LipsyncJob:
    """One shot to be generated: everything that decides its pixels, as data.

    Attributes:
        face: The still, video or image sequence that shall sing.
        face_start_frame: Frames of the job's rate between the face's first frame and the shot's;
            0 for a still.
        song: The locked song.
        start_sample: First song sample of the shot, handles included; before 0 is silence.
        samples: Song samples of the shot; past the song's end is silence.
        rate: Frames per second, exact.
        frames: Frames to generate, handles included.
        width: Pixels, even.
        height: Pixels, even.
        params: The provider's own settings, plain JSON.
        seed: For what is random.
    """

    face: MediaInfo
    face_start_frame: int
    song: Song
    start_sample: int
    samples: int
    rate: Fraction
    frames: int
    width: int
    height: int
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.frames < 1 or self.samples < 1:
            raise LipsyncError(f"a lip-sync shot of {self.frames} frames cannot be generated")
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 16:
            raise LipsyncError(
                f"lip-sync size {self.width}x{self.height} must be even and 16 pixels or more"
            )
        if self.face_start_frame < 0:
            raise LipsyncError(
                f"{self.face.path} has no picture {-self.face_start_frame} frames before its first "
                "frame, where the lip-sync shot begins; check the clip's source range"
            )
        needed = self.frames * self.song.sample_rate / self.rate
        if abs(self.samples - needed) > 1:
            raise LipsyncError(
                f"{self.frames} frames at {float(self.rate):g} last {float(needed):.1f} song "
                f"samples, not {self.samples}"
            )

    @property
    def start(self) -> Fraction:
        """Song second of the first frame."""
        return Fraction(self.start_sample, self.song.sample_rate)

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain JSON, for a worker process."""
        song = {name: getattr(self.song, name) for name in Song.__slots__}
        plain = {name: getattr(self, name) for name in LipsyncJob.__slots__}
        return plain | {
            "face": self.face.to_json(),
            "song": song | {"path": str(self.song.path)},
            "rate": str(self.rate),
            "params": dict(self.params),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> LipsyncJob:
        """Return the job that `to_json` wrote."""
        face = MediaInfo.from_json(data["face"])
        song = Song(**(data["song"] | {"path": Path(data["song"]["path"])}))
        rate = Fraction(data["rate"])
        return cls(**(data | {"face": face, "song": song, "rate": rate}))


class LipsyncProvider(Protocol):
    """Makes a face sing."""

    @property
    def version(self) -> str:
        """Version of the code; another one may give other pixels."""

    def model_digest(self, job: LipsyncJob) -> str:
        """Return what names the model, sprites or recipe that the job would use; "" for none.

        Raises:
            LipsyncError: It is not there.
        """

    def generate(self, job: LipsyncJob, output: Path, progress: Progress | None = None) -> None:
        """Write exactly ``job.frames`` frames to ``output``, a MOV without sound.

        H.264 of high quality in closed groups of pictures, or ProRes; ``job.width`` by
        ``job.height``, constant ``job.rate``. It may be called in a process of its own.

        Args:
            job: What to generate.
            output: An empty file that may be written over; its suffix is the final one's.
            progress: To be called with the share that is done, 0 to 1.

        Raises:
            LipsyncError: It cannot be done; one sentence.
        """


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider that could be used: known by name before it is imported."""

    name: str
    package: str
    load: Callable[[], Any] = field(compare=False)

    def make(self) -> LipsyncProvider:
        """Return the provider, imported.

        Raises:
            LipsyncError: Its package is broken.
        """
        try:
            made = self.load()
            return made() if isinstance(made, type) else made  # type: ignore[no-any-return]
        except Exception as error:
            raise LipsyncError(
                f"lip-sync provider {self.name} ({self.package}) cannot be loaded: {reason(error)}"
            ) from error


def providers() -> dict[str, ProviderEntry]:
    """Return every provider that is installed, by name; ours cannot be shadowed."""
    found = {}
    for point in metadata.entry_points(group=GROUP):
        package = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown package"
        found[point.name] = ProviderEntry(point.name, package, point.load)
    found["puppet"] = ProviderEntry("puppet", "otio-idolsync", _load_puppet)
    found["command"] = ProviderEntry("command", "otio-idolsync", _load_command)
    return dict(sorted(found.items()))


def find_provider(name: str) -> ProviderEntry:
    """Return a provider by name.

    Raises:
        LipsyncError: There is none of that name; the sentence lists what there is.
    """
    known = providers()
    if name not in known:
        raise LipsyncError(
            f"lip-sync provider {name!r} is not installed; choose one of {', '.join(known)}"
        )
    return known[name]


def inputs_sha256(job: LipsyncJob, name: str, face_sha256: str) -> str:
    """Return the key of a generated shot, 64 hex digits: equal keys mean equal inputs.

    Neither paths nor decoded samples are in it: a moved file is the same, and decoded samples
    differ between ffmpeg builds.

    Args:
        job: What would be generated.
        name: The provider's name.
        face_sha256: Content hash of the face; see `face_digest`.

    Raises:
        LipsyncError: There is no such provider, or it lacks its model or recipe.
    """
    provider = find_provider(name).make()
    face_rate = "" if job.face.kind == "still" else str(job.face.rate)
    stream = [job.face.stream] if job.face.streams > 1 else []
    facts = {
        "provider": [name, provider.version, provider.model_digest(job)],
        "params": dict(job.params),
        "seed": job.seed,
        "face": [face_sha256, face_rate, job.face_start_frame, *stream],
        "song": [job.song.sha256, job.start_sample, job.samples],
        "rate": str(job.rate),
        "size": [job.width, job.height],
        "frames": job.frames,
    }
    try:
        text = json.dumps(facts, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise LipsyncError(f"lip-sync params are no plain JSON: {reason(error)}") from error
    return hashlib.sha256(text.encode()).hexdigest()


def face_digest(face: MediaInfo, digest: Callable[[Path], str]) -> str:
    """Return the content hash of a face: a file's, or one over all images of a sequence.

    Args:
        face: The probed face.
        digest: Gives the hash of a file, from a memo where there is one.
    """
    if face.sequence is None:
        return digest(face.path)
    named = face.sequence
    every = [digest(named.path_of(index)) for index in range(named.count)]
    return hashlib.sha256("".join(every).encode()).hexdigest()


def generated_size(face: MediaInfo, width: int, height: int) -> tuple[int, int]:
    """Return the even size to generate at: the face's own shape, large enough to cover a picture.

    The renderer can then fit, fill or crop what was generated just as it would the face.
    """
    scale = max(Fraction(width, face.width), Fraction(height, face.height))
    across, down = (max(16, 2 * math.ceil(side * scale / 2)) for side in (face.width, face.height))
    return across, down


def _load_puppet() -> LipsyncProvider:
    from otio_idolsync.lipsync.puppet import Puppet

    return Puppet()


def _load_command() -> LipsyncProvider:
    from otio_idolsync.lipsync.command import CommandProvider

    return CommandProvider()
