"""Make lip-sync shots sing before they are conformed: generate what is missing or no longer fits.

A generated shot is an object of the cache, named by everything that went into it, so that only what
changed is generated again. The timeline that was given is never changed: a copy of it shows what
was generated.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, Metadata, known_block, own_block, plain
from otio_idolsync.cut.files import write_timeline_files
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import bare_sheet_of, clock_of, sheet_of, song_clip_of
from otio_idolsync.cut.place import frames_of, open_track, speed_of
from otio_idolsync.cut.read import CutFile
from otio_idolsync.cut.remark import Remark
from otio_idolsync.cut.song_file import song_file_of
from otio_idolsync.cut.song_pieces import pieces_in
from otio_idolsync.cut.url import url_of
from otio_idolsync.errors import IdolsyncError, LipsyncError
from otio_idolsync.lipsync.provider import face_digest, generated_size, inputs_sha256
from otio_idolsync.lipsync.run import run_job
from otio_idolsync.lipsync.stale import GeneratedFor, Regenerate, shot_job, stale_range
from otio_idolsync.media.files import is_there
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.outputs import is_ours, output_file
from otio_idolsync.media.size import planned_size
from otio_idolsync.media.song import Song
from otio_idolsync.rendering.model import RenderReport, ShotJob
from otio_idolsync.rendering.seen import ids_in
from otio_idolsync.rendering.sources import Sources, start_in_media
from otio_idolsync.rendering.store import Store
from otio_idolsync.resync.spine import find_spine
from otio_idolsync.timebase import Clock, whole_frames

KIND, SUFFIX = "lipsync", ".mov"
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Sung:
    """A timeline whose lip-sync shots sing, as far as they could be generated.

    Attributes:
        timeline: What to conform.
        seconds: How long each shot took that was generated now, by its id.
        failed: Why a shot keeps its face, a sentence each.
        bare: The ids of those of them that have no older version to show.
        lacking: In a dry run, what would be generated and why, a sentence each.
        shown: The cache's file of each shot that was found stale, by its id.
    """

    timeline: otio.schema.Timeline
    seconds: dict[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    shown: dict[str, Path] = field(default_factory=dict)

    def marked(self, jobs: Sequence[ShotJob]) -> tuple[ShotJob, ...]:
        """Return jobs with a mark in the picture of those that should sing and do not."""
        return tuple(
            replace(job, burn_in=tuple(f"{text}  NO LIP-SYNC".strip() for text in _texts(job)))
            if job.shot_id in self.bare
            else job
            for job in jobs
        )

    def told(self, report: RenderReport, jobs: Sequence[ShotJob]) -> RenderReport:
        """Return the report on some jobs with what was generated for them, or could not be."""
        shots = tuple(
            replace(shot, action="regenerated", seconds=shot.seconds + sum(took))
            if (took := [self.seconds[shot_id] for shot_id in self.seconds.keys() & ids_in(job)])
            else shot
            for shot, job in zip(report.shots, jobs, strict=True)
        )
        warnings = (*report.warnings, *self.lacking, *self.failed)
        return replace(report, shots=shots, warnings=warnings, unsung=self.failed)


def _texts(job: ShotJob) -> tuple[str, ...]:
    return job.burn_in or (job.shot_id,) * job.frames


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every shot of one timeline is generated with."""

    clock: Clock
    song: Song
    music: Callable[[int], int | None]
    size: tuple[int, int] | None
    sources: Sources
    store: Store
    media: KnownMedia
    dry_run: bool


