"""JSON Schemas of every file and metadata block that this package writes."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def load_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind: of ``idolsync.clip/1`` that is ``clip``."""
    text = (resources.files(__name__) / f"{kind}.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]
