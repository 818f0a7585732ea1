"""Bring any decoded frame to the output's picture: upright, square pixels, BT.709, exact size.

One libavfilter graph does it: rotate, lay alpha over black, scale with the right matrix and range,
cut to the output, pad with black.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import PictureType, VideoFrame

from otio_idolsync.errors import RenderError
from otio_idolsync.media.probe import display_matrix
from otio_idolsync.rendering.model import Fit, OutputFormat

BT709, LIMITED = 1, 1
_FULL_RANGE = 2
_PQ, _HLG = 16, 18
_PLAIN_FORMAT = "yuv420p"
_FilterStep = tuple[str, str]
# (a, b, c, d) of the display matrix -> the filters that turn the picture upright.
_TURNS: dict[tuple[int, int, int, int], list[_FilterStep]] = {
    (1, 0, 0, 1): [],
    (-1, 0, 0, 1): [("hflip", "")],
    (1, 0, 0, -1): [("vflip", "")],
    (-1, 0, 0, -1): [("hflip", ""), ("vflip", "")],
    (0, 1, -1, 0): [("transpose", "dir=clock")],
    (0, -1, 1, 0): [("transpose", "dir=cclock")],
    (0, 1, 1, 0): [("transpose", "dir=cclock_flip")],
    (0, -1, -1, 0): [("transpose", "dir=clock_flip")],
}
# AVColorSpace numbers -> names of the scale filter; what is left out is judged by its size.
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}


class Conformer:
    """Turns the frames of one shot into frames of the output, one for one."""

    def __init__(self, output: OutputFormat, display: tuple[int, int]) -> None:
        """Take the output's format and the source's display size in square pixels."""
        self._output = output
        self._display = display
        self._graph: Graph | None = None
        self._shape: tuple[object, ...] = ()
        self._last: tuple[VideoFrame, VideoFrame] | None = None
        self.notes: set[str] = set()

    def frames(self, source: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield a finished frame for each source frame; one that stays is converted once."""
        for frame in source:
            if self._last is None or self._last[0] is not frame:
                self._last = frame, self._convert(frame)
            yield self._last[1]

    def _convert(self, frame: VideoFrame) -> VideoFrame:
        shape = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if self._graph is None or shape != self._shape:
            self._note(frame)
            self._graph, self._shape = self._build(frame), shape
        frame.pts = 0
        self._graph.push(frame)
        done = self._graph.pull()
        if not isinstance(done, VideoFrame):
            raise RenderError(f"the picture filter gave no picture for a {shape} frame")
        # A decoded frame's type would force the encoder's.
        done.pict_type = PictureType.NONE
        return done

    def _note(self, frame: VideoFrame) -> None:
        if frame.color_trc in (_PQ, _HLG):
            self.notes.add("is HDR and is shown without tone mapping")
        if frame.interlaced_frame:
            self.notes.add("is interlaced and is shown without deinterlacing")

    def _build(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        last = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=Fraction(1, 1000),
        )
        for name, arguments in (*_TURNS[display_matrix(frame)], *self._steps(frame)):
            step = graph.add(name, arguments)
            last.link_to(step)
            last = step
        sink = graph.add("buffersink")
        last.link_to(sink)
        graph.configure()
        return graph

    def _steps(self, frame: VideoFrame) -> Iterator[_FilterStep]:
        out = self._output
        rgb = frame.format.is_rgb
        if _has_alpha(frame.format):
            rgb = True
            yield "format", "gbrap"
            yield "premultiply", "inplace=1"
            yield "format", "gbrp"
        width, height = scaled_size(self._display, (out.width, out.height), out.fit)
        colours = "out_color_matrix=bt709:out_range=limited"
        if not rgb:
            colours += f":in_color_matrix={_matrix(frame)}:in_range={_range(frame)}"
        yield "scale", f"w={width}:h={height}:flags=bicubic+accurate_rnd:{colours}"
        yield "format", _PLAIN_FORMAT
        cut_width, cut_height = min(width, out.width), min(height, out.height)
        if (cut_width, cut_height) != (width, height):
            yield "crop", f"w={cut_width}:h={cut_height}"
        if (cut_width, cut_height) != (out.width, out.height):
            left, top = (out.width - cut_width) // 4 * 2, (out.height - cut_height) // 4 * 2
            yield "pad", f"w={out.width}:h={out.height}:x={left}:y={top}:color=black"
        yield "setsar", "1"


def scaled_size(source: tuple[int, int], output: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """Return the even size that a display picture is scaled to before it is cut and padded."""
    if fit == "crop":
        scale = Fraction(1)
    else:
        across, down = Fraction(output[0], source[0]), Fraction(output[1], source[1])
        scale = min(across, down) if fit == "fit" else max(across, down)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in source)
    return width, height


def _has_alpha(pixels: VideoFormat) -> bool:
    return pixels.has_palette or any(part.is_alpha for part in pixels.components)


def _matrix(frame: VideoFrame) -> str:
    """Return the source's YUV matrix; where it is not told, that of its size, as players do."""
    high = frame.width >= 1280 or frame.height > 576
    return _MATRICES.get(int(frame.colorspace), "bt709" if high else "smpte170m")


def _range(frame: VideoFrame) -> str:
    full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return "full" if full else "limited"
