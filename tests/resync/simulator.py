"""A lossy editor: plans of made-up shots, edits with known truth, and what each dialect keeps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from fractions import Fraction

import opentimelineio as otio

from otio_idolsync.interchange.identity import ShotTag, uuid_of
from otio_idolsync.timebase import Clock
from otio_idolsync.timeline.model import Mark, MediaRef, Shot, Spine, SyncSheet
from otio_idolsync.timeline.otio_form import timeline_of

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
    """A plan that uses each source often and, like the planner, from the middle of the file."""
    sources = max(4, shots // 5)
    lengths = rng.sample(range(20, 70), 6)
    made, at, last = [], 0, -1
    for number in range(shots):
        media = rng.choice([m for m in range(sources) if m != last])
        frames, last = rng.choice(lengths), media
        room = MEDIA_FRAMES - frames
        role = rng.choice(["broll"] * 6 + ["lipsync", "performance"]) if special else "broll"
        block = {
            "schema": "idolsync.clip/1",
            "shot_id": f"S{number + 1:03d}",
            "role": role,
            "song_range": {"start_sample": at * 2000, "samples": frames * 2000},
            "handles": {"head": room // 2, "tail": room - room // 2},
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
            block["sync_offset"] = (at - room // 2) / RATE
        ref = MediaRef("external", f"file:///takes/{_file(media)}", Fraction(RATE), 0, MEDIA_FRAMES)
        name = f"S{number + 1:03d} verse · {_file(media)[:-4]}"
        made.append(
            Shot(block["shot_id"], name, at, frames, ref, Fraction(room // 2), block)  # type: ignore[arg-type]
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

    Every method changes one thing and names it in ``editing.done``. A shot is edited where it
    still lies whole, so that the truth stays a truth.
    """

    def __init__(self, rng: random.Random, editing: Editing, touched: set[int] | None = None):
        self.rng, self.editing = rng, editing
        self.touched: set[int] = set() if touched is None else touched

    KINDS = (
        "lift", "ripple_delete", "trim_tail", "trim_head", "ripple_tail", "ripple_head", "roll",
        "slip", "slide", "move_to_end", "swap", "split", "replace", "disable", "retime", "insert",
        "overwrite", "copy",
    )  # fmt: skip

    def edit(self, kind: str) -> bool:
        self.editing.sort()
        inner = [
            k for k in range(1, len(self.editing.pieces) - 1)
            if self.editing.pieces[k].shot >= 0
            and not {self.editing.pieces[j].shot for j in (k - 1, k, k + 1)} & self.touched
            and self._adjacent(k - 1) and self._adjacent(k)
        ]  # fmt: skip
        if not inner:
            return False
        k = self.rng.choice(inner)
        piece = self.editing.pieces[k]
        around = (k - 1, k, k + 1) if kind in ("roll", "slide", "swap", "overwrite") else (k,)
        who = tuple(self.editing.pieces[j].shot for j in around)
        if any(w < 0 for w in who) or getattr(self, f"_{kind}")(k, piece) is False:
            return False
        self.touched.update(who)
        self.editing.done.append((kind, (piece.shot,)))
        self.editing.sort()
        return True

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

    def _new(self, first: int, frames: int) -> Piece:
        return Piece(-1, 900 + self.rng.randrange(90), self.rng.randrange(90), first, frames)


# ------------------------------------------------------------------------------------------ truth


def true_changes(sheet: SyncSheet, edit: Editing) -> list[set[str]]:
    """What became of each shot, from the history of the pieces alone."""
    return [
        _true(shot, [p for p in edit.pieces if p.shot == n]) for n, shot in enumerate(sheet.shots)
    ]


def _true(shot: Shot, pieces: list[Piece]) -> set[str]:
    if not pieces:
        return {"deleted"}
    pieces = sorted(pieces, key=lambda p: p.first)
    first, found = pieces[0], set()
    later = first.first - shot.first_frame
    head = first.source - int(shot.source_in)
    tail = pieces[-1].source + pieces[-1].frames - int(shot.source_in) - shot.frames
    if f"/{_file(first.media)}" not in shot.media.url:
        found.add("replaced")
        head = tail = 0
    if len(pieces) > 1:
        found.add("split")
    if first.speed != 1:
        found.add("retimed")
    if not first.enabled:
        found.add("disabled")
    slipped = head != 0 and head == tail and head != later
    if slipped:
        found.add("slipped")
    elif head or tail:
        found.add("trimmed")
    if later - head and not (slipped and later == 0):
        found.add("moved")
    return found or {"kept"}
