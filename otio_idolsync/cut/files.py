"""Read and write cuts as files: ``.otio`` and the ``.idolsync`` sheet beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.checked import checked_timeline
from otio_idolsync.cut.json_text import parse_json
from otio_idolsync.cut.kind import SHEET_SUFFIX, decoded, kind_in
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.native import read_native_noted, timeline_in, timelines_in
from otio_idolsync.cut.otio_form import sheet_of, timeline_of
from otio_idolsync.cut.remark import grouped
from otio_idolsync.cut.sheet_json import LEFT_OUT, sheet_from_text, sheet_text
from otio_idolsync.errors import TimelineError
from otio_idolsync.media.names import not_there
from otio_idolsync.media.outputs import write_text

_HEAD = 1 << 16


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


def has_sheet_beside(cut: Path, output: Path) -> bool:
    """Return whether what lies beside an output is already this timeline's sync sheet."""
    try:
        sheet, _losses = sheet_of(read_timeline(cut), silent=True)
        beside = json.loads(sheet_path(output).read_text(encoding="utf-8"))
        beside.pop(LEFT_OUT, None)
        return bool(beside == json.loads(sheet_text(sheet)))
    except (OSError, ValueError, AttributeError, TimelineError):
        return False


def write_sheet_beside(cut: Path, output: Path, left_out: Sequence[str]) -> tuple[str, ...]:
    """Write the sync sheet of a rendered timeline beside its movie.

    Args:
        cut: The timeline's file.
        output: The movie.
        left_out: What the movie does not show of it.

    Returns:
        A sentence for each thing that a sheet cannot carry; the timeline still has it.
    """
    try:
        sheet, losses = sheet_of(read_timeline(cut), silent=True)
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


def read_timeline(path: Path | str) -> otio.schema.Timeline:
    """Return the timeline of a native ``.otio`` file or of a sync sheet.

    Raises:
        TimelineError: Missing, broken, or no timeline.
    """
    return read_timeline_noted(path)[0]


def read_timeline_noted(path: Path | str) -> tuple[otio.schema.Timeline, tuple[str, ...]]:
    """Return a timeline, and what in its file is newer than we know and was brought down.

    Raises:
        TimelineError: Missing, broken, or no timeline.
    """
    return _read(path, timeline_in)


def read_timelines(path: Path | str) -> list[otio.schema.Timeline]:
    """Return the timeline of a native file or a sync sheet, or all those in its collection.

    Raises:
        TimelineError: Missing, broken, or without a timeline.
    """
    timelines, _notes = _read(path, timelines_in)
    return timelines if isinstance(timelines, list) else [timelines]


def _read(path: Path | str, meant: Callable[[Any], Any]) -> tuple[Any, tuple[str, ...]]:
    """Return what is meant of the OTIO object in a file (of a sheet its timeline), and notes."""
    source = Path(path).expanduser().absolute()
    if source.is_dir():
        raise TimelineError(f"timeline {source} is a folder; name a file in it")
    if not source.is_file():
        raise TimelineError(not_there("timeline", path))
    try:
        data = source.read_bytes()
        text = decoded(data)
        if source.suffix == SHEET_SUFFIX or kind_in(data[:_HEAD]) == "sync":
            return checked_timeline(timeline_of(sheet_from_text(text))), ()
        read = read_native_noted(text)
        return meant(read.object), tuple(f"{source}: {note}" for note in read.notes)
    except UnicodeDecodeError as error:
        raise TimelineError(f"timeline {source} cannot be read: it is no text file") from error
    except (OSError, ValueError, TimelineError) as error:
        raise TimelineError(f"timeline {source} cannot be read: {error}") from error


def read_sheet(path: Path | str) -> SyncSheet:
    """Return the cut that a ``.otio`` or ``.idolsync`` file holds.

    Raises:
        TimelineError: Missing, broken, or no timeline with a picture and a song.
    """
    sheet, _losses = sheet_of(read_timeline(path))
    return sheet
