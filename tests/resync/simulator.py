"""A lossy editor: plans of made-up shots, edits with known truth, and what each dialect keeps."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field, replace
from fractions import Fraction

import opentimelineio as otio

from otio_idolsync.cut.model import Mark, MediaRef, Shot, Spine, SyncSheet
from otio_idolsync.cut.otio_form import timeline_of
from otio_idolsync.interchange.identity import ShotTag, uuid_of
from otio_idolsync.timebase import Clock

RATE = 24
MEDIA_FRAMES = 12 * RATE
PLAN_ID = "3fa9c0ffee11"
SAMPLE_RATE = 48000
DIALECTS = ("native", "premiere", "finalcut", "resolve", "openshot", "edl")
WITH_IDS = ("native", "premiere", "finalcut")
_RT, _TR = otio.opentime.RationalTime, otio.opentime.TimeRange


@dataclass(frozen=True)
class Piece:
    """An item of the edit, and the planned shot it descends from (-1 for none)."""

    shot: int
    media: int
    source: int
    first: int
    frames: int
    enabled: bool = True
    speed: float = 1.0
    carries: int = -1  # whose id it carries
    swallowed: tuple[int, ...] = ()  # shots that were joined to it
    effects: tuple[str, ...] = ()
    dissolve: int = 0  # frames on each side of a transition at its head

    @property
    def end(self) -> int:
        return self.first + self.frames


@dataclass
class Editing:
    """A cut under an editor's hands; ``done`` names what was done to whom."""

    pieces: list[Piece]
    done: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def sort(self) -> None:
        self.pieces.sort(key=lambda piece: piece.first)

    def shift_after(self, frame: int, by: int) -> None:
        self.pieces = [
            replace(p, first=p.first + by) if p.first >= frame else p for p in self.pieces
        ]


