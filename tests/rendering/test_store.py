"""Nothing in the cache is trusted that does not match what was written."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from otio_idolsync.errors import OutputError
from otio_idolsync.media.outputs import check_outputs
from otio_idolsync.rendering.store import STALE_SECONDS, Store

KEY = "ab" + "0" * 62


def put(store: Store, content: bytes = b"content") -> None:
    with store.adding("shots", KEY, ".mp4", {"frames": 3}) as temporary:
        temporary.write_bytes(content)


def test_what_was_added_is_found_with_what_is_known_of_it(tmp_path):
    store = Store(tmp_path)
    assert store.find("shots", KEY, ".mp4") is None
    put(store)
    known = store.find("shots", KEY, ".mp4")
    assert known is not None
    assert known["frames"] == 3
    assert store.path("shots", KEY, ".mp4") == tmp_path / "shots" / "ab" / f"{KEY}.mp4"


def test_a_failed_addition_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.adding("shots", KEY, ".mp4", {}) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert store.find("shots", KEY, ".mp4") is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("damage", [b"contenT", b"conten", b"", b"content+"])
def test_damage_is_found(tmp_path, damage):
    store = Store(tmp_path)
    put(store)
    store.path("shots", KEY, ".mp4").write_bytes(damage)
    assert store.find("shots", KEY, ".mp4") is None
    put(store)
    assert store.find("shots", KEY, ".mp4") is not None


@pytest.mark.parametrize("sidecar", ["", "{}", "[1]", "null", '{"size": 7, "sha256": 5}'])
def test_a_broken_sidecar_is_no_object(tmp_path, sidecar):
    store = Store(tmp_path)
    put(store)
    store.path("shots", KEY, ".json").write_text(sidecar)
    assert store.find("shots", KEY, ".mp4") is None


def test_leftovers_of_dead_and_old_runs_are_swept_and_living_ones_kept(tmp_path):
    store = Store(tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = tmp_path / "tmp"
    folder.mkdir()
    host = store._host
    names = {"dead": f"{host}-{dead.pid}-a.mp4", "mine": f"{host}-{os.getpid()}-b.mp4"}
    names |= {"old": "elsewhere-1-c.mp4", "other": "elsewhere-1-d.mp4"}
    paths = {who: folder / name for who, name in names.items()}
    for path in paths.values():
        path.write_bytes(b"half")
    past = time.time() - STALE_SECONDS - 10
    os.utime(paths["old"], (past, past))
    store.sweep()
    assert {who for who, path in paths.items() if path.exists()} == {"mine", "other"}


def test_a_cache_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        put(Store(tmp_path / "file" / "cache"))


def test_a_cache_out_of_reach_is_one_sentence(tmp_path):
    store = Store(tmp_path / ("x" * 300))
    store.sweep()
    with store.using([KEY]):
        assert store.used() == set()
    with pytest.raises(OutputError, match="cannot be written"):
        put(store)


def test_an_output_folder_that_cannot_be_written_is_named_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OutputError, match=r"output folder .+ cannot be written; choose another"):
        check_outputs(tmp_path / "final.mp4")
