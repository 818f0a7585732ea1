"""Read FCPXML of any version and dialect as OTIO's timelines."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY as OWN
from otio_idolsync.cut.kind import BUNDLE_FILE
from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.interchange.fcpxml.arrange import arranged, place_marker
from otio_idolsync.interchange.fcpxml.carrier import metadata_of, object_of
from otio_idolsync.interchange.fcpxml.formats import size_of_format
from otio_idolsync.interchange.fcpxml.kept import KEY, STORY, text_of
from otio_idolsync.interchange.fcpxml.marks import without_doubles
from otio_idolsync.interchange.fcpxml.media import duration_of
from otio_idolsync.interchange.fcpxml.read_items import read_item
from otio_idolsync.interchange.fcpxml.read_tracks import (
    Layout,
    read_sequence,
    sequence_block,
    tracks_of,
)
from otio_idolsync.interchange.fcpxml.resources import (
    Resources,
    reference_of,
    references_in,
)
from otio_idolsync.interchange.fcpxml.scope import Document, Scope
from otio_idolsync.interchange.fcpxml.shelves import (
    COLLECTIONS,
    kept_of_library,
    kept_of_project,
)
from otio_idolsync.interchange.fcpxml.songs import song_shift
from otio_idolsync.interchange.fcpxml.times import Grid
from otio_idolsync.interchange.pause import collector_held
from otio_idolsync.interchange.xml_file import parse_xml
from otio_idolsync.timebase import parse_rate

_DEFAULT_RATE = Fraction(24)
_EVENT_CLIPS = STORY - {"gap", "spine", "caption"}
_SEQUENCE_ATTRIBUTES = ("audioLayout", "audioRate", "renderFormat", "keywords")


@collector_held()
def read_fcpxml(source: Path | bytes | str, name: str = "") -> Any:
    """Return the timeline of a document; its timelines, or clips, where it has not just one.

    Args:
        source: A file, a ``.fcpxmld`` bundle, or the document's bytes or text.
        name: What to call it in an error.

    Returns:
        An OTIO ``Timeline``, or a ``SerializableCollection`` of several or of clips.

    Raises:
        InterchangeError: No FCPXML, or one that cannot be read safely.
    """
    shown = name or (str(source) if isinstance(source, Path) else "the FCPXML text")
    root = _parsed(source, shown)
    if root.tag != "fcpxml":
        raise InterchangeError(f"{shown} is no FCPXML: its root element is <{root.tag}>")
    try:
        return _document(root)
    except InterchangeError as error:
        raise InterchangeError(f"{shown} cannot be read: {error}") from error
    except (OverflowError, RecursionError, ArithmeticError, UnicodeError) as error:
        sentence = f"{shown} cannot be read: a number, level or letter in it is out of range"
        raise InterchangeError(sentence) from error


def _parsed(source: Path | bytes | str, shown: str) -> Any:
    if isinstance(source, Path) and source.is_dir():
        source /= BUNDLE_FILE
        if not source.exists():
            raise InterchangeError(f"{shown} is a folder without {BUNDLE_FILE}; name a file")
    return parse_xml(source, shown)


def _document(root: Any) -> Any:
    resources = Resources(root)
    homes = list(_homes(root))
    projects = [
        home for home in homes if home.tag == "project" and home.find("sequence") is not None
    ]
    loose = [child for home in homes for child in home if child.tag in _EVENT_CLIPS]
    events = [home for home in homes if home.tag == "event"]
    shelves = [child for event in events for child in event if child.tag in COLLECTIONS]
    around = kept_of_library(root)
    timelines = [_timeline(project, resources) for project in projects]
    if len(timelines) == 1:
        _keep_loose(timelines[0].metadata, loose + shelves, resources, around)
        return timelines[0]
    collection = otio.schema.SerializableCollection(_event_name(root), timelines)
    if timelines:
        _keep_loose(collection.metadata, loose + shelves, resources, around)
        return collection
    _add_clips(collection, loose, resources)
    _keep_loose(collection.metadata, shelves, resources, around)
    return collection


def _homes(root: Any) -> Iterator[Any]:
    """Return a document, its libraries, events and projects; what lies in a clip is none."""
    yield root
    yield from root.iterchildren("project")
    for home in root.iterchildren("library", "event"):
        yield from _homes(home)


def _event_name(root: Any) -> str:
    return next((e.get("name", "") for e in root.iter("event")), "")


def _keep_loose(
    metadata: Any, loose: list[Any], resources: Resources, around: dict[str, Any]
) -> None:
    """Keep what no timeline shows: an event's clips, its collections, and those of the library."""
    kept = dict(metadata.get(KEY, {})) | around
    if not loose:
        if around:
            metadata[KEY] = kept
        return
    keys = {key for clip in loose for key in references_in(clip)}
    known = dict(kept.get("resources", {}))
    kept["clips"] = [text_of(clip) for clip in loose]
    kept["resources"] = known | resources.closure(keys)
    metadata[KEY] = kept


