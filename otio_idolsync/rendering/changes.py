"""Say why a shot has to be made: what of it changed since this cut was last rendered.

After each render the facts that made the shots' keys are noted under the cut's id. They explain,
and decide nothing: what is made and what is reused follows from the keys alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.errors import OutputError
from otio_idolsync.media.cache import mark_used, written_beside

Facts = dict[str, Any]
NEVER = "it was never made for this cut"
GONE = "its file in the cache is gone or damaged"
_KINDS = {"media": "media", "slate": "a slate", "black": "black", "plate": "a colour"}
_PLAIN = {
    "renderer": "the version of the renderer",
    "libraries": "the version of the video libraries",
    "encoder": "the encoder's settings",
    "final": "the size of the movie that it is a draft of",
    "media": "the content of its media",
    "kind": "what kind of media it shows",
    "media_rate": "the rate of its images",
    "colours": "how its colours are converted",
    "profile": "how its colour profile is converted",
    "hdr": "how its HDR is converted",
    "fields": "how it is deinterlaced",
    "slate": "the text of its slate",
    "timecodes": "the timecode on its slate",
    "plate": "its colour",
    "burn_in": "its burnt-in text",
    "layers": "what lies over it, or mixes into it",
    "mixed": "how its layers are mixed",
    "compositor": "the version of the renderer",
}


class LastRender:
    """What is noted of the last render of one cut."""

    def __init__(self, root: Path, cut: str) -> None:
        """Take the cache folder and what the cut is known by."""
        name = hashlib.sha256(cut.encode()).hexdigest()
        self._note = root / "renders" / name[:2] / f"{name}.json"
        self._known = self._read()

    def why(self, shot_ids: Sequence[str], facts: Sequence[Facts]) -> list[str]:
        """Return for each shot why it cannot be reused, as far as is known."""
        names = _distinct(shot_ids)
        return [_why(self._known.get(name), now) for name, now in zip(names, facts, strict=True)]

    def write(self, shot_ids: Sequence[str], facts: Sequence[Facts]) -> None:
        """Note what the shots are made of now."""
        data = {"shots": dict(zip(_distinct(shot_ids), facts, strict=True))}
        if data["shots"] == self._known:
            mark_used(self._note)
            return
        # Without the note the next dry run only knows less.
        with contextlib.suppress(OutputError), written_beside(self._note) as temporary:
            temporary.write_text(json.dumps(data), encoding="utf-8")

    def _read(self) -> dict[str, Facts]:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))["shots"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return known if isinstance(known, dict) else {}


def _distinct(shot_ids: Sequence[str]) -> list[str]:
    """Tell shots of one name apart by their order."""
    seen: Counter[str] = Counter()
    names = []
    for shot_id in shot_ids:
        names.append(f"{shot_id}#{seen[shot_id]}" if seen[shot_id] else shot_id)
        seen[shot_id] += 1
    return names


def _why(before: Any, now: Facts) -> str:
    if not isinstance(before, dict):
        return NEVER
    before, now = json.loads(json.dumps([before, now]))
    said = _changed(before, now)
    content = before.get("content"), now["content"]
    if all(isinstance(part, dict) for part in content):
        kinds = tuple(_kind(part) for part in content)
        if kinds[0] != kinds[1]:
            said.append(f"it shows {kinds[1]} (was {kinds[0]})")
        else:
            said += _changed(*content)
    return "; ".join(dict.fromkeys(said)) or GONE


def _changed(before: Facts, now: Facts) -> list[str]:
    """Return a phrase for each fact that differs."""
    said = []
    for name in sorted(set(before) | set(now)):
        old, new = before.get(name), now.get(name)
        if old == new or name == "content":
            continue
        if name in _PLAIN:
            said.append(f"{_PLAIN[name]} changed")
        elif name == "frames":
            said.append(f"its length is {new} frames (was {old})")
        elif name == "start":
            said.append(f"its in-point is {_seconds(new)} (was {_seconds(old)})")
        elif name == "size":
            said.append(f"the picture is {_size(new)} (was {_size(old)})")
        else:
            said.append(f"its {name} is {new} (was {old})")
    return said


def _kind(content: Facts) -> str:
    return next((said for name, said in _KINDS.items() if name in content), "several layers")


def _seconds(text: Any) -> str:
    try:
        return f"{float(Fraction(text)):.3f} s"
    except (TypeError, ValueError, ZeroDivisionError):
        return str(text)


def _size(size: Any) -> str:
    return "x".join(map(str, size)) if isinstance(size, list) else str(size)
