"""A plan on disk, and a hand that edits it as native OTIO."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.resync.run import ResyncReport, resync

from .hand import SOUND_RATE, bounce
from .simulator import Editing, a_plan, opened, timeline_in_dialect


@dataclass
class Desk:
    """A planned cut and its files."""

    folder: Path
    sheet: SyncSheet

    @property
    def plan(self) -> Path:
        return self.folder / "cut.otio"

    def back(
        self,
        edit: Callable[[Editing], None] | None = None,
        timeline: Callable[[otio.schema.Timeline], None] | None = None,
        dialect: str = "native",
        **options: object,
    ) -> ResyncReport:
        """Edit the pieces, then the timeline, and take it back."""
        editing = opened(self.sheet)
        if edit:
            edit(editing)
        made = timeline_in_dialect(self.sheet, editing, dialect)
        if timeline:
            timeline(made)
        path = self.folder / "edited.otio"
        otio.adapters.write_to_file(made, str(path))
        return resync(path, self.plan, **options)  # type: ignore[arg-type]

    def first(self, role: str) -> int:
        """The index of a shot of a role, neither first nor last."""
        roles = [shot.metadata["role"] for shot in self.sheet.shots]
        return roles.index(role, 2)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a plan of 40 shots of all roles."""
    sheet = a_plan(random.Random(7), 40)
    write_sheet_files(sheet, tmp_path / "cut.otio")
    return Desk(tmp_path, sheet)


@pytest.fixture(scope="session")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song of 40 s of which no bar is like another."""
    rng, step = np.random.default_rng(11), SOUND_RATE // 4
    loud = np.repeat(rng.uniform(0.05, 1, 160), step) * np.tile(
        np.exp(-np.linspace(0, 4, step)), 160
    )
    samples = loud * rng.standard_normal(len(loud)).clip(-2, 2) / 2
    rest = np.zeros(40 * SOUND_RATE - len(samples))
    return bounce(tmp_path_factory.mktemp("uneven") / "uneven.wav", samples, rest)
