"""Bring any decoded frame to the output's picture: upright, square pixels, BT.709, exact size.

One libavfilter graph does it: rotate, lay alpha over black, scale with the right matrix and range,
cut to the output, pad with black. For a picture that others shine through, alpha is kept instead
(colours multiplied by it), and what it does not cover is transparent. Pictures of other primaries
or in HDR are made RGB by a graph of their own first, and brought to BT.709 as such.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import PictureType, VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from otio_idolsync.cut.look import Fit, Look
from otio_idolsync.errors import RenderError
from otio_idolsync.media.colour import BT2020, LINEAR, Conversion, colours_of, to_bt709
from otio_idolsync.media.orientation import display_matrix
from otio_idolsync.media.size import LARGEST_SIDE
from otio_idolsync.rendering.model import OutputFormat

DAMAGED = "is damaged in places; pictures of it are faulty"
BT709, LIMITED = 1, 1
_FULL_RANGE = 2
_PLAIN_FORMAT, _CLEAR_FORMAT = "yuv420p", "yuva420p"
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
_UNKNOWN_MATRICES = {8: "YCgCo", 10: "BT.2020 with constant luminance", 14: "ICtCp"}


class Conformer:
    """Turns the frames of one shot into frames of the output, one for one."""

    def __init__(
        self,
        output: OutputFormat,
        display: tuple[int, int],
        place: Place | None = None,
        premultiplied: bool = False,
        peak: float = 0.0,
        profile: Conversion | None = None,
    ) -> None:
        """Take the output's format and the source's display size in square pixels.

        Args:
            output: What every frame is brought to.
            display: The source's size in square pixels, upright.
            place: Where it is laid into the frame; then alpha is kept.
            premultiplied: Whether the source's colours are multiplied by its alpha already.
            peak: The brightest light that a PQ source says it holds, in cd/m2; 0 where it does not.
            profile: What its ICC profile makes of frames that say nothing else.
        """
        self._output = output
        self._display = display
        self._place = place
        self._premultiplied = premultiplied
        self._peak = peak
        self._profile = profile
        self._to_rgb: Graph | None = None
        self._to_bt709: Conversion | None = None
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
        shape = (
            frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range,
            frame.color_primaries, frame.color_trc,
        )  # fmt: skip
        if self._graph is None or shape != self._shape:
            self._note(frame)
            self._graph, self._shape = self._build(frame), shape
        if frame.is_corrupt:
            self.notes.add(DAMAGED)
        if self._to_rgb and self._to_bt709:
            frame = self._to_bt709(_through(self._to_rgb, frame))
        done = _through(self._graph, frame)
        # A decoded frame's type would force the encoder's.
        done.pict_type = PictureType.NONE
        return done

    def _note(self, frame: VideoFrame) -> None:
        colours, matrix = colours_of(frame), int(frame.colorspace)
        if colours.hdr:
            how = {"tonemap": "tone-mapped by the curve of BT.2390", "clip": "clipped at 203 cd/m2"}
            self.notes.add(f"is HDR ({colours.hdr}); it is {how[self._output.hdr]} to BT.709")
        if colours.transfer == LINEAR:
            self.notes.add("holds linear light; it is shown by the curve of sRGB")
        if colours.unknown:
            self.notes.add(f"has a transfer curve that is not converted ({colours.unknown})")
        if matrix in _UNKNOWN_MATRICES and not frame.format.is_rgb:
            self.notes.add(f"has colours that are not converted ({_UNKNOWN_MATRICES[matrix]})")

    def _build(self, frame: VideoFrame) -> Graph:
        """Return the graph that finishes a frame; where it must be RGB before, make that, too."""
        turns = _TURNS[display_matrix(frame)]
        colours = colours_of(frame)
        self._to_rgb, self._to_bt709 = None, self._profile
        if not colours.plain:
            self._to_bt709 = to_bt709(colours, self._output.hdr, self._peak)
        if self._to_bt709:
            across = (frame.height, frame.width) if turns and turns[0][0] == "transpose" else None
            size = self._size_in_light(frame, across or (frame.width, frame.height))
            pixels = "gbrap16le" if _has_alpha(frame.format) else "gbrp16le"
            scaling = _scaling(frame, *size, frame.format.is_rgb)
            self._to_rgb = _graph(frame, (*turns, scaling, ("format", pixels)))
            frame, turns = VideoFrame(*size, pixels), []
        steps = self._steps(frame) if self._place is None else self._laid(frame, self._place)
        return _graph(frame, (*turns, *steps))

    def _size_in_light(self, frame: VideoFrame, size: tuple[int, int]) -> tuple[int, int]:
        """Return at which size colours are converted: the smaller of the source's and its last."""
        last = (self._place.width, self._place.height) if self._place else self._scaled()
        smaller = last[0] * last[1] < size[0] * size[1]
        return last if smaller and not _has_alpha(frame.format) else size

    def _scaled(self) -> tuple[int, int]:
        """Return the even size that the source is scaled to where it is not laid anywhere."""
        size = scaled_size(self._display, self._output.framed, self._output.fit)
        width, height = (max(2, 2 * round(side / 2)) for side in _shown(size, self._output))
        return width, height

    def _steps(self, frame: VideoFrame) -> Iterator[_FilterStep]:
        out = self._output
        rgb = frame.format.is_rgb
        if _has_alpha(frame.format):
            rgb = True
            yield "format", "gbrap"
            yield "premultiply", "inplace=1"
            yield "format", "gbrp"
        width, height = self._scaled()
        yield _scaling(frame, width, height, rgb)
        yield "format", _PLAIN_FORMAT
        cut_width, cut_height = min(width, out.width), min(height, out.height)
        if (cut_width, cut_height) != (width, height):
            yield "crop", f"w={cut_width}:h={cut_height}"
        if (cut_width, cut_height) != (out.width, out.height):
            left, top = (out.width - cut_width) // 4 * 2, (out.height - cut_height) // 4 * 2
            yield "pad", f"w={out.width}:h={out.height}:x={left}:y={top}:color=black"
        yield "setsar", "1"

    def _laid(self, frame: VideoFrame, place: Place) -> Iterator[_FilterStep]:
        """Yield the steps that keep alpha; a source that covers the frame stays without one."""
        out = self._output
        clear = _has_alpha(frame.format)
        rgb = frame.format.is_rgb or (clear and not self._premultiplied)
        if clear and not self._premultiplied:
            yield "format", "gbrap"
            yield "premultiply", "inplace=1"
        yield _scaling(frame, place.width, place.height, rgb)
        if not clear and place.covers(out):
            yield "format", _PLAIN_FORMAT
        else:
            # Full colour resolution, so that odd places are exact.
            yield "format", "yuva444p"
        if any(place.crop):
            yield from _cropped(place)
        if place.degrees:
            turned = place.turned
            angle = float(place.degrees) * math.pi / 180
            sides = f"ow={turned[0]}:oh={turned[1]}"
            yield "rotate", f"a={angle}:{sides}:c=black@0:bilinear=1"
        yield from _window(place, out)
        yield "format", f"{_CLEAR_FORMAT}|{_PLAIN_FORMAT}"
        yield "setsar", "1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies in the frame.

    Attributes:
        width: Pixels it is scaled to.
        height: Pixels it is scaled to.
        left: Its left edge in the frame, after the turn; may be negative.
        top: Its upper edge.
        degrees: Turn, clockwise.
        crop: Shares that are cut off at the left, upper, right and lower side before all else.
    """

    width: int
    height: int
    left: int
    top: int
    degrees: Fraction = Fraction(0)
    crop: tuple[Fraction, ...] = (Fraction(0),) * 4

    @property
    def turned(self) -> tuple[int, int]:
        """The size of the turned picture, rounded up to even pixels."""
        return _turned(self.width, self.height, self.degrees)

    def covers(self, output: OutputFormat) -> bool:
        """Whether nothing of the frame is left free."""
        right, bottom = self.left + self.width, self.top + self.height
        inside = self.left <= 0 and self.top <= 0
        # Odd offsets would move the colours of a 4:2:0 picture.
        even = self.left % 2 == 0 and self.top % 2 == 0
        whole = right >= output.width and bottom >= output.height
        return inside and whole and even and not self.degrees and not any(self.crop)


def place_of(look: Look, display: tuple[int, int], output: OutputFormat) -> Place:
    """Return where a look lays a picture of a display size.

    Raises:
        RenderError: It is enlarged beyond all bounds.
    """
    fit = look.fit or output.fit
    if look.native is None:
        width, height = scaled_size(display, output.framed, fit)
    else:
        sequence = look.native if all(look.native) else output.framed
        zoom = _zoom(sequence, output.framed, output.fit)
        width, height = (round(side * zoom) for side in display)
    width, height = (
        max(1, round(side * scale)) for side, scale in zip((width, height), look.scale, strict=True)
    )
    if max(width, height) > LARGEST_SIDE:
        raise RenderError(
            f"a picture is enlarged to {width}x{height}; at most {LARGEST_SIDE} pixels a side"
        )
    width, height = (max(1, round(side)) for side in _shown((width, height), output))
    across, down = _turned(width, height, look.degrees)
    right = look.right * output.width + look.right_by_height * output.height
    left = Fraction(output.width - across, 2) + right
    top = Fraction(output.height - down, 2) + look.down * output.height
    if not right and not look.down and not look.degrees and not (width % 2 or height % 2):
        left, top = Fraction(2 * math.floor(left / 2)), Fraction(2 * math.floor(top / 2))
    return Place(width, height, math.floor(left), math.floor(top), look.degrees, look.crop)


def _turned(width: int, height: int, degrees: Fraction) -> tuple[int, int]:
    if not degrees:
        return width, height
    angle = float(degrees) * math.pi / 180
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    sides = (width * cosine + height * sine, width * sine + height * cosine)
    across, down = (2 * math.ceil(side / 2 - 1e-6) for side in sides)
    return across, down


def _window(place: Place, output: OutputFormat) -> Iterator[_FilterStep]:
    """Yield the steps that cut a scaled picture to the frame and pad it where it ends inside."""
    across, down = place.turned
    left, top = max(0, place.left), max(0, place.top)
    width = min(place.left + across, output.width) - left
    height = min(place.top + down, output.height) - top
    if width <= 0 or height <= 0:  # it lies outside
        yield "crop", "w=1:h=1:x=0:y=0:exact=1"
        yield "lutyuv", "y=16:u=128:v=128:a=0"
        yield "pad", f"w={output.width}:h={output.height}:color=black@0"
        return
    if (width, height) != (across, down):
        yield "crop", f"w={width}:h={height}:x={left - place.left}:y={top - place.top}:exact=1"
    if (width, height) != (output.width, output.height):
        yield "pad", f"w={output.width}:h={output.height}:x={left}:y={top}:color=black@0"


def _cropped(place: Place) -> Iterator[_FilterStep]:
    """Yield the steps that leave the sides of a scaled picture transparent."""
    sides = (place.width, place.height, place.width, place.height)
    left, top, right, bottom = (
        round(share * side) for share, side in zip(place.crop, sides, strict=True)
    )
    width, height = place.width - left - right, place.height - top - bottom
    if width <= 0 or height <= 0:  # nothing is left of it
        yield "lutyuv", "y=16:u=128:v=128:a=0"
        return
    yield "crop", f"w={width}:h={height}:x={left}:y={top}:exact=1"
    yield "pad", f"w={place.width}:h={place.height}:x={left}:y={top}:color=black@0"


def _graph(frame: VideoFrame, steps: Iterable[_FilterStep]) -> Graph:
    """Return a graph that takes frames like this one through steps."""
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    for name, arguments in steps:
        step = graph.add(name, arguments)
        last.link_to(step)
        last = step
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def _through(graph: Graph, frame: VideoFrame) -> VideoFrame:
    frame.pts = 0
    graph.push(frame)
    done = graph.pull()
    if not isinstance(done, VideoFrame):
        raise RenderError(f"the picture filter gave no picture for a {frame.format.name} frame")
    return done


def _scaling(frame: VideoFrame, width: int, height: int, rgb: bool) -> _FilterStep:
    colours = "out_color_matrix=bt709:out_range=limited"
    if not rgb:
        colours += f":in_color_matrix={_matrix(frame)}:in_range={_range(frame)}"
    return "scale", f"w={width}:h={height}:flags=bicubic+accurate_rnd:{colours}"


def _zoom(source: tuple[int, int], output: tuple[int, int], fit: Fit) -> Fraction:
    """Return by how much a whole picture is enlarged to be brought to the output."""
    if fit == "crop":
        return Fraction(1)
    across, down = Fraction(output[0], source[0]), Fraction(output[1], source[1])
    return min(across, down) if fit == "fit" else max(across, down)


def _shown(size: tuple[int, int], output: OutputFormat) -> Iterator[Fraction]:
    """Yield how wide and high a picture that was framed in the final is in the output."""
    sides = zip(size, (output.width, output.height), output.framed, strict=True)
    return (side * Fraction(here, final) for side, here, final in sides)


def scaled_size(source: tuple[int, int], output: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """Return the even size that a display picture is scaled to before it is cut and padded."""
    scale = _zoom(source, output, fit)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in source)
    return width, height


def _has_alpha(pixels: VideoFormat) -> bool:
    return pixels.has_palette or any(part.is_alpha for part in pixels.components)


def _matrix(frame: VideoFrame) -> str:
    """Return the source's YUV matrix; where it is not told, that of its size, as players do."""
    if int(frame.color_primaries) == BT2020:
        return _MATRICES.get(int(frame.colorspace), "bt2020")
    high = frame.width >= 1280 or frame.height > 576
    return _MATRICES.get(int(frame.colorspace), "bt709" if high else "smpte170m")


def _range(frame: VideoFrame) -> str:
    full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return "full" if full else "limited"


def rows_of(plane: VideoPlane) -> NDArray[np.uint8]:
    """Return a plane's pixels without the padding of its lines; writing changes the plane."""
    buffer = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    rows: NDArray[np.uint8] = buffer.reshape(plane.height, plane.line_size)[:, : plane.width]
    return rows
