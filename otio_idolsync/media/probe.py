"""Tell what a clip, still or image sequence really holds: size, rate, timecode, frames to show.

All of it is read in process with PyAV, because the bundled ffmpeg comes without ffprobe. Headers
are trusted only where they can be checked: the frames of an MP4 or MOV are counted in its index
(and those beyond the end of a truncated file left out), those of any other file in its packets.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otio_idolsync.errors import IdolsyncError, MediaError, UsageError, WorkerError, reason
from otio_idolsync.media import by_pillow
from otio_idolsync.media.ffmpeg import input_name
from otio_idolsync.media.files import decodable, existing_file, has_decoder
from otio_idolsync.media.model import STILL_SECONDS, ImageSequence, MediaInfo, MediaKind
from otio_idolsync.media.names import not_there
from otio_idolsync.media.orientation import display_matrix
from otio_idolsync.media.rates import STILL_RATE, Span, rate_of, whole_frames
from otio_idolsync.media.workers import WORKERS, patience_for
from otio_idolsync.timebase import Clock, can_drop_frames, media_rate

_TASK = "otio_idolsync.media.probe:look_into"
_STILL_SUFFIXES = frozenset({".heic", ".heif", ".avif"})
_STILL_CODECS = frozenset({"png", "apng", "gif", "webp", "bmp", "tiff", "jpeg2000", "exr", "tga"})
# Local files only, and no number patterns in the names of images.
_OPEN_OPTIONS = {"protocol_whitelist": "file", "pattern_type": "none"}


def probe(path: Path | str) -> MediaInfo:
    """Return what a video or still on disk holds.

    It is opened in a process of its own: a file that ends its decoder costs nothing else.

    Raises:
        MediaError: Missing, empty, unreadable, or without a picture (sound with cover art is none).
    """
    (found,) = probe_each([existing_file(path, "media")])
    if isinstance(found, MediaError):
        raise found
    return found


def probe_each(paths: Sequence[Path]) -> Iterator[MediaInfo | MediaError]:
    """Yield what each file holds, as :func:`probe` does, or why it cannot be used."""
    answers = WORKERS.each(_TASK, [*map(str, paths)], patience_for)
    for path, found in zip(paths, answers, strict=True):
        if isinstance(found, WorkerError):
            yield MediaError(
                f"media {path} cannot be read: its decoder {found}; "
                "convert it to another format, or leave it out"
            )
        elif isinstance(found, IdolsyncError):
            yield MediaError(str(found))
        else:
            yield MediaInfo.from_json(found)


def look_into(path: str) -> dict[str, Any]:
    """Return what a file holds as plain JSON: what a worker process does for :func:`probe`.

    Raises:
        MediaError: Nothing here can read it.
    """
    source = existing_file(path, "media")
    if by_pillow.shows_more(source):
        return by_pillow.look(source).to_json()
    try:
        return _look(source).to_json()
    except MediaError:
        with contextlib.suppress(MediaError):
            return by_pillow.look(source).to_json()
        raise


def _look(source: Path) -> MediaInfo:
    with open_media(source) as (container, stream):
        first = first_frame(container, stream, source)
        span = _span(stream, first, source)
        kind: MediaKind = "video"
        rate, frames, start = rate_of(span), 0, 0
        if _is_still(container, stream, source, len(span.shown)):
            kind, rate, frames = "still", STILL_RATE, int(STILL_SECONDS * STILL_RATE)
        else:
            frames, start = whole_frames(span, rate), _start_frame(container, stream, rate)
        size = display_size(first, stream)
        place, several = container.streams.video.index(stream), len(_candidates(container))
    return MediaInfo(source, kind, rate, frames, start, *size, stream=place, streams=several)


def probe_sequence(
    sequence: ImageSequence,
    rate: float | Fraction = 24,
    look: Callable[[Path], MediaInfo] = probe,
) -> MediaInfo:
    """Return what an image sequence holds when it plays at ``rate`` frames per second.

    Args:
        sequence: The numbering.
        rate: Frames per second.
        look: Tells what its first image holds.

    Raises:
        MediaError: Its first image is missing or unreadable.
    """
    first = look(existing_file(sequence.path_of(0), "image"))
    return sequence_info(sequence, rate, first)


def sequence_info(sequence: ImageSequence, rate: float | Fraction, first: MediaInfo) -> MediaInfo:
    """Return what an image sequence holds, by its first image."""
    return replace(
        first, kind="sequence", rate=media_rate(rate), frames=sequence.count, start_frame=0,
        sequence=sequence,
    )  # fmt: skip


@contextlib.contextmanager
def open_media(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield an opened file and its picture stream; nothing but local files is ever opened.

    Raises:
        MediaError: It cannot be read, or has no picture (cover art is none).
    """
    try:
        # Old programs write titles in encodings of their own.
        with av.open(
            input_name(path), options=_OPEN_OPTIONS, metadata_errors="replace"
        ) as container:
            stream = chosen_picture(container, path)
            stream.thread_type = "AUTO"
            # Each thread holds frames of its own: two keep memory flat on machines of any size.
            stream.codec_context.thread_count = 2
            yield container, stream
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if not path.exists():
            raise MediaError(not_there("media", path)) from error
        raise MediaError(
            f"media {path} cannot be read as a picture or video ({reason(error)}); "
            "is it damaged, or another kind of file?"
        ) from error


