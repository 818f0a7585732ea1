"""Find the ffmpeg program and run ffmpeg-python graphs of sound with it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from otio_idolsync.errors import MediaError, ToolMissingError, in_words


@functools.cache
def find_ffmpeg() -> tuple[str, str]:
    """Return the ffmpeg program and its origin: ``$FFMPEG``, ``PATH`` or ``imageio-ffmpeg``.

    Raises:
        ToolMissingError: ``$FFMPEG`` names no program, or there is none anywhere.
    """
    named = os.environ.get("FFMPEG")
    if named:
        found = shutil.which(named)
        if not found:
            raise ToolMissingError(f"$FFMPEG names {named}, which is no program; unset or mend it")
        return found, "$FFMPEG"
    on_path = shutil.which("ffmpeg")
    if on_path:
        return on_path, "PATH"
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe(), "imageio-ffmpeg"
    except (ImportError, RuntimeError) as error:
        raise ToolMissingError(
            "no ffmpeg was found; install the package imageio-ffmpeg or set $FFMPEG"
        ) from error


# ffmpeg-python hashes names as UTF-8: bytes that are none wait in a private block until the call.
_TO_PRIVATE = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}
_FROM_PRIVATE = {private: lone for lone, private in _TO_PRIVATE.items()}


def input_name(path: Path | str) -> str:
    """Return a file name that ffmpeg never takes for an option, a protocol or a pattern."""
    return f"file:{Path(path)}"


def graph_name(path: Path | str) -> str:
    """Return the same name for an ffmpeg-python graph that :func:`run_graph` runs."""
    return input_name(path).translate(_TO_PRIVATE)


def run_graph(stream: Any, what: str, stop: threading.Event | None = None) -> bytes:
    """Run an ffmpeg-python output graph and return what it wrote to stdout.

    Args:
        stream: The graph's output.
        what: What is being done and to which file, for the error: ``"decode song.mp3"``.
        stop: Set from outside to end ffmpeg early.

    Raises:
        MediaError: ffmpeg failed or was stopped; the sentence carries its last line.
    """
    program, _ = find_ffmpeg()
    # Players pass over damaged packets, however many: so do all that decode here.
    quiet = stream.global_args("-nostdin", "-v", "error", "-max_error_rate", "1")
    argv = [
        str(word).translate(_FROM_PRIVATE)
        for word in quiet.compile(cmd=program, overwrite_output=True)
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as process:
        try:
            written, complaints = _output_of(process, stop)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        said = complaints.decode(errors="replace").strip().splitlines()
        raise MediaError(
            f"ffmpeg could not {what}: {in_words(said[-1]) if said else 'no reason given'}"
        )
    return written


def _output_of(
    process: subprocess.Popen[bytes], stop: threading.Event | None
) -> tuple[bytes, bytes]:
    """Wait for a program's output, and kill it as soon as it is no longer wanted."""
    if stop is None:
        return process.communicate()
    while True:
        try:
            return process.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            if stop.is_set():
                process.kill()
