"""How a song is listened to: what ``analyze`` and ``plan`` can be told of it, each option once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypedDict

from otio_idolsync.options import Option, fields_of


class Listening(TypedDict, total=False):
    """How a song is listened to; what is left out is as the song is heard."""

    audio_stream: Annotated[
        int | None,
        Option("Sound stream of SONG, from 0 [default: the default one, else the first].", "N"),
    ]
    backend: Annotated[
        str | None, Option("Beat tracker; doctor lists them [default: idolsync].", "NAME")
    ]
    grid: Annotated[
        Path | str | None,
        Option(
            ".beats, Audacity labels, MIDI, marked .otio or analysis to use.",
            "FILE",
            names_file=True,
        ),
    ]
    tap: Annotated[
        Path | str | None,
        Option(
            "Your taps, a second a line or labels: they choose the reading.",
            "FILE",
            names_file=True,
        ),
    ]
    alternative: Annotated[
        int | None, Option("Take the N-th of the other readings that analyze lists.", "N")
    ]
    tempo_scale: Annotated[str | float | None, Option("Double or halve the beats.", "2|1/2")]
    shift: Annotated[str | None, Option("Move the grid later, or earlier.", "1b|-12ms|half-beat")]
    meter: Annotated[str | int | None, Option("Beats a bar, instead of those found.", "3/4|6/8|5")]
    bar_phase: Annotated[int | None, Option("Beats by which the downbeats move.", "N")]
    vocals: Annotated[
        Path | str | None,
        Option(
            "The vocal stem, or its separator: phrases are where it sounds.",
            "STEM|demucs[:MODEL]",
            names_file=True,
        ),
    ]


def named_files(listening: Mapping[str, Any]) -> list[Path]:
    """Return the files that are read besides the song."""
    named = (listening.get(f.name) for f in fields_of(Listening) if f.option.names_file)
    return [Path(name) for name in named if name]
