"""What was found in a file is found once, and never taken for what another file holds."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from otio_idolsync.errors import MediaError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.probe import probe, probe_each
from otio_idolsync.media.song import open_song
from otio_idolsync.media.stamp import file_stamp

LONG_AGO = 1_000_000_000


def settled(*paths):
    """Give files an old modification time, and wait until their change time is past."""
    for path in paths:
        os.utime(path, (LONG_AGO, LONG_AGO))
    time.sleep(0.06)


@pytest.fixture
def clip(coded, tmp_path):
    path = coded.clip(tmp_path / "a.mov", frames=10, rate="30000/1001", timecode="01:00:00;00")
    settled(path)
    return path


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def noted(cache, path):
    """Look at a file, and return what another run then knows."""
    known = KnownMedia(cache)
    known.info(path)
    known.save()
    return KnownMedia(cache)


def unread(monkeypatch):
    """Let nothing be looked at from now on."""

    def look(path):
        raise AssertionError(f"{path} is looked at again")

    for name in ("probe", "probe_each", "open_song", "file_digest"):
        monkeypatch.setattr(f"otio_idolsync.media.known.{name}", look)


def test_another_run_knows_what_a_file_holds_without_opening_it(
    clip, cache, tmp_path, beat_song, monkeypatch
):
    still = tmp_path / "still.png"
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(still)
    sound = Path(shutil.copy(beat_song, tmp_path / "song.wav"))
    settled(still, sound)
    told, song = [probe(clip), probe(still)], open_song(sound)
    known = noted(cache, clip)
    assert (known.info(still), known.song(sound)) == (told[1], song)
    digest = known.digest(clip)
    known.save()
    unread(monkeypatch)
    again = KnownMedia(cache)
    assert [again.info(clip), again.info(still)] == told
    assert (again.song(sound), again.digest(clip)) == (song, digest)


def test_of_many_files_only_the_new_ones_are_opened(clip, cache, coded, tmp_path, monkeypatch):
    other, broken = coded.clip(tmp_path / "b.mov", frames=5), tmp_path / "c.mov"
    broken.write_bytes(b"no movie at all")
    known = noted(cache, clip)
    opened = []

    def look(paths):
        opened.extend(paths)
        return probe_each(paths)

    monkeypatch.setattr("otio_idolsync.media.known.probe_each", look)
    found = list(known.infos([broken, clip, other, clip, tmp_path / "d.mov"]))
    assert opened == [broken, other]
    assert found[1:4] == [probe(clip), probe(other), probe(clip)]
    assert "c.mov cannot be read as a picture or video" in str(found[0])
    assert "d.mov cannot be read: No such file" in str(found[4])


@pytest.mark.parametrize("change", ["time", "size", "inode", "content alone"])
def test_a_file_that_changed_is_looked_at_again(clip, cache, coded, tmp_path, change):
    known = noted(cache, clip)
    before = clip.stat()
    other = coded.clip(tmp_path / "b.mov", frames=20)
    if change == "size":
        clip.write_bytes(other.read_bytes())
    else:
        other.write_bytes(other.read_bytes().ljust(before.st_size, b"\0"))
    if change == "inode":
        assert other.stat().st_size == before.st_size
        other.replace(clip)
    elif change != "size":
        with clip.open("r+b") as there:
            there.write(other.read_bytes())
    later = before.st_mtime_ns + (1 if change == "time" else 0)
    os.utime(clip, ns=(later, later))
    assert not known.unchanged(clip)
    assert known.info(clip) == probe(clip)
    assert known.info(clip).frames == 20


def test_a_file_that_was_only_marked_is_unchanged(clip, cache):
    known = KnownMedia(cache)
    known.digest(clip)
    stamp = file_stamp(clip)
    clip.chmod(0o600)
    assert file_stamp(clip) != stamp
    assert known.unchanged(clip)


def test_what_was_written_a_moment_ago_is_not_noted(clip, cache, monkeypatch):
    os.utime(clip)
    known = noted(cache, clip)
    unread(monkeypatch)
    with pytest.raises(AssertionError, match="looked at again"):
        known.info(clip)


@pytest.mark.parametrize("found", [None, [], ["video"], ["video", "1/0", 1, 0, 2, 2], {"a": 1}])
def test_a_damaged_note_is_none(clip, cache, found):
    noted(cache, clip)
    note = cache / "media.json"
    data = json.loads(note.read_text())
    (facts,) = data.values()
    (name,) = set(facts) - {"stamp"}
    note.write_text(json.dumps({str(clip): facts | {name: found}}))
    assert KnownMedia(cache).info(clip) == probe(clip)


def test_what_is_gone_is_named_even_where_it_was_known(clip, cache):
    known = noted(cache, clip)
    clip.unlink()
    with pytest.raises(MediaError, match="does not exist; check the path"):
        known.info(clip)
