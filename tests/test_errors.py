"""What a message quotes is kept in bounds, in the one place that all messages pass."""

from __future__ import annotations

import pytest

from otio_idolsync.errors import IdolsyncError, InterchangeError, brief


@pytest.mark.parametrize("kind", [IdolsyncError, InterchangeError])
def test_an_endless_name_is_told_by_its_ends(kind: type[IdolsyncError]) -> None:
    said = str(kind(f"clip 'first{'x' * 30_000_000}last' has no end; mend it"))
    assert len(said) < 1000
    assert said.startswith("clip 'first")
    assert said.endswith("last' has no end; mend it")


def test_a_list_of_files_is_told_in_full() -> None:
    files = "; ".join(f"media /a/folder/somewhere/{n:04d}.mov does not exist" for n in range(500))
    assert brief(f"500 media cannot be used: {files}").endswith(files)


def test_a_name_that_looks_like_a_list_is_bounded_too() -> None:
    assert len(brief("clip " + "a, " * 10_000_000)) < 200_000
    assert brief("a short one") == "a short one"
