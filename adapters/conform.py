"""Write a timeline as a conformed movie, frame for frame."""

from __future__ import annotations

from typing import Any

from otio_idolsync.adapters.bridge import takes, tell
from otio_idolsync.rendering.options import RenderOptions


@takes("idolsync_conform", RenderOptions)  # type: ignore[untyped-decorator]
def write_to_file(input_otio: Any, filepath: str, **asked: Any) -> None:
    """Render a timeline; arguments as in ``idolsync render``, with ``start`` and ``end``."""
    from otio_idolsync.rendering.render import render

    tell(render(input_otio, filepath, **asked).warnings)
