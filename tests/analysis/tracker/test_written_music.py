"""Music that people wrote keeps its bars when the network learns from it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

JIG = """X: 1
T: A jig
M: 6/8
L: 1/8
K: G
d | BGG AFD | G>AB (3ABA G | z3 [Bd]cB- | BGF G3 |
"""


@pytest.fixture
def written(training: Path) -> SimpleNamespace:
    import accompany
    import paper
    import tunes
    import written

    return SimpleNamespace(accompany=accompany, paper=paper, tunes=tunes, played=written)


def _read(written: SimpleNamespace, folder: Path, text: str) -> list:
    path = folder / "tunes.abc"
    path.write_text(text)
    return written.tunes.read_tunes(path)


def test_a_tune_keeps_its_pickup_its_dots_and_its_key(
    written: SimpleNamespace, tmp_path: Path
) -> None:
    (tune,) = _read(written, tmp_path, JIG + "GFG AFA | " * 6)
    assert (tune.beats, tune.compound, tune.sharps, tune.bars) == (2, True, 1, 10)
    starts = [round(n.start * 3, 3) for n in tune.notes[:14]]
    assert starts == [-1, 0, 1, 2, 3, 4, 5, 6, 7.5, 8, 9, 9.667, 10.333, 11]
    assert tune.notes[14].start * 3 == pytest.approx(15), "after a rest"
    assert tune.notes[5].key == 66, "F is sharp in G"


def test_a_tune_with_a_bar_too_short_is_left_out(written: SimpleNamespace, tmp_path: Path) -> None:
    waltz = "X: 1\nM: 3/4\nL: 1/4\nK: C\n" + "C E G | " * 9
    assert len(_read(written, tmp_path, waltz)) == 1
    assert _read(written, tmp_path, waltz.replace("C E G", "C E", 4)) == []


def test_a_bar_divided_by_a_repeat_is_one_bar(written: SimpleNamespace, tmp_path: Path) -> None:
    song = "X: 1\nM: 3/4\nL: 1/4\nK: C\nG | " + "C E G | " * 4 + "C2 :|: G | " + "C E G | " * 5
    (tune,) = _read(written, tmp_path, song)
    assert tune.bars == 10
    assert {round(n.start % 3) for n in tune.notes if n.key == 60} == {0}


def _midi(metre: tuple[int, int], notes: list[tuple[int, int, int]]) -> bytes:
    """Return a file of 96 ticks a quarter at 150 BPM: (tick, channel, key), each 48 ticks long."""
    body = bytes([0, 0xFF, 0x58, 4, *metre, 24, 8, 0, 0xFF, 0x51, 3, *(400000).to_bytes(3, "big")])
    body += bytes([0, 0xC0, 24])
    now = 0
    for tick, channel, key in notes:
        body += bytes([tick - now, 0x90 | channel, key, 100, 48, 0x80 | channel, key, 0])
        now = tick + 48
    body += bytes([0, 0xFF, 0x2F, 0])
    head = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1, 0, 96])
    return head + b"MTrk" + len(body).to_bytes(4, "big") + body


def test_a_midi_file_tells_its_bars_and_tempo(written: SimpleNamespace) -> None:
    notes = [(96 * k, 9 if k % 3 == 0 else 0, 36 + k % 3) for k in range(12)]
    piece = written.paper.read_midi("waltz", _midi((3, 2), notes))
    assert [n.start for n in piece.notes] == list(range(12))
    assert piece.numbers[:6].tolist() == [1, 2, 3, 1, 2, 3]
    assert np.allclose(piece.bpm, 150)
    assert {n.program for n in piece.notes if n.channel == 0} == {24}
    assert written.paper.grid_share(piece) == 1.0
    assert not written.paper.starts_bars(piece), "each beat has as many notes"
    assert written.paper.starts_most(piece)
    assert written.paper.lowest_begin(piece), "the bass drum is on each first"


def test_a_file_that_begins_off_its_grid_is_told(written: SimpleNamespace) -> None:
    late = [(96 * k + 48, 9, 36) for k in range(12)]
    assert not written.paper.starts_most(written.paper.read_midi("late", _midi((4, 2), late)))
    second = [(96 * k, 9 if k % 2 else 0, 36) for k in range(12)]
    assert not written.paper.lowest_begin(written.paper.read_midi("other", _midi((2, 2), second)))
    tune = [(96 * k, 0, 60) for k in range(12)]
    assert not written.paper.lowest_begin(written.paper.read_midi("no bass", _midi((4, 2), tune)))


def test_six_eighths_have_two_beats(written: SimpleNamespace) -> None:
    piece = written.paper.read_midi("jig", _midi((6, 3), [(48 * k, 0, 60) for k in range(0, 12)]))
    assert piece.numbers[:4].tolist() == [1, 2, 1, 2]
    assert np.allclose(piece.bpm, 100)
    assert piece.notes[3].start == pytest.approx(1.0)


def test_chords_follow_the_tune(written: SimpleNamespace) -> None:
    note = written.tunes.TuneNote
    notes = tuple(note(4.0 * k, 4.0, key) for k, key in enumerate((60, 65, 67, 60)))
    tune = written.tunes.Tune("", False, 4, False, 0, False, 4, notes)
    chords = written.accompany.harmonised(tune, np.random.default_rng(0))
    assert chords[0] == chords[3] == (0, "")
    for (root, kind), key in zip(chords, (0, 5, 7, 0), strict=True):
        assert key in written.accompany._tones((root, kind))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_played_lies_on_the_beats_it_was_written_on(
    written: SimpleNamespace, seed: int
) -> None:
    notes = [written.paper.Note(9, 0, 36, float(k), 0.5, 1.0) for k in range(200)]
    piece = written.accompany.on_paper("clicks", notes, 4, 50, 4)
    song = written.played._Player(np.random.default_rng(seed), piece, 40.0, 128.0).play()
    starts = np.array([h.start for h in song.hits])
    inside = starts[(starts > song.beats[0] - 0.01) & (starts < song.beats[-1] + 0.01)]
    near = np.abs(inside[:, None] - song.beats[None]).min(axis=1)
    assert len(inside) > 30
    assert near.max() < 0.05, "people shake by a hundredth of a second"
    assert set(np.diff(song.numbers)) == {1, -3}
