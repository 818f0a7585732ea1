"""Open what a shot shows as finished frames of the output."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction

from av.video.frame import VideoFrame

from otio_idolsync.cut.look import Look
from otio_idolsync.errors import MediaError, RenderError, SourceError
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.icc import from_profile
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.signal import Signal, signal_of
from otio_idolsync.rendering.composite import Compositor, Leaf
from otio_idolsync.rendering.model import Footage, Layers, OutputFormat, Plate, ShotJob, Slate
from otio_idolsync.rendering.picture import Conformer, Place, place_of
from otio_idolsync.rendering.slate import slate_frames


class Showing:
    """The frames of one shot, and what there is to say of its sources."""

    def __init__(
        self, output: OutputFormat, signal: Callable[[MediaInfo], Signal] = signal_of
    ) -> None:
        """Take the format that every frame is brought to, and what tells how media are coded."""
        self._output = output
        self._signal = signal
        self._opened: list[tuple[Leaf, Conformer]] = []
        self._said: set[str] = set()

    @property
    def notes(self) -> list[str]:
        """What of its sources is not shown as it should be, known once its frames are made."""
        said = {
            f"{content.info.path.name} {note}"
            for content, conformer in self._opened
            if isinstance(content, Footage)
            for note in conformer.notes
        }
        return sorted(said | self._said)

    def frames(self, job: ShotJob) -> Iterator[VideoFrame]:
        """Yield the finished frames of a shot.

        Raises:
            SourceError: A source does not fill it or cannot be read.
        """
        content = job.content
        if isinstance(content, Layers):
            yield from Compositor(self._output, self._layer).frames(content, job.frames)
        else:
            conformer = self._conformer(content, None)
            self._opened.append((content, conformer))
            yield from conformer.frames(self._source(content, job.frames))

    def _layer(self, content: Leaf, frames: int, look: Look) -> Iterator[VideoFrame]:
        conformer = self._conformer(content, place_of(look, self._display(content), self._output))
        self._opened.append((content, conformer))
        return conformer.frames(self._source(content, frames))

    def _conformer(self, content: Leaf, place: Place | None) -> Conformer:
        display = self._display(content)
        if not isinstance(content, Footage):
            return Conformer(self._output, display, place)
        path, signal = content.info.path, self._coded(content)
        if signal.profile == "unknown":
            self._said.add(f"{path.name} has a colour profile that is not converted")
        profile = from_profile(path) if signal.profile == "matrix" else None
        return Conformer(self._output, display, place, peak=signal.peak, profile=profile)

    def _coded(self, content: Footage) -> Signal:
        # What is wrong with a file is said when its first frame is read.
        with contextlib.suppress(MediaError, OSError):
            return self._signal(content.info)
        return Signal()

    def _source(self, content: Leaf, frames: int) -> Iterator[VideoFrame]:
        if isinstance(content, Footage):
            return self._footage(content, frames)
        if isinstance(content, Slate):
            return slate_frames(content, self._output)
        color = content.color if isinstance(content, Plate) else (0, 0, 0)
        return _plain_frames(color, frames, self._output)

    def _footage(self, content: Footage, frames: int) -> Iterator[VideoFrame]:
        info, rate, done = content.info, self._output.rate, 0
        try:
            fields = self._output.fields(info, self._coded(content))
            if fields != "progressive":
                how = "is interlaced; it is deinterlaced (--no-deinterlace keeps its fields)"
                self._said.add(f"{info.path.name} {how}")
            for frame in shot_frames(info, content.start, frames, rate, content.speed, fields):
                yield frame
                done += 1
        except RenderError as error:
            raise SourceError(content.info.path, str(error)) from error
        except MediaError as error:
            path = content.info.path
            at = float(max(content.start, Fraction(0)) + done * content.speed / rate)
            reason = getattr(error.__cause__, "strerror", None) or str(error)
            said = f"{path} is damaged {at:.2f} s after its first frame ({reason})"
            raise SourceError(path, said) from error

    def _display(self, content: Leaf) -> tuple[int, int]:
        if isinstance(content, Footage):
            return content.info.width, content.info.height
        return self._output.framed


def _plain_frames(
    color: tuple[int, int, int], count: int, output: OutputFormat
) -> Iterator[VideoFrame]:
    frame = VideoFrame(output.width, output.height, "rgb24")
    plane = frame.planes[0]
    row = (bytes(color) * output.width).ljust(plane.line_size, b"\0")
    plane.update(row * output.height)
    yield from (frame for _ in range(count))
