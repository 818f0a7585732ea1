"""The re-sync report: as a table for people, and as JSON by contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from otio_idolsync.resync.model import Conflict, Edit, Item, ShotReport
from otio_idolsync.timebase import Clock


def comparison_to_json(
    shots: Sequence[ShotReport], edits: Sequence[Edit], conflicts: Sequence[Conflict]
) -> dict[str, Any]:
    """Return the parts of a report that any two timelines have."""
    return {
        "shots": [shot_to_json(shot) for shot in shots],
        "edits": [
            {"kind": e.kind, "shots": list(e.shots), "frames": e.frames}
            | ({"cause": list(e.cause)} if e.cause else {})
            for e in edits
        ],
        "conflicts": [conflict.to_json() for conflict in conflicts],
    }


def shot_to_json(report: ShotReport) -> dict[str, Any]:
    """Return one shot's row."""
    before = [_place(report.pairing.shot)] if report.pairing else []
    parts = report.items
    if report.pairing and not report.parent and report.pairing.parts:
        parts = report.pairing.parts
    row: dict[str, Any] = {
        "shot_id": report.shot_id,
        "change": report.change,
        "changes": list(report.changes),
        "stale": report.stale,
        "out_of_sync": report.out_of_sync,
        "why": report.why,
        "evidence": list(report.evidence),
        "confidence": report.confidence,
        "before": before,
        "after": [_place(item) for item in parts],
        "off_grid_frames": report.off_grid.get("frames"),
        "off_grid_ms": report.off_grid.get("ms"),
        "off_downbeat_frames": report.off_grid.get("downbeat_frames"),
        "off_downbeat_ms": report.off_grid.get("downbeat_ms"),
    }
    told = {
        "edit": report.edit,
        "regenerate": report.regenerate,
        "parent": report.parent,
        "copy_of": report.copy_of,
        "added": list(report.added) or None,
        "track": report.track,
        "seen": _seen(parts),
    }
    return row | {key: value for key, value in told.items() if value is not None}


def _seen(parts: Sequence[Item]) -> list[list[int]] | None:
    """Return what is seen of a shot that others cover in part; None of any other."""
    if not any(part.seen and (part.under != (0, 0) or len(part.seen) > 1) for part in parts):
        return None
    return [list(stretch) for part in parts for stretch in part.seen]


def _place(item: Item) -> dict[str, Any]:
    source = item.source
    begin = int(source) if source.denominator == 1 else round(float(source), 4)
    return {
        "record": [item.first, item.end],
        "source": [begin, begin + item.frames],
        "media": item.url,
    }


def survival(shots: Sequence[ShotReport], edits: Sequence[Edit]) -> dict[str, Any]:
    """Return the share of planned cuts that the human left alone, overall and by reason.

    A cut is the frame at which a shot begins. It is left alone when the shot is still there, with
    the same picture at its head and at the same frame, or was only carried along by an edit made
    elsewhere. The first shot's head is no cut.
    """
    carried = {
        shot for e in edits if e.kind in ("ripple", "reorder") for shot in e.shots
        if shot not in e.cause
    }  # fmt: skip
    kept: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for report in shots[1:]:
        if report.pairing is None or report.parent:
            continue
        reason = str((report.pairing.shot.block.get("reason") or {}).get("anchor", "unknown"))
        total[reason] += 1
        kept[reason] += _left_alone(report, carried)
    whole = sum(total.values())
    return {
        "share": round(sum(kept.values()) / whole, 4) if whole else 1.0,
        "by_reason": {name: round(kept[name] / n, 4) for name, n in sorted(total.items())},
    }


def _left_alone(report: ShotReport, carried: set[str]) -> bool:
    lies = report.drift
    if lies is None or not report.items or "replaced" in report.changes:
        return False
    return lies.head == 0 and (lies.record == 0 or report.shot_id in carried)


def table(shots: Sequence[ShotReport], clock: Clock, everything: bool = False) -> list[str]:
    """Return a row for each shot that a person should look at."""
    rows = [("shot", "change", "at", "why")]
    for report in shots:
        if report.changes == ["kept"] and not (report.stale or report.out_of_sync or everything):
            continue
        flags = [*report.changes, *(["STALE"] if report.stale else [])]
        where = report.items[0] if report.items else None
        if where is None and report.pairing:
            where = report.pairing.shot
        at = clock.timecode(where.first) if where else ""
        why = report.why if not report.added else f"{report.why}; has {', '.join(report.added)}"
        rows.append((report.shot_id, " + ".join(flags), at, why.lstrip("; ")))
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    return [
        "  ".join([*(row[k].ljust(widths[k]) for k in range(3)), row[3]]).rstrip() for row in rows
    ]
