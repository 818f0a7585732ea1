"""Check a cut, and the movie made of it, against the song: what a person should look at.

Nothing is mended here and nothing is written. What the timeline says is judged first; a movie is
then measured against the timeline and the song, never against what its file claims.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import opentimelineio as otio
from av.video.frame import VideoFrame

from otio_idolsync.cut.bundle import in_cache
from otio_idolsync.cut.doubts import doubts_of
from otio_idolsync.cut.files import left_out_beside
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.read import read_cut
from otio_idolsync.cut.remark import SHOWN, Remark, grouped
from otio_idolsync.cut.song_file import with_stream
from otio_idolsync.cut.song_pieces import SongPiece
from otio_idolsync.errors import IdolsyncError, TimelineError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.probe import probe
from otio_idolsync.media.remote import Remote
from otio_idolsync.rendering.conform import Conform, conform
from otio_idolsync.rendering.model import OutputFormat, ShotJob
from otio_idolsync.rendering.picture import DAMAGED
from otio_idolsync.rendering.seen import first_seen
from otio_idolsync.rendering.showing import Showing
from otio_idolsync.report.check_cut import CutCheck, name_of
from otio_idolsync.report.check_picture import clock_findings, watch
from otio_idolsync.report.check_shots import picture_findings
from otio_idolsync.report.check_sound import hear
from otio_idolsync.report.finding import Finding
from otio_idolsync.resync.flatten import flatten

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        findings: What a person should look at, in the order in which it was checked.
        warnings: What is worth knowing and nothing to mend.
        not_checked: What could not be judged, and why.
        measured: Numbers: of the cut, and of the movie where one was given.
    """

    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    not_checked: tuple[str, ...]
    measured: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Return the report as ``idolsync.check/1``."""
        return {
            "schema": "idolsync.check/1",
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
            "warnings": list(self.warnings),
            "not_checked": list(self.not_checked),
            "measured": self.measured,
        }


def check(
    cut: otio.core.SerializableObject | Path | str,
    movie: Path | str | None = None,
    *,
    media_map: Sequence[tuple[str, str]] = (),
    allow_remote: bool = False,
    sequence: str | None = None,
    audio_stream: int | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Return what is wrong with a cut, and with the movie that was made of it.

    Args:
        cut: A timeline, or the path of a file that holds one in any form that is read here.
        movie: The finished movie, or None to check the timeline alone.
        media_map: (old, new) path prefixes.
        allow_remote: Whether media with an http or https address are fetched into the cache.
        sequence: Name of the one that is meant, where there are several.
        audio_stream: Which sound stream of the song's file is the song, from 0; by default the one
            that the timeline notes, else the default one, else the first.
        progress: Called with what is being done and the share of it that is done, 0 to 1.

    Raises:
        TimelineError: The timeline cannot be understood.
        MediaError: The movie cannot be read.
    """
    held = read_cut(cut)
    timeline = held.timeline(sequence)
    fetch = Remote(cache_folder()).fetch if allow_remote else None
    locator = Locator(held.folder(in_cache(cache_folder())), tuple(media_map), fetch)
    timeline = with_stream(timeline, audio_stream, locator)
    look = functools.cache(probe)
    cut_check = CutCheck(timeline, flatten(timeline), held.path, locator, look)
    plan = _planned(cut_check, look)
    if isinstance(plan, Conform):
        cut_check.seen = functools.partial(first_seen, plan.jobs, plan.output)
    findings = list(cut_check.findings())
    frames = cut_check.frames
    measured: dict[str, Any] = {"shots": len(cut_check.cut.items), "frames": frames}
    if movie is not None:
        target = Path(movie).expanduser().absolute()
        findings += _of_movie(cut_check, plan, target, measured, progress)
        findings += _left_out(cut_check, target)
    doubts = doubts_of(timeline, cut_check.clock)
    return CheckReport(
        tuple(findings),
        tuple(dict.fromkeys((*held.notes, *doubts, *cut_check.warnings))),
        tuple(cut_check.not_checked),
        measured,
    )


