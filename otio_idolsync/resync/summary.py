"""The re-sync report as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otio_idolsync.cut.remark import Remark, grouped
from otio_idolsync.resync.report import table

if TYPE_CHECKING:
    from otio_idolsync.resync.run import ResyncReport
    from otio_idolsync.resync.versions import Versions


def _spine(done: ResyncReport) -> str:
    if not done.spine.ok:
        return done.spine.why
    return f"ok; {done.spine.why}" if done.spine.why else "ok"


def _movement(edit: dict[str, Any]) -> str:
    shots = edit["shots"]
    carried = f"{shots[0]} to {shots[-1]}" if len(shots) > 1 else shots[0]
    return f"{edit['kind']} by {edit['frames']:+d} frames: {carried}"


def _plan_text(versions: Versions | None) -> list[str]:
    """Return what became of the plan since its export."""
    if versions is None:
        return []
    data = versions.to_json()
    lines = ["", f"the plan since {versions.then.path.name}:"]
    for row in data["shots"]:
        if row["changes"] == ["moved"] and not row["properties"]:
            continue  # carried along: the movement that did it is named below
        what = " + ".join([*(c for c in row["changes"] if c != "kept"), *row["properties"]])
        who = f"{row['shot_id']} (was {row['was']})" if "was" in row else row["shot_id"]
        if "was" in row and not row["after"]:
            who = f"{row['was']} of {versions.then.path.name}"
        lines.append(f"  {who} {what}" + (f": {row['why']}" if row["why"] else ""))
    lines += [f"  {_movement(edit)}" for edit in data["edits"]]
    for change in data["timeline"]:
        lines.append(f"  {change['property']}: {change['base']} -> {change['plan']}")
    return lines if len(lines) > 2 else ["", f"the plan is as it was in {versions.then.path.name}"]


def resync_text(done: ResyncReport, everything: bool = False) -> str:
    """Return what was recognised and done, as a table and a few sentences.

    Args:
        done: The outcome.
        everything: Whether shots that were left alone get a row too.
    """
    data = done.to_json()
    summary, clock = data["summary"], done.comparison.before.clock
    lines = [
        f"{summary['kept']} shots kept, {summary['changed']} changed, {summary['stale']} stale; "
        f"{100 * summary['survival']:.0f} % of the planned cuts were left alone"
    ]
    by_reason = ", ".join(
        f"{name} {100 * share:.0f} %" for name, share in summary["survival_by_reason"].items()
    )
    if by_reason:
        lines.append(f"left alone by reason: {by_reason}")
    lines += _plan_text(done.versions)
    rows = table(done.comparison.shots, clock, everything)
    if len(rows) > 1:
        lines += ["", *rows]
    if done.comparison.edits:
        lines.append("")
    lines += [_movement(edit) for edit in data["edits"]]
    for a, b in done.snapped:
        lines.append(f"snapped the cut at {clock.timecode(a)} to {clock.timecode(b)}")
    slipped = "slipped back into sync"
    lines += grouped(Remark(s, slipped, f"slipped {s} back into sync") for s in done.mended)
    lines += [
        f"marker {i.kind!r} at {clock.timecode(i.frame)}: {i.shot_id}" for i in done.instructions
    ]
    lines.append(f"spine: {_spine(done)}")
    lines += [f"look: {done.unaccounted}"] if done.unaccounted else []
    lines += [f"conflict: {conflict.text}" for conflict in done.conflicts]
    lines += [f"note: {note}" for note in done.notes]
    losses = grouped(loss for loss in done.losses if loss not in done.notes)
    lines += [f"not carried: {loss}" for loss in losses]
    return "\n".join(lines)
