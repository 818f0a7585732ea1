"""What fuzzing has found stays mended, and the judge that finds it is no pushover."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("the fuzzer's bounds are Linux's", allow_module_level=True)

import oracle
from mutate import accident
from oracle import FORMATS, Fault, judge
from seeds import FOUND, seeds

from otio_idolsync.errors import InterchangeError, TimelineError

CASES = sorted(path for path in FOUND.iterdir() if path.suffix[1:] in FORMATS)


def test_there_are_found_cases() -> None:
    assert len(CASES) > 3


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_that_fuzzing_found_stays_mended(path: Path) -> None:
    verdict = judge(FORMATS[path.suffix[1:]], path.read_bytes())
    assert verdict in {"read", "refused", "read, not written"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_the_fuzzer_begins_with_is_read_and_lasts(name: str) -> None:
    made = seeds(name)[: {"xml": 4, "fcpxml": 4, "markers": 2, "edl": 1}[name]]
    assert {judge(FORMATS[name], data) for data in made} == {"read"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_same_seed_makes_the_same_accidents(name: str) -> None:
    made = seeds(name)[:2]
    one, two = ([accident(made[0], made, random.Random(i)) for i in range(20)] for _ in "12")
    assert one == two
    assert len({*one, made[0]}) > 15


def _raise(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda _: _raise(ValueError("oops")), "ValueError: oops"),
        (lambda _: _raise(InterchangeError("two\nlines")), "no sentence"),
        (lambda _: _raise(TimelineError("long, " * 999)), "no sentence"),
        (lambda _: Path("/etc/hostname").read_text(), "open"),
        (lambda _: socket.create_connection(("127.0.0.1", 9)), "socket"),
        (lambda _: bytearray(64 << 30), "MemoryError"),
    ],
)
def test_a_reader_that_misbehaves_is_told_on(read: Callable[[bytes], Any], says: str) -> None:
    with pytest.raises(Fault, match=says):
        judge(replace(FORMATS["xml"], read=read), b"")


def test_a_reader_that_does_not_end_is_told_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "SECONDS", 0.4)

    def endless(_data: bytes) -> Any:
        while True:
            pass

    with pytest.raises(Fault, match="a hang"):
        judge(replace(FORMATS["xml"], read=endless), b"")


def test_a_writer_that_loses_a_clip_is_told_on() -> None:
    form = FORMATS["xml"]

    def careless(found: Any) -> str:
        less = found.clone()
        del less.tracks[0][0]
        return form.write(less)

    with pytest.raises(Fault, match="another timeline"):
        judge(replace(form, write=careless), seeds("xml")[0])
