"""Read a beat grid that somebody made elsewhere: text, labels, MIDI, a timeline, our analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from otio_idolsync.analysis.labels import Label, grid_of, read_labels
from otio_idolsync.analysis.marked import marked_beats
from otio_idolsync.analysis.midi import read_midi
from otio_idolsync.analysis.model import Analysis, BeatGrid
from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.cut.kind import decoded
from otio_idolsync.errors import AnalysisError, TimelineError
from otio_idolsync.media.files import existing_file


def read_grid(path: Path | str) -> BeatGrid | Analysis:
    """Return the grid in a file; of an analysis file, the whole analysis.

    Raises:
        MediaError: The file is missing or empty.
        AnalysisError: It holds no grid; the sentence says where it went wrong.
    """
    source = existing_file(path, "grid file")
    data = source.read_bytes()
    if data[:4] == b"MThd":
        return read_midi(data, source)
    text = _text(data, source)
    if not text.lstrip().startswith("{"):
        return grid_of(read_labels(text, source), source)
    held = _json(text, source)
    if "OTIO_SCHEMA" in held:
        return grid_of(marked_beats(held, source), source)
    try:
        return Analysis.from_json(held)
    except AnalysisError as error:
        raise AnalysisError(f"grid {source}: {error}") from error


def read_taps(path: Path | str) -> list[Label]:
    """Return the labelled moments of a text file or a marked timeline, in the file's order.

    Raises:
        MediaError: The file is missing or empty.
        AnalysisError: It holds nothing of that kind.
    """
    source = existing_file(path, "tap file")
    text = _text(source.read_bytes(), source)
    if text.lstrip().startswith("{"):
        return marked_beats(_json(text, source), source)
    return read_labels(text, source, strict=False)


def _text(data: bytes, source: Path) -> str:
    try:
        return decoded(data)
    except UnicodeDecodeError as error:
        raise AnalysisError(
            f"file {source} is neither text nor MIDI; give a .beats, .mid, .otio, Audacity label "
            "or analysis .json file"
        ) from error


def _json(text: str, source: Path) -> dict[str, Any]:
    try:
        return dict(parse_json(text, f"file {source}"))
    except TimelineError as error:
        raise AnalysisError(str(error)) from error
