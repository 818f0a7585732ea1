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

from otio_idolsync.cut.bundle import in_cache
from otio_idolsync.cut.doubts import doubts_of
from otio_idolsync.cut.files import sheet_losses
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import sheet_of
from otio_idolsync.cut.read import read_cut
from otio_idolsync.cut.size import size_of
from otio_idolsync.cut.song_pieces import pieces_in
from otio_idolsync.errors import TimelineError, UsageError
from otio_idolsync.interchange.appearance.cover import hides
from otio_idolsync.interchange.metadata import ids_only
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.resync.choose import Chosen, Plan, choose, read_plan
from otio_idolsync.resync.compare import Comparison
from otio_idolsync.resync.follow import follow, music_of
from otio_idolsync.resync.freshness import Music, judge_freshness
from otio_idolsync.resync.grid import beats_of, off_grid
from otio_idolsync.resync.marks import Instruction, instructions_in
from otio_idolsync.resync.merge import Merge, next_timeline
from otio_idolsync.resync.model import Conflict
from otio_idolsync.resync.placed import Placed, mend, place
from otio_idolsync.resync.rebase import rebase
from otio_idolsync.resync.relock import sheet_through
from otio_idolsync.resync.remap import media_folders, remap, settle_relative
from otio_idolsync.resync.report import comparison_to_json, survival
from otio_idolsync.resync.snap.timeline import snap_timeline
from otio_idolsync.resync.spine import SpineReport, find_spine
from otio_idolsync.resync.versions import Versions, read_versions
from otio_idolsync.timebase import parse_frames

SNAPPED = "2f"
UNZIP = "an .otiod keeps its media in a folder"


