"""Final Cut Pro: FCPXML."""

from __future__ import annotations

from otio_idolsync.interchange.editors.model import OWN, UNCOMPRESSED, UNPROVEN, Editor, Loss

EDITOR = Editor(
    name="fcp",
    title="Final Cut Pro (FCPXML)",
    write="otio_idolsync.interchange.fcpxml:write_fcpxml",
    opens=UNCOMPRESSED,
    versions=True,
    markers_on="song",
    importing=(
        "`idolsync export cut.otio -o cut.fcpxml --for fcp`, then *File > Import > XML…*. To come "
        "back: *File > Export XML…* (`.fcpxmld` bundles are read too).",
        "The timeline's markers lie on the song's own clips and move with them; where no song "
        "lies, and with `--markers-on picture`, they lie on the clips beneath. A marker whose "
        "music was cut off stays on the song's clip, out of sight; one that you put there is "
        "yours.",
        "Adapter: `idolsync_fcpxml` (arguments `version`, `markers_on`).",
    ),
    losses=(
        Loss(
            "tracks",
            "FCPXML has lanes and no tracks: these come back from our own carrier only",
            "seen",
            "the FCPXML DTD",
        ),
        Loss("generators", "one that no editor made shows as a placeholder", "measured", OWN),
        Loss(
            "markers",
            "FCPXML has no markers of a timeline: each rides on the song's clip, or on the clip "
            "beneath it, and is lifted back when read",
            "seen",
            "the FCPXML DTD and files that Final Cut exported",
        ),
        Loss(
            "colors",
            "FCPXML has no marker colours: they come back from our own carrier only",
            "seen",
            "the FCPXML DTD",
        ),
        Loss("metadata", UNPROVEN, "unknown", "no Final Cut could be run"),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            OWN,
        ),
    ),
)
