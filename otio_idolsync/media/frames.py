"""Read the frames of a shot: exactly as many as asked for, each the one on screen at its time.

A frame is on screen from its time stamp to the next one's, so the frame of an off-rate or
variable-rate source is found by its time and never by counting. Times count from the first frame
that is shown, not from the container's start: in many files they differ by half a second or more.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from otio_idolsync.errors import MediaError, RenderError
from otio_idolsync.media.by_pillow import timed_frames
from otio_idolsync.media.fields import Fields, deinterlaced
from otio_idolsync.media.files import existing_file
from otio_idolsync.media.model import ImageSequence, MediaInfo, Reader
from otio_idolsync.media.probe import first_frame, frame_seconds, open_media
from otio_idolsync.media.rates import plays_evenly
from otio_idolsync.media.stamp import Stamp, file_stamp

# Time stamps are often rounded to milliseconds: without a tolerance the frame before would show.
TOLERANCE = Fraction(1, 1000)
# Decoders need some frames to settle after a seek (open GOP, reordered frames).
_EARLY = Fraction(1, 2)
# Frames that are held to play them backwards.
_MOST_HELD = 24
_HELD_BYTES = 64 << 20
# Files in which a seek led to pictures that are sound when decoded from the start.
_MISLEADING: set[tuple[Path, Stamp]] = set()
# A seek in these lands behind the only key frame, or anywhere.
_NO_SEEK = frozenset(
    {"mpegts", "mpeg", "h264", "hevc", "m4v", "mpegvideo", "gif", "apng", "ogg", "avi"}
)


def shot_frames(
    info: MediaInfo,
    start: Fraction,
    count: int,
    rate: Fraction,
    speed: Fraction = Fraction(1),
    fields: Fields = "progressive",
) -> Iterator[VideoFrame]:
    """Yield the frames of a shot, as decoded: not yet rotated, scaled or converted.

    The same object is yielded again while its frame stays on screen.

    Args:
        info: The probed media.
        start: Exact seconds between the media's first frame and the shot's first.
        count: Frames of the timeline, 1 or more.
        rate: Frames of the timeline per second.
        speed: Seconds of the media that pass in a second of the timeline; negative backwards.
        fields: Whether frames of a video hold two fields; those become whole frames.

    Yields:
        Exactly ``count`` frames.

    Raises:
        RenderError: The media begins later or ends earlier than the shot.
        MediaError: It cannot be read.
    """
    if start < 0 and -start >= 1 / rate:
        raise RenderError(
            f"{info.path} has no picture {math.ceil(-start * rate)} frames before its first frame, "
            "where the shot begins; check the clip's source range"
        )
    if speed < 0 and info.kind != "still":
        yield from _backwards(info, start, count, rate, speed, fields)
        return
    times = (max(start, Fraction(0)) + k * speed / rate + TOLERANCE for k in range(count))
    if info.kind == "still":
        picture = _image(info.path, info.reader)
        yield from (picture for _ in range(count))
    elif info.kind == "sequence":
        yield from _sequence_frames(info, times, start, count, rate)
    else:
        yield from _video_frames(info, times, start, count, rate, fields)


def _backwards(
    info: MediaInfo, start: Fraction, count: int, rate: Fraction, speed: Fraction, fields: Fields
) -> Iterator[VideoFrame]:
    """Yield a shot from its last moment to its first: forwards in blocks, each turned round.

    Decoders only go forwards; a block holds as many frames as memory allows.
    """
    most = max(2, min(_MOST_HELD, _HELD_BYTES // max(1, 3 * info.width * info.height)))
    for first in range(0, count, most):
        block = min(most, count - first)
        begin = start + (first + block - 1) * speed / rate
        yield from reversed(list(shot_frames(info, begin, block, rate, -speed, fields)))


def _video_frames(
    info: MediaInfo,
    times: Iterator[Fraction],
    start: Fraction,
    count: int,
    rate: Fraction,
    fields: Fields,
) -> Iterator[VideoFrame]:
    if fields == "progressive":
        decoded = _decoded(info, max(start, Fraction(0)))
    else:  # those before the first frame decide, too
        decoded = deinterlaced(_decoded(info, max(start - 3 / info.rate, Fraction(0))), fields)
    held: tuple[Fraction, VideoFrame] | None = next(decoded, None)
    ahead = next(decoded, None)
    for done, wanted in enumerate(times):
        while ahead and ahead[0] <= wanted:
            held, ahead = ahead, next(decoded, None)
        if held is None or (ahead is None and wanted >= _end(held, info) + 1 / rate):
            raise _too_short(info, start, count, rate, done)
        yield held[1]


def _end(last: tuple[Fraction, VideoFrame], info: MediaInfo) -> Fraction:
    """Return when the last frame leaves the screen; variable-rate files may hold it longer."""
    return max(last[0] + 1 / info.rate, info.seconds) + TOLERANCE


def _sequence_frames(
    info: MediaInfo, times: Iterator[Fraction], start: Fraction, count: int, rate: Fraction
) -> Iterator[VideoFrame]:
    if info.sequence is None:
        raise MediaError(f"{info.path} is said to be an image sequence, but has no numbering")
    shown, picture = -1, None
    for done, wanted in enumerate(times):
        if wanted >= info.seconds + TOLERANCE + 1 / rate:
            raise _too_short(info, start, count, rate, done)
        index = image_index(info, wanted, info.sequence)
        if index != shown or picture is None:
            shown, picture = index, _image(info.sequence.path_of(index), info.reader)
        yield picture


def image_index(info: MediaInfo, seconds: Fraction, sequence: ImageSequence) -> int:
    """Return which image of a sequence is on screen; the last one stays."""
    return min(math.floor(seconds * info.rate), sequence.count - 1)


def _too_short(
    info: MediaInfo, start: Fraction, count: int, rate: Fraction, done: int
) -> RenderError:
    return RenderError(
        f"{info.path} is too short: the shot wants {count} frames from {float(start):.3f} s on, "
        f"but only {done} are there at {float(rate):g} frames per second; "
        "trim the clip or give a longer source"
    )


def _image(path: Path, reader: Reader) -> VideoFrame:
    if reader == "pillow":
        return next(timed_frames(existing_file(path, "image")))[1]
    with open_media(existing_file(path, "image")) as (container, stream):
        return first_frame(container, stream, path)


def _decoded(info: MediaInfo, begin: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield (seconds after the first frame, frame) from a frame at or before ``begin`` on.

    Where a seek leads astray (some decoders need what only the file's start says), the file is
    decoded from its start instead, also for what is left of a shot that has begun.
    """
    if info.reader == "pillow":
        yield from timed_frames(existing_file(info.path, "media"))
        return
    path = existing_file(info.path, "media")
    file = path, file_stamp(path)
    origin, lost, done = _origin(*file, info.rate), None, Fraction(-1)
    if origin is not None and begin > 2 * _EARLY and file not in _MISLEADING:
        try:
            for done, frame in _sought(path, origin, begin):
                yield done, frame
            return
        except _AstrayError as astray:
            lost = max(astray.at, begin)
    with open_media(path) as (container, stream):
        for seconds, frame in _timed(container, stream, origin, info.rate):
            if lost is not None and seconds >= lost:
                # What is damaged is so from the start, too, and may be searched elsewhere.
                if not frame.is_corrupt:
                    _MISLEADING.add(file)
                lost = None
            if seconds > done:
                yield seconds, frame


