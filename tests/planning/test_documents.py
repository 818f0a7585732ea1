"""The planner's document says what the planner does."""

from __future__ import annotations

import re
from pathlib import Path

from otio_idolsync.planning.fitting import CAST_MEANINGS, CAST_WEIGHTS
from otio_idolsync.planning.objective import MEANINGS, WEIGHTS, worse_percent

TEXT = (Path(__file__).parents[2] / "docs" / "planning.md").read_text(encoding="utf-8")


def test_the_tables_are_the_weights_in_use() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([-+.e\d]+) \| (.+) \|$", TEXT, re.MULTILINE)
    wanted = [
        (name, f"{weight:g}", meanings[name])
        for weights, meanings in ((WEIGHTS, MEANINGS), (CAST_WEIGHTS, CAST_MEANINGS))
        for name, weight in weights.items()
    ]
    assert rows == wanted


def test_a_cost_in_per_cent_is_what_the_document_says() -> None:
    assert [worse_percent(cost) for cost in (0, 5, WEIGHTS["range"], 500)] == [0, 19, 63, 100]
    for said in ("19 % is off the downbeat", "63 % leaves the asked beats", "e^(-cost / 24)"):
        assert said in " ".join(TEXT.split())
    assert WEIGHTS["landing"] == 5
    assert WEIGHTS["range"] == 24
