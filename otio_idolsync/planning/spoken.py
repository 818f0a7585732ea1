"""Times, places and counts as a director would say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from otio_idolsync.analysis.model import Section

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def minutes(seconds: float) -> str:
    """Return a time as ``01:02.1``."""
    tenths = int(seconds * 10 + 0.5)
    whole, tenth = divmod(tenths, 10)
    return f"{whole // 60:02d}:{whole % 60:02d}.{tenth}"


def ordinal(number: int) -> str:
    """Return ``first``, ``second`` … ``eighth``, then ``9th``."""
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"


def plural(number: int, thing: str) -> str:
    """Return ``1 beat`` or ``2 beats``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def section_names(sections: Sequence[Section]) -> list[str]:
    """Return a name for each section, in order: ``verse 2``, ``bridge``, ``section B``."""
    names = [s.name or f"section {s.label}".strip() for s in sections]
    total, seen, spoken = Counter(names), Counter[str](), []
    for name, section in zip(names, sections, strict=True):
        seen[name] += 1
        numbered = section.name and total[name] > 1
        spoken.append(f"{name} {seen[name]}" if numbered else name)
    return spoken
