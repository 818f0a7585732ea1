"""What a message quotes is kept in bounds and in words, in the one place that all pass."""

from __future__ import annotations

import pytest

from otio_idolsync.errors import IdolsyncError, InterchangeError, brief, in_words, reason


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
    assert len(brief("clip " + "a, " * 1_000_000)) < 200_000
    assert brief("a short one") == "a short one"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ValueError: no mouth", "no mouth"),
        ("torch.cuda.OutOfMemoryError: too large", "too large"),
        ("it raised InvalidDataError, then ended", "it raised invalid data error, then ended"),
        ("Error opening output file", "error opening output file"),
        ("the mouth: KeyError: 'x'", "the mouth: key error: 'x'"),
        ("no error at all", "no error at all"),
    ],
)
def test_another_programs_words_lose_the_names_of_error_classes(said: str, words: str) -> None:
    assert in_words(said) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("hop"), "'hop' is missing"),
        (FileNotFoundError(2, "No such file or directory", "a.wav"), "No such file or directory"),
        (TypeError("'int' object is not iterable"), "a value is of another kind than it should be"),
        (RecursionError("maximum recursion depth"), "it is nested too deeply"),
        (NotImplementedError(), "not implemented error"),
        (ValueError("first line\nsecond"), "first line"),
        (IdolsyncError("one sentence"), "one sentence"),
    ],
)
def test_why_something_failed_is_said_in_words(error: Exception, words: str) -> None:
    assert reason(error) == words
