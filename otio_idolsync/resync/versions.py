"""Say what became of a plan since it was exported: the plan then against the plan as it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.choose import Plan, read_plan
from otio_idolsync.resync.compare import Comparison, told
from otio_idolsync.resync.groups import Recognised, recognise
from otio_idolsync.resync.model import Conflict, Item
from otio_idolsync.resync.report import shot_to_json

BORNE_OUT = 0.95
_OWN = ("role", "lipsync", "sync_offset")
_MADE = ("generated_for", "cues")


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """A plan as it was exported, and as it is now.

    Attributes:
        then: The exported plan; its shots have the ids that they have now.
        now: The plan as it is now.
        found: Which shot of now is which of then.
        changed: What else than its cut was changed of a shot, by its index then.
        comparison: What was done to the plan.
        exported_next: The first number that no shot had had when the plan was exported.
    """

    then: Plan
    now: Plan
    found: Recognised
    changed: dict[int, tuple[str, ...]]
    comparison: Comparison
    exported_next: int

    @property
    def song_changed(self) -> bool:
        """Whether the song is another version, longer or shorter."""
        return self.then.sheet.spine.sha256 != self.now.sheet.spine.sha256

    def to_json(self) -> dict[str, Any]:
        """Return the ``plan_changes`` of a report."""
        was = {now: then for then, now in self.then.ids.items()}
        rows = []
        places = {shot.shot_id: k for k, shot in enumerate(self.then.cut.items)}
        for report in self.comparison.shots:
            own = self.changed.get(places.get(report.shot_id, -1), ())
            if report.changes == ["kept"] and not own:
                continue
            row = shot_to_json(report)
            kept = ("shot_id", "change", "changes", "why", "before", "after", "parent", "copy_of")
            before = was.get(report.shot_id, report.shot_id)
            rows.append(
                {key: row[key] for key in kept if key in row}
                | ({"was": before} if before != report.shot_id else {})
                | {"properties": list(own)}
            )
        whole = self.comparison.to_json()
        return {"shots": rows, "edits": whole["edits"], "timeline": self._timeline_changes()}

    def _timeline_changes(self) -> list[dict[str, Any]]:
        one, two = self.then.sheet, self.now.sheet
        pairs: dict[str, tuple[Any, Any]] = {
            "song": (_song(one), _song(two)),
            "beats": (_beats(one), _beats(two)),
            "markers": (len(one.marks), len(two.marks)),
        }
        if one.metadata.get("grid") != two.metadata.get("grid"):
            pairs["grid"] = ("as exported", "changed")
        settings = [sheet.metadata.get("settings") or {} for sheet in (one, two)]
        for key in sorted(set(settings[0]) | set(settings[1])):
            pairs[f"settings.{key}"] = tuple(s.get(key) for s in settings)  # type: ignore[assignment]
        return [
            {"property": key, "base": before, "plan": after}
            for key, (before, after) in pairs.items()
            if before != after
        ]


def _song(sheet: SyncSheet) -> str:
    return f"{sheet.spine.name}, {float(sheet.spine.seconds):.3f} s, {sheet.spine.sha256[:8]}"


def _beats(sheet: SyncSheet) -> int:
    return len((sheet.metadata.get("grid") or {}).get("beats", ()))


def read_versions(base: Path | str, now: Plan) -> Versions:
    """Return what became of a plan.

    Args:
        base: The timeline that was exported.
        now: The plan as it is now.

    Raises:
        TimelineError: It cannot be read, or is no earlier version of the plan.
    """
    read = read_plan(base)
    if read.cut.clock.rate != now.cut.clock.rate:
        raise TimelineError(
            f"{read.path} runs at {float(read.cut.clock.rate):g} frames per second and {now.path} "
            f"at {float(now.cut.clock.rate):g}; a plan can be merged with one of its rate only"
        )
    found, stable = _recognised(read, now)
    same_song = read.sheet.spine.sha256 == now.sheet.spine.sha256
    if not same_song and not any("source" in p.evidence.kinds for p in found.pairings):
        raise TimelineError(
            f"{read.path} and {now.path} have neither the song nor a shot in common; --base is "
            "the version of --plan that was exported"
        )
    then = _renamed(read, now, found, stable)
    pairings = tuple(
        replace(pairing, shot=item)
        for pairing, item in zip(found.pairings, then.cut.items, strict=True)
    )
    changed = {
        k: what
        for k, pairing in enumerate(pairings)
        if pairing.parts and (what := _changed(pairing.shot, pairing.parts[0]))
    }
    names = {item.index: item.shot_id for item in now.cut.items}
    known = replace(found, pairings=pairings, conflicts=tuple(map(_in_plan, found.conflicts)))
    comparison = told(then.cut, now.cut, known, then.next_shot, names)
    return Versions(then, now, known, changed, comparison, read.next_shot)


def _in_plan(conflict: Conflict) -> Conflict:
    return replace(conflict, text=f"in the plan since its export: {conflict.text}")


def _recognised(then: Plan, now: Plan) -> tuple[Recognised, bool]:
    """Return which shot is which, and whether an id still means the shot that it meant.

    A plan that was made anew numbers its shots from one. Its ids are believed where the shots that
    are known without them bear them out.
    """
    known = {shot.shot_id for shot in then.cut.items}
    found = recognise(then.cut.items, now.cut.items)
    pairs = [
        pairing.shot.shot_id == pairing.parts[0].shot_id
        for pairing in found.pairings
        if pairing.parts and "source" in pairing.evidence.kinds
    ]
    borne_out = bool(pairs) and sum(pairs) >= BORNE_OUT * len(pairs)
    if not (borne_out or then.plan_id == now.plan_id):
        return found, False
    tagged = [
        replace(item, tags=(item.shot_id,) if item.shot_id in known else ())
        for item in now.cut.items
    ]
    return recognise(then.cut.items, tagged), True


def _renamed(then: Plan, now: Plan, found: Recognised, stable: bool) -> Plan:
    """Return the exported plan with the ids that its shots have now.

    A shot that the plan no longer has gets a new id where its own means another one now.
    """
    taken = {item.shot_id for item in now.cut.items}
    ids: dict[str, str] = {}
    number = max(then.next_shot, now.next_shot)
    for shot, pairing in zip(then.cut.items, found.pairings, strict=True):
        if pairing.parts:
            ids[shot.shot_id] = pairing.parts[0].shot_id
        elif not stable or shot.shot_id in taken:
            ids[shot.shot_id], number = f"S{number:03d}", number + 1
    items = tuple(
        _as_now(shot, ids.get(shot.shot_id, shot.shot_id), "" if pairing.parts else then.plan_id)
        for shot, pairing in zip(then.cut.items, found.pairings, strict=True)
    )
    return replace(then, cut=replace(then.cut, items=items), ids=ids, next_shot=number)


def _as_now(item: Item, own: str, plan_id: str) -> Item:
    """Return a shot of then under its id of now; a new id tells which of a plan's it was."""
    if own == item.shot_id:
        return item
    parent = {"parent": f"{item.shot_id}@{plan_id[:4]}"} if plan_id else {}
    block = {**item.block, "shot_id": own, **parent}
    name = item.name.replace(item.shot_id, own, 1)
    return replace(item, shot_id=own, name=name, block=block)


def _changed(shot: Item, now: Item) -> tuple[str, ...]:
    """Return what of a shot was changed beside its cut."""
    found = ["media"] if shot.media != now.media and not _same_face(shot, now) else []
    found += ["speed"] if shot.speed != now.speed else []
    found += ["enabled"] if shot.enabled != now.enabled else []
    found += ["effects"] if shot.effects != now.effects else []
    found += [key for key in _OWN if _told(shot, key) != _told(now, key)]
    return tuple(found)


def _told(item: Item, key: str) -> Any:
    value = item.block.get(key)
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if name not in _MADE}
    return value


def _same_face(shot: Item, now: Item) -> bool:
    """Return whether both are made from one face, of which one or both show the generated file."""
    faces = [face_of(item) for item in (shot, now)]
    return bool(faces[0]) and faces[0] == faces[1]


def face_of(item: Item) -> str:
    """Return the URL of the face that a lip-sync shot is made from, "" where there is none."""
    face = item.clip.media_references().get("face")
    return str(getattr(face, "target_url", None) or "")
