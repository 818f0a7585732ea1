"""Move cuts onto beats: all that lie at one frame together, as rolls, or none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otio_idolsync.planning.spoken import plural
from otio_idolsync.resync.grid import Beat, bearing, nearest
from otio_idolsync.resync.snap.lanes import Edge, Lane, Place
from otio_idolsync.timebase import Clock, frame_showing, whole_frames


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one cut of one track.

    Attributes:
        track: The name of its track.
        frame: Where it lay.
        to: The frame of the nearest beat, None without one.
        action: ``moved``, ``already_there``, ``too_far`` or ``blocked``.
        why: In a sentence.
        shot_id: The shot that begins there, else the one that ends; "" without an id.
        compound: The compound clip on that track that it lies in, "" for none.
    """

    track: str
    frame: int
    to: int | None
    action: str
    why: str
    shot_id: str = ""
    compound: str = ""

    @property
    def moved(self) -> tuple[int, int] | None:
        """From where to where the cut was moved, None where it was not."""
        return (self.frame, self.to) if self.action == "moved" and self.to is not None else None

    def to_json(self) -> dict[str, Any]:
        """Return the row as it stands in a report."""
        row = {
            "track": self.track, "frame": self.frame, "to": self.to, "action": self.action,
            "why": self.why, "shot_id": self.shot_id,
        }  # fmt: skip
        return row | ({"compound": self.compound} if self.compound else {})


