"""DaVinci Resolve: xmeml, and a list of the markers beside it."""

from __future__ import annotations

from otio_idolsync.interchange.editors.model import (
    ADJUSTED,
    OWN,
    SLUG,
    SONG_MARKERS,
    UNCOMPRESSED,
    Editor,
    Loss,
)

_FACTS_RESOLVE = "xmeml files that Resolve exported"

EDITOR = Editor(
    name="resolve",
    title="DaVinci Resolve (xmeml and a marker list)",
    write="otio_idolsync.interchange.xmeml:write_xmeml",
    dialect="resolve",
    opens=UNCOMPRESSED,
    markers_on="picture",
    marker_list=True,
    importing=(
        "`idolsync export cut.otio -o cut.xml --for resolve`, then *File > Import > Timeline…* and "
        "choose `cut.xml`. For the song's markers, right-click the timeline in the media pool, "
        "*Timelines > Import > Timeline Markers from EDL…*, and choose `cut.markers.edl`. To come "
        "back: *File > Export > Timeline…* as FCP 7 XML, FCPXML or OTIO.",
        "What a media file lasts is left blank: Resolve does not link media whose extents differ "
        "from its own reading. otio-fcp-adapter, and with it GStreamer Editing Services, stop at "
        "that blank; give them what is written `--for premiere`.",
        SONG_MARKERS,
        "Adapters: `idolsync_resolve` (argument `markers_on`), `idolsync_markers_edl` (arguments "
        "`rate` or `fps`, because a list has no rate, and `start`).",
    ),
    losses=(
        SLUG,
        ADJUSTED,
        Loss(
            "metadata",
            "Resolve's own exports hold no comments, labels or ids: what comes back from it is "
            "recognised by name, file and ranges",
            "seen",
            _FACTS_RESOLVE,
        ),
        Loss(
            "names",
            "Resolve's own exports name a clip after its file",
            "seen",
            _FACTS_RESOLVE,
        ),
        Loss(
            "freeze",
            "Resolve takes no freeze frames from FCP 7 XML",
            "read",
            "Resolve's manual, version 18.6",
        ),
        Loss(
            "audio_transitions",
            "Resolve takes no audio transitions from FCP 7 XML",
            "read",
            "Resolve's manual, version 18.6",
        ),
        Loss(
            "shared_frames",
            "Resolve may keep one marker a frame; --markers makes them fewer",
            "read",
            "the documentation of pydavinci, a wrapper of Resolve's scripting",
        ),
        Loss(
            "faces",
            "only the active media of a clip are in the file; the others ride in our own block",
            "measured",
            OWN,
        ),
    ),
)