def sing(
    timeline: otio.schema.Timeline,
    locator: Locator,
    store: Store,
    media: KnownMedia,
    size: tuple[int, int] | None,
    seen: Sequence[str],
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Sung:
    """Return the timeline with the lip-sync shots that are seen singing their stretch of the song.

    Args:
        timeline: Any timeline; one without lip-sync shots comes back as it is.
        locator: Finds its media.
        store: Keeps what is generated.
        media: Knows what files hold.
        size: The movie's size; the timeline's settings count where it is None.
        seen: The ids of the clips that are seen, in the order in which they are made.
        dry_run: Generate nothing; only say what would be.
        progress: Called with what is being done and the share that is done.
    """
    if not set(singer_ids(timeline)) & set(seen):
        return Sung(timeline)
    block = known_block(plain(timeline.metadata.get(KEY)), "timeline")
    clock = clock_of(timeline, block)
    asked = size or planned_size(block.get("settings") or {})
    copy = timeline.deepcopy()
    try:
        song = _song_of(copy, locator, media)
        music = _music(copy, clock, locator)
    except IdolsyncError as error:
        bare = [_id_of(c) for c, _, _ in _singers(copy, clock) if _made_for(c) is None]
        bare = [shot_id for shot_id in seen if shot_id in bare]
        return Sung(timeline, {}, (f"no shot was made to sing: {error}",), tuple(bare))
    stage = _Stage(clock, song, music, asked, Sources(locator, media.info), store, media, dry_run)
    turn = {shot_id: k for k, shot_id in enumerate(seen)}
    shots = [singer for singer in _singers(copy, clock) if _id_of(singer[0]) in turn]
    shots.sort(key=lambda singer: turn[_id_of(singer[0])])
    seconds = dict[str, float]()
    failed, lacking, made = dict[str, str](), list[str](), dict[str, Path]()
    bare = list[str]()
    for done, (clip, first, frames) in enumerate(shots):
        shot_id, older = _id_of(clip), _made_for(clip) is not None
        begun = time.perf_counter()
        try:
            why = _sing(stage, clip, first, frames, made)
            if why and dry_run:
                text = f"would be generated: {why}"
                lacking.append(Remark(shot_id, text, f"{shot_id} {text}"))
            elif why:
                seconds[shot_id] = time.perf_counter() - begun
        except IdolsyncError as error:
            shown = "what was generated before" if older else "a face that does not sing"
            text = f"{shown} is shown: {error}"
            failed[shot_id] = Remark(shot_id, text, f"{shot_id} shows {shown}: {error}")
            bare += [] if older else [shot_id]
        if progress:
            progress("generating lip-sync", (done + 1) / len(shots))
    return Sung(copy, seconds, tuple(failed.values()), tuple(bare), tuple(lacking), made)


def singer_ids(timeline: otio.schema.Timeline) -> list[str]:
    """Return the ids of a timeline's lip-sync shots."""
    return [_id_of(clip) for clip, _, _ in _singers(timeline, Clock(Fraction(24)))]


def _singers(
    timeline: otio.schema.Timeline, clock: Clock
) -> Iterator[tuple[otio.schema.Clip, int, int]]:
    """Yield the lip-sync clips of all tracks with their first record frame and their frames."""
    for track in timeline.video_tracks():
        for leaf in open_track(track, clock.rate).leaves if track.enabled else ():
            block = plain(own_block(leaf.clip.metadata)) or {}
            if leaf.enabled and block.get("role") == "lipsync":
                # all of it, also where a compound clip shows only a part
                own = leaf.clip.trimmed_range()
                at = leaf.at - (leaf.start - frames_of(own.start_time, clock.rate))
                first = whole_frames(at)
                yield (
                    leaf.clip,
                    first,
                    whole_frames(at + frames_of(own.duration, clock.rate)) - first,
                )


def _id_of(clip: otio.schema.Clip) -> str:
    return str(plain(clip.metadata.get(KEY)).get("shot_id") or clip.name)


def _made_for(clip: otio.schema.Clip) -> GeneratedFor | None:
    """Return what a clip's generated file was made for; a damaged note is none."""
    try:
        return GeneratedFor.of_block(plain(clip.metadata.get(KEY)))
    except LipsyncError:
        return None


def with_faces(timeline: otio.schema.Timeline, locator: Locator) -> otio.schema.Timeline:
    """Return a timeline in which lip-sync shots whose generated file is gone show their face.

    They are then generated again, or found in the cache. A timeline that lacks none comes back as
    it is.
    """
    clock = Clock(Fraction(24))
    if all(_is_there(clip, locator) for clip, _, _ in _singers(timeline, clock)):
        return timeline
    copy = timeline.deepcopy()
    for clip, _, _ in _singers(copy, clock):
        if _is_there(clip, locator):
            continue
        made, span = _made_for(clip), clip.trimmed_range()
        face = clip.media_references()["face"]
        begin = otio.opentime.RationalTime((made and made.face_frame) or 0, span.start_time.rate)
        if face.available_range:
            begin += face.available_range.start_time
        active = clip.active_media_reference_key
        clip.set_media_references({active: face.clone()}, active)
        clip.source_range = otio.opentime.TimeRange(span.start_time + begin, span.duration)
        block = plain(clip.metadata.get(KEY))
        block["lipsync"].pop("generated_for", None)
        clip.metadata[KEY] = block
    return copy


def _is_there(clip: otio.schema.Clip, locator: Locator) -> bool:
    """Tell whether what was generated for a clip is there, or nothing was."""
    url = getattr(clip.media_reference, "target_url", None)
    if not url or "face" not in clip.media_references() or _made_for(clip) is None:
        return True
    try:
        return is_there(locator.find(url))
    except IdolsyncError:
        return False


def _song_of(timeline: otio.schema.Timeline, locator: Locator, media: KnownMedia) -> Song:
    clip, file = song_clip_of(timeline), song_file_of(timeline)
    url = getattr(clip.media_reference, "target_url", None) if clip else None
    if not url:
        raise LipsyncError("no song lies on A1")
    path = locator.find(url)
    return media.song(path, file.stream_of(path) if file else None)


def _music(
    timeline: otio.schema.Timeline, clock: Clock, locator: Locator
) -> Callable[[int], int | None]:
    """Return which song frame plays at a timeline frame, None for silence.

    Raises:
        LipsyncError: The song does not lie where the timeline says that it does.
    """
    sheet = bare_sheet_of(timeline)
    lies = find_spine(timeline, clock, sheet.spine, locator.folder, False, sheet.metadata)
    if not (lies.ok or pieces_in(sheet.metadata)):
        raise LipsyncError(lies.why)
    return lies.song_frame


def _song_frame(stage: _Stage, first: int, frames: int) -> int:
    """Return the song frame under a shot's first frame.

    Raises:
        LipsyncError: The song does not run on under the whole shot.
    """
    here, last = stage.music(first), stage.music(first + frames - 1)
    if here is None or last is None or last - here != frames - 1:
        raise LipsyncError("the song is silent or jumps under it")
    return here


def _sing(
    stage: _Stage, clip: otio.schema.Clip, first: int, frames: int, made_now: dict[str, Path]
) -> str:
    """Generate a shot if it must be and show it; return why it had to be, "" if it had not."""
    clock, song = stage.clock, stage.song
    if speed_of(clip) != 1:
        raise LipsyncError("it is retimed; only at its own speed can lips follow the song")
    block: Metadata = plain(clip.metadata.get(KEY))
    face = _face_clip(clip)
    info = stage.sources.of(face)
    made = GeneratedFor.of_block(block)
    shown = whole_frames(start_in_media(clip, stage.sources.of(clip)) * clock.rate)
    face_in = shown + ((made and made.face_frame) or 0)
    room = None
    if info.kind != "still":
        room = (face_in, info.frames_on(clock) - face_in - frames)
    wanted = stale_range(
        block, song.sha256, song.sample_rate, clock, _song_frame(stage, first, frames), frames,
        shown if made else None, _inputs_now(stage, clip, block, info), song.samples, room,
    )  # fmt: skip
    if wanted is None:
        return ""
    size = stage.size or (info.width, info.height)
    provider, job = shot_job(
        block, wanted, info, face_in, song, clock.rate, generated_size(info, *size)
    )
    key = inputs_sha256(job, provider, face_digest(info, stage.media.digest))
    lacking = stage.store.find(KIND, key, SUFFIX) is None
    if lacking and stage.dry_run:
        return wanted.why
    if lacking:
        with stage.store.adding(KIND, key, SUFFIX, {}) as temporary:
            run_job(job, temporary, provider)
    _show(stage, clip, key, wanted, frames)
    said = GeneratedFor.of_job(job, key).to_json()
    block["lipsync"] = {**block["lipsync"], "generated_for": said}
    block["handles"] = {"head": wanted.head, "tail": wanted.tail}
    clip.metadata[KEY] = block
    made_now[_id_of(clip)] = stage.store.path(KIND, key, SUFFIX)
    return wanted.why if lacking else ""


def _inputs_now(
    stage: _Stage, clip: otio.schema.Clip, block: Metadata, face: MediaInfo
) -> str | None:
    """Return what a generated shot would be made of now; None where nobody can tell.

    So it is without the tool that made it: what was generated still serves.
    """
    made = GeneratedFor.of_block(block)
    if made is None or (made.face_frame is None and face.kind != "still"):
        return None
    rate = stage.clock.rate
    frames = whole_frames(made.samples * rate / stage.song.sample_rate)
    whole = Regenerate("", made.start_sample, made.samples, frames, 0, 0)
    generated = stage.sources.of(clip)
    size = generated.width, generated.height
    try:
        name, job = shot_job(block, whole, face, made.face_frame or 0, stage.song, rate, size)
        return inputs_sha256(job, name, face_digest(face, stage.media.digest))
    except LipsyncError:
        return None


def _face_clip(clip: otio.schema.Clip) -> otio.schema.Clip:
    face: Any = clip.media_references().get("face") or clip.media_reference
    return otio.schema.Clip(clip.name, face.clone(), clip.source_range)


def _show(stage: _Stage, clip: otio.schema.Clip, key: str, wanted: Regenerate, frames: int) -> None:
    """Let a clip show what was generated for it, its face kept beside."""
    rate = stage.clock.otio_rate
    time_of, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    whole = span(time_of(0, rate), time_of(wanted.frames, rate))
    path = stage.store.path(KIND, key, SUFFIX)
    active = clip.active_media_reference_key
    face = clip.media_references().get("face") or clip.media_reference
    references = {
        active: otio.schema.ExternalReference(url_of(path), whole),
        "face": face.clone(),
    }
    clip.set_media_references(references, active)
    clip.source_range = span(time_of(wanted.head, rate), time_of(frames, rate))


def settle(held: CutFile, sung: Sung) -> tuple[str, ...]:
    """Put what was generated beside a timeline's file, and let the file show it.

    ``CUT.otio`` gets ``CUT.media/S012.mov``, replaced in place, so that an editor who has it open
    sees the new one. A file that somebody else wrote, or of another form, is left alone.

    Returns:
        A warning where the file stays as it is.

    Raises:
        OutputError: The folder cannot be written.
    """
    cut = held.path
    if not sung.shown or cut is None:
        return ()
    if held.form != "otio" or not is_ours(cut):
        names = ", ".join(sung.shown)
        return (f"{cut} is no .otio of idolsync's and stays as it is; {names} lie in the cache",)
    folder = cut.with_suffix(".media")
    for clip, _first, _frames in _singers(sung.timeline, Clock(Fraction(24))):
        shot_id = _id_of(clip)
        if shot_id not in sung.shown:
            continue
        target = folder / f"{shot_id}{SUFFIX}"
        with output_file(target) as temporary:
            shutil.copyfile(sung.shown[shot_id], temporary)
        face = getattr(clip.media_references()["face"], "target_url", "") or ""
        relative = cut.parent if face and not face.startswith(("file:", "/")) else None
        clip.media_reference.target_url = url_of(target, relative)
    write_timeline_files(sung.timeline, sheet_of(sung.timeline)[0], cut)
    return ()
