"""Take an edited file back: recognise, judge, merge."""

from __future__ import annotations

import contextlib
import gc
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.compare import Comparison, compare, sequences_of, with_ids
from otio_idolsync.resync.flatten import flatten
from otio_idolsync.resync.freshness import SongFrame, judge_freshness
from otio_idolsync.resync.grid import beats_of, off_grid, snap_targets
from otio_idolsync.resync.marks import Instruction, instructions_in
from otio_idolsync.resync.merge import Merge, next_timeline, transition_frames
from otio_idolsync.resync.model import Conflict, Cut
from otio_idolsync.resync.placed import Placed, mend, place
from otio_idolsync.resync.placed import snap as move_cuts
from otio_idolsync.resync.read import read_edited
from otio_idolsync.resync.relock import sheet_through
from otio_idolsync.resync.remap import remap
from otio_idolsync.resync.report import comparison_to_json, survival
from otio_idolsync.resync.spine import SpineReport, find_spine
from otio_idolsync.timebase import parse_frames
from otio_idolsync.timeline.files import read_timeline
from otio_idolsync.timeline.model import SyncSheet
from otio_idolsync.timeline.otio_form import bare_sheet_of, sheet_of


@dataclass(frozen=True, slots=True, eq=False)
class Resynced:
    """A plan and its edit, brought together.

    Attributes:
        comparison: Which clip is which, and what was done to it.
        spine: Where the song lies.
        conflicts: What only a person can decide.
        losses: What the sheet or the merge cannot carry, a sentence each.
        instructions: Markers that are commands.
        snapped: Cuts moved onto beats, as (from, to) in timeline frames.
        mended: Takes slipped back into sync.
        timeline: The next timeline.
        sheet: The same as a sync sheet.
        sequence: Name of the sequence that was compared.
        relocked: Whether the song as the editor cut it is the new spine.
    """

    comparison: Comparison
    spine: SpineReport
    conflicts: tuple[Conflict, ...]
    losses: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    snapped: tuple[tuple[int, int], ...]
    mended: tuple[str, ...]
    timeline: otio.schema.Timeline
    sheet: SyncSheet
    sequence: str
    relocked: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether something is left that a person must look at."""
        return bool(self.conflicts) or not (self.spine.ok or self.relocked)

    def to_json(self) -> dict[str, Any]:
        """Return the report ``idolsync.resync/1``."""
        shots = self.comparison.shots
        planned = [s for s in shots if s.pairing and not s.parent]
        kept = sum(s.changes == ["kept"] for s in planned)
        alone = survival(shots, self.comparison.edits)
        return {
            "schema": "idolsync.resync/1",
            "sequence": self.sequence,
            **comparison_to_json(shots, self.comparison.edits, self.conflicts),
            "spine": self.spine.to_json(),
            "losses": list(self.losses),
            "instructions": [i.to_json() for i in self.instructions],
            "snapped": [{"from": a, "to": b} for a, b in self.snapped],
            "mended": list(self.mended),
            "summary": {
                "kept": kept,
                "changed": len(shots) - kept,
                "stale": sum(s.stale for s in shots),
                "survival": alone["share"],
                "survival_by_reason": alone["by_reason"],
            },
        }


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking all that is built, none of it garbage yet."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collector_paused()
def resync(
    edited: Path | str,
    plan: Path | str,
    *,
    snap: str | None = None,
    within: str = "2f",
    mapping: Sequence[str] = (),
    sequence: str | None = None,
    mend_sync: bool = False,
    relock: bool = False,
) -> Resynced:
    """Return what an editor did to a plan, and the next timeline made of both.

    Args:
        edited: The editor's file: ``.otio``, xmeml, FCPXML or EDL.
        plan: The timeline that was exported.
        snap: ``beats`` or ``downbeats``: move cuts that nearly hit one onto it.
        within: Greatest distance of a snap, in frames: ``2f``.
        mapping: ``OLD=NEW`` media prefixes: what the edit calls OLD, the plan calls NEW.
        sequence: Name of the sequence to compare; by default the one that matches best.
        mend_sync: Slip performance takes back into sync.
        relock: Take the song as the editor left it for the new spine.

    Raises:
        IdolsyncError: One sentence on what cannot be understood.
    """
    plan_path, edit_path = Path(plan).expanduser().absolute(), Path(edited).expanduser().absolute()
    planned_timeline = read_timeline(plan_path)
    sheet = bare_sheet_of(planned_timeline)
    planned = with_ids(flatten(planned_timeline, clock=sheet.clock))
    timelines, form = read_edited(edit_path)
    for timeline in timelines:
        remap(timeline, mapping)
    comparison, notes = _best(planned, sheet, timelines, sequence)
    after = comparison.after
    spine = find_spine(after.timeline, after.clock, sheet.spine, edit_path.parent, form == "edl")
    _refuse_strangers(comparison, edit_path, plan_path)
    heard = sheet_through(sheet, spine.pieces) if spine.follows(relock) else sheet
    _judge(comparison, spine, heard, relock)
    next_cut = place(comparison.shots)
    conflicts = (*comparison.conflicts, *_overlaps(next_cut))
    mended, stuck = mend(next_cut) if mend_sync else ([], [])
    snapped = _snap(next_cut, snap, within, heard, after) if snap is not None else []
    told = instructions_in(after, comparison.shots)
    relocked = relock and spine.follows(relock)
    frames = _song_frames(spine, relock)
    kept = heard if relocked else sheet
    made, known = next_timeline(
        Merge(planned, kept, after, next_cut, frames, told, comparison.next_shot, relocked)
    )
    next_sheet, uncarried = sheet_of(made, known)
    losses = (*notes, *stuck, *after.opened.notes, *spine.warnings, *_sheet_losses(uncarried))
    return Resynced(
        comparison, spine, conflicts, tuple(dict.fromkeys(losses)), tuple(told), tuple(snapped),
        tuple(mended), made, next_sheet, after.name, relocked,
    )  # fmt: skip


def _judge(comparison: Comparison, spine: SpineReport, heard: SyncSheet, relock: bool) -> None:
    """Measure every shot against the song that it is heard with."""
    song, clock = _song_frames(spine, relock), comparison.before.clock
    reports = list(comparison.shots)
    _follow_the_song(comparison, song, spine)
    judge_freshness(reports, clock, heard.spine.sample_rate, heard.spine.sha256, song)
    beats = beats_of(heard.metadata, clock)
    downbeats = [beat for beat in beats if beat.downbeat]
    for report in reports:
        if report.items and report.items[0].first:
            report.off_grid = off_grid(report.items[0].first, beats, downbeats, clock)


def _best(
    planned: Cut,
    sheet: SyncSheet,
    timelines: Sequence[otio.schema.Timeline],
    sequence: str | None,
) -> tuple[Comparison, list[str]]:
    """Return the comparison with the sequence that is meant, and a sentence if there was a choice.

    Raises:
        TimelineError: No sequence has that name, or none can be compared.
    """
    names = [timeline.name for timeline in timelines]
    chosen = [t for t in timelines if sequence is None or t.name == sequence]
    if not chosen:
        raise TimelineError(f"no sequence is called {sequence!r}; there are {', '.join(names)}")
    carriers = Carriers(
        str(sheet.metadata.get("plan_id", "")), {i.shot_id: i.name for i in planned.items}
    )
    number = int(sheet.metadata.get("next_shot", len(planned.items) + 1))
    found, why = [], None
    for timeline in chosen:
        try:
            cut = flatten(timeline, carriers, sequences_of(planned))
            found.append(compare(planned, cut, number))
        except TimelineError as error:
            why = why or error
    if not found:
        raise why or TimelineError("the file holds no sequence")
    best = max(found, key=_recognised)
    said = []
    if len(timelines) > 1 and sequence is None:
        said.append(
            f"the file holds {len(timelines)} sequences; {best.after.name!r} matches best and was "
            "compared"
        )
    if carriers.other_plans and not _recognised(best):
        said.append("the file carries ids of another plan")
    return best, said


def _recognised(comparison: Comparison) -> float:
    """Return how much of the plan is in an edit, by more than place alone."""
    return sum(
        report.confidence
        for report in comparison.shots
        if report.pairing and {"id", "source"} & set(report.evidence)
    )


def _refuse_strangers(comparison: Comparison, edited: Path, plan: Path) -> None:
    if _recognised(comparison) or _only_slates(comparison):
        return
    raise TimelineError(
        f"no shot of {plan} is in {edited} (sequence {comparison.after.name!r}); give the plan "
        "that it was made from, or --map OLD=NEW if its media was moved"
    )


def _only_slates(comparison: Comparison) -> bool:
    """Return whether nothing but unfilled placeholders was planned, which nothing can identify."""
    return all(not item.media or ":" in item.media for item in comparison.before.items)


def _song_frames(spine: SpineReport, relock: bool) -> SongFrame:
    """Return which song frame counts at each timeline frame.

    A song that was only nudged is put back, so that timeline and song go on being one; a song that
    was cut up on purpose is followed piece by piece.
    """
    return spine.song_frame if spine.follows(relock) else lambda frame: frame


def _follow_the_song(comparison: Comparison, song_frame: SongFrame, spine: SpineReport) -> None:
    """Call a shot moved only if its song position changed, where the song itself was cut."""
    if spine.ok:
        return
    for report in comparison.shots:
        if report.drift is None or not report.items or report.pairing is None:
            continue
        first = report.items[0].first
        here = song_frame(first)
        still = here is not None and here - first + report.drift.content == 0
        if still and "moved" in report.changes:
            report.changes.remove("moved")
            report.changes = report.changes or ["kept"]
        elif not still and report.changes == ["kept"]:
            report.changes = ["moved"]


def _overlaps(placed: Sequence[Placed]) -> list[Conflict]:
    """Make items that overlap on one track give way, and say so."""
    found = []
    layered = sorted(placed, key=lambda one: one.item.layer)
    for one, two in itertools.pairwise(layered):
        if one.item.layer != two.item.layer:
            continue
        over = one.first + one.frames - two.first
        if over > 0:
            one.frames = max(1, one.frames - over)
            ids = (one.report.shot_id, two.report.shot_id)
            text = f"{ids[0]} and {ids[1]} overlap by {over} frames; the later one was kept whole"
            found.append(Conflict(ids, two.first, text))
    return found


def _snap(
    placed: Sequence[Placed], kind: str, within: str, heard: SyncSheet, after: Cut
) -> list[tuple[int, int]]:
    frames = parse_frames(within)
    if frames < 0:
        raise UsageError(f"--within {within} must not be negative")
    targets = snap_targets(kind, beats_of(heard.metadata, heard.clock))
    return move_cuts(placed, targets, frames, set(transition_frames(after)).__contains__)


def _sheet_losses(losses: Sequence[str]) -> list[str]:
    """Return what the sync sheet beside the timeline cannot carry, effects by kind."""
    found: list[str] = []
    effects: dict[str, int] = {}
    for loss in losses:
        if loss.startswith("effects of "):
            kind = loss.rsplit(": ", 1)[-1]
            effects[kind] = effects.get(kind, 0) + 1
        else:
            found.append(loss)
    found += [f"{kind} on {n} clip{'s' * (n > 1)}" for kind, n in effects.items()]
    return [f"not in the sync sheet: {loss}" for loss in found]
