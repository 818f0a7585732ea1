"""Where the training scripts lie: beside the package, in the checkout only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[3] / "training"


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the training scripts, from which they can be imported during a test."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(TRAINING)
    yield TRAINING
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(TRAINING) in str(
            sys.modules[name].__file__
        ):
            del sys.modules[name]
