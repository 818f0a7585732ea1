"""Draw the card that stands for a shot that is not there yet: id, bar, running timecode, reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from otio_idolsync.rendering.model import OutputFormat, Slate

_GROUND = (20, 22, 28)
_BAND = (31, 34, 43)
_ACCENT = (255, 178, 62)
_BRIGHT = (240, 242, 246)
_DIM = (148, 155, 170)
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
# The built-in font has no glyphs for these.
_SPELLED = str.maketrans("\u2018\u2019\u201c\u201d\u2014", "''\"\"-")


def slate_frames(slate: Slate, output: OutputFormat) -> Iterator[VideoFrame]:
    """Yield a frame for each timecode of the slate, as RGB of the output's size."""
    card = _Card(slate, output.width, output.height)
    for timecode in slate.timecodes:
        yield _video_frame(card.at(timecode))


class _Card:
    """Everything on a slate that stands still, and where the timecode runs."""

    def __init__(self, slate: Slate, width: int, height: int) -> None:
        self._width, self._height = width, height
        # One unit is a hundredth of the shorter side, so that a portrait slate stays readable.
        self._unit = min(width, height) / 100
        self._margin = 7 * self._unit
        self._clock = self._fitted("00:00:00:00", 15, 6)
        self._still = Image.new("RGB", (width, height), _GROUND)
        self._draw_still(ImageDraw.Draw(self._still), slate)

    def at(self, timecode: str) -> Image.Image:
        """Return the card with a timecode."""
        picture = self._still.copy()
        place = (self._margin, self._height - 9.5 * self._unit)
        ImageDraw.Draw(picture).text(place, timecode, _ACCENT, self._clock, anchor="lm")
        return picture

    def _draw_still(self, draw: ImageDraw.ImageDraw, slate: Slate) -> None:
        unit, left = self._unit, self._margin
        draw.rectangle((0, 0, self._width, 1.6 * unit), _ACCENT)
        draw.rectangle((0, self._height - 19 * unit, self._width, self._height), _BAND)
        big = self._fitted(_clean(slate.title), 26, 9)
        title = self._shortened(_clean(slate.title), big)
        top = 7 * unit
        draw.text((left, top), title, _BRIGHT, big, anchor="lt")
        top += 1.0 * big.size if isinstance(big, ImageFont.FreeTypeFont) else 26 * unit
        if slate.place:
            place = self._fitted(_clean(slate.place), 10, 5)
            draw.text((left, top), _clean(slate.place), _ACCENT, place, anchor="lt")
            top += 14 * unit
        self._draw_lines(draw, slate.lines, top + 1 * unit)

    def _draw_lines(self, draw: ImageDraw.ImageDraw, lines: tuple[str, ...], top: float) -> None:
        font = _font(6.2 * self._unit)
        bottom = self._height - 21 * self._unit
        for index, line in enumerate(lines):
            for row in _wrapped(draw, _clean(line), font, self._width - 2 * self._margin):
                if top + 6.2 * self._unit > bottom:
                    return
                draw.text((self._margin, top), row, _DIM if index else _BRIGHT, font, anchor="lt")
                top += 8.2 * self._unit

    def _shortened(self, text: str, font: _Font) -> str:
        """Return a text whose middle is left out until it fits across the card."""
        kept = len(text)
        short = text
        while kept > 4 and font.getlength(short) > self._width - 2 * self._margin:
            kept -= 1
            short = f"{text[: kept - kept // 2]}...{text[len(text) - kept // 2 :]}"
        return short

    def _fitted(self, text: str, largest: float, smallest: float) -> _Font:
        """Return the largest font, in units, in which a text fits across the card."""
        size = largest
        across = self._width - 2 * self._margin
        while size > smallest and _font(size * self._unit).getlength(text) > across:
            size -= 1
        return _font(size * self._unit)


def _font(size: float) -> _Font:
    return ImageFont.load_default(max(7, round(size)))


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: _Font, across: float) -> Iterator[str]:
    """Yield the rows of a text that is broken where it no longer fits; paths break anywhere."""
    row = ""
    for word in text.split(" "):
        longer = f"{row} {word}" if row else word
        if draw.textlength(longer, font) <= across:
            row = longer
            continue
        if row:
            yield row
        row = word
        while draw.textlength(row, font) > across:
            cut = next(k for k in range(len(row), 0, -1) if _fits(draw, row[:k], font, across, k))
            yield row[:cut]
            row = row[cut:]
    if row:
        yield row


def _fits(draw: ImageDraw.ImageDraw, text: str, font: _Font, across: float, length: int) -> bool:
    return length == 1 or draw.textlength(text, font) <= across


def _clean(text: str) -> str:
    return " ".join(text.translate(_SPELLED).split())


def _video_frame(picture: Image.Image) -> VideoFrame:
    make: Callable[[Image.Image], VideoFrame] = VideoFrame.from_image
    return make(picture)
