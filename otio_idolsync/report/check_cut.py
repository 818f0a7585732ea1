"""Check a timeline by itself: does the song lie right, do cuts hit beats, are the media there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY, timeline_block
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.model import Spine
from otio_idolsync.cut.otio_form import song_clip_of, song_clips_of, spine_in
from otio_idolsync.cut.remark import choices
from otio_idolsync.cut.song_file import song_file_of
from otio_idolsync.cut.song_pieces import heard_noted, song_frame_at
from otio_idolsync.errors import IdolsyncError, LipsyncError, MediaError, TimelineError
from otio_idolsync.lipsync.stale import stale_range
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.probe import probe
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.rendering.locked import match_song
from otio_idolsync.rendering.soundtrack import stored_sound
from otio_idolsync.rendering.sources import Sources
from otio_idolsync.report.finding import Finding
from otio_idolsync.resync.flatten import reference_url
from otio_idolsync.resync.grid import Beat, beats_of, nearest
from otio_idolsync.resync.model import Cut, Item
from otio_idolsync.resync.spine import SpineReport, find_spine
from otio_idolsync.timebase import Clock, exact_seconds


class CutCheck:
    """The checks of one timeline; what was measured stays here for those of its movie."""

    def __init__(
        self,
        timeline: otio.schema.Timeline,
        cut: Cut,
        path: Path | None,
        locator: Locator,
        look: Callable[[Path], MediaInfo] = probe,
    ):
        """Take a timeline, flattened, the file it came from, and what finds and probes its media.

        ``seen`` may be set to what says which of some shots are seen; else all are.
        """
        self.timeline = timeline
        self.cut = cut
        self.clock: Clock = cut.clock
        self.frames = max(item.end for item in cut.items)
        self.block = timeline_block(timeline)
        self.locator = locator
        self.spine: SpineReport | None = None
        self.song: Song | None = None
        self.warnings: list[str] = []
        self.not_checked: list[str] = []
        self.seen: Callable[[Collection[str]], Collection[str]] | None = None
        self._path = path
        self._file = song_file_of(timeline)
        self._sources = Sources(locator, look)

    @property
    def song_begins(self) -> Fraction:
        """The second at which the song's first sample is heard; 0 where a plan counts from it."""
        if self._file or not self.song:
            return Fraction(0)
        return stored_sound(self.song.path, self.song.stream).delay

    def findings(self) -> Iterator[Finding]:
        """Yield all that is wrong, the song first."""
        yield from self._spine()
        yield from self._grid()
        for item in self.cut.items:
            yield from self._media(item)
        yield from self._stale()

    def _spine(self) -> Iterator[Finding]:
        """Look for the song on the audio tracks, whole, in its place, and the one that is meant."""
        clip, planned = song_clip_of(self.timeline), bool(self.block.get("song"))
        if not planned:
            self.not_checked.append("where the song should lie: this cut was not planned here")
        if clip is None:
            if planned:
                yield Finding("spine", "there is no song on A1; put it back at the first frame")
            return
        try:
            locked = spine_in(self.timeline, self.block)
            self.spine = find_spine(
                self.timeline, self.clock, locked, self.locator.folder, False, self.block
            )
        except TimelineError as error:
            yield Finding("spine", str(error))
            return
        self.warnings += self.spine.warnings
        if planned and not self.spine.ok:
            facts = {"offset_frames": self.spine.offset_frames}
            wants = "put it back on A1, or re-sync with --relock to cut to it as it is"
            yield Finding("spine", f"{self.spine.why}; {wants}", facts=facts)
        yield from self._elsewhere(locked) if locked.is_elsewhere else self._identity(clip, locked)

    def _identity(self, clip: otio.schema.Clip, locked: Spine) -> Iterator[Finding]:
        """Compare the file on A1 with the locked song: by packets, else by sound."""
        try:
            if not locked.url:
                raise MediaError(f"the song {clip.name!r} on A1 has no file; link it again")
            path = self.locator.find(locked.url)
            noted = self._file.stream_of(path) if self._file else None
            song = open_song(path, noted)
        except MediaError as error:
            yield Finding("spine", str(error))
            return
        self.song = song
        self.warnings += [song.choice] if noted is None and song.choice else []
        if not locked.sha256:
            self.not_checked.append("which song it is: the timeline does not say")
        else:
            said = {"samples": locked.samples, "sample_rate": locked.sample_rate}
            match = match_song(song, said | {"sha256": locked.sha256}, self._path, self.locator)
            if match.alike and not match.lacks:
                self.warnings += [match.text] if match.text else []
            else:
                yield Finding("spine", match.text)

    def _elsewhere(self, locked: Spine) -> Iterator[Finding]:
        """Compare files that play the song at other seconds than its own with what is noted."""
        said = self.block.get("song") or {}
        for clip in song_clips_of(self.timeline):
            try:
                song = open_song(self.locator.find(clip.media_reference.target_url or ""))
            except (MediaError, AttributeError) as error:
                yield Finding("spine", str(error))
                continue
            match = match_song(song, said, self._path, self.locator, heard_noted(clip))
            if match.alike is False:
                yield Finding("spine", match.text)
            self.not_checked += [match.text] if match.alike is None else []
        with contextlib.suppress(MediaError):
            self.song = open_song(self.locator.find(locked.url), locked.audio_stream)

    def _grid(self) -> Iterator[Finding]:
        """Measure each cut against the beat it should be on."""
        beats = beats_of(self.block, self.clock)
        if not beats:
            self.not_checked.append("cuts against beats: the timeline holds no grid")
            return
        pins = self._pins()
        for before, item in zip(self.cut.items, self.cut.items[1:], strict=False):
            if not item.leads or item.first == self.cut.items[0].first:
                continue  # a title, or what begins the film: no cut of the picture
            found = self._off_beat(item, beats)
            held = (item.frames > 0 and item.first in pins) or _pinned(item)
            runs_on = before.url == item.url and before.end == item.first and _runs_on(before, item)
            if found and not held and not runs_on:
                yield found

    def _off_beat(self, item: Item, beats: Sequence[Beat]) -> Finding | None:
        moved = self.spine.moved if self.spine else ()
        at = song_frame_at(moved, item.first) if moved else item.first
        beat = None if at is None else nearest(at, beats)
        if at is None or beat is None or at == beat.frame:
            return None
        off = at - beat.frame
        late = "late" if off > 0 else "early"
        milliseconds = float(1000 * (self.clock.seconds_at(at) - beat.seconds))
        text = f"the cut is {_frames(abs(off))} {late} for its nearest beat"
        facts = {"off_frames": off, "off_ms": round(milliseconds, 1)}
        return Finding("grid", text, name_of(item), item.first, facts)

    def _pins(self) -> set[int]:
        marks = self.timeline.tracks.markers
        return {
            self.clock.frame_at(exact_seconds(mark.marked_range.start_time))
            for mark in marks
            if (mark.metadata.get(KEY) or {}).get("kind") == "pin"
        }

    def _media(self, item: Item) -> Iterator[Finding]:
        """Look whether a shot's media are there, as long as they were, and reach over the shot."""
        reference = item.clip.media_reference
        if not isinstance(
            reference, otio.schema.ExternalReference | otio.schema.ImageSequenceReference
        ):
            if not _is_generator(reference) or item.block.get("role") == "placeholder":
                why = str(item.block.get("casting") or "nothing was cast here")
                text = f"nothing but a placeholder: {why}" if item.block else "it names no media"
                yield Finding("placeholder", text, name_of(item), item.first)
            return
        try:
            info = self._sources.of(item.clip)
        except IdolsyncError as error:
            yield Finding("media", str(error), name_of(item), item.first)
            return
        self.warnings += choices([info])
        yield from self._length(item, info)
        yield from self._window(item)

    def _length(self, item: Item, info: MediaInfo) -> Iterator[Finding]:
        if item.media_frames is None or info.kind != "video":
            return
        lost = item.media_frames - info.seconds * self.clock.rate
        # Whole frames are counted, of the media's own: where its rate varies, one may be lacking.
        slack = 1 + self.clock.rate / info.rate
        planned = bool(item.shot_id)
        if lost > slack or (planned and lost < -slack):
            is_now, was = (
                float(info.seconds),
                float(item.media_frames / self.clock.rate),
            )
            text = f"{info.path} lasts {is_now:.3f} s now; the timeline was made with {was:.3f} s"
            yield Finding("media", text, name_of(item), item.first, {"changed_s": is_now - was})

    def _window(self, item: Item) -> Iterator[Finding]:
        if item.media_frames is None:
            return
        last = item.source + (item.frames - 1) * item.speed
        head, tail = -item.source, last + 1 - item.media_frames
        # the song seldom fills its last frame: the picture before it may stand there
        held = int(item.end == self.frames)
        lacks = (head, 0, "before its first frame"), (tail, held, "after its last frame")
        for lacking, spare, side in lacks:
            if lacking >= 1 + spare:
                text = f"the shot wants {_frames(round(lacking))} of its media {side}"
                yield Finding("media", text, name_of(item), item.first)

    def _stale(self) -> Iterator[Finding]:
        """Ask which lip-sync shots were generated for other stretches of the song."""
        singing = [item for item in self.cut.items if item.block.get("role") == "lipsync"]
        seen = self.seen({name_of(item) for item in singing}) if self.seen else None
        shots = [item for item in singing if seen is None or name_of(item) in seen]
        song = self._song_said()
        if shots and song is None:
            self.not_checked.append(f"whether {len(shots)} lip-sync shots are stale: no song")
        elif song is not None:
            for item in shots:
                yield from self._stale_shot(item, *song)

    def _song_said(self) -> tuple[str, int, int] | None:
        """Return the locked song's identity, sample rate and samples."""
        said = self.block.get("song") or {}
        if said.get("sha256") and said.get("sample_rate") and said.get("samples"):
            return str(said["sha256"]), int(said["sample_rate"]), int(said["samples"])
        if self.song is None:
            return None
        return self.song.sha256, self.song.sample_rate, self.song.samples

    def _stale_shot(
        self, item: Item, sha256: str, sample_rate: int, samples: int
    ) -> Iterator[Finding]:
        lies = self.spine.song_frame(item.first) if self.spine and self.spine.pieces else item.first
        if lies is None:
            yield Finding("stale", "no song lies under it", name_of(item), item.first)
            return
        source_in = round(item.source) if _shows_generated(item) else None
        try:
            due = stale_range(
                item.block, sha256, sample_rate, self.clock, lies, item.frames, source_in,
                song_samples=samples,
            )  # fmt: skip
        except LipsyncError as error:
            yield Finding("stale", str(error), name_of(item), item.first)
            return
        if due:
            facts = {"start_sample": due.start_sample, "samples": due.samples}
            text = f"{due.why}; render it, or generate it again"
            yield Finding("stale", text, name_of(item), item.first, facts)


def name_of(item: Item) -> str:
    """Return what a person calls a shot: its id, else its clip's name, else its place."""
    return item.shot_id or item.name or f"item {item.index + 1}"


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"


def _pinned(item: Item) -> bool:
    reason = item.block.get("reason")
    return isinstance(reason, dict) and reason.get("anchor") == "pin"


def _runs_on(before: Item, item: Item) -> bool:
    """Return whether a cut is no cut: the same media run on over it."""
    follows = before.source + before.frames * before.speed == item.source
    return before.speed == item.speed and follows


def _shows_generated(item: Item) -> bool:
    """Return whether a lip-sync clip shows what was generated, and not the face it is made from."""
    face = item.clip.media_references().get("face")
    return face is not None and reference_url(face) != item.url


def _is_generator(reference: Any) -> bool:
    if not isinstance(reference, otio.schema.GeneratorReference):
        return False
    return str(reference.generator_kind or reference.name).lower() != "slate"
