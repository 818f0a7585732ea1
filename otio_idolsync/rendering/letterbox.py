"""Say of which shots much stays black, because their media have another shape than the movie."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from otio_idolsync.cut.look import Look
from otio_idolsync.media.size import black_warning
from otio_idolsync.rendering.model import Black, Content, Footage, Layers, OutputFormat, ShotJob
from otio_idolsync.rendering.picture import place_of

_WAYS_OUT = "--fit fill covers it and cuts the rest off, --size makes the movie another shape"

_AS_FITTED = Look()


def letterboxed(jobs: Sequence[ShotJob], output: OutputFormat) -> list[str]:
    """Return one warning of all shots that leave more than a quarter of the picture black."""
    shares = {job.shot_id: 1 - _covered(job.content, output) for job in jobs}
    return black_warning(shares, (output.width, output.height), _WAYS_OUT)


def _covered(content: Content, output: OutputFormat, look: Look = _AS_FITTED) -> Fraction:
    """Return which share of the frame a content covers where it covers most.

    What nobody sees as a black bar covers all: a gap, a slate, a plain colour.
    """
    if isinstance(content, Footage):
        display = (content.info.width, content.info.height)
    elif isinstance(content, Layers):
        display = (output.width, output.height)
    else:
        return Fraction(1)
    if look.plain and isinstance(content, Layers):
        whole = Fraction(1)
    else:
        place = place_of(look, display, output)
        across, down = place.turned
        width = min(place.left + across, output.width) - max(place.left, 0)
        height = min(place.top + down, output.height) - max(place.top, 0)
        whole = Fraction(max(width, 0) * max(height, 0), output.width * output.height)
    if isinstance(content, Footage):
        return whole
    shown = [layer for layer in content.layers if not isinstance(layer.content, Black)]
    return whole * max(
        (_covered(layer.content, output, layer.look) for layer in shown), default=Fraction(1)
    )
