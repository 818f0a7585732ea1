"""The edited and the planned cut as flat lists of items, and what re-sync says of each shot."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.place import Opened
from otio_idolsync.cut.shown import Stretch
from otio_idolsync.timebase import Clock, Frames, whole_frames

CHANGES = (
    "deleted", "covered", "added", "merged", "split", "replaced", "retimed", "slipped", "trimmed",
    "moved", "disabled", "kept",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One clip of a picture track, however deep it was nested, in timeline frames.

    Its ends are those of what is seen of it: what only lies under something else is in ``under``.

    Attributes:
        index: Its place in time order.
        name: The clip's name.
        first: Timeline frame at which it starts.
        frames: Length in timeline frames.
        url: URL or path of what it shows, "" when the file says none.
        media: Key of what it shows: the file's name, folded; ``#`` for the numbers of a sequence.
        start: Source start in timeline frames, timecode included.
        source: Timeline frames from the media's first frame to its own.
        media_start: The media's first frame in timeline frames; None when the file says none.
        media_frames: Timeline frames that the media lasts; None when the file says none.
        speed: 1 when it plays at its own speed; 0 is a freeze frame.
        enabled: Whether it is shown at all.
        shot_id: The id in our metadata, "" without one.
        tags: Ids found in any carrier, all of the plan in question.
        effects: Names of its effects.
        compound: Name of the compound clip it lay in, "" on the track itself.
        clip: The OTIO clip.
        block: Our metadata, as plain Python.
        layer: 0 on its track; above it how many clips of its compound clip lie under it.
        track: The number of its picture track, the lowest one with a clip being 0.
        seen: The stretches of it that are seen, () for one that is switched off or covered.
        under: How many of its frames lie under others before the first and after the last seen.
        covers: Whether it hides what lies beneath.
        leads: Whether it is the picture at its place, and not hidden or laid over one.
        drawn: Whether it is a title or another thing without a file, drawn over pictures.
        labels: The media's first timecode as frames of the timeline, where they are of another
            rate; an EDL counts from there.
    """

    index: int
    name: str
    first: int
    frames: int
    url: str
    media: str
    start: Frames
    source: Frames
    media_start: Frames | None
    media_frames: Frames | None
    speed: int | Fraction
    enabled: bool
    shot_id: str
    tags: tuple[str, ...]
    effects: tuple[str, ...]
    compound: str
    clip: Any
    block: dict[str, Any]
    layer: int = 0
    labels: tuple[int, ...] = ()
    track: int = 0
    seen: tuple[Stretch, ...] = ()
    under: tuple[int, int] = (0, 0)
    covers: bool = True
    leads: bool = True
    drawn: bool = False

    @property
    def end(self) -> int:
        """The timeline frame after its last."""
        return self.first + self.frames

    @property
    def hidden(self) -> bool:
        """Whether it is switched on, and other pictures cover all of it."""
        return self.enabled and not self.seen

    @property
    def laid(self) -> tuple[int, int]:
        """The first frame and the length of all of it, what lies under others included."""
        head, tail = self.under
        return self.first - head, head + self.frames + tail


