"""What ``adopt`` can be told: each option once, for the command and the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from otio_idolsync.analysis.listening import Listening
from otio_idolsync.options import CacheFolder, Option


class Finding(TypedDict, total=False):
    """Which sequence is adopted, and where its files lie."""

    sequence: Annotated[
        str | None, Option("The sequence that is meant [default: the one with the song].", "NAME")
    ]
    media_map: Annotated[
        Sequence[tuple[str, str]],
        Option("Look for media under NEW instead of OLD; may be repeated.", "OLD=NEW", (), "map"),
    ]
    allow_remote: Annotated[
        bool, Option("Use media on the web or on another machine's share.", default=False)
    ]


class AdoptOptions(Finding, Listening, total=False):
    """How a human's cut is read and its song listened to; what is left out has its default."""

    cache: CacheFolder
