"""The cache shrinks by what was used longest ago, and a running render never notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from otio_idolsync.errors import OutputError, UsageError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.rendering.cleaning import clean, objects, parse_bytes, stats
from otio_idolsync.rendering.store import Store


def keep(store: Store, number: int, used: float, kind: str = "shots", size: int = 1000) -> str:
    """Add an object that was last used at a time."""
    key = f"{number:064x}"
    with store.adding(kind, key, ".mp4", {}) as target:
        target.write_bytes(bytes(size))
    path = store.path(kind, key, ".mp4")
    for file in (path, path.with_suffix(".json")):
        os.utime(file, (used, used))
    return key


def left(root: Path) -> set[str]:
    return {entry.key for entry in objects(root)}


def test_what_was_used_longest_ago_goes_first(tmp_path):
    store = Store(tmp_path)
    keys = [keep(store, number, 1000 + number) for number in range(4)]
    assert store.find("shots", keys[0], ".mp4") is not None  # the oldest is used again
    each = objects(tmp_path)[0].size
    done = clean(tmp_path, 2 * each + 50)
    assert (done.removed, done.in_use) == (2, 0)
    assert left(tmp_path) == {keys[0], keys[3]}
    assert done.left == sum(entry.size for entry in objects(tmp_path))
    assert clean(tmp_path, 2 * each + 50).removed == 0


def test_songs_and_analyses_are_cleaned_and_what_else_lies_there_is_not(tmp_path):
    store = Store(tmp_path)
    keep(store, 1, 1000, "songs")
    analysis = tmp_path / "analysis" / f"{2:032x}.npz"
    analysis.parent.mkdir()
    analysis.write_bytes(bytes(500))
    others = [tmp_path / "photo.jpg", tmp_path / "trip" / "notes.txt", tmp_path / "media.json"]
    others.append(tmp_path / "written" / f"{3:064x}.json")
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_text("{}")
    assert set(stats(tmp_path)["kinds"]) == {"songs", "analysis"}
    assert clean(tmp_path, 0).removed == 2
    assert not left(tmp_path)
    assert all(other.exists() for other in others)


def test_what_a_running_render_uses_stays(tmp_path):
    store = Store(tmp_path)
    keys = [keep(store, number, 1000 + number) for number in range(3)]
    with store.using(keys[:2]):
        done = clean(tmp_path, 0)
        assert (done.removed, done.in_use) == (1, 2)
        assert left(tmp_path) == set(keys[:2])
        assert stats(tmp_path)["in_use"] == 2
    assert clean(tmp_path, 0).removed == 2


def test_what_a_killed_render_had_announced_goes_and_so_do_its_leftovers(tmp_path):
    key = keep(Store(tmp_path), 1, 1000)
    code = (
        "import os; from pathlib import Path\nfrom otio_idolsync.rendering.store import Store\n"
        f"s = Store(Path({str(tmp_path)!r}))\n"
        f"u = s.using([{key!r}]); u.__enter__()\n"
        "a = s.adding('shots', 'ab' * 32, '.mp4', {}); a.__enter__().write_bytes(bytes(70))\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=False)
    assert stats(tmp_path)["leftovers"] == 2
    done = clean(tmp_path, 10**9)
    assert (done.removed, done.freed > 70, left(tmp_path)) == (0, True, {key})
    assert stats(tmp_path)["leftovers"] == 0
    assert clean(tmp_path, 0).removed == 1


def test_a_long_render_is_not_taken_for_a_dead_one(tmp_path):
    store = Store(tmp_path)
    key = keep(store, 1, 1000)
    with store.using([key]):
        for note in (tmp_path / "tmp").iterdir():
            os.utime(note, (1, 1))
        store.sweep()
        assert clean(tmp_path, 0).in_use == 1


def test_a_render_announces_its_shots_and_its_song(project):
    project.shot(project.media("a.mp4"), 0, 24)
    project.song()
    seen: list[set[str]] = []
    store = Store(project.folder / "cache")

    def look(stage: str, share: float) -> None:
        if stage == "encoding shots":
            seen.append(store.used())

    from otio_idolsync import render

    report = render(
        project.save(), project.folder / "m.mp4", cache=store.root, size="160x90", progress=look
    )
    assert report.shots[0].key in seen[0]
    assert len(seen[0]) == 2
    assert store.used() == set()


def test_cleaning_an_empty_or_missing_cache_is_nothing(tmp_path):
    assert clean(tmp_path / "none", 0).removed == 0
    assert stats(tmp_path / "none")["bytes"] == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("5GB", 5 * 10**9), ("1.5 MB", 1500000), ("2GiB", 2**31), ("7", 7)]
)
def test_sizes_are_read_as_written(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "5 apples", "-1GB", "GB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="write 5GB"):
        parse_bytes(text)


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    keep(Store(tmp_path), 1, 1000)
    monkeypatch.setattr(Path, "unlink", _refuse)
    with pytest.raises(OutputError, match="cannot be cleaned: Read-only"):
        clean(tmp_path, 0)


def _refuse(*_args, **_kwargs):
    raise OSError(30, "Read-only file system")


def test_the_commands_answer_people_and_scripts(tmp_path, capfd):
    from otio_idolsync.cli import main

    keep(Store(tmp_path), 1, 1000)
    for argv, wanted in (
        (["stats"], "shots"),
        (["stats", "--json"], '"objects": 1'),
        (["gc", "--max-size", "0", "--json"], '"removed": 1'),
        (["gc", "--max-size", "0"], "removed 0 objects"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["cache", *argv, "--cache", str(tmp_path)])
        out, err = capfd.readouterr()
        assert stop.value.code == 0, err
        assert wanted in out
        if "--json" in argv:
            json.loads(out)
    assert cache_folder(tmp_path) == tmp_path