def _add_clips(collection: Any, loose: list[Any], resources: Resources) -> None:
    document = Document(resources)
    fallback = resources.any_rate() or _DEFAULT_RATE
    for element in loose:
        own = resources.rate(element.get("format"))
        grid = Grid.at(own or _asset_rate(element, resources) or fallback)
        scope = Scope(document, grid, loose=True)
        first = element if element.tag != "audition" else next(iter(element), element)
        frames = grid.nearest(duration_of(first, scope))
        item = read_item(element, scope, 0, frames, Layout(scope).nested).item
        item.markers.extend(lifted.marker for lifted in scope.lifted)
        collection.append(item)
    if not loose:
        for asset in resources.assets():
            grid = Grid.at(asset.rate if asset.rate and asset.has_video else fallback)
            reference = reference_of(asset, grid)
            frames = grid.nearest(asset.duration)
            start = float(asset.start * grid.rate)
            collection.append(otio.schema.Clip(asset.name, reference, grid.span(start, frames)))
            if asset.foreign:
                document.kept.add(asset.key)
    if document.kept:
        collection.metadata[KEY] = {"resources": resources.closure(document.kept)}


def _asset_rate(element: Any, resources: Resources) -> Fraction | None:
    found = resources.get(element.get("ref"))
    if found is None:
        return None
    if found.tag == "media":
        found = found.find("sequence") if found.find("sequence") is not None else found
    return resources.rate(found.get("format"))


def _timeline(project: Any, resources: Resources) -> Any:
    document = Document(resources)
    sequence = project.find("sequence")
    words, block = sequence_block(sequence)
    fallback = resources.any_rate() or _planned_rate(block) or _DEFAULT_RATE
    layout, origin = read_sequence(sequence, document, fallback)
    grid = layout.scope.grid
    timeline = otio.schema.Timeline(str(block.get("name", project.get("name", ""))))
    if "tcStart" in sequence.attrib:
        timeline.global_start_time = grid.time(float(origin * grid.rate))
        if "start" in block:
            timeline.global_start_time = object_of(block["start"])
    timeline.metadata.update(metadata_of(block.get("metadata")))
    tracks = arranged(tracks_of(layout), block)
    timeline.tracks.extend(tracks)
    stack = block.get("stack", {})
    if isinstance(stack, dict):
        timeline.tracks.name = str(stack.get("name", timeline.tracks.name))
        timeline.tracks.metadata.update(metadata_of(stack.get("metadata")))
    _lift(timeline, layout.scope, block)
    _keep_sequence(timeline, project, sequence, words, document)
    return timeline


def _planned_rate(block: dict[str, Any]) -> Fraction | None:
    """Return the rate that the sequence was planned at, where its formats are gone."""
    try:
        return parse_rate(block["metadata"][OWN]["settings"]["rate"])
    except (LookupError, TypeError, ValueError, UsageError):
        return None


def _lift(timeline: Any, scope: Scope, block: dict[str, Any]) -> None:
    """Lift markers to the timeline (or track) whose they are."""
    shift = song_shift(timeline, block.get("song"), scope.grid)
    for found in without_doubles(scope.lifted, scope.riders):
        own = shift if found.number >= 0 and not found.moved else 0
        place_marker(timeline.tracks, found, scope.grid, own)


def _keep_sequence(
    timeline: Any, project: Any, sequence: Any, words: str, document: Document
) -> None:
    """Keep what OTIO has no place for: the format's size, drop-frame, audio layout, resources."""
    kept: dict[str, Any] = {}
    for name in ("tcFormat", *_SEQUENCE_ATTRIBUTES):
        if name in sequence.attrib:
            kept[name] = sequence.get(name)
    element = document.resources.get(sequence.get("format"))
    size = size_of_format(element) if element is not None else None
    if size:
        kept["size"] = list(size)
    if words:
        kept["note"] = words
    rest = sequence.find("metadata")
    if rest is not None:
        kept["metadata"] = text_of(rest)
    if document.doubts:
        kept["doubts"] = document.doubts
    if document.kept:
        kept["resources"] = document.resources.closure(document.kept)
    kept |= kept_of_project(project)
    timeline.metadata[KEY] = kept
