"""Find out whether frames hold two fields each, and make whole frames of such.

Flags alone do not tell: captures that were encoded anew have lost them, and cameras flag as
interlaced what they took a whole frame at a time. So some frames are looked at, in the way of
ffmpeg's idet: where lines of one parity look more like the frame before and those of the other more
like the frame after, they are of different moments.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otio_idolsync.errors import MediaError

# ``flagged``: frames that say so hold two fields; else all do, the upper (``tff``) or lower first.
Fields = Literal["progressive", "flagged", "tff", "bff"]
# Raised whenever the same fields would become another picture.
DEINTERLACER = 1
# A difference of luma, 0 to 255, that is movement and not noise, and how much of a picture moves.
_MOVED, _SHARE = 8, 0.005
# Two fields of one frame: where something moves, lines lie off those of the nearer field's moment
# by so much less than off the farther one's, and off each other as much. In a whole frame lines fit
# each other far better than any other moment's.
_APART, _COMBED, _WHOLE = 1.25, 0.62, 0.5
_LEAST_VOTES = 3


def fields_of(groups: Sequence[Sequence[VideoFrame]]) -> Fields:
    """Return whether frames hold two fields.

    Which is first is a flag, too, and wrong in many a file: what moves decides, where it can.

    Args:
        groups: Frames that follow each other, from several places.
    """
    votes = Counter(vote for group in groups for vote in _votes(group))
    flags = [frame.interlaced_frame for group in groups for frame in group]
    first: Fields = "tff" if votes["tff"] >= votes["bff"] else "bff"
    other: Fields = "bff" if first == "tff" else "tff"
    if any(flags):
        if votes["progressive"] >= 2 * _LEAST_VOTES and not votes[first]:
            return "progressive"
        sure = votes[first] >= max(_LEAST_VOTES, 0.8 * votes.total())
        return first if sure and all(flags) else "flagged"
    # Of film that was brought to 29.97 frames, two of five frames hold two fields.
    many = votes[first] >= max(_LEAST_VOTES, 0.3 * votes.total(), 10 * votes[other])
    return first if many else "progressive"


def _votes(frames: Sequence[VideoFrame]) -> Iterator[Fields]:
    """Yield what each frame that moves says, together with its neighbours."""
    same = {(frame.width, frame.height) for frame in frames}
    if len(same) != 1 or frames[0].height < 8:
        return
    luma = [_luma(frame) for frame in frames]
    for before, now, after in zip(luma, luma[1:], luma[2:], strict=False):
        vote = _vote(before, now, after)
        if vote:
            yield vote


def _vote(
    before: NDArray[np.int16], now: NDArray[np.int16], after: NDArray[np.int16]
) -> Fields | None:
    differs = np.maximum(np.abs(now - before), np.abs(now - after))
    moving = differs[1:-1] > _MOVED
    if min(moving[0::2].mean(), moving[1::2].mean()) < _SHARE:
        return None
    between = now[:-2] + now[2:]

    def unlike(other: NDArray[np.int16], first: int) -> float:
        """By how much lines of a frame lie off those of another that should be between them."""
        off = np.abs(between - 2 * other[1:-1])
        return float(off[first::2][moving[first::2]].mean())

    # Lines 1, 3 … are of the lower field, 2, 4 … of the upper; row 0 of these arrays is line 1.
    upper_first = unlike(before, 0) + unlike(after, 1)
    lower_first = unlike(before, 1) + unlike(after, 0)
    combs = unlike(now, 0) + unlike(now, 1)
    near, far = sorted((upper_first, lower_first))
    if far > _APART * near and combs > _COMBED * near:
        return "tff" if upper_first < lower_first else "bff"
    return "progressive" if combs < _WHOLE * near else None


def _luma(frame: VideoFrame) -> NDArray[np.int16]:
    """Return a frame's luma; every fourth column is enough."""
    return frame.reformat(format="gray").to_ndarray()[:, ::4].astype(np.int16)


def deinterlaced(
    frames: Iterator[tuple[Fraction, VideoFrame]], fields: Fields
) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield each frame with its time, made whole by bwdif; frames that are whole are passed on.

    One frame goes in ahead of the one that comes out: both neighbours decide.
    """
    graph, shape = None, None
    waiting: deque[Fraction] = deque()
    for count, (seconds, frame) in enumerate(frames):
        now = (frame.width, frame.height, frame.format.name)
        if graph is not None and now != shape:
            yield from _rest(graph, waiting)
            graph = None
        if graph is None:
            graph, shape = _bwdif(frame, fields), now
        frame.pts = count
        graph.push(frame)
        waiting.append(seconds)
        if len(waiting) > 1:
            yield waiting.popleft(), _pulled(graph)
    if graph is not None:
        yield from _rest(graph, waiting)


def _bwdif(frame: VideoFrame, fields: Fields) -> Graph:
    parity = "auto" if fields == "flagged" else fields
    which = "interlaced" if fields == "flagged" else "all"
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        ),
        graph.add("bwdif", f"mode=send_frame:parity={parity}:deint={which}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _rest(graph: Graph, waiting: deque[Fraction]) -> Iterator[tuple[Fraction, VideoFrame]]:
    graph.push(None)
    while waiting:
        yield waiting.popleft(), _pulled(graph)


def _pulled(graph: Graph) -> VideoFrame:
    frame = graph.pull()
    if not isinstance(frame, VideoFrame):
        raise MediaError("the deinterlacer gave no picture")
    return frame
