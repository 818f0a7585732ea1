"""Tell how a decoded frame has to be turned or mirrored to be shown upright."""

from __future__ import annotations

from av.video.frame import VideoFrame

from otio_idolsync.media.side_data import DISPLAY_MATRIX, side_data

_UPRIGHT = (1, 0, 0, 1)


def display_matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """Return the linear part (a, b, c, d) of a frame's display matrix, each -1, 0 or 1.

    Angles that are no quarter turn are left out, as in most players.
    """
    matrix = side_data(frame, DISPLAY_MATRIX)
    if matrix:
        cells = memoryview(matrix[:36]).cast("i")
        a, b, c, d = (cells[index] // 65536 for index in (0, 1, 3, 4))
        if {abs(a), abs(b), abs(c), abs(d)} <= {0, 1} and abs(a * d - b * c) == 1:
            return a, b, c, d
    return _UPRIGHT
