"""What is installed: ffmpeg, codecs, OTIO adapters, beat trackers, and what is missing."""

from __future__ import annotations

import importlib.metadata
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otio_idolsync.errors import IdolsyncError, reason
from otio_idolsync.interchange.editors import EDITORS

ADAPTERS = tuple(
    f"idolsync_{name}"
    for name in ("song", "sync", "premiere", "resolve", "fcpxml", "markers_edl", "conform")
)
CODECS = {"libx264": "H.264 movies", "aac": "AAC sound", "alac": "ALAC sound"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        part: What it is.
        ok: Whether it is there.
        detail: Version and place, or what to do.
        needed: Whether the main job needs it.
    """

    part: str
    ok: bool
    detail: str
    needed: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        return {"part": self.part, "ok": self.ok, "detail": self.detail, "needed": self.needed}


def examine() -> list[Finding]:
    """Look for everything that this package can use."""
    return [
        _ffmpeg(),
        *_packages(),
        *_codecs(),
        *_adapters(),
        Finding("editors", True, f"export --for {', '.join(EDITORS)}"),
        *_backends(),
        *_providers(),
        _cache(),
    ]


def doctor_text(findings: list[Finding]) -> str:
    """Return the findings as a table for people."""
    width = max(len(f.part) for f in findings)
    return "\n".join(f"{_mark(f)}  {f.part:<{width}}  {f.detail}" for f in findings)


def _mark(finding: Finding) -> str:
    if finding.ok:
        return "ok  "
    return "MISS" if finding.needed else "none"


def _guarded(part: str, look: Callable[[], str], remedy: str, needed: bool = True) -> Finding:
    try:
        return Finding(part, True, look(), needed)
    except (IdolsyncError, ImportError, OSError, LookupError, ValueError) as error:
        return Finding(part, False, f"{reason(error)}; {remedy}", needed)


def _ffmpeg() -> Finding:
    def look() -> str:
        from otio_idolsync.media.ffmpeg import find_ffmpeg

        program, origin = find_ffmpeg()
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
        version = [*said.stdout.split(), "", "", "?"][2]
        return f"{version} from {origin}: {program}"

    return _guarded("ffmpeg", look, "pip install imageio-ffmpeg")


def _packages() -> list[Finding]:
    names = ("opentimelineio", "librosa", "numpy", "av", "ffmpeg-python", "pillow")
    return [
        _guarded(
            name,
            lambda n=name: importlib.metadata.version(n),  # type: ignore[misc]
            f"pip install {name}",
            needed=name != "librosa",  # one backend of several
        )
        for name in names
    ]


def _codecs() -> list[Finding]:
    def look(codec: str) -> str:
        import av

        av.Codec(codec, "w")
        return f"encoder of PyAV {av.__version__}, for {CODECS[codec]}"

    remedy = "pip install --force-reinstall av"
    return [_guarded(codec, lambda c=codec: look(c), remedy) for codec in CODECS]  # type: ignore[misc]


def _adapters() -> list[Finding]:
    import opentimelineio as otio

    known = set(otio.adapters.available_adapter_names())
    return [
        Finding(name, name in known, "OTIO adapter" if name in known else "reinstall otio-idolsync")
        for name in ADAPTERS
    ]


def _backends() -> list[Finding]:
    from otio_idolsync.analysis.backends import KNOWN, backends

    found = [
        Finding(
            f"beats: {name}",
            True,
            f"{entry.version}, licence {entry.licence or _licence(name)}",
            needed=False,
        )
        for name, entry in backends().items()
    ]
    absent = [
        Finding(f"beats: {known.name}", False, f"{known.licence}; {known.install}", needed=False)
        for known in KNOWN
        if known.name not in backends()
    ]
    return [*found, *absent, _voice(), _separator()]


def _voice() -> Finding:
    from otio_idolsync.analysis.speech import SPEECH_LICENCE, SPEECH_MODEL

    return Finding("vocals", True, f"{SPEECH_MODEL}, licence {SPEECH_LICENCE}", needed=False)


def _separator() -> Finding:
    from otio_idolsync.analysis.separate import INSTALL, LICENCE, NAME, demucs_version

    version = demucs_version()
    detail = f"{version}, licence {LICENCE}" if version else f"{LICENCE}; {INSTALL}"
    return Finding(f"separator: {NAME}", bool(version), detail, needed=False)


def _providers() -> list[Finding]:
    from otio_idolsync.lipsync.provider import providers

    return [
        Finding(f"lip-sync: {name}", True, f"provider of {entry.package}", needed=False)
        for name, entry in providers().items()
    ]


def _licence(package: str) -> str:
    try:
        said = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
    fields = [said[key] for key in ("License-Expression", "License") if key in said]
    return next((line for line in fields if line), "unknown")


def _cache() -> Finding:
    from otio_idolsync.media.cache import cache_folder, written_beside

    def look() -> str:
        folder = cache_folder()
        with written_beside(folder / "doctor"):
            pass
        (folder / "doctor").unlink()
        return f"writable: {folder}"

    return _guarded("cache", look, "set $IDOLSYNC_CACHE to a folder you can write", needed=False)
