"""Write ``docs/interchange.md``: run ``python -m otio_idolsync.interchange.page``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from otio_idolsync.interchange import cmx3600, markers_edl
from otio_idolsync.interchange.export import EDITORS, OPENED
from otio_idolsync.interchange.losses import FEATURES, LOSSES

_WIDTH = 120
TITLES = {
    "premiere": "Adobe Premiere Pro (xmeml)",
    "resolve": "DaVinci Resolve (xmeml and a marker list)",
    "fcp": "Final Cut Pro (FCPXML)",
    "openshot": "OpenShot (xmeml)",
    "markers-edl": "Marker list (EDL as Resolve writes it)",
    "edl": "CMX 3600 EDL",
    "otio": "Native .otio",
}
_IMPORT = {
    "premiere": (
        "`idolsync export cut.otio -o cut.xml --for premiere`, then *File > Import…* and choose "
        "`cut.xml`. To come back: *File > Export > Final Cut Pro XML…*.",
        "GStreamer Editing Services, the engine of Pitivi, load this file with all its clips, "
        "through otio-fcp-adapter and otio-xges-adapter (measured with versions 1.22 and 1.0.0).",
        "Adapter: `idolsync_premiere`.",
    ),
    "resolve": (
        "`idolsync export cut.otio -o cut.xml --for resolve`, then *File > Import > Timeline…* and "
        "choose `cut.xml`. For the song's markers, right-click the timeline in the media pool, "
        "*Timelines > Import > Timeline Markers from EDL…*, and choose `cut.markers.edl`. To come "
        "back: *File > Export > Timeline…* as FCP 7 XML, FCPXML or OTIO.",
        "What a media file lasts is left blank: Resolve does not link media whose extents differ "
        "from its own reading. otio-fcp-adapter, and with it GStreamer Editing Services, stop at "
        "that blank; give them what is written `--for premiere`.",
        "Adapters: `idolsync_resolve`, `idolsync_markers_edl` (arguments `rate` or `fps`, because "
        "a list has no rate, and `start`).",
    ),
    "fcp": (
        "`idolsync export cut.otio -o cut.fcpxml --for fcp`, then *File > Import > XML…*. To come "
        "back: *File > Export XML…* (`.fcpxmld` bundles are read too).",
        "Adapter: `idolsync_fcpxml` (argument `version`).",
    ),
    "openshot": (
        "Choose the project's profile first, at the timeline's rate: OpenShot counts an xmeml file "
        "in the frames of its project. Then `idolsync export cut.otio -o cut.xml --for openshot`, "
        "*File > Import Project > Import XML (Final Cut Pro)*, and choose `cut.xml`. To come "
        "back: *File > Export Project > Export XML (Final Cut Pro)*.",
        "It reads a path as plain text, so what is written for Premiere or Resolve, whose paths "
        "are URLs, loses every clip there whose name has a space or another sign that URLs "
        "escape. No form of a path is known to suit all three.",
    ),
    "markers-edl": (
        "`idolsync export cut.otio -o cut.markers.edl --for markers-edl --markers downbeats`. "
        "`--markers` makes the beat markers fewer: `downbeats` leaves the other beats out, "
        "`sections` all beats; sections, drops, builds and pins always stay.",
        "Adapter: `idolsync_markers_edl`.",
    ),
    "edl": (
        "`idolsync export cut.otio -o cut.edl --for edl`. The list counts in the timeline's rate "
        "and start timecode; choose the same rate when you import it. FROM CLIP NAME is the media "
        "file's name, and the shot's id and name stand in a comment (`* SHOT: S012@3fa9 …`).",
        "To come back: export an EDL, at the rate it was cut at. `idolsync resync` reads it by "
        "itself and counts it in the plan's frames, because a list names no rate: cuts, dissolves, "
        "wipes, fades from and to black, speeds (M2), keys, sound channels, locators.",
        "For other tools there is the stock adapter: `pip install otio-cmx3600-adapter`, then "
        "`-I cmx_3600 -a rate=24`. Measured on the 19 EDLs of its own test data: `resync` reads "
        "all; version 1.0.0 of the adapter 16 as they are, and two more with `-a rate=25` (one of "
        "them also with `-a ignore_timecode_mismatch=True`).",
    ),
    "otio": (
        "`idolsync export cut.otio -o other.otio --for otio`: media paths made absolute and the "
        "song as a WAV, for Resolve and Premiere 25, which import .otio. Files of a newer "
        "OpenTimelineIO are read too: what its markers know more about colour is kept in the "
        "metadata.",
        "Adapter: OpenTimelineIO's own; `idolsync render`, `explain` and `export` also take what "
        "it refuses for being newer.",
    ),
}
_HEAD = """# Into your editor, and back

