"""The planner's document says what the planner does."""

from __future__ import annotations

import re
from pathlib import Path

from otio_idolsync.planning.fitting import CAST_MEANINGS, CAST_WEIGHTS
from otio_idolsync.planning.objective import MEANINGS, WEIGHTS

TEXT = (Path(__file__).parents[2] / "docs" / "planning.md").read_text(encoding="utf-8")


def test_the_tables_are_the_weights_in_use() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([-+.e\d]+) \| (.+) \|$", TEXT, re.MULTILINE)
    wanted = [
        (name, f"{weight:g}", meanings[name])
        for weights, meanings in ((WEIGHTS, MEANINGS), (CAST_WEIGHTS, CAST_MEANINGS))
        for name, weight in weights.items()
    ]
    assert rows == wanted