class _AstrayError(Exception):
    """A seek did not lead to pictures that can be shown, from some second on."""

    def __init__(self, at: Fraction) -> None:
        super().__init__(at)
        self.at = at


def _sought(path: Path, origin: Fraction, begin: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield frames from the one on screen at ``begin`` on, found by a seek.

    The decoder starts half a second early. Nothing is yielded unless all that it gave from its
    first key frame on is sound.

    Raises:
        _AstrayError: The seek landed too late, or a frame after it is corrupt or an error.
    """
    held: tuple[Fraction, VideoFrame] | None = None
    seconds = Fraction(0)
    try:
        with open_media(path) as (container, stream):
            for seconds, frame in _after_seek(container, stream, origin, begin):
                early = seconds <= begin + TOLERANCE
                if held is None and early and not _begins_anew(frame):
                    continue
                if frame.is_corrupt or (held is None and not early):
                    raise _AstrayError(seconds)
                if held and not early:
                    yield held
                held = seconds, frame
    except MediaError as error:
        raise _AstrayError(seconds + TOLERANCE) from error
    if held is None:
        raise _AstrayError(begin)
    yield held


def _begins_anew(frame: VideoFrame) -> bool:
    """Tell whether a frame needs no other; of some codecs nobody says."""
    return bool(frame.key_frame) or frame.pict_type == PictureType.NONE


def _after_seek(
    container: InputContainer, stream: VideoStream, origin: Fraction, begin: Fraction
) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield frames from half a second before ``begin``; none where the file cannot be searched."""
    base = stream.time_base
    if base is None or container.format.name in _NO_SEEK:
        return
    try:
        container.seek(math.floor((origin + begin - _EARLY) / base), stream=stream)
    except (av.error.FFmpegError, OSError):
        return
    for frame in container.decode(stream):
        seconds = frame_seconds(frame, container)
        if seconds is not None:
            yield seconds - origin, frame


def _timed(
    container: InputContainer, stream: VideoStream, origin: Fraction | None, rate: Fraction
) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield all frames with their times; where time stamps say nothing, they are counted."""
    for index, frame in enumerate(container.decode(stream)):
        seconds = frame_seconds(frame, container)
        yield (index / rate if seconds is None or origin is None else seconds - origin), frame


@functools.lru_cache(maxsize=1024)
def _origin(path: Path, stamp: Stamp, rate: Fraction) -> Fraction | None:
    """Return the first shown frame's time stamp in seconds; None where time stamps say nothing.

    That is so where a file has none, or where its clock is too coarse for its constant rate: a GIF
    counts hundredths of a second.
    """
    with open_media(path) as (container, stream):
        begin = frame_seconds(first_frame(container, stream, path), container)
        tick = stream.time_base
    if begin is None or not tick or tick <= TOLERANCE or (1 / rate) % tick == 0:
        return begin
    with open_media(path) as (container, stream):
        stamps = [packet.pts * tick for packet in container.demux(stream) if packet.pts is not None]
    shown = sorted(stamp - begin for stamp in stamps if stamp >= begin)
    return None if plays_evenly(shown, rate, tick) else begin