def _of_movie(
    cut_check: CutCheck,
    plan: Conform | IdolsyncError,
    movie: Path,
    measured: dict[str, Any],
    progress: Progress | None,
) -> list[Finding]:
    """Measure the movie, note the numbers, and return what is wrong."""
    clock = cut_check.clock
    frames = plan.frames if isinstance(plan, Conform) else int(measured["frames"])
    seen = watch(movie, frames, progress)
    findings = list(clock_findings(seen, frames, clock.rate))
    measured["movie"] = about = {
        "frames": len(seen.thumbs),
        "rate": str(seen.rate),
        "size": [seen.width, seen.height],
    }
    if isinstance(plan, Conform):
        made = _Expected()
        findings += picture_findings(seen, plan.jobs, plan.output, made.frames, progress)
        findings += made.damaged.values()
    else:
        cut_check.not_checked.append(f"the movie's picture: {plan}")
    if cut_check.song is None:
        cut_check.not_checked.append("the movie's sound: the song cannot be read")
        return findings
    lies = cut_check.spine.pieces if cut_check.spine else ()
    if lies and all(piece.speed != 1 for piece in lies):
        cut_check.not_checked.append("the movie's sound: the song does not play at its own speed")
        return findings
    whole = SongPiece(0, clock.frames_covering(cut_check.song.duration), 0)
    planned = plan.sound if isinstance(plan, Conform) else ()
    heard, wrong = hear(
        movie, cut_check.song, lies or (whole,), clock, planned, cut_check.song_begins
    )
    about["sound"] = [place.to_json() for place in heard]
    return findings + wrong


def _left_out(cut_check: CutCheck, movie: Path) -> Iterator[Finding]:
    """Yield what the movie does not show, as its render has written beside it."""
    items = {name_of(item): item for item in reversed(cut_check.cut.items)}
    for said in left_out_beside(movie):
        name, sign, text = said.partition(": ")
        item = items.get(name) if sign else None
        if item:
            yield Finding("left_out", text, name, item.first)
        else:
            yield Finding("left_out", said)


def _planned(cut_check: CutCheck, look: Callable[[Path], MediaInfo]) -> Conform | IdolsyncError:
    """Return what the renderer would show, or why the timeline cannot be rendered."""
    try:
        return conform(cut_check.timeline, cut_check.locator, missing="slate", look=look)
    except TimelineError:
        raise
    except IdolsyncError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Expected:
    """Makes what the timeline shows, and notes whose media are damaged.

    Attributes:
        damaged: Findings about shots whose media decode with errors.
    """

    damaged: dict[str, Finding] = field(default_factory=dict)

    def frames(self, job: ShotJob, output: OutputFormat) -> Iterator[VideoFrame]:
        """Yield the frames of a shot."""
        showing = Showing(output)
        try:
            yield from showing.frames(job)
        except IdolsyncError as error:
            self._note(job, str(error))
            raise
        for said in showing.notes:
            if said.endswith(DAMAGED):
                self._note(job, said)

    def _note(self, job: ShotJob, said: str) -> None:
        self.damaged[job.shot_id] = Finding("media", said, job.shot_id, job.first_frame)


def check_text(report: CheckReport, most: int | None = SHOWN) -> str:
    """Return the findings as a table for people, those that are alike in one row.

    Args:
        report: What was found.
        most: How many shots are named in one row; None for all.
    """
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        alike.setdefault((finding.kind, finding.text), []).append(finding)
    rows = [row for found in alike.values() for row in _rows(found, most)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        f"{kind:<{widths[0]}}  {shot:<{widths[1]}}  {at:>{widths[2]}}  {text}"
        for kind, shot, at, text in rows
    ]
    lines += [f"not checked: {what}" for what in report.not_checked]
    said = "nothing to look at" if report.ok else f"{len(report.findings)} to look at"
    lines.append(f"{report.measured['shots']} shots checked: {said}")
    sound = report.measured.get("movie", {}).get("sound")
    if sound:
        lags = [place["late_ms"] for place in sound]
        lines.append(
            f"sound at {len(sound)} places: {min(lags):+.2f} to {max(lags):+.2f} ms off the song"
        )
    return "\n".join(lines)


def _rows(alike: Sequence[Finding], most: int | None) -> list[tuple[str, str, str, str]]:
    if len({finding.shot_id for finding in alike}) < len(alike) or len(alike) == 1:
        return [(f.kind, f.shot_id or "-", _where(f), f.text) for f in alike]
    [said] = grouped((Remark(f.shot_id, f.text) for f in alike), most)
    count, text = said.split(": ", 1)
    return [(alike[0].kind, count, "", text)]


def _where(finding: Finding) -> str:
    return "" if finding.frame is None else f"frame {finding.frame}"
