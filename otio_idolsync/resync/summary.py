"""The re-sync report as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otio_idolsync.resync.report import table

if TYPE_CHECKING:
    from otio_idolsync.resync.run import Resynced


def resync_text(done: Resynced, everything: bool = False) -> str:
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
    rows = table(done.comparison.shots, clock, everything)
    if len(rows) > 1:
        lines += ["", *rows]
    if done.comparison.edits:
        lines.append("")
    for edit in done.comparison.edits:
        carried = f"{edit.shots[0]} to {edit.shots[-1]}" if len(edit.shots) > 1 else edit.shots[0]
        lines.append(f"{edit.kind} by {edit.frames:+d} frames: {carried}")
    for a, b in done.snapped:
        lines.append(f"snapped the cut at {clock.timecode(a)} to {clock.timecode(b)}")
    lines += [f"slipped {shot} back into sync" for shot in done.mended]
    lines += [
        f"marker {i.kind!r} at {clock.timecode(i.frame)}: {i.shot_id}" for i in done.instructions
    ]
    lines.append(f"spine: {'ok' if done.spine.ok else done.spine.why}")
    lines += [f"conflict: {conflict.text}" for conflict in done.conflicts]
    lines += [f"not carried: {loss}" for loss in done.losses]
    return "\n".join(lines)
