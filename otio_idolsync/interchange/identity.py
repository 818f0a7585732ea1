"""A shot's id in the carriers that editors keep: the only place that writes and reads them.

A carrier holds ``S012@3fa9``: the shot's id and the first four hex digits of the plan's, so that a
shot of another plan is never taken for one of this.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

PLAN_DIGITS = 4
_TAG = re.compile(r"(?<![A-Za-z0-9])(S\d{3,})@([0-9a-f]{4})(?![0-9A-Za-z])")
_NAMESPACE = uuid.UUID("5d2c1f53-8f6b-5b0e-9d0a-0d6f6c1d0a11")


class ShotTag(NamedTuple):
    """A shot's id and the beginning of the plan's."""

    shot_id: str
    plan: str

    def __str__(self) -> str:
        return f"{self.shot_id}@{self.plan}"


def tag_of(clip: Mapping[str, Any] | None, timeline: Mapping[str, Any] | None) -> ShotTag | None:
    """Return the tag of a shot, from the ``idolsync`` blocks of its clip and its timeline."""
    shot_id = str((clip or {}).get("shot_id", ""))
    plan = str((timeline or {}).get("plan_id", ""))[:PLAN_DIGITS]
    tag = ShotTag(shot_id, plan)
    return tag if _TAG.fullmatch(str(tag)) else None


def tags_in(texts: Iterable[str | None]) -> tuple[ShotTag, ...]:
    """Return every tag that stands in the texts of a clip's carriers, without doubles, in order."""
    found = (ShotTag(*m.groups()) for text in texts if text for m in _TAG.finditer(text))
    return tuple(dict.fromkeys(found))


def uuid_of(tag: ShotTag, occurrence: int = 0) -> str:
    """Return a UUID that is always the same for a shot; the carrier of formats that want one."""
    return str(uuid.uuid5(_NAMESPACE, f"{tag}#{occurrence}"))