def first_frame(container: InputContainer, stream: VideoStream, path: Path) -> VideoFrame:
    """Return the first frame that is shown.

    Raises:
        MediaError: Nothing in the file can be decoded.
    """
    for frame in container.decode(stream):
        return frame
    raise MediaError(f"media {path} holds no picture that can be decoded; export it again")


def pixel_aspect(stream: VideoStream) -> Fraction:
    """Return the width of a pixel over its height; 1 when the file says nothing sensible."""
    ratio = stream.sample_aspect_ratio
    return Fraction(ratio) if ratio and Fraction(1, 10) < ratio < 10 else Fraction(1)


def display_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return width and height in square pixels, after rotation."""
    width = max(1, math.floor(frame.width * pixel_aspect(stream) + Fraction(1, 2)))
    upright = display_matrix(frame)[0] != 0
    return (width, frame.height) if upright else (frame.height, width)


def frame_seconds(frame: VideoFrame, container: InputContainer) -> Fraction | None:
    """Return when a frame is shown on its file's clock, in exact seconds, where it says so.

    AVI knows decoding order only: its presentation times are made up and run backwards.
    """
    count = frame.dts if frame.pts is None or container.format.name == "avi" else frame.pts
    return None if count is None or not frame.time_base else count * frame.time_base


def chosen_picture(container: InputContainer, path: Path) -> VideoStream:
    """Return the video stream of a file that is shown: the default one, else the largest.

    Cameras put small proxies beside the picture. Where several are marked as the default, the
    largest of them is meant; covers and thumbnails never are.

    Raises:
        MediaError: There is no picture, or none that can be decoded.
    """
    shown = _candidates(container)
    if not shown:
        cover = "only cover art" if container.streams.video else "no picture"
        raise MediaError(f"media {path} has {cover}; give a video, a still or an image sequence")
    if len(shown) > 1 and all(stream.disposition & Disposition.dependent for stream in shown):
        raise MediaError(
            f"media {path} is put together from {len(shown)} tiles, which cannot be read here; "
            "export it as JPEG or PNG"
        )
    readable = [stream for stream in shown if has_decoder(stream)] or shown[:1]
    return decodable(container, max(readable, key=_rank), path)


def _candidates(container: InputContainer) -> list[VideoStream]:
    """Return the video streams that could be meant: no covers, and no parts of other pictures."""
    pictures = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    return [s for s in pictures if not s.disposition & Disposition.dependent] or pictures


def _rank(stream: VideoStream) -> tuple[bool, int]:
    pixels = stream.width * stream.height if stream.codec_context else 0
    return bool(stream.disposition & Disposition.default), pixels


def _span(stream: VideoStream, first: VideoFrame, path: Path) -> Span:
    """Find when every frame is shown, from the first that decodes to the end of the last."""
    tick = stream.time_base or Fraction(1, 1000)
    rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    claimed = tuple(media_rate(rate) for rate in rates if rate and 1 <= rate <= 240)
    found = _from_index(stream, path) or _from_packets(first, path)
    stamps, last = found
    if stamps is None:
        rate = claimed[0] if claimed else STILL_RATE
        return Span([k / rate for k in range(last)], last / rate, tick, claimed)
    shown = [(stamp - stamps[0]) * tick for stamp in stamps]
    steps = [after - before for before, after in itertools.pairwise(shown)]
    usual = statistics.median(steps) if steps else 1 / (claimed[0] if claimed else STILL_RATE)
    # The duration of a last frame is often a muxer's guess: never longer than any before it.
    length = min(last * tick, max(steps, default=last * tick)) if last else usual
    return Span(shown, shown[-1] + length, tick, claimed)


def _from_index(stream: VideoStream, path: Path) -> tuple[list[int], int] | None:
    """Return time stamps and the last one's duration from the index of an MP4 or MOV.

    None where there is no complete index. It is in decoding order; sorted, its intervals are those
    of the frames. Frames that lie beyond the end of the file (it was cut off) or outside its edit
    list are left out.
    """
    entries = getattr(stream, "index_entries", ())
    if not stream.frames or len(entries) != stream.frames:
        return None
    size = path.stat().st_size
    kept = [e for e in entries if not e.is_discard and e.pos + e.size <= size]
    stamps = sorted(entry.timestamp for entry in kept)
    if not stamps:
        return None
    steps = {b - a for a, b in itertools.pairwise(sorted(e.timestamp for e in entries))}
    if len(steps) == 1:
        # An edit list cuts by showing order: what is left has holes in decoding order only.
        step = steps.pop()
        return [k * step for k in range(len(stamps))], step
    whole = len(kept) == len(entries) and stream.duration
    return stamps, max(0, stream.duration - (stamps[-1] - stamps[0])) if whole else 0


def _from_packets(first: VideoFrame, path: Path) -> tuple[list[int] | None, int]:
    """Return time stamps and the last one's duration by reading the packets, without decoding.

    Where packets carry no time stamps, None and the number of packets.
    """
    begin = first.pts if first.pts is not None else first.dts
    stamps: dict[int, int] = {}
    packets = 0
    with open_media(path) as (container, stream):
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard and not packet.is_corrupt:
                packets += 1
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None and (begin is None or stamp >= begin):
                    stamps[stamp] = packet.duration or 0
    if packets == 0 or (len(stamps) < 2 and packets > len(stamps)):
        return None, max(1, packets)
    ordered = sorted(stamps)
    return ordered, stamps[ordered[-1]]


def _is_still(container: InputContainer, stream: VideoStream, path: Path, frames: int) -> bool:
    """Tell a picture from a video of one frame."""
    if frames != 1:
        return False
    picture_format = container.format.name.endswith("_pipe") or container.format.name == "image2"
    picture_codec = stream.codec_context.name in _STILL_CODECS
    return picture_format or picture_codec or path.suffix.lower() in _STILL_SUFFIXES


def start_timecode(container: InputContainer, stream: VideoStream) -> str:
    """Return the start timecode as it is written in a file; "" where there is none."""
    tracks = (stream, *container.streams.data)
    texts = [track.metadata.get("timecode") for track in tracks]
    return next((found for found in (*texts, container.metadata.get("timecode")) if found), "")


def _start_frame(container: InputContainer, stream: VideoStream, rate: Fraction) -> int:
    """Return the start timecode, counted in frames at ``rate``; 0 where there is none."""
    text = start_timecode(container, stream)
    if not text:
        return 0
    drop = can_drop_frames(rate) and text[-3] in ";."
    try:
        return Clock(rate, drop_frame=drop).count_at_timecode(text.strip().replace(".", ":"))
    except (UsageError, ValueError):
        return 0
