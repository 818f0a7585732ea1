"""Find and probe the media of clips, each once, and say where in it a clip begins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.numbered import images_at
from otio_idolsync.errors import MediaError
from otio_idolsync.media.files import is_there
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.media.probe import probe, probe_sequence
from otio_idolsync.timebase import exact_seconds, media_rate

_DEFAULT_RATE = Fraction(24)


class Sources:
    """The media of one timeline."""

    def __init__(self, locator: Locator, look: Callable[[Path], MediaInfo] = probe) -> None:
        """Take what finds files, and what tells what they hold."""
        self.locator = locator
        self._look = look
        self._known: dict[Path | ImageSequence, MediaInfo | str] = {}

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Display sizes of all media that could be read."""
        found = self._known.values()
        return [(info.width, info.height) for info in found if isinstance(info, MediaInfo)]

    def of(self, clip: otio.schema.Clip) -> MediaInfo:
        """Return what a clip's active media holds.

        Raises:
            MediaError: It is missing, unreadable, or was never linked.
        """
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return self._pictures(*self._sequence(reference))
        url = getattr(reference, "target_url", None)
        if not url:
            raise MediaError(f"clip {clip.name!r} has no media; link it to a file")
        path = self.locator.find(url)
        pictures = None if is_there(path) else images_at(path)
        if pictures is None:
            return self._once(path, lambda: self._look(path))
        available = reference.available_range or clip.source_range
        rate = media_rate(available.start_time.rate) if available else None
        return self._pictures(pictures, rate or _DEFAULT_RATE)

    def _pictures(self, sequence: ImageSequence, rate: Fraction) -> MediaInfo:
        return self._once(sequence, lambda: probe_sequence(_complete(sequence), rate, self._look))

    def _once(self, what: Path | ImageSequence, look: Callable[[], MediaInfo]) -> MediaInfo:
        if what not in self._known:
            try:
                self._known[what] = look()
            except MediaError as error:
                self._known[what] = str(error)
        found = self._known[what]
        if isinstance(found, str):
            raise MediaError(found)
        return found

    def _sequence(
        self, reference: otio.schema.ImageSequenceReference
    ) -> tuple[ImageSequence, Fraction]:
        base = reference.target_url_base or ""
        available = reference.available_range
        sequence = ImageSequence(
            self.locator.find(base if base.endswith("/") else base + "/"),
            reference.name_prefix,
            reference.name_suffix,
            reference.start_frame,
            max(1, int(reference.number_of_images_in_sequence())) if available else 1,
            reference.frame_zero_padding,
            reference.frame_step or 1,
        )
        rate = reference.rate or (available.start_time.rate if available else _DEFAULT_RATE)
        return sequence, media_rate(rate)


def shows_file(timeline: otio.schema.Timeline, locator: Locator, path: Path) -> bool:
    """Return whether a file is among a timeline's media."""
    there = path.resolve()
    for clip in timeline.find_clips():
        for reference in clip.media_references().values():
            url = getattr(reference, "target_url", None)
            with contextlib.suppress(MediaError):  # an address
                if url and replace(locator, fetch=None).find(url).resolve() == there:
                    return True
    return False


def start_in_media(clip: otio.schema.Clip, info: MediaInfo) -> Fraction:
    """Return the exact seconds between the media's first frame and the clip's first.

    Source ranges count from the media's start timecode. Where the reference does not say which that
    is, the file's own is taken, unless the clip would then begin before it.
    """
    begin = exact_seconds(clip.trimmed_range().start_time)
    available = clip.media_reference.available_range
    if available:
        return begin - exact_seconds(available.start_time)
    timecode = info.start_frame / info.rate
    return begin - timecode if begin >= timecode else begin


def _complete(sequence: ImageSequence) -> ImageSequence:
    """Return the sequence if every image is on disk.

    Raises:
        MediaError: Images are missing; the first is named.
    """
    lost = [k for k in range(sequence.count) if not is_there(sequence.path_of(k))]
    if lost:
        raise MediaError(
            f"image {sequence.path_of(lost[0])} does not exist ({len(lost)} of {sequence.count} "
            "images of its sequence are missing)"
        )
    return sequence
