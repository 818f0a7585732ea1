"""Read and write cuts as files: ``.otio`` and the ``.idolsync`` sheet beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.cut.kind import SHEET_SUFFIX
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import sheet_of, timeline_of
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.cut.remark import grouped
from otio_idolsync.cut.sheet_json import LEFT_OUT, sheet_text
from otio_idolsync.errors import InterchangeError, TimelineError
from otio_idolsync.media.outputs import write_text


def sheet_path(output: Path) -> Path:
    """Return where the JSON file beside an output lies.

    Raises:
        TimelineError: The output itself has that suffix.
    """
    if output.suffix == SHEET_SUFFIX:
        raise TimelineError(
            f"output {output} would be overwritten by its own sync sheet; end it in .otio or .mp4"
        )
    return output.with_suffix(SHEET_SUFFIX)


def write_sheet_files(sheet: SyncSheet, output: Path) -> None:
    """Write a cut as a native timeline and its sync sheet beside it."""
    timeline = timeline_of(sheet)
    write_text(output, otio.adapters.write_to_string(timeline, "otio_json", indent=2))
    write_text(sheet_path(output), sheet_text(sheet))


def write_timeline_files(timeline: otio.schema.Timeline, sheet: SyncSheet, output: Path) -> None:
    """Write a timeline with all that a sheet cannot carry, and its sync sheet beside it."""
    write_text(output, otio.adapters.write_to_string(timeline, "otio_json", indent=2))
    write_text(sheet_path(output), sheet_text(sheet))


def has_sheet_beside(cut: Path, output: Path, sequence: str | None = None) -> bool:
    """Return whether what lies beside an output is already this timeline's sync sheet."""
    try:
        sheet, _losses = sheet_of(read_timeline(cut, sequence), silent=True)
        beside = json.loads(sheet_path(output).read_text(encoding="utf-8"))
        beside.pop(LEFT_OUT, None)
        return bool(beside == json.loads(sheet_text(sheet)))
    except (OSError, ValueError, AttributeError, TimelineError, InterchangeError):
        return False


def write_sheet_beside(
    cut: Path, output: Path, left_out: Sequence[str], sequence: str | None = None
) -> tuple[str, ...]:
    """Write the sync sheet of a rendered timeline beside its movie.

    Args:
        cut: The timeline's file.
        output: The movie.
        left_out: What the movie does not show of it.
        sequence: Name of the timeline, where the file holds several.

    Returns:
        A sentence for each thing that a sheet cannot carry; the timeline still has it.
    """
    try:
        sheet, losses = sheet_of(read_timeline(cut, sequence), silent=True)
    except TimelineError as error:
        return (f"no sync sheet was written beside {output}: {error}",)
    write_text(sheet_path(output), sheet_text(sheet, left_out))
    return sheet_losses(losses)


def sheet_losses(losses: Sequence[str]) -> tuple[str, ...]:
    """Return what a sync sheet cannot carry as sentences for people, once what is alike."""
    return tuple(f"not in the sync sheet: {loss}" for loss in grouped(losses))


def left_out_beside(movie: Path) -> tuple[str, ...]:
    """Return what a movie does not show, as the sync sheet beside it says; () without one."""
    try:
        data = parse_json(sheet_path(movie).read_text(encoding="utf-8"), "the sync sheet")
    except (OSError, UnicodeDecodeError, TimelineError):
        return ()
    said = data.get(LEFT_OUT) if isinstance(data, dict) else None
    return tuple(map(str, said)) if isinstance(said, list) else ()
