"""Compare any two timelines: which clip is which, and what was done to it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, timeline_block
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.carriers import Carriers
from otio_idolsync.resync.classify import added_report, part_report, shot_report
from otio_idolsync.resync.edits import find_edits
from otio_idolsync.resync.flatten import flatten
from otio_idolsync.resync.groups import Recognised, recognise
from otio_idolsync.resync.model import Conflict, Cut, Edit, Item, ShotReport
from otio_idolsync.resync.report import comparison_to_json
from otio_idolsync.timebase import Clock

MANY = 3
_Pair = tuple[str, list[otio.schema.Track], list[otio.schema.Track]]


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
        over: Titles and the like that the editor laid over the pictures, in time order.
        tracks: The same of every sound track, by its name, where all were compared.
    """

    before: Cut
    after: Cut
    shots: tuple[ShotReport, ...]
    edits: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...]
    next_shot: int
    over: tuple[Item, ...] = ()
    tracks: tuple[tuple[str, Comparison], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return ``shots``, ``edits`` and ``conflicts`` as in a re-sync report."""
        data = comparison_to_json(self.shots, self.edits, self.conflicts)
        if self.tracks:
            data["tracks"] = [{"track": name, **one.to_json()} for name, one in self.tracks]
        return data


def diff(
    a: otio.core.SerializableObject | Path | str, b: otio.core.SerializableObject | Path | str
) -> Comparison:
    """Return what was done to timeline ``a`` to make ``b`` of it.

    Clips are recognised by all evidence at once: ids and names, media, source ranges, neighbours
    and places. Neither timeline needs to come from this program; clips without an id of ours are
    called ``C001`` and so on, in the order of ``a``. All picture tracks (where there is none, the
    first sound track) are the comparison itself; the sound tracks, each with the one at its place,
    are in its ``tracks``.

    Args:
        a: The older one: a timeline, or the path of a file that holds one in any form.
        b: The newer one.

    Raises:
        TimelineError: One of them has no clip, or the rates differ.
        InterchangeError: An editor's file is broken.
    """
    one, two = read_timeline(a), read_timeline(b)
    (_, *pictures), *sounds = _tracks_of(one, two)
    number = int(timeline_block(one).get("next_shot", 0))
    main = _of_tracks(one, two, pictures[0], pictures[1], number)
    clock = main.before.clock
    beside = [(name, _of_tracks(one, two, x, y, 0, clock)) for name, x, y in sounds]
    return replace(main, tracks=tuple(beside))


def _tracks_of(a: otio.schema.Timeline, b: otio.schema.Timeline) -> list[_Pair]:
    """Return the tracks of two timelines that belong together, those of the picture first."""
    pictures = [_held(timeline.video_tracks()) for timeline in (a, b)]
    sounds = itertools.zip_longest(*(_held(timeline.audio_tracks()) for timeline in (a, b)))
    pairs: list[_Pair] = [("V", pictures[0], pictures[1])] if any(pictures) else []
    for number, (one, two) in enumerate(sounds, 1):
        pairs.append((f"A{number}", [one] if one else [], [two] if two else []))
    for timeline, side in ((a, 1), (b, 2)):
        if not any(pair[side] for pair in pairs):
            raise TimelineError(f"timeline {timeline.name!r} has no clip on any track")
    return pairs


def _held(tracks: Sequence[otio.schema.Track]) -> list[otio.schema.Track]:
    return [track for track in tracks if any(track.find_clips())]


def _of_tracks(
    a: otio.schema.Timeline,
    b: otio.schema.Timeline,
    one: Sequence[otio.schema.Track],
    two: Sequence[otio.schema.Track],
    number: int,
    clock: Clock | None = None,
) -> Comparison:
    """Return what was done to some tracks to make others of them."""
    before = with_ids(flatten(a, clock=clock, tracks=one))
    names = {item.shot_id: item.name for item in before.items}
    carriers = Carriers(str(timeline_block(a).get("plan_id", "")), names)
    after = flatten(b, carriers, sequences_of(before), clock, two)
    return compare(before, after, number or len(before.items) + 1)


def with_ids(cut: Cut) -> Cut:
    """Return a cut in which every item has an id; titles that nobody gave one are left out."""
    if all(item.shot_id for item in cut.items):
        return cut
    kept = [item for item in cut.items if item.shot_id or not item.drawn]
    items = tuple(
        replace(item, index=n, shot_id=item.shot_id or f"C{n + 1:03d}")
        for n, item in enumerate(kept)
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
    over = tuple(item for item in found.added if item.drawn and not item.compound)
    found = replace(found, added=tuple(item for item in found.added if item not in over))
    edits = find_edits(reports, found.added)
    letter = "S" if KEY in before.timeline.metadata else "C"
    extra, number = _further(found, letter, next_shot, ids or {})
    _forget_defaults([*reports, *extra])
    _tell_transitions(before, after, [*reports, *extra])
    _tell_tracks(after, reports)
    conflicts = (*found.conflicts, *_weak(reports), *_over_many(reports, extra))
    told = (*reports, *extra)
    return Comparison(before, after, told, tuple(edits), tuple(conflicts), number, over)


def _forget_defaults(reports: Sequence[ShotReport]) -> None:
    """Take out effects that sit on every clip: an editor's export, not an editor's hand."""
    there = [report for report in reports if report.items]
    if len(there) < 3:
        return
    default = set.intersection(*(set(report.added) for report in there))
    for report in there if default else ():
        report.added = tuple(name for name in report.added if name not in default)


def _tell_transitions(before: Cut, after: Cut, reports: Sequence[ShotReport]) -> None:
    """Name the transitions that an editor put on the heads of shots (on tails, before a gap)."""
    known = {(at, _called(one)) for at, one in before.all_transitions()}
    heads = {report.items[0].first: report for report in reversed(reports) if report.items}
    tails = {report.items[-1].end: report for report in reports if report.items}
    for at, one in after.all_transitions():
        report = heads.get(at) or tails.get(at)
        if report is None:
            continue
        lay = at - (report.drift.record if report.drift else 0)
        if (lay, _called(one)) not in known:
            report.added = (*report.added, _called(one))


def _tell_tracks(after: Cut, reports: Sequence[ShotReport]) -> None:
    """Name the track of each shot that lies on another than planned."""
    for report in reports:
        if report.pairing and report.items and report.items[0].track != report.pairing.shot.track:
            report.track = after.tracks[report.items[0].track].name


def _over_many(reports: Sequence[ShotReport], extra: Sequence[ShotReport]) -> list[Conflict]:
    """Return new clips that lie over several whole shots: a take, or grain that shows them all."""
    gone = [r for r in reports if "covered" in r.changes and r.items]
    found = []
    for report in extra:
        item = report.items[0]
        under = [
            r.shot_id for r in gone
            if item.first <= r.items[0].first and r.items[0].end <= item.end and item.leads
        ]  # fmt: skip
        if len(under) >= MANY:
            text = (
                f"{item.name!r} lies over {under[0]} to {under[-1]}, which are not seen; if it is "
                "an overlay that shows them, lower its opacity or set its blend mode"
            )
            found.append(Conflict((report.shot_id, *under), item.first, text, "covered"))
    return found


def _called(transition: otio.schema.Transition) -> str:
    return str(transition.name or transition.transition_type or "transition")


def _further(
    found: Recognised, letter: str, number: int, ids: Mapping[int, str]
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
            shot_id, number = f"{letter}{number:03d}", number + 1
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
