"""Write ``docs/interchange.md``: run ``python -m otio_idolsync.interchange.page``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from otio_idolsync.interchange import cmx3600, markers_edl
from otio_idolsync.interchange.editors import EDITORS
from otio_idolsync.interchange.editors.model import FEATURES, Editor

_WIDTH = 120
ADDRESSES = (
    ("`file:///a/b%20c.mov`", "/a/b c.mov"),
    ("`file://localhost/a/b.mov`", "/a/b.mov"),
    ("`file:/a/b.mov`", "/a/b.mov"),
    ("`file:///a/take #1.mov`", "/a/take #1.mov"),
    ("`/a/take #1.mov`", "/a/take #1.mov"),
    ("`/a/50%25.mov`", "/a/50%25.mov"),
    ("`shots/b%20c.mov`", "shots/b c.mov"),
    ("`shots\\b.mov`", "shots/b.mov"),
    ("`file:///C:/x/b.mov`", "C:/x/b.mov"),
    ("`file://localhost/C%3a/x/b.mov`", "C:/x/b.mov"),
    ("`C:\\x\\b.mov`", "C:/x/b.mov"),
    ("`file://host/share/b.mov`", "//host/share/b.mov"),
    ("`\\\\host\\share\\b.mov`", "//host/share/b.mov"),
    ("`file:///a/img.%04d.png`", "/a/img.%04d.png"),
    ("`/a/img.####.png`", "/a/img.####.png"),
    ("`/a/img.{:04d}.png`", "/a/img.{:04d}.png"),
)
"""How a media address is written in files, and the path that it means."""

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

## What is read

Every command that takes a cut takes every form, and knows it by what is in the file, not by its
suffix: `render`, `check`, `explain`, `export`, `proxies`, `resync` (both files) and `plan --keep`.
So do the Python functions, which take a path, a timeline or a collection of one.

| Form | Read by |
|---|---|
| `.otio`, also of a newer OpenTimelineIO | idolsync |
| `.otiod` and `.otioz`, with the media in the bundle | idolsync |
| the sync sheet, `.idolsync` | idolsync |
| xmeml of any editor | the adapter `idolsync_premiere` |
| FCPXML 1.5 to 1.14 and `.fcpxmld` bundles | the adapter `idolsync_fcpxml` |
| CMX 3600 EDL | the adapter `idolsync_edl` |

A zipped bundle is unpacked: into the cache for `render` and `check`, into `OUT.media` beside what
they write for `export` and `proxies`. An EDL names no rate: it is counted at the least common one
at which its times exist, which a warning says, and by `resync` in the plan's frames.

A file of several sequences needs `--sequence NAME` (`sequence=` in Python). Relative media paths
count from the file's folder; `--map OLD=NEW` finds moved media. A movie has the edit's own rate and
size (xmeml's sample characteristics, FCPXML's format). The song is what is marked as it, else the
sound without a picture that plays longest, on any track.

What only a planned cut holds, its grid, reasons, ids and which song it is, comes back from an
editor where the file carries our own block. Where it does not, and a command needs it, it says so:
`explain` lists where each cut lies, without reasons, `--shot` and bars are refused; `check` names
what it cannot judge; `plan --keep` asks for a re-sync first.

## Media addresses

One reading of an address, for every command and format. A bare path may be percent-encoded or not:
a relative one is decoded first, as ours are, an absolute one taken as it stands first, as Resolve's
are; where only the other reading names a file, that counts. A share of another machine is opened
with `--allow-remote` alone, as an `https:` address is; other schemes are refused by name. Relative
paths count from the timeline's folder. What is written is the URL of the file, or with `--relative`
the encoded path; each editor's format has its own spelling of that, which reads back as it was.

| In the file | Means |
|---|---|
"""
_SONG_HEAD = """
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
    yield from (f"| {form} | `{meaning}` |" for form, meaning in ADDRESSES)
    yield _SONG_HEAD.rstrip("\n")
    for editor in EDITORS.values():
        if editor.opens:
            opened = ", ".join(sorted(suffix.removeprefix(".") for suffix in editor.opens))
            yield f"| `{editor.name}` | {opened} |"
    yield _SONG_FOOT
    for editor in EDITORS.values():
        yield from _section(editor)


def _section(editor: Editor) -> Iterator[str]:
    yield f"## {editor.title}"
    yield ""
    for paragraph in editor.importing:
        yield paragraph
        yield ""
    yield "| What | What happens to it | Known |"
    yield "|---|---|---|"
    for loss in editor.losses:
        yield f"| {FEATURES[loss.feature]} | {loss.sentence} | {loss.known}: {loss.source} |"
    yield ""
    written = {"markers-edl": markers_edl.LOSSES, "edl": cmx3600.LOSSES}.get(editor.name)
    if written:
        yield "What the writer itself reports, with a count:"
        yield ""
        yield from (f"- {sentence}" for sentence in written.values())
        yield ""


if __name__ == "__main__":
    print(page(), end="")
