"""A CMX 3600 EDL, which nearly every editor reads."""

from __future__ import annotations

from dataclasses import replace

from otio_idolsync.interchange.editors.model import ADJUSTED, OWN, Editor, Loss

EDITOR = Editor(
    name="edl",
    title="CMX 3600 EDL",
    write="otio_idolsync.interchange.cmx3600:write_edl",
    importing=(
        "`idolsync export cut.otio -o cut.edl --for edl`. The list counts in the timeline's rate "
        "and start timecode; choose the same rate when you import it. FROM CLIP NAME is the media "
        "file's name, and the shot's id and name stand in a comment (`* SHOT: S012@3fa9 …`).",
        "To come back: export an EDL, at the rate it was cut at. `idolsync resync` reads it by "
        "itself and counts it in the plan's frames, because a list names no rate: cuts, dissolves, "
        "wipes, fades from and to black, speeds (M2), keys, sound channels, locators.",
        "Adapter: `idolsync_edl` (arguments `rate` or `fps`, and `start`). There is a stock "
        "adapter, too: `pip install otio-cmx3600-adapter`, then "
        "`-I cmx_3600 -a rate=24`. Measured on the 19 EDLs of its own test data: `resync` reads "
        "all; version 1.0.0 of the adapter 16 as they are, and two more with `-a rate=25` (one of "
        "them also with `-a ignore_timecode_mismatch=True`).",
    ),
    losses=(
        replace(ADJUSTED, sentence="an EDL holds none of what was set there"),
        Loss(
            "transitions",
            "OpenShot 2.6.1 cannot read an EDL with a dissolve in it, the stock adapter none that "
            "begins with one",
            "measured",
            "both, run on our output",
        ),
        Loss(
            "names",
            "a clip's name stands in a comment; FROM CLIP NAME is its file, by which editors link",
            "measured",
            OWN,
        ),
    ),
)
