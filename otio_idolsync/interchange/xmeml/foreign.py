"""An editor's own elements, kept as dictionaries in the stock adapter's form, and put back.

Kept elements stand for one clip at one place: ``@as_read`` says which, so that filters whose
keyframes fitted another range are never written onto a clip that was trimmed since.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from otio_idolsync.interchange.xmeml.values import attribute_xml, text_xml

KEY = "fcp_xml"
AS_READ = "@as_read"
TEXT = "#text"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
OURS = frozenset(
    (
        "uuid comments logginginfo metadata link sourcetrack masterclipid @id timecode "
        "media enabled locked outputchannelindex stillframe @explodedTracks "
        "@currentExplodedTrackIndex @totalExplodedTrackCount @premiereTrackType "
        "@premiereChannelType @frameBlend @pair"
    ).split()
).union((AS_READ,))
"""What our writer makes itself, so that reading it back is no news."""


def kept(element: Any, known: Iterable[str]) -> dict[str, Any]:
    """Return an element's attributes and children as a dictionary, but for the known ones."""
    known = frozenset(known)
    out: dict[str, Any] = {
        f"@{key}": value for key, value in element.attrib.items() if f"@{key}" not in known
    }
    many: set[str] = set()
    for child in element:
        tag = child.tag
        if tag in known:
            continue
        value = _value(child)
        if tag in many:
            out[tag].append(value)
        elif tag in out:
            out[tag] = [out[tag], value]
            many.add(tag)
        else:
            out[tag] = value
    return out


def _value(element: Any) -> Any:
    if len(element):
        return kept(element, ())
    if element.attrib:
        return {**{f"@{k}": v for k, v in element.attrib.items()}, TEXT: element.text or ""}
    return element.text


def children_xml(values: Mapping[str, Any], but: Iterable[str] = ()) -> str:
    """Return a dictionary's children as XML; attributes and the named ones are left out."""
    but = frozenset(but)
    return "".join(
        _child_xml(key, value)
        for key, value in values.items()
        if key not in but and key != TEXT and _NAME.fullmatch(key)
    )


def attributes_xml(values: Mapping[str, Any], but: Iterable[str] = ()) -> str:
    """Return a dictionary's ``@`` entries as XML attributes."""
    but = frozenset(but)
    return "".join(
        f' {key[1:]}="{attribute_xml(str(value))}"'
        for key, value in values.items()
        if key.startswith("@") and key not in but and _NAME.fullmatch(key[1:])
    )


def _child_xml(tag: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_child_xml(tag, one) for one in value)
    if isinstance(value, dict):
        inner = text_xml(str(value.get(TEXT, ""))) + children_xml(value)
        return f"<{tag}{attributes_xml(value)}>{inner}</{tag}>"
    if value is None:
        return f"<{tag}/>"
    return f"<{tag}>{text_xml(str(value))}</{tag}>"


def dictionary(value: Any) -> dict[str, Any]:
    """Return a value where it is a dictionary, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def signature(url: str, start: float, duration: float) -> str:
    """Return what a clip's kept elements stand for: its media and its range in seconds."""
    ranged = f"{start:.4f} {duration:.4f}"
    return f"{zlib.crc32(url.encode()):08x}-{zlib.crc32(ranged.encode()):08x}"


def standing(values: dict[str, Any], now: str) -> tuple[dict[str, Any], list[str]]:
    """Return what may still be written of kept elements, and the names of what may not.

    Other media: nothing stands. Another range: all but what has keyframes does.
    """
    then = str(values.get(AS_READ, now))
    if then == now:
        return values, []
    if then[:8] != now[:8]:
        return {}, sorted(key for key in values if not key.startswith("@"))
    lost = sorted(key for key, value in values.items() if timed(value))
    return {key: value for key, value in values.items() if key not in lost}, lost


def timed(value: Any) -> bool:
    """Return whether a kept element has keyframes."""
    if isinstance(value, list):
        return any(timed(one) for one in value)
    if isinstance(value, dict):
        return "keyframe" in value or any(timed(one) for one in value.values())
    return False


def merged(ours: dict[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """Return our own block's kept elements, with what an editor added or changed since."""
    news = {k: v for k, v in read.items() if k not in OURS and not _same(ours.get(k, _NONE), v)}
    return {**ours, **news}


_NONE = object()


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return (one or "") == (other or "") or str(one) == str(other)
