"""What ``plan`` can be told: each option once, for the command, the adapter and the library."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from otio_idolsync.analysis.listening import Listening
from otio_idolsync.options import CacheFolder, Option


class Cutting(TypedDict, total=False):
    """How a song is cut and cast."""

    keep: Annotated[
        Path | str | None,
        Option(
            "Leave its edited and pinned shots as they are.",
            "EDITED.otio",
            argument="",
            flag="--keep",
            names_file=True,
        ),
    ]
    fps: Annotated[
        str | int | float | Fraction, Option("Rate: 24, 23.976, 30000/1001 …", default=24)
    ]
    size: Annotated[
        str | tuple[int, int],
        Option(
            "Picture size, or its shape: 9:16, 1:1, 4:5, 16:9.", "WxH|SHAPE", default="1920x1080"
        ),
    ]
    beats_per_cut: Annotated[str, Option("Beats a shot lasts that is no hold.", "LO-HI", "4-8")]
    energy_policy: Annotated[
        Literal["hold", "drive", "none"],
        Option("At peaks hold longer, or cut faster.", default="hold"),
    ]
    pacing: Annotated[
        Path | str,
        Option("Pacing profile: ballad, pop, dance, hype, or a TOML file.", "NAME|FILE", "pop"),
    ]
    pins: Annotated[Sequence[str], Option("Cut here; may be repeated.", "TIME", (), "pin")]
    lead: Annotated[str, Option("Cut this far before each beat.", default="0f")]
    seed: Annotated[int, Option("Another seed, another casting.", default=0)]


class PlanOptions(Cutting, Listening, total=False):
    """How a song is cut, cast, heard and written down; what is left out has its default."""

    drop_frame: Annotated[
        bool | None,
        Option(
            "Timecode counting [default: drop-frame at 29.97 and 59.94].",
            flag="--drop-frame/--non-drop-frame",
        ),
    ]
    relative_to: Annotated[
        Path | None,
        Option("Folder to which media paths are made relative.", argument="", flag=""),
    ]
    cache: CacheFolder
