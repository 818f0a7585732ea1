"""What is alike is said once, and nothing is lost on the way."""

from __future__ import annotations

from otio_idolsync.cut.remark import Remark, grouped


def test_what_is_true_of_many_shots_is_said_once_where_the_first_stood() -> None:
    said = [Remark(f"S{n:03d}", "no mouth anchor") for n in range(3, 15)]
    assert grouped(["before", *said[:5], "between", *said[5:]], most=2) == [
        "before",
        "12 shots: no mouth anchor (S003, S004, …)",
        "between",
    ]


def test_what_is_true_of_one_alone_stays_a_sentence_of_its_own() -> None:
    one = Remark("S001", "slates: a.mp4 is missing", "S001 is a slate: a.mp4 is missing")
    other = Remark("S002", "slates: b.mp4 is missing")
    assert grouped([one, other, one]) == [
        "S001 is a slate: a.mp4 is missing",
        "S002: slates: b.mp4 is missing",
    ]


def test_all_are_named_where_that_is_asked_for() -> None:
    said = [Remark(f"{n}.mp4", "is interlaced", f"{n}.mp4 is interlaced", "files") for n in "abc"]
    assert grouped(said, most=None) == ["3 files: is interlaced (a.mp4, b.mp4, c.mp4)"]
    assert grouped(said, most=1) == ["3 files: is interlaced (a.mp4, …)"]
