"""The one door for cuts: read a file in whatever form, known by what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.bundle import content_of
from otio_idolsync.cut.checked import checked_timeline
from otio_idolsync.cut.kind import BUNDLES, SHEET_SUFFIX, decoded, kind_of
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.native import read_native_noted, timelines_in
from otio_idolsync.cut.otio_form import sheet_of, timeline_of
from otio_idolsync.cut.sheet_json import sheet_from_text
from otio_idolsync.errors import InterchangeError, TimelineError, reason
from otio_idolsync.media.names import not_there
from otio_idolsync.timebase import Clock

NATIVE_SUFFIX = ".otio"
SAVE_ONE = "save the one that is meant as a file of its own"
_NAME_ONE = "say which is meant with --sequence NAME"
_DOUBTS = (("fcpx_xml", "doubts"), ("fcp_xml", "doubts"))
_ADAPTERS = {"xmeml": "idolsync_premiere", "fcpxml": "idolsync_fcpxml", "edl": "idolsync_edl"}


@dataclass(frozen=True, slots=True, eq=False)
class CutFile:
    """What stands in the file of a cut, or in an OTIO object that was given in its place.

    Attributes:
        path: The file; None for an object.
        form: ``otio``, ``otiod``, ``otioz``, ``sync``, ``xmeml``, ``fcpxml`` or ``edl``; "" for an
            object.
        timelines: Its sequences, at least one.
        notes: A sentence for each thing that had to be understood in place of what it says.
        doubts: Those of them that may have been meant otherwise: a person must look there.
    """

    path: Path | None
    form: str
    timelines: tuple[otio.schema.Timeline, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def timeline(self, sequence: str | None = None, way: str = _NAME_ONE) -> otio.schema.Timeline:
        """Return the sequence of a name, or the only one that there is.

        Args:
            sequence: The name.
            way: What to do where there are several, for the message.

        Raises:
            TimelineError: There are several, or none of that name.
        """
        found = [one for one in self.timelines if sequence is None or one.name == sequence]
        if len(found) == 1:
            return found[0]
        shown = self.path or "the collection"
        names = ", ".join(repr(str(one.name)) for one in self.timelines)
        if not found:
            raise TimelineError(f"no sequence in {shown} is called {sequence!r}; there are {names}")
        many = f"{len(found)} sequences" + (" of that name" if sequence is not None else "")
        raise TimelineError(f"{shown} holds {many} ({names}); {way}")

    def folder(self, unpacked: Callable[[Path], Path]) -> Path:
        """Return the folder that relative media paths count from.

        Args:
            unpacked: Unpacks the media of a zipped bundle, and returns where they are then.
        """
        if self.path is None:
            return Path.cwd()
        if self.form == "otioz":
            return unpacked(self.path)
        return self.path if self.form == "otiod" else self.path.parent


def read_cut(given: Path | str | Any, planned: Clock | None = None) -> CutFile:
    """Return what the file of a cut holds, in whatever form: this is the one door for all of them.

    What form a file has is seen by what is in it. Native files, bundles and sync sheets are read
    here; what editors write is read by the adapters that OpenTimelineIO has for it, which are ours.

    Args:
        given: The file, or a timeline or collection.
        planned: The frames of the cut that an EDL was made from, since it names no rate.

    Raises:
        TimelineError: Missing, of no form that is known, broken, or without a timeline.
        InterchangeError: An editor's file is broken, or holds no sequence.
    """
    if not isinstance(given, str | Path):
        return CutFile(None, "", tuple(timelines_in(given)))
    source = Path(given).expanduser().absolute()
    if not source.exists():
        raise TimelineError(not_there("timeline", given))
    form = _form(source)
    try:
        if form in _ADAPTERS:
            timelines, notes = _foreign(source, form, planned)
        else:
            timelines, notes = _own(source, form)
    except UnicodeDecodeError as error:
        raise TimelineError(f"timeline {source} cannot be read: it is no text file") from error
    except (OSError, ValueError, TimelineError) as error:
        raise TimelineError(f"timeline {source} cannot be read: {reason(error)}") from error
    doubts = [doubt for timeline in timelines for doubt in _doubts(timeline)]
    said, doubted = (tuple(f"{source}: {one}" for one in each) for each in (notes, doubts))
    return CutFile(source, form, tuple(timelines), said + doubted, doubted)


def _doubts(timeline: otio.schema.Timeline) -> list[str]:
    """Take out of a timeline what its reader doubts: that is of the file, and not of the cut."""
    found: list[str] = []
    for block, key in _DOUBTS:
        kept = timeline.metadata.get(block)
        if isinstance(kept, Mapping) and isinstance(kept.get(key), Sequence):
            found += [str(doubt) for doubt in kept[key]]
            del kept[key]  # type: ignore[attr-defined]
    return found


def _form(source: Path) -> str:
    try:
        form = kind_of(source) if source.is_file() or source.is_dir() else ""
    except OSError as error:
        raise TimelineError(f"timeline {source} cannot be read: {reason(error)}") from error
    if form:
        return form
    if source.is_dir():
        raise TimelineError(f"timeline {source} is a folder; name a file in it")
    if source.suffix.lower() == NATIVE_SUFFIX and source.is_file():
        return "otio"  # whose reader says what is wrong
    raise TimelineError(
        f"timeline {source} is of no form that is known here; give .otio, .otioz, xmeml (.xml), "
        f".fcpxml, .edl or {SHEET_SUFFIX}"
    )


def _own(source: Path, form: str) -> tuple[list[otio.schema.Timeline], tuple[str, ...]]:
    text = decoded(content_of(source) if form in BUNDLES else source.read_bytes())
    if form == "sync":
        return [checked_timeline(timeline_of(sheet_from_text(text)))], ()
    read = read_native_noted(text)
    return timelines_in(read.object), read.notes


def _foreign(
    source: Path, form: str, planned: Clock | None
) -> tuple[list[otio.schema.Timeline], tuple[str, ...]]:
    """Return the sequences in an editor's file, and what a person should know of their reading."""
    adapter = _ADAPTERS[form]
    if adapter not in otio.adapters.available_adapter_names():
        raise TimelineError(
            f"OpenTimelineIO does not find the adapter {adapter}; install otio-idolsync anew, and "
            "take OTIO_DISABLE_ENTRYPOINTS_PLUGINS out of the environment"
        )
    try:
        if form == "edl":
            counted = {"rate": planned.rate, "start": planned.timecode(0)} if planned else {}
            found = otio.adapters.read_from_string(_edl_text(source), adapter, **counted)
        else:
            found = otio.adapters.read_from_file(str(source), adapter)
    except otio.exceptions.OTIOError as error:
        said = f"EDL {source} cannot be read: {error}" if form == "edl" else str(error)
        raise InterchangeError(said) from error
    held = [found] if isinstance(found, otio.schema.Timeline) else found
    sequences = [checked_timeline(t) for t in held if isinstance(t, otio.schema.Timeline)]
    if not sequences:
        raise InterchangeError(f"{source} holds no sequence; export the timeline, not its clips")
    if form != "edl" or planned:
        return sequences, ()
    rate = float(found.global_start_time.rate)
    return sequences, (
        f"an EDL names no rate, and it is counted at {rate:g} frames per second; "
        f"otioconvert -i EDL -I {adapter} -a rate=25 -o CUT.otio reads it at another",
    )


def _edl_text(source: Path) -> str:
    raw = source.read_bytes()
    try:
        return decoded(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def read_timeline(given: Path | str | Any, sequence: str | None = None) -> otio.schema.Timeline:
    """Return the timeline of a file in any form; of several, that of a name.

    Raises:
        TimelineError: Missing, broken, no timeline, or several.
        InterchangeError: An editor's file is broken, or holds no sequence.
    """
    return read_cut(given).timeline(sequence, SAVE_ONE)


def read_sheet(path: Path | str) -> SyncSheet:
    """Return the cut that a file in any form holds.

    Raises:
        TimelineError: Missing, broken, or no timeline with a picture and a song.
    """
    sheet, _losses = sheet_of(read_timeline(path))
    return sheet
