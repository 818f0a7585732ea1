"""Which items of a sequence are linked, so that an editor moves picture and sound as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.forms import Placed, kind_of, media_of
from otio_idolsync.interchange.xmeml.write_blocks import url_of_form


def link(groups: Sequence[Sequence[Placed]]) -> None:
    """Give each item the links of its group.

    Args:
        groups: The items of each track of a sequence, as written, transitions left out.
    """
    items = [item for group in groups for item in group]
    by_old_id = {str(old): item for item in items if (old := _kept(item).get("@id"))}
    partners: dict[str, list[Placed]] = {}
    for item in items:
        if kept := _kept(item).get("link"):
            partners[item.id] = _resolved(kept, by_old_id)
    for group in _together(items):
        if len(group) > 1 and not any(item.id in partners for item in group):
            for item in group:
                partners[item.id] = group
    for item in items:
        item.links = "".join(map(_xml, partners.get(item.id, ())))


def _kept(item: Placed) -> dict[str, Any]:
    return foreign.dictionary((item.form.get("metadata") or {}).get(foreign.KEY))


def _resolved(kept: Any, by_old_id: dict[str, Placed]) -> list[Placed]:
    links = kept if isinstance(kept, list) else [kept]
    found = (by_old_id.get(str(foreign.dictionary(one).get("linkclipref"))) for one in links)
    return [item for item in found if item is not None]


def _together(items: Iterable[Placed]) -> list[list[Placed]]:
    """Return groups that play the same media from the same place at the same time.

    Two pictures are no such group; nor are pictures without sound.
    """
    groups: dict[Any, list[Placed]] = {}
    for item in items:
        if kind_of(item.form) == "Clip" and (url := url_of_form(media_of(item.form))):
            source = _values(item.form.get("source_range"))
            groups.setdefault((url, item.start, item.end, source), []).append(item)
    return [g for g in groups.values() if sum(i.place[0] == "video" for i in g) < 2]


def _values(ranged: Any) -> tuple[float, ...]:
    if not ranged:
        return ()
    start, duration = ranged["start_time"], ranged["duration"]
    return start["value"], start["rate"], duration["value"]


def _xml(item: Placed) -> str:
    media, track, clip = item.place
    group = "<groupindex>1</groupindex>" if media == "audio" else ""
    return (
        f"<link><linkclipref>{item.id}</linkclipref><mediatype>{media}</mediatype>"
        f"<trackindex>{track}</trackindex><clipindex>{clip}</clipindex>{group}</link>"
    )
