"""Do one lip-sync job in a process of its own: a provider that hangs or crashes costs one shot.

The result appears under its name whole and checked, or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import av.error

from otio_idolsync.errors import LipsyncError, in_words, reason
from otio_idolsync.lipsync.provider import LipsyncJob, Progress, find_provider
from otio_idolsync.lipsync.recipe import find_recipe
from otio_idolsync.media.cache import written_beside
from otio_idolsync.media.workers import start_python

TIMEOUT_SECONDS = 3600.0
_GRACE_SECONDS = 300.0
_TICK = 0.05
_STAMP_SLACK = Fraction(2, 1000)


def run_job(
    job: LipsyncJob,
    output: Path,
    provider: str = "puppet",
    timeout: float | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Generate a shot and put it at ``output``, checked frame by frame.

    Args:
        job: What to generate.
        output: A ``.mov`` or ``.mp4``; replaced only by a shot that is right.
        provider: The provider's name.
        timeout: Seconds after which it is taken to hang; an hour by default, or as long as the
            recipe of a command says.
        progress: Called with the share that is done, 0 to 1.
        stop: Set from outside to give up.

    Raises:
        LipsyncError: The provider is unknown, failed, hung, was stopped, or wrote another number
            of frames, another size or rate, or sound.
        OutputError: The file cannot be written.
    """
    find_provider(provider)
    with written_beside(output) as temporary:
        task = {"provider": provider, "job": job.to_json(), "output": str(temporary)}
        try:
            text = json.dumps(task, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise LipsyncError(f"lip-sync params are no plain JSON: {reason(error)}") from error
        _work(text, provider, timeout or _patience(provider, job), progress, stop)
        check_generated(temporary, job, provider)


def _patience(provider: str, job: LipsyncJob) -> float:
    """Return how long to wait for a provider in seconds; a recipe's own limit comes first."""
    if provider == "command" and "recipe" in job.params:
        return find_recipe(job.params["recipe"]).timeout + _GRACE_SECONDS
    return TIMEOUT_SECONDS


def check_generated(path: Path, job: LipsyncJob, provider: str) -> None:
    """Check that a movie is what the job asked for, by decoding all of it.

    Raises:
        LipsyncError: It is not; the sentence says what it is.
    """
    who = f"lip-sync provider {provider}"
    try:
        with av.open(str(path)) as movie:
            if not movie.streams.video:
                raise LipsyncError(f"{who} wrote a file without a picture")
            sound = bool(movie.streams.audio)
            stream = movie.streams.video[0]
            size = stream.codec_context.width, stream.codec_context.height
            stream.thread_type = "AUTO"
            stamps = [
                frame.pts * frame.time_base
                for frame in movie.decode(stream)
                if frame.pts is not None and frame.time_base is not None
            ]
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise LipsyncError(f"{who} wrote no movie that can be read ({reason(error)})") from error
    if len(stamps) != job.frames:
        raise LipsyncError(f"{who} wrote {len(stamps)} frames where {job.frames} were asked for")
    if size != (job.width, job.height):
        wanted = f"{job.width}x{job.height}"
        raise LipsyncError(f"{who} wrote {size[0]}x{size[1]} pixels where {wanted} was asked for")
    uneven = (abs(at - stamps[0] - k / job.rate) > _STAMP_SLACK for k, at in enumerate(stamps))
    if any(uneven):
        raise LipsyncError(f"{who} did not write {float(job.rate):g} frames per second")
    if sound:
        raise LipsyncError(f"{who} wrote sound; a generated shot holds none")


def _work(
    task: str,
    provider: str,
    timeout: float,
    progress: Progress | None,
    stop: threading.Event | None,
) -> None:
    """Run the worker process to its end, and leave nothing of it running."""
    with tempfile.TemporaryFile() as complaints:
        process = start_python("otio_idolsync.lipsync.worker", complaints)
        reader = _Reader(process.stdout, progress)
        try:
            _send(process, task)
            reader.start()
            _wait(process, provider, timeout, stop)
        finally:
            _end(process)
            reader.join()
            process.stdout.close()  # type: ignore[union-attr]
        if process.returncode or not reader.done:
            reason = reader.error or _last_line(complaints) or f"exit status {process.returncode}"
            raise LipsyncError(f"lip-sync provider {provider} failed: {reason}")


class _Reader(threading.Thread):
    """Takes the worker's messages as they come."""

    def __init__(self, lines: IO[bytes] | None, progress: Progress | None) -> None:
        super().__init__(daemon=True)
        self._lines, self._progress = lines, progress
        self.error = ""
        self.done = False

    def run(self) -> None:
        """Read messages until the worker is gone."""
        for line in self._lines or ():
            with contextlib.suppress(ValueError, KeyError):
                kind, value = json.loads(line)
                if kind == "error":
                    self.error = str(value)
                elif kind == "done":
                    self.done = True
                elif kind == "progress" and self._progress:
                    self._progress(float(value))


def _send(process: subprocess.Popen[bytes], task: str) -> None:
    # a worker that is gone already says why by itself
    with contextlib.suppress(OSError):
        process.stdin.write(task.encode())  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]


def _wait(
    process: subprocess.Popen[bytes], provider: str, timeout: float, stop: threading.Event | None
) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            process.wait(_TICK)
            return
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                raise LipsyncError(f"lip-sync provider {provider} was stopped") from None
            if time.monotonic() > deadline:
                raise LipsyncError(
                    f"lip-sync provider {provider} was not done after {timeout:g} s and was ended"
                ) from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the worker and whatever it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read()[-4000:].decode(errors="replace").strip().splitlines()
    return in_words(lines[-1].strip()) if lines else ""
