"""Beat trackers of other packages: what is asked of them, and what is said where they lack."""

from __future__ import annotations

import sys
import types
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis import backends as module
from otio_idolsync.analysis.backends import KNOWN, find_backend
from otio_idolsync.analysis.peers import (
    BeatNetBeats,
    BeatThisBeats,
    EssentiaBeats,
    MadmomBeats,
)
from otio_idolsync.errors import UsageError

SILENCE = np.zeros(44100, np.float32)


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **contents: object) -> None:
    """Put a package in the place of one that need not be installed."""
    path = ""
    for part in name.split("."):
        parent, path = sys.modules.get(path), f"{path}.{part}".strip(".")
        if path not in sys.modules:
            monkeypatch.setitem(sys.modules, path, types.ModuleType(path))
        if parent is not None:
            monkeypatch.setattr(parent, part, sys.modules[path], raising=False)
    for key, value in contents.items():
        monkeypatch.setattr(sys.modules[name], key, value, raising=False)


@pytest.mark.parametrize("known", [k for k in KNOWN if k.install], ids=lambda k: k.name)
def test_an_absent_tracker_is_refused_with_its_install_command(
    known: module.KnownBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(module.metadata, "version", absent)
    with pytest.raises(UsageError, match="is not installed; run pip install") as refusal:
        find_backend(known.name)
    assert known.install in str(refusal.value)


@pytest.mark.parametrize("known", KNOWN, ids=lambda k: k.name)
def test_every_tracker_states_a_licence(known: module.KnownBackend) -> None:
    assert known.licence


def test_a_checkpoint_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"checkpoint '/no/model\.ckpt' .* is no file"):
        BeatThisBeats("/no/model.ckpt")


def test_a_path_is_refused_where_none_is_taken() -> None:
    with pytest.raises(UsageError, match="takes no ':'"):
        find_backend("librosa:/some/file")


def test_rows_of_time_and_place_become_beats_and_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.array([[0.5, 2.0], [1.0, 3.0], [1.5, 1.0]])
    stand_in(monkeypatch, "madmom.audio.signal", Signal=lambda *a, **k: a)
    stand_in(
        monkeypatch,
        "madmom.features.downbeats",
        RNNDownBeatProcessor=lambda: lambda signal: signal,
        DBNDownBeatTrackingProcessor=lambda **k: lambda heard: rows,
    )
    stand_in(
        monkeypatch,
        "BeatNet.BeatNet",
        BeatNet=lambda *a, **k: types.SimpleNamespace(process=lambda samples: rows),
    )
    for backend in (MadmomBeats(), BeatNetBeats()):
        found = backend.track(SILENCE, backend.sample_rate)
        assert found.beats.tolist() == [0.5, 1.0, 1.5]
        assert found.numbers is not None
        assert found.numbers.tolist() == [2, 3, 1]


def test_beats_without_bars_leave_bars_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    log = types.SimpleNamespace(infoActive=True)
    stand_in(monkeypatch, "essentia", log=log)
    stand_in(
        monkeypatch,
        "essentia.standard",
        BeatTrackerDegara=lambda: lambda samples: np.array([0.5, 1.0], np.float32),
    )
    found = EssentiaBeats().track(SILENCE, 44100)
    assert found.beats.tolist() == [0.5, 1.0]
    assert found.numbers is None


@pytest.mark.parametrize(
    ("downbeats", "numbers"),
    [([1.0, 3.0], [3, 4, 1, 2, 3, 4, 1]), ([], None), ([9.0], None)],
)
def test_downbeats_by_time_number_the_beats(
    downbeats: list[float],
    numbers: list[int] | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    beats = np.arange(0, 3.5, 0.5)

    def tracker(checkpoint: str, device: str) -> object:
        return lambda samples, rate: (beats, np.array(downbeats))

    stand_in(monkeypatch, "beat_this.inference", Audio2Beats=tracker)
    checkpoint = tmp_path / "model.ckpt"
    checkpoint.write_bytes(b"weights")
    found = BeatThisBeats(str(checkpoint)).track(SILENCE, 22050)
    assert (None if found.numbers is None else found.numbers.tolist()) == numbers
