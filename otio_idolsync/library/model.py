"""A source that can be cast into a slot: the media and what the user said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otio_idolsync.errors import UsageError
from otio_idolsync.media.model import MediaInfo

SourceRole = Literal["broll", "performance", "lipsync"]
SOURCE_ROLES: tuple[SourceRole, ...] = ("broll", "performance", "lipsync")


@dataclass(frozen=True, slots=True)
class Source:
    """One clip, still or sequence of the shots folder.

    Attributes:
        media: What was probed.
        name: Short name for people: the file's stem.
        tags: Sub-folder names and tags from ``shots.toml``.
        role: ``broll`` (default), ``performance`` (filmed to playback) or ``lipsync`` (a face).
        performer: Who is seen, "" if unknown.
        energy: 0..1, or None when nobody said.
        window: Usable seconds after the first frame (start, end), or None for all of it.
        sync_offset: Song second at which the first frame lies (may be negative); a take that has
            one plays at its song position or not at all.
        mouth: Mouth anchor (x, y, width) as shares of the picture, or None.
        weight: How often it should be used against others; above 0.
        max_uses: Most uses in one timeline, or None.
    """

    media: MediaInfo
    name: str
    tags: frozenset[str] = frozenset()
    role: SourceRole = "broll"
    performer: str = ""
    energy: float | None = None
    window: tuple[float, float] | None = None
    sync_offset: float | None = None
    mouth: tuple[float, float, float] | None = None
    weight: float = 1.0
    max_uses: int | None = None

    def __post_init__(self) -> None:
        if self.role not in SOURCE_ROLES:
            raise UsageError(
                f"{self.name}: role {self.role!r} is none of {', '.join(SOURCE_ROLES)}"
            )
        if self.energy is not None and not 0 <= self.energy <= 1:
            raise UsageError(f"{self.name}: energy {self.energy} is outside 0 to 1")
        if not self.weight > 0:
            raise UsageError(f"{self.name}: weight {self.weight} must be above 0")
        if self.max_uses is not None and self.max_uses < 0:
            raise UsageError(f"{self.name}: max_uses {self.max_uses} must be 0 or more")
        if self.window and not 0 <= self.window[0] < self.window[1]:
            raise UsageError(f"{self.name}: window {self.window} must rise from 0 s or later")
