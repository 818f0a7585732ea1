"""Run the command line in process, as a script would see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from otio_idolsync.cli import main


class Ran(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def go(*argv: object) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in argv])
        shown = capfd.readouterr()
        return Ran(int(stop.value.code or 0), shown.out, shown.err)

    return go
