"""The library and the events around timelines: kept on reading, and written back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from otio_idolsync.interchange.fcpxml.carrier import xml_text
from otio_idolsync.interchange.fcpxml.kept import Adapter, element_of, text_of

COLLECTIONS = frozenset(("keyword-collection", "collection-folder", "smart-collection"))
_LIBRARY = ("location", "colorProcessing")
_PROJECT = ("uid", "modDate")


def kept_of_library(root: Any) -> dict[str, Any]:
    """Return what stands around all events of a document."""
    kept: dict[str, Any] = {}
    library = root.find("library")
    if library is not None:
        kept["library"] = {k: library.get(k) for k in _LIBRARY if k in library.attrib}
        kept["shelves"] = [text_of(child) for child in library if child.tag in COLLECTIONS]
    options = root.find("import-options")
    if options is not None:
        kept["options"] = text_of(options)
    return {key: value for key, value in kept.items() if value}


def kept_of_event(element: Any) -> dict[str, str]:
    """Return the event in which a project or clip lies."""
    event = element.getparent()
    if event is None or event.tag != "event":
        return {}
    found = {"event": event.get("name"), "event_uid": event.get("uid")}
    return {key: value for key, value in found.items() if value}


def kept_of_project(project: Any) -> dict[str, Any]:
    """Return a project's own attributes, and the event in which it lies."""
    own = {name: project.get(name) for name in _PROJECT if name in project.attrib}
    return kept_of_event(project) | ({"project": own} if own else {})


def project_of(name: str, kept: Mapping[str, Any]) -> Any:
    """Return a new project element."""
    return etree.Element("project", {"name": xml_text(name)} | _own(kept, "project", _PROJECT))


def _own(kept: Mapping[str, Any], key: str, names: tuple[str, ...]) -> dict[str, str]:
    given = kept.get(key)
    if not isinstance(given, dict):
        return {}
    return {name: xml_text(str(given[name])) for name in names if name in given}


class Shelves:
    """The events of a document that is written, each under its name and uid once."""

    def __init__(self, default: str) -> None:
        """Take the name of the event for what has none of its own."""
        self._default = default
        self._events: dict[tuple[str, str], Any] = {}

    def event(self, kept: Mapping[str, Any]) -> Any:
        """Return the event in which something lay."""
        name, uid = str(kept.get("event") or ""), str(kept.get("event_uid") or "")
        if not name and not uid and self._events:
            return next(iter(self._events.values()))
        found = self._events.get((name, uid))
        if found is None:
            found = etree.Element("event", {"name": xml_text(name or self._default)})
            if uid:
                found.set("uid", xml_text(uid))
            self._events[name, uid] = found
        return found

    def library(self, kept: Mapping[str, Any], adapter: Adapter) -> Any:
        """Return the library with all events, and what an editor had put around them."""
        made = etree.Element("library", _own(kept, "library", _LIBRARY))
        for event in self._events.values():
            # The DTD wants what an event holds in no order; clips before projects read best.
            event[:] = sorted(event, key=lambda child: child.tag == "project")
            made.append(event)
        for text in kept.get("shelves", ()):
            shelf = element_of(text)
            if shelf is not None and shelf.tag in COLLECTIONS and adapter.fit(shelf):
                made.append(shelf)
        return made


def options_of(kept: Mapping[str, Any]) -> Any:
    """Return the kept import options, or None."""
    found = element_of(kept["options"]) if "options" in kept else None
    return found if found is not None and found.tag == "import-options" else None
