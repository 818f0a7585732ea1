"""Short answers for people: what an analysis, a plan or a render came to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.cut.remark import grouped
from otio_idolsync.planning.spoken import minutes, plural

if TYPE_CHECKING:
    from otio_idolsync.planning.plan import Planned
    from otio_idolsync.rendering.model import RenderReport

SHOWN_IDS = 8


def analysis_summary(analysis: Analysis) -> str:
    """Return what was found in a song, one thing a line."""
    grid, song = analysis.grid, analysis.song
    meter = int(grid.numbers.max())
    lines = [
        f"{Path(song.path).name}: {minutes(song.duration)}, {song.sample_rate} Hz, "
        f"{plural(song.channels, 'channel')}",
        f"tempo {grid.tempo_bpm:.1f} BPM, {plural(len(grid.beats), 'beat')} in "
        f"{plural(int(grid.bars[-1]), 'bar')} of {meter}",
    ]
    if analysis.confidence:
        sure = analysis.confidence
        lines.append(f"how sure: beats {sure.beats:.2f}, bars {sure.bars:.2f} of 1")
    if "taps" in analysis.backends:
        lines.append(analysis.backends["taps"])
    lines += [
        f"  --alternative {index}: {other.relation}, {other.tempo_bpm:.1f} BPM in bars of "
        f"{other.beats_per_bar}, {other.score:.2f}"
        for index, other in enumerate(analysis.alternatives, 1)
    ]
    lines += [
        f"  {minutes(s.start)} to {minutes(s.end)}  {s.label}  {s.name}".rstrip()
        for s in analysis.sections
    ]
    lines += [
        f"  {e.kind} at {minutes(e.start)}, strength {e.strength:.2f}" for e in analysis.events
    ]
    sung = sum(p.end - p.start for p in analysis.vocals)
    lines.append(f"sung: {sung:.0f} s in {plural(len(analysis.vocals), 'phrase')}")
    return "\n".join(lines)


def plan_summary(planned: Planned, output: Path) -> str:
    """Return what was planned, and which slots stay placeholders."""
    sheet, tempo = planned.sheet, planned.analysis.grid.tempo_bpm
    roles = Counter(s.metadata["role"] for s in sheet.shots)
    kinds = ", ".join(f"{count} {role}" for role, count in roles.most_common())
    holds = sum(bool(s.metadata["reason"]["hold"]) for s in sheet.shots)
    lines = [
        f"wrote {output} and its sync sheet: {plural(len(sheet.shots), 'shot')} ({kinds}), "
        f"{plural(holds, 'hold')}, {tempo:.1f} BPM"
    ]
    lines += [f"  {line}" for line in placeholders(planned)]
    return "\n".join(lines)


def placeholders(planned: Planned) -> list[str]:
    """Return which slots of a plan stay placeholders, a sentence for each reason."""
    why: dict[str, list[str]] = {}
    for shot_id, reason in planned.placeholders.items():
        why.setdefault(reason, []).append(shot_id)
    return [f"placeholder {_some(ids)}: {reason}" for reason, ids in why.items()]


def _some(ids: list[str]) -> str:
    shown = ", ".join(ids[:SHOWN_IDS])
    return shown if len(ids) <= SHOWN_IDS else f"{shown} and {len(ids) - SHOWN_IDS} more"


def plan_to_json(planned: Planned, output: Path) -> dict[str, Any]:
    """Return the ``--json`` answer of a plan."""
    sheet = planned.sheet
    return {
        "timeline": str(output),
        "sheet": str(output.with_suffix(".idolsync")),
        "plan_id": sheet.metadata["plan_id"],
        "frames": sum(shot.frames for shot in sheet.shots),
        "rate": str(sheet.clock.rate),
        "shots": [
            {
                "shot_id": shot.shot_id,
                "name": shot.name,
                "frame": shot.first_frame,
                "frames": shot.frames,
                "role": shot.metadata["role"],
                "text": shot.metadata["reason"]["text"],
            }
            for shot in sheet.shots
        ],
        "placeholders": [
            {"shot_id": shot_id, "why": why} for shot_id, why in planned.placeholders.items()
        ],
        "warnings": grouped(planned.warnings, None),
    }


def render_summary(report: RenderReport, output: Path, dry_run: bool) -> str:
    """Return what a render did, or would do."""
    done = Counter(shot.action for shot in report.shots)
    kinds = ", ".join(f"{count} {action}" for action, count in done.most_common())
    verb = "would write" if dry_run else "wrote"
    lines = [f"{verb} {output}: {report.frames} frames, shots: {kinds}"]
    if report.stems:
        folder, count = report.stems
        lines.append(f"{verb} {folder}: {plural(count, 'shot')} with handles")
    if dry_run:
        lines += [f"  {shot.shot_id}: {shot.why}" for shot in report.shots if shot.why]
    return "\n".join(lines)


def cache_summary(data: dict[str, Any]) -> str:
    """Return what a cache holds, a kind a line."""
    lines = [data["folder"]]
    lines += [
        f"  {kind:<10} {known['objects']:>6}  {human_bytes(known['bytes']):>9}"
        for kind, known in sorted(data["kinds"].items())
    ]
    lines.append(f"  {'all':<10} {'':>6}  {human_bytes(data['bytes']):>9}")
    if data["leftovers"]:
        lines.append(f"  {plural(data['leftovers'], 'leftover')} of runs that were ended")
    return "\n".join(lines)


def human_bytes(count: int) -> str:
    """Return a number of bytes as people say it: ``5.0 GB``."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
