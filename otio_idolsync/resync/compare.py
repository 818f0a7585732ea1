"""Compare any two timelines: which clip is which, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.classify import added_report, part_report, shot_report
from otio_idolsync.resync.edits import find_edits
from otio_idolsync.resync.flatten import flatten, timeline_block
from otio_idolsync.resync.groups import Recognised, recognise
from otio_idolsync.resync.model import Conflict, Cut, Edit, Item, ShotReport
from otio_idolsync.resync.report import comparison_to_json


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What became of a timeline.

    Attributes:
        before: The older timeline.
        after: The newer one.
        shots: One a shot of the older timeline in its order, then pieces and additions.
        edits: The movements behind the changes.
        conflicts: What only a person can tell.
        next_shot: The first number that no shot has.
    """

    before: Cut
    after: Cut
    shots: tuple[ShotReport, ...]
    edits: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...]
    next_shot: int

    def to_json(self) -> dict[str, Any]:
        """Return ``shots``, ``edits`` and ``conflicts`` as in a re-sync report."""
        return comparison_to_json(self.shots, self.edits, self.conflicts)


def diff(a: otio.schema.Timeline, b: otio.schema.Timeline) -> Comparison:
    """Return what was done to timeline ``a`` to make ``b`` of it.

    Clips are recognised by all evidence at once: ids and names, media, source ranges, neighbours
    and places. Neither timeline needs to come from this program; clips without an id of ours are
    called ``C001`` and so on, in the order of ``a``.

    Raises:
        TimelineError: One of them has no picture, or the rates differ.
    """
    before = with_ids(flatten(a))
    block = timeline_block(a)
    names = {item.shot_id: item.name for item in before.items}
    carriers = Carriers(str(block.get("plan_id", "")), names)
    after = flatten(b, carriers, sequences_of(before))
    return compare(before, after, int(block.get("next_shot", len(before.items) + 1)))


def with_ids(cut: Cut) -> Cut:
    """Return a cut in which every item has an id."""
    if all(item.shot_id for item in cut.items):
        return cut
    items = tuple(
        replace(item, shot_id=item.shot_id or f"C{item.index + 1:03d}") for item in cut.items
    )
    return replace(cut, items=items)


def sequences_of(cut: Cut) -> frozenset[str]:
    """Return the media keys of the image sequences in a cut."""
    return frozenset(item.media for item in cut.items if "#" in item.media)


def compare(before: Cut, after: Cut, next_shot: int) -> Comparison:
    """Return what was done to one flat cut to make another of it.

    Raises:
        TimelineError: Their rates differ.
    """
    if before.clock.rate != after.clock.rate:
        raise TimelineError(
            f"timeline {after.name!r} runs at {float(after.clock.rate):g} frames per second and "
            f"{before.name!r} at {float(before.clock.rate):g}; export it at the rate it was cut at"
        )
    return told(before, after, recognise(before.items, after.items), next_shot)


def told(
    before: Cut,
    after: Cut,
    found: Recognised,
    next_shot: int,
    ids: Mapping[int, str] | None = None,
) -> Comparison:
    """Return what was done to one flat cut to make another of it, where the shots are known.

    Args:
        before: The older cut.
        after: The newer one.
        found: Which item is which shot.
        next_shot: The first number that no shot has.
        ids: The ids of pieces and additions by their items' index, where they have them already.
    """
    reports = [shot_report(pairing) for pairing in found.pairings]
    edits = find_edits(reports, found.added)
    extra, number = _further(found, next_shot, ids or {})
    _forget_defaults([*reports, *extra])
    conflicts = (*found.conflicts, *_weak(reports))
    return Comparison(before, after, (*reports, *extra), tuple(edits), tuple(conflicts), number)


def _forget_defaults(reports: Sequence[ShotReport]) -> None:
    """Take out effects that sit on every clip: an editor's export, not an editor's hand."""
    there = [report for report in reports if report.items]
    if len(there) < 3:
        return
    default = set.intersection(*(set(report.added) for report in there))
    for report in there if default else ():
        report.added = tuple(name for name in report.added if name not in default)


def _further(
    found: Recognised, number: int, ids: Mapping[int, str]
) -> tuple[list[ShotReport], int]:
    """Return reports of pieces and additions, with new ids in time order."""
    new: list[tuple[Item, Any]] = []
    for pairing in found.pairings:
        new += [(pairing.parts[part], (pairing, part)) for part in range(1, len(pairing.parts))]
    new += [(item, item) for item in found.added]
    reports = []
    for item, what in sorted(new, key=lambda pair: pair[0].first):
        shot_id = ids.get(item.index)
        if not shot_id:
            shot_id, number = f"S{number:03d}", number + 1
        if isinstance(what, tuple):
            reports.append(part_report(what[0], what[1], shot_id))
        else:
            reports.append(added_report(item, shot_id, found.copies.get(item.index)))
    return reports, number


def _weak(reports: Sequence[ShotReport]) -> list[Conflict]:
    """Return matches that neither an id nor the place in the cut bears out."""
    return [
        Conflict(
            (r.shot_id,),
            r.items[0].first,
            f"{r.shot_id} may be the clip at frame {r.items[0].first}, which shows part of the "
            "same source elsewhere",
        )
        for r in reports
        if r.items and "trimmed" in r.changes and not {"id", "place"} & set(r.evidence)
    ]
