"""Run one job: from its data to a finished object in the store. Safe to run twice, or anywhere."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import av.error

from otio_idolsync.errors import RenderError, SourceError, UsageError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.rendering.burn_in import burned
from otio_idolsync.rendering.encode import check_shot, encode_shot, shot_suffix
from otio_idolsync.rendering.keys import media_files
from otio_idolsync.rendering.memory import give_back
from otio_idolsync.rendering.model import Footage, OutputFormat, ShotJob, leaves
from otio_idolsync.rendering.showing import Showing
from otio_idolsync.rendering.soundtrack import Soundtrack, encode_soundtrack
from otio_idolsync.rendering.store import Store

# An H.264 encoder works with one thread; each job takes some 170 MiB at 1920x1080.
_MOST_JOBS = 4


def worker_count(jobs: int | None) -> int:
    """Return how many objects are made at a time: so many, or by default as the machine is.

    Raises:
        UsageError: It is less than one.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs {jobs} must be 1 or more")
    return jobs or min(_MOST_JOBS, os.cpu_count() or 1)


class Maker:
    """Makes objects of one output format."""

    def __init__(
        self,
        store: Store,
        media: KnownMedia,
        output: OutputFormat,
        threads: int,
        stop: threading.Event,
    ) -> None:
        """Take where objects go, what went into them, their format, threads, and how to stop."""
        self._store = store
        self._media = media
        self._output = output
        self._threads = threads
        self._stop = stop

    def shot(self, job: ShotJob, key: str) -> dict[str, Any]:
        """Encode a shot, count its frames, and keep it; return what is known of it.

        Raises:
            SourceError: Its source does not fill it or cannot be read.
            RenderError: Its source changed meanwhile.
            OutputError: The cache cannot be written.
        """
        known: dict[str, Any] = {"frames": job.frames, "reorder": 0, "notes": []}
        with self._store.adding("shots", key, shot_suffix(self._output), known) as target:
            showing = Showing(self._output, self._media.signal)
            made = self._encode(job, showing, target)
            if made != job.frames:
                raise RenderError(f"{job.shot_id}: {made} frames were made instead of {job.frames}")
            known["reorder"] = check_shot(target, job.frames, self._output)
            self._check_media(job)
            known["notes"] = showing.notes
        give_back()
        return known

    def sound(self, track: Soundtrack) -> None:
        """Encode the sound and keep it, unless it is there."""
        if self._store.find("songs", track.key, track.suffix) is None:
            known: dict[str, Any] = {"notes": []}
            with self._store.adding("songs", track.key, track.suffix, known) as target:
                known["notes"] = encode_soundtrack(track, target, self._stop)

    def _encode(self, job: ShotJob, showing: Showing, target: Path) -> int:
        try:
            frames = burned(showing.frames(job), job.burn_in)
            return encode_shot(frames, target, self._output, self._threads, self._stop)
        except SourceError as error:
            self._check_media(job)
            raise SourceError(error.source, f"{job.shot_id}: {error}") from error
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise RenderError(f"{job.shot_id} cannot be encoded: {error.strerror}") from error

    def _check_media(self, job: ShotJob) -> None:
        """Refuse a shot whose media are no longer those that its key was made of."""
        for content, frames in leaves(job.content, job.frames):
            if not isinstance(content, Footage):
                continue
            for path in media_files(content, frames, self._output.rate):
                if not self._media.unchanged(path):
                    raise RenderError(
                        f"{job.shot_id}: {path} was changed or removed during the render; run again"
                    )
