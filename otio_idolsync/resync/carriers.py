"""Find shot ids in everything of a clip that an editor may have kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from otio_idolsync.cut.blocks import KEY, each
from otio_idolsync.interchange.identity import ShotTag, tags_in, uuid_of

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
USES = 4


class Carriers:
    """Knows the ids of one plan, and reads them out of clips.

    What it reads it remembers: ``other_plans`` are the beginnings of other plans' ids, and
    ``own_seen`` says whether this plan's was there.

    Args:
        plan_id: The plan's id.
        names: The name of each shot, by id.
        now: What ids are called now, where that is something else.
    """

    def __init__(
        self, plan_id: str, names: Mapping[str, str], now: Mapping[str, str] | None = None
    ) -> None:
        self._plan = plan_id[:4]
        self._ids = frozenset(names)
        given = Counter(names.values())
        self._names = {
            name: shot_id for shot_id, name in names.items() if shot_id in name and given[name] == 1
        }
        self._now = now or {}
        self._uuids: list[dict[str, str]] = []  # of the first use of each shot, the second ...
        self.other_plans: set[str] = set()
        self.own_seen = False

    def _shot_with(self, uuid: str) -> str | None:
        for use in range(USES if self._plan else 0):
            if use == len(self._uuids):
                self._uuids.append(
                    {uuid_of(ShotTag(shot_id, self._plan), use): shot_id for shot_id in self._ids}
                )
            if uuid in self._uuids[use]:
                return self._uuids[use][uuid]
        return None

    def trusts(self, plan_id: str) -> bool:
        """Return whether bare ids beside this plan id, "" when it was lost, are this plan's."""
        own = not plan_id or not self._plan or plan_id[:4] == self._plan
        if not own:
            self.other_plans.add(plan_id[:4])
        elif plan_id:
            self.own_seen = True
        return own

    def tags_of(self, clip: Any, own_id: str) -> tuple[str, ...]:
        """Return the ids that a clip's name, markers, metadata and media reference carry."""
        found = [own_id] if own_id in self._ids else []
        name, reference = clip.name, clip.media_reference
        texts = [name, *_strings(clip.metadata)]
        for marker in each(clip.markers):
            texts += [marker.name, marker.comment, *_strings(marker.metadata)]
        if reference is not None:
            texts += [reference.name, *_strings(reference.metadata)]
        for text in texts:
            if text and ("@" in text or "-" in text):
                found += self._ids_in(text)
        if name in self._names:
            found.append(self._names[name])
        return tuple(dict.fromkeys(self._now.get(shot_id, shot_id) for shot_id in found))

    def _ids_in(self, text: str) -> list[str]:
        found = []
        if "@" in text:
            for tag in tags_in([text]):
                self.own_seen |= tag.plan == self._plan
                if tag.plan == self._plan and tag.shot_id in self._ids:
                    found.append(tag.shot_id)
                elif tag.plan != self._plan:
                    self.other_plans.add(tag.plan)
        if "-" in text and len(text) >= 36:
            known = [self._shot_with(match.lower()) for match in _UUID.findall(text)]
            self.own_seen |= any(known)
            found += filter(None, known)
        return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif hasattr(value, "items"):
        for key in each(value):
            if key != KEY:
                yield from _strings(value[key])
    elif hasattr(value, "__iter__"):
        for part in each(value):
            yield from _strings(part)
