"""Render a timeline to a movie: make what is missing, reuse the rest, join it by packets."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import opentimelineio as otio

from otio_idolsync.cut.bundle import in_cache
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.read import read_cut
from otio_idolsync.cut.remark import Remark, choices
from otio_idolsync.cut.song_file import with_stream
from otio_idolsync.errors import OutputError, RenderError, SourceError, UsageError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.outputs import no_folder, output_file
from otio_idolsync.media.remote import Remote
from otio_idolsync.media.size import parse_size
from otio_idolsync.options import takes
from otio_idolsync.rendering.burn_in import parse_burn_in
from otio_idolsync.rendering.changes import LastRender
from otio_idolsync.rendering.conform import Conform, conform
from otio_idolsync.rendering.encode import as_encoded, check_video_codec, shot_suffix
from otio_idolsync.rendering.join import MadeShot, join
from otio_idolsync.rendering.keys import key_of, shot_facts
from otio_idolsync.rendering.letterbox import letterboxed
from otio_idolsync.rendering.locked import check_song
from otio_idolsync.rendering.lost import with_slates
from otio_idolsync.rendering.loudness import parse_loudness
from otio_idolsync.rendering.make import Maker, worker_count
from otio_idolsync.rendering.model import (
    Action,
    AudioReport,
    Footage,
    Remarks,
    RenderReport,
    ShotJob,
    ShotReport,
    leaves,
)
from otio_idolsync.rendering.options import AudioCodec, Missing, RenderOptions
from otio_idolsync.rendering.ranges import Selection, selected
from otio_idolsync.rendering.seen import first_seen
from otio_idolsync.rendering.shot import write_commands
from otio_idolsync.rendering.sing import settle, sing, singer_ids, with_faces
from otio_idolsync.rendering.soundtrack import Soundtrack, check_codec, plan_soundtrack
from otio_idolsync.rendering.sources import Sources, shows_file
from otio_idolsync.rendering.stems import check_handles, plan_stems, write_stems
from otio_idolsync.rendering.store import Store
from otio_idolsync.rendering.tally import Progress, Tally

SUFFIXES = (".mp4", ".mov", ".mkv")
_WAYS_ON = "give it anew, or let --missing slate render a slate instead (finished shots are kept)"


@takes(RenderOptions)
def render(
    timeline: otio.core.SerializableObject | Path | str,
    output: Path | str,
    *,
    progress: Progress | None = None,
    **asked: Unpack[RenderOptions],
) -> RenderReport:
    """Conform a timeline to a movie, frame for frame, with the song whole.

    Args:
        timeline: A timeline, or the path of a file that holds one in any form that is read here.
        output: The movie; ``.mp4``, ``.mov`` or ``.mkv``.
        progress: Called with what is being done and the share of it that is done, 0 to 1.
        **asked: How it is rendered, see `RenderOptions`.

    Returns:
        What was done for each shot, and what is not in the movie.

    Raises:
        UsageError: An argument cannot be used.
        TimelineError: The timeline cannot be understood.
        RenderError: Media are missing or do not fit their shots.
        MediaError: A source is damaged.
        OutputError: The movie or the cache cannot be written.
    """
    handles, missing, dry_run = asked["handles"] or 0, asked["missing"], asked["dry_run"]
    if asked["write_jobs"] and not dry_run:
        raise UsageError("job files are written instead of rendering; add --dry-run")
    check_handles(handles)
    target = _checked(output, asked)
    size = parse_size(asked["size"]) if asked["size"] else None
    workers, parts = worker_count(asked["jobs"]), parse_burn_in(asked["burn_in"])
    lufs = parse_loudness(asked["loudness"])
    held, root = read_cut(timeline), cache_folder(asked["cache"])
    timeline = held.timeline(asked["sequence"])
    folder = asked["media_root"] or held.folder(in_cache(root))
    fetch = Remote(root).fetch if asked["allow_remote"] else None
    locator = Locator(folder.absolute(), tuple(asked["media_map"]), fetch)
    timeline = with_faces(with_stream(timeline, asked["audio_stream"], locator), locator)
    kept, remarks = (Store(root), KnownMedia(root)), Remarks()
    known = kept[1].info
    cut = selected(timeline, asked["start"], asked["end"])
    plan = conform(timeline, locator, size, asked["fit"], missing, known, cut.span)
    if shows_file(timeline, locator, target):
        raise OutputError(f"output {target} is one of the timeline's media; choose another name")
    check_song(timeline, held.path, locator, kept[1], remarks)
    kept[1].save()
    seen = first_seen(plan.jobs, plan.output, singer_ids(timeline), bool(handles))
    sung = sing(timeline, locator, *kept, size, seen, dry_run, progress)
    if sung.timeline is not timeline:
        plan = conform(sung.timeline, locator, size, asked["fit"], missing, known, cut.span)
    output_format = replace(plan.output, hdr=asked["hdr"], deinterlace=asked["deinterlace"])
    plan = replace(plan, output=output_format)
    remarks.notes += [*letterboxed(plan.jobs, plan.output), *choices(kept[1].shown)]
    stems = handles and plan_stems(
        sung.timeline, Sources(locator, known), plan.output, asked["video_codec"], target, handles,
        (cut.first, cut.end),
    )  # fmt: skip
    jobs_to_make = sung.marked(cut.burned(plan.jobs, parts))
    encoded = as_encoded(plan.output, asked["video_codec"], asked["draft"])
    plan = replace(plan, output=encoded, jobs=jobs_to_make)
    run = _Render(plan, cut, target, *kept, workers, missing, progress)
    made = run.run(asked["audio_codec"], lufs, dry_run, asked["write_jobs"])
    report = sung.told(made, plan.jobs)
    if stems and not dry_run:
        write_stems(stems, *kept, workers)
    said = settle(held, sung) if not dry_run else ()
    return replace(
        report,
        warnings=(*held.notes, *report.warnings, *remarks.notes, *remarks.left_out, *said),
        left_out=(*report.left_out, *remarks.left_out),
        stems=(str(stems.folder), len(stems.stems)) if stems else None,
    )


def _checked(output: Path | str, asked: RenderOptions) -> Path:
    target = Path(output).expanduser().absolute()
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"output {target.name!r} must end in {', '.join(SUFFIXES)}: the suffix says the format"
        )
    check_codec(asked["audio_codec"], target.suffix.lower())
    check_video_codec(asked["video_codec"], target.suffix.lower(), asked["draft"])
    if not target.parent.is_dir():
        raise OutputError(no_folder(output))
    return target


class _Render:
    """One render: its plan, its store, and its workers."""

    def __init__(
        self,
        plan: Conform,
        cut: Selection,
        target: Path,
        store: Store,
        media: KnownMedia,
        workers: int,
        missing: Missing,
        progress: Progress | None,
    ) -> None:
        self._plan = plan
        self._cut = cut
        self._suffix = shot_suffix(plan.output)
        self._target = target
        self._store = store
        self._media = media
        self._workers = workers
        self._missing = missing
        self._last = LastRender(store.root, cut.name)
        self._tally = Tally(plan.frames, progress)
        self._stop = threading.Event()
        self._made_of: list[dict[str, Any]] = []
        self._keys: list[str] = []
        self._known: dict[str, dict[str, Any] | None] = {}
        self._why: dict[str, str] = {}
        self._took: dict[str, float] = {}
        self._damaged: dict[str, SourceError] = {}

    def run(
        self, codec: AudioCodec, lufs: float | None, dry_run: bool, jobs_to: Path | None = None
    ) -> RenderReport:
        """Make what is missing, join, and report."""
        track = plan_soundtrack(self._plan.sound, codec, self._media) if self._plan.sound else None
        track = self._cut.sound(track) if track else None
        track = track.at_loudness(lufs) if track and lufs is not None else track
        with contextlib.ExitStack() as uses:
            self._look(uses, track)
            if jobs_to:
                self._write_jobs(jobs_to)
            if not dry_run:
                self._store.sweep()
                self._make(track)
                while self._damaged:
                    self._plan = with_slates(self._plan, self._keys, self._damaged, self._cut.clock)
                    self._damaged.clear()
                    self._look(uses, track)
                    self._make(track)
                self._join(track)
                self._last.write([job.shot_id for job in self._plan.jobs], self._made_of)
        return self._report(track)

    def _look(self, uses: contextlib.ExitStack, track: Soundtrack | None) -> None:
        """Find out which shots are there, and announce the use of all."""
        self._made_of = self._facts()
        self._keys = [key_of(facts) for facts in self._made_of]
        uses.enter_context(self._store.using([*self._keys, *([track.key] if track else ())]))
        for key in set(self._keys) - set(self._known):
            self._known[key] = self._store.find("shots", key, self._suffix)
        ids = [job.shot_id for job in self._plan.jobs]
        if any(self._known[key] is None for key in self._keys):
            reasons = zip(self._keys, self._last.why(ids, self._made_of), strict=True)
            self._why |= {key: why for key, why in reasons if self._known[key] is None}

    def _write_jobs(self, folder: Path) -> None:
        jobs = dict(zip(self._keys, self._plan.jobs, strict=True))
        made = [(job, key) for key, job in jobs.items() if self._known[key] is None]
        write_commands(folder, self._store.root, self._plan.output, made)

    def _facts(self) -> list[dict[str, Any]]:
        """Say what each shot is made of; large media that are new here are read once."""
        facts: list[dict[str, Any]] = []
        for job in self._plan.jobs:
            facts.append(shot_facts(job, self._plan.output, self._media))
            self._tally.tell("reading media", len(facts) / len(self._plan.jobs))
        self._media.save()
        return facts

    def _make(self, track: Soundtrack | None) -> None:
        """Encode all that is missing."""
        threads = max(1, (os.cpu_count() or 1) // self._workers)
        maker = Maker(self._store, self._media, self._plan.output, threads, self._stop)
        pool = ThreadPoolExecutor(self._workers)
        waiting: list[Future[None]] = []

        def shot(index: int, key: str) -> None:
            begun = time.perf_counter()
            try:
                self._known[key] = maker.shot(self._plan.jobs[index], key)
            except SourceError as error:
                if self._missing == "error":
                    raise SourceError(error.source, f"{error}; {_WAYS_ON}") from error
                self._damaged[key] = error
            self._took[key] = time.perf_counter() - begun
            self._tally.add(self._plan.jobs[index].frames)

        try:
            if track:
                waiting.append(pool.submit(maker.sound, track))
            for index, key in enumerate(self._keys):
                if self._known[key] is None and key not in self._keys[:index]:
                    waiting.append(pool.submit(shot, index, key))
                else:
                    self._tally.add(self._plan.jobs[index].frames)
            self._await(waiting)
        except KeyboardInterrupt:
            self._end(pool)
            kept = sum(self._known[key] is not None for key in self._keys)
            raise KeyboardInterrupt(f"{kept} of {len(self._keys)} shots are kept") from None
        finally:
            self._end(pool)

    def _end(self, pool: ThreadPoolExecutor) -> None:
        self._stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        self._stop.clear()

    def _await(self, waiting: Sequence[Future[None]]) -> None:
        """Wait for all work; the first error stops the rest."""
        left = set(waiting)
        while left:
            # Short waits, so that Ctrl-C is heard on every system.
            done, left = wait(left, timeout=0.5, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()

    def _join(self, track: Soundtrack | None) -> None:
        plan = self._plan
        shots = []
        for key, job in zip(self._keys, plan.jobs, strict=True):
            known = self._known[key] or {}
            shots.append(MadeShot(self._path(key), job.frames, known["reorder"]))
        song = self._store.path("songs", track.key, track.suffix) if track else None
        suffix = self._target.suffix.lower()
        with output_file(self._target) as temporary:
            frames = join(shots, song, temporary, suffix, plan.output, self._stop)
            if frames != plan.frames:
                raise RenderError(f"the movie came out with {frames} of {plan.frames} frames")

    def _path(self, key: str) -> Path:
        return self._store.path("shots", key, self._suffix)

    def _report(self, track: Soundtrack | None) -> RenderReport:
        shots, notes, slates = [], [], []
        lacking = dict(self._why)
        for key, job in zip(self._keys, self._plan.jobs, strict=True):
            slate = job.has_slate
            why = lacking.pop(key, "")
            action: Action = "reused" if not why else "slate" if slate else "encoded"
            seconds = self._took.get(key, 0.0) if why else 0.0
            shots.append(ShotReport(job.shot_id, action, seconds, key, why))
            notes += _file_notes((self._known[key] or {}).get("notes", ()), job)
            slates += [job.shot_id] if slate else []
        if track:
            heard = self._store.find("songs", track.key, track.suffix) or {}
            notes += [str(note) for note in heard.get("notes", ())]
        audio = AudioReport(track.codec if track else "none", bool(track and track.bit_exact))
        warnings = (*self._plan.warnings, *(track.warnings if track else ()), *notes)
        return RenderReport(
            self._plan.frames,
            tuple(shots),
            audio,
            tuple(dict.fromkeys(warnings)),
            tuple(slates),
            left_out=self._plan.left_out,
        )


def _file_notes(notes: Sequence[object], job: ShotJob) -> list[str]:
    """Return what was noted of a shot's media, each as a sentence about its file."""
    shown = (leaf for leaf, _ in leaves(job.content, job.frames) if isinstance(leaf, Footage))
    names = sorted({leaf.info.path.name for leaf in shown}, key=len, reverse=True)
    said: list[str] = []
    for note in map(str, notes):
        name = next((name for name in names if note.startswith(f"{name} ")), "")
        text = note.removeprefix(f"{name} ")
        said.append(Remark(name, text, note, "files") if name else note)
    return said
