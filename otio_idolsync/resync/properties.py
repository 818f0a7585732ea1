"""Merge what an edit and a newer plan say of one shot: its picture, in-point, speed and looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from otio_idolsync.resync.merge import is_made_up
from otio_idolsync.resync.model import Conflict, Item
from otio_idolsync.resync.pieces import Piece
from otio_idolsync.resync.sides import Lie


def done_by_hand(shot: Item, lies: Sequence[Lie]) -> tuple[str, ...]:
    """Return what of a shot was changed beside its cut."""
    found = ["media"] if any(lie.replaced for lie in lies) else []
    found += ["source"] if any(lie.slip for lie in lies) else []
    found += ["speed"] if any(lie.item.speed != shot.speed for lie in lies) else []
    found += ["enabled"] if lies[0].item.enabled != shot.enabled else []
    found += ["effects"] if set(lies[0].item.effects) - set(shot.effects) else []
    return tuple(found)


@dataclass(slots=True, eq=False)
class Blend:
    """One shot's properties on three sides.

    Attributes:
        shot: As it was exported, under its id of now.
        edit: As the edit has it.
        plan: As the plan has it now.
        changed: What the plan has changed of it beside its cut.
        conflicts: What both have changed.
        keeps_take: Whether the exported take stays, in place of the plan's new one.
    """

    shot: Item
    edit: Lie
    plan: Lie
    changed: tuple[str, ...]
    conflicts: list[Conflict] = field(default_factory=list)
    keeps_take: bool = False

    def item(self, piece: Piece) -> Item:
        """Return the shot as it is in the merged cut, where a piece of it lies."""
        own, now = self.edit.item, self.plan.item
        into = piece.low - self.edit.low
        self.keeps_take = self._keeps_take(piece)
        by_hand = self.edit.replaced or self.keeps_take
        if by_hand or now.url == self.shot.url:
            into += 0 if by_hand or self.edit.slip else self.plan.slip
            shows = replace(own, source=own.source + into)
        else:
            slip = self.edit.slip - self.plan.slip if self.edit.slip else 0
            source = now.source + piece.low - self.plan.low + slip
            shows = replace(
                own, url=now.url, media=now.media, source=source, media_start=now.media_start,
                media_frames=now.media_frames,
            )  # fmt: skip
        shot = self.shot
        made = own.name == shot.clip.name or is_made_up(own.name, shot.shot_id, (own.url, shot.url))
        if not made and now.name not in (shot.name, own.name) and "media" not in self.changed:
            self._clash("name", own.name, now.name)
        enabled = now.enabled if own.enabled == self.shot.enabled else own.enabled
        return self._with_looks(
            replace(
                shows,
                name=now.name if made and not self.edit.replaced else own.name,
                first=piece.first,
                frames=piece.frames,
                start=own.start + into,
                enabled=enabled,
            )
        )

    def _keeps_take(self, piece: Piece) -> bool:
        """Return whether the plan's new take gives way, and list all clashes over the picture."""
        own, now = self.edit, self.plan
        recast = "media" in self.changed
        if own.replaced:
            self._clash_over_takes(recast)
            return False
        if recast and own.slip:
            self._clash("source", f"slipped by {own.slip:+d} frames", f"shows {now.item.media}")
            return True
        if recast and not self._reaches(piece):
            shown = f"{piece.frames} frames of {own.item.media}"
            self._clash("media", shown, f"{now.item.media}, which is too short")
            return True
        if own.slip and now.slip and own.slip != now.slip and not recast:
            self._clash("source", f"slipped by {own.slip:+d}", f"slipped by {now.slip:+d}")
        return False

    def _clash_over_takes(self, recast: bool) -> None:
        """List what the plan has changed of a shot that shows another clip in the edit."""
        own, now = self.edit, self.plan
        if recast and own.item.media != now.item.media:
            self._clash("media", own.item.media, now.item.media)
        elif recast and own.item.source - own.low != now.item.source - now.low:
            self._clash("source", _point(own), _point(now))
        lips = [key for key in ("role", "lipsync") if key in self.changed]
        if lips:
            said = f"{' and '.join(lips)} changed"
            self._clash("lipsync", f"shows {own.item.media} instead", said)

    def _reaches(self, piece: Piece) -> bool:
        """Return whether the plan's new take has all the frames that the edit shows."""
        now = self.plan.item
        if now.media_frames is None or now.speed != 1 or now.block.get("role") == "lipsync":
            return True
        source = now.source + piece.low - self.plan.low
        return source >= 0 and source + piece.frames <= now.media_frames

    def _with_looks(self, item: Item) -> Item:
        """Return an item with the speed and effects of the side that has changed them."""
        shot, own, now = (
            (one.speed, one.effects) for one in (self.shot, self.edit.item, self.plan.item)
        )
        if own == shot and now != shot:
            clip = item.clip.deepcopy()
            clip.effects[:] = [effect.deepcopy() for effect in self.plan.item.clip.effects]
            return replace(item, speed=now[0], effects=now[1], clip=clip)
        if now not in (shot, own):
            kind = "speed" if own[0] != now[0] else "effects"
            self._clash(kind, _look(own), _look(now))
        return item

    def _clash(self, kind: str, edit: str, plan: str) -> None:
        shot_id = self.plan.item.shot_id
        text = (
            f"{kind} of {shot_id} was changed in the edit ({edit}) and in the plan ({plan}); the "
            "edit was kept"
        )
        first = self.edit.item.first
        self.conflicts.append(Conflict((shot_id,), first, text, kind, edit, plan, "edit"))


def _point(lie: Lie) -> str:
    return f"in-point {float(lie.item.source):g}"


def _look(look: tuple[int | Fraction, tuple[str, ...]]) -> str:
    speed, effects = look
    return f"{float(speed):g} times its speed" if speed != 1 else ", ".join(effects) or "none"


def one_sided(piece: Piece, own: Item, low: int) -> Item:
    """Return an item of which only one side has anything, where a piece of it lies.

    Args:
        piece: Where it lies.
        own: What that side has.
        low: The first frame of the shot's window that this shows.
    """
    into = piece.low - low
    changes: dict[str, Any] = {"source": own.source + into, "start": own.start + into}
    return replace(own, first=piece.first, frames=piece.frames, **changes)
