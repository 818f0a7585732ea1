"""Which source fills each slot, from where in the source, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from otio_idolsync.analysis.model import Analysis
from otio_idolsync.library.model import Source
from otio_idolsync.planning.fitting import SUNG_SHARE, Fit, fit_sources, names_that_limit, role_of
from otio_idolsync.planning.footage import Footage, in_points, repeats
from otio_idolsync.planning.matching import Board
from otio_idolsync.planning.model import Casting, Slot
from otio_idolsync.planning.spoken import minutes, plural
from otio_idolsync.timebase import Clock

_MOST_NAMED = 5


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
    slots: Sequence[Slot],
    sources: Sequence[Source],
    clock: Clock,
    analysis: Analysis,
    seed: int = 0,
    beside: Mapping[int, Collection[Path]] | None = None,
) -> Cast:
    """Return what fills each slot; the order of the sources means nothing.

    Args:
        slots: The planned slots, in time order.
        sources: The shots there are; with none, every slot becomes a placeholder.
        clock: The timeline's frames.
        analysis: The song, whose section names are what tags may name.
        seed: Another seed casts other sources of equal merit and other in-points.
        beside: By a slot's first frame, files that it must not show because a shot next to it
            that is not cast here shows them.
    """
    if not slots or not sources:
        return Cast(tuple(_placeholder(slot, "no shots were given") for slot in slots), ())
    sources = sorted(sources, key=_identity)
    names = names_that_limit([section.name for section in analysis.sections])
    length = Fraction(analysis.song.samples, analysis.song.sample_rate)
    fit = fit_sources(slots, sources, clock, names, length, analysis.vocals)
    for k, slot in enumerate(slots):
        taken = (beside or {}).get(slot.first_frame, ())
        fit.can[k, [source.media.path in taken for source in sources]] = False
    chosen = Board(fit, sources, seed).fill()
    starts, repeated = _starts(fit, slots, chosen.tolist(), seed)
    singers = any(source.role != "broll" for source in sources)
    castings = [
        _casting(slot, sources[m], fit.footage[m], starts[k], singers)
        if m >= 0
        else _placeholder(slot, _why_none(k, slot, sources, fit, chosen.tolist()))
        for k, (slot, m) in enumerate(zip(slots, chosen.tolist(), strict=True))
    ]
    return Cast(tuple(castings), _warnings(castings, [sources[m].name for m in repeated]))


def _identity(source: Source) -> tuple[str, str, str, float]:
    window = source.window or (0.0, 0.0)
    return str(source.media.path), source.name, str(window), source.sync_offset or 0.0


def _starts(
    fit: Fit, slots: Sequence[Slot], chosen: Sequence[int], seed: int
) -> tuple[dict[int, int], list[int]]:
    """Return each cast slot's in-point, and the sources that show some frames twice."""
    starts: dict[int, int] = {}
    repeated = []
    for m in sorted(set(chosen) - {-1}):
        mine = [k for k, source in enumerate(chosen) if source == m]
        footage = fit.footage[m]
        lengths = [slots[k].frames for k in mine]
        if footage.shift is not None:
            points = [slots[k].first_frame + footage.shift for k in mine]
        else:
            points = in_points(footage, lengths, np.random.default_rng([seed, m]))
        starts |= dict(zip(mine, points, strict=True))
        if not footage.still and repeats(points, lengths):
            repeated.append(m)
    return starts, repeated


def _casting(slot: Slot, source: Source, footage: Footage, start: int, singers: bool) -> Casting:
    return Casting(
        slot=slot,
        role=role_of(slot, source),
        source=source,
        source_in=start,
        head=start - footage.start,
        tail=max(0, footage.end - start - slot.frames),
        why=f"{source.name}: {', '.join(_merits(slot, source, footage, singers))}",
    )


def _merits(slot: Slot, source: Source, footage: Footage, singers: bool) -> list[str]:
    """Return what speaks for a source in a slot, in a few words each."""
    merits = []
    if footage.shift is not None:
        merits.append("plays at its place in the song")
    if slot.sung >= SUNG_SHARE:
        if source.role != "broll":
            merits.append(f"a {source.role} source where someone sings")
        elif singers:
            merits.append("someone sings, but no performance or face was free")
    if slot.section and slot.section.lower() in {tag.lower() for tag in source.tags}:
        merits.append(f"tagged {slot.section}")
    if source.energy is not None:
        merits.append(f"its energy {source.energy:.2f} meets {slot.energy:.2f}")
    if footage.still:
        merits.append("a still, which fits any slot")
    return merits or [f"among the least used that have {plural(slot.frames, 'frame')}"]


def _placeholder(slot: Slot, why: str) -> Casting:
    return Casting(slot, "placeholder", None, 0, 0, 0, why)


def _why_none(
    k: int, slot: Slot, sources: Sequence[Source], fit: Fit, chosen: Sequence[int]
) -> str:
    """Return why a slot could not be filled, and so what to shoot or change."""
    wanted = plural(slot.frames, "frame")
    if not fit.allowed[k].any():
        return f"no source may go into {slot.section}: all are tagged for other sections"
    if not fit.can[k].any():
        there = np.flatnonzero(fit.allowed[k]).tolist()
        longest = max((fit.footage[m].frames for m in there if fit.footage[m].free), default=0)
        if longest >= slot.frames or not longest:
            return f"needs {wanted}; no take with a sync_offset covers this part of the song"
        return f"needs {wanted}; the longest source that may go here has {longest}"
    fitting = np.flatnonzero(fit.can[k]).tolist()
    beside = {
        int(fit.file[chosen[o]]) for o in (k - 1, k + 1) if 0 <= o < len(chosen) and chosen[o] >= 0
    }
    if all(int(fit.file[m]) in beside for m in fitting):
        only = " and ".join(sorted({sources[m].name for m in fitting})[:2])
        return f"only {only} would fit its {wanted}, and stands right beside it"
    return f"needs {wanted}; every source that fits is used up (max_uses, or no new frame left)"


def _warnings(castings: Sequence[Casting], repeated: Sequence[str]) -> tuple[str, ...]:
    found = []
    open_slots = [c for c in castings if c.role == "placeholder"]
    if open_slots:
        where = ", ".join(minutes(c.slot.start) for c in open_slots[:_MOST_NAMED])
        more = ", …" if len(open_slots) > _MOST_NAMED else ""
        found.append(
            f"{len(open_slots)} of {plural(len(castings), 'slot')} could not be filled "
            f"(at {where}{more}); they stay placeholders"
        )
    if repeated:
        named = ", ".join(repeated[:_MOST_NAMED]) + (", …" if len(repeated) > _MOST_NAMED else "")
        found.append(
            f"there is too little footage for the song: {plural(len(repeated), 'source')} "
            f"{'shows' if len(repeated) == 1 else 'show'} some frames more than once ({named})"
        )
    return tuple(found)
