"""A file is the same file however its URL is written."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from otio_idolsync.cut.url import name_in, path_in
from otio_idolsync.resync.flatten import media_key, reference_url

from .conftest import Desk


@pytest.mark.parametrize(
    "url",
    [
        "shots/sparks/sparks.#.jpg",
        "file:///tmp/shots/sparks/sparks.#.jpg",
        "file://localhost/tmp/shots/sparks/sparks.%23.jpg",
        "C:\\shots\\sparks\\sparks.#.jpg",
    ],
)
def test_a_sequence_has_one_name_in_every_kind_of_url(url: str) -> None:
    assert name_in(url) == "sparks.#.jpg"


@pytest.mark.parametrize(
    "name", ["sparks.%04d.jpg", "sparks.{:04d}.jpg", "sparks.####.jpg", "sparks.[0001-0100].jpg"]
)
def test_a_sequence_is_the_same_however_its_numbers_are_written(name: str) -> None:
    planned = otio.schema.ImageSequenceReference("file:///m/", "sparks.", ".jpg", 1)
    assert media_key(f"file:///m/{name}") == media_key(reference_url(planned), planned)
    assert media_key("file:///m/take [1-2].mov") == "take [1-2].mov"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://localhost/C%3a/takes/A%2003.mov", "C:/takes/A 03.mov"),
        ("file:///C:/takes/A%2003.mov", "C:/takes/A 03.mov"),
        ("C:\\takes\\A 03.mov", "C:/takes/A 03.mov"),
        ("file://nas/share/A%2003.mov", "//nas/share/A 03.mov"),
        ("\\\\nas\\share\\A 03.mov", "//nas/share/A 03.mov"),
        ("file:///Volumes/SSD/A%2003.mov", "/Volumes/SSD/A 03.mov"),
    ],
)
def test_a_file_has_one_path_in_every_form_of_every_system(url: str, path: str) -> None:
    assert path_in(url) == path


@pytest.mark.parametrize(
    ("written", "old"),
    [
        ("file://localhost/C%3a/foot%20age/", "C:/foot age"),
        ("file:///C:/foot%20age/", "C:\\foot age"),
        ("file:///Volumes/SSD/", "/Volumes/SSD"),
        ("file://nas/share/", "\\\\nas\\share"),
    ],
)
@pytest.mark.parametrize("proxy", ["", "_Proxy"])
def test_moved_media_and_proxies_are_found_by_map(
    desk: Desk, written: str, old: str, proxy: str
) -> None:
    def move(timeline: otio.schema.Timeline) -> None:
        for clip in timeline.video_tracks()[0]:
            name = clip.media_reference.target_url.rsplit("/", 1)[1]
            clip.name = name.replace(".mov", f"{proxy}.mov")
            clip.media_reference.target_url = written + clip.name

    done = desk.back(timeline=move, dialect="resolve", mapping=[f"{old}=/takes"])
    assert {r.change for r in done.comparison.shots} == {"kept"}
    assert done.sheet == desk.sheet
    assert ("path" in done.comparison.shots[0].evidence) is (not proxy)


def test_spaces_and_kanji_are_decoded() -> None:
    assert path_in("file:///a%20b/%E6%AD%8C.mov") == "/a b/歌.mov"


def test_relative_media_hold_in_the_folder_of_the_next_cut(desk, tmp_path: Path) -> None:
    def relative(timeline: otio.schema.Timeline) -> None:
        for clip in timeline.find_clips():
            for reference in clip.media_references().values():
                if isinstance(reference, otio.schema.ExternalReference):
                    reference.target_url = Path(reference.target_url).name

    plan = otio.adapters.read_from_file(str(desk.plan))
    relative(plan)
    otio.adapters.write_to_file(plan, str(desk.plan))
    for place, expected in (("next.otio", "{}"), ("later/next.otio", "../{}")):
        done = desk.back(timeline=relative, output=tmp_path / place)
        urls = {
            reference.target_url
            for clip in done.timeline.find_clips()
            for reference in clip.media_references().values()
            if isinstance(reference, otio.schema.ExternalReference)
        }
        assert urls == {expected.format(Path(url).name) for url in urls}
        assert done.sheet.spine.url == expected.format(Path(done.sheet.spine.url).name)
