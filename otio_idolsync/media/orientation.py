"""Tell how a decoded frame has to be turned or mirrored to be shown upright."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

_UPRIGHT = (1, 0, 0, 1)
# AV_FRAME_DATA_DISPLAYMATRIX; the numbers are part of the libraries' interface.
_MATRIX = 6
# More kinds of side data than ffmpeg knows.
_KINDS = 64


def display_matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """Return the linear part (a, b, c, d) of a frame's display matrix, each -1, 0 or 1.

    Angles that are no quarter turn are left out, as in most players.
    """
    alone = _with_its_matrix_alone(frame)
    for data in alone.side_data if alone else ():
        # PyAV's stubs call this sequence a mapping of names.
        cells = memoryview(bytes(data)[:36]).cast("i")  # type: ignore[arg-type]
        a, b, c, d = (cells[index] // 65536 for index in (0, 1, 3, 4))
        if {abs(a), abs(b), abs(c), abs(d)} <= {0, 1} and abs(a * d - b * c) == 1:
            return a, b, c, d
    return _UPRIGHT


def _with_its_matrix_alone(frame: VideoFrame) -> VideoFrame | None:
    """Return the frame without other side data than its display matrix; None where it has none.

    PyAV (17 and 18) frees the metadata of side data twice (an ICC profile's name), which ends the
    process, and refuses kinds that it has no name for (EXIF): nothing else may ever be listed.
    """
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    for arguments in _steps():
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
    return alone if isinstance(alone, VideoFrame) else None


def _steps() -> Iterator[str]:
    yield f"mode=select:type={_MATRIX}"
    for kind in range(_KINDS):
        if kind != _MATRIX:
            yield f"mode=delete:type={kind}"
