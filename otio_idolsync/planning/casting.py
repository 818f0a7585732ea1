"""Which source fills each slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otio_idolsync.library.model import Source
from otio_idolsync.planning.model import Casting, Slot
from otio_idolsync.timebase import Clock


@dataclass(frozen=True, slots=True)
class Cast:
    """What fills the slots.

    Attributes:
        castings: One a slot, in time order.
        warnings: What a person should know: slots left open, footage seen twice.
    """

    castings: tuple[Casting, ...]
    warnings: tuple[str, ...]

    @property
    def unfilled(self) -> tuple[Casting, ...]:
        """The slots that stay placeholders; each says why."""
        return tuple(c for c in self.castings if c.role == "placeholder")


def cast_slots(
    slots: Sequence[Slot], sources: Sequence[Source], clock: Clock, seed: int = 0
) -> Cast:
    """Return what fills each slot."""
    castings: list[Casting] = []
    for slot in slots:
        ahead = castings[-1].source if castings else None
        for k in range(len(sources)):
            source = sources[(slot.first_frame + k) % len(sources)]
            room = source.media.frames_on(clock) - slot.frames
            if source is not ahead and room >= 0:
                head = room // 2
                role = "broll" if source.role == "lipsync" else source.role
                castings.append(
                    Casting(slot, role, source, head, head, room - head, "it is long enough")
                )
                break
        else:
            castings.append(Casting(slot, "placeholder", None, 0, 0, 0, "no source is long enough"))
    return Cast(tuple(castings), ())
