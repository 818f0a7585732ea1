"""What a check found: one thing that a person should look at, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "spine", "grid", "media", "stale", "placeholder",
    "frames", "rate", "sound", "level", "black", "frozen", "picture", "cut", "colour",
    "left_out",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        kind: What was checked.
        text: What is wrong, in a sentence.
        shot_id: The shot, "" where it is about the whole.
        frame: Timeline frame to look at, None where there is none.
        facts: Numbers behind the sentence, for scripts.
    """

    kind: Kind
    text: str
    shot_id: str = ""
    frame: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        where = {} if self.frame is None else {"frame": self.frame}
        return {
            "kind": self.kind,
            "shot_id": self.shot_id,
            "text": self.text,
            **where,
            **self.facts,
        }
