"""A list of the markers, as an EDL that Resolve imports."""

from __future__ import annotations

from otio_idolsync.interchange.editors.model import OWN, Editor, Loss

EDITOR = Editor(
    name="markers-edl",
    title="Marker list (EDL as Resolve writes it)",
    write="otio_idolsync.interchange.markers_edl:write_markers_edl",
    importing=(
        "`idolsync export cut.otio -o cut.markers.edl --for markers-edl --markers downbeats`. "
        "`--markers` makes the beat markers fewer: `downbeats` leaves the other beats out, "
        "`sections` all beats; sections, drops, builds and pins always stay.",
        "Adapter: `idolsync_markers_edl`.",
    ),
    losses=(Loss("clips", "a marker list holds no picture and no sound", "measured", OWN),),
)
