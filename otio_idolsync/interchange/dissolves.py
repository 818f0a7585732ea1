"""Tell plain dissolves from other transitions by the name that an editor gives them.

Not by their category: of Premiere's dissolves only the Cross Dissolve is one, an Additive Dissolve
is a flash; and a Cross Zoom is no dissolve at all.
"""

from __future__ import annotations

import re

import opentimelineio as otio

DISSOLVE = str(otio.schema.TransitionTypes.SMPTE_Dissolve)
_DISSOLVES = ("", DISSOLVE, "CrossDissolve")
OTHER = str(otio.schema.TransitionTypes.Custom)
_PLAIN = frozenset(
    (
        "cross dissolve",
        "crossdissolve",
        "custom transition",
        "default transition",
        "dissolve",
        "fade",
        "fade in",
        "fade out",
        "mix",
        "smpte dissolve",
        "video dissolve",
    )
)
_SOUND = ("crossfade", "kgaudiotranscrossfade", "constantpower", "constantgain", "exponentialfade")
_TELLING = frozenset(("dissolve", "cross", "blend"))
_WORD = re.compile(r"[^\W\d_]+")


def is_plain_dissolve(name: str) -> bool:
    """Return whether an editor's name for a transition is that of a plain dissolve."""
    words = _WORD.findall(name.lower())
    return " ".join(words) in _PLAIN or "".join(words).startswith(_SOUND)


def is_dissolve(kind: str, name: str) -> bool:
    """Return whether a transition is a plain dissolve, by OTIO's type and its name."""
    return not is_another(name) if kind in _DISSOLVES else is_plain_dissolve(name)


def is_another(name: str) -> bool:
    """Return whether a name, which may be a person's, is that of some other effect of an editor."""
    return not is_plain_dissolve(name) and not _TELLING.isdisjoint(_WORD.findall(name.lower()))


def type_of(effect_id: str, name: str) -> str:
    """Return OTIO's type of the transition that an editor's file names."""
    return DISSOLVE if is_plain_dissolve(effect_id or name) else OTHER