@dataclass(frozen=True, slots=True, eq=False)
class PictureTrack:
    """A picture track.

    Attributes:
        track: The OTIO track.
        name: What a person calls it: its own name, else V1, V2 and so on from below.
        opened: All that lies on it, and what opening it loses.
    """

    track: Any
    name: str
    opened: Opened


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A whole timeline, flattened.

    Attributes:
        name: The timeline's name.
        clock: Its frames and timecode.
        items: The clips of all picture tracks in time order, lower ones first.
        timeline: The OTIO timeline, kept referenced for as long as its clips are.
        tracks: The picture tracks that ``items`` come from, the lowest first.
        notes: What reading them loses, a sentence each.
    """

    name: str
    clock: Clock
    items: tuple[Item, ...]
    timeline: Any
    tracks: tuple[PictureTrack, ...]
    notes: tuple[str, ...] = ()

    def transitions(self, track: int = 0, layer: int = 0) -> dict[int, Any]:
        """Return the transitions on a track, or a layer above it, by the frame of their cut."""
        found = self.tracks[track].opened.transitions if track < len(self.tracks) else ()
        return {whole_frames(at): one for at, number, one in found if number == layer}

    def all_transitions(self) -> list[tuple[int, Any]]:
        """Return the transitions of all tracks, each with the frame of its cut."""
        return [
            (whole_frames(at), one)
            for track in self.tracks
            for at, _layer, one in track.opened.transitions
        ]

    def markers(self) -> list[tuple[Frames, Any]]:
        """Return the markers of compound clips, each with its timeline frame."""
        return [found for track in self.tracks for found in track.opened.markers]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an item is taken for a shot.

    Attributes:
        score: Sum of the weights; only differences between scores mean anything.
        kinds: What speaks for it: ``id``, ``path``, ``name``, ``source``, ``place``, ``order``.
        confidence: 0..1.
    """

    score: float
    kinds: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """A planned shot and the items that are it.

    Attributes:
        shot: The planned shot.
        parts: Its items in time order: none when deleted, several when split.
        evidence: Of the first part.
        merged_into: The shot whose item has swallowed this one, None otherwise.
        swallowed: The shots that its item has swallowed.
    """

    shot: Item
    parts: tuple[Item, ...]
    evidence: Evidence
    merged_into: str | None = None
    swallowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """How an item lies against its shot, in timeline frames.

    Attributes:
        record: How much later it starts.
        head: How much later in the source it starts.
        tail: How much later in the source it ends.
        content: How much later in the timeline each frame of the source is shown.
    """

    record: int
    head: int
    tail: int
    content: int

    @property
    def slip(self) -> bool:
        """Whether the source was slipped under a cut that stayed as long."""
        return self.head == self.tail != 0 and self.content != 0


@dataclass(slots=True, eq=False)
class ShotReport:
    """What is said of one shot.

    Attributes:
        shot_id: Its id in the next timeline.
        changes: All that apply, in the contract's order.
        pairing: Where it comes from; None of an added item.
        items: Its items in the edit.
        drift: How its first item lies, None where there is none.
        stale: Whether its generated picture no longer fits the song.
        regenerate: Song samples to generate anew, None unless stale.
        out_of_sync: Frames by which a performance take is off; None where that has no meaning.
        why: In a sentence.
        confidence: 0..1.
        evidence: What speaks for the match.
        parent: The shot that it was split from.
        copy_of: The shot that it is a copy of.
        off_grid: Distance of its cut to the nearest beat and downbeat.
        edit: Index of the edit that carried it along.
        added: Effects and transitions that the editor put on it.
        track: The track that it lies on now, where that is another than planned.
    """

    shot_id: str
    changes: list[str]
    pairing: Pairing | None
    items: tuple[Item, ...]
    drift: Drift | None = None
    stale: bool = False
    regenerate: dict[str, int] | None = None
    out_of_sync: int | None = None
    why: str = ""
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()
    parent: str | None = None
    copy_of: str | None = None
    off_grid: dict[str, float] = field(default_factory=dict)
    edit: int | None = None
    added: tuple[str, ...] = ()
    track: str | None = None

    @property
    def change(self) -> str:
        """The change that leads."""
        return next(c for c in CHANGES if c in self.changes)


@dataclass(frozen=True, slots=True)
class Edit:
    """One movement of an editor's hand, over one shot or over eighty.

    Attributes:
        kind: ``ripple``, ``roll``, ``slide`` or ``reorder``.
        shots: The shots that it changed or carried along.
        frames: By how many timeline frames.
        cause: Of a ripple, the shots that made it.
    """

    kind: str
    shots: tuple[str, ...]
    frames: int
    cause: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """What only a person can decide.

    Attributes:
        shots: The shots in question.
        frame: Timeline frame to look at, None when it is nowhere.
        text: In a sentence.
        kind: ``recognition`` (which clip is which shot), ``overlap``, ``file`` (the edit's file
            says what cannot be), or what an edit and a newer
            plan both changed: ``cut``, ``deleted``, ``added``, ``media``, ``source``, ``speed``,
            ``lipsync``, ``effects``, ``name``.
        edit: What the edit has, "" where only one side is in question.
        plan: What the plan has.
        winner: Whose was taken: ``edit``, ``plan`` or ``both``.
    """

    shots: tuple[str, ...]
    frame: int | None
    text: str
    kind: str = "recognition"
    edit: str = ""
    plan: str = ""
    winner: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in a report."""
        row = {"shots": list(self.shots), "frame": self.frame, "text": self.text, "kind": self.kind}
        if not self.winner:
            return row
        return row | {"edit": self.edit, "plan": self.plan, "winner": self.winner}
