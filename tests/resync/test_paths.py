"""A file is the same file however its URL is written."""

from __future__ import annotations

import pytest

from otio_idolsync.resync.flatten import file_name, file_path


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
    assert file_name(url) == "sparks.#.jpg"


def test_spaces_and_kanji_are_decoded() -> None:
    assert file_path("file:///a%20b/%E6%AD%8C.mov") == "/a b/歌.mov"