@dataclass(frozen=True, slots=True, eq=False)
class ResyncReport:
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
        notes: Those of the losses that only say how the files were compared.
        versions: What became of the plan since its export, None where it was not asked for.
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
    notes: tuple[str, ...] = ()
    versions: Versions | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether something is left that a person must look at."""
        return bool(self.conflicts or self.unaccounted) or not (self.spine.ok or self.relocked)

    @property
    def unaccounted(self) -> str:
        """A sentence where shots are gone while the edit holds clips that may be they, else ""."""
        shots = self.comparison.shots
        gone = [shot.shot_id for shot in shots if "deleted" in shot.changes]
        strange = [shot.items[0] for shot in shots if "added" in shot.changes and not shot.copy_of]
        if not (gone and strange):
            return self._lost_tracks()
        named = ", ".join(f"{item.name!r} at frame {item.first}" for item in strange[:5])
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        return f"{', '.join(gone)} not found, while these clips are no planned shot: {named}{more}"

    def _lost_tracks(self) -> str:
        """A sentence where whole tracks are gone and one is left, as an EDL leaves one, else ""."""
        before, after = self.comparison.before, self.comparison.after
        planned = [r for r in self.comparison.shots if r.pairing and not r.parent]
        there, gone = set[int](), set[int]()
        for report in planned:
            track = report.pairing.shot.track if report.pairing else 0
            (gone if "deleted" in report.changes else there).add(track)
        lost = [before.tracks[number].name for number in sorted(gone - there)]
        if not lost or len(after.tracks) > 1:
            return ""
        return (
            f"nothing of {', '.join(lost)} is in the edit, which has one picture track; if its "
            "format carries no more (an EDL does not), re-sync another"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report ``idolsync.resync/1``."""
        shots = self.comparison.shots
        planned = [s for s in shots if s.pairing and not s.parent]
        kept = sum(s.changes == ["kept"] for s in planned)
        alone = survival(shots, self.comparison.edits)
        return {
            "schema": "idolsync.resync/1",
            "sequence": self.sequence,
            **(_plan_changes(self.versions) if self.versions else {}),
            **comparison_to_json(shots, self.comparison.edits, self.conflicts),
            "spine": self.spine.to_json(),
            **({"unaccounted": self.unaccounted} if self.unaccounted else {}),
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


def _plan_changes(versions: Versions) -> dict[str, Any]:
    base = versions.then
    return {
        "base": {"file": base.path.name, "plan_id": base.plan_id},
        "plan_changes": versions.to_json(),
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
    within: str | None = None,
    mapping: Sequence[str] = (),
    base: Path | str | None = None,
    sequence: str | None = None,
    mend_sync: bool = False,
    relock: bool = False,
    output: Path | str | None = None,
) -> ResyncReport:
    """Return what an editor did to a plan, and the next timeline made of both.

    Args:
        edited: The editor's file: ``.otio``, xmeml, FCPXML or EDL.
        plan: The timeline that was exported, or a newer version of it.
        snap: ``beats`` or ``downbeats``: move cuts that nearly hit one onto it.
        within: Greatest distance of a snap, in frames; ``2f`` by default.
        mapping: ``OLD=NEW`` media prefixes: what the edit calls OLD, the plan calls NEW.
        base: Where the plan has changed since: the version that was exported.
        sequence: Name of the sequence to compare; by default the one that matches best.
        mend_sync: Slip performance takes back into sync.
        relock: Take a song that was moved against its picture for the new spine.
        output: The file that the next timeline is for; relative media paths are made to hold
            there, by default beside the plan.

    Raises:
        IdolsyncError: One sentence on what cannot be understood.
    """
    reach = _reach(snap, within)
    found = _compared(edited, plan, base, mapping, sequence, relock)
    comparison, spine, sheet = found.comparison, found.spine, found.sheet
    after = comparison.after
    recut = spine.moves
    spine = follow(comparison.shots, spine) if recut else spine
    heard = sheet_through(sheet, spine, spine.ok or relock) if recut else sheet
    music = music_of(spine, pieces_in(sheet.metadata))
    _judge(comparison, heard, music)
    next_cut = place(comparison.shots)
    doubted = [Conflict((), None, doubt, "file") for doubt in found.doubts]
    conflicts = (*doubted, *comparison.conflicts, *_overlaps(next_cut))
    mended, stuck = mend(next_cut) if mend_sync else ([], [])
    told = instructions_in(after, comparison.shots)
    made, known = next_timeline(
        Merge(
            comparison.before, heard, after, next_cut, comparison.over,
            {shot.shot_id: shot for shot in reversed(comparison.before.items)}, music.song, told,
            comparison.next_shot, spine, recut,
        )
    )  # fmt: skip
    folders = dict.fromkeys((*found.folders, *media_folders(comparison.before.timeline)))
    settle_relative(made, list(folders), Path(output or plan).expanduser())
    rows = snap_timeline(made, heard, snap, reach) if snap is not None else []
    snapped = dict(row.moved for row in rows if row.moved)
    size = size_of(made, heard.metadata.get("settings") or {})
    whole = None if snapped else known  # what was snapped is known no more
    next_sheet, uncarried = sheet_of(made, whole, lambda clip: hides(clip, size))
    losses = (
        *found.notes, *stuck, *after.notes, *spine.warnings, *sheet_losses(uncarried)
    )  # fmt: skip
    return ResyncReport(
        comparison, spine, conflicts, tuple(dict.fromkeys(losses)), tuple(told),
        tuple(snapped.items()), tuple(mended), made, next_sheet, after.name, relock and recut,
        found.notes, found.versions,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """An edit against the plan as it is now.

    Attributes:
        comparison: What was done.
        spine: Where the song lies in the edit.
        sheet: The plan's song, markers and settings.
        versions: What became of the plan since its export, None where it was not asked for.
        notes: What a person should know of how they were compared.
        doubts: What the edit's file says against itself.
        folders: What relative media paths of the plan and of the edit count from.
    """

    comparison: Comparison
    spine: SpineReport
    sheet: SyncSheet
    versions: Versions | None
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    folders: tuple[Path, Path]


def _compared(
    edited: Path | str,
    plan: Path | str,
    base: Path | str | None,
    mapping: Sequence[str],
    sequence: str | None,
    relock: bool,
) -> _Compared:
    """Return what was done to a plan, with what became of the plan itself brought in."""
    path, planned = Path(edited).expanduser().absolute(), read_plan(plan)
    versions = read_versions(base, planned) if base is not None else None
    exported = versions.then if versions else planned
    with ids_only():
        held = read_cut(path, exported.cut.clock)
    folder = held.folder(in_cache(cache_folder()))
    for timeline in held.timelines:
        remap(timeline, mapping)
    chosen = choose(exported, held.timelines, path, sequence)
    doubts = doubts_of(chosen.comparison.after.timeline, exported.cut.clock)
    said = [note for note in held.notes if note not in held.doubts]
    notes = (*said, *chosen.notes, *_other_plan(chosen, planned, versions), *doubts)
    comparison, clock = chosen.comparison, planned.cut.clock
    spine = find_spine(
        comparison.after.timeline, clock, exported.sheet.spine, folder, held.form == "edl",
        exported.sheet.metadata,
    )  # fmt: skip
    if versions:
        comparison = rebase(comparison, versions, spine.moves)
    if held.form == "otioz":
        notes += (f"what {path} shows that the plan does not is shown from the cache; {UNZIP}",)
    folders = (planned.folder, folder)
    return _Compared(comparison, spine, planned.sheet, versions, notes, held.doubts, folders)


def _other_plan(chosen: Chosen, planned: Plan, versions: Versions | None) -> list[str]:
    """Return a sentence where an edit was made from another version of the plan.

    Raises:
        TimelineError: It was made from the plan as it is now, not from the base.
    """
    if not chosen.others:
        return []
    exported = versions.then if versions else planned
    if versions and planned.plan_id[:4] in chosen.others:
        raise TimelineError(
            f"the edit carries ids of {planned.path}, not of the base {exported.path}; it was "
            "exported from that version, so leave --base out"
        )
    return [
        f"the edit carries ids of plan {', '.join(sorted(chosen.others))}, not of "
        f"{exported.path.name} ({exported.plan_id[:4]}); they were not trusted. If that plan has "
        "changed since it was exported, give the exported version as --base"
    ]


def _judge(comparison: Comparison, heard: SyncSheet, music: Music) -> None:
    """Measure every shot against the song that it is heard with."""
    clock, reports = comparison.before.clock, list(comparison.shots)
    judge_freshness(reports, clock, heard.spine.sample_rate, heard.spine.sha256, music)
    beats = beats_of(heard.metadata, clock)
    downbeats = [beat for beat in beats if beat.downbeat]
    for report in reports:
        if report.items and report.items[0].first:
            report.off_grid = off_grid(report.items[0].first, beats, downbeats, clock)


def _overlaps(placed: Sequence[Placed]) -> list[Conflict]:
    """Make items that overlap on one track give way, and say so."""
    found = []
    layered = sorted(placed, key=lambda one: (one.item.track, one.item.layer))
    for one, two in itertools.pairwise(layered):
        if (one.item.track, one.item.layer) != (two.item.track, two.item.layer):
            continue
        over = one.first + one.frames - two.first
        if over > 0:
            one.frames = max(1, one.frames - over)
            ids = (one.report.shot_id, two.report.shot_id)
            text = f"{ids[0]} and {ids[1]} overlap by {over} frames; the later one was kept whole"
            found.append(Conflict(ids, two.first, text, "overlap"))
    return found


def _reach(snap: str | None, within: str | None) -> int:
    """Return how many frames a cut may be moved."""
    if snap is None and within is not None:
        raise UsageError(
            f"--within {within} says how far --snap may move a cut, and nothing is to be snapped; "
            "add --snap beats or --snap downbeats"
        )
    frames = parse_frames(within or SNAPPED)
    if frames < 0:
        raise UsageError(f"--within {within} must not be negative")
    return frames
