"""Adobe Premiere Pro: xmeml, as Premiere writes and reads it."""

from __future__ import annotations

from otio_idolsync.interchange.editors.model import (
    ADJUSTED,
    OWN,
    SLUG,
    SONG_MARKERS,
    UNCOMPRESSED,
    UNPROVEN,
    Editor,
    Loss,
)

EDITOR = Editor(
    name="premiere",
    title="Adobe Premiere Pro (xmeml)",
    write="otio_idolsync.interchange.xmeml:write_xmeml",
    dialect="premiere",
    opens=UNCOMPRESSED,
    markers_on="picture",
    importing=(
        "`idolsync export cut.otio -o cut.xml --for premiere`, then *File > Import…* and choose "
        "`cut.xml`. To come back: *File > Export > Final Cut Pro XML…*.",
        "GStreamer Editing Services, the engine of Pitivi, load this file with all its clips, "
        "through otio-fcp-adapter and otio-xges-adapter (measured with versions 1.22 and 1.0.0).",
        SONG_MARKERS,
        "Adapter: `idolsync_premiere` (argument `markers_on`).",
    ),
    losses=(
        SLUG,
        ADJUSTED,
        Loss("metadata", UNPROVEN, "unknown", "no Premiere could be run"),
        Loss(
            "beyond_premiere",
            "Premiere shows pink and magenta as purple, black as white; they come back as long as "
            "nobody picks another colour there",
            "seen",
            "the eight colours in files that Premiere exported",
        ),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            OWN,
        ),
    ),
)
