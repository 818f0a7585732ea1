"""An editor's own elements: kept on reading, put back on writing in what the version allows."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from lxml import etree

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.identity import tags_in
from otio_idolsync.interchange.xml_file import parse_xml

KEY = "fcpx_xml"
STORY = frozenset(
    "asset-clip clip ref-clip sync-clip mc-clip video audio title caption live-drawing "
    "audition gap spine".split()
)
MARKERS = frozenset(("marker", "chapter-marker"))
OWN_MD = "io.github.otio-idolsync"
# Names the gap that only carries what lies beyond the last shot.
PAD = "after the last shot"
REFERENCES = ("ref", "format", "tracking", "dataLocator", "projectRef")
LOCAL_IDS = frozenset(("text-style-def", "tracking-shape"))

# The version (of 1.x) that brought an element or attribute, where that is after 1.8.
_ELEMENTS = {
    "match-usage": 9,
    "match-representation": 10,
    "match-markers": 10,
    "locator": 10,
    "adjust-cinematic": 10,
    "object-tracker": 10,
    "adjust-colorConform": 11,
    "adjust-voiceIsolation": 11,
    "live-drawing": 11,
    "adjust-stereo-3D": 13,
    "hidden-clip-marker": 13,
    "match-analysis-type": 14,
}
_ATTRIBUTES = {
    ("asset", "videoSources"): 9,
    ("adjust-360-transform", "scale"): 9,
    ("adjust-orientation", "mapping"): 9,
    ("mask-isolation", "type"): 9,
    ("match-text", "scope"): 10,
    ("asset", "auxVideoFlags"): 10,
    ("adjust-transform", "tracking"): 10,
    ("mask-shape", "tracking"): 10,
    ("adjust-stabilization", "enabled"): 10,
    ("adjust-rollingShutter", "enabled"): 10,
    ("keyframe", "auxValue"): 11,
    ("param", "auxValue"): 11,
    ("filter-video", "nameOverride"): 12,
    ("filter-audio", "nameOverride"): 12,
    ("format", "heroEye"): 13,
    ("asset", "heroEyeOverride"): 13,
}
_VALUES = {
    ("frameSampling", "optical-flow-frc"): 12,
    ("srcFrameRate", "90"): 13,
    ("srcFrameRate", "100"): 13,
    ("srcFrameRate", "119.88"): 13,
    ("srcFrameRate", "120"): 13,
}
# Rules of smart collections.
_RULES = {"isSet": 9, "isNotSet": 9, "startsWith": 12, "endsWith": 12}
_GONE = frozenset(("audio-source", "audio-aux-source"))
_ORDER = {
    name: place
    for place, names in enumerate(
        (
            "param",
            "text",
            "text-style-def",
            "note",
            "conform-rate",
            "timeMap",
            "adjust",
            "mc-source",
            "story",
            "marker chapter-marker rating keyword analysis-marker hidden-clip-marker",
            "audio-channel-source audio-role-source sync-source",
            "filter-video filter-video-mask",
            "filter-audio",
            "metadata",
            "reserved",
        )
    )
    for name in names.split()
}


def parted(metadata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an object's metadata, and apart from it what is kept."""
    kept = metadata.get(KEY)
    if not isinstance(kept, dict):
        return metadata, {}
    return {key: value for key, value in metadata.items() if key != KEY}, kept


def is_anchored(child: Any) -> bool:
    """Return whether a child of a clip is connected to it rather than in it."""
    return child.tag in STORY and child.get("lane", "0") not in ("0", "")


def stripped(element: Any, tagged: bool) -> Any:
    """Return a copy of a clip without what is read into OTIO: markers, connected clips, notes.

    Args:
        element: The clip.
        tagged: Whether its shot is known, so that its tag in a keyword says nothing more.

    Returns:
        A new element; what it still has is an editor's own.
    """
    made = etree.Element(element.tag, element.attrib)
    made.text = element.text
    for child in element:
        tag = child.tag
        own_tag = tagged and tag == "keyword" and is_tag(child.get("value"))
        if tag in MARKERS or tag == "note" or own_tag or is_anchored(child):
            continue
        if tag == "metadata":
            _append_foreign_metadata(made, child)
        else:
            made.append(copy.deepcopy(child))
    return made


