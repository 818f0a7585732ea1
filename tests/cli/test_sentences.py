"""Whatever a command is given, what it says is a sentence for people, not for programmers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
# names of error classes, and what Python or a library calls its own things
PROGRAMMERS_WORDS = re.compile(
    r"\b(\w*[a-z])?Error\b|\bException|Traceback|\bNoneType|\bAnyDictionary|\bobject (is|has)\b"
    r"|\bunexpected\b|\b__|'(int|str|list|dict|float)'"
)
DAMAGED = {
    "nothing": b"",
    "bytes": bytes(range(256)) * 20,
    "text": b"This is a letter.\n" * 30,
    "utf-16": "a letter".encode("utf-16"),
    "list": b"[1, 2, 3]",
    "null": b"null",
    "braces": b"{}",
    "nested": b"[" * 100_000,
    "half a png": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "half a wav": b"RIFF\0\0\0\0WAVEfmt " + bytes(60),
    "half a midi": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\5",
    "half a toml": b"a = [",
    "half an xmeml": b"<?xml version='1.0'?><xmeml version='5'><sequence>",
    "odd xmeml": b"<?xml version='1.0'?><xmeml version='5'><sequence><rate><timebase>x</timebase>"
    b"</rate><media><video><track><clipitem><start>q</start></clipitem></track></video></media>"
    b"</sequence></xmeml>",
    "odd fcpxml": b"<?xml version='1.0'?><!DOCTYPE fcpxml><fcpxml version='1.9'><resources/>"
    b"<project><sequence format='r1'><spine><asset-clip ref='r9' duration='x'/></spine></sequence>"
    b"</project></fcpxml>",
    "odd edl": b"TITLE: x\n001 AX V C 99:99:99:99 00:00:01:00 00:00:00:00 00:00:01:00\n",
    "new otio": b'{"OTIO_SCHEMA": "Timeline.99", "name": "x"}',
    "a clip": b'{"OTIO_SCHEMA": "Clip.2", "name": "x"}',
    "no tracks": b'{"OTIO_SCHEMA": "Timeline.1", "name": "x"}',
    "odd tracks": b'{"OTIO_SCHEMA": "Timeline.1", "name": 3, "tracks": 4}',
    "foreign": b'{"OTIO_SCHEMA": "Banana.1", "name": 3}',
    "a job": b'{"schema": "idolsync.shot/1"}',
    "odd job": b'{"schema": "idolsync.shot/1", "output": 3, "job": {}, "key": 1, "cache": 2}',
}
COMMANDS: dict[str, Callable[[Path, Path, Path], tuple[object, ...]]] = {
    "plan SONG": lambda f, d, o: ("plan", f, "-o", o / "x.otio"),
    "plan SHOTS": lambda f, d, o: ("plan", d / "song.wav", f, "-o", o / "x.otio"),
    "plan --grid": lambda f, d, o: ("plan", d / "song.wav", "-o", o / "x.otio", "--grid", f),
    "plan --keep": lambda f, d, o: ("plan", d / "song.wav", "-o", o / "x.otio", "--keep", f),
    "plan --pacing": lambda f, d, o: ("plan", d / "song.wav", "-o", o / "x.otio", "--pacing", f),
    "analyze --tap": lambda f, d, o: ("analyze", d / "song.wav", "--tap", f),
    "analyze --vocals": lambda f, d, o: ("analyze", d / "song.wav", "--vocals", f),
    "explain": lambda f, d, o: ("explain", f),
    "export": lambda f, d, o: ("export", f, "-o", o / "x.xml", "--for", "resolve"),
    "export fcp": lambda f, d, o: ("export", f, "-o", o / "x.fcpxml", "--for", "fcp"),
    "resync": lambda f, d, o: ("resync", f, "--plan", d / "cut.otio", "-o", o / "x.otio"),
    "resync --plan": lambda f, d, o: ("resync", d / "cut.otio", "--plan", f, "-o", o / "x.otio"),
    "adopt": lambda f, d, o: ("adopt", f, d / "song.wav", "-o", o / "x.otio"),
    "adopt SONG": lambda f, d, o: ("adopt", d / "cut.otio", f, "-o", o / "x.otio"),
    "snap": lambda f, d, o: ("snap", f, "--to", "beats", "-o", o / "x.otio"),
    "render": lambda f, d, o: ("render", f, "-o", o / "x.mp4", "--dry-run"),
    "check": lambda f, d, o: ("check", f),
    "check MOVIE": lambda f, d, o: ("check", d / "cut.otio", f),
    "proxies": lambda f, d, o: ("proxies", f, "-o", o / "x.otio"),
    "shot": lambda f, d, o: ("shot", f),
}


def said_plainly(ran: Any) -> None:
    """Assert that a failure is one sentence, and that nothing said is for programmers."""
    failed = ran.status not in (0, 3)
    lines = ran.err.splitlines()
    assert [line for line in lines if line.startswith("Error: ")] == lines[-1:] * failed, ran.err
    assert not PROGRAMMERS_WORDS.search(ran.err.replace("Error: ", "", 1)), ran.err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, beat_song: Path) -> Iterator[Path]:
    """A folder with a song, its cut, and damaged files of every kind."""
    from otio_idolsync import plan
    from otio_idolsync.cut.files import write_sheet_files

    folder = tmp_path_factory.mktemp("damaged")
    (folder / "song.wav").write_bytes(beat_song.read_bytes())
    write_sheet_files(plan(folder / "song.wav").sheet, folder / "cut.otio")
    for name, data in DAMAGED.items():
        (folder / name).write_bytes(data)
    cut = json.loads((folder / "cut.otio").read_text())
    del cut["tracks"]["children"][0]["children"][0]["source_range"]["duration"]["rate"]
    (folder / "no rate").write_text(json.dumps(cut))
    yield folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_damaged_file_is_one_sentence_without_a_programmers_word(
    run: Run, folder: Path, tmp_path: Path, command: str
) -> None:
    failed = 0
    for name in (*DAMAGED, "no rate", "none"):
        ran = run(*COMMANDS[command](folder / name, folder, tmp_path))
        said_plainly(ran)
        failed += ran.status in (1, 2)
        assert ran.status in (0, 3) or not list(tmp_path.iterdir()), name
        for output in tmp_path.iterdir():
            output.unlink()
    assert failed > len(DAMAGED) - 4  # an empty profile is one, and so is a list of two moments


@pytest.mark.parametrize(
    ("where", "value", "sentence"),
    [
        ((), [1], "is no JSON object but [1]"),
        (("settings",), 3, "has settings = 3, which should be an object; take the file as"),
        (("settings", "rate"), "abc", "frame rate 'abc' is not a number"),
        (("settings", "size"), [1], "in the timeline's settings, size '1' is not understood"),
        (("grid",), {"beats": "x"}, "grid.beats = 'x', which should be a list of numbers"),
        (("grid", "beats"), [1.0], "has 1 beats and"),
        (("next_shot",), "one", "next_shot = 'one', which should be a whole number"),
        (("schema",), "idolsync.timeline/9", "version 9 is newer than version 1"),
    ],
)
def test_a_block_of_ours_that_somebody_broke_is_named_with_what_belongs_there(
    run: Run, folder: Path, tmp_path: Path, where: tuple[str, ...], value: Any, sentence: str
) -> None:
    cut = json.loads((folder / "cut.otio").read_text())
    holder = cut["metadata"]
    for key in ("idolsync", *where)[:-1]:
        holder = holder[key]
    holder[("idolsync", *where)[-1]] = value
    (tmp_path / "broken.otio").write_text(json.dumps(cut))
    for command in ("explain", "resync --plan", "render", "check", "snap", "adopt"):
        ran = run(*COMMANDS[command](tmp_path / "broken.otio", folder, tmp_path))
        said_plainly(ran)
        assert ran.status == 0 or sentence in ran.err, command
    assert sentence in run("explain", tmp_path / "broken.otio").err
    for command in ("export", "proxies"):  # a block is carried as it is, or not looked at
        said_plainly(run(*COMMANDS[command](tmp_path / "broken.otio", folder, tmp_path)))


def test_a_clips_block_that_somebody_broke_is_named(run: Run, folder: Path, tmp_path: Path) -> None:
    cut = json.loads((folder / "cut.otio").read_text())
    clip = cut["tracks"]["children"][0]["children"][0]
    for value, sentence in (
        (7, "is 7, not a block"),
        (clip["metadata"]["idolsync"] | {"reason": 7}, "has reason = 7, which should be an object"),
    ):
        clip["metadata"]["idolsync"] = value
        (tmp_path / "broken.otio").write_text(json.dumps(cut))
        ran = run(*COMMANDS["resync --plan"](tmp_path / "broken.otio", folder, tmp_path))
        said_plainly(ran)
        assert sentence in ran.err
        said_plainly(run(*COMMANDS["render"](tmp_path / "broken.otio", folder, tmp_path)))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "plan --pacing"])
def test_an_address_is_called_one(run: Run, folder: Path, tmp_path: Path, command: str) -> None:
    ran = run(*COMMANDS[command](Path("https://example.org/a file"), folder, tmp_path))
    said_plainly(ran)
    assert "https://example.org/a file is an address (URL); download it" in ran.err


def test_an_output_that_is_an_address_is_called_one(run: Run, folder: Path) -> None:
    for output in ("http://example.org/x.otio", "file:///nowhere/x.otio"):
        ran = run("plan", folder / "song.wav", "-o", output)
        said_plainly(ran)
        assert f"output {output} is an address (URL); name a file on this machine" in ran.err
    ran = run("render", folder / "cut.otio", "-o", "http://example.org/x.mp4")
    assert "output http://example.org/x.mp4 is an address" in ran.err


def test_the_address_of_a_file_is_answered_with_its_path(run: Run) -> None:
    ran = run("explain", "file:///films/a%20cut.otio")
    assert "file:///films/a%20cut.otio is an address (URL); give the path /films/a%20cut.otio" in (
        ran.err
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pln"], "no command is called pln (did you mean plan?); see idolsync --help"),
        (["Rendr"], "no command is called Rendr (did you mean render?); see idolsync --help"),
        (["xyz"], "no command is called xyz; see idolsync --help"),
        (["plan", "a", "--siz", "1"], "no option is called --siz (did you mean --size?); see idol"),
        (["render", "--dryrun"], "--dryrun (did you mean --dry-run?); see idolsync render --help"),
        (["plan", "--zzz"], "no option is called --zzz; see idolsync plan --help"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(
    run: Run, words: list[str], sentence: str
) -> None:
    ran = run(*words)
    assert ran.status == 2
    assert sentence in ran.err
