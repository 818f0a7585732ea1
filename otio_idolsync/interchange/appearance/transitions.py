"""Find what is shown of an editor's transition: a dissolve, or a dip to a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.interchange.appearance.kept import FCPXML, XMEML, as_mapping, color_in
from otio_idolsync.interchange.dissolves import DISSOLVE, is_another, is_dissolve

Color = tuple[int, int, int]

_THROUGH = ("dip", "through", "fade to", "fadeto", "fade in", "fade out")
_COLORS: dict[str, Color] = {"black": (0, 0, 0), "white": (255, 255, 255)}
_BLACK: Color = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a transition.

    Attributes:
        color: What it dips to; None where one side goes straight into the other.
        as_meant: Whether its editor shows the same.
    """

    color: Color | None
    as_meant: bool


def shown_of(transition: Any) -> Shown:
    """Return what is shown of a transition: a dip, else a dissolve, whatever it is."""
    kept = [as_mapping(transition.metadata.get(key)) for key in (XMEML, FCPXML)]
    effect = as_mapping(kept[0].get("effect"))
    name, kind = str(transition.name or ""), str(transition.transition_type)
    names = [name, str(effect.get("effectid") or ""), str(effect.get("name") or "")]
    told = " ".join([*names, kind]).lower().replace("_", " ")
    named = next((color for word, color in _COLORS.items() if word in told), None)
    color_word = named is not None or "color" in told or "colour" in told
    if (color_word and any(word in told for word in _THROUGH)) or "dip" in told.split():
        ours = as_mapping(transition.metadata.get(KEY))
        own = color_in([ours.get("color"), effect.get("parameter")])
        return Shown(own or named or _BLACK, True)
    if kind == DISSOLVE:
        return Shown(None, not any(map(is_another, names)))
    return Shown(None, is_dissolve(kind, names[1] or name))
