"""Run one job: from its data to a finished object in the store. Safe to run twice, or anywhere."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av.error
from av.video.frame import VideoFrame

from otio_idolsync.errors import RenderError
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.rendering.encode import SHOT_SUFFIX, check_shot, encode_shot
from otio_idolsync.rendering.keys import Digests, media_files
from otio_idolsync.rendering.model import Footage, OutputFormat, ShotJob, Slate
from otio_idolsync.rendering.picture import Conformer
from otio_idolsync.rendering.slate import slate_frames
from otio_idolsync.rendering.soundtrack import Soundtrack, encode_soundtrack
from otio_idolsync.rendering.store import Store


class Maker:
    """Makes objects of one output format."""

    def __init__(
        self,
        store: Store,
        digests: Digests,
        output: OutputFormat,
        threads: int,
        stop: threading.Event,
    ) -> None:
        """Take where objects go, what went into them, their format, threads, and how to stop."""
        self._store = store
        self._digests = digests
        self._output = output
        self._threads = threads
        self._stop = stop

    def shot(self, job: ShotJob, key: str) -> dict[str, Any]:
        """Encode a shot, count its frames, and keep it; return what is known of it.

        Raises:
            RenderError: Its source does not fill it, or changed meanwhile.
            MediaError: Its source cannot be read.
            OutputError: The cache cannot be written.
        """
        known: dict[str, Any] = {"frames": job.frames, "reorder": 0, "notes": []}
        with self._store.adding("shots", key, SHOT_SUFFIX, known) as target:
            conformer = Conformer(self._output, self._display(job))
            made = self._encode(job, conformer, target)
            if made != job.frames:
                raise RenderError(f"{job.shot_id}: {made} frames were made instead of {job.frames}")
            known["reorder"] = check_shot(target, job.frames, self._output)
            self._check_media(job)
            known["notes"] = self._notes(job, conformer)
        # A frame whose side data was read refers to itself in PyAV and keeps its decoder's buffers:
        # without this, memory grows by some ten megabytes a shot at 1080p.
        gc.collect()
        return known

    def sound(self, track: Soundtrack) -> None:
        """Encode the sound and keep it, unless it is there."""
        if self._store.find("songs", track.key, track.suffix) is None:
            with self._store.adding("songs", track.key, track.suffix, {}) as target:
                encode_soundtrack(track, target, self._stop)

    def _encode(self, job: ShotJob, conformer: Conformer, target: Path) -> int:
        frames = conformer.frames(self._source(job))
        try:
            return encode_shot(frames, target, self._output, self._threads, self._stop)
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise RenderError(f"{job.shot_id} cannot be encoded: {error.strerror}") from error

    def _source(self, job: ShotJob) -> Iterator[VideoFrame]:
        content = job.content
        if isinstance(content, Footage):
            rate = self._output.rate
            return shot_frames(content.info, content.start, job.frames, rate, content.speed)
        if isinstance(content, Slate):
            return slate_frames(content, self._output)
        return _black_frames(job.frames, self._output)

    def _display(self, job: ShotJob) -> tuple[int, int]:
        content = job.content
        if isinstance(content, Footage):
            return content.info.width, content.info.height
        return self._output.width, self._output.height

    def _check_media(self, job: ShotJob) -> None:
        """Refuse a shot whose media are no longer those that its key was made of."""
        if isinstance(job.content, Footage):
            for path in media_files(job, job.content, self._output.rate):
                if not self._digests.unchanged(path):
                    raise RenderError(
                        f"{job.shot_id}: {path} was changed or removed during the render; run again"
                    )

    def _notes(self, job: ShotJob, conformer: Conformer) -> list[str]:
        if not isinstance(job.content, Footage):
            return []
        return [f"{job.content.info.path.name} {note}" for note in sorted(conformer.notes)]


def _black_frames(count: int, output: OutputFormat) -> Iterator[VideoFrame]:
    frame = VideoFrame(output.width, output.height, "rgb24")
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    yield from (frame for _ in range(count))
