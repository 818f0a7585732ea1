"""Beat trackers by name: our own and whatever other packages register.

A package adds a tracker through the entry-point group ``otio_idolsync.beats``; the entry point
names a `BeatBackend` (an object, or a class that takes no arguments).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.errors import AnalysisError, UsageError

GROUP = "otio_idolsync.beats"


@dataclass(frozen=True, slots=True)
class TrackedBeats:
    """What a backend heard.

    Attributes:
        beats: float64 [shape=(n,)], seconds, in any order; n may be 0.
        numbers: int64 [shape=(n,)], 1-based place in the bar, if the backend knows bars.
        confidence: float64 [shape=(n,)], 0..1, if the backend knows.
    """

    beats: NDArray[np.float64] = field(compare=False)
    numbers: NDArray[np.int64] | None = field(default=None, compare=False)
    confidence: NDArray[np.float64] | None = field(default=None, compare=False)

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

    def make(self) -> BeatBackend:
        """Return the backend, imported.

        Raises:
            AnalysisError: Its package is broken.
        """
        try:
            made = self.load()
            return made() if isinstance(made, type) else made  # type: ignore[no-any-return]
        except Exception as error:
            raise AnalysisError(
                f"beat backend {self.name} {self.version} cannot be loaded: {error}"
            ) from error


def backends() -> dict[str, BackendEntry]:
    """Return every backend that is installed, by name; ours cannot be shadowed."""
    found = {}
    for point in metadata.entry_points(group=GROUP):
        version = point.dist.version if point.dist else "unknown"
        found[point.name] = BackendEntry(point.name, version, point.load)
    found["librosa"] = BackendEntry("librosa", _version("librosa"), _load_librosa)
    return dict(sorted(found.items()))


def find_backend(name: str) -> BackendEntry:
    """Return a backend by name.

    Raises:
        UsageError: There is none of that name; the sentence lists what there is.
    """
    known = backends()
    if name not in known:
        raise UsageError(
            f"beat backend {name!r} is not installed; choose one of {', '.join(known)}"
        )
    return known[name]


def _load_librosa() -> BeatBackend:
    from otio_idolsync.analysis.beats import LibrosaBeats

    return LibrosaBeats()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
