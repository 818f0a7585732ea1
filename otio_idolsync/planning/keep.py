"""Re-plan around what a human decided: edited and pinned shots stay exactly as they are."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.cut.model import MediaRef, Shot, SyncSheet
from otio_idolsync.cut.otio_form import sheet_of, song_place_of
from otio_idolsync.cut.read import SAVE_ONE, read_cut
from otio_idolsync.cut.song_pieces import SongPiece, pieces_in
from otio_idolsync.cut.url import local_path, url_of
from otio_idolsync.errors import PlanError
from otio_idolsync.library.model import Source
from otio_idolsync.media.song import Song
from otio_idolsync.planning.model import Slot
from otio_idolsync.timebase import Clock


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of an edited timeline.

    Attributes:
        sheet: The edited timeline, its media URLs written as the plan writes them.
        shots: Those of its shots that stay: edited by a human, or pinned.
        losses: What a re-planned timeline cannot take over, a sentence each.
        relative_to: Folder to which media URLs are relative.
    """

    sheet: SyncSheet
    shots: tuple[Shot, ...] = ()
    losses: tuple[str, ...] = ()
    relative_to: Path | None = None

    def pins(self) -> tuple[Fraction, ...]:
        """Return the cuts at both ends of what stays, in exact seconds."""
        clock, ends = self.sheet.clock, set[int]()
        for shot in self.shots:
            ends |= {shot.first_frame, shot.first_frame + shot.frames}
        last = sum(s.frames for s in self.sheet.shots)
        return tuple(clock.seconds_at(f) for f in sorted(ends) if 0 < f < last)

    def covers(self, first_frame: int) -> Shot | None:
        """Return the shot that stays at a frame."""
        for shot in self.shots:
            if shot.first_frame <= first_frame < shot.first_frame + shot.frames:
                return shot
        return None


def read_kept(path: Path | str, song: Song, clock: Clock, relative_to: Path | None = None) -> Kept:
    """Return what stays of an edited timeline.

    Args:
        path: The edited timeline.
        song: The song that is planned.
        clock: The frames of the plan.
        relative_to: Folder to which the plan's media URLs are relative.

    Raises:
        TimelineError: It cannot be read.
        PlanError: It is cut to another song, runs at another rate, or its song was cut.
    """
    held = read_cut(path)
    timeline = held.timeline(way=SAVE_ONE)
    sheet, losses = sheet_of(timeline)
    if not sheet.spine.sha256:
        raise PlanError(
            f"{path} does not say which song it is cut to, as only a planned cut does; re-sync it "
            "with its plan, and keep what that writes"
        )
    if sheet.spine.sha256 != song.sha256:
        raise PlanError(f"{path} is not cut to {song.path.name}; keep the edit of the same song")
    if sheet.clock.rate != clock.rate:
        raise PlanError(
            f"{path} runs at {float(sheet.clock.rate):g} frames per second, the plan was asked "
            f"for {float(clock.rate):g}; add --fps {sheet.clock.rate}"
        )
    number, song_clip = song_place_of(timeline) or (0, None)
    names = [clip.name for clip in timeline.audio_tracks()[number].find_clips()]
    if song_clip and names.count(song_clip.name) > 1:
        raise PlanError(f"the song of {path} was cut; a plan needs the whole song on A1")
    lies = pieces_in(sheet.metadata)
    if lies:
        raise PlanError(
            f"the song of {path} does not lie whole under the first frame: {_places(lies)}; a plan "
            "needs it so"
        )
    folder = held.folder(_refuse_zipped)
    settled = replace(sheet, shots=tuple(_placed(s, folder, relative_to) for s in sheet.shots))
    stays = tuple(shot for shot in settled.shots if _stays(shot))
    left = tuple(f"not kept from {path}: {loss}" for loss in losses)
    return Kept(settled, stays, left, relative_to)


def _places(lies: Sequence[SongPiece]) -> str:
    """Return where the song lies, for people."""
    one = lies[0]
    if len(lies) > 1:
        return f"it lies in {len(lies)} pieces"
    return f"its frame {one.song} plays at frame {one.record}, for {one.frames} frames"


