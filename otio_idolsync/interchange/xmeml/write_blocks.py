"""What of a clip's media references goes into our own block, because ``<file>`` cannot say it."""

from __future__ import annotations

from typing import Any

from otio_idolsync.interchange.xmeml import paths
from otio_idolsync.interchange.xmeml.dialects import Dialect
from otio_idolsync.interchange.xmeml.forms import Form, kind_of
from otio_idolsync.interchange.xmeml.write_media import File, path_of

DEFAULT_KEY = "DEFAULT_MEDIA"
_SIMPLE = ("ExternalReference", "MissingReference")


def media_block(dialect: Dialect, clip: Form, active: Form, file: File) -> dict[str, Any]:
    """Return the block of a clip's media references.

    ``r`` holds what differs from what a reader finds, ``R`` a whole reference of another kind;
    both count only while the element's path is still ``p`` or, without it, the reference's own.
    """
    block: dict[str, Any] = {}
    key = clip.get("active_media_reference_key", DEFAULT_KEY)
    if key != DEFAULT_KEY:
        block["k"] = key
    others = {k: v for k, v in (clip.get("media_references") or {}).items() if k != key}
    if others:
        block["others"] = others
    path = path_of(active, dialect)
    if kind_of(active) not in _SIMPLE or not path:
        if kind_of(active) != "MissingReference" or _differs(active, file):
            block["R"] = active
            block["p"] = path or ""
    elif changes := _changes(active, file, path):
        block["r"] = changes
    return block


def _differs(missing: Form, file: File) -> bool:
    return bool(
        missing.get("metadata")
        or missing.get("available_image_bounds")
        or (missing.get("name") or "") != file.read_name
        or _range(missing) != file.read_range
    )


def _changes(reference: Form, file: File, path: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if (reference.get("name") or "") != file.read_name:
        changes["name"] = reference.get("name") or ""
    url = reference.get("target_url") or ""
    if paths.url_of(path) != url:
        changes["url"] = url
    if reference.get("metadata"):
        changes["m"] = reference["metadata"]
    if reference.get("available_image_bounds"):
        changes["bounds"] = reference["available_image_bounds"]
    given = _range(reference)
    if given is None or given != file.read_range:
        available = reference.get("available_range")
        changes["range"] = available and [
            available["start_time"]["value"],
            available["start_time"]["rate"],
            available["duration"]["value"],
            available["duration"]["rate"],
        ]
    if changes:
        changes["p"] = paths.fingerprint(path)
    return changes


def _range(reference: Form) -> tuple[float, float, float] | None:
    available = reference.get("available_range")
    if not available:
        return None
    start, duration = available["start_time"], available["duration"]
    if start["rate"] != duration["rate"]:
        return (start["value"], duration["value"], -1.0)
    return (start["value"], duration["value"], start["rate"])


def url_of_form(reference: Form) -> str:
    """Return what a clip's kept elements are tied to: where its media are."""
    return str(reference.get("target_url") or reference.get("target_url_base") or "")
