"""Read xmeml of any dialect: Premiere, Resolve, FCP 7, Hiero, OpenShot, auto-editor and others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.pause import collector_held
from otio_idolsync.interchange.xmeml.document import Document
from otio_idolsync.interchange.xmeml.read_item import bin_clip
from otio_idolsync.interchange.xmeml.read_sequence import timeline_of
from otio_idolsync.interchange.xml_file import parse_xml

_CONTAINERS = ("xmeml", "project", "bin", "children")


@collector_held()
def read_xmeml(
    source: Path | bytes | str, name: str = ""
) -> otio.schema.Timeline | otio.schema.SerializableCollection:
    """Return what an xmeml file holds.

    One sequence is a ``Timeline``; several are a ``SerializableCollection`` of timelines; none is
    a collection of the file's clips. Every clip has a source range.

    Args:
        source: A file, its bytes, or its text (whatever encoding the text declares).
        name: What to call it in errors.

    Raises:
        InterchangeError: It is not xmeml, breaks its rules, or is larger than any timeline.
    """
    shown = name or (str(source) if isinstance(source, Path) else "the xmeml text")
    root = parse_xml(source, shown)
    if root.tag != "xmeml":
        raise InterchangeError(f"{shown} is no xmeml: its root element is <{root.tag}>")
    try:
        return _content(Document(root))
    except InterchangeError as error:
        raise InterchangeError(f"{shown}: {error}") from error
    except RecursionError as error:
        raise InterchangeError(f"{shown} nests deeper than any timeline") from error


def _content(document: Document) -> Any:
    sequences: list[Any] = []
    clips: list[Any] = []
    _collect(document.root, sequences, clips)
    timelines = [timeline_of(document, element) for element in sequences]
    if len(timelines) == 1:
        return timelines[0]
    if timelines:
        return otio.schema.SerializableCollection("sequences", timelines)
    return otio.schema.SerializableCollection("clips", [bin_clip(document, c) for c in clips])


def _collect(element: Any, sequences: list[Any], clips: list[Any]) -> None:
    for child in element:
        if child.tag == "sequence":
            sequences.append(child)
        elif child.tag == "clip":
            clips.append(child)
        elif child.tag in _CONTAINERS:
            _collect(child, sequences, clips)
