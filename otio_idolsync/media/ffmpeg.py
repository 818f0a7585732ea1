"""Find the ffmpeg program and run ffmpeg-python graphs with it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from otio_idolsync.errors import MediaError, ToolMissingError


@functools.cache
def find_ffmpeg() -> tuple[str, str]:
    """Return the ffmpeg program and where it came from: ``$FFMPEG``, ``PATH`` or ``imageio-ffmpeg``.

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


def input_name(path: Path | str) -> str:
    """Return a file name that ffmpeg never takes for an option, a protocol or a pattern."""
    return f"file:{Path(path)}"


def run_graph(stream: Any, what: str) -> bytes:
    """Run an ffmpeg-python output graph and return what it wrote to stdout.

    Args:
        stream: The graph's output.
        what: What is being done and to which file, for the error: ``"decode song.mp3"``.

    Raises:
        MediaError: ffmpeg failed; the sentence carries its last line.
    """
    program, _ = find_ffmpeg()
    argv = stream.global_args("-nostdin", "-v", "error").compile(cmd=program, overwrite_output=True)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise MediaError(f"ffmpeg could not {what}: {said[-1] if said else 'no reason given'}")
    return done.stdout