@dataclass(frozen=True, slots=True, eq=False)
class Snap:
    """Cuts, and what they may be moved onto.

    Attributes:
        lanes: What lies where; changed by moves.
        clock: The timeline's frames.
        targets: The beats.
        within: Greatest distance in frames.
        pins: Why a cut at a frame must stay, by the frame.
    """

    lanes: Sequence[Lane]
    clock: Clock
    targets: Sequence[Beat]
    within: int
    pins: Mapping[int, str]

    def move(self, edges: Sequence[Edge]) -> list[Row]:
        """Move what can be moved, and return what became of every cut, in time order.

        The nearest to their beats come first: of two cuts that want one place they get it.
        """
        groups: dict[int, list[Edge]] = {}
        for edge in edges:
            groups.setdefault(edge.frame, []).append(edge)
        rows: list[tuple[Edge, Row]] = []
        for frame in sorted(groups, key=lambda at: (abs(self._by(at) or 0), at)):
            rows += self._settle(frame, groups[frame])
        rows.sort(key=lambda one: (one[1].frame, one[0].lane.number, len(one[0].lane.around)))
        return [row for _, row in rows]

    def _by(self, frame: int) -> int | None:
        beat = nearest(frame, self.targets)
        return None if beat is None else beat.frame - frame

    def _settle(self, frame: int, group: Sequence[Edge]) -> list[tuple[Edge, Row]]:
        by = self._by(frame)
        lies = bearing(frame, self.targets) or "there is no beat to move it onto"
        if by is None or not 0 < abs(by) <= self.within:
            action = "already_there" if by == 0 else "too_far"
            return [(edge, self._row(edge, by, action, lies)) for edge in group]
        stuck = {n: why for n, edge in enumerate(group) if (why := self._why_not(edge, by))}
        if not stuck:
            lost = next(self._lost(group, frame, by), "")
            stuck = dict.fromkeys(range(len(group)), lost) if lost else {}
        if not stuck:
            why = f"{lies}; {plural(abs(by), 'frame')} {'later' if by > 0 else 'earlier'}"
            rows = [(edge, self._row(edge, by, "moved", why)) for edge in group]
            for edge in group:
                _roll(edge, frame + by)
            return rows
        first, said = next(iter(stuck.items()))
        told = f"moves with the cut on {group[first].lane.name}, where {said}"
        return [
            (edge, self._row(edge, by, "blocked", stuck.get(n, told)))
            for n, edge in enumerate(group)
        ]

    def _row(self, edge: Edge, by: int | None, action: str, why: str) -> Row:
        to = None if by is None else edge.frame + by
        inside = str(edge.lane.around[-1].name or "compound") if edge.lane.around else ""
        return Row(edge.lane.name, edge.frame, to, action, why, edge.shot_id, inside)

    def _why_not(self, edge: Edge, by: int) -> str:
        """Return why one cut cannot be moved, "" where it can."""
        if edge.frame in self.pins:
            return self.pins[edge.frame]
        if edge.transition is not None:
            return f"the transition {edge.transition.name or ''} lies over it".replace("  ", " ")
        sides = [edge.left, *([edge.right] if edge.right else [])]
        for place in sides:
            if place.is_retimed:
                return f"{place.name} is retimed"
        said = self._lacks(edge, by) or self._overlaps(edge, by)
        crossed = (one.name for one in sides if one.is_compound and self._crosses(edge, one, by))
        return said or next(
            (f"a cut in compound clip {name} lies on the way" for name in crossed), ""
        )

    def _lacks(self, edge: Edge, by: int) -> str:
        """Return which clip has no media to be made longer with."""
        longer, side = (edge.left, 1) if by > 0 else (edge.right, 0)
        if longer is None:
            return ""
        room = longer.room(self.clock)
        end = "after" if side else "before"
        if room is None:
            return f"nothing says how long the media of {longer.name} is"
        if room[side] >= abs(by):
            return ""
        has = plural(max(0, frame_showing(room[side])), "frame")
        return f"{longer.name} has {has} to spare {end} it, and {abs(by)} are needed"

    def _overlaps(self, edge: Edge, by: int) -> str:
        """Return what on its own track a cut would be moved over."""
        shorter = edge.right if by > 0 else edge.left
        if shorter is None or shorter.end - shorter.first - abs(by) >= shorter.least:
            return ""
        if not shorter.is_gap:
            lasts = plural(whole_frames(shorter.end - shorter.first), "frame")
            fades = ", some of them under a transition" if any(shorter.fades) else ""
            return f"it would overlap {shorter.name}, which lasts {lasts}{fades}"
        n = edge.lane.places.index(shorter) + (1 if by > 0 else -1)
        beyond = edge.lane.places[n].name if 0 <= n < len(edge.lane.places) else "the track's end"
        return f"it would overlap {beyond}"

    def _crosses(self, edge: Edge, compound: Place, by: int) -> bool:
        """Return whether a cut in a compound clip lies where its end would be moved over."""
        low, high = sorted((edge.frame, edge.frame + by))
        is_left = compound is edge.left
        ends = (
            end
            for lane in self.lanes
            if compound.item in lane.around
            for place in lane.places
            for end in (place.first, place.end)
        )
        return any(low <= end < high if is_left else low < end <= high for end in ends)

    def _lost(self, group: Sequence[Edge], frame: int, by: int) -> Iterator[str]:
        """Yield what would be seen no more, or through a hole, if all cuts at a frame moved."""
        frames = range(frame, frame + by) if by > 0 else range(frame + by, frame)
        own = {id(edge.lane) for edge in group}
        for level in {edge.lane.around for edge in group}:
            here = [edge for edge in group if edge.lane.around == level and edge.lane.is_on]
            was, will = (any(_is_seen(edge, by, after) for edge in here) for after in (0, 1))
            others = [
                lane for lane in self.lanes
                if lane.around == level and lane.is_on and id(lane) not in own
            ]  # fmt: skip
            if was and not will and not all(_covered(others, at) for at in frames):
                yield "it would leave a hole in the picture"
            for edge in here:
                if _is_seen(edge, by, 1) and not _is_seen(edge, by, 0):
                    yield from _met(edge, others, frames, by)


def _roll(edge: Edge, to: int) -> None:
    by = to - edge.left.end
    edge.left.end += by
    edge.left.tail += by
    if edge.right is not None:
        edge.right.first += by
        edge.right.head += by
    edge.frame = to


def _is_seen(edge: Edge, by: int, after: int) -> bool:
    """Return whether a lane shows a picture between a cut and where it is moved to."""
    place = edge.left if (by > 0) == bool(after) else edge.right
    return place is not None and place.is_picture


def _covered(lanes: Sequence[Lane], frame: int) -> bool:
    return any(place is not None and place.is_picture for place in _at(lanes, frame))


def _at(lanes: Sequence[Lane], frame: int) -> Iterator[Place | None]:
    yield from (lane.at(frame) for lane in lanes)


def _met(edge: Edge, others: Sequence[Lane], frames: range, by: int) -> Iterator[str]:
    """Yield the pictures of other tracks that a clip made longer would newly overlap."""
    beside = edge.frame - 1 if by > 0 else edge.frame
    for lane in others:
        for frame in frames:
            place = lane.at(frame)
            if place is not None and place.is_picture and place is not lane.at(beside):
                yield f"it would overlap {place.name} on {lane.name}"
                return
