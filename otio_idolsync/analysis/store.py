"""Keep finished analyses and raw features between runs; a cache that fails only costs time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from otio_idolsync.analysis.backends import BackendEntry, OtherBeats, TrackedBeats
from otio_idolsync.analysis.features import Features
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.analysis.repair import Repair
from otio_idolsync.errors import AnalysisError, OutputError
from otio_idolsync.media.cache import cache_folder, mark_used, written_beside
from otio_idolsync.media.song import Song

ANALYSIS_VERSION = 7
"""Raise it with every change that changes results: old caches are then passed by."""

_FEATURES = tuple(Features.__dataclass_fields__)
_SURE = ("sure", "sure_of_bars")


class Store:
    """The cached work on one song by one backend."""

    def __init__(self, cache: Path | None, song: Song, backend: BackendEntry) -> None:
        self.folder = cache_folder(cache) / "analysis"
        self._about = {
            "song": song.sha256,
            "backend": f"{backend.name} {backend.version}",
            "version": ANALYSIS_VERSION,
        }

    def finished_path(self, repair: Repair, inputs: dict[str, str]) -> Path:
        """Return where the finished analysis with these settings and digests of files is kept."""
        given = {"repair": asdict(repair), **inputs}
        key = _digest({**self._about, **given})
        return self.folder / f"{key}.json"

    def read_finished(self, path: Path) -> Analysis | None:
        """Return a finished analysis; None where there is none, or a damaged one."""
        try:
            analysis = Analysis.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, AttributeError, AnalysisError):
            return None
        mark_used(path)
        return analysis

    def write_finished(self, path: Path, analysis: Analysis) -> None:
        """Keep a finished analysis, if the cache can be written."""
        with contextlib.suppress(OutputError), written_beside(path) as temporary:
            temporary.write_text(json.dumps(analysis.to_json()), encoding="utf-8")

    def read_raw(self) -> tuple[Features, TrackedBeats] | None:
        """Return the song's features and tracked beats; None where they are not kept whole."""
        try:
            with np.load(self._raw_path, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            features = Features(**{name: arrays[name] for name in _FEATURES})
            tracked = _tracked(arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, AnalysisError):
            return None
        mark_used(self._raw_path)
        return features, tracked

    def write_raw(self, features: Features, tracked: TrackedBeats) -> None:
        """Keep features and beats, if the cache can be written."""
        arrays: dict[str, Any] = {name: getattr(features, name) for name in _FEATURES}
        for name in ("beats", "numbers", "confidence", *_SURE):
            if getattr(tracked, name) is not None:
                arrays[name] = getattr(tracked, name)
        for index, other in enumerate(tracked.others):
            for name in OtherBeats.__dataclass_fields__:
                arrays[f"{name} {index}"] = getattr(other, name)
        with (
            contextlib.suppress(OutputError),
            written_beside(self._raw_path) as temporary,
            temporary.open("wb") as out,
        ):
            np.savez(out, **arrays)

    @property
    def _raw_path(self) -> Path:
        return self.folder / f"{_digest(self._about)}.npz"


def _tracked(arrays: dict[str, Any]) -> TrackedBeats:
    """Return what a backend heard from the arrays that were kept."""
    count = sum(name.startswith("relation ") for name in arrays)
    others = tuple(
        OtherBeats(
            str(arrays[f"relation {k}"]),
            arrays[f"beats {k}"],
            arrays[f"numbers {k}"],
            float(arrays[f"score {k}"]),
        )
        for k in range(count)
    )
    sure, of_bars = (float(arrays[n]) if n in arrays else None for n in _SURE)
    return TrackedBeats(
        arrays["beats"], arrays.get("numbers"), arrays.get("confidence"), sure, of_bars, others
    )


def file_sha256(path: Path) -> str:
    """Return the sha256 of a small file's bytes, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
