"""Native OpenTimelineIO, with absolute paths and the song as a WAV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otio_idolsync.interchange.editors.model import UNCOMPRESSED, Editor, Loss

if TYPE_CHECKING:
    import opentimelineio as otio

EDITOR = Editor(
    name="otio",
    title="Native .otio",
    write="otio_idolsync.interchange.editors.native:write_native",
    opens=UNCOMPRESSED,
    importing=(
        "`idolsync export cut.otio -o other.otio --for otio`: media paths made absolute and the "
        "song as a WAV, for Resolve and Premiere 25, which import .otio. Files of a newer "
        "OpenTimelineIO are read too: what its markers know more about colour is kept in the "
        "metadata.",
        "Adapter: OpenTimelineIO's own; every command also takes what it refuses for being newer.",
    ),
    losses=(
        Loss(
            "metadata",
            "whether Resolve or Premiere keep foreign metadata of a .otio file is not known",
            "unknown",
            "neither could be run",
        ),
        Loss(
            "unknown_objects",
            "Resolve refuses a .otio file that holds an object it does not know",
            "read",
            "users' reports",
        ),
    ),
)


def write_native(timeline: otio.schema.Timeline) -> tuple[str, list[str]]:
    """Return a timeline as the text of an ``.otio`` file; nothing of it is lost."""
    import opentimelineio as otio

    return otio.adapters.write_to_string(timeline, "otio_json", indent=2), []