def a_plan(rng: random.Random, shots: int, special: bool = True) -> SyncSheet:
    """A plan that uses each source often and, like the planner, from the middle of the file.

    Now and then a shot runs on over a cut, so that there is something to join.
    """
    sources = max(4, shots // 5)
    lengths = rng.sample(range(20, 70), 6)
    made, at, last = [], 0, -1
    for number in range(shots):
        media = rng.choice([m for m in range(sources) if m != last])
        frames = rng.choice(lengths)
        room, runs_on = MEDIA_FRAMES - frames, False
        begin = room // 2
        if made and special and rng.random() < 0.06:
            before = made[-1]
            after = int(before.source_in) + before.frames
            runs_on = after + frames <= MEDIA_FRAMES
            media, begin = (last, after) if runs_on else (media, begin)
        last = media
        roles = ["broll"] * 6 + ["lipsync", "performance"]
        role = rng.choice(roles) if special and not runs_on else "broll"
        block = {
            "schema": "idolsync.clip/1",
            "shot_id": f"S{number + 1:03d}",
            "role": role,
            "song_range": {"start_sample": at * 2000, "samples": frames * 2000},
            "handles": {"head": begin, "tail": room - begin},
            "reason": {
                "anchor": "beat",
                "text": f"beat {number}",
                "at": at / RATE,
                "beats": 4,
                "energy": 0.5,
                "alternatives": [],
            },
        }
        if role == "lipsync":
            block["handles"] = {"head": 5, "tail": 5}
            block["lipsync"] = {"provider": "puppet", "params": {}}
        if role == "performance":
            block["sync_offset"] = (at - begin) / RATE
        ref = MediaRef("external", f"file:///takes/{_file(media)}", Fraction(RATE), 0, MEDIA_FRAMES)
        name = f"S{number + 1:03d} verse · {_file(media)[:-4]}"
        made.append(
            Shot(block["shot_id"], name, at, frames, ref, Fraction(begin), block)  # type: ignore[arg-type]
        )
        at += frames
    beats = [k / 2 for k in range(2 * at // RATE)]
    metadata = {
        "schema": "idolsync.timeline/1",
        "plan_id": PLAN_ID,
        "song": {"sha256": "cd" * 32, "sample_rate": SAMPLE_RATE, "samples": at * 2000},
        "grid": {
            "beats": beats,
            "beat_numbers": [k % 4 + 1 for k in range(len(beats))],
            "bars": [k // 4 + 1 for k in range(len(beats))],
        },
        "settings": {"rate": str(RATE), "drop_frame": False, "size": [1280, 720]},
        "next_shot": shots + 1,
    }
    marks = tuple(
        Mark(str(k // 4 + 1), round(t * RATE), 0, "GREEN", "", {"kind": "downbeat", "time": t})
        for k, t in enumerate(beats)
        if k % 4 == 0
    )
    spine = Spine("file:///song.wav", "song.wav", "cd" * 32, SAMPLE_RATE, at * 2000)
    return SyncSheet("cut", Clock.at(RATE), (1280, 720), spine, tuple(made), marks, metadata)


def _file(media: int) -> str:
    return f"take_{media:03d}.mov"


def opened(sheet: SyncSheet) -> Editing:
    """The plan as the editor sees it before the first edit."""
    pieces = []
    for n, shot in enumerate(sheet.shots):
        media = int(shot.media.url.rsplit("_", 1)[1].split(".")[0])
        pieces.append(
            Piece(n, media, int(shot.source_in), shot.first_frame, shot.frames, carries=n)
        )
    return Editing(pieces)


def timeline_in_dialect(sheet: SyncSheet, edit: Editing, dialect: str) -> otio.schema.Timeline:
    """The edit as our readers would hand it over after a trip through an editor."""
    planned = timeline_of(sheet)
    clips = list(planned.video_tracks()[0])
    blocks = [shot.metadata for shot in sheet.shots]
    made = otio.schema.Timeline(sheet.name, global_start_time=planned.global_start_time)
    track = otio.schema.Track("V1", kind="Video")
    uses: dict[int, int] = {}
    at = 0
    for piece in sorted(edit.pieces, key=lambda p: p.first):
        if piece.first > at:
            track.append(otio.schema.Gap(duration=_RT(piece.first - at, RATE)))
        use = uses[piece.carries] = uses.get(piece.carries, -1) + 1
        name = clips[piece.carries].name if piece.carries >= 0 else _file(piece.media)
        block = blocks[piece.carries] if piece.carries >= 0 else None
        if piece.dissolve:
            half = _RT(piece.dissolve, RATE)
            track.append(otio.schema.Transition("dissolve", "SMPTE_Dissolve", half, half))
        track.append(_clip(piece, dialect, name, block, use))
        at = piece.end
    made.tracks.append(track)
    if dialect == "native":
        made.metadata["idolsync"] = sheet.metadata
    song = planned.audio_tracks()[0].deepcopy()
    if dialect != "native":
        song[0].metadata.clear()
    made.tracks.append(song)
    if dialect == "resolve":
        made.name += " (Resolve)"
    return made


def _clip(
    piece: Piece, dialect: str, name: str, block: dict[str, object] | None, use: int
) -> otio.schema.Clip:
    file = _file(piece.media)
    url = {"openshot": file, "resolve": f"/takes/{file}"}.get(dialect, f"file:///takes/{file}")
    reference = otio.schema.ExternalReference(url, _TR(_RT(0, RATE), _RT(MEDIA_FRAMES, RATE)))
    if dialect in ("edl", "openshot"):
        reference.available_range = None
    if dialect == "edl":
        reference = otio.schema.MissingReference()
    kept = name if dialect in WITH_IDS else file
    clip = otio.schema.Clip(kept, reference, _TR(_RT(piece.source, RATE), _RT(piece.frames, RATE)))
    clip.enabled = piece.enabled
    clip.effects.extend([otio.schema.Effect(name, name) for name in piece.effects])
    if piece.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp("speed", time_scalar=piece.speed))
    if block is None:
        return clip
    tag = ShotTag(str(block["shot_id"]), PLAN_ID[:4])
    if dialect == "native":
        clip.metadata["idolsync"] = block
    elif dialect == "premiere":
        clip.metadata["fcp_xml"] = {"uuid": uuid_of(tag, use), "logginginfo": {"lognote": ""}}
    elif dialect == "finalcut":
        clip.metadata["fcpx_xml"] = {"note": f"see {tag}"}
    return clip


# ------------------------------------------------------------------------------------------ edits


class Hand:
    """Makes random edits; each method returns whether it found something to do.

    Every method changes one thing and names it in ``editing.done``. Unless it is ``rough``, a hand
    edits no shot twice.
    """

    def __init__(self, rng: random.Random, editing: Editing, rough: bool = False):
        self.rng, self.editing, self.rough = rng, editing, rough
        self.touched: set[int] = set()

    KINDS = (
        "lift", "ripple_delete", "trim_tail", "trim_head", "ripple_tail", "ripple_head", "roll",
        "slip", "slide", "move_to_end", "swap", "split", "replace", "disable", "retime", "insert",
        "overwrite", "copy", "join", "effect", "opacity", "dissolve",
    )  # fmt: skip
    ALL = (*KINDS, "jump")
    LEAST = 20  # frames of a piece that a rough hand still cuts

    def edit(self, kind: str) -> bool:
        self.editing.sort()
        inner = [
            k for k in range(1, len(self.editing.pieces) - 1)
            if self.editing.pieces[k].shot >= 0
            and self._may(k)
            and self._adjacent(k - 1) and self._adjacent(k)
        ]  # fmt: skip
        if kind == "join":
            inner = [k for k in inner if self._runs_on(k)]
        if not inner:
            return False
        k = self.rng.choice(inner)
        piece = self.editing.pieces[k]
        wide = ("roll", "slide", "swap", "overwrite", "join", "dissolve")
        around = (k - 1, k, k + 1) if kind in wide else (k,)
        who = tuple(self.editing.pieces[j].shot for j in around)
        if any(w < 0 for w in who) or getattr(self, f"_{kind}")(k, piece) is False:
            return False
        self.touched.update(who)
        self.editing.done.append((kind, (piece.shot,)))
        self.editing.sort()
        return True

    def _may(self, k: int) -> bool:
        near = [self.editing.pieces[j] for j in (k - 1, k, k + 1)]
        if self.rough:
            return min(piece.frames for piece in near) >= self.LEAST
        return not {piece.shot for piece in near} & self.touched

    def _runs_on(self, k: int) -> bool:
        one, two = self.editing.pieces[k], self.editing.pieces[k + 1]
        apart = two.shot not in (-1, one.shot)
        follows = (two.media, two.source) == (one.media, one.source + one.frames)
        return follows and apart and (one.speed, one.enabled) == (two.speed, two.enabled)

    def _adjacent(self, k: int) -> bool:
        return self.editing.pieces[k].end == self.editing.pieces[k + 1].first

    def _put(self, k: int, **changes: object) -> None:
        self.editing.pieces[k] = replace(self.editing.pieces[k], **changes)  # type: ignore[arg-type]

    def _amount(self) -> int:
        return self.rng.choice([1, 2, 3, 5, 8])

    def _lift(self, k: int, piece: Piece) -> None:
        del self.editing.pieces[k]

    def _ripple_delete(self, k: int, piece: Piece) -> None:
        del self.editing.pieces[k]
        self.editing.shift_after(piece.first, -piece.frames)

    def _trim_tail(self, k: int, piece: Piece) -> None:
        self._put(k, frames=piece.frames - self._amount())

    def _trim_head(self, k: int, piece: Piece) -> None:
        by = self._amount()
        self._put(k, first=piece.first + by, source=piece.source + by, frames=piece.frames - by)

    def _ripple_tail(self, k: int, piece: Piece) -> None:
        by = self._amount() * self.rng.choice([-1, 1])
        self._put(k, frames=piece.frames + by)
        self.editing.shift_after(piece.first + 1, by)

    def _ripple_head(self, k: int, piece: Piece) -> None:
        by = self._amount()
        self._put(k, source=piece.source + by, frames=piece.frames - by)
        self.editing.shift_after(piece.first + 1, -by)

    def _roll(self, k: int, piece: Piece) -> None:
        by, after = self._amount() * self.rng.choice([-1, 1]), self.editing.pieces[k + 1]
        self._put(k, frames=piece.frames + by)
        self._put(k + 1, first=after.first + by, source=after.source + by, frames=after.frames - by)

    def _slip(self, k: int, piece: Piece) -> None:
        self._put(k, source=piece.source + self._amount() * self.rng.choice([-1, 1]))

    def _slide(self, k: int, piece: Piece) -> None:
        by = self._amount() * self.rng.choice([-1, 1])
        before, after = self.editing.pieces[k - 1], self.editing.pieces[k + 1]
        self._put(k - 1, frames=before.frames + by)
        self._put(k, first=piece.first + by)
        self._put(k + 1, first=after.first + by, source=after.source + by, frames=after.frames - by)

    def _move_to_end(self, k: int, piece: Piece) -> None:
        self._put(k, first=max(p.end for p in self.editing.pieces) + 10)

    def _swap(self, k: int, piece: Piece) -> bool:
        after = self.editing.pieces[k + 1]
        self._put(k, first=piece.first + after.frames)
        self._put(k + 1, first=piece.first)
        return True

    def _split(self, k: int, piece: Piece) -> None:
        cut = self.rng.randrange(4, piece.frames - 4)
        self._put(k, frames=cut)
        rest = replace(
            piece, first=piece.first + cut, source=piece.source + cut, frames=piece.frames - cut
        )
        self.editing.pieces.append(rest)

    def _jump(self, k: int, piece: Piece) -> None:
        cut, gone = self.rng.randrange(4, piece.frames - 12), self.rng.randrange(1, 9)
        self._put(k, frames=cut)
        self.editing.shift_after(piece.end, -gone)
        rest = piece.frames - cut - gone
        begin = piece.source + cut + gone
        second = replace(piece, first=piece.first + cut, source=begin, frames=rest)
        self.editing.pieces.append(second)

    def _replace(self, k: int, piece: Piece) -> None:
        self._put(k, media=900 + self.rng.randrange(90), source=self.rng.randrange(50))

    def _disable(self, k: int, piece: Piece) -> None:
        self._put(k, enabled=False)

    def _retime(self, k: int, piece: Piece) -> None:
        self._put(k, speed=self.rng.choice([0.5, 2.0]))

    def _insert(self, k: int, piece: Piece) -> None:
        frames = self.rng.randrange(8, 40)
        self.editing.shift_after(piece.first, frames)
        self.editing.pieces.append(self._new(piece.first, frames))

    def _overwrite(self, k: int, piece: Piece) -> None:
        by, after = 4, self.editing.pieces[k + 1]
        self._put(k, frames=piece.frames - by)
        self._put(k + 1, first=after.first + by, source=after.source + by, frames=after.frames - by)
        self.editing.pieces.append(self._new(piece.end - by, 2 * by))

    def _copy(self, k: int, piece: Piece) -> None:
        end = max(p.end for p in self.editing.pieces)
        self.editing.pieces.append(replace(piece, shot=-1, first=end + 10))

    def _join(self, k: int, piece: Piece) -> None:
        gone = self.editing.pieces.pop(k + 1)
        swallowed = (*piece.swallowed, gone.shot, *gone.swallowed)
        self._put(k, frames=piece.frames + gone.frames, swallowed=swallowed)

    def _effect(self, k: int, piece: Piece) -> None:
        self._put(k, effects=(*piece.effects, "Gaussian Blur"))

    def _opacity(self, k: int, piece: Piece) -> None:
        self._put(k, effects=(*piece.effects, "Opacity"))

    def _dissolve(self, k: int, piece: Piece) -> None:
        self._put(k, dissolve=4)

    def _new(self, first: int, frames: int) -> Piece:
        return Piece(-1, 900 + self.rng.randrange(90), self.rng.randrange(90), first, frames)


# ------------------------------------------------------------------------------------------ truth


def true_changes(sheet: SyncSheet, edit: Editing) -> list[set[str]]:
    """What became of each shot, from the history of the pieces alone."""
    swallowed = {shot for piece in edit.pieces for shot in piece.swallowed}
    return [
        _true(shot, [p for p in edit.pieces if p.shot == n], n in swallowed)
        for n, shot in enumerate(sheet.shots)
    ]


def _true(shot: Shot, pieces: list[Piece], swallowed: bool) -> set[str]:
    if not pieces:
        return {"merged"} if swallowed else {"deleted"}
    pieces = sorted(pieces, key=lambda p: p.first)
    first, found = pieces[0], set()
    if f"/{_file(first.media)}" not in shot.media.url:
        found |= {"replaced", "split"} if len(pieces) > 1 else {"replaced"}
        found |= {"trimmed"} if sum(p.frames for p in pieces) != shot.frames else set()
        found |= {"moved"} if first.first != shot.first_frame else set()
    elif len(pieces) > 1 or any(p.swallowed for p in pieces):
        found |= _true_of_several(shot, pieces)
    else:
        found |= _true_of_one(shot, first)
    if any(p.speed != 1 for p in pieces):
        found.add("retimed")
    if not first.enabled:
        found.add("disabled")
    return found or {"kept"}


def _true_of_one(shot: Shot, piece: Piece) -> set[str]:
    later = piece.first - shot.first_frame
    head = piece.source - int(shot.source_in)
    tail = head + piece.frames - shot.frames
    if later == head:
        return {"trimmed"} if head or tail else set()
    if head == tail:
        return ({"slipped"} if head else set()) | ({"moved"} if later else set())
    if later == 0 and head and tail:
        return {"slipped", "trimmed"}
    return {"trimmed", "moved"}


def _true_of_several(shot: Shot, pieces: list[Piece]) -> set[str]:
    """Of a split or joined shot the inner edges are the split or the join itself."""
    begin, end = int(shot.source_in), int(shot.source_in) + shot.frames
    joined = any(p.swallowed for p in pieces)
    found = ({"split"} if len(pieces) > 1 else set()) | ({"merged"} if joined else set())
    off = {(p.first - shot.first_frame) - (p.source - begin) for p in pieces}
    if pieces[0].first == shot.first_frame and pieces[0].source != begin:
        found.add("slipped")
    elif off != {0}:
        found.add("moved")
    shown = sorted((p.source, p.source + p.frames) for p in pieces)
    holes = any(a[1] != b[0] for a, b in itertools.pairwise(shown))
    ends = (pieces[0].source, pieces[-1].source + pieces[-1].frames)
    if not joined and (holes or ends != (begin, end)):
        found.add("trimmed")
    return found
