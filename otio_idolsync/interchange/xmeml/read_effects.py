"""Read the filters of a track item: its speed, and an editor's own kept as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import object_of
from otio_idolsync.interchange.xmeml.motion import is_ours
from otio_idolsync.interchange.xmeml.speed import (
    EFFECT_ID,
    RAMP_IN,
    Retiming,
    Used,
    retiming_of,
)
from otio_idolsync.interchange.xmeml.values import nearest


@dataclass(slots=True)
class Effects:
    """An item's filters.

    Attributes:
        found: What they are in OTIO.
        timing: How they change its time.
        ramp: The one among ``found`` whose speed varies, as its mean speed.
    """

    found: list[Any]
    timing: Retiming | None = None
    ramp: Any = None

    def use(self, used: Used) -> None:
        """Set a ramp's mean speed over what is seen of it, and keep where ``in`` was."""
        if self.ramp is None or self.timing is None:
            return
        self.ramp.time_scalar = float(self.timing.mean(used))
        kept = dict(self.ramp.metadata[foreign.KEY])
        self.ramp.metadata[foreign.KEY] = kept | {RAMP_IN: nearest(used.first + used.head)}


def effects_in(element: Any) -> Effects:
    """Return the filters of a track item."""
    effects = Effects([])
    for filter_ in element.iterfind("filter"):
        for effect in filter_.iterfind("effect"):
            if (effect.findtext("effectid") or "").strip() == EFFECT_ID:
                timing = retiming_of(effect)
                effects.timing = timing
                if timing.constant:
                    effects.found.append(_warp(effect, timing))
                else:
                    effects.ramp = _ramp(filter_, effect, timing)
                    effects.found.append(effects.ramp)
            elif not is_ours(effect):
                effects.found.append(_filter(filter_, effect))
    return effects


def _warp(effect: Any, timing: Retiming) -> Any:
    name = effect.findtext("name") or ""
    if timing.scalar == 0:
        return otio.schema.FreezeFrame(name)
    return otio.schema.LinearTimeWarp(name, time_scalar=timing.scalar)


def _ramp(filter_: Any, effect: Any, timing: Retiming) -> Any:
    name, kept = effect.findtext("name") or "", _kept(filter_, effect)
    warp = otio.schema.LinearTimeWarp
    return warp(name, time_scalar=timing.scalar, metadata={foreign.KEY: kept})


def _filter(filter_: Any, effect: Any) -> Any:
    return otio.schema.Effect(
        effect.findtext("name") or "",
        effect_name=(effect.findtext("effectid") or "").strip(),
        metadata={foreign.KEY: _kept(filter_, effect)},
    )


def _kept(filter_: Any, effect: Any) -> dict[str, Any]:
    kept = foreign.kept(effect, ("name",))
    if outer := foreign.kept(filter_, ("effect",)):
        kept["filter"] = outer
    return kept


def put_effects(item: Any, found: list[Any], block: dict[str, Any]) -> None:
    """Give an item its effects: those of its block while its speed is theirs, and what is new.

    Raises:
        InterchangeError: The block holds no effect where one belongs.
    """
    forms = block.get("e")
    if isinstance(forms, list):
        ours = [_effect(form) for form in forms]
        if _speed(ours) == _speed(found):
            news = [e for e in found if not _is_warp(e) and not _in(e, ours)]
            item.effects.extend(ours + news)
            return
    item.effects.extend(found)


def _effect(form: Any) -> Any:
    made = object_of(form, otio.schema.Effect)
    scalar = foreign.dictionary(form).get("time_scalar")
    if _is_warp(made) and type(scalar) is float:
        # OTIO's JSON reader misses the last bit of some numbers; Python's does not.
        made.time_scalar = scalar
    return made


def _is_warp(effect: Any) -> bool:
    return isinstance(effect, otio.schema.LinearTimeWarp)


def _in(effect: Any, ours: list[Any]) -> bool:
    return any(e.name == effect.name and foreign.KEY in e.metadata for e in ours)


def _speed(effects: list[Any]) -> float | None:
    scalars = [float(e.time_scalar) for e in effects if _is_warp(e)]
    product = 1.0
    for scalar in scalars:
        product *= scalar
    return round(product, 9) if scalars else None
