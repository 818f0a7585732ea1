"""OpenShot: xmeml with paths as plain text."""

from __future__ import annotations

from otio_idolsync.interchange.editors.model import ADJUSTED, UNCOMPRESSED, Editor, Loss

_OPENSHOT = "OpenShot 2.6.1, run on our output"

EDITOR = Editor(
    name="openshot",
    title="OpenShot (xmeml)",
    write="otio_idolsync.interchange.xmeml:write_xmeml",
    dialect="plain",
    opens=UNCOMPRESSED,
    markers_on="picture",
    importing=(
        "Choose the project's profile first, at the timeline's rate: OpenShot counts an xmeml file "
        "in the frames of its project. Then `idolsync export cut.otio -o cut.xml --for openshot`, "
        "*File > Import Project > Import XML (Final Cut Pro)*, and choose `cut.xml`. To come "
        "back: *File > Export Project > Export XML (Final Cut Pro)*.",
        "It reads a path as plain text, so what is written for Premiere or Resolve, whose paths "
        "are URLs, loses every clip there whose name has a space or another sign that URLs "
        "escape. No form of a path is known to suit all three.",
    ),
    losses=(
        ADJUSTED,
        Loss("markers", "it reads none", "measured", _OPENSHOT),
        Loss("transitions", "it reads none: clips meet in a cut", "measured", _OPENSHOT),
        Loss(
            "retimed",
            "they play at their own speed there, from a wrong frame on",
            "measured",
            _OPENSHOT,
        ),
        Loss("freeze", "they play there", "measured", _OPENSHOT),
        Loss("disabled", "they come in switched on", "measured", _OPENSHOT),
        Loss(
            "nested",
            "their clips come in several times, at their places inside the nested timeline",
            "measured",
            _OPENSHOT,
        ),
        Loss("no_file", "it leaves them out", "measured", _OPENSHOT),
        Loss("metadata", "it keeps a clip's name, file and ranges alone", "measured", _OPENSHOT),
    ),
)