def is_tag(text: str | None) -> bool:
    """Return whether a text is one shot's tag and nothing else."""
    tags = tags_in((text,))
    return len(tags) == 1 and str(tags[0]) == (text or "").strip()


def without_tags(text: str) -> str:
    """Return a text without the shots' tags in it."""
    for tag in tags_in((text,)):
        text = text.replace(str(tag), "")
    return text.strip()


def _append_foreign_metadata(made: Any, metadata: Any) -> None:
    rest = [md for md in metadata if md.get("key") != OWN_MD]
    if rest:
        etree.SubElement(made, "metadata").extend(copy.deepcopy(md) for md in rest)


def text_of(element: Any) -> str:
    """Return an element as text, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))


def element_of(text: object) -> Any:
    """Return the element that kept text holds; None where it is none any more."""
    try:
        return parse_xml(str(text), blanks=False)
    except InterchangeError:
        return None


def in_order(element: Any) -> None:
    """Sort a clip's children as the DTD wants them; what is in order stays so."""
    places = [place_of(child.tag) for child in element]
    if any(a > b for a, b in itertools.pairwise(places)):
        element[:] = sorted(element, key=lambda child: place_of(child.tag))


def place_of(tag: str) -> int:
    """Return the place of a child among a clip's children."""
    if tag in STORY:
        return _ORDER["story"]
    return _ORDER.get(tag, _ORDER["adjust"])


class Adapter:
    """Fits kept elements into a version of FCPXML and into another document's ids.

    Attributes:
        dropped: How often each thing was left out because the version has none.
    """

    def __init__(self, minor: int, import_resource: Callable[[str], str | None]) -> None:
        """Take the version's minor number, and what gives a kept resource its new id."""
        self.minor = minor
        self.dropped: Counter[str] = Counter()
        self._import = import_resource
        self._local_ids = 0

    def fit(self, root: Any) -> bool:
        """Change an element in place; False where nothing valid is left of it."""
        self._fit_children(root)
        for element in root.iter():
            self._fit_attributes(element)
        return self._relink(root)

    def _fit_children(self, root: Any) -> None:
        for element in list(root.iter()):
            tag = element.tag
            old_cdl = tag == "info-asc-cdl" and self.minor >= 10
            since = max(_ELEMENTS.get(tag, 0), _RULES.get(element.get("rule", ""), 0))
            if tag in _GONE or old_cdl or since > self.minor:
                self._drop(element)
            elif tag == "filter-video" and self.minor < 9:
                for extra in element.findall("data")[1:]:
                    element.remove(extra)

    def _fit_attributes(self, element: Any) -> None:
        for name, value in list(element.attrib.items()):
            since = _ATTRIBUTES.get((element.tag, name), 0)
            since = max(since, _VALUES.get((name, value), 0))
            aligned = value == "alignment-360" and name == "type" and self.minor != 9
            if since > self.minor or (aligned and element.tag == "adjust-stabilization"):
                del element.attrib[name]
                self.dropped[f"{element.tag} {name}"] += 1

    def _drop(self, element: Any) -> None:
        parent = element.getparent()
        if parent is not None:
            self.dropped[element.tag] += 1
            parent.remove(element)

    def _relink(self, root: Any) -> bool:
        """Give ids inside an element fresh names, and what it refers to its new id."""
        local = {}
        for element in root.iter(*LOCAL_IDS):
            self._local_ids += 1
            old, new = element.get("id", ""), f"ts{self._local_ids}"
            local[old] = new
            element.set("id", new)
        for element in list(root.iter()):
            for name in REFERENCES:
                old = element.get(name)
                if old is None:
                    continue
                if element.tag == "timept":  # it refers to nothing, and was read without it
                    del element.attrib[name]
                    continue
                linked = local.get(old) or self._import(old)
                if linked is not None:
                    element.set(name, linked)
                elif name == "ref":
                    if element is root:
                        return False
                    self._drop(element)
                else:
                    del element.attrib[name]
        return True
