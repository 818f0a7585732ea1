"""Take the file that somebody named, and say in one sentence why it cannot be used."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TypeVar

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from otio_idolsync.errors import MediaError, reason
from otio_idolsync.media.names import not_there

# What such a list names could change, or lie anywhere.
_LISTS = frozenset({"concat", "hls", "dash", "imf"})
_READ = "PNG, ProRes or H.264"
_Stream = TypeVar("_Stream", AudioStream, VideoStream)


def is_there(path: Path) -> bool:
    """Return whether something lies at a path; what is out of reach does not."""
    try:
        return path.exists()
    except OSError:
        return False


def existing_file(path: Path | str, what: str) -> Path:
    """Return the absolute path of a file that is there and not empty.

    Raises:
        MediaError: It is missing, out of reach, no file (a folder, a pipe, a device), or has no
            bytes.
    """
    absolute = Path(path).expanduser().absolute()
    try:
        state = absolute.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(not_there(what, path)) from error
    except (OSError, ValueError) as error:
        raise MediaError(
            f"{what} {absolute} cannot be reached: {reason(error)}; check the path"
        ) from error
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "a pipe or a device"
        raise MediaError(f"{what} {absolute} is {kind}; name a file")
    if state.st_size == 0:
        raise MediaError(f"{what} {absolute} is empty (0 bytes); export or copy it again")
    return absolute


def decodable(container: InputContainer, stream: _Stream, path: Path) -> _Stream:
    """Return a stream that can be decoded and lies in the file itself.

    Raises:
        MediaError: No decoder for it is there, or the file is a list of other files.
    """
    if container.format.name in _LISTS:
        raise MediaError(f"media {path} is a list of other files; name one of them")
    if not has_decoder(stream):
        kind, better = ("sound", "WAV") if stream.type == "audio" else ("picture", _READ)
        raise MediaError(
            f"the {kind} in {path} is in a format that cannot be decoded here; "
            f"convert it, for example to {better}"
        )
    return stream


def has_decoder(stream: AudioStream | VideoStream) -> bool:
    """Tell whether a stream can be decoded here."""
    return stream.codec_context is not None and stream.codec_context.codec.is_decoder
