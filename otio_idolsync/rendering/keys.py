"""Name a shot by everything that decides its pixels, and by nothing else.

A key holds the media's content (not its path), the in-point and length as exact fractions, the
picture settings and the encoder. The shot's place in the timeline is not in it, so a shot that
moved is already made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from otio_idolsync.errors import MediaError, OutputError
from otio_idolsync.media.cache import written_beside
from otio_idolsync.media.frames import TOLERANCE, image_index
from otio_idolsync.media.outputs import file_digest
from otio_idolsync.media.song import open_song
from otio_idolsync.rendering.encode import encoder_settings
from otio_idolsync.rendering.model import (
    Black,
    Content,
    Footage,
    Layer,
    Layers,
    OutputFormat,
    Plate,
    ShotJob,
    Slate,
)

# Raised whenever the same job would give other pixels.
RENDERER = 3
# The same for shots of several layers only.
COMPOSITOR = 1
_MOST_DIGESTS = 20000
# Large media take long to read: what a run that is killed has read is not read again.
_SAVE_SECONDS = 5.0
_LIBRARIES = {name: list(version) for name, version in sorted(av.library_versions.items())}


class Digests:
    """Content hashes of media, remembered by path, size, modification time and inode."""

    def __init__(self, root: Path) -> None:
        """Take the cache folder."""
        self._note = root / "digests.json"
        self._known = self._read()
        self._fresh: dict[str, dict[str, Any]] = {}
        self._saved = time.monotonic()

    def of(self, path: Path) -> str:
        """Return the sha256 of a file's bytes, read only if the file has changed.

        Raises:
            MediaError: It is gone or may not be read.
        """
        return self._fact(path, "sha256", file_digest)

    def song_of(self, path: Path) -> str:
        """Return the identity of the song that a file holds, "" where it holds none.

        Raises:
            MediaError: It is gone or may not be read.
        """
        return self._fact(path, "song", _identity)

    def _fact(self, path: Path, name: str, found: Callable[[Path], str]) -> str:
        try:
            stamp = stat_stamp(path)
            path.open("rb").close()
        except OSError as error:
            raise MediaError(
                f"media {path} cannot be read: {error.strerror or error}; check it and render again"
            ) from error
        known = self._known.get(str(path))
        if known is None or known.get("stamp") != stamp:
            known = {"stamp": stamp}
        if name not in known:
            known = self._fresh[str(path)] = known | {name: found(path)}
            self._known[str(path)] = known
            if time.monotonic() - self._saved > _SAVE_SECONDS:
                self.save()
        return str(known[name])

    def unchanged(self, path: Path) -> bool:
        """Tell whether a file that was hashed is still the same."""
        try:
            return self._known[str(path)].get("stamp") == stat_stamp(path)
        except OSError:
            return False

    def save(self) -> None:
        """Remember what was hashed; other renders may have added theirs meanwhile."""
        self._saved = time.monotonic()
        if not self._fresh:
            return
        kept = list((self._read() | self._fresh).items())[-_MOST_DIGESTS:]
        # Without the note the next run only reads the files again.
        with contextlib.suppress(OutputError), written_beside(self._note) as temporary:
            temporary.write_text(json.dumps(dict(kept)), encoding="utf-8")
        self._fresh.clear()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {path: facts for path, facts in known.items() if isinstance(facts, dict)}


def _identity(path: Path) -> str:
    try:
        return open_song(path).sha256
    except MediaError:
        return ""


def stat_stamp(path: Path) -> list[int]:
    """Return what changes when a file does: size, modification time, inode."""
    state = path.stat()
    return [state.st_size, state.st_mtime_ns, state.st_ino]


def shot_key(job: ShotJob, output: OutputFormat, digests: Digests) -> str:
    """Return the key of a shot, 64 hex digits."""
    return key_of(shot_facts(job, output, digests))


def key_of(facts: dict[str, Any]) -> str:
    """Return the key that a shot with these facts has, 64 hex digits."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def shot_facts(job: ShotJob, output: OutputFormat, digests: Digests) -> dict[str, Any]:
    """Return everything that decides a shot's pixels, as plain JSON."""
    facts = {
        "renderer": RENDERER,
        "encoder": encoder_settings(output),
        "libraries": _LIBRARIES,
        "size": [output.width, output.height],
        "rate": str(output.rate),
        "frames": job.frames,
        "content": _content(job.content, job.frames, output, digests),
    }
    if job.burn_in:
        facts["burn_in"] = [job.burn_in[0], job.burn_in[-1]]
    return facts


def _content(
    content: Content, frames: int, output: OutputFormat, digests: Digests
) -> dict[str, Any]:
    if isinstance(content, Black):
        return {"black": True}
    if isinstance(content, Plate):
        return {"plate": list(content.color)}
    if isinstance(content, Slate):
        return {
            "slate": [content.title, content.place, *content.lines],
            "timecodes": [content.timecodes[0], content.timecodes[-1]],
        }
    if isinstance(content, Layers):
        layers = [_layer(layer, output, digests) for layer in content.layers]
        how = {"mixed": content.mixed, "fit": output.fit, "compositor": COMPOSITOR}
        return {"layers": layers} | how
    return {
        "media": [digests.of(path) for path in media_files(content, frames, output.rate)],
        "kind": content.info.kind,
        "start": str(content.start),
        "speed": str(content.speed),
        "fit": output.fit,
        "media_rate": str(content.info.rate) if content.info.kind == "sequence" else "",
    }


def _layer(layer: Layer, output: OutputFormat, digests: Digests) -> list[Any]:
    shown = layer.frames - sum(layer.hold)
    return [
        _content(layer.content, shown, output, digests),
        [layer.first, layer.frames, *layer.hold],
        repr(layer.look),
        repr(layer.ramps),
    ]


def media_files(footage: Footage, frames: int, rate: Fraction) -> list[Path]:
    """Return the files that so many frames read: one, or the images of a sequence they show."""
    info = footage.info
    if info.sequence is None:
        return [info.path]
    begin = max(footage.start, Fraction(0)) + TOLERANCE
    end = max(begin + (frames - 1) * footage.speed / rate, TOLERANCE)
    shown = (image_index(info, at, info.sequence) for at in (begin, end))
    first, last = sorted(shown)
    return [info.sequence.path_of(index) for index in range(first, last + 1)]