def _refuse_zipped(bundle: Path) -> Path:
    raise PlanError(
        f"the media of {bundle} are in the zip file with it; save it as .otiod or .otio"
    )


def _stays(shot: Shot) -> bool:
    told = shot.metadata.get("instructions", ())
    return bool(shot.metadata.get("edited")) or "pin" in told


def _placed(shot: Shot, folder: Path, relative_to: Path | None) -> Shot:
    """Return a shot whose media URLs are written as this plan writes them."""

    def placed(media: MediaRef) -> MediaRef:
        there = local_path(media.url) if media.url else None
        if there is None:
            return media
        path = Path(os.path.normpath(folder / there))
        end = "/" if media.url.endswith("/") else ""
        return replace(media, url=url_of(path, relative_to) + end)

    return replace(shot, media=placed(shot.media), face=placed(shot.face) if shot.face else None)


def free_slots(
    kept: Kept, slots: Sequence[Slot]
) -> tuple[tuple[Slot, ...], dict[int, frozenset[Path]]]:
    """Return the slots that nothing kept fills, and what each must not show beside a kept shot.

    Returns:
        The slots, and by a slot's first frame the files of the kept shots next to it.
    """
    free = tuple(slot for slot in slots if kept.covers(slot.first_frame) is None)
    beside = {}
    for slot in free:
        next_to = (kept.covers(slot.first_frame - 1), kept.covers(slot.first_frame + slot.frames))
        shown = frozenset(_file(shot.media, kept.relative_to) for shot in next_to if shot)
        if shown:
            beside[slot.first_frame] = shown
    return free, beside


def less_used(kept: Kept, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources with the uses in kept shots taken off their ``max_uses``."""
    used = Counter(_file(shot.media, kept.relative_to) for shot in kept.shots)
    return tuple(
        source
        if source.max_uses is None
        else replace(source, max_uses=max(0, source.max_uses - used[source.media.path]))
        for source in sources
    )


def _file(media: MediaRef, relative_to: Path | None) -> Path:
    path = (relative_to or Path("/")) / (local_path(media.url) or media.url)
    if media.sequence:
        name = media.sequence
        path /= f"{name.prefix}{name.first:0{name.padding}d}{name.suffix}"
    return Path(os.path.normpath(path))


def weave(sheet: SyncSheet, kept: Kept) -> SyncSheet:
    """Return a plan of the free slots with what stays put back, and ids that mean what they did.

    A kept shot keeps its id, and so does a planned one that is cut and cast as it was before; any
    other gets an id that was never used.
    """
    before = {(s.first_frame, s.frames, s.media, s.source_in): s for s in kept.sheet.shots}
    number = int(kept.sheet.metadata.get("next_shot", len(kept.sheet.shots) + 1))
    shots: list[Shot] = list(kept.shots)
    for shot in sheet.shots:
        same = before.get((shot.first_frame, shot.frames, shot.media, shot.source_in))
        shot_id = same.shot_id if same and same.shot_id else f"S{number:03d}"
        number += 0 if same and same.shot_id else 1
        shots.append(_renamed(shot, shot_id))
    shots.sort(key=lambda s: s.first_frame)
    own = [mark for mark in kept.sheet.marks if "kind" not in mark.metadata]
    marks = tuple(sorted([*sheet.marks, *own], key=lambda m: m.frame))
    return replace(sheet, shots=tuple(shots), marks=marks, metadata=_block(sheet, kept, number))


def _renamed(shot: Shot, shot_id: str) -> Shot:
    name = shot.name.replace(shot.shot_id, shot_id, 1)
    return replace(shot, shot_id=shot_id, name=name, metadata={**shot.metadata, "shot_id": shot_id})


def _block(sheet: SyncSheet, kept: Kept, next_shot: int) -> Metadata:
    stays = [
        [s.shot_id, s.first_frame, s.frames, s.media.url, str(s.source_in)] for s in kept.shots
    ]
    text = f"{sheet.metadata['plan_id']} {stays}"
    plan_id = hashlib.sha256(text.encode()).hexdigest()[:12]
    return {**sheet.metadata, "plan_id": plan_id, "next_shot": next_shot}
