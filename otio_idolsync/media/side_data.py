"""Read what lies beside a decoded frame, one kind of it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

# AVFrameSideDataType; the numbers are part of the libraries' interface.
DISPLAY_MATRIX, MASTERING_DISPLAY, LIGHT_LEVEL = 6, 11, 14
# More kinds than ffmpeg knows.
_KINDS = 64


def side_data(frame: VideoFrame, kind: int) -> bytes | None:
    """Return the side data of a kind; None where a frame has none.

    PyAV (17 and 18) frees the metadata of side data twice (an ICC profile's name), which ends the
    process, and refuses kinds that it has no name for (EXIF): nothing else may ever be listed.
    """
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    for arguments in _steps(kind):
        step = graph.add("sidedata", arguments)
        last.link_to(step)
        last = step
    last.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    try:
        alone = graph.pull()
    except (BlockingIOError, av.error.EOFError):
        return None
    # PyAV's stubs call this sequence a mapping of names.
    return next((bytes(data) for data in getattr(alone, "side_data", ())), None)


def _steps(kind: int) -> Iterator[str]:
    yield f"mode=select:type={kind}"
    for other in range(_KINDS):
        if other != kind:
            yield f"mode=delete:type={other}"
