"""Read a plan, and choose the sequence of an edited file that was made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import opentimelineio as otio

from otio_idolsync.cut.bundle import in_cache
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import bare_sheet_of
from otio_idolsync.cut.read import SAVE_ONE, read_cut
from otio_idolsync.errors import TimelineError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.compare import Comparison, compare, sequences_of, with_ids
from otio_idolsync.resync.flatten import flatten
from otio_idolsync.resync.model import Cut


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A planned cut.

    Attributes:
        path: Where it was read.
        cut: Its shots.
        sheet: Its song, markers and settings.
        ids: What its ids are called now, where they are not as they are written.
        next_shot: The first number that no shot has had.
        folder: What its relative media paths count from.
    """

    path: Path
    cut: Cut
    sheet: SyncSheet
    ids: Mapping[str, str] = field(default_factory=dict)
    next_shot: int = 1
    folder: Path = Path()

    @property
    def plan_id(self) -> str:
        """The plan's id, "" where it has none."""
        return str(self.sheet.metadata.get("plan_id", ""))


def read_plan(path: Path | str) -> Plan:
    """Return the planned cut in a file.

    Raises:
        TimelineError: Missing, broken, or no timeline with a picture and a song.
    """
    source = Path(path).expanduser().absolute()
    held = read_cut(source)
    timeline = held.timeline(way=SAVE_ONE)
    sheet = bare_sheet_of(timeline)
    cut = with_ids(flatten(timeline, clock=sheet.clock))
    next_shot = int(sheet.metadata.get("next_shot", len(cut.items) + 1))
    return Plan(source, cut, sheet, {}, next_shot, held.folder(in_cache(cache_folder())))


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A sequence, compared with the plan that it was made from.

    Attributes:
        comparison: What was done.
        notes: What a person should know of the choice, a sentence each.
        others: How the ids of other plans begin, where the file carries those and none of this.
    """

    comparison: Comparison
    notes: tuple[str, ...]
    others: frozenset[str]


def choose(
    plan: Plan, timelines: Sequence[otio.schema.Timeline], edited: Path, sequence: str | None
) -> Chosen:
    """Return the comparison with the sequence that is meant.

    Args:
        plan: The plan that the edit was made from.
        timelines: The sequences of the edited file.
        edited: Its path.
        sequence: Name of the one that is meant; by default the one that matches best.

    Raises:
        TimelineError: No sequence has that name, none can be compared, or none shows the plan.
    """
    meant = [t for t in timelines if sequence is None or t.name == sequence]
    if not meant:
        names = ", ".join(str(timeline.name) for timeline in timelines)
        raise TimelineError(f"no sequence is called {sequence!r} in {edited}; there are {names}")
    carriers = _carriers(plan)
    found, why = [], None
    for timeline in meant:
        try:
            cut = flatten(timeline, carriers, sequences_of(plan.cut))
            found.append(compare(plan.cut, cut, plan.next_shot))
        except TimelineError as error:
            why = why or error
    if not found:
        raise why or TimelineError(f"{edited} holds no sequence")
    best = max(found, key=_recognised)
    _refuse_strangers(best, edited, plan.path)
    said = []
    if len(timelines) > 1 and sequence is None:
        said.append(
            f"the file holds {len(timelines)} sequences; {best.after.name!r} matches best and was "
            "compared"
        )
    others = frozenset() if carriers.own_seen else frozenset(carriers.other_plans)
    return Chosen(best, tuple(said), others)


def _carriers(plan: Plan) -> Carriers:
    written = {now: shot_id for shot_id, now in plan.ids.items()}
    names = {written.get(i.shot_id, i.shot_id): i.clip.name for i in plan.cut.items}
    return Carriers(plan.plan_id, names, plan.ids)


def _recognised(comparison: Comparison) -> float:
    """Return how much of the plan is in an edit, by more than place alone."""
    return sum(
        report.confidence
        for report in comparison.shots
        if report.pairing and {"id", "source"} & set(report.evidence)
    )


def _refuse_strangers(comparison: Comparison, edited: Path, plan: Path) -> None:
    # unfilled placeholders cannot be identified by anything
    slates = all(not item.media or ":" in item.media for item in comparison.before.items)
    if _recognised(comparison) or slates:
        return
    raise TimelineError(
        f"no shot of {plan} is in {edited} (sequence {comparison.after.name!r}); give the plan "
        "that it was made from (as --base, if it has changed since), or --map OLD=NEW if its "
        "media was moved"
    )