`idolsync export CUT.otio -o OUT --for EDITOR` writes the timeline, beside it what the editor
needs besides, and prints what of *this* timeline gets lost. In Python:
`otio_idolsync.export(timeline, output, editor)`. This page is made from the same lists (`python
-m otio_idolsync.interchange.page > docs/interchange.md`).

**What was tested and what was not.** No commercial editor was run: nothing here proves what
Premiere, Resolve or Final Cut do on import. Each entry says how it is known: *measured* was run
here; *seen* stands in files that the editor exported; *read* is somebody's statement; *unknown*
is what nobody told. Run were: our own round trips, other OpenTimelineIO adapters, OpenShot
2.6.1's importers of xmeml and EDL, GStreamer Editing Services, Apple's DTDs on FCPXML, and files
that editors and other tools had exported. Names of menus differ between versions.

## What carries a shot's id

Editors drop things, so a shot's id (`S012@3fa9`: the shot, and four digits of the plan) stands in
several places at once, and re-sync takes what is left:

| Format | Carriers |
|---|---|
| all | the clip's own name (never changed by us), the media file's name with the source range |
| xmeml | lognote, master comment 1 and clip comment A, uuid, our own metadata block |
| FCPXML | a keyword, a marker, the note with our own block |
| EDL | a comment after the event |
| .otio | metadata under `idolsync` |

## The rate

A timeline is written at its settings' rate, else its start time's, else the commonest on V1. A
file is read at the rate that its sequence says, also where an editor has changed that since:
written again it is at the settings' rate, and cuts that lie between two frames there are counted
and moved to the nearest.

## The song

An editor that cannot be trusted with the song's file gets `OUT.song.wav`: 48 kHz, sample 0 is
second 0, 16 bits where the song has 16, else 24; the exported timeline points at it. Exports of one
song into one folder share its WAV: where one lies there that holds this song, byte for byte as it
would be written, it is used, whatever export it was made for. It is not overwritten with another
song while another timeline in the folder points at it; the other song then becomes
`OUT.2.song.wav`. Used as they are:

| For | Song files used as they are |
|---|---|
"""
_SONG_FOOT = """
Every other song file becomes a WAV: Premiere's published list of formats lacks OGG, and programs
disagree on the encoder delay of MP3 and AAC, which would shift the song against the cuts. So does a
song that lies in a video, since an editor counts its sound from the picture, and may choose another
sound stream. The own sound of a shot stays in its MOV or MP4. Marker lists and EDLs hold no sound.

Beats need not lie on peaks of the waveform: a marker that looks off by a frame or two there is
still on the beat.

## How long it takes

To write and read 10 000 clips with 500 markers takes xmeml 4.1 times and FCPXML 4.2 times as long
as OpenTimelineIO takes with its own `.otio` files, and the stock adapter of xmeml 124 times
(`python benchmarks/interchange.py --stock`; beside OpenTimelineIO's JSON in memory, without files,
both take 6 times as long). Ten times the clips take eight to nine times as long, in the stock
adapter 52 times.
"""


def page() -> str:
    """Return the whole page."""
    blocks = "\n".join(_lines()).split("\n\n")
    return "\n\n".join(_wrapped(block) for block in blocks) + "\n"


def _wrapped(block: str) -> str:
    """Return a paragraph in lines of the page's width; tables, lists and headings as they are."""
    text = block.strip("\n")
    if not text or text[0] in "|#-":
        return text
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip


def _lines() -> Iterator[str]:
    yield _HEAD.rstrip("\n")
    for editor, suffixes in OPENED.items():
        yield f"| `{editor}` | {', '.join(sorted(s.removeprefix('.') for s in suffixes))} |"
    yield _SONG_FOOT
    for editor in EDITORS:
        yield from _section(editor)


def _section(editor: str) -> Iterator[str]:
    yield f"## {TITLES[editor]}"
    yield ""
    for paragraph in _IMPORT[editor]:
        yield paragraph
        yield ""
    yield "| What | What happens to it | Known |"
    yield "|---|---|---|"
    for loss in LOSSES[editor]:
        yield f"| {FEATURES[loss.feature]} | {loss.sentence} | {loss.known}: {loss.source} |"
    yield ""
    written = {"markers-edl": markers_edl.LOSSES, "edl": cmx3600.LOSSES}.get(editor)
    if written:
        yield "What the writer itself reports, with a count:"
        yield ""
        yield from (f"- {sentence}" for sentence in written.values())
        yield ""


if __name__ == "__main__":
    print(page(), end="")
