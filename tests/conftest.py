"""Fixtures for all tests: real material, when the machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_SHARED = Path(os.environ.get("IDOLSYNC_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real songs, footage and judges; tests that need it skip where it is absent."""
    if not (_SHARED / "corpus").is_dir():
        pytest.skip(f"no real material at {_SHARED}; set $IDOLSYNC_SHARED to run this test")
    return _SHARED


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test off the user's cache, but let the tests of a run share analyses."""
    base = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("IDOLSYNC_CACHE", str(base))
